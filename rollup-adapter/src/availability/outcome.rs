//! What a blob turns out to be when it is read.

use crate::verify::{ProvenMalformed, VerifiedBatch, VerifiedReceipt};

/// What a certified blob is, proven: the same for every reader, by whatever way.
#[derive(Debug, Clone)]
pub enum ReadOutcome {
    /// A batch.
    Batch(VerifiedBatch),
    /// No batch: whoever made the blob broke its layout. A derivation skips it.
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
