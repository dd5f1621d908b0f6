//! May a certified blob enter the pool? Pure but for the signature check's cost.

use weft_chain::{CertifiedBlob, CertifiedBlobError};

use super::PoolError;
use crate::{Head, HeaderRules};

/// What became of a blob that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It waits for a block now.
    New,
    /// It was waiting already.
    Pending,
    /// It is in a decided block already, and it is too soon for another.
    Ordered,
}

/// Checks header, certificate and expiry of a blob against the chain at `head`.
///
/// Cost: one aggregate signature over up to all validators' keys, about two pairings.
///
/// # Errors
/// [`PoolError`], as its variants say.
pub(super) fn check(
    rules: &HeaderRules,
    head: &Head,
    blob: &CertifiedBlob,
) -> Result<(), PoolError> {
    blob.validate()?;
    let (rows, max) = (blob.header.rows(), usize::from(rules.max_block_rows));
    if rows > max {
        return Err(PoolError::TooLarge { rows, max });
    }
    let next = head.next_height();
    rules
        .retention
        .check_expiry(blob.certificate.expiry, next)
        .map_err(PoolError::Expiry)?;
    let root = blob.certificate.validator_set_root;
    let set = rules
        .sets
        .certifying(&root, next)
        .ok_or(PoolError::UnknownSet {
            found: root,
            height: next,
        })?;
    blob.certificate
        .verify(&rules.chain_id, &set)
        .map_err(CertifiedBlobError::from)?;
    Ok(())
}
