//! May a certified blob enter the pool? Pure; the cost is in the signature check.

use weft_chain::{CertifiedBlob, CertifiedBlobError};

use super::PoolError;
use crate::{Head, HeaderRules};

/// The outcome of offering a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It waits for a block now.
    New,
    /// It was waiting already.
    Pending,
    /// A decided block has it, and it may not be ordered again yet.
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
