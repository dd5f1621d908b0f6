//! The namespaced Merkle tree over a block's blobs: proofs that a namespace's list of blobs is complete,
//! or empty.
//!
//! Every node carries the least and the greatest namespace under it, so that the neighbours of a
//! run of leaves show that the run is complete. The tree is Celestia's, by `nmt-rs`:
//!
//! ```text
//!                 root = min | max | SHA-256(1 | left | right)
//!                 /                                     \
//!   left = min | max | SHA-256(1 | ..)          right = min | max | SHA-256(1 | ..)
//!        ...                                         ...
//!   leaf = ns | ns | SHA-256(0 | ns | blob id | first row | rows)
//! ```

mod entry;
mod error;
mod node;
mod proof;
mod tree;

pub use entry::BlobEntry;
pub use error::NamespaceProofError;
pub use proof::NamespaceProof;
pub use tree::{namespace_proof, namespaces_root};
