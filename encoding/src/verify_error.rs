//! Why a proof is refused.

use std::fmt;

use crate::{Fault, PointError};

/// What a list, a point or a scalar in an error stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// A commitment to a row.
    Commitment,
    /// A proof of one evaluation, of a cell or of a column.
    Proof,
    /// A cell.
    Cell,
    /// The index of a cell's column.
    Column,
    /// A row.
    Row,
    /// The point `z` of an evaluation.
    EvaluationPoint,
    /// The value `y` of an evaluation.
    EvaluationValue,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Commitment => "commitment",
            Self::Proof => "proof",
            Self::Cell => "cell",
            Self::Column => "column",
            Self::Row => "row",
            Self::EvaluationPoint => "evaluation point",
            Self::EvaluationValue => "evaluation value",
        })
    }
}

/// Why a proof is refused. Fault: the peer that sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Lists of different lengths.
    #[error("{len} entries for {input} where {expected} are expected")]
    LengthMismatch {
        /// The list.
        input: Input,
        /// Its length.
        len: usize,
        /// The length expected.
        expected: usize,
    },
    /// 48 bytes that are not a point of the subgroup.
    #[error("{input} {index}: {source}")]
    MalformedPoint {
        /// What the point stands for.
        input: Input,
        /// Which of them, from 0.
        index: usize,
        /// What is wrong with it.
        source: PointError,
    },
    /// An integer that is not below the field's modulus.
    #[error("{input} is not below the field's modulus")]
    NonCanonical {
        /// What the integer stands for.
        input: Input,
    },
    /// No commitments, or more than the limit of rows.
    #[error("{found} commitments where 1..={max} are allowed")]
    RowCount {
        /// Commitments given.
        found: usize,
        /// The most rows allowed.
        max: usize,
    },
    /// A row outside of the extended matrix, or of the requested part of it.
    #[error("row {row} is outside of an extended matrix of {rows} rows")]
    RowOutside {
        /// The row named.
        row: usize,
        /// Rows of the extended matrix, 2n.
        rows: usize,
    },
    /// A column whose root is not its leaf of the blob's columns root.
    #[error("the cells of column {column} are not those under the blob's columns root")]
    NotUnderColumnsRoot {
        /// The column.
        column: crate::ColumnIndex,
    },
    /// All inputs are well formed, but the pairing equation does not hold.
    #[error("the pairing check of {proofs} proofs does not hold")]
    InvalidProof {
        /// How many proofs were checked together; at least one is wrong.
        proofs: usize,
    },
}

impl VerifyError {
    /// Whose fault this is: the peer's.
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// Checks that a list has one entry for each of the others.
pub(crate) fn require_length(input: Input, len: usize, expected: usize) -> Result<(), VerifyError> {
    if len == expected {
        Ok(())
    } else {
        Err(VerifyError::LengthMismatch {
            input,
            len,
            expected,
        })
    }
}
