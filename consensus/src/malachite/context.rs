//! The context: the types of consensus, and its proposers.

use arc_malachitebft_app::types::core::{Context, LinearTimeouts, NilOrVal, Round, VoteType};
use weft_chain::{ChainId, HeaderHash};

use super::proposers::Proposers;
use super::types::{
    BlockPart, Bls, ConsensusHeight, ConsensusValidator, ConsensusValidators, ConsensusValue,
    FinalitySignature, Proposal, ValidatorAddress, Vote,
};

/// Malachite's types for one chain. Cheap to clone; clones share one cache of proposers.
#[derive(Clone, Debug)]
pub(super) struct WeftContext {
    proposers: Proposers,
}

impl WeftContext {
    /// The context of a chain.
    #[must_use]
    pub(super) fn new(chain_id: ChainId) -> Self {
        Self {
            proposers: Proposers::new(chain_id),
        }
    }

    /// The proposers.
    #[must_use]
    pub(super) fn proposers(&self) -> &Proposers {
        &self.proposers
    }
}

impl Context for WeftContext {
    type Address = ValidatorAddress;
    type Height = ConsensusHeight;
    type ProposalPart = BlockPart;
    type Proposal = Proposal;
    type Validator = ConsensusValidator;
    type ValidatorSet = ConsensusValidators;
    type Timeouts = LinearTimeouts;
    type Value = ConsensusValue;
    type Vote = Vote;
    type Extension = FinalitySignature;
    type SigningScheme = Bls;

    fn select_proposer<'a>(
        &self,
        validators: &'a ConsensusValidators,
        height: ConsensusHeight,
        round: Round,
    ) -> &'a ConsensusValidator {
        // The engine asks only for rounds that have begun; `Nil` would count as round 0.
        let round = round.as_u32().unwrap_or(0);
        let proposer = self.proposers.proposer(height.0, round, validators.set());
        validators
            .at(proposer)
            .expect("the order of proposers is a permutation of this set")
    }

    fn new_proposal(
        &self,
        height: ConsensusHeight,
        round: Round,
        value: ConsensusValue,
        pol_round: Round,
        proposer: ValidatorAddress,
    ) -> Proposal {
        Proposal {
            height,
            round,
            value,
            pol_round,
            proposer,
        }
    }

    fn new_prevote(
        &self,
        height: ConsensusHeight,
        round: Round,
        value: NilOrVal<HeaderHash>,
        voter: ValidatorAddress,
    ) -> Vote {
        vote(VoteType::Prevote, height, round, value, voter)
    }

    fn new_precommit(
        &self,
        height: ConsensusHeight,
        round: Round,
        value: NilOrVal<HeaderHash>,
        voter: ValidatorAddress,
    ) -> Vote {
        vote(VoteType::Precommit, height, round, value, voter)
    }
}

fn vote(
    vote_type: VoteType,
    height: ConsensusHeight,
    round: Round,
    value: NilOrVal<HeaderHash>,
    voter: ValidatorAddress,
) -> Vote {
    Vote {
        vote_type,
        height,
        round,
        value,
        voter,
        extension: None,
    }
}
