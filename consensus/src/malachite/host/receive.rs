//! Blocks that proposers send. Checks the bounds first, then the proposer's signature, then that
//! the bytes are the signed block, then the block.
//!
//! The signature binds the header, and the header binds the body. Bytes that are not the block of
//! the signed hash prove nothing against that block or its proposer, because any peer that forwards
//! a block can replace its bytes. They are dropped without a slot of the round, so the real block
//! can still arrive.

use arc_malachitebft_app::consensus::ProposedValue;
use arc_malachitebft_app::types::core::Validity;
use ractor::RpcReplyPort;
use weft_chain::{Block, Canonical, Height};
use weft_encoding::Fault;

use super::{Host, reply};
use crate::malachite::context::WeftContext;
use crate::malachite::parts::Admission;
use crate::malachite::types::BlockPart;

impl Host {
    /// Checks a part and answers with its value, valid or not. Without an outcome there is no
    /// answer, and the engine's timeout decides.
    pub(super) async fn receive(
        self,
        part: BlockPart,
        port: RpcReplyPort<ProposedValue<WeftContext>>,
    ) {
        if let Some(value) = self.outcome(part).await {
            reply(port, value);
        }
    }

    /// Checks a part that came before its height, and tells the engine the outcome.
    pub(super) async fn receive_early(self, part: BlockPart) {
        if let Some(value) = self.outcome(part).await {
            self.tell(value);
        }
    }

    async fn outcome(&self, part: BlockPart) -> Option<ProposedValue<WeftContext>> {
        let next = self.application().head().next_height();
        let (height, round, header) = (part.height.0, part.round, part.header_hash);
        let admission = self.book().admit(next, &part);
        match admission {
            Admission::Ignore => return None,
            Admission::Known(validity) => {
                return Some(self.value(height, round, header, validity));
            }
            Admission::Verify | Admission::Early => {}
        }
        if !self.is_by_proposer(&part).await? {
            tracing::warn!(%height, round, %header, "proposed block without its proposer's signature");
            return None;
        }
        let Some(block) = decode(&part).await? else {
            tracing::warn!(%height, round, %header, "proposed bytes are not that block");
            let refused = &self.application().metrics().refused_blocks;
            refused.with_label_values(&["bytes"]).inc();
            return None;
        };
        let part = match admission {
            Admission::Early => self.book().keep_early(part)?,
            _ => part,
        };
        if !self.book().begin(&part) {
            return None;
        }
        let validity = self.verify(round, block).await;
        self.book().settle(height, round, &header, validity);
        Some(self.value(height, round, header, validity?))
    }

    /// Whether the proposer of the part's round signed it; `None` when the node is shutting down.
    async fn is_by_proposer(&self, part: &BlockPart) -> Option<bool> {
        let (_, proposer) = self.proposer(part.height.0, part.round);
        let verifier = &self.0.parts.verifier;
        verifier.verify_block(part, proposer).await.ok()
    }

    /// Verifies a block. `None` when there is no verdict: this node is behind or its store failed.
    async fn verify(&self, round: u32, block: Block) -> Option<Validity> {
        let (height, header) = (block.header.height, block.header.hash());
        let proposers = self.round_proposers(height, round);
        match self.application().verify(&proposers, block).await {
            Ok(_) => Some(Validity::Valid),
            Err(error) => {
                tracing::warn!(%error, %height, round, %header, "no vote for a proposed block");
                match error.fault() {
                    Fault::Peer | Fault::Caller => Some(Validity::Invalid),
                    Fault::Retry | Fault::Local => None,
                }
            }
        }
    }
}

/// The block of a part, if its bytes match the header hash, header and body. The outer `None` means
/// that the node is shutting down. Cost: the hashes of the body.
async fn decode(part: &BlockPart) -> Option<Option<Block>> {
    let (bytes, hash) = (part.block.clone(), part.header_hash);
    let height: Height = part.height.0;
    let decode = move || {
        let Block { header, body } = Block::decode(&bytes).ok()?;
        let bound = header.height == height && header.hash() == hash;
        (bound && header.body_root == body.root()).then_some(Block { header, body })
    };
    tokio::task::spawn_blocking(decode).await.ok()
}
