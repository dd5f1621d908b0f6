//! Why a namespace proof is refused.

use nmt_rs::simple_merkle::error::RangeProofError;
use weft_encoding::{Digest, Fault, MAX_BLOCK_ROWS};

use crate::Namespace;

/// Why a namespace proof is refused (fault: peer).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NamespaceProofError {
    /// The proof is of another tree.
    #[error("the proof is of namespaces root {actual}, the header has {expected}")]
    WrongRoot {
        /// The root in the header.
        expected: Digest,
        /// The root that the proof is of.
        actual: Digest,
    },
    /// An entry is of another namespace than the requested one.
    #[error("entry {position} is of namespace {actual}, the requested one is {expected}")]
    WrongNamespace {
        /// The entry's position in the proof.
        position: usize,
        /// The requested namespace.
        expected: Namespace,
        /// The entry's namespace.
        actual: Namespace,
    },
    /// The entries are not in the order of their blob ids, or one comes twice.
    #[error("entry {position} does not come after the one before it by blob id")]
    UnorderedEntries {
        /// The entry's position in the proof.
        position: usize,
    },
    /// An entry lies outside of every block.
    #[error("entry {position} has rows {first_row} to {end}, a block has 1 to {MAX_BLOCK_ROWS}")]
    RowsOutOfRange {
        /// The entry's position in the proof.
        position: usize,
        /// Its first row.
        first_row: usize,
        /// The row after its last.
        end: usize,
    },
    /// The proof shows absence by the tree's range, but the range holds the namespace.
    #[error(
        "namespace {namespace} is within the tree's range: its absence takes a neighbouring leaf"
    )]
    WithinRange {
        /// The namespace.
        namespace: Namespace,
    },
    /// The proof has too few nodes for its position in the tree.
    #[error("the proof has {nodes} nodes, leaf {start} has {needed} to its left")]
    TooFewNodes {
        /// The nodes.
        nodes: usize,
        /// The leaf's index in the tree.
        start: usize,
        /// The nodes needed.
        needed: usize,
    },
    /// The proof's nodes are not in the order of their namespaces.
    #[error("node {position} of the proof is out of order")]
    UnorderedNodes {
        /// The node's position, counted over siblings and leaves from left to right.
        position: usize,
    },
    /// The nodes do not lead to the root, or leave out a leaf of the namespace.
    #[error("the proof does not hold: {0:?}")]
    Refused(RangeProofError),
}

impl NamespaceProofError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}
