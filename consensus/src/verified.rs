//! Blocks for the next height that this node has verified, so that each is verified once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use weft_chain::{Block, HeaderHash};

use super::ValidBlock;

/// Blocks cached for one head. One more clears the cache, which only costs time.
const KEPT: usize = 64;

/// The blocks verified on the current head.
///
/// A block's validity depends only on the head, the round's proposers and the clock. The last two
/// are checked each time.
#[derive(Debug, Default)]
pub(super) struct VerifiedBlocks {
    kept: Mutex<(Option<HeaderHash>, HashMap<HeaderHash, ValidBlock>)>,
}

impl VerifiedBlocks {
    /// The block, if exactly this block was verified on this head.
    pub(super) fn get(&self, head: HeaderHash, block: &Block) -> Option<ValidBlock> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, blocks) = &*kept;
        // A header binds its body, but may have been sent with another body.
        blocks
            .get(&block.header.hash())
            .filter(|valid| *of == Some(head) && **valid.block() == *block)
            .cloned()
    }

    /// Caches a block that was verified on this head, and drops those of other heads.
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
