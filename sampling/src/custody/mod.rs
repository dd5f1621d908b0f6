//! Which columns each validator holds: a pure function of the validator set (design section 5).
//!
//! ```text
//!   validators --> rendezvous: a score for every (column, validator)
//!                     |
//!                     v
//!          quota + balance: 128 r places shared
//!          out by stake, best scores first
//!                     |
//!        up to 20     |     more than 20
//!          .----------'----------.
//!          v                     v
//!   coverage: every       certificate: a spectral
//!   subset                bound, case by case
//!          '----------.----------'
//!                     v
//!      the smallest r that is shown to cover --> CustodyAssignment
//! ```
//!
//! **The condition.** For every set of validators with less than 2/3 of the stake, at most 64
//! columns are held by that set alone. A certificate's signers have more than 2/3; take away up to
//! 1/3 that lies, and the honest signers have more than 1/3. The others have less than 2/3, so at
//! most 64 columns are theirs alone, and the honest signers hold at least 64 distinct columns:
//! enough for every row. With replication equal to the number of validators no column is held by
//! less than all, so every set of validators has an assignment.

mod balance;
mod certificate;
mod coverage;
mod error;
mod quota;
mod rendezvous;
#[cfg(test)]
mod tests;

use weft_chain::{MAX_VALIDATORS, ValidatorIndex, ValidatorSet};
use weft_encoding::{COLUMNS, ColumnIndex};

pub use coverage::{Coverage, EXACT_VALIDATORS};
pub use error::AssignmentError;

use certificate::Finding;

use crate::ColumnSet;

/// The cases that a certificate for a replication may take.
///
/// More gain little: the number doubles with every few hundredths by which the bound falls short.
const MAX_CASES: usize = 256;

/// One validator as the assignment sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CustodyWeight {
    /// The validator's compressed public key: its identity in the scores.
    pub(crate) public_key: [u8; 48],
    /// Its stake, not zero.
    pub(crate) stake: u64,
}

/// The columns of every custodian and the custodians of every column.
#[derive(Clone, Debug, PartialEq)]
pub struct CustodyAssignment {
    custodians: Vec<Vec<ValidatorIndex>>,
    columns: Vec<ColumnSet>,
    replication: usize,
    coverage: Coverage,
}

impl CustodyAssignment {
    /// Assigns the 128 columns to the validators of a set.
    ///
    /// The same set gives the same assignment on every machine, in any order of the validators. Cost: for up to [`EXACT_VALIDATORS`] validators 2^N * N byte
    /// additions for each replication tried (20 million at most), else N * 128 hashes and at most
    /// some hundred factorisations of a matrix of 128 x 128. Make it once for a set and keep it.
    ///
    /// # Errors
    /// [`AssignmentError`] if the set is empty, too large, or has a validator without stake. Fault: the
    /// caller.
    pub fn new(validators: &ValidatorSet) -> Result<Self, AssignmentError> {
        let (indices, weights): (Vec<_>, Vec<_>) = validators
            .iter()
            .map(|(index, validator)| {
                let public_key = *validator.public_key.as_bytes();
                (
                    index,
                    CustodyWeight {
                        public_key,
                        stake: validator.stake,
                    },
                )
            })
            .unzip();
        let Assigned {
            by_column,
            replication,
            coverage,
        } = assign(&weights)?;

        let columns = columns_of(&by_column, weights.len());
        let custodians = by_column
            .into_iter()
            .map(|holders| holders.into_iter().map(|holder| indices[holder]).collect())
            .collect();
        Ok(Self {
            custodians,
            columns,
            replication,
            coverage,
        })
    }

    /// The columns that a validator holds; none for an index outside the set.
    pub fn columns_of(&self, validator: ValidatorIndex) -> ColumnSet {
        self.columns
            .get(validator.get())
            .copied()
            .unwrap_or_default()
    }

    /// The validators that hold a column, [`Self::replication`] of them, best score first.
    pub fn custodians_of(&self, column: ColumnIndex) -> &[ValidatorIndex] {
        self.custodians.get(column.get()).map_or(&[], Vec::as_slice)
    }

