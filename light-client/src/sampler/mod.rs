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
//! from the operating system's randomness, and runs a
//! [`SamplingSession`](weft_sampling::SamplingSession), which decides whom to ask for what. The task
//! only carries its questions to the network, and its batches to a bounded pool.
//!
//! Whom the session can ask follows what is known of the chain while it runs: the custodians of the
//! newest validator set, then those of the block's own, then every other connected peer. A client
//! that is still catching up may not have come to the set that has the columns by now. So where the
//! samples are not enough meanwhile, or the set has changed meanwhile, the block is sampled once
//! more, with fresh samples, after the client has caught up. It waits only as long as final headers
//! come faster than a chain makes them, whatever height peers claim.
//!
//! A height that is sampled without being asked for, and whose samples are not enough, is sampled
//! again a few times, with growing pauses, when no other height waits.
//!
//! Queues: the mailbox holds 64 requests, and who asks waits while it is full; heights that wait for
//! their header or their turn are at most [`MAX_WAITING`], beyond which requests are refused; the
//! at most as many wait to be sampled again, and beyond that the last stay as they are; the
//! broadcast keeps 256 reports, of which a slow receiver loses the oldest (the store has them all).

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

/// Heights that wait for their header or their turn.
pub(crate) const MAX_WAITING: usize = 1024;
