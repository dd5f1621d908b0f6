//! The connected peers, and the callers that wait for a dial.

use std::collections::HashMap;

use libp2p::PeerId;
use tokio::sync::{oneshot, watch};

use crate::error::DialError;

/// The channel of a dial's outcome.
type DialReply = oneshot::Sender<Result<(), DialError>>;

/// A peer with at least one connection.
#[derive(Debug, Clone, Copy)]
struct Peer {
    /// Identify has shown that it is of this chain.
    known: bool,
    /// One of its connections is a loopback connection.
    loopback: bool,
}

/// The connected peers, and the callers that wait for a dial.
///
/// A peer counts as connected once identify has shown that it is of this chain.
#[derive(Debug)]
pub(crate) struct Connections {
    peers: HashMap<PeerId, Peer>,
    dials: HashMap<PeerId, Vec<DialReply>>,
    connected: watch::Sender<Vec<PeerId>>,
}

impl Connections {
    pub(crate) fn new() -> Self {
        let (connected, _) = watch::channel(Vec::new());
        Self {
            peers: HashMap::new(),
            dials: HashMap::new(),
            connected,
        }
    }

    /// The connected peers of this chain.
    pub(crate) fn watch(&self) -> watch::Receiver<Vec<PeerId>> {
        self.connected.subscribe()
    }

    /// The number of connected peers of this chain.
    pub(crate) fn count(&self) -> usize {
        self.connected.borrow().len()
    }

    /// Whether there is any connection to the peer, of this chain or not.
    pub(crate) fn has(&self, peer: &PeerId) -> bool {
        self.peers.contains_key(peer)
    }

    /// Whether the peer is connected and of this chain.
    pub(crate) fn is_known(&self, peer: &PeerId) -> bool {
        self.peers.get(peer).is_some_and(|peer| peer.known)
    }

    /// Whether one of the peer's connections is a loopback connection.
    pub(crate) fn is_loopback(&self, peer: &PeerId) -> bool {
        self.peers.get(peer).is_some_and(|peer| peer.loopback)
    }

    /// A connection is established.
    pub(crate) fn opened(&mut self, peer: PeerId, loopback: bool) {
        let entry = self.peers.entry(peer).or_insert(Peer {
            known: false,
            loopback,
        });
        entry.loopback |= loopback;
    }

    /// Identify has shown that the peer is of this chain. Returns whether that was unknown.
    pub(crate) fn identified(&mut self, peer: PeerId) -> bool {
        let Some(entry) = self.peers.get_mut(&peer) else {
            return false;
        };
        if std::mem::replace(&mut entry.known, true) {
            return false;
        }
        self.connected.send_modify(|connected| connected.push(peer));
        self.dial_done(&peer, || Ok(()));
        true
    }

    /// The last connection to the peer is closed. Returns whether the peer was of this chain.
    pub(crate) fn closed(&mut self, peer: PeerId) -> bool {
        self.dial_done(&peer, || Err(DialError::Unreachable { peer }));
        let was_known = self.peers.remove(&peer).is_some_and(|peer| peer.known);
        if was_known {
            self.connected
                .send_modify(|connected| connected.retain(|other| *other != peer));
        }
        was_known
    }

    /// Adds a caller that waits for a connection to the peer.
    pub(crate) fn await_dial(&mut self, peer: PeerId, reply: DialReply) {
        let waiting = self.dials.entry(peer).or_default();
        waiting.retain(|reply| !reply.is_closed());
        waiting.push(reply);
    }

    /// Sends the outcome to all callers that wait for a connection to the peer.
    pub(crate) fn dial_done(&mut self, peer: &PeerId, outcome: impl Fn() -> Result<(), DialError>) {
        for reply in self.dials.remove(peer).into_iter().flatten() {
            // The caller may have stopped waiting.
            let _ = reply.send(outcome());
        }
    }
}
