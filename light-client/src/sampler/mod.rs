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
//! Whom the session can ask is made out at the block's start: the custodians of the newest validator
//! set, then those of the block's own, then every other connected peer.
//!
//! A height that is sampled without being asked for, and whose samples are not enough, is sampled
//! again a few times, with growing pauses, when no other height waits.
//!
//! Queues: the mailbox holds 64 requests, and who asks waits while it is full; heights that wait for
//! their header or their turn are at most [`MAX_WAITING`], beyond which requests are refused; the
//! at most as many wait to be sampled again, and beyond that the last stay as they are; the
//! broadcast keeps 256 reports, of which a slow receiver loses the oldest (the store has them all).

mod block;
mod commitments;
mod custodians;
mod engine;
mod mailbox;
mod pool;
mod resamples;
mod translate;

pub(crate) use block::BlockContext;
pub(crate) use custodians::Custodians;
pub(crate) use engine::{Heights, Resources, Sampler};
pub(crate) use mailbox::SamplerHandle;
pub use mailbox::Ticket;
pub(crate) use pool::VerifyPool;

/// Heights that wait for their header or their turn.
pub(crate) const MAX_WAITING: usize = 1024;
