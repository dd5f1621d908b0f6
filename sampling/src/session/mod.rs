//! One block's sampling as a state machine without input or output of its own.
//!
//! ```text
//!    Offer, Withdraw ---->.-----------------.----> Request  --> network --> Reply | Failed
//!    Reply, Failed ------>| SamplingSession |----> Verify   --> pool    --> Verified
//!    Verified, Condemned >|   handle(now)   |----> Penalise --> peer scores
//!    Tick --------------->'-----------------'----> Done(Verdict)
//! ```
//!
//! Each sample goes its own way:
//!
//! ```text
//!              .--- refused, unanswered, invalid: another peer, or this one later ---.
//!              v                                                                     |
//!   Waiting ---> Asked ---- cell ----> Verifying ---- proof holds ----> Verified     |
//!                  '--------------------------'--------------------------------------'
//! ```
//!
//! It goes that way with one custodian at a time and, once a custodian has let it down or where
//! there is none to ask, with one fallback at a time beside it. Anybody can be a fallback: whatever
//! fallbacks answer, or do not, takes no time and no attempt from a custodian.
//!
//! What bounds it: requests in flight (in all and by peer), coordinates in a request, custodians'
//! attempts for a sample, refusals, postponements and timeouts by sample and peer, peers, and one
//! deadline for everything.
//! A timeout is never an invalid proof: only a cell that fails verification, or an answer that
//! does not fit the question, gets its peer penalised.
//!
//! The caller passes its time as the [`Duration`](std::time::Duration) since any fixed moment and
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