    /// How many validators hold each column.
    pub fn replication(&self) -> usize {
        self.replication
    }

    /// How the condition of design section 5 was shown.
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }
}

/// The outcome of [`assign`]; validators are indices into the input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assigned {
    /// For each of the 128 columns its holders, best score first.
    pub(crate) by_column: Vec<Vec<usize>>,
    pub(crate) replication: usize,
    pub(crate) coverage: Coverage,
}

/// Finds the smallest replication that covers, and who holds what with it.
pub(crate) fn assign(weights: &[CustodyWeight]) -> Result<Assigned, AssignmentError> {
    // Validation.
    if weights.is_empty() {
        return Err(AssignmentError::Empty);
    }
    if weights.len() > MAX_VALIDATORS {
        return Err(AssignmentError::TooMany {
            count: weights.len(),
            max: MAX_VALIDATORS,
        });
    }
    if let Some(validator) = weights.iter().position(|weight| weight.stake == 0) {
        return Err(AssignmentError::ZeroStake { validator });
    }

    // Computation, on the validators in the order of their keys.
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&validator| weights[validator].public_key);
    let weights: Vec<CustodyWeight> = order.iter().map(|&validator| weights[validator]).collect();
    let mut holders =
        Candidates::new(&weights)
            .smallest()
            .ok_or(AssignmentError::Unsatisfiable {
                validators: weights.len(),
            })?;
    for holder in holders.by_column.iter_mut().flatten() {
        *holder = order[*holder];
    }
    Ok(holders)
}

/// The assignments of one validator set, by replication.
struct Candidates<'a> {
    weights: &'a [CustodyWeight],
    stakes: Vec<u64>,
    ranking: rendezvous::Ranking,
}

impl<'a> Candidates<'a> {
    fn new(weights: &'a [CustodyWeight]) -> Self {
        Self {
            weights,
            stakes: weights.iter().map(|weight| weight.stake).collect(),
            ranking: rendezvous::Ranking::new(weights),
        }
    }

    /// The one with the smallest replication that is shown to cover.
    ///
    /// Of many validators that is the smallest for which one case suffices, and from there down as
    /// long as [`MAX_CASES`] do. Everyone holding everything is covered in one case.
    fn smallest(&self) -> Option<Assigned> {
        let most = self.weights.len();
        if most <= EXACT_VALIDATORS {
            return (1..=most).find_map(|replication| {
                let by_column = self.by_column(replication);
                let coverage = coverage::check_exactly(&self.stakes, &by_column)?;
                Some(Assigned {
                    by_column,
                    replication,
                    coverage,
                })
            });
        }
        let mut found = (1..=most).find_map(|replication| self.certified(replication, 1))?;
        while let Some(smaller) = self.certified(found.replication - 1, MAX_CASES) {
            found = smaller;
        }
        Some(found)
    }

    fn by_column(&self, replication: usize) -> Vec<Vec<usize>> {
        let quotas = quota::quotas(self.weights, replication);
        balance::balance(&self.ranking, &quotas, replication)
    }

    fn certified(&self, replication: usize, max_cases: usize) -> Option<Assigned> {
        if replication == 0 {
            return None;
        }
        let by_column = self.by_column(replication);
        let columns = columns_of(&by_column, self.weights.len());
        match certificate::certify(&self.stakes, &columns, max_cases) {
            Finding::Covered { cases } => Some(Assigned {
                by_column,
                replication,
                coverage: Coverage::Certified { cases },
            }),
            Finding::Violated | Finding::Open => None,
        }
    }
}

/// The columns of each of `validators` validators.
fn columns_of(by_column: &[Vec<usize>], validators: usize) -> Vec<ColumnSet> {
    let mut columns = vec![ColumnSet::EMPTY; validators];
    for (column, holders) in ColumnIndex::all().zip(by_column) {
        for &holder in holders {
            columns[holder].insert(column);
        }
    }
    columns
}

/// The indices of the columns.
pub(crate) const fn column_range() -> std::ops::Range<usize> {
    0..COLUMNS
}
