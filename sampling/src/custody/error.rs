//! Why a validator set has no custody assignment.

use thiserror::Error;
use weft_encoding::Fault;

/// Why a validator set has no custody assignment. Fault: the caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AssignmentError {
    /// The set is empty (caller).
    #[error("the validator set is empty: no custodian can be assigned")]
    Empty,
    /// The set has more validators than an assignment is made for (caller).
    #[error("the validator set has {count} validators, at most {max} can be custodians")]
    TooMany {
        /// Validators in the set.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A validator has no stake (caller).
    #[error("validator {validator} has no stake")]
    ZeroStake {
        /// Its index in the set.
        validator: usize,
    },
    /// No replication covers, not even that every validator holds every column (caller).
    #[error("no replication from 1 to {validators} covers the validator set")]
    Unsatisfiable {
        /// Validators in the set.
        validators: usize,
    },
}

impl AssignmentError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}
