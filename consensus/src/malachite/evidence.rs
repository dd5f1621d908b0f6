//! Equivocation: converts the engine's evidence to the store's records.

use arc_malachitebft_app::consensus::{MisbehaviorEvidence, SignedConsensusMsg};
use arc_malachitebft_app::types::core::{
    Proposal as _, Validator as _, ValidatorSet as _, Vote as _, VoteType,
};
use weft_ledger::store::{EquivocationKind, EvidenceRecord};

use super::codec::{CodecError, Wire};
use super::types::{ConsensusValidators, ValidatorAddress, WeftContext};

/// A record for each pair of contradicting messages. The engine has verified their signatures.
///
/// The messages are kept as they are gossiped, so that anyone can verify them again.
///
/// # Errors
/// [`CodecError`] (local).
pub(super) fn records(
    evidence: &MisbehaviorEvidence<WeftContext>,
    validators: &ConsensusValidators,
) -> Result<Vec<EvidenceRecord>, CodecError> {
    let mut records = Vec::new();
    for (address, pairs) in evidence.proposals.iter() {
        for (first, second) in pairs {
            let place = Place {
                validators,
                address,
                height: first.height().0,
                round: first.round().as_u32(),
                kind: EquivocationKind::Proposal,
            };
            let first = SignedConsensusMsg::Proposal(first.clone());
            let second = SignedConsensusMsg::Proposal(second.clone());
            records.extend(place.record(&first, &second)?);
        }
    }
    for (address, pairs) in evidence.votes.iter() {
        for (first, second) in pairs {
            let place = Place {
                validators,
                address,
                height: first.height().0,
                round: first.round().as_u32(),
                kind: match first.vote_type() {
                    VoteType::Prevote => EquivocationKind::Prevote,
                    VoteType::Precommit => EquivocationKind::Precommit,
                },
            };
            let first = SignedConsensusMsg::Vote(first.clone());
            let second = SignedConsensusMsg::Vote(second.clone());
            records.extend(place.record(&first, &second)?);
        }
    }
    Ok(records)
}

/// The validator, height, round and kind of an equivocation.
struct Place<'a> {
    validators: &'a ConsensusValidators,
    address: &'a ValidatorAddress,
    height: weft_chain::Height,
    round: Option<u32>,
    kind: EquivocationKind,
}

impl Place<'_> {
    /// `None` for evidence that the engine never yields: of an unknown validator, or without a
    /// round.
    fn record(
        &self,
        first: &SignedConsensusMsg<WeftContext>,
        second: &SignedConsensusMsg<WeftContext>,
    ) -> Result<Option<EvidenceRecord>, CodecError> {
        let (Some(validator), Some(round)) =
            (self.validators.get_by_address(self.address), self.round)
        else {
            return Ok(None);
        };
        Ok(Some(EvidenceRecord {
            height: self.height,
            round,
            validator: *validator.public_key(),
            kind: self.kind,
            first: first.to_wire()?,
            second: second.to_wire()?,
        }))
    }
}
