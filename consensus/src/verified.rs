//! Blocks for the next height that this node has verified, so that each is verified once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use weft_chain::{Block, HeaderHash};

use super::ValidBlock;

/// Blocks remembered for one head. One more empties the memory, which only costs time.
const KEPT: usize = 64;

/// The blocks verified on the current head.
///
/// Whether a block is valid depends on the head alone, apart from whose turn it is and the clock.
/// Both are checked each time.
#[derive(Debug, Default)]
pub(super) struct VerifiedBlocks {
    kept: Mutex<(Option<HeaderHash>, HashMap<HeaderHash, ValidBlock>)>,
}

impl VerifiedBlocks {
    /// The block, if exactly it was verified on this head.
    pub(super) fn get(&self, head: HeaderHash, block: &Block) -> Option<ValidBlock> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, blocks) = &*kept;
        // A header binds its body, but a body that came with it may be another.
        blocks
            .get(&block.header.hash())
            .filter(|valid| *of == Some(head) && **valid.block() == *block)
            .cloned()
    }

    /// Remembers a block that was verified on this head, and forgets those of other heads.
    pub(super) fn put(&self, head: HeaderHash, block: ValidBlock) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, blocks) = &mut *kept;
        if *of != Some(head) || blocks.len() >= KEPT {
            blocks.clear();
            *of = Some(head);
        }
        blocks.insert(block.hash(), block);
    }
}
