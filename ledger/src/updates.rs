//! May a block include an update of the validator set? Pure; the cost is in the signature checks.

use weft_chain::{Height, SignedValidatorUpdate, VerifiedUpdate};
use weft_sampling::CustodyAssignment;

use super::UpdateError;
use super::header_rules::HeaderRules;

/// Checks that the block at `height` may include an update: no other update scheduled, heights,
/// chain, replaced set, signatures, and that columns can be assigned to the new set.
///
/// Cost: two pairings; if they hold, one signature verification per validator of the new set and
/// the search for its custody assignment.
///
/// # Errors
/// [`UpdateError`] naming the first rule that is broken (peer).
pub fn check_update(
    rules: &HeaderRules,
    height: Height,
    signed: &SignedValidatorUpdate,
) -> Result<VerifiedUpdate, UpdateError> {
    if let Some((first_height, _)) = rules.sets.coming(height) {
        return Err(UpdateError::Waiting {
            height,
            first_height,
        });
    }
    signed.update.check_height(height)?;
    let verified = signed.verify(&rules.chain_id, &rules.sets.at(height))?;
    CustodyAssignment::new(verified.set())?;
    Ok(verified)
}

/// The first height from `next` on whose block may include an update, judged only by the set that
/// it replaces. An update that replaces the coming set waits until that set is in force.
pub(super) fn first_inclusion(
    rules: &HeaderRules,
    next: Height,
    signed: &SignedValidatorUpdate,
) -> Height {
    match rules.sets.coming(next) {
        Some((first, set)) if set.root() == signed.update.replaces => first,
        _ => next,
    }
}

/// Whether a block from `next` on can still include an update that was verified before. Checks no
/// signatures.
pub(super) fn still_possible(
    rules: &HeaderRules,
    next: Height,
    signed: &SignedValidatorUpdate,
) -> bool {
    let height = first_inclusion(rules, next, signed);
    rules.sets.coming(height).is_none()
        && rules.set_root(height) == signed.update.replaces
        && signed.update.check_height(height).is_ok()
}
