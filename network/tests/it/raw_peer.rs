//! A peer that speaks the protocols' names and none of their rules.

use std::io;

use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response::{self, OutboundFailure, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, gossipsub, identify, noise, tcp, yamux,
};
use tokio::sync::{mpsc, oneshot};

use crate::node::soon;

/// Writes bytes as they are, and reads all there are.
#[derive(Clone)]
struct RawCodec;

#[async_trait]
impl request_response::Codec for RawCodec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        io.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        io.write_all(&bytes).await
    }
}

#[derive(NetworkBehaviour)]
struct RawBehaviour {
    identify: identify::Behaviour,
    gossip: gossipsub::Behaviour,
    rpc: request_response::Behaviour<RawCodec>,
}

type Reply = oneshot::Sender<Result<Vec<u8>, OutboundFailure>>;

enum Ask {
    Request(PeerId, Multiaddr, Vec<u8>, Reply),
    Publish(&'static str, Vec<u8>, oneshot::Sender<bool>),
}

/// The peer. It answers every request with the same bytes.
pub(crate) struct RawPeer {
    asks: mpsc::Sender<Ask>,
    pub(crate) peer: PeerId,
    pub(crate) address: Multiaddr,
}

const CHAIN: &str = "/weft/test-chain";

fn swarm() -> Swarm<RawBehaviour> {
    let gossip = gossipsub::ConfigBuilder::default()
        .protocol_id_prefix(format!("{CHAIN}/meshsub"))
        .validation_mode(gossipsub::ValidationMode::Anonymous)
        .flood_publish(true)
        .build()
        .unwrap();
    let mut gossip =
        gossipsub::Behaviour::new(gossipsub::MessageAuthenticity::Anonymous, gossip).unwrap();
    gossip
        .subscribe(&gossipsub::IdentTopic::new(format!("{CHAIN}/headers/1")))
        .unwrap();
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            tcp::Config::default(),
            noise::Config::new,
            yamux::Config::default,
        )
        .unwrap()
        .with_behaviour(|key| RawBehaviour {
            identify: identify::Behaviour::new(identify::Config::new(
                format!("{CHAIN}/1"),
                key.public(),
            )),
            gossip,
            rpc: request_response::Behaviour::with_codec(
                RawCodec,
                [(
                    StreamProtocol::new("/weft/test-chain/1"),
                    ProtocolSupport::Full,
                )],
                request_response::Config::default(),
            ),
        })
        .unwrap()
        .with_swarm_config(|config| {
            config.with_idle_connection_timeout(std::time::Duration::from_secs(60))
        })
        .build()
}

impl RawPeer {
    pub(crate) async fn start(answer: Vec<u8>) -> Self {
        let mut swarm = swarm();
        let peer = *swarm.local_peer_id();
        swarm
            .listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap())
            .unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } =
                soon("a raw listener", swarm.next()).await.unwrap()
            {
                break address.with_p2p(peer).unwrap();
            }
        };
        let (asks, inbox) = mpsc::channel(8);
        tokio::spawn(run(swarm, inbox, answer));
        Self {
            asks,
            peer,
            address,
        }
    }

    /// Sends these bytes as a request.
    pub(crate) async fn request(
        &self,
        peer: PeerId,
        address: Multiaddr,
        bytes: Vec<u8>,
    ) -> Result<Vec<u8>, OutboundFailure> {
        let (reply, answer) = oneshot::channel();
        self.asks
            .send(Ask::Request(peer, address, bytes, reply))
            .await
            .unwrap();
        soon("a raw reply", answer).await.unwrap()
    }

    /// Publishes these bytes; false while nobody listens.
    pub(crate) async fn publish(&self, topic: &'static str, bytes: Vec<u8>) -> bool {
        let (reply, answer) = oneshot::channel();
        self.asks
            .send(Ask::Publish(topic, bytes, reply))
            .await
            .unwrap();
        soon("a raw publication", answer).await.unwrap()
    }
}

async fn run(mut swarm: Swarm<RawBehaviour>, mut inbox: mpsc::Receiver<Ask>, answer: Vec<u8>) {
    let mut replies = std::collections::HashMap::new();
    loop {
        tokio::select! {
            ask = inbox.recv() => match ask {
                None => return,
                Some(Ask::Request(peer, address, bytes, reply)) => {
                    let rpc = &mut swarm.behaviour_mut().rpc;
                    let id = rpc.send_request_with_addresses(&peer, bytes, vec![address]);
                    replies.insert(id, reply);
                }
                Some(Ask::Publish(topic, bytes, reply)) => {
                    let topic = gossipsub::IdentTopic::new(format!("{CHAIN}/{topic}/1"));
                    let published = swarm.behaviour_mut().gossip.publish(topic, bytes);
                    let _ = reply.send(published.is_ok());
                }
            },
            event = swarm.select_next_some() => {
                let SwarmEvent::Behaviour(RawBehaviourEvent::Rpc(event)) = event else { continue };
                match event {
                    request_response::Event::Message { message, .. } => match message {
                        request_response::Message::Request { channel, .. } => {
                            let _ = swarm
                                .behaviour_mut()
                                .rpc
                                .send_response(channel, answer.clone());
                        }
                        request_response::Message::Response { request_id, response } => {
                            let reply: Reply = replies.remove(&request_id).unwrap();
                            let _ = reply.send(Ok(response));
                        }
                    },
                    request_response::Event::OutboundFailure { request_id, error, .. } => {
                        let reply: Reply = replies.remove(&request_id).unwrap();
                        let _ = reply.send(Err(error));
                    }
                    _ => {}
                }
            }
        }
    }
}
