//! The application's handle of the network.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use libp2p::{Multiaddr, PeerId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};
use weft_chain::{CertifiedBlob, SignedHeader};

use super::metrics::Metrics;
use crate::addressing::{AddressBook, group_by_peer, peer_of};
use crate::error::{AddressError, DialError, PublishError, RequestError};
use crate::frame::{Frame, FrameTag};
use crate::gossip::{GossipMessage, Topic};
use crate::limits::{self, Deadlines};
use crate::messages::{Refusal, RequestKind, RpcRequest};
use crate::scores::Offence;

/// A request on its way to the engine.
#[derive(Debug)]
pub(crate) struct OutboundRequest {
    pub(crate) peer: PeerId,
    pub(crate) kind: RequestKind,
    pub(crate) frame: Frame,
    pub(crate) deadline: Instant,
    pub(crate) reply: oneshot::Sender<Result<Frame, RequestError>>,
    /// The request's permit among [`Limits::outbound_requests`](crate::Limits::outbound_requests).
    pub(crate) permit: OwnedSemaphorePermit,
}

/// A command of the handle to the engine.
#[derive(Debug)]
pub(crate) enum Command {
    Request(OutboundRequest),
    Publish {
        topic: Topic,
        bytes: Vec<u8>,
        reply: oneshot::Sender<Result<(), PublishError>>,
    },
    Dial {
        peer: PeerId,
        reply: oneshot::Sender<Result<(), DialError>>,
    },
    KeepConnected {
        peers: Vec<PeerId>,
    },
}

/// The addresses that the node listens on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listening {
    /// The actual addresses, each ending in the peer id.
    pub(crate) addresses: Vec<Multiaddr>,
    /// The number of listeners without an address yet.
    pub(crate) pending: usize,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) local_peer_id: PeerId,
    pub(crate) deadlines: Deadlines,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) reports: mpsc::Sender<(PeerId, Offence)>,
    pub(crate) outbound: Arc<Semaphore>,
    pub(crate) connected: watch::Receiver<Vec<PeerId>>,
    pub(crate) listening: watch::Receiver<Listening>,
    pub(crate) addresses: Arc<Mutex<AddressBook>>,
    pub(crate) metrics: Metrics,
}

/// Locks the address book. It has no invariant that a panic could break.
pub(crate) fn lock(book: &Mutex<AddressBook>) -> MutexGuard<'_, AddressBook> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handle of the network service. Cheap to clone; clones share the service.
#[derive(Debug, Clone)]
pub struct NetworkHandle {
    shared: Arc<Shared>,
}

