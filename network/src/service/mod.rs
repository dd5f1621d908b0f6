//! The network service: one task that owns the libp2p swarm.
//!
//! ```text
//!                       commands (256, callers wait)
//!  NetworkHandle ─────────────────────────────────────► ┌────────┐ ◄──► swarm
//!                       reports (1,024, overflow counted)│ engine │
//!                ─────────────────────────────────────► │        │ ──► watch: connected, listening
//!  Responder     ── answers (a place reserved each) ──► │        │
//!  Validation    ── verdicts (a place reserved each) ─► └────────┘
//!                                                           │ events (Limits::event_queue)
//!                                                           ▼
//!                             application: overflow refuses requests as busy and ignores gossip;
//!                             `Connected` and `Disconnected` are dropped, the watch stays right
//! ```
//!
//! Encoding and decoding happen outside of the engine: replies in the task that asked, requests in
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
pub use responder::Responder;

/// What the network brings to the application.
#[derive(Debug)]
pub enum NetworkEvent {
    /// A peer asks.
    Request {
        /// Who asks.
        peer: PeerId,
        /// What it asks; its shape is checked, nothing in it is verified.
        request: Request,
        /// How to answer.
        responder: Responder,
    },
    /// A message came by gossip.
    Gossip {
        /// The peer that forwarded it, not its author.
        from: PeerId,
        /// The message, unverified.
        message: GossipMessage,
        /// The verdict that is owed.
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
    /// Must be called within a tokio runtime. The handle asks, the receiver brings what is asked
    /// of this node, the join handle ends when all sockets are closed.
    ///
    /// # Errors
    /// A configuration without sense ([`Fault::Caller`](weft_encoding::Fault::Caller)) or an
    /// address that cannot be bound ([`Fault::Local`](weft_encoding::Fault::Local)).
    pub fn start(
        config: NetworkConfig,
        keypair: identity::Keypair,
        shutdown: CancellationToken,
    ) -> Result<(NetworkHandle, mpsc::Receiver<NetworkEvent>, JoinHandle<()>), NetworkError> {
        start::start(config, keypair, shutdown)
    }
}
