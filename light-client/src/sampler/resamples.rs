//! Heights that are sampled again because their samples were not enough.

use std::collections::BTreeSet;

use tokio::time::Instant;
use weft_chain::Height;

use crate::Resampling;

/// The most heights that wait to be sampled again. Beyond it, those with the latest times keep their
/// verdict.
const MAX_RESAMPLES: usize = 1024;

/// The waiting heights, and the rule for their times.
#[derive(Debug)]
pub(super) struct Resamples {
    rule: Resampling,
    /// The time, the height, and how often it was sampled again before.
    waiting: BTreeSet<(Instant, Height, u32)>,
}

impl Resamples {
    pub(super) fn new(rule: Resampling) -> Self {
        Self {
            rule,
            waiting: BTreeSet::new(),
        }
    }

    /// Adds a height whose samples were not enough at `now`, after `times` repetitions.
    pub(super) fn add(&mut self, now: Instant, height: Height, times: u32) {
        let Some(pause) = self.rule.pause(times) else {
            return;
        };
        self.waiting.insert((now + pause, height, times));
        if self.waiting.len() > MAX_RESAMPLES {
            self.waiting.pop_last();
        }
    }

    /// When the next height is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first().map(|(at, ..)| *at)
    }

    /// Takes a height that is due, with the number of the repetition, from 1.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Height, u32)> {
        if self.next_due()? > now {
            return None;
        }
        let (_, height, times) = self.waiting.pop_first()?;
        Some((height, times.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut waiting = Resamples::new(Resampling {
            times: 2,
            first_pause: Duration::from_secs(10),
        });
        waiting.add(start, Height::new(5), 0);
        assert_eq!(waiting.next_due(), Some(at(10)));
        assert_eq!(waiting.take_due(at(9)), None);
        assert_eq!(waiting.take_due(at(10)), Some((Height::new(5), 1)));
        waiting.add(at(10), Height::new(5), 1);
        assert_eq!(waiting.take_due(at(39)), None);
        assert_eq!(waiting.take_due(at(40)), Some((Height::new(5), 2)));
        waiting.add(at(40), Height::new(5), 2);
        assert_eq!(waiting.next_due(), None, "no third time");
    }

    #[test]
    fn the_number_of_those_that_wait_is_bounded() {
        let start = Instant::now();
        let mut waiting = Resamples::new(Resampling::default());
        for height in 1..=2000 {
            waiting.add(start, Height::new(height), 0);
        }
        assert_eq!(waiting.waiting.len(), MAX_RESAMPLES);
        assert_eq!(
            waiting.take_due(start + Duration::from_secs(3600)),
            Some((Height::FIRST, 1)),
            "the earliest stay"
        );
    }
}
