//! One block's sampling as a state machine without input or output of its own.
//!
//! ```text
//!    Offer, Withdraw ---->.-----------------.----> Request  --> network --> Reply | Failed
//!    Reply, Failed ------>| SamplingSession |----> Verify   --> pool    --> Verified
//!    Verified, Condemned >|   handle(now)   |----> Penalise --> peer scores
//!    Tick --------------->'-----------------'----> Done(Verdict)
//! ```
//!
//! The states of a sample:
//!
//! ```text
//!              .--- refused, unanswered, invalid: another peer, or this one later ---.
//!              v                                                                     |
//!   Waiting ---> Asked ---- cell ----> Verifying ---- proof holds ----> Verified     |
//!                  '--------------------------'--------------------------------------'
//! ```
//!
//! A sample is with one custodian at a time. Once a custodian fails it, or if there is no custodian to
//! ask, it is also with one fallback at a time. Any peer can be a fallback, so fallbacks cost a custodian
//! no time and no attempt, whatever they answer.
//!
//! Limits: requests in flight (in total and by peer), coordinates in a request, custodians' attempts for
//! a sample, refusals, postponements and timeouts by sample and peer, peers, and one deadline for all.
//! A timeout is never an invalid proof: only a cell that fails verification, or the wrong number of
//! replies, gets its peer penalised.
//!
//! The caller passes the time as the [`Duration`](std::time::Duration) since any fixed moment, and
//! calls again with [`Input::Tick`] no later than [`SamplingSession::next_wake`].

mod config;
mod io;
mod machine;
mod peers;
mod sample;
mod schedule;
#[cfg(test)]
mod tests;
mod verdict;

pub use config::{SessionConfig, SessionError};
pub use io::{
    BatchId, CellReply, Input, Offence, Output, RefusalKind, RequestFailure, RequestId, Tier,
};
pub use machine::{Progress, SamplingSession};
pub use verdict::{Evidence, Shortfall, Verdict};
