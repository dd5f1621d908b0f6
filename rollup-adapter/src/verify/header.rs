//! Headers: final under a trusted validator set, and linked.

use thiserror::Error;
use weft_chain::{
    Checkpoint, ConflictingHeaders, HeaderHash, Height, SignedHeader, VerifiedHeader,
};
use weft_encoding::{Digest, Fault};

use super::Trust;
use weft_gateway_api::BlockHeaderDto;

/// Verifies a header as a gateway gave it.
///
/// Costs one aggregate signature verification.
///
/// # Errors
///
/// [`HeaderError`], if it is of another chain, not final under the set that is in force at its
/// height, if it contradicts the checkpoint or a header that was verified before, or if its plain
/// fields say something else than its encoding (peer); if what is trusted is too old (caller).
pub fn verify_header(trust: &Trust, dto: BlockHeaderDto) -> Result<VerifiedHeader, HeaderError> {
    let signed = SignedHeader {
        header: dto.encoded.0.clone(),
        finality: dto.finality.0.clone(),
    };
    let said = BlockHeaderDto::from(&signed);
    let fields = [
        ("height", dto.height == said.height),
        ("hash", dto.hash == said.hash),
        ("time", dto.time == said.time),
        ("rows", dto.rows == said.rows),
        ("chain_id", dto.chain_id == said.chain_id),
        ("parent", dto.parent == said.parent),
        ("proposer", dto.proposer == said.proposer),
        (
            "validator_set_root",
            dto.validator_set_root == said.validator_set_root,
        ),
        (
            "next_validator_set_root",
            dto.next_validator_set_root == said.next_validator_set_root,
        ),
        (
            "commitments_root",
            dto.commitments_root == said.commitments_root,
        ),
        (
            "namespaces_root",
            dto.namespaces_root == said.namespaces_root,
        ),
        ("body_root", dto.body_root == said.body_root),
    ];
    if let Some((field, _)) = fields.iter().find(|(_, same)| !same) {
        return Err(HeaderError::Inconsistent { field });
    }
    verify_signed(trust, &signed)
}

/// Verifies a header against the set in force at its height, and against what was verified before.
pub(super) fn verify_signed(
    trust: &Trust,
    signed: &SignedHeader,
) -> Result<VerifiedHeader, HeaderError> {
    let validators = trust.finalising(&signed.header)?;
    let header = signed.verify(trust.chain_id(), &validators)?;
    trust.admit(&header)?;
    Ok(header)
}

/// Checks that `header` is the one at `height` and, where its parent is known, that parent's child.
///
/// `parent` is the verified header before it; at height 1 the trusted genesis takes its place.
///
/// # Errors
///
/// [`HeaderError::OtherHeight`] and [`HeaderError::NotLinked`]. Fault: peer.
pub fn verify_child(
    trust: &Trust,
    parent: Option<&VerifiedHeader>,
    header: &VerifiedHeader,
    height: Height,
) -> Result<(), HeaderError> {
    if header.height != height {
        return Err(HeaderError::OtherHeight {
            found: header.height,
            expected: height,
        });
    }
    let parent = match parent {
        _ if height == Height::FIRST => trust.genesis().clone(),
        Some(parent) => parent.as_parent(),
        None => return Ok(()),
    };
    header
        .verify_follows(&parent)
        .map_err(|source| HeaderError::NotLinked { height, source })
}

/// Checks that two verified headers of one height are one header.
///
/// # Errors
///
/// [`HeaderError::Conflicting`]. Fault: peer.
pub fn verify_same(first: &VerifiedHeader, second: &VerifiedHeader) -> Result<(), HeaderError> {
    match ConflictingHeaders::between(first, second) {
        Some(pair) => Err(HeaderError::Conflicting(Box::new(pair))),
        None => Ok(()),
    }
}

/// Why a header does not hold.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A plain field says something else than the encoding. Fault: peer.
    #[error("the header's {field} is not what its encoding says")]
    Inconsistent {
        /// The field.
        field: &'static str,
    },
    /// The header names a validator set that is not trusted. Fault: peer.
    #[error("the header's validator set {root} is not trusted")]
    UnknownValidatorSet {
        /// Root of the set.
        root: Digest,
    },
    /// The header names a validator set that was not in force yet at its height. Fault: peer.
    #[error("the header at {height} names validator set {root}, which begins at {first_height}")]
    EarlyValidatorSet {
        /// The header's height.
        height: Height,
        /// Root of the set.
        root: Digest,
        /// The first height of the set.
        first_height: Height,
    },
    /// The header names a validator set that had been replaced at its height, and no change is proven
    /// that brought it back. Fault: peer.
    #[error(
        "the header at {height} names validator set {root}, which was replaced at {replaced_at}"
    )]
    RetiredValidatorSet {
        /// The header's height.
        height: Height,
        /// Root of the set.
        root: Digest,
        /// The height from which on another set was in force, or the checkpoint that came after.
        replaced_at: Height,
    },
    /// The newest block that is trusted or verified is older than the trusting period: its
    /// validators are relied on no more. A newer checkpoint is needed. Fault: caller.
    #[error(
        "the header at {height} is not accepted: the newest block that is trusted, {newest}, is \
         {age_ms} ms old, the trusting period is {period_ms} ms; name a newer checkpoint"
    )]
    Expired {
        /// The header's height.
        height: Height,
        /// The newest block that is trusted or verified.
        newest: Height,
        /// Its age, milliseconds.
        age_ms: u64,
        /// The trusting period, milliseconds.
        period_ms: u64,
    },
    /// The header that the checkpoint names was not shown yet, and nothing is accepted from its
    /// height on. Fault: caller.
    #[error("the header of checkpoint {checkpoint} was not shown yet")]
    CheckpointNotShown {
        /// The checkpoint.
        checkpoint: Checkpoint,
    },
    /// The header is at the height of the checkpoint and another one, or does not follow it.
    /// Fault: peer.
    #[error("checkpoint {checkpoint} is trusted, the chain that is shown has {found} there")]
    NotCheckpoint {
        /// The checkpoint.
        checkpoint: Checkpoint,
        /// The hash that the header has, or names, at that height.
        found: HeaderHash,
    },
    /// It is of another chain, or its finality certificate does not hold. Fault: peer.
    #[error("it is not final: {0}")]
    NotFinal(#[from] weft_chain::HeaderError),
    /// Another height than was asked for. Fault: peer.
    #[error("the header is of height {found}, expected {expected}")]
    OtherHeight {
        /// The header's height.
        found: Height,
        /// The height asked for.
        expected: Height,
    },
    /// The header does not follow the one before it. Fault: peer.
    #[error("the header at {height} does not follow the one before it: {source}")]
    NotLinked {
        /// The header's height.
        height: Height,
        /// What does not follow.
        source: weft_chain::HeaderError,
    },
    /// Two final headers of one height: more than a third of the stake signed both. Fault: peer.
    #[error("{0}")]
    Conflicting(Box<ConflictingHeaders<VerifiedHeader>>),
}

impl HeaderError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Expired { .. } | Self::CheckpointNotShown { .. } => Fault::Caller,
            _ => Fault::Peer,
        }
    }

    /// The two final headers of one height, where that is the reason.
    pub const fn conflict(&self) -> Option<&ConflictingHeaders<VerifiedHeader>> {
        match self {
            Self::Conflicting(pair) => Some(pair),
            _ => None,
        }
    }
}
