//! What a validator checks before it votes. It reads only the block and the local store, and never
//! waits for data.

use std::sync::Arc;
use std::time::Duration;

use weft_chain::{
    AvailabilityCertificate, BatchError, BlobId, Block, BlockError, BlockHeader, CertifiedBlob,
    HeaderError, HeaderHash, Height, ValidatorIndex,
};
use weft_encoding::Fault;
use weft_ledger::check_clock;
use weft_ledger::store::{Location, StoreError};
use weft_ledger::{BlockRuleError, Head, HeaderRules};

use super::RoundProposers;

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

    /// Hash of the block's header, which votes name.
    #[must_use]
    pub fn hash(&self) -> HeaderHash {
        self.hash
    }

    /// An unchecked block, for byzantine validators in tests.
    #[cfg(test)]
    pub(super) fn unchecked(block: Block) -> Self {
        let hash = block.header.hash();
        Self {
            block: Arc::new(block),
            hash,
        }
    }
}

/// Why a block gets no vote.
#[derive(Debug, thiserror::Error)]
pub enum BlockRefusal {
    /// It does not extend the head, its time is out of bounds, its header does not follow from its
    /// body, or its body breaks a rule, such as a blob that is ordered twice or again too soon, or
    /// a certificate that expires too early (peer; retry when this node is behind).
    #[error(transparent)]
    Rule(#[from] BlockRuleError),
    /// Its proposer is not the proposer of any round of this height up to this one (peer).
    #[error("proposer {found}, the proposers up to round {round} are {expected:?}")]
    Proposer {
        /// The header's proposer.
        found: ValidatorIndex,
        /// The round.
        round: u32,
        /// The proposers of the rounds up to this one.
        expected: Vec<ValidatorIndex>,
    },
    /// This node has signed another header in this round, so this one gets no vote of any kind
    /// (peer).
    #[error("this node has voted for header {locked} in round {round}")]
    Voted {
        /// The round.
        round: u32,
        /// The header that was signed.
        locked: HeaderHash,
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
            Self::Rule(error) => error.fault(),
            Self::Uncertified(error) => error.fault(),
            Self::Store(error) => error.fault(),
            Self::Closed => Fault::Retry,
            Self::Proposer { .. } | Self::Voted { .. } => Fault::Peer,
        }
    }

    /// The reason as a metrics label.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Rule(BlockRuleError::Ahead { .. }) => "ahead",
            Self::Rule(BlockRuleError::Header(HeaderError::WrongParent { .. })) => "parent",
            Self::Rule(
                BlockRuleError::TimeAhead { .. }
                | BlockRuleError::Header(HeaderError::TimeBeforeParent { .. }),
            ) => "time",
            Self::Rule(
                BlockRuleError::Derivation(BlockError::DuplicateBlob { .. })
                | BlockRuleError::Ordered { .. },
            ) => "repeated_blob",
            Self::Rule(BlockRuleError::Derivation(BlockError::Expiry { .. })) => "expiry",
            Self::Rule(
                BlockRuleError::Update(_) | BlockRuleError::Derivation(BlockError::Update(_)),
            ) => "update",
            Self::Rule(BlockRuleError::Derivation(_)) => "body",
            Self::Rule(BlockRuleError::UnknownProposer { .. }) => "proposer",
            Self::Rule(_) => "header",
            Self::Proposer { .. } => "proposer",
            Self::Voted { .. } => "voted",
            Self::Uncertified(_) => "certificate",
            Self::Store(_) | Self::Closed => "local",
        }
    }
}

/// What a block is checked against.
#[derive(Debug)]
pub(crate) struct Standpoint<'a> {
    /// The chain's rules.
    pub rules: &'a HeaderRules,
    /// The last decided block.
    pub head: Head,
    /// The round, and who may have built the block.
    pub proposers: &'a RoundProposers,
    /// The local clock, unix milliseconds.
    pub now: u64,
    /// Furthest that the block's time may be ahead of `now`.
    pub drift: Duration,
}

/// Checks a block in full: position in the chain, time, proposer, sizes, expiries, update of the
/// validator set, no blob twice or again too soon, certificates.
///
/// `ordered` returns the location of a blob in the newest decided block that has it. `pooled`
/// returns whether exactly this certified blob, certificate included, was verified before: a
/// certificate names the set that signed it, so it stays valid while that set counts.
///
/// Cost: one batch of aggregate signatures, with one pairing per blob that was not verified before
/// and one more, and one lookup per blob.
///
/// # Errors
/// [`BlockRefusal`] naming the first rule that is broken.
pub(crate) fn verify(
    standpoint: &Standpoint<'_>,
    block: Block,
    ordered: impl Fn(&BlobId) -> Result<Option<Location>, StoreError>,
    pooled: impl Fn(&CertifiedBlob) -> bool,
) -> Result<ValidBlock, BlockRefusal> {
    let Standpoint { rules, head, .. } = standpoint;
    // Blocks of other proposers are refused before the costly checks.
    rules
        .check_header(head, &block.header)
        .map_err(BlockRefusal::Rule)?;
    verify_turn(standpoint, &block.header)?;
    rules.check_block(head, &block)?;
    for blob in block.body.blobs.iter().map(|blob| blob.certificate.blob_id) {
        if let Some(earlier) = ordered(&blob)? {
            rules.check_again(&blob, &earlier, block.header.height)?;
        }
    }
    verify_certificates(rules, &block, pooled).map_err(BlockRefusal::Uncertified)?;
    let hash = block.header.hash();
    Ok(ValidBlock {
        block: Arc::new(block),
        hash,
    })
}

/// Checks what can change while the head stays the same: the clock and the round's proposers.
///
/// # Errors
/// [`BlockRefusal::Rule`] for a time ahead of the clock's limit, [`BlockRefusal::Proposer`]
/// (peer).
pub(crate) fn verify_turn(
    standpoint: &Standpoint<'_>,
    header: &BlockHeader,
) -> Result<(), BlockRefusal> {
    check_clock(header.time, standpoint.now, standpoint.drift)?;
    let RoundProposers { round, in_order } = standpoint.proposers;
    if !in_order.contains(&header.proposer) {
        return Err(BlockRefusal::Proposer {
            found: header.proposer,
            round: *round,
            expected: in_order.clone(),
        });
    }
    Ok(())
}

fn verify_certificates(
    rules: &HeaderRules,
    block: &Block,
    pooled: impl Fn(&CertifiedBlob) -> bool,
) -> Result<(), BlockError> {
    let sets = rules.sets.all_certifying(block.header.height);
    let mut positions = Vec::new();
    let mut unknown = Vec::new();
    for (position, blob) in block.body.blobs.iter().enumerate() {
        let root = blob.certificate.validator_set_root;
        let set = sets
            .iter()
            .find(|set| set.root() == root)
            .ok_or(BlockError::UnknownValidatorSet { position, root })?;
        if !pooled(blob) {
            positions.push(position);
            unknown.push((&blob.certificate, set));
        }
    }
    let verified = AvailabilityCertificate::verify_batch(&rules.chain_id, unknown);
    verified.map_err(|BatchError { position, source }| {
        let position = positions.get(position).copied().unwrap_or(position);
        BlockError::Certificate(BatchError { position, source })
    })
}

#[cfg(test)]
mod tests;
