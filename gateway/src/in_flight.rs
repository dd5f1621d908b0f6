//! Concurrent posts of the same batch: one of them does the work.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use weft_chain::{BlobId, Namespace};
use weft_encoding::Layout;

/// The batches that are being coded and dispersed now. At most one per concurrent post, so few that
/// a new batch is compared with each.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    turns: Mutex<Vec<Weak<Turn>>>,
}

/// Shared by the posts of one batch. The holder of the lock does the work and stores the blob's id
/// once it is certified. A holder that finds no id does the work itself.
#[derive(Debug)]
pub(super) struct Turn {
    namespace: Namespace,
    layout: Layout,
    batch: Bytes,
    pub(super) certified: tokio::sync::Mutex<Option<BlobId>>,
}

impl InFlight {
    /// The turn of this batch. It is dropped with the last post that holds it.
    pub(super) fn turn(&self, namespace: Namespace, layout: Layout, batch: &Bytes) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|turn| turn.strong_count() > 0);
        let same = turns.iter().filter_map(Weak::upgrade).find(|turn| {
            turn.namespace == namespace && turn.layout == layout && turn.batch == *batch
        });
        same.unwrap_or_else(|| {
            let turn = Arc::new(Turn {
                namespace,
                layout,
                batch: batch.clone(),
                certified: tokio::sync::Mutex::new(None),
            });
            turns.push(Arc::downgrade(&turn));
            turn
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_same_batch_shares_a_turn_and_only_while_it_lasts() {
        let in_flight = InFlight::default();
        let (one, two) = ("01".parse().unwrap(), "02".parse().unwrap());
        let batch = Bytes::from_static(b"batch");
        let first = in_flight.turn(one, Layout::Packed, &batch);
        let same = in_flight.turn(one, Layout::Packed, &Bytes::from(b"batch".to_vec()));
        assert!(Arc::ptr_eq(&first, &same));
        for (namespace, layout, batch) in [
            (two, Layout::Packed, batch.clone()),
            (one, Layout::Raw, batch.clone()),
            (one, Layout::Packed, Bytes::from_static(b"Batch")),
        ] {
            let other = in_flight.turn(namespace, layout, &batch);
            assert!(!Arc::ptr_eq(&first, &other));
        }
        *first.certified.try_lock().unwrap() = Some(BlobId::from_bytes([1; 32]));
        drop((first, same));
        let later = in_flight.turn(one, Layout::Packed, &batch);
        assert_eq!(*later.certified.try_lock().unwrap(), None);
        assert_eq!(in_flight.turns.lock().unwrap().len(), 1);
    }
}