impl NetworkHandle {
    pub(crate) fn new(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
        }
    }

    /// This node's peer id.
    pub fn local_peer_id(&self) -> PeerId {
        self.shared.local_peer_id
    }

    /// Sends a request to a peer and waits for its reply, until the deadline of the request's kind.
    ///
    /// Dials the peer if it is not connected and an address of it is known. Waits while there are
    /// [`Limits::outbound_requests`](crate::Limits::outbound_requests) already. Retries nothing. The
    /// reply's frame and shape are checked, and a wrong one is an offence of the peer. The caller
    /// verifies proofs and signatures in the reply, and [reports](Self::report) false ones.
    ///
    /// # Errors
    /// [`RequestError`]; [`RequestError::fault`] says whose fault it is.
    pub async fn request<R: RpcRequest>(
        &self,
        peer: PeerId,
        request: R,
    ) -> Result<R::Response, RequestError> {
        let started = Instant::now();
        let result = self.exchange(peer, request, started).await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(error) => error.outcome(),
        };
        self.shared
            .metrics
            .request_sent(R::KIND, outcome, started.elapsed());
        result
    }

    async fn exchange<R: RpcRequest>(
        &self,
        peer: PeerId,
        request: R,
        started: Instant,
    ) -> Result<R::Response, RequestError> {
        let kind = R::KIND;
        let budget = self.shared.deadlines.of(kind);
        let deadline = started + budget;
        request
            .check()
            .map_err(|source| RequestError::Invalid { kind, source })?;
        let expected = request.expected();
        let frame = encode(&request)?;
        // The encoding may take many megabytes, so the request is not kept beside it.
        drop(request);

        let permit = timeout_at(deadline, Arc::clone(&self.shared.outbound).acquire_owned())
            .await
            .map_err(|_| RequestError::Timeout {
                kind,
                deadline: budget,
            })?
            .map_err(|_| RequestError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let command = Command::Request(OutboundRequest {
            peer,
            kind,
            frame,
            deadline,
            reply,
            permit,
        });
        self.shared
            .commands
            .send(command)
            .await
            .map_err(|_| RequestError::Closed)?;
        let frame = answer.await.map_err(|_| RequestError::Closed)??;

        let reply = match decode::<R>(&frame) {
            Ok(Ok(reply)) => reply,
            Ok(Err(refusal)) => return Err(RequestError::Refused(refusal)),
            Err(source) => {
                self.report(peer, Offence::Malformed);
                return Err(RequestError::Malformed { kind, source });
            }
        };
        R::check_reply(expected, &reply).map_err(|source| {
            self.report(peer, Offence::UnfitReply);
            RequestError::Unfit { kind, source }
        })?;
        Ok(reply)
    }

    /// Publishes a decided block's header to the headers topic.
    ///
    /// A header that was published or received within the last seconds is not published again; that is
    /// not an error.
    ///
    /// # Errors
    /// [`PublishError`]; [`PublishError::NoPeers`] if no peer subscribes to the topic.
    pub async fn publish_header(&self, header: SignedHeader) -> Result<(), PublishError> {
        self.publish(&GossipMessage::Header(header)).await
    }

    /// Publishes a certified blob to the certified topic, for the pools of all nodes.
    ///
    /// # Errors
    /// As [`publish_header`](Self::publish_header).
    pub async fn publish_certified(&self, blob: CertifiedBlob) -> Result<(), PublishError> {
        self.publish(&GossipMessage::Certified(blob)).await
    }

    async fn publish(&self, message: &GossipMessage) -> Result<(), PublishError> {
        let (topic, bytes) = (message.topic(), message.encode()?);
        let (reply, answer) = oneshot::channel();
        let command = Command::Publish {
            topic,
            bytes,
            reply,
        };
        self.shared
            .commands
            .send(command)
            .await
            .map_err(|_| PublishError::Closed)?;
        answer.await.map_err(|_| PublishError::Closed)?
    }

    /// The connected peers of this chain, as a watch.
    pub fn connected(&self) -> watch::Receiver<Vec<PeerId>> {
        self.shared.connected.clone()
    }

    /// The addresses that the node listens on, with the actual ports, each ending in `/p2p/` and the
    /// node's id.
    ///
    /// Waits until every listener has an address, or the service has stopped.
    pub async fn listen_addrs(&self) -> Vec<Multiaddr> {
        let mut listening = self.shared.listening.clone();
        match listening.wait_for(|listening| listening.pending == 0).await {
            Ok(listening) => listening.addresses.clone(),
            Err(_) => self.shared.listening.borrow().addresses.clone(),
        }
    }

    /// Adds an address of a peer, for requests to it.
    ///
    /// # Errors
    /// [`AddressError::OtherPeer`] if the address ends in another peer's id.
    pub fn add_address(&self, peer: PeerId, address: Multiaddr) -> Result<(), AddressError> {
        lock(&self.shared.addresses).add(peer, address)
    }

    /// Stays connected to more peers besides the bootstrap peers: dials them until they are connected,
    /// and again when they disconnect.
    ///
    /// Each address ends in its peer's id. Peers are never removed, so the application must bound
    /// their number. Addresses of this node are ignored.
    ///
    /// # Errors
    /// [`DialError::Address`] if an address does not end in a peer id, in which case no peer is added;
    /// [`DialError::Closed`].
    pub async fn keep_connected(&self, addresses: Vec<Multiaddr>) -> Result<(), DialError> {
        let mut wanted = group_by_peer(&addresses)?;
        wanted.remove(&self.shared.local_peer_id);
        for (peer, addresses) in &wanted {
            for address in addresses {
                self.add_address(*peer, address.clone())?;
            }
        }
        let peers = wanted.into_keys().collect();
        self.shared
            .commands
            .send(Command::KeepConnected { peers })
            .await
            .map_err(|_| DialError::Closed)
    }

    /// Connects to the peer in which the address ends, and waits until identify shows that it is of
    /// this chain. Returns at once if it is connected already.
    ///
    /// # Errors
    /// [`DialError`].
    pub async fn dial(&self, address: Multiaddr) -> Result<PeerId, DialError> {
        let peer = peer_of(&address)?;
        self.add_address(peer, address)?;
        let (reply, answer) = oneshot::channel();
        let command = Command::Dial { peer, reply };
        self.shared
            .commands
            .send(command)
            .await
            .map_err(|_| DialError::Closed)?;
        answer.await.map_err(|_| DialError::Closed)?.map(|()| peer)
    }

    /// Counts an offence of a peer; offences add up to a ban.
    ///
    /// Never waits. Beyond 1,024 reports in the queue, reports are dropped and counted in the metrics.
    pub fn report(&self, peer: PeerId, offence: Offence) {
        if self.shared.reports.try_send((peer, offence)).is_err() {
            self.shared.metrics.dropped("report");
        }
    }
}

/// The request's frame.
fn encode<R: RpcRequest>(request: &R) -> Result<Frame, RequestError> {
    let kind = R::KIND;
    let payload = borsh::to_vec(request).map_err(|source| RequestError::Encode { kind, source })?;
    let (size, limit) = (payload.len(), limits::request_bytes(kind));
    if size > limit {
        return Err(RequestError::RequestTooLarge { kind, size, limit });
    }
    Ok(Frame::new(FrameTag::Kind(kind), payload))
}

/// The reply in a frame, or the refusal of a request whose reply's type has none.
fn decode<R: RpcRequest>(frame: &Frame) -> std::io::Result<Result<R::Response, Refusal>> {
    match frame.tag() {
        FrameTag::Kind(_) => R::decode_reply(frame.payload()).map(Ok),
        FrameTag::Refused => borsh::from_slice(frame.payload()).map(R::refused),
    }
}
