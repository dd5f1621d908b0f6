//! The validators and evidence of a gateway, and updates of the validator set.

use thiserror::Error;
use weft_chain::{Height, SignedValidatorUpdate, ValidatorSet};
use weft_encoding::{Digest, Fault};
use weft_gateway_api::{EvidenceListDto, MAX_EVIDENCE, OfferedUpdateDto, ValidatorSetDto};

use super::{HttpClient, learn::learn_in_force, transport::Size};
use crate::availability::{LearnError, TransportError};

impl HttpClient {
    /// The validators of a height, or of the next block if `height` is `None`.
    ///
    /// Keys, stakes and their order are proven, and that the set is in force at this height by the
    /// known changes. A later change that the client does not know may have replaced it: only a header
    /// of the height proves its root. Names, peer ids and the coming set are unproven.
    ///
    /// # Errors
    ///
    /// [`ValidatorsError`].
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

    /// Submits a signed update of the validator set to the gateway, which offers it to the proposers.
    ///
    /// The call may be repeated. The update takes effect at its first height, if a block below that
    /// height includes it.
    ///
    /// # Errors
    ///
    /// [`SubmitUpdateError`]: caller, if the gateway finds the update invalid.
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

    /// The newest equivocations that the gateway's node has stored, at most `limit` and
    /// [`MAX_EVIDENCE`]. Unproven.
    ///
    /// # Errors
    ///
    /// [`TransportError`].
    pub async fn evidence(&self, limit: usize) -> Result<EvidenceListDto, TransportError> {
        let query = [("limit", limit.min(MAX_EVIDENCE).to_string())];
        self.transport
            .get_json("evidence", &query, Size::Small)
            .await
    }
}

/// The field in which the answer differs from the set of its root, if there is one.
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

/// Why the validators could not be fetched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ValidatorsError {
    /// The gateway could not be reached, or refused. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The set is not proven to be one of the chain's. Fault: that of the source.
    #[error("the validator set is not proven: {0}")]
    ValidatorSet(#[from] LearnError),
    /// The answer contradicts the request or the set of its root. Fault: peer.
    #[error("the field {field} contradicts the request or the root")]
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

/// Why an update of the validator set could not be submitted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitUpdateError {
    /// The gateway could not be reached, or refused. Fault: that of the source.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer is about another update. Fault: peer.
    #[error("the gateway accepted update {found}, expected {expected}")]
    OtherUpdate {
        /// The update of the answer.
        found: Digest,
        /// The submitted update.
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
