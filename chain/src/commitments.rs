//! The commitments root: an RFC 6962 Merkle tree over a block's row commitments in order.

use weft_encoding::{Commitment, Digest, merkle};

/// The root over the row commitments of a block, in order.
#[must_use]
pub fn commitments_root(commitments: &[Commitment]) -> Digest {
    merkle::root(&leaves(commitments))
}

/// Whether these are all row commitments of a block, in order.
///
/// The root does not bind the number of rows by itself; it is in the block header beside it, and
/// no other number of commitments has the same root.
#[must_use]
pub fn verify_commitments(root: Digest, commitments: &[Commitment]) -> bool {
    commitments_root(commitments) == root
}

/// The sibling hashes from row `index` to the root, from the leaf up; `None` if there is no such
/// row.
#[must_use]
pub fn commitment_path(commitments: &[Commitment], index: usize) -> Option<Vec<Digest>> {
    (index < commitments.len()).then(|| merkle::path(&leaves(commitments), index))
}

/// Whether row `index` of the `rows` rows under `root` has this commitment.
#[must_use]
pub fn verify_commitment(
    root: Digest,
    rows: usize,
    index: usize,
    commitment: &Commitment,
    path: &[Digest],
) -> bool {
    merkle::verify_path(
        merkle::leaf_hash(commitment.as_bytes()),
        index,
        rows,
        path,
        root,
    )
}

fn leaves(commitments: &[Commitment]) -> Vec<Digest> {
    commitments
        .iter()
        .map(|commitment| merkle::leaf_hash(commitment.as_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_path_proves_its_row_and_no_other() {
        for rows in 1..=9u8 {
            let commitments: Vec<_> = (0..rows).map(|i| Commitment::from_bytes([i; 48])).collect();
            let root = commitments_root(&commitments);
            assert!(verify_commitments(root, &commitments));
            assert!(!verify_commitments(root, &commitments[1..]));
            for (index, commitment) in commitments.iter().enumerate() {
                let path = commitment_path(&commitments, index).unwrap();
                let verify = |at, what| verify_commitment(root, rows.into(), at, what, &path);
                assert!(verify(index, commitment));
                assert!(!verify(index + 1, commitment));
                assert!(!verify(index, &Commitment::from_bytes([0xee; 48])));
            }
            assert_eq!(commitment_path(&commitments, rows.into()), None);
        }
    }
}
