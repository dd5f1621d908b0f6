//! A proposer's message, and the block that it sends with it.

use std::fmt;

use arc_malachitebft_app::types::core::{
    Proposal as EngineProposal, ProposalPart as EngineProposalPart, Round,
};
use bytes::Bytes;
use weft_chain::{HeaderHash, Signature};

use super::{ConsensusHeight, ConsensusValue, ValidatorAddress, WeftContext};

/// A proposer's message: this header, in this round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// The height proposed for.
    pub height: ConsensusHeight,
    /// The round proposed in.
    pub round: Round,
    /// The header proposed.
    pub value: ConsensusValue,
    /// The earlier round of its polka (more than two thirds of the prevotes), if that is why it is
    /// proposed again.
    pub pol_round: Round,
    /// The proposer.
    pub proposer: ValidatorAddress,
}

impl EngineProposal<WeftContext> for Proposal {
    fn height(&self) -> ConsensusHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &ConsensusValue {
        &self.value
    }

    fn take_value(self) -> ConsensusValue {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &ValidatorAddress {
        &self.proposer
    }
}

/// A whole block, proposed in one round: the only part that a proposal has.
///
/// The engine neither signs nor authenticates parts, so the proposer of the round signs this one
/// over the header hash. The block stays encoded until that signature is verified, so that no other
/// peer can make a node decode megabytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BlockPart {
    /// The height proposed for.
    pub height: ConsensusHeight,
    /// The round proposed in.
    pub round: u32,
    /// The hash of the block's header, as the proposer claims.
    pub header_hash: HeaderHash,
    /// The signature of that round's proposer.
    pub signature: Signature,
    /// The block's canonical encoding.
    pub block: Bytes,
}

impl EngineProposalPart<WeftContext> for BlockPart {
    fn is_first(&self) -> bool {
        true
    }

    fn is_last(&self) -> bool {
        true
    }
}

impl fmt::Debug for BlockPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockPart")
            .field("height", &self.height)
            .field("round", &self.round)
            .field("header_hash", &self.header_hash)
            .field("bytes", &self.block.len())
            .finish()
    }
}
