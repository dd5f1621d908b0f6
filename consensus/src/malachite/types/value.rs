//! The value that consensus decides on.

use std::fmt;

use arc_malachitebft_app::types::core::Value;
use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::HeaderHash;

/// The value of a height: the hash of a block's header, which binds the whole block.
///
/// The engine handles only this value; blocks are gossiped as [`BlockPart`](super::BlockPart)s and
/// kept in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub(crate) struct ConsensusValue(pub HeaderHash);

impl Value for ConsensusValue {
    type Id = HeaderHash;

    fn id(&self) -> HeaderHash {
        self.0
    }
}

impl fmt::Debug for ConsensusValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
