//! The outcome of reading a blob.

use crate::verify::{ProvenMalformed, VerifiedBatch, VerifiedReceipt};

/// The proven outcome of reading a certified blob: every reader gets the same, through any gateway.
#[derive(Debug, Clone)]
pub enum ReadOutcome {
    /// A batch.
    Batch(VerifiedBatch),
    /// No batch: the blob's poster broke its layout. A derivation skips it.
    Malformed(ProvenMalformed),
}

impl ReadOutcome {
    /// The blob's receipt.
    pub const fn receipt(&self) -> &VerifiedReceipt {
        match self {
            Self::Batch(batch) => batch.receipt(),
            Self::Malformed(malformed) => malformed.receipt(),
        }
    }

    /// The batch, if the blob holds one.
    pub fn into_batch(self) -> Option<VerifiedBatch> {
        match self {
            Self::Batch(batch) => Some(batch),
            Self::Malformed(_) => None,
        }
    }
}
