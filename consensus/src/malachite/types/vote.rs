//! Votes, and the signature for finality that a precommit carries.

use arc_malachitebft_app::types::core::{
    Extension, NilOrVal, Round, SignedExtension, Vote as EngineVote, VoteType,
};
use weft_chain::{HeaderHash, Signature};

use super::{ConsensusHeight, ValidatorAddress, WeftContext};

/// A prevote or a precommit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vote {
    /// Prevote or precommit.
    pub vote_type: VoteType,
    /// The height voted at.
    pub height: ConsensusHeight,
    /// The round voted in.
    pub round: Round,
    /// The header voted for, or none.
    pub value: NilOrVal<HeaderHash>,
    /// The voter.
    pub voter: ValidatorAddress,
    /// With a precommit for a header, the voter's signature for its finality. The vote's own
    /// signature does not cover it.
    pub extension: Option<SignedExtension<WeftContext>>,
}

impl EngineVote<WeftContext> for Vote {
    fn height(&self) -> ConsensusHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<HeaderHash> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<HeaderHash> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.vote_type
    }

    fn validator_address(&self) -> &ValidatorAddress {
        &self.voter
    }

    fn extension(&self) -> Option<&SignedExtension<WeftContext>> {
        self.extension.as_ref()
    }

    fn take_extension(&mut self) -> Option<SignedExtension<WeftContext>> {
        self.extension.take()
    }

    fn extend(self, extension: SignedExtension<WeftContext>) -> Self {
        Self {
            extension: Some(extension),
            ..self
        }
    }
}

/// The vote extension: the voter's signature over the finality message of (header, round).
///
/// It is its own signature: what the engine calls the extension's signature is these same bytes,
/// and verifying it is one pairing check of the finality message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FinalitySignature(pub Signature);

impl Extension for FinalitySignature {
    fn size_bytes(&self) -> usize {
        self.0.as_bytes().len()
    }
}
