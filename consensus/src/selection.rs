//! Which pending blobs go into the next block. Pure.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use weft_chain::{CertifiedBlob, Namespace};

/// Chooses blobs for a block of at most `max_rows` rows, fairly across namespaces.
///
/// `pending` is in order of arrival. Namespaces take turns, so that one with many blobs cannot
/// crowd out the others. A turn goes to the namespace that has the fewest rows in the block so far
/// (deficit round robin with the row as the unit; ties go to the one whose oldest blob waits
/// longest), and takes its oldest blob. A blob that does not fit ends its namespace's turns, so
/// that a namespace's blobs are never reordered and a large blob is not overtaken by its own
/// successors.
///
/// The result is in the order chosen. Cost: linear in `pending`, times the logarithm of the number
/// of namespaces.
#[must_use]
pub(crate) fn select(pending: Vec<Arc<CertifiedBlob>>, max_rows: usize) -> Vec<Arc<CertifiedBlob>> {
    let mut queues: BTreeMap<Namespace, VecDeque<(usize, Arc<CertifiedBlob>)>> = BTreeMap::new();
    for (arrival, blob) in pending.into_iter().enumerate() {
        queues
            .entry(blob.header.namespace)
            .or_default()
            .push_back((arrival, blob));
    }
    // Key: rows taken so far, then arrival of the oldest blob. Arrivals are distinct.
    let mut turns: BTreeMap<(usize, usize), Namespace> = queues
        .iter()
        .filter_map(|(namespace, queue)| queue.front().map(|(at, _)| ((0, *at), *namespace)))
        .collect();

    let mut chosen = Vec::new();
    let mut rows = 0;
    while let Some(((taken, _), namespace)) = turns.pop_first() {
        let Some(queue) = queues.get_mut(&namespace) else {
            continue;
        };
        let Some((_, blob)) = queue.pop_front() else {
            continue;
        };
        let size = blob.header.rows();
        if rows + size > max_rows {
            continue;
        }
        rows += size;
        chosen.push(blob);
        if let Some((arrival, _)) = queue.front() {
            turns.insert((taken + size, *arrival), namespace);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use weft_chain::AvailabilityCertificate;
    use weft_test_chain::{TestChain, header};

    use super::*;

    /// Blobs of (namespace, rows); selection reads no certificate, so one serves for all.
    fn pending(blobs: &[(u8, usize)]) -> Vec<Arc<CertifiedBlob>> {
        let chain = TestChain::new(1);
        let certificate: AvailabilityCertificate = chain.certified(0, 0, 1).certificate;
        blobs
            .iter()
            .enumerate()
            .map(|(place, (namespace, rows))| {
                let seed = u8::try_from(place).unwrap();
                let header = header(*namespace, seed, *rows);
                Arc::new(CertifiedBlob {
                    header,
                    certificate: certificate.clone(),
                })
            })
            .collect()
    }

    /// The positions in `pending` of the chosen blobs, in the order chosen.
    fn chosen(blobs: &[(u8, usize)], max_rows: usize) -> Vec<usize> {
        let all = pending(blobs);
        select(all.clone(), max_rows)
            .iter()
            .map(|blob| {
                all.iter()
                    .position(|other| Arc::ptr_eq(blob, other))
                    .unwrap()
            })
            .collect()
    }

    #[test]
    fn choices() {
        type Case = (
            &'static str,
            &'static [(u8, usize)],
            usize,
            &'static [usize],
        );
        let cases: [Case; 8] = [
            ("nothing pending", &[], 256, &[]),
            ("all fit, in order", &[(1, 2), (1, 3)], 256, &[0, 1]),
            ("exactly full", &[(1, 2), (1, 3)], 5, &[0, 1]),
            ("one row too many", &[(1, 2), (1, 3)], 4, &[0]),
            (
                "namespaces take turns",
                &[(1, 1), (1, 1), (1, 1), (2, 1)],
                2,
                &[0, 3],
            ),
            (
                "the one with fewer rows is next",
                &[(1, 4), (1, 4), (2, 1), (2, 1)],
                10,
                &[0, 2, 3, 1],
            ),
            (
                "a namespace is never reordered",
                &[(1, 5), (1, 1), (2, 1)],
                4,
                &[2],
            ),
            (
                "another namespace fills the rest",
                &[(1, 3), (1, 3), (2, 1)],
                4,
                &[0, 2],
            ),
        ];
        for (name, blobs, max_rows, expected) in cases {
            assert_eq!(chosen(blobs, max_rows), expected, "{name}");
        }
    }

    #[test]
    fn a_flood_in_one_namespace_leaves_half_of_the_block_to_another() {
        let mut blobs = vec![(1, 1); 100];
        blobs.extend([(2, 1); 20]);
        let places = chosen(&blobs, 32);
        assert_eq!(places.len(), 32);
        assert_eq!(places.iter().filter(|place| **place >= 100).count(), 16);
    }

    #[test]
    fn never_more_rows_than_allowed() {
        let blobs: Vec<(u8, usize)> = (0u8..60)
            .map(|place| (place % 7, usize::from(place) * 13 % 64 + 1))
            .collect();
        for max_rows in [1, 7, 64, 200, 256] {
            let rows: usize = chosen(&blobs, max_rows)
                .iter()
                .map(|place| blobs[*place].1)
                .sum();
            assert!(rows <= max_rows, "{rows} rows of {max_rows}");
        }
    }
}
