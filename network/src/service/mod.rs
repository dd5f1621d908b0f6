//! The network service: one task that owns the libp2p swarm.
//!
//! ```text
//!                       commands (256, callers wait)
//!  NetworkHandle ─────────────────────────────────────► ┌────────┐ ◄──► swarm
//!                       reports (1,024, overflow counted)│ engine │
//!                ─────────────────────────────────────► │        │ ──► watch: connected, listening
//!  Responder     ── answers (room reserved for each) ─► │        │
//!  Validation    ── verdicts (room reserved for each) ► └────────┘
//!                                                           │ events (Limits::event_queue)
//!                                                           ▼
//!                             application: on overflow, requests are refused as busy, gossip is ignored,
//!                             `Connected` and `Disconnected` are dropped; the watch stays right
//! ```
//!
//! Encoding and decoding happen outside of the engine: replies in the task of the caller, requests in
//! a task of their own, large ones on the blocking pool.

mod connections;
mod engine;
mod gossiping;
mod inbound;
mod mailbox;
mod metrics;
mod outbound;
mod requests;
mod responder;
mod start;
mod swarm_events;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::NetworkConfig;
use crate::error::NetworkError;
use crate::gossip::{GossipMessage, GossipValidation};
use crate::messages::Request;
use crate::{PeerId, identity};

pub use mailbox::NetworkHandle;
pub use metrics::METRICS;
pub use responder::Responder;

/// An event of the network for the application.
#[derive(Debug)]
pub enum NetworkEvent {
    /// A peer's request.
    Request {
        /// The peer.
        peer: PeerId,
        /// The request; its shape is checked, its content is unverified.
        request: Request,
        /// The way to answer it.
        responder: Responder,
    },
    /// A gossip message.
    Gossip {
        /// The peer that forwarded it, not its author.
        from: PeerId,
        /// The message, unverified.
        message: GossipMessage,
        /// The way to give the verdict.
        validation: GossipValidation,
    },
    /// A peer of this chain is connected.
    Connected(PeerId),
    /// The last connection to a peer has closed.
    Disconnected(PeerId),
}

/// The network service.
#[derive(Debug)]
pub struct Network;

impl Network {
    /// Starts the service: binds the listening addresses, then runs until `shutdown` is cancelled.
    ///
    /// The handle sends requests, the receiver brings events, and the join handle ends when all
    /// sockets are closed.
    ///
    /// # Errors
    /// An invalid configuration ([`Fault::Caller`](weft_encoding::Fault::Caller)) or an address that
    /// cannot be bound ([`Fault::Local`](weft_encoding::Fault::Local)).
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(
        config: NetworkConfig,
        keypair: identity::Keypair,
        shutdown: CancellationToken,
    ) -> Result<(NetworkHandle, mpsc::Receiver<NetworkEvent>, JoinHandle<()>), NetworkError> {
        start::start(config, keypair, shutdown)
    }
}
