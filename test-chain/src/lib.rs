//! Small chains for the tests of Weft's crates: validators with their keys and identities, and the
//! blobs, certificates, updates and blocks that they sign.
//!
//! Everything is made from seeds, so the same call gives the same bytes every time. Failures panic:
//! this is a crate for tests alone, and no crate depends on it outside of them.
//!
//! - [`TestChain`]: validators, the genesis they start from, and what they sign.
//! - [`GrowingChain`]: final blocks one after another, changes of the validators, forks.
//! - [`TestBlob`]: a coded blob, well formed, malformed or misnamed; [`TestMatrix`]: its cells.
//! - [`header`], [`unsigned_blob`], [`unsigned_block`]: what costs nothing, for code that verifies no
//!   points and no signatures.
//!
//! It depends on `weft-chain` and `weft-encoding` alone, so the unit tests of every crate above those
//! two can use it, and the integration tests of all.

#![allow(clippy::unwrap_used)]

mod blob;
mod chain;
mod growing;
mod matrix;
mod unsigned;

pub use blob::{TestBlob, row};
pub use chain::{TestChain, identity, key};
pub use growing::{GrowingChain, TestBlock};
pub use matrix::TestMatrix;
pub use unsigned::{
    header, unsigned_approval, unsigned_blob, unsigned_block, unsigned_certificate,
    unsigned_finality, unsigned_header,
};

use weft_chain::{ChainId, Namespace, SignerBitmap, ValidatorIndex};

/// The chain of [`TestChain::new`].
pub fn chain_id() -> ChainId {
    "weft-test".parse().unwrap()
}

/// The namespace whose id ends in the bytes of `name`.
pub fn namespace(name: &str) -> Namespace {
    hex::encode(name).parse().unwrap()
}

/// The namespace of the blobs to which [`header`] gives this number; they order as the numbers do.
pub fn numbered_namespace(number: u8) -> Namespace {
    Namespace::from_id([number; 28])
}

/// The index of the validator at this position of its set.
pub fn index(place: usize) -> ValidatorIndex {
    ValidatorIndex::new(place).unwrap()
}

/// These signers in a set of so many validators.
pub fn signers(validators: usize, signers: &[usize]) -> SignerBitmap {
    let mut bitmap = SignerBitmap::new(validators).unwrap();
    for signer in signers {
        bitmap.insert(index(*signer)).unwrap();
    }
    bitmap
}
