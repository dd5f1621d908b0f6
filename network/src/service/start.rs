//! Starting the service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use libp2p::identity;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::NetworkEvent;
use super::connections::Connections;
use super::engine::{Engine, TICK};
use super::inbound::Inbound;
use super::mailbox::{Listening, NetworkHandle, Shared};
use super::metrics::Metrics;
use super::outbound::Outbound;
use crate::addressing::{AddressBook, group_by_peer};
use crate::behaviour;
use crate::config::NetworkConfig;
use crate::error::NetworkError;
use crate::gossip::Topics;
use crate::rates::Rates;
use crate::redial::Redial;
use crate::replies::Replies;
use crate::scores::ScoreBook;

/// The queue of commands to the engine; callers wait while it is full.
const COMMANDS: usize = 256;

/// The queue of reported offences; more are dropped and counted.
const REPORTS: usize = 1024;

/// Gossip messages without a verdict at a time; more are ignored and counted.
const VERDICTS: usize = 1024;

pub(super) fn start(
    config: NetworkConfig,
    keypair: identity::Keypair,
    shutdown: CancellationToken,
) -> Result<(NetworkHandle, mpsc::Receiver<NetworkEvent>, JoinHandle<()>), NetworkError> {
    config.check()?;
    let local_peer_id = keypair.public().to_peer_id();
    let mut book = AddressBook::default();
    let mut bootstrap = group_by_peer(&config.bootstrap)?;
    bootstrap.remove(&local_peer_id);
    for (peer, addresses) in &bootstrap {
        for address in addresses {
            book.add(*peer, address.clone())?;
        }
    }
    let metrics = Metrics::register(&config.registry.clone().unwrap_or_default())?;
    let topics = Topics::new(&config.chain_id);
    let mut swarm = behaviour::swarm(keypair, &config, &topics)?;
    for peer in bootstrap.keys() {
        // Unknown peers must not be able to use up the connections of the bootstrap peers.
        swarm.behaviour_mut().limits.bypass_peer_id(peer);
    }
    let mut listeners = HashMap::new();
    for address in &config.listen {
        let id = swarm
            .listen_on(address.clone())
            .map_err(|source| NetworkError::Listen {
                address: address.clone(),
                source,
            })?;
        listeners.insert(id, Vec::new());
    }
    for address in &config.external {
        swarm.add_external_address(address.clone());
    }

    let limits = config.limits;
    let (commands_in, commands) = mpsc::channel(COMMANDS);
    let (reports_in, reports) = mpsc::channel(REPORTS);
    let (events, events_out) = mpsc::channel(limits.event_queue.get());
    let (listening, listening_out) = watch::channel(Listening {
        addresses: Vec::new(),
        pending: listeners.len(),
    });
    let connections = Connections::new();
    let addresses = Arc::new(Mutex::new(book));
    let handle = NetworkHandle::new(Shared {
        local_peer_id,
        deadlines: config.deadlines,
        commands: commands_in,
        reports: reports_in,
        outbound: Arc::new(Semaphore::new(
            limits.outbound_requests.get().min(Semaphore::MAX_PERMITS),
        )),
        connected: connections.watch(),
        listening: listening_out,
        addresses: Arc::clone(&addresses),
        metrics: metrics.clone(),
    });
    let engine = Engine {
        swarm,
        topics,
        metrics,
        started: Instant::now(),
        commands,
        reports,
        answers: mpsc::channel(limits.inbound_requests.get()),
        verdicts: mpsc::channel(VERDICTS),
        events,
        connections,
        addresses,
        listeners,
        listening,
        outbound: Outbound::new(limits.outbound_per_peer.get()),
        inbound: Inbound::new(&limits),
        replies: Replies::new(&limits),
        decoding: JoinSet::new(),
        rates: Rates::new(&limits),
        scores: ScoreBook::new(config.scores),
        redial: Redial::new(bootstrap.into_keys()),
        ticks: 0,
        config,
    };
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let task = tokio::spawn(engine.run(shutdown, tick));
    Ok((handle, events_out, task))
}
