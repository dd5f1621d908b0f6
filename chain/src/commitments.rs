//! The commitments root, an RFC 6962 Merkle tree over a block's row commitments in order, and the proof
//! that a blob's commitments are leaves of it.
//!
//! Light clients sample the matrix under the commitments root. Rollups list and read blobs under the
//! namespaces root. The proof ties one to the other: without it a dishonest quorum could make clients
//! sample rows that are not the blob's.

use std::collections::BTreeMap;
use std::ops::Range;

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::{Commitment, Digest, Fault, MAX_BLOCK_ROWS, merkle};

use crate::codec::{Canonical, read_vec, write_vec};
use crate::{BlockBody, BlockHeader, Namespace};

/// The root over the row commitments of a block, in order.
#[must_use]
pub fn commitments_root(commitments: &[Commitment]) -> Digest {
    merkle::root(&leaves(commitments))
}

/// Proof that commitments are those of given rows of a block.
///
/// It may cover several blobs, such as all of a namespace: their rows share the siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitmentsProof {
    /// Roots of the largest subtrees without any of the rows, from left to right.
    siblings: Vec<Digest>,
}

/// The most siblings that rows of a block have: two in every four.
const MAX_SIBLINGS: usize = MAX_BLOCK_ROWS / 2;

/// Why a commitments proof is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitmentsProofError {
    /// The rows go beyond the block's.
    #[error("rows {first_row} to {end} are outside of a block of {rows} rows")]
    RowsOutOfRange {
        /// The first row.
        first_row: usize,
        /// The row after the last.
        end: usize,
        /// Rows of the block.
        rows: usize,
    },
    /// Two blobs have the same row.
    #[error("row {row} is in two blobs")]
    RowTwice {
        /// The row.
        row: usize,
    },
    /// Another number of siblings than these rows have in this block.
    #[error("{siblings} siblings do not lead from these rows to a root")]
    WrongSiblings {
        /// The siblings of the proof.
        siblings: usize,
    },
    /// The commitments lead to another root.
    #[error("the commitments root is {expected}, the proof leads to {actual}")]
    WrongRoot {
        /// The block's root.
        expected: Digest,
        /// The root that the proof leads to.
        actual: Digest,
    },
}

impl CommitmentsProofError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

impl CommitmentsProof {
    /// The proof for one blob's rows in the block with these commitments.
    ///
    /// Leaves out rows that the block does not have; the proof is then useless. Costs a hash for every
    /// row of the block and every node above them.
    #[must_use]
    pub fn of_blob(commitments: &[Commitment], rows: Range<usize>) -> Self {
        Self::of_rows(commitments, rows)
    }

    /// The proof for the rows of all of a namespace's blobs in a block; `None` if it has no blobs.
    ///
    /// Costs as [`CommitmentsProof::of_blob`].
    #[must_use]
    pub fn of_namespace(body: &BlockBody, namespace: &Namespace) -> Option<Self> {
        let mut rows = Vec::new();
        let mut end = 0;
        for blob in &body.blobs {
            let begin = end;
            end += blob.header.rows();
            if blob.header.namespace == *namespace {
                rows.extend(begin..end);
            }
        }
        (!rows.is_empty()).then(|| Self::of_rows(&body.commitments(), rows))
    }

    /// The proof for rows in their order.
    fn of_rows(commitments: &[Commitment], rows: impl IntoIterator<Item = usize>) -> Self {
        let is_there = |row: &usize| *row < commitments.len();
        let rows: Vec<usize> = rows.into_iter().take_while(is_there).collect();
        Self {
            siblings: merkle::multi_path(&leaves(commitments), &rows),
        }
    }

    /// Checks that the block of `header` has these commitments at these rows, and no blob beyond its
    /// rows. Each blob is its first row and its commitments, in any order.
    ///
    /// Costs a hash for each commitment and each node that leads to the root.
    ///
    /// # Errors
    /// [`CommitmentsProofError`] (fault: peer).
    pub fn verify<'a>(
        &self,
        header: &BlockHeader,
        blobs: impl IntoIterator<Item = (usize, &'a [Commitment])>,
    ) -> Result<(), CommitmentsProofError> {
        let rows = usize::from(header.rows);
        let mut known = BTreeMap::new();
        for (first_row, commitments) in blobs {
            let end = first_row.saturating_add(commitments.len());
            if end > rows {
                return Err(CommitmentsProofError::RowsOutOfRange {
                    first_row,
                    end,
                    rows,
                });
            }
            for (row, commitment) in (first_row..end).zip(commitments) {
                let leaf = merkle::leaf_hash(commitment.as_bytes());
                if known.insert(row, leaf).is_some() {
                    return Err(CommitmentsProofError::RowTwice { row });
                }
            }
        }
        let known: Vec<_> = known.into_iter().collect();
        let wrong_siblings = CommitmentsProofError::WrongSiblings {
            siblings: self.siblings.len(),
        };
        let actual = merkle::multi_root(&known, rows, &self.siblings).ok_or(wrong_siblings)?;
        let expected = header.commitments_root;
        if actual != expected {
            return Err(CommitmentsProofError::WrongRoot { expected, actual });
        }
        Ok(())
    }
}

