//! Blocks that proposers send: bounds first, then the proposer's signature, then whether the bytes
//! are the block that was signed, then the block.
//!
//! The signature binds the header, and the header binds the body. So bytes that are not the block
//! of the signed hash say nothing about that block, nor about its proposer: whoever passes a block
//! on can put its own bytes under the signature. They are dropped, and the block keeps its place.

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
    /// Looks at a part and answers with its value, valid or not. No answer where there is no
    /// outcome: the engine's timeout decides then.
    pub(super) async fn receive(
        self,
        part: BlockPart,
        port: RpcReplyPort<ProposedValue<WeftContext>>,
    ) {
        if let Some(value) = self.outcome(part).await {
            reply(port, value);
        }
    }

    /// Looks at a part that came before its height, and tells the engine.
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

    /// Verifies a block. `None` when there is no verdict on it: this node is behind or its store
    /// failed.
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

/// The block of a part, if its bytes are the block that they should be, header and body; `None`
/// outside when the node is shutting down. Costs the hashes of the body.
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
