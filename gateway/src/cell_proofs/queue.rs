//! When each blob's cell proofs are due. Pure: time is passed in.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;
use weft_chain::{BlobId, PublicKey};
use weft_sampling::ColumnSet;

/// The unfinished blobs.
#[derive(Debug)]
pub(super) struct Queue {
    /// Due time of new blobs: earlier than every retry, so that they never wait behind old blobs.
    start: Instant,
    first_pause: Duration,
    max_pause: Duration,
    blobs: HashMap<BlobId, Entry>,
    /// Blobs that no job works on, by due time.
    waiting: BTreeSet<(Instant, BlobId)>,
}

#[derive(Debug)]
struct Entry {
    pause: Duration,
    /// Taken by the job while it works on the blob.
    work: Work,
}

/// Progress of the work on one blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    /// When the blob entered the queue.
    pub(super) since: Instant,
    /// Custodians that have the proofs or will never take them.
    pub(super) settled: BTreeSet<PublicKey>,
    /// Columns whose proofs a custodian has accepted.
    pub(super) placed: ColumnSet,
    /// Custodians that refused because they do not hold all their columns yet.
    pub(super) lacking: BTreeSet<PublicKey>,
}

impl Work {
    fn new(since: Instant) -> Self {
        Self {
            since,
            settled: BTreeSet::new(),
            placed: ColumnSet::EMPTY,
            lacking: BTreeSet::new(),
        }
    }
}

impl Queue {
    pub(super) fn new(start: Instant, first_pause: Duration, max_pause: Duration) -> Self {
        Self {
            start,
            first_pause,
            max_pause,
            blobs: HashMap::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// Number of unfinished blobs.
    pub(super) fn len(&self) -> usize {
        self.blobs.len()
    }

    /// Adds the blobs that are not in the queue yet. They are due at once.
    pub(super) fn admit(&mut self, now: Instant, blobs: Vec<BlobId>) {
        for blob_id in blobs {
            if self.blobs.contains_key(&blob_id) {
                continue;
            }
            let work = Work::new(now);
            let pause = self.first_pause;
            self.blobs.insert(blob_id, Entry { pause, work });
            self.waiting.insert((self.start, blob_id));
        }
    }

    /// The blob to work on now, if one is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(BlobId, Work)> {
        let (due, blob_id) = *self.waiting.first()?;
        if due > now {
            return None;
        }
        self.waiting.remove(&(due, blob_id));
        let entry = self.blobs.get(&blob_id)?;
        Some((blob_id, entry.work.clone()))
    }

    /// When [`Queue::take_due`] will return one.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first().map(|(due, _)| *due)
    }

    /// Schedules an unfinished blob again after its backoff, which doubles. Without `work`, the
    /// known progress stays.
    pub(super) fn again(&mut self, now: Instant, blob_id: BlobId, work: Option<Work>) {
        let Some(entry) = self.blobs.get_mut(&blob_id) else {
            return;
        };
        if let Some(work) = work {
            entry.work = work;
        }
        self.waiting.insert((now + entry.pause, blob_id));
        entry.pause = (entry.pause * 2).min(self.max_pause);
    }

    /// The blob is finished.
    pub(super) fn finished(&mut self, blob_id: &BlobId) {
        self.blobs.remove(blob_id);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn blob(seed: u8) -> BlobId {
        BlobId::from_bytes([seed; 32])
    }

    #[test]
    fn pauses_double_to_the_longest_and_new_blobs_come_first() {
        let start = Instant::now();
        let mut queue = Queue::new(start, SECOND, 5 * SECOND);
        queue.admit(start, vec![blob(1)]);
        let mut now = start;
        for pause in [1, 2, 4, 5, 5] {
            let (id, work) = queue.take_due(now).unwrap();
            assert_eq!((id, work.since), (blob(1), start));
            assert_eq!((queue.take_due(now), queue.next_due()), (None, None));
            queue.again(now, id, Some(work));
            now += pause * SECOND;
            assert_eq!(queue.next_due(), Some(now));
            assert_eq!(queue.take_due(now - SECOND / 2), None);
        }
        queue.admit(now, vec![blob(1), blob(2)]);
        assert_eq!(queue.len(), 2);
        assert_eq!(queue.take_due(now).unwrap().0, blob(2));
        assert_eq!(queue.take_due(now).unwrap().0, blob(1));
    }

    #[test]
    fn what_is_known_outlives_a_lost_task_and_ends_with_the_blob() {
        let start = Instant::now();
        let mut queue = Queue::new(start, SECOND, SECOND);
        queue.admit(start, vec![blob(1)]);
        let (id, mut work) = queue.take_due(start).unwrap();
        work.settled
            .insert(weft_chain::SecretKey::generate(&[1; 32]).public_key());
        queue.again(start, id, Some(work.clone()));
        let taken = queue.take_due(start + SECOND).unwrap();
        assert_eq!(taken, (id, work.clone()));
        queue.again(start, id, None);
        assert_eq!(queue.take_due(start + SECOND).unwrap().1, work);
        queue.finished(&id);
        assert_eq!((queue.len(), queue.next_due()), (0, None));
        queue.again(start, id, None);
        assert_eq!(queue.next_due(), None, "a finished blob does not come back");
        queue.admit(start, vec![id]);
        assert!(queue.take_due(start).unwrap().1.settled.is_empty());
    }
}