fn leaves(commitments: &[Commitment]) -> Vec<Digest> {
    commitments
        .iter()
        .map(|commitment| merkle::leaf_hash(commitment.as_bytes()))
        .collect()
}

impl BorshSerialize for CommitmentsProof {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        write_vec(&self.siblings, writer)
    }
}

impl BorshDeserialize for CommitmentsProof {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let siblings = read_vec("siblings", 0..=MAX_SIBLINGS, reader)?;
        Ok(Self { siblings })
    }
}

impl Canonical for CommitmentsProof {
    const NAME: &'static str = "a commitments proof";
    const MAX_BYTES: usize = 4 + 32 * MAX_SIBLINGS;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn commitments(rows: usize) -> Vec<Commitment> {
        let bytes = |row: usize| {
            let mut bytes = [0xa0; 48];
            bytes[..8].copy_from_slice(&(row as u64).to_le_bytes());
            bytes
        };
        (0..rows)
            .map(|row| Commitment::from_bytes(bytes(row)))
            .collect()
    }

    #[test]
    fn the_root_is_of_all_rows_and_no_fewer() {
        for rows in 1..=9 {
            let commitments = commitments(rows);
            let root = commitments_root(&commitments);
            assert_eq!(commitments_root(&commitments), root);
            assert_ne!(commitments_root(&commitments[1..]), root);
        }
    }

    fn header(rows: u16, commitments_root: Digest) -> BlockHeader {
        BlockHeader {
            version: crate::BLOCK_HEADER_VERSION,
            chain_id: "weft-test".parse().unwrap(),
            height: crate::Height::FIRST,
            time: 0,
            parent: crate::HeaderHash::from_bytes([0; 32]),
            proposer: crate::ValidatorIndex::new(0).unwrap(),
            validator_set_root: Digest::ZERO,
            next_validator_set_root: Digest::ZERO,
            rows,
            commitments_root,
            namespaces_root: Digest::ZERO,
            body_root: Digest::ZERO,
        }
    }

    #[test]
    fn every_run_of_rows_is_shown_at_its_place_and_nowhere_else() {
        for rows in 1..=9u16 {
            let count = usize::from(rows);
            let commitments = commitments(count);
            let header = header(rows, commitments_root(&commitments));
            for (first, end) in
                (0..count).flat_map(|first| (first + 1..=count).map(move |e| (first, e)))
            {
                let proof = CommitmentsProof::of_blob(&commitments, first..end);
                let run = &commitments[first..end];
                proof.verify(&header, [(first, run)]).unwrap();
                for at in (0..=count).filter(|at| *at != first) {
                    assert!(proof.verify(&header, [(at, run)]).is_err());
                }
                let (one, rest) = run.split_at(1);
                let parts = [(first + 1, rest), (first, one)];
                proof.verify(&header, parts).unwrap();
                assert!(proof.verify(&header, [(first, rest)]).is_err());
            }
        }
    }

    #[test]
    fn rows_beyond_the_block_rows_of_two_blobs_and_other_roots_are_refused_by_name() {
        let commitments = commitments(4);
        let header = header(4, commitments_root(&commitments));
        let proof = CommitmentsProof::of_blob(&commitments, 1..3);
        let run = &commitments[1..3];
        for first_row in [3, usize::MAX] {
            let error = proof.verify(&header, [(first_row, run)]).unwrap_err();
            let end = first_row.saturating_add(2);
            let rows = 4;
            let expected = CommitmentsProofError::RowsOutOfRange {
                first_row,
                end,
                rows,
            };
            assert_eq!(error, expected);
            assert_eq!(error.fault(), Fault::Peer);
        }
        let twice = proof.verify(&header, [(1, run), (2, &run[1..])]);
        assert_eq!(twice, Err(CommitmentsProofError::RowTwice { row: 2 }));
        let all = proof.verify(&header, [(0, &commitments[..])]);
        assert_eq!(
            all,
            Err(CommitmentsProofError::WrongSiblings { siblings: 2 })
        );
        let others = proof.verify(&header, [(1, &commitments[..2])]);
        assert!(matches!(
            others,
            Err(CommitmentsProofError::WrongRoot { .. })
        ));
    }

    #[test]
    fn no_rows_of_a_block_have_more_siblings_than_the_limit() {
        let siblings = |rows, step, skip| {
            let some = (skip..rows).step_by(step);
            CommitmentsProof::of_rows(&commitments(rows), some)
                .siblings
                .len()
        };
        for step in [2, 4] {
            assert_eq!(siblings(MAX_BLOCK_ROWS, step, 0), MAX_SIBLINGS);
        }
        for (rows, step) in (250..=MAX_BLOCK_ROWS).flat_map(|rows| (1..9).map(move |s| (rows, s))) {
            for skip in 0..step {
                assert!(siblings(rows, step, skip) <= MAX_SIBLINGS);
            }
        }
    }
}
