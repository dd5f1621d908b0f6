//! Parameters of requests.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use weft_encoding::Fault;

/// The content type of a batch.
pub const BATCH_CONTENT_TYPE: &str = "application/octet-stream";

/// The most heights in one namespace list.
pub const MAX_LIST_HEIGHTS: u64 = 128;

/// The state of a blob that a post waits for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Wait {
    /// Custodians with more than two thirds of the stake have signed that they hold the blob.
    #[default]
    Certified,
    /// Additionally, a block with a finality certificate has the blob.
    Ordered,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certified => "certified",
            Self::Ordered => "ordered",
        })
    }
}

impl FromStr for Wait {
    type Err = WaitError;

    fn from_str(text: &str) -> Result<Self, WaitError> {
        match text {
            "certified" => Ok(Self::Certified),
            "ordered" => Ok(Self::Ordered),
            other => Err(WaitError {
                value: other.chars().take(32).collect(),
            }),
        }
    }
}

/// A `wait` that is neither `certified` nor `ordered`. Fault: caller.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("wait is {value:?}, must be certified or ordered")]
pub struct WaitError {
    /// The first 32 characters of the parameter.
    pub value: String,
}

impl WaitError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}
