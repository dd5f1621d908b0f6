//! How far a gateway's newest block may be behind the clock. Pure: times are passed in.
//!
//! ```text
//!   a header at the tip      its time is at most `limit` before the clock
//!   an older header          the stream is catching up, at twice the clock's pace or faster
//! ```
//!
//! Old headers alone do not make a gateway stale: a subscription from an early height begins with
//! them. The rule counts the time that the gateway lets its client wait. While a stream is behind,
//! each `limit` of waiting has to bring headers that span twice that time. A stream that keeps the
//! pace of the chain but stays an hour late does not.

use std::time::Duration;

use weft_chain::{Height, VerifiedHeader};

use crate::availability::StaleHead;

/// Judges the headers of one stream, in order.
#[derive(Debug)]
pub(super) struct Freshness {
    limit_ms: u64,
    /// While the stream is behind: a header's time, and the time waited since for later ones.
    behind: Option<(u64, Duration)>,
}

impl Freshness {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit_ms: millis(limit),
            behind: None,
        }
    }

    /// Judges a header that took `waited` to come, at the time `now` in Unix milliseconds.
    pub(super) fn judge(
        &mut self,
        height: Height,
        time: u64,
        waited: Duration,
        now: u64,
    ) -> Result<(), StaleHead> {
        let Err(stale) = check(self.limit_ms, height, time, now) else {
            self.behind = None;
            return Ok(());
        };
        let Some((since, before)) = self.behind else {
            self.behind = Some((time, Duration::ZERO));
            return Ok(());
        };
        let waited = before + waited;
        if millis(waited) < self.limit_ms {
            self.behind = Some((since, waited));
            return Ok(());
        }
        if time.saturating_sub(since) < millis(waited).saturating_mul(2) {
            return Err(stale);
        }
        self.behind = Some((time, Duration::ZERO));
        Ok(())
    }
}

/// Checks a header that the gateway claims to be the newest.
pub(super) fn check_head(
    limit: Duration,
    header: &VerifiedHeader,
    now: u64,
) -> Result<(), StaleHead> {
    check(millis(limit), header.height, header.time, now)
}

fn check(limit_ms: u64, height: Height, time: u64, now: u64) -> Result<(), StaleHead> {
    let age_ms = now.saturating_sub(time);
    if age_ms <= limit_ms {
        return Ok(());
    }
    Err(StaleHead {
        height,
        age_ms,
        limit_ms,
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use weft_encoding::Fault;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);
    const NOW: u64 = 1_800_000_000_000;

    /// Headers of one second each, from `behind` seconds ago on, each after a wait; the first that is
    /// refused.
    fn first_stale(behind: u64, wait: Duration, headers: u64) -> Option<u64> {
        let mut freshness = Freshness::new(LIMIT);
        let mut now = NOW;
        (0..headers).find(|step| {
            now += millis(wait);
            let time = NOW - behind * 1_000 + step * 1_000;
            let judged = freshness.judge(Height::new(*step + 1), time, wait, now);
            judged.is_err()
        })
    }

    #[test]
    fn a_stream_that_catches_up_is_never_stale() {
        for wait in [
            Duration::ZERO,
            Duration::from_millis(3),
            Duration::from_millis(490),
        ] {
            assert_eq!(first_stale(86_400, wait, 90_000), None, "{wait:?}");
        }
    }

    #[test]
    fn a_stream_at_the_tip_is_never_stale() {
        assert_eq!(first_stale(1, Duration::from_secs(1), 10_000), None);
        assert_eq!(first_stale(59, Duration::from_secs(1), 10_000), None);
    }

    #[test]
    fn a_stream_that_stays_behind_is_stale_after_the_limit() {
        assert_eq!(first_stale(3_600, Duration::from_secs(1), 10_000), Some(60));
        // It gains on the clock, and would need days for an hour.
        let gaining = Duration::from_millis(990);
        assert!(first_stale(3_600, gaining, 10_000).is_some());
        // It falls behind, a minute a block.
        assert!(first_stale(0, Duration::from_secs(60), 10).is_some());
    }

    #[test]
    fn a_head_is_stale_beyond_the_limit() {
        let height = Height::FIRST;
        assert_eq!(check(60_000, height, NOW - 60_000, NOW), Ok(()));
        assert_eq!(check(60_000, height, NOW + 9, NOW), Ok(()));
        let stale = StaleHead {
            height,
            age_ms: 60_001,
            limit_ms: 60_000,
        };
        assert_eq!(check(60_000, height, NOW - 60_001, NOW), Err(stale));
        assert_eq!(stale.fault(), Fault::Retry);
    }
}
