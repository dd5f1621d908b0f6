//! A gateway whose newest block is too old.

use thiserror::Error;
use weft_chain::Height;
use weft_encoding::Fault;

/// A gateway's newest block is too old: the gateway is cut off, it holds blocks back, or the chain has
/// halted. Another gateway can tell which. Fault: retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the gateway is stale: its newest block {height} is {age_ms} ms old, the limit is {limit_ms} ms"
)]
pub struct StaleHead {
    /// The gateway's newest block.
    pub height: Height,
    /// The block's age by the local clock, milliseconds.
    pub age_ms: u64,
    /// The limit, milliseconds.
    pub limit_ms: u64,
}

impl StaleHead {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Retry
    }
}
