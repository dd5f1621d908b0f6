//! Blocks this node has verified for a vote and not seen decided yet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use weft_chain::{Block, HeaderHash};

/// Blocks kept; a proposer has one at a time, and a few cover a change of the proposer.
const KEPT: usize = 4;

/// The last few blocks that were up for a vote here, so that the decided header alone completes
/// them and no body is fetched a second time.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    kept: Mutex<VecDeque<(HeaderHash, Arc<Block>)>>,
}

impl Candidates {
    pub(super) fn keep(&self, hash: HeaderHash, block: Arc<Block>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(known, _)| *known == hash) {
            return;
        }
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((hash, block));
    }

    pub(super) fn get(&self, hash: &HeaderHash) -> Option<Arc<Block>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|(known, _)| known == hash)
            .map(|(_, block)| Arc::clone(block))
    }
}
