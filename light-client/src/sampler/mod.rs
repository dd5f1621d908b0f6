//! The sampler: comes to a verdict on each block.
//!
//! ```text
//!   follower's chain --.                                 .--> store: report
//!   mailbox: Sample ---+--> engine --> block task -------+--> broadcast: HeightReport
//!                                        |   ^           '--> Ticket
//!                    commitments, cells  v   |  verified
//!                                    peers   pool
//! ```
//!
//! A block task fetches the block's commitments and checks them against the header, chooses samples
//! by the operating system's randomness, and runs a
//! [`SamplingSession`](weft_sampling::SamplingSession), which decides which peer to ask for which
//! cells. The task carries the session's requests to the network, and its batches to a bounded pool.
//!
//! While a session runs, the peers that it may ask follow the chain: the custodians of the newest
//! validator set, then those of the block's own set, then every other connected peer. A client that
//! is still catching up may not know the set that has the columns now. So if samples are not enough
//! while it catches up, or the set changes during the session, the block is sampled once more with
//! fresh samples after the client has caught up. It waits only while final headers come faster than a
//! chain makes them, whatever height peers claim.
//!
//! A height that is sampled in order, and whose samples are not enough, is sampled again a few times,
//! with growing pauses, when no other height waits.
//!
//! Queues:
//!
//! - The mailbox holds 64 requests; callers wait while it is full.
//! - At most [`MAX_WAITING`] heights wait for their header or for a free session; more requests are
//!   refused.
//! - At most 1,024 heights wait to be sampled again; beyond that, those with the latest times keep
//!   their verdict.
//! - The broadcast keeps 256 reports; a slow receiver loses the oldest, which are in the store.

mod block;
mod catch_up;
mod commitments;
mod custodians;
mod engine;
mod height;
mod mailbox;
mod offers;
mod pool;
mod resamples;
mod translate;

pub(crate) use block::BlockContext;
pub(crate) use catch_up::CatchUp;
pub(crate) use custodians::Custodians;
pub(crate) use engine::{Heights, Sampler};
pub(crate) use height::Resources;
pub(crate) use mailbox::SamplerHandle;
pub use mailbox::Ticket;
pub(crate) use pool::VerifyPool;

/// The most heights that wait for their header or for a free session.
pub(crate) const MAX_WAITING: usize = 1024;
