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
//! A header becomes part of the chain only when it is the next after the tip (height, parent,
//! time, validator set) and its finality certificate verifies. Gossip brings single headers; when
//! there is a gap, or nothing comes, ranges of headers are asked for from the peer that claims to
//! be furthest. Whoever sends an invalid header is reported; whoever claims a height and does not
//! deliver is only passed over.
//!
//! Where a header names another validator set for the next height, the follower asks for the update
//! that introduced it before it takes any header beyond. The update must replace the set known so
//! far, be approved by more than 2/3 of its stake, begin at just that height, and give just that
//! set. It is stored before the chain goes on, so that a restart goes on from there. Whoever shows a
//! false one is reported, and whoever shows none is only passed over. While nobody shows it the
//! status says so, and everybody is asked again after a while.
//!
//! A set signs from its first height to the one before its replacement, as the headers have named it,
//! and at no other height. A client that has not come to its checkpoint begins there: it asks for the
//! header by its hash and for its validators by their root, and needs no signature of anybody before.
//!
//! A gossiped header of a height that was followed is compared with the one that was. Where a peer's
//! status or the parent of its next header disagrees with the chain, the peer is asked for single
//! headers until the lowest height is found at which it has another one: there, both histories still
//! have one validator set. Where another header is final too, and no older than the trusting period,
//! the validators have forked the chain: both headers are kept as evidence, and the client follows
//! nothing any more, after a restart neither.
//!
//! Only peers that answer are asked how far their chain goes: validators, the peers of the
//! configuration, and others as long as they have not shown that they answer nothing, as light
//! clients do.
//!
//! Queues: gossip and connections come through the network's bounded queue. One range is asked for
//! at a time, and one batch verified at a time; gossip that comes meanwhile only says that there is
//! more to ask for.

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
pub struct FollowStatus {
    /// The largest height verified as final; 0 if there is none.
    pub tip: Height,
    /// The largest height that a connected peer claims to have; unverified.
    pub claimed: Height,
    /// Whether there is far more of the chain than this client has verified: a validator set is
    /// being asked for, or a peer that has not failed to deliver claims much more. Unverified.
    pub catching_up: bool,
    /// Why the chain cannot be followed any further. The client goes on by itself as soon as it can,
    /// unless the error [is final](FollowError::is_final).
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
