//! The follower: keeps the chain of final headers up to date.
//!
//! ```text
//!   gossip: header ----.
//!   Connected, poll ---+--> engine --(verify and append, one job at a time)--> store
//!   header ranges -----'      |
//!                             '--> watch: FollowStatus
//! ```
//!
//! A header becomes part of the chain only when it is the next after the tip (height, parent,
//! time, validator set) and its finality certificate verifies. Gossip brings single headers; when
//! there is a gap, or nothing comes, ranges of headers are asked for from the peer that claims to
//! be furthest. Whoever sends an invalid header is reported; whoever claims a height and does not
//! deliver is only passed over.
//!
//! Queues: gossip and connections come through the network's bounded queue. One range is asked for
//! at a time, and one batch verified at a time; gossip that comes meanwhile only says that there is
//! more to ask for.

mod chain;
mod claims;
mod engine;

use std::sync::Arc;

use weft_chain::Height;

pub(crate) use chain::HeaderChain;
pub(crate) use engine::Follower;

use crate::FollowError;

/// How far the client has followed the chain.
#[derive(Clone, Debug, Default)]
pub struct FollowStatus {
    /// The largest height verified as final; 0 if there is none.
    pub tip: Height,
    /// The largest height that a connected peer claims to have; unverified.
    pub claimed: Height,
    /// Why the client cannot follow any further by itself.
    pub halted: Option<Arc<FollowError>>,
}
