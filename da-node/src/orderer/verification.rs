//! What a validator checks before it votes. It looks at the block and the local store, and never
//! waits for data.

use std::sync::Arc;
use std::time::Duration;

use weft_chain::{BlobId, Block, BlockError, HeaderError, HeaderHash, Height, ValidatorIndex};
use weft_encoding::Fault;

use crate::ledger::extension::check_clock;
use crate::ledger::{ExtensionError, Head, HeaderRules};
use crate::store::StoreError;

/// A block that this node has checked in full and may vote for.
#[derive(Clone, Debug)]
pub struct ValidBlock {
    block: Arc<Block>,
    hash: HeaderHash,
}

impl ValidBlock {
    /// The block.
    #[must_use]
    pub fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// The block's height.
    #[must_use]
    pub fn height(&self) -> Height {
        self.block.header.height
    }

    /// Hash of the block's header: what votes are for.
    #[must_use]
    pub fn hash(&self) -> HeaderHash {
        self.hash
    }
}

/// Why a block gets no vote.
#[derive(Debug, thiserror::Error)]
pub enum BlockRefusal {
    /// It does not extend the head, its time is out of bounds, its header does not follow from its
    /// body, or its body breaks a rule, such as a blob that comes twice (peer; retry when this
    /// node is behind).
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// It names another proposer than the one whose turn it is (peer).
    #[error("proposer {found}, this height's is {expected}")]
    Proposer {
        /// The header's proposer.
        found: ValidatorIndex,
        /// Whose turn it is.
        expected: ValidatorIndex,
    },
    /// A blob was ordered by an earlier block (peer).
    #[error("blob {blob} was ordered at height {height}")]
    Ordered {
        /// The blob.
        blob: BlobId,
        /// The block that has it.
        height: Height,
    },
    /// A blob's certificate does not hold (peer).
    #[error("uncertified: {0}")]
    Uncertified(#[source] BlockError),
    /// The store failed (local).
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// The node is shutting down (retry).
    #[error("the node is shutting down")]
    Closed,
}

impl BlockRefusal {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Extension(error) => error.fault(),
            Self::Uncertified(error) => error.fault(),
            Self::Store(error) => error.fault(),
            Self::Closed => Fault::Retry,
            Self::Proposer { .. } | Self::Ordered { .. } => Fault::Peer,
        }
    }

    /// The reason as a metrics label.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Extension(ExtensionError::Ahead { .. }) => "ahead",
            Self::Extension(ExtensionError::Header(HeaderError::WrongParent { .. })) => "parent",
            Self::Extension(
                ExtensionError::TimeAhead { .. }
                | ExtensionError::Header(HeaderError::TimeBeforeParent { .. }),
            ) => "time",
            Self::Extension(ExtensionError::Derivation(BlockError::DuplicateBlob { .. }))
            | Self::Ordered { .. } => "repeated_blob",
            Self::Extension(ExtensionError::Derivation(_)) => "body",
            Self::Extension(_) => "header",
            Self::Proposer { .. } => "proposer",
            Self::Uncertified(_) => "certificate",
            Self::Store(_) | Self::Closed => "local",
        }
    }
}

/// Where a block stands: what it is checked against.
#[derive(Debug)]
pub struct Standpoint<'a> {
    /// The chain's rules.
    pub rules: &'a HeaderRules,
    /// The last decided block.
    pub head: Head,
    /// Whose turn it is.
    pub proposer: ValidatorIndex,
    /// The local clock, unix milliseconds.
    pub now: u64,
    /// Furthest that the block's time may be ahead of `now`.
    pub drift: Duration,
}

/// Checks a block in full: place in the chain, time, proposer, sizes, no blob twice, certificates.
///
/// `ordered` tells the height of the decided block that has a blob, if one has.
///
/// Cost: one batch of aggregate signatures, one pairing a blob and one more, and a lookup a blob.
///
/// # Errors
/// [`BlockRefusal`] naming the first thing that is wrong.
pub fn verify(
    standpoint: &Standpoint<'_>,
    block: Block,
    ordered: impl Fn(&BlobId) -> Result<Option<Height>, StoreError>,
) -> Result<ValidBlock, BlockRefusal> {
    let Standpoint {
        rules,
        head,
        proposer,
        now,
        drift,
    } = standpoint;
    rules.check_block(head, &block)?;
    check_clock(block.header.time, *now, *drift)?;
    if block.header.proposer != *proposer {
        return Err(BlockRefusal::Proposer {
            found: block.header.proposer,
            expected: *proposer,
        });
    }
    for blob in block.body.blobs.iter().map(|blob| blob.certificate.blob_id) {
        if let Some(height) = ordered(&blob)? {
            return Err(BlockRefusal::Ordered { blob, height });
        }
    }
    let height = block.header.height;
    block
        .body
        .verify_certificates(&rules.chain_id, |root| rules.sets.certifying(root, height))
        .map_err(BlockRefusal::Uncertified)?;
    let hash = block.header.hash();
    Ok(ValidBlock {
        block: Arc::new(block),
        hash,
    })
}

#[cfg(test)]
mod tests;
