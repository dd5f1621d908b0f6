//! Proposing: this node's block, and sending a block again.

use arc_malachitebft_app::consensus::LocallyProposedValue;
use arc_malachitebft_app::types::core::{Round, Validity};
use bytes::Bytes;
use ractor::RpcReplyPort;
use weft_chain::{Block, Canonical, HeaderHash, Height, Signature};

use super::{Host, reply};
use crate::malachite::MalachiteError;
use crate::malachite::context::WeftContext;
use crate::malachite::types::{BlockPart, ConsensusValue, ValidatorAddress};

impl Host {
    /// Answers with the block that this node proposes and gossips it.
    ///
    /// The application stores the block before it returns it, and returns the same one in later
    /// rounds: with a new header in every round, slow nodes would never reach a quorum. So a block
    /// that is late for its round is not lost.
    pub(super) async fn propose(
        self,
        height: Height,
        round: Round,
        port: RpcReplyPort<LocallyProposedValue<WeftContext>>,
    ) {
        let Some(number) = round.as_u32() else {
            return;
        };
        let proposers = self.round_proposers(height, number);
        let block = match self.application().propose(&proposers, true).await {
            Ok(Some(block)) if block.height() == height => block,
            // The height was decided meanwhile, or the application proposes nothing.
            Ok(_) => return,
            Err(error) => {
                tracing::error!(%error, %height, round = number, "no block proposed");
                return;
            }
        };
        let header = block.hash();
        let signature = match self.signer().sign_block(height, number, header).await {
            Ok(signature) => signature,
            Err(error) => {
                tracing::debug!(%error, "proposed block not signed");
                return;
            }
        };
        let part = part(block.block(), number, header, signature);
        {
            let mut book = self.book();
            if book.begin(&part) {
                book.settle(height, number, &header, Some(Validity::Valid));
            }
        }
        tracing::debug!(%height, round = number, %header, "block proposed");
        self.publish(part);
        let value = ConsensusValue(header);
        reply(port, LocallyProposedValue::new(height.into(), round, value));
    }

    /// Gossips a block again, as its round's proposer signed it.
    ///
    /// The engine asks for this when this node proposes a block with a polka again and, after many
    /// rounds, when it locks on another proposer's block. In the second case the proposer's own
    /// signature is forwarded, because only the proposer may sign for its round.
    pub(super) async fn restream(self, height: Height, round: Round, header: HeaderHash) {
        let Some(number) = round.as_u32() else {
            return;
        };
        let block = match self.application().proposal(height, header).await {
            Ok(Some(block)) => block,
            Ok(None) => {
                tracing::warn!(%height, round = number, %header, "block to send again is not kept");
                return;
            }
            Err(error) => return self.fail(MalachiteError::Store(error)),
        };
        let known = self.book().signature(height, number, &header);
        let (_, proposer) = self.proposer(height, number);
        let own = ValidatorAddress::from(&proposer) == *self.signer().address();
        let signature = match known {
            Some(signature) => signature,
            None if own => match self.signer().sign_block(height, number, header).await {
                Ok(signature) => signature,
                Err(error) => {
                    tracing::debug!(%error, "block to send again not signed");
                    return;
                }
            },
            // Known only before a restart; its proposer also sends it.
            None => return,
        };
        self.publish(part(&block, number, header, signature));
    }
}

fn part(block: &Block, round: u32, header_hash: HeaderHash, signature: Signature) -> BlockPart {
    BlockPart {
        height: block.header.height.into(),
        round,
        header_hash,
        signature,
        block: Bytes::from(block.encode()),
    }
}
