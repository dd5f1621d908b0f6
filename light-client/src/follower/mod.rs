//! The follower: keeps the chain of final headers up to date.
//!
//! ```text
//!   gossip: header ----.
//!   Connected, poll ---+--> engine --(verify and append, one job at a time)--> store
//!   header ranges -----+      |
//!   validator updates -'      +--> directory: contacts of new validators
//!                             '--> watch: FollowStatus
//! ```
//!
//! A header becomes part of the chain only if it follows the tip (height, parent, time, validator set)
//! and its finality certificate verifies. Gossip brings single headers. When there is a gap, or gossip
//! is silent, the follower requests a range of headers from the peer that claims the greatest height.
//! A peer that sends an invalid header is reported; a peer that does not deliver what it claims is
//! asked last.
//!
//! When a header names another validator set for the next height, the follower fetches the update that
//! introduced the set before it takes a later header. The update must replace the set known so far, be
//! approved by more than 2/3 of its stake, begin at that height, and have that root. It is stored
//! before the chain goes on, so a restarted client has it. A peer that sends a false update is
//! reported. Until a peer sends the update, the status names what is missing and the follower asks all
//! peers again, with growing pauses.
//!
//! A set signs from its first height to the height before its replacement, as the headers name it, and
//! at no other height. A client whose chain has not reached its checkpoint begins there: it fetches
//! the header by its hash and the validators by their root, and needs no earlier signature.
//!
//! A gossiped header of a height that was followed is compared with the followed one. When a peer's
//! status, or the parent of its next header, contradicts the chain, the follower searches for the
//! lowest height at which the peer has another header: below it both histories are the same, so one
//! validator set is in force there. If the peer's header is final too, and not older than the trusting
//! period, the validators have forked the chain. The follower keeps both headers as evidence and
//! follows nothing any more, not even after a restart.
//!
//! Only peers that answer requests are polled for their height: validators, the peers of the
//! configuration, and other peers until they leave several polls unanswered, as light clients do.
//!
//! Queues: gossip and connections come through the network's bounded queue. One range is requested at
//! a time, and one batch is verified at a time. Gossip that comes in the meantime only raises the
//! height that its peer claims.

mod append;
mod asking;
mod chain;
mod claims;
mod conflict;
mod engine;
mod servers;
mod updates;

use std::sync::Arc;

use weft_chain::Height;

pub(crate) use chain::{HeaderChain, check_checkpoint};
pub(crate) use engine::{Follower, FollowerParts};
pub(crate) use updates::KEPT_VALIDATORS;

use crate::FollowError;

/// How far the client has followed the chain.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FollowStatus {
    /// The greatest height verified as final; 0 if there is none.
    pub tip: Height,
    /// The greatest height that a connected peer claims; unverified.
    pub claimed: Height,
    /// Whether the chain is far ahead of this client: a validator set or the checkpoint's header is
    /// missing, or a peer that delivers claims many more headers. Unverified.
    pub catching_up: bool,
    /// Why the client does not follow the chain at present. It goes on by itself once it can, unless
    /// the error [is final](FollowError::is_final).
    pub halted: Option<Arc<FollowError>>,
}

impl FollowStatus {
    /// The lowest height that is known to have two final headers.
    pub fn forked_at(&self) -> Option<Height> {
        match self.halted.as_deref() {
            Some(FollowError::Conflicting { height, .. }) => Some(*height),
            _ => None,
        }
    }
}
