//! A node under test.

use std::future::Future;
use std::num::NonZeroUsize;
use std::time::Duration;

use prometheus::Registry;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use weft_chain::{HeaderHash, Height};
use weft_network::{
    CellProofsReply, ColumnsReply, Mode, Multiaddr, Network, NetworkConfig, NetworkEvent,
    NetworkHandle, PeerId, Refusal, Request, Responder, Response, SampleReply, Status, identity,
};
use weft_test_chain::unsigned_header;

use crate::messages;

/// How long anything may take that is not itself about time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Awaits, and fails the test if that takes too long.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Awaits a condition that only looking tells.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    soon(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

pub(crate) fn usize_nz(value: usize) -> NonZeroUsize {
    NonZeroUsize::new(value).unwrap()
}

/// The transports that nodes listen on here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Transport {
    Tcp,
    Quic,
}

impl Transport {
    fn listen(self) -> Multiaddr {
        match self {
            Self::Tcp => "/ip4/127.0.0.1/tcp/0",
            Self::Quic => "/ip4/127.0.0.1/udp/0/quic-v1",
        }
        .parse()
        .unwrap()
    }
}

/// A configuration that listens on a free TCP port.
pub(crate) fn config() -> NetworkConfig {
    config_on(Transport::Tcp)
}

pub(crate) fn config_on(transport: Transport) -> NetworkConfig {
    let mut config = NetworkConfig::new("test-chain".parse().unwrap());
    config.listen = vec![transport.listen()];
    config.registry = Some(Registry::new());
    config
}

/// A configuration that nobody can dial.
pub(crate) fn hidden_config() -> NetworkConfig {
    config().with_listen(Vec::new())
}

pub(crate) fn light_config() -> NetworkConfig {
    hidden_config().with_mode(Mode::Light)
}

pub(crate) struct Node {
    pub(crate) handle: NetworkHandle,
    pub(crate) events: mpsc::Receiver<NetworkEvent>,
    pub(crate) task: JoinHandle<()>,
    pub(crate) shutdown: CancellationToken,
    registry: Registry,
}

impl Node {
    pub(crate) fn start(config: NetworkConfig) -> Self {
        Self::start_as(config, identity::Keypair::generate_ed25519())
    }

    pub(crate) fn start_as(config: NetworkConfig, keypair: identity::Keypair) -> Self {
        let registry = config.registry.clone().unwrap();
        let shutdown = CancellationToken::new();
        let (handle, events, task) = Network::start(config, keypair, shutdown.clone()).unwrap();
        Self {
            handle,
            events,
            task,
            shutdown,
            registry,
        }
    }

    pub(crate) fn peer(&self) -> PeerId {
        self.handle.local_peer_id()
    }

    pub(crate) async fn address(&self) -> Multiaddr {
        soon("listening", self.handle.listen_addrs())
            .await
            .into_iter()
            .next()
            .unwrap()
    }

    /// Connects to another node; both know of it when this returns.
    pub(crate) async fn connect(&self, other: &Self) {
        let dialled = soon("dial", self.handle.dial(other.address().await))
            .await
            .unwrap();
        assert_eq!(dialled, other.peer());
        other.wait_connected(self.peer()).await;
    }

    pub(crate) async fn wait_connected(&self, peer: PeerId) {
        let mut connected = self.handle.connected();
        soon(
            "connected",
            connected.wait_for(|peers| peers.contains(&peer)),
        )
        .await
        .unwrap();
    }

    pub(crate) async fn wait_disconnected(&self, peer: PeerId) {
        let mut connected = self.handle.connected();
        soon(
            "disconnected",
            connected.wait_for(|peers| !peers.contains(&peer)),
        )
        .await
        .unwrap();
    }

    /// The sum of a metric's values over all label sets that have these labels.
    pub(crate) fn metric(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let full = format!("weft_network_{name}");
        let families = self.registry.gather();
        let family = families.iter().find(|family| family.name() == full);
        let metrics = family.into_iter().flat_map(|family| family.get_metric());
        metrics
            .filter(|metric| {
                labels.iter().all(|(key, value)| {
                    metric
                        .get_label()
                        .iter()
                        .any(|l| l.name() == *key && l.value() == *value)
                })
            })
            .map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value())
            .sum()
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The next request, past other events.
    pub(crate) async fn next_request(&mut self) -> (PeerId, Request, Responder) {
        soon("a request", async {
            loop {
                match self.events.recv().await.expect("the service runs") {
                    NetworkEvent::Request {
                        peer,
                        request,
                        responder,
                    } => {
                        return (peer, request, responder);
                    }
                    _ => continue,
                }
            }
        })
        .await
    }

    /// Answers every request from now on with messages of the right shape.
    pub(crate) fn serve(&mut self) -> JoinHandle<()> {
        let (_, empty) = mpsc::channel(1);
        let mut events = std::mem::replace(&mut self.events, empty);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                match event {
                    NetworkEvent::Request {
                        request, responder, ..
                    } => {
                        responder.respond(answer(&request)).unwrap();
                    }
                    NetworkEvent::Gossip { validation, .. } => validation.accept(),
                    _ => {}
                }
            }
        })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) fn status() -> Status {
    Status {
        height: Height::new(7),
        header_hash: HeaderHash::from_bytes([7; 32]),
    }
}

/// The reply to a request: everything that was asked for, where that makes sense.
pub(crate) fn answer(request: &Request) -> Response {
    match request {
        Request::Disperse(_) => Response::Disperse(Ok(messages::signature())),
        Request::PushProofs(_) => Response::PushProofs(Ok(())),
        Request::Columns(request) => Response::Columns(ColumnsReply {
            columns: messages::proven_columns(request.columns.len(), 64),
            refused: Vec::new(),
        }),
        Request::Samples(request) => Response::Samples(
            request
                .coords
                .iter()
                .enumerate()
                .map(|(at, _)| match at % 3 {
                    0 => SampleReply::Refused(Refusal::NotYet),
                    _ => SampleReply::Cell {
                        cell: messages::cell(u8::try_from(at).unwrap()),
                        proof: weft_encoding::CellProof::from_bytes([1; 48]),
                    },
                })
                .collect(),
        ),
        Request::BlobHeaders(_) => Response::BlobHeaders(Ok(messages::blob_headers(256))),
        Request::Body(_) => Response::Body(Ok(messages::body(256))),
        Request::Headers(request) => Response::Headers(
            (request.from.get()..)
                .take(usize::from(request.count))
                .map(unsigned_header)
                .collect(),
        ),
        Request::Status(_) => Response::Status(status()),
        Request::Propose(_) => Response::Propose(Err(Refusal::invalid("another block"))),
        Request::ValidatorUpdate(_) => {
            Response::ValidatorUpdate(Ok(messages::signed_update(4, 100)))
        }
        Request::CellProofs(request) => Response::CellProofs(CellProofsReply {
            columns: messages::column_proofs(request.columns.len() - 1, 64),
            refused: request
                .columns
                .last()
                .map(|column| (*column, Refusal::NotHeld))
                .into_iter()
                .collect(),
        }),
        Request::OfferUpdate(_) => Response::OfferUpdate(Ok(())),
        Request::SampledCells(_) => Response::SampledCells(messages::sampled_cells(256)),
    }
}
