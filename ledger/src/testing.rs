//! For tests: blocks of a [`TestChain`] on a ledger's head, and waiting for ordered blobs.

#![allow(clippy::unwrap_used)]

use weft_chain::{BlobId, Block, BlockBody, CertifiedBlob};
use weft_test_chain::{TestChain, index};

use crate::store::Location;
use crate::{Head, HeaderRules, Ledger, ValidatorSets};

/// Rules, head and blocks of a [`TestChain`] for a ledger.
pub trait TestLedger {
    /// The rules of a chain whose validators never change.
    fn rules(&self) -> HeaderRules;

    /// The head of the genesis.
    fn head(&self) -> Head;

    /// The block that validator 0 would build on `head` at `time`.
    fn block_on(&self, head: &Head, time: u64, blobs: Vec<CertifiedBlob>) -> Block;
}

impl TestLedger for TestChain {
    fn rules(&self) -> HeaderRules {
        HeaderRules::new(&self.genesis, ValidatorSets::constant(self.set.clone()))
    }

    fn head(&self) -> Head {
        Head::genesis(&self.genesis)
    }

    fn block_on(&self, head: &Head, time: u64, blobs: Vec<CertifiedBlob>) -> Block {
        let body = BlockBody {
            blobs,
            update: None,
        };
        build_on(&self.rules(), head, time, body)
    }
}

/// The block that validator 0 would build on `head` at `time` under `rules`, even if its update is
/// invalid.
pub fn build_on(rules: &HeaderRules, head: &Head, time: u64, body: BlockBody) -> Block {
    let height = head.next_height();
    let next_set = match &body.update {
        Some(signed) if signed.update.first_height == height.saturating_add(1) => {
            signed.update.validator_set().unwrap().root()
        }
        _ => rules.set_root(height.saturating_add(1)),
    };
    Block::build(&rules.parent(head), time, index(0), next_set, body).unwrap()
}

/// Waits until a blob is in a decided block. Callers set the deadline.
pub async fn await_ordered(ledger: &Ledger, blob: BlobId) -> Location {
    let mut head = ledger.watch_head();
    loop {
        head.mark_unchanged();
        if let Some(location) = ledger.store().location(&blob).unwrap() {
            return location;
        }
        head.changed().await.unwrap();
    }
}
