//! A block, and the derivation of its header from its body.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_encoding::Digest;

use super::{BLOCK_HEADER_VERSION, BlockBody, BlockError, BlockHeader, HeaderError, Parent};
use crate::codec::Canonical;
use crate::commitments::commitments_root;
use crate::namespace_tree::namespaces_root;
use crate::{ChainId, Height, ValidatorIndex};

/// A header with its body.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// The header.
    pub header: BlockHeader,
    /// The body that the header follows from.
    pub body: BlockBody,
}

/// What a header takes from the body.
struct Derived {
    rows: u16,
    commitments_root: Digest,
    namespaces_root: Digest,
    body_root: Digest,
}

impl Block {
    /// Builds the block after `parent` from its body.
    ///
    /// The time is raised to the parent's if the proposer's clock is behind. Does not verify the
    /// certificates' signatures: a proposer takes blobs that it verified.
    ///
    /// # Errors
    /// [`BlockError`] if the body breaks a limit, has a blob twice, or an update that does not fit
    /// this height and its set (fault: peer).
    pub fn build(
        parent: &Parent,
        time: u64,
        proposer: ValidatorIndex,
        next_validator_set_root: Digest,
        body: BlockBody,
    ) -> Result<Self, BlockError> {
        let height = parent.height.saturating_add(1);
        let derived = derive(&parent.chain_id, &parent.validator_set_root, height, &body)?;
        let header = BlockHeader {
            version: BLOCK_HEADER_VERSION,
            chain_id: parent.chain_id,
            height,
            time: time.max(parent.time),
            parent: parent.hash,
            proposer,
            validator_set_root: parent.validator_set_root,
            next_validator_set_root,
            rows: derived.rows,
            commitments_root: derived.commitments_root,
            namespaces_root: derived.namespaces_root,
            body_root: derived.body_root,
        };
        Ok(Self { header, body })
    }

    /// Checks that the header follows from the body, and the body's own rules; no signatures, and
    /// nothing that depends on other blocks or on the genesis, as [`BlockBody::check_expiries`] does.
    ///
    /// # Errors
    /// [`BlockError`] (fault: peer).
    pub fn verify_derivation(&self) -> Result<(), BlockError> {
        self.header.validate()?;
        let derived = derive(
            &self.header.chain_id,
            &self.header.validator_set_root,
            self.header.height,
            &self.body,
        )?;
        if self.header.rows != derived.rows {
            let (expected, actual) = (derived.rows.into(), self.header.rows.into());
            return Err(BlockError::WrongRows { expected, actual });
        }
        let roots = [
            (
                "commitments",
                derived.commitments_root,
                self.header.commitments_root,
            ),
            (
                "namespaces",
                derived.namespaces_root,
                self.header.namespaces_root,
            ),
            ("body", derived.body_root, self.header.body_root),
        ];
        for (field, expected, actual) in roots {
            if expected != actual {
                return Err(BlockError::WrongRoot {
                    field,
                    expected,
                    actual,
                });
            }
        }
        Ok(())
    }
}

fn derive(
    chain_id: &ChainId,
    validator_set_root: &Digest,
    height: Height,
    body: &BlockBody,
) -> Result<Derived, BlockError> {
    body.validate()?;
    if let Some(signed) = &body.update {
        signed.update.check_origin(chain_id, validator_set_root)?;
        signed.update.check_height(height)?;
    }
    let rows = body.rows();
    Ok(Derived {
        rows: u16::try_from(rows).map_err(|_| HeaderError::TooManyRows { rows })?,
        commitments_root: commitments_root(&body.commitments()),
        namespaces_root: namespaces_root(&body.entries()?),
        body_root: body.root(),
    })
}

impl Canonical for Block {
    const NAME: &'static str = "a block";
    const MAX_BYTES: usize = BlockHeader::MAX_BYTES + BlockBody::MAX_BYTES;
}
