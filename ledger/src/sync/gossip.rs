//! What to do with a header that came by gossip.

use weft_chain::SignedHeader;
use weft_encoding::Fault;

use crate::{Head, HeaderRules};

/// The verdict on a gossiped header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderVerdict {
    /// Final and new here: forward it, and catch up to it.
    Accept,
    /// Known, or not verifiable by this node: do not forward it.
    Ignore,
    /// Not final, or of another chain: the sender is at fault.
    Reject,
}

/// Judges a gossiped header by its certificate; the chain below it need not be known.
///
/// Cost: one aggregate signature, for headers above the head only.
#[must_use]
pub fn judge_header(rules: &HeaderRules, head: &Head, signed: &SignedHeader) -> HeaderVerdict {
    let header = &signed.header;
    if header.chain_id != rules.chain_id {
        return HeaderVerdict::Reject;
    }
    if header.height <= head.height {
        return HeaderVerdict::Ignore;
    }
    let set = rules.sets.at(header.height);
    if header.validator_set_root != set.root() {
        // The set of the next height is known. Above it, blocks that this node lacks may have
        // changed the set, so the header may be valid and cannot be judged yet.
        let next = header.height == head.next_height();
        return if next {
            HeaderVerdict::Reject
        } else {
            HeaderVerdict::Ignore
        };
    }
    match signed.verify(&rules.chain_id, &set) {
        Ok(_) => HeaderVerdict::Accept,
        Err(error) if error.fault() == Fault::Peer => HeaderVerdict::Reject,
        Err(_) => HeaderVerdict::Ignore,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use weft_chain::{Block, Height};
    use weft_encoding::Digest;
    use weft_test_chain::TestChain;

    use super::*;
    use crate::testing::TestLedger as _;

    const TIME: u64 = 5_000;

    fn signed(chain: &TestChain, block: &Block) -> SignedHeader {
        let finality = chain.finalise(block, &[0, 1, 2]);
        SignedHeader {
            header: block.header.clone(),
            finality,
        }
    }

    #[test]
    fn verdicts() {
        let chain = TestChain::new(4);
        let rules = chain.rules();
        let head = Head {
            height: Height::new(4),
            ..chain.head()
        };
        let block_at = |below: u64| {
            let head = Head {
                height: Height::new(below),
                ..head
            };
            chain.block_on(&head, TIME, Vec::new())
        };
        let judge = |signed: &SignedHeader| judge_header(&rules, &head, signed);

        assert_eq!(judge(&signed(&chain, &block_at(4))), HeaderVerdict::Accept);
        assert_eq!(judge(&signed(&chain, &block_at(40))), HeaderVerdict::Accept);
        assert_eq!(judge(&signed(&chain, &block_at(3))), HeaderVerdict::Ignore);

        let mut forged = signed(&chain, &block_at(4));
        forged.finality.signature = signed(&chain, &block_at(5)).finality.signature;
        assert_eq!(judge(&forged), HeaderVerdict::Reject);
        let mut moved = signed(&chain, &block_at(4));
        moved.header.time += 1;
        assert_eq!(judge(&moved), HeaderVerdict::Reject);
        let mut foreign = signed(&chain, &block_at(4));
        foreign.header.chain_id = "another".parse().unwrap();
        assert_eq!(judge(&foreign), HeaderVerdict::Reject);

        // Another set is wrong at the next height, but may be right above it.
        for (below, verdict) in [(4, HeaderVerdict::Reject), (5, HeaderVerdict::Ignore)] {
            let mut block = block_at(below);
            block.header.validator_set_root = Digest::from_bytes([9; 32]);
            assert_eq!(judge(&signed(&chain, &block)), verdict);
        }
    }
}
