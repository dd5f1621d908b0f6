//! A leaf of the namespaced tree.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::{BlobId, Namespace};

/// The rows of a blob in a block.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct BlobEntry {
    /// The blob's namespace.
    pub namespace: Namespace,
    /// The blob.
    pub blob_id: BlobId,
    /// The block's row at which it begins.
    pub first_row: u16,
    /// Its rows.
    pub rows: u16,
}

impl BlobEntry {
    /// The bytes of an entry on the wire.
    pub(super) const ENCODED_BYTES: usize = 29 + 32 + 2 + 2;

    /// The leaf's data, which the tree hashes after the namespace.
    pub(super) fn leaf_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(36);
        data.extend_from_slice(self.blob_id.as_bytes());
        data.extend_from_slice(&self.first_row.to_le_bytes());
        data.extend_from_slice(&self.rows.to_le_bytes());
        data
    }
}
