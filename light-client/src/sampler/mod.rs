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
//! Queues: the mailbox holds 64 requests, and who asks waits while it is full; heights that wait for
//! their header or their turn are at most [`MAX_WAITING`], beyond which requests are refused; the
//! broadcast keeps 256 reports, of which a slow receiver loses the oldest (the store has them all).

mod block;
mod commitments;
mod custodians;
mod engine;
mod mailbox;
mod pool;
mod translate;

pub(crate) use block::BlockContext;
pub(crate) use custodians::Directory;
pub(crate) use engine::{Resources, Sampler};
pub(crate) use mailbox::SamplerHandle;
pub use mailbox::Ticket;
pub(crate) use pool::VerifyPool;

/// Heights that wait for their header or their turn.
pub(crate) const MAX_WAITING: usize = 1024;
