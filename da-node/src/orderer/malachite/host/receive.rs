//! Blocks that proposers send: bounds first, then the proposer's signature, then the block.

use arc_malachitebft_app::consensus::ProposedValue;
use arc_malachitebft_app::types::core::Validity;
use ractor::RpcReplyPort;
use weft_chain::{Block, Canonical, Height};
use weft_encoding::Fault;

use super::{Host, reply};
use crate::orderer::malachite::context::WeftContext;
use crate::orderer::malachite::parts::Admission;
use crate::orderer::malachite::types::BlockPart;

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
        if admission == Admission::Early {
            self.book().keep_early(part);
            return None;
        }
        if !self.book().begin(&part) {
            return None;
        }
        let validity = self.verify(&part).await;
        self.book().settle(height, round, &header, validity);
        Some(self.value(height, round, header, validity?))
    }

    /// Whether the proposer of the part's round signed it; `None` when the node is shutting down.
    async fn is_by_proposer(&self, part: &BlockPart) -> Option<bool> {
        let (_, proposer) = self.proposer(part.height.0, part.round);
        let verifier = &self.0.parts.verifier;
        verifier.verify_block(part, proposer).await.ok()
    }

    /// Verifies the block of a part. `None` when there is no verdict on it: this node is behind or
    /// its store failed.
    async fn verify(&self, part: &BlockPart) -> Option<Validity> {
        let (height, round) = (part.height.0, part.round);
        let Some(block) = decode(part).await? else {
            tracing::warn!(%height, round, header = %part.header_hash, "proposed bytes are not that block");
            return Some(Validity::Invalid);
        };
        let turn = self.turn(height, round);
        match self.application().verify(&turn, block).await {
            Ok(_) => Some(Validity::Valid),
            Err(error) => {
                tracing::warn!(%error, %height, round, header = %part.header_hash, "no vote for a proposed block");
                match error.fault() {
                    Fault::Peer | Fault::Caller => Some(Validity::Invalid),
                    Fault::Retry | Fault::Local => None,
                }
            }
        }
    }
}

/// The block of a part, if its bytes are the block that they should be; `None` outside when the
/// node is shutting down.
async fn decode(part: &BlockPart) -> Option<Option<Block>> {
    let (bytes, header) = (part.block.clone(), part.header_hash);
    let height: Height = part.height.0;
    let decode = move || {
        let block = Block::decode(&bytes).ok()?;
        (block.header.height == height && block.header.hash() == header).then_some(block)
    };
    tokio::task::spawn_blocking(decode).await.ok()
}
