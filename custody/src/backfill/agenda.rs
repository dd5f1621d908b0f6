//! When each incomplete blob is due, and up to which height all are complete. Pure: time is passed
//! in.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::time::Instant;
use weft_chain::{BlobId, Height};

/// An ordered blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// The height of its block.
    pub(super) height: Height,
    pub(super) blob: BlobId,
}

/// A blob that the search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) place: Place,
    /// When it is due.
    pub(super) due: Instant,
    /// Columns that are known to be missing.
    pub(super) missing: usize,
}

#[derive(Debug)]
struct Entry {
    pause: Duration,
    missing: usize,
    /// The search during which work on it last started.
    search: u64,
}

/// The blobs that are incomplete or not checked yet.
#[derive(Debug)]
pub(super) struct Agenda {
    first_pause: Duration,
    max_pause: Duration,
    max: usize,
    /// Every blob up to this height is complete or has an entry.
    searched_to: Height,
    /// Number of the current search. Work that started in an earlier search does not complete a
    /// blob.
    search: u64,
    unfinished: BTreeMap<Place, Entry>,
    /// Blobs that no job works on, by due time.
    waiting: BTreeSet<(Instant, Place)>,
}

impl Agenda {
    /// Everything up to `complete_to` is complete.
    pub(super) fn new(
        complete_to: Height,
        (first_pause, max_pause): (Duration, Duration),
        max: NonZeroUsize,
    ) -> Self {
        Self {
            first_pause,
            max_pause,
            max: max.get(),
            searched_to: complete_to,
            search: 0,
            unfinished: BTreeMap::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// Restarts the search above `from`, because new columns are owned.
    pub(super) fn restart(&mut self, from: Height) {
        self.searched_to = self.searched_to.min(from);
        self.search += 1;
    }

    /// The height up to which blobs have been searched for.
    pub(super) fn searched_to(&self) -> Height {
        self.searched_to
    }

    /// Whether there is room for more blobs.
    pub(super) fn has_room(&self) -> bool {
        self.unfinished.len() < self.max
    }

    /// Records that the blocks up to `to` were searched and that the blobs `found` are incomplete.
    /// A blob that has an entry keeps it.
    pub(super) fn searched(&mut self, to: Height, found: impl IntoIterator<Item = Found>) {
        self.searched_to = self.searched_to.max(to);
        for Found {
            place,
            due,
            missing,
        } in found
        {
            if self.unfinished.contains_key(&place) {
                continue;
            }
            let entry = Entry {
                pause: self.first_pause,
                missing,
                search: self.search,
            };
            self.unfinished.insert(place, entry);
            self.waiting.insert((due, place));
        }
    }

    /// The blob to work on now, if one is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Place> {
        let (due, place) = *self.waiting.first()?;
        if due > now {
            return None;
        }
        self.waiting.remove(&(due, place));
        let entry = self.unfinished.get_mut(&place)?;
        entry.search = self.search;
        Some(place)
    }

    /// When [`Agenda::take_due`] will return one.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// Schedules the blob again at `due`, without backoff.
    pub(super) fn put_off(&mut self, place: Place, due: Instant, missing: usize) {
        if let Some(entry) = self.unfinished.get_mut(&place) {
            entry.missing = missing;
            self.waiting.insert((due, place));
        }
    }

    /// Schedules an incomplete blob again after its backoff, which doubles. Without `missing`, the
    /// known count stays.
    pub(super) fn again(&mut self, now: Instant, place: Place, missing: Option<usize>) {
        if let Some(entry) = self.unfinished.get_mut(&place) {
            entry.missing = missing.unwrap_or(entry.missing);
            self.waiting.insert((now + entry.pause, place));
            entry.pause = (entry.pause * 2).min(self.max_pause);
        }
    }

    /// The blob is complete for the columns that were owned when the work on it started.
    pub(super) fn finished(&mut self, now: Instant, place: Place) {
        match self.unfinished.get_mut(&place) {
            Some(entry) if entry.search != self.search => {
                entry.missing = 0;
                self.waiting.insert((now, place));
            }
            _ => {
                self.unfinished.remove(&place);
            }
        }
    }

    /// The height up to which nothing is missing.
    pub(super) fn complete_to(&self) -> Height {
        let first = self.unfinished.keys().next();
        let below = first.map_or(self.searched_to, |place| {
            Height::new(place.height.get().saturating_sub(1))
        });
        below.min(self.searched_to)
    }

    /// Blobs that are incomplete or not checked yet.
    pub(super) fn unfinished(&self) -> usize {
        self.unfinished.len()
    }

    /// Columns that are known to be missing, of all blobs.
    pub(super) fn missing(&self) -> usize {
        self.unfinished.values().map(|entry| entry.missing).sum()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn place(height: u64, blob: u8) -> Place {
        Place {
            height: Height::new(height),
            blob: BlobId::from_bytes([blob; 32]),
        }
    }

    fn found(place: Place, due: Instant) -> Found {
        Found {
            place,
            due,
            missing: 3,
        }
    }

    fn agenda(complete_to: u64) -> Agenda {
        let max = NonZeroUsize::new(3).unwrap();
        Agenda::new(Height::new(complete_to), (SECOND, 4 * SECOND), max)
    }

    #[test]
    fn complete_is_what_is_below_the_first_unfinished_blob() {
        let now = Instant::now();
        let mut agenda = agenda(4);
        assert_eq!(agenda.complete_to(), Height::new(4));
        agenda.searched(Height::new(9), [6, 8].map(|h| found(place(h, 1), now)));
        assert_eq!(agenda.searched_to(), Height::new(9));
        assert_eq!(agenda.complete_to(), Height::new(5));
        assert_eq!((agenda.unfinished(), agenda.missing()), (2, 6));
        let (first, second) = (agenda.take_due(now).unwrap(), agenda.take_due(now).unwrap());
        assert_eq!((first, second), (place(6, 1), place(8, 1)));
        assert_eq!(agenda.complete_to(), Height::new(5), "taken is not done");
        agenda.finished(now, second);
        assert_eq!(agenda.complete_to(), Height::new(5));
        agenda.finished(now, first);
        assert_eq!(agenda.complete_to(), Height::new(9));
        assert_eq!((agenda.unfinished(), agenda.missing()), (0, 0));
    }

    #[test]
    fn each_blob_is_due_in_its_time_and_a_failed_one_after_growing_pauses() {
        let start = Instant::now();
        let mut agenda = agenda(0);
        agenda.searched(
            Height::new(1),
            [
                found(place(1, 1), start + 2 * SECOND),
                found(place(1, 2), start),
            ],
        );
        let two = place(1, 2);
        let mut now = start;
        for pause in [1, 2, 4, 4] {
            assert_eq!(agenda.take_due(now), Some(two));
            agenda.again(now, two, Some(2));
            now += pause * SECOND;
            if agenda.next_due() == Some(start + 2 * SECOND) {
                assert_eq!(agenda.take_due(start + 2 * SECOND), Some(place(1, 1)));
            }
            assert_eq!(agenda.next_due(), Some(now));
            assert_eq!(agenda.take_due(now - SECOND / 2), None);
        }
        agenda.take_due(now).unwrap();
        agenda.put_off(two, now + 9 * SECOND, 0);
        assert_eq!(agenda.next_due(), Some(now + 9 * SECOND));
        assert_eq!(agenda.missing(), 3, "what was put off is not missing");
        // A lost job does not change the known count.
        agenda.again(now, place(1, 1), None);
        assert_eq!(agenda.missing(), 3);
    }

    #[test]
    fn the_search_stops_at_the_bound_and_goes_on_when_there_is_room() {
        let now = Instant::now();
        let mut agenda = agenda(0);
        agenda.searched(
            Height::new(3),
            (1..=3).map(|height| found(place(height, 0), now)),
        );
        assert!(!agenda.has_room());
        let first = agenda.take_due(now).unwrap();
        agenda.finished(now, first);
        assert!(agenda.has_room());
    }

    #[test]
    fn what_was_completed_before_more_was_owned_is_looked_at_again() {
        let now = Instant::now();
        let mut agenda = agenda(2);
        agenda.searched(Height::new(9), [found(place(5, 1), now)]);
        let taken = agenda.take_due(now).unwrap();
        agenda.restart(Height::GENESIS);
        assert_eq!(agenda.complete_to(), Height::GENESIS);
        // The search finds the blob again while a job works on the previously owned columns.
        agenda.searched(Height::new(9), [found(place(5, 1), now)]);
        assert_eq!(agenda.take_due(now), None, "not twice at once");
        agenda.finished(now, taken);
        assert_eq!(agenda.complete_to(), Height::new(4));
        assert_eq!(agenda.take_due(now), Some(taken));
        agenda.finished(now, taken);
        assert_eq!(agenda.complete_to(), Height::new(9));
        // A restart above what was searched moves nothing forward.
        agenda.restart(Height::new(20));
        assert_eq!(agenda.searched_to(), Height::new(9));
    }
}
