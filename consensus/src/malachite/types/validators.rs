//! The validator set, in the form that consensus uses.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_malachitebft_app::types::core::{
    Validator as EngineValidator, ValidatorSet as EngineValidatorSet, VotingPower,
};
use weft_chain::{PublicKey, ValidatorIndex, ValidatorSet};

use super::{ValidatorAddress, WeftContext};

/// A validator: its key, its name, and its stake as voting power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsensusValidator {
    address: ValidatorAddress,
    public_key: PublicKey,
    stake: u64,
}

impl EngineValidator<WeftContext> for ConsensusValidator {
    fn address(&self) -> &ValidatorAddress {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn voting_power(&self) -> VotingPower {
        self.stake
    }
}

/// A [`ValidatorSet`] with look-up by address. Cheap to clone.
///
/// The order is the set's own, which its root binds, so it is the same at every node.
#[derive(Clone)]
pub(crate) struct ConsensusValidators(Arc<Inner>);

struct Inner {
    set: ValidatorSet,
    validators: Vec<ConsensusValidator>,
    places: HashMap<ValidatorAddress, usize>,
}

impl ConsensusValidators {
    /// The view of a set. Cost: one table entry per validator.
    #[must_use]
    pub(crate) fn new(set: ValidatorSet) -> Self {
        let validators: Vec<ConsensusValidator> = set
            .validators()
            .iter()
            .map(|validator| ConsensusValidator {
                address: (&validator.public_key).into(),
                public_key: validator.public_key,
                stake: validator.stake,
            })
            .collect();
        let places = validators
            .iter()
            .enumerate()
            .map(|(place, validator)| (validator.address, place))
            .collect();
        Self(Arc::new(Inner {
            set,
            validators,
            places,
        }))
    }

    /// The set itself.
    #[must_use]
    pub(crate) fn set(&self) -> &ValidatorSet {
        &self.0.set
    }

    /// The validator at an index of the set.
    #[must_use]
    pub(crate) fn at(&self, index: ValidatorIndex) -> Option<&ConsensusValidator> {
        self.0.validators.get(index.get())
    }
}

impl EngineValidatorSet<WeftContext> for ConsensusValidators {
    fn count(&self) -> usize {
        self.0.validators.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.0.set.total_stake()
    }

    fn get_by_address(&self, address: &ValidatorAddress) -> Option<&ConsensusValidator> {
        self.0.validators.get(*self.0.places.get(address)?)
    }

    fn get_by_index(&self, index: usize) -> Option<&ConsensusValidator> {
        self.0.validators.get(index)
    }
}

impl PartialEq for ConsensusValidators {
    fn eq(&self, other: &Self) -> bool {
        self.0.set == other.0.set
    }
}

impl Eq for ConsensusValidators {}

impl fmt::Debug for ConsensusValidators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.set.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use arc_malachitebft_app::types::core::ThresholdParams;
    use weft_chain::MAX_TOTAL_STAKE;

    /// The engine multiplies voting power in 64 bits and panics on overflow.
    #[test]
    fn the_largest_stake_is_counted() {
        let thresholds = ThresholdParams::default();
        for threshold in [thresholds.quorum, thresholds.honest] {
            assert!(threshold.is_met(MAX_TOTAL_STAKE, MAX_TOTAL_STAKE));
            assert!(!threshold.is_met(0, MAX_TOTAL_STAKE));
        }
    }
}
