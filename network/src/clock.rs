//! The local clock. The pure crates below never read it: their callers pass the time in.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time of the local clock in Unix milliseconds; 0 if the clock is before 1970.
pub fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
