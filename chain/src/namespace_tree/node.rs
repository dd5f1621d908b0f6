//! The tree's types, at this chain's sizes.

use borsh::io::{Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use nmt_rs::{
    CelestiaNmt, NamespaceId, NamespaceMerkleHasher, NamespacedHash, NamespacedSha2Hasher,
};
use weft_encoding::{Digest, NAMESPACE_BYTES};

use crate::Namespace;
use crate::codec::refused;
use crate::hashing::{tag, tagged_hash};

pub(super) type Hasher = NamespacedSha2Hasher<NAMESPACE_BYTES>;
pub(super) type Hash = NamespacedHash<NAMESPACE_BYTES>;
pub(super) type Tree = CelestiaNmt;

/// The bytes of a node: least and greatest namespace, and the hash.
pub(super) const NODE_BYTES: usize = Hash::size();

/// Celestia's trees let the greatest namespace stand for parity data and leave it out of ranges.
/// Here that namespace is not valid, and the tree never holds parity.
pub(super) const IGNORE_MAX_NAMESPACE: bool = false;

pub(super) fn hasher() -> Hasher {
    Hasher::with_ignore_max_ns(IGNORE_MAX_NAMESPACE)
}

pub(super) fn namespace_id(namespace: &Namespace) -> NamespaceId<NAMESPACE_BYTES> {
    NamespaceId(*namespace.as_bytes())
}

/// A node whose least namespace is not above its greatest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node(pub(super) Hash);

impl Node {
    fn to_bytes(&self) -> [u8; NODE_BYTES] {
        let mut bytes = [0u8; NODE_BYTES];
        bytes
            .iter_mut()
            .zip(self.0.iter())
            .for_each(|(byte, value)| *byte = value);
        bytes
    }

    /// The digest that stands in a block header for a tree with this root.
    pub(super) fn digest(&self) -> Digest {
        tagged_hash(tag::NAMESPACES, &[&self.to_bytes()])
    }
}

impl BorshSerialize for Node {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for Node {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let mut bytes = [0u8; NODE_BYTES];
        reader.read_exact(&mut bytes)?;
        let hash = Hash::try_from(bytes.as_slice()).map_err(refused)?;
        if hash.min_namespace() > hash.max_namespace() {
            return Err(refused("a node's least namespace is above its greatest"));
        }
        Ok(Self(hash))
    }
}
