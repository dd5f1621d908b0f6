//! The namespaced Merkle tree over a block's blobs: proof that a namespace's list is complete, or
//! that the block has nothing of a namespace.
//!
//! Every node carries the least and the greatest namespace under it, so that the neighbours of a
//! run of leaves show that none is left out. The tree is `nmt-rs`'s, as Celestia has it:
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
