//! The encoding of consensus messages, in gossip, value sync and the log.
//!
//! Hand-written, because Malachite has no codec for two of the types and none with limits for the
//! others. Every type is written as its fields in order: integers little-endian, byte strings and
//! lists behind their length in four bytes, one byte for the variant of an enum. Every length is
//! checked against its limit before anything is allocated, and trailing bytes are refused, so
//! untrusted bytes give a value or an error and cost no more than their own size.
//!
//! - `wire`: the trait, its reader, and the limits.
//! - `messages`: votes, proposals, blocks, the validators' proofs.
//! - `certificates`: polka, round and commit certificates.
//! - `sync`: status, requests and responses of value sync.

mod certificates;
mod error;
mod messages;
mod sync;
mod wire;

#[cfg(test)]
mod tests;

use arc_malachitebft_app::types::codec::{Codec, HasEncodedLen};
use bytes::Bytes;

pub(super) use certificates::MAX_COMMIT_PROOF_BYTES;
pub use error::CodecError;
pub(super) use messages::MAX_PART_BYTES;
pub(super) use wire::Wire;

/// The codec that Malachite is given, for the network and the log alike.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WeftCodec;

impl<T: Wire> Codec<T> for WeftCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<T, CodecError> {
        T::from_wire(&bytes)
    }

    fn encode(&self, message: &T) -> Result<Bytes, CodecError> {
        message.to_wire().map(Bytes::from)
    }
}

impl<T: Wire> HasEncodedLen<T> for WeftCodec {
    fn encoded_len(&self, message: &T) -> Result<usize, CodecError> {
        message.to_wire().map(|bytes| bytes.len())
    }
}
