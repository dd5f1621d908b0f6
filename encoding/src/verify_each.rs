//! Verdicts on each entry of a list that is cheapest to check as a whole.

use crate::{VerifyError, threads};

/// A verdict for each candidate, in their order.
///
/// Checks the well-formed candidates together, and one by one only if that fails: an honest list costs
/// one check, and a dishonest one names its bad entries.
pub(crate) fn verify_each<C: Sync>(
    candidates: Vec<Result<C, VerifyError>>,
    check_together: impl Fn(&[C]) -> Result<(), VerifyError> + Send + Sync,
) -> Vec<Result<C, VerifyError>> {
    let mut well_formed = Vec::with_capacity(candidates.len());
    let mut malformed = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        match candidate {
            Ok(candidate) => {
                well_formed.push(candidate);
                malformed.push(None);
            }
            Err(error) => malformed.push(Some(error)),
        }
    }
    let verdicts = match check_together(&well_formed) {
        Ok(()) => vec![Ok(()); well_formed.len()],
        Err(_) => threads::map(&well_formed, |one| {
            check_together(std::slice::from_ref(one))
        }),
    };
    let mut checked = well_formed
        .into_iter()
        .zip(verdicts)
        .map(|(candidate, verdict)| verdict.map(|()| candidate));
    malformed
        .into_iter()
        .filter_map(|error| error.map(Err).or_else(|| checked.next()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const MALFORMED: VerifyError = VerifyError::RowOutside { row: 9, rows: 2 };

    /// Verdicts on numbers, of which odd ones are bad, and the number of checks it took.
    fn verdicts(list: Vec<Result<u32, VerifyError>>) -> (Vec<Result<u32, VerifyError>>, usize) {
        let checks = AtomicUsize::new(0);
        let verdicts = verify_each(list, |numbers| {
            checks.fetch_add(1, Ordering::Relaxed);
            match numbers.iter().any(|number| number % 2 == 1) {
                true => Err(VerifyError::InvalidProof {
                    proofs: numbers.len(),
                }),
                false => Ok(()),
            }
        });
        (verdicts, checks.into_inner())
    }

    #[test]
    fn good_lists_take_one_check_and_keep_what_is_malformed_in_its_place() {
        let list = vec![Ok(2), Err(MALFORMED), Ok(4), Ok(6)];
        assert_eq!(verdicts(list.clone()), (list, 1));
    }

    #[test]
    fn each_bad_one_is_named() {
        let bad = Err(VerifyError::InvalidProof { proofs: 1 });
        let list = vec![Err(MALFORMED), Ok(2), Ok(3), Ok(4), Ok(5)];
        let expected = vec![Err(MALFORMED), Ok(2), bad.clone(), Ok(4), bad];
        assert_eq!(verdicts(list), (expected, 5));
    }
}
