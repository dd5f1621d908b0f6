//! The verdict of a session.

use std::fmt;

use weft_chain::BlobHeadersError;
use weft_encoding::VerifyError;

use crate::confidence::{confidence, partial_miss_probability};

/// The outcome of sampling one block.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every chosen sample was verified, or the block has no rows.
    Available {
        /// One less the probability that an unrepairable block passes (design section 2).
        confidence: f64,
        /// Samples chosen and verified.
        samples: usize,
    },
    /// Not all samples were verified: this shows neither availability nor its opposite.
    NotEnough(Shortfall),
    /// The block cannot be available.
    Invalid {
        /// The proof of that.
        evidence: Evidence,
    },
}

impl Verdict {
    /// The verdict on `rows` rows when all of `samples` were verified.
    pub fn available(rows: usize, samples: usize) -> Self {
        Self::Available {
            confidence: confidence(rows, samples),
            samples,
        }
    }

    /// The name in JSON: `available`, `not enough` or `unavailable`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Available { .. } => "available",
            Self::NotEnough(_) => "not enough",
            Self::Invalid { .. } => "unavailable",
        }
    }

    /// The confidence that the block can be repaired: exact if available, that of the verified part of
    /// the samples if not enough, 0 if invalid.
    pub fn confidence(&self) -> f64 {
        match self {
            Self::Available { confidence, .. } => *confidence,
            Self::NotEnough(shortfall) => shortfall.confidence,
            Self::Invalid { .. } => 0.0,
        }
    }

    /// Whether the verdict is that the block is available.
    pub const fn is_available(&self) -> bool {
        matches!(self, Self::Available { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The outcome of each sample of a session that ran short; the counts add up to `asked`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shortfall {
    /// Samples chosen.
    pub asked: usize,
    /// Samples verified.
    pub verified: usize,
    /// Samples that some peer refused, or put off until the deadline.
    pub refused: usize,
    /// Samples that no peer refused, but whose cells did not verify.
    pub invalid: usize,
    /// Samples that were requested and not answered.
    pub unanswered: usize,
    /// Samples that no peer could be asked for.
    pub unreached: usize,
    /// One less the probability that an unrepairable block lets at least this many samples through.
    pub confidence: f64,
}

impl Shortfall {
    /// Nothing could be asked for any of the `asked` samples.
    pub fn unreached(asked: usize) -> Self {
        Self {
            asked,
            verified: 0,
            refused: 0,
            invalid: 0,
            unanswered: 0,
            unreached: asked,
            confidence: 0.0,
        }
    }

    pub(super) fn weigh(mut self, rows: usize) -> Self {
        let miss = partial_miss_probability(rows, self.asked, self.verified);
        self.confidence = (1.0 - miss).max(0.0);
        self
    }
}

/// Proof that a block cannot be available.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// The finalised header commits to rows by malformed points: no cell can verify against them.
    Commitments(VerifyError),
    /// The finalised header contradicts the blobs that it lists: it commits to other rows.
    BlobHeaders(BlobHeadersError),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commitments(error) => {
                write!(
                    f,
                    "the finalised header names malformed commitments: {error}"
                )
            }
            Self::BlobHeaders(error) => {
                write!(f, "the finalised header contradicts itself: {error}")
            }
        }
    }
}
