//! Heights, as consensus counts them.

use std::fmt;

use arc_malachitebft_app::types::core::Height as EngineHeight;
use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::Height;

/// A block's height.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub(crate) struct ConsensusHeight(pub Height);

impl EngineHeight for ConsensusHeight {
    const ZERO: Self = Self(Height::GENESIS);
    const INITIAL: Self = Self(Height::FIRST);

    // Saturating: a peer may send the greatest height, which must not end the engine.
    fn increment_by(&self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.get().checked_sub(n).map(Height::new).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0.get()
    }
}

impl From<Height> for ConsensusHeight {
    fn from(height: Height) -> Self {
        Self(height)
    }
}

impl fmt::Display for ConsensusHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ConsensusHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
