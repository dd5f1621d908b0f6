//! Small chains for the tests of Weft's crates: validators with their keys and identities, and the
//! blobs, certificates, updates and blocks that they sign.
//!
//! Everything is made from seeds, so the same call always gives the same bytes. Failures panic:
//! only tests depend on this crate.
//!
//! - [`TestChain`]: validators, the genesis they start from, and what they sign.
//! - [`TestBlob`]: a coded blob, well formed, malformed or misnamed.
//! - [`header`], [`unsigned_blob`], [`unsigned_block`]: cheap ones, for code that verifies neither
//!   points nor signatures.

#![allow(clippy::unwrap_used)]

mod blob;
mod chain;
mod unsigned;

pub use blob::{TestBlob, row};
pub use chain::TestChain;
pub use unsigned::{header, unsigned_blob, unsigned_block, unsigned_finality};

use weft_chain::{Namespace, ValidatorIndex};

/// The namespace whose id ends in the bytes of `name`.
pub fn namespace(name: &str) -> Namespace {
    hex::encode(name).parse().unwrap()
}

/// The index of the validator at this position of its set.
pub fn index(place: usize) -> ValidatorIndex {
    ValidatorIndex::new(place).unwrap()
}
