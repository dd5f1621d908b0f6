//! The libp2p behaviour that combines all protocols.

use std::io;
use std::num::NonZeroU8;
use std::time::Duration;

use libp2p::kad::store::MemoryStore;
use libp2p::request_response::ProtocolSupport;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{
    StreamProtocol, allow_block_list, connection_limits, gossipsub, identify, identity, kad, noise,
    ping, quic, request_response, tcp, yamux,
};
use libp2p::{Swarm, SwarmBuilder};
use weft_chain::ChainId;

use crate::codec::FrameCodec;
use crate::config::{Limits, Mode, NetworkConfig};
use crate::error::NetworkError;
use crate::frame::Budget;
use crate::gossip::{self, Topics};

/// Streams of the request protocol on one connection, both ways. Above the requests that both sides
/// allow at a time, so that the engine's queues are the bound.
const MAX_STREAMS: usize = 512;

/// The margin of libp2p's request timeout over the engine's deadlines, which come first.
const TIMEOUT_SLACK: Duration = Duration::from_secs(5);

/// A QUIC connection is lost after this long without a packet. Long, because a node that codes a blob
/// may not poll its sockets for seconds.
const QUIC_IDLE: Duration = Duration::from_secs(30);

/// All the protocols of a node.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) blocked: allow_block_list::Behaviour<allow_block_list::BlockedPeers>,
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) identify: identify::Behaviour,
    pub(crate) ping: ping::Behaviour,
    pub(crate) kad: kad::Behaviour<MemoryStore>,
    pub(crate) gossip: gossipsub::Behaviour,
    pub(crate) rpc: request_response::Behaviour<FrameCodec>,
}

/// The name of the request protocol. Identify advertises it, and a peer with another one is
/// disconnected.
pub(crate) fn protocol_name(chain_id: &ChainId) -> String {
    format!("/weft/{chain_id}/1")
}

/// The name of the discovery protocol.
pub(crate) fn kad_protocol(chain_id: &ChainId) -> StreamProtocol {
    stream_protocol(format!("/weft/{chain_id}/kad/1"))
}

fn stream_protocol(name: String) -> StreamProtocol {
    StreamProtocol::try_from_owned(name).expect("the name starts with a slash")
}

fn connection_limits(limits: &Limits) -> connection_limits::Behaviour {
    connection_limits::Behaviour::new(
        connection_limits::ConnectionLimits::default()
            .with_max_established(Some(limits.connections.get()))
            .with_max_established_per_peer(Some(limits.connections_per_peer.get()))
            .with_max_pending_incoming(Some(limits.pending_incoming.get())),
    )
}

fn discovery(key: &identity::Keypair, config: &NetworkConfig) -> kad::Behaviour<MemoryStore> {
    let local = key.public().to_peer_id();
    let mut protocol = kad::Config::new(kad_protocol(&config.chain_id));
    protocol.set_query_timeout(Duration::from_secs(20));
    // Kad finds peers only: no records are stored.
    protocol.set_record_filtering(kad::StoreInserts::FilterBoth);
    let mut kad = kad::Behaviour::with_config(local, MemoryStore::new(local), protocol);
    kad.set_mode(Some(match config.mode {
        Mode::Full => kad::Mode::Server,
        Mode::Light => kad::Mode::Client,
    }));
    kad
}

fn requests(config: &NetworkConfig) -> request_response::Behaviour<FrameCodec> {
    let name = stream_protocol(protocol_name(&config.chain_id));
    request_response::Behaviour::with_codec(
        FrameCodec::new(Budget::new(config.limits.inbound_bytes.get()), config.mode),
        [(name, ProtocolSupport::Full)],
        request_response::Config::default()
            .with_request_timeout(config.deadlines.longest() + TIMEOUT_SLACK)
            .with_max_concurrent_streams(MAX_STREAMS),
    )
}

impl Behaviour {
    fn new(
        key: &identity::Keypair,
        config: &NetworkConfig,
        topics: &Topics,
    ) -> Result<Self, NetworkError> {
        let identify = identify::Config::new(protocol_name(&config.chain_id), key.public())
            .with_agent_version(concat!("weft/", env!("CARGO_PKG_VERSION")).to_owned())
            .with_push_listen_addr_updates(true);
        Ok(Self {
            blocked: allow_block_list::Behaviour::default(),
            limits: connection_limits(&config.limits),
            identify: identify::Behaviour::new(identify),
            ping: ping::Behaviour::default(),
            kad: discovery(key, config),
            gossip: gossip::behaviour(&config.chain_id, config.mode, topics)?,
            rpc: requests(config),
        })
    }
}

/// The swarm, not listening yet: TCP with noise and yamux, and QUIC; names resolve by the system's DNS
/// configuration.
pub(crate) fn swarm(
    key: identity::Keypair,
    config: &NetworkConfig,
    topics: &Topics,
) -> Result<Swarm<Behaviour>, NetworkError> {
    let behaviour = Behaviour::new(&key, config, topics)?;
    let idle = config.limits.idle_connection;
    let builder = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            yamux::Config::default,
        )?
        .with_quic_config(|quic: quic::Config| {
            let mut quic = quic;
            quic.max_idle_timeout = u32::try_from(QUIC_IDLE.as_millis()).unwrap_or(u32::MAX);
            quic
        })
        .with_dns()
        .map_err(|source: io::Error| NetworkError::Dns { source })?;
    let swarm = match builder.with_behaviour(move |_| behaviour) {
        Ok(builder) => builder
            .with_swarm_config(|swarm| {
                // A peer's addresses are dialled one after the other. Of two connections that race,
                // the slower is dropped, and the other side may have sent its gossip subscriptions on
                // it: gossipsub sends them on a peer's first connection only.
                swarm
                    .with_idle_connection_timeout(idle)
                    .with_dial_concurrency_factor(NonZeroU8::MIN)
            })
            .build(),
        Err(never) => match never {},
    };
    Ok(swarm)
}
