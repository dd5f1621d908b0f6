//! What a gateway says of the validators, and updates of their set.

use thiserror::Error;
use weft_chain::{Height, SignedValidatorUpdate, ValidatorSet};
use weft_encoding::{Digest, Fault};
use weft_gateway_api::{EvidenceListDto, MAX_EVIDENCE, OfferedUpdateDto, ValidatorSetDto};

use super::{HttpClient, learn::learn_in_force, transport::Size};
use crate::availability::{LearnError, TransportError};

impl HttpClient {
    /// The validators of a height, of the next block's if none is given.
    ///
    /// Proven is that the set was in force at this height or before, as far as changes are known, and
    /// that keys, stakes and their order are the set's. That no later change replaced it, names, peer
    /// ids and what comes next are the gateway's word: a header of the height proves its root.
    ///
    /// # Errors
    ///
    /// [`ValidatorsError`], as it says.
    pub async fn validators(
        &self,
        height: Option<Height>,
    ) -> Result<ValidatorSetDto, ValidatorsError> {
        let query: Vec<_> = height
            .map(|height| ("height", height.to_string()))
            .into_iter()
            .collect();
        let dto: ValidatorSetDto = self
            .transport
            .get_json("validators", &query, Size::Small)
            .await?;
        let inconsistent = |field| Err(ValidatorsError::Inconsistent { field });
        if height.is_some_and(|height| height.get() != dto.height) {
            return inconsistent("height");
        }
        let root = dto.root;
        let height = Height::new(dto.height);
        learn_in_force(&self.transport, &self.trust, vec![(root, height)]).await?;
        let set = self.trust.validator_set(&root);
        let Some(set) = set.filter(|_| self.trust.is_in_force(&root, height)) else {
            return Err(LearnError::NotShown { root }.into());
        };
        match difference(&dto, &set) {
            Some(field) => inconsistent(field),
            None => Ok(dto),
        }
    }

    /// Gives a signed update of the validator set to the gateway, which offers it to the proposers.
    ///
    /// The same update may be given again. It is in force from its first height on, if a block
    /// below that height has it.
    ///
    /// # Errors
    ///
    /// [`SubmitUpdateError`]: caller, if the gateway finds that the update does not hold.
    pub async fn submit_validator_update(
        &self,
        update: &SignedValidatorUpdate,
    ) -> Result<OfferedUpdateDto, SubmitUpdateError> {
        let dto: OfferedUpdateDto = self
            .transport
            .post_json("validators/updates", update)
            .await?;
        let (found, expected) = (dto.update_id, update.update.id());
        if found != expected {
            return Err(SubmitUpdateError::OtherUpdate { found, expected });
        }
        Ok(dto)
    }

    /// What the gateway's node has kept of equivocations, the newest `limit` of them, at most
    /// [`MAX_EVIDENCE`]. It is the gateway's word: nothing of it is proven.
    ///
    /// # Errors
    ///
    /// [`TransportError`], as it says.
    pub async fn evidence(&self, limit: usize) -> Result<EvidenceListDto, TransportError> {
        let query = [("limit", limit.min(MAX_EVIDENCE).to_string())];
        self.transport
            .get_json("evidence", &query, Size::Small)
            .await
    }
}

/// The field in which the answer is not what its root says, if there is one.
fn difference(dto: &ValidatorSetDto, set: &ValidatorSet) -> Option<&'static str> {
    if dto.total_stake != set.total_stake() {
        return Some("total_stake");
    }
    let said = dto
        .validators
        .iter()
        .map(|validator| (validator.index, validator.public_key, validator.stake));
    let proven = set.iter().map(|(index, validator)| {
        let index = index.get() as u64;
        (index, validator.public_key, validator.stake)
    });
    (!said.eq(proven)).then_some("validators")
}

/// Why the validators were not had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ValidatorsError {
    /// The gateway could not be reached, or refused. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The set is not proven to be one of the chain's. Fault: as it says.
    #[error("the validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The answer is not what was asked for, or not what its root says. Fault: peer.
    #[error("its {field} is not what was asked for and what its root says")]
    Inconsistent {
        /// The field.
        field: &'static str,
    },
}

impl ValidatorsError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::ValidatorSet(error) => error.fault(),
            Self::Inconsistent { .. } => Fault::Peer,
        }
    }
}

/// Why an update of the validator set was not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitUpdateError {
    /// The gateway could not be reached, or refused. Fault: as the transport says.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer is about another update. Fault: peer.
    #[error("the gateway took update {found}, given was {expected}")]
    OtherUpdate {
        /// The update that it names.
        found: Digest,
        /// The update that was given.
        expected: Digest,
    },
}

impl SubmitUpdateError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Transport(error) => error.fault(),
            Self::OtherUpdate { .. } => Fault::Peer,
        }
    }
}
