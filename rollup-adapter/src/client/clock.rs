//! The local clock. Verification never reads it: the client passes the time in.

use std::time::{SystemTime, UNIX_EPOCH};

use super::ClientConfig;
use crate::verify::Trust;

/// Now, in Unix milliseconds; 0 if the clock stands before 1970.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// The trust at the present time, within the trusting period if one is set.
pub(super) fn trust_now(trust: &Trust, config: &ClientConfig) -> Trust {
    match config.trusting_period {
        Some(period) => trust.within(period, unix_ms()),
        None => trust.clone(),
    }
}
