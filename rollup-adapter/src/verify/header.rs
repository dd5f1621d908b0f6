//! Headers: final under a trusted validator set, and linked.

use thiserror::Error;
use weft_chain::{HeaderHash, Height, SignedHeader, VerifiedHeader};
use weft_encoding::{Digest, Fault};

use super::Trust;
use crate::api::BlockHeaderDto;

/// Verifies a header as a gateway gave it.
///
/// Costs one aggregate signature verification.
///
/// # Errors
///
/// [`HeaderError`], if it is of another chain, not final under a trusted set, or if its plain
/// fields say something else than its encoding. Fault: peer.
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

fn verify_signed(trust: &Trust, signed: &SignedHeader) -> Result<VerifiedHeader, HeaderError> {
    let root = signed.header.validator_set_root;
    let validators = trust
        .validator_set(&root)
        .ok_or(HeaderError::UnknownValidatorSet { root })?;
    let (height, first_height) = (signed.header.height, trust.first_height(&root));
    if let Some(first_height) = first_height.filter(|first| height < *first) {
        return Err(HeaderError::EarlyValidatorSet {
            height,
            root,
            first_height,
        });
    }
    Ok(signed.verify(trust.chain_id(), &validators)?)
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

/// Why a header does not hold.
#[derive(Debug, Error)]
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
    #[error("two final headers at {height}: {first} and {second}")]
    Conflicting {
        /// The height.
        height: Height,
        /// The header seen first.
        first: HeaderHash,
        /// The other one.
        second: HeaderHash,
    },
}

impl HeaderError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Peer
    }
}
