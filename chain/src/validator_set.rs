//! The validators of a height and their stake.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use weft_encoding::{Digest, Fault, merkle};

use crate::hashing::{tag, tagged_hash};
use crate::{MAX_VALIDATORS, PublicKey, SignatureError, SignerBitmap, Validator, ValidatorIndex};

/// The most stake that all validators have together: a third of what a u64 holds.
///
/// To compare stake with two thirds of the total, consensus engines multiply it by three in 64 bits. An
/// overflow would stop every node at the same height, for ever.
pub const MAX_TOTAL_STAKE: u64 = u64::MAX / 3;

/// A checked set of validators, in a fixed order that its root binds.
///
/// Only [`ValidatorSet::new`] makes one, and it verifies every proof of possession; there is no
/// decoding. To send a set, send its validators. Cloning is cheap.
#[derive(Clone)]
pub struct ValidatorSet(Arc<Inner>);

struct Inner {
    validators: Vec<Validator>,
    places: BTreeMap<PublicKey, ValidatorIndex>,
    total_stake: u64,
    root: Digest,
}

/// Why validators do not make a set (fault: caller).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidatorSetError {
    /// No validator, or too many.
    #[error("a validator set has {validators} validators, it takes 1 to {MAX_VALIDATORS}")]
    SizeOutOfRange {
        /// The number of validators.
        validators: usize,
    },
    /// A validator without stake.
    #[error("validator {index} has no stake, it takes at least 1")]
    ZeroStake {
        /// Its index.
        index: usize,
    },
    /// The stakes add up to too much.
    #[error("the stake up to validator {index} is above the limit of {MAX_TOTAL_STAKE}")]
    StakeOverflow {
        /// The validator whose stake exceeds the limit.
        index: usize,
    },
    /// One key twice.
    #[error("validators {first} and {second} have the same public key {key}")]
    DuplicateKey {
        /// Index of the first.
        first: usize,
        /// Index of the second.
        second: usize,
        /// The key.
        key: Box<PublicKey>,
    },
    /// A proof of possession does not verify.
    #[error("the proof of possession of validator {index} is refused: {source}")]
    ProofOfPossession {
        /// Its index.
        index: usize,
        /// Why.
        source: SignatureError,
    },
}

impl ValidatorSetError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

impl ValidatorSet {
    /// Checks validators and fixes their order.
    ///
    /// Costs a signature verification a validator, about a millisecond each.
    ///
    /// # Errors
    /// [`ValidatorSetError`] for an empty or too large set, zero or overflowing stake, a key that
    /// comes twice, or a proof of possession that does not verify (fault: caller).
    pub fn new(validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        let count = validators.len();
        if !(1..=MAX_VALIDATORS).contains(&count) {
            return Err(ValidatorSetError::SizeOutOfRange { validators: count });
        }
        let mut places = BTreeMap::new();
        let mut total_stake = 0u64;
        for (index, validator) in validators.iter().enumerate() {
            if validator.stake == 0 {
                return Err(ValidatorSetError::ZeroStake { index });
            }
            total_stake = total_stake
                .checked_add(validator.stake)
                .filter(|total| *total <= MAX_TOTAL_STAKE)
                .ok_or(ValidatorSetError::StakeOverflow { index })?;
            let key = validator.public_key;
            let place = ValidatorIndex::new(index)
                .map_err(|_| ValidatorSetError::SizeOutOfRange { validators: count })?;
            if let Some(first) = places.insert(key, place) {
                let first = first.get();
                let key = Box::new(key);
                return Err(ValidatorSetError::DuplicateKey {
                    first,
                    second: index,
                    key,
                });
            }
        }
        for (index, validator) in validators.iter().enumerate() {
            validator
                .proof_of_possession
                .verify(&validator.public_key)
                .map_err(|source| ValidatorSetError::ProofOfPossession { index, source })?;
        }
        let root = root(&validators, total_stake);
        Ok(Self(Arc::new(Inner {
            validators,
            places,
            total_stake,
            root,
        })))
    }

    /// The number of validators, at least 1.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a validator set is never empty"
    )]
    pub fn len(&self) -> usize {
        self.0.validators.len()
    }

    /// The validator with this index.
    #[must_use]
    pub fn get(&self, index: ValidatorIndex) -> Option<&Validator> {
        self.0.validators.get(index.get())
    }

    /// The validators with their indices, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ValidatorIndex, &Validator)> {
        self.0
            .validators
            .iter()
            .enumerate()
            .map(|(index, validator)| {
                let index = ValidatorIndex::new(index).expect("the constructor limits the size");
                (index, validator)
            })
    }

    /// The validators in order, to be sent or stored.
    #[must_use]
    pub fn validators(&self) -> &[Validator] {
        &self.0.validators
    }

    /// The index of the validator with this key.
    #[must_use]
    pub fn index_of(&self, key: &PublicKey) -> Option<ValidatorIndex> {
        self.0.places.get(key).copied()
    }

    /// The stake of all validators together.
    #[must_use]
    pub fn total_stake(&self) -> u64 {
        self.0.total_stake
    }

    /// The stake of the signers; signers outside of the set add nothing.
    #[must_use]
    pub fn stake_of(&self, signers: &SignerBitmap) -> u64 {
        signers
            .iter()
            .filter_map(|index| self.get(index))
            .map(|validator| validator.stake)
            .sum()
    }

    /// Whether `stake` is strictly more than two thirds of all stake.
    #[must_use]
    pub fn has_quorum(&self, stake: u64) -> bool {
        3 * u128::from(stake) > 2 * u128::from(self.0.total_stake)
    }

    /// The root by which headers and certificates name this set.
    ///
    /// It binds the number of validators, their total stake, and every key and stake in order.
    /// It does not bind the proofs of possession, which are a condition of membership.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.0.root
    }
}

/// Tagged hash of the number of validators, the total stake, and the Merkle root over
/// (key, stake).
fn root(validators: &[Validator], total_stake: u64) -> Digest {
    let leaves: Vec<Digest> = validators
        .iter()
        .map(|validator| {
            let mut leaf = [0u8; 56];
            leaf[..48].copy_from_slice(validator.public_key.as_bytes());
            leaf[48..].copy_from_slice(&validator.stake.to_le_bytes());
            merkle::leaf_hash(&leaf)
        })
        .collect();
    let count = u16::try_from(validators.len()).expect("the constructor limits the size");
    tagged_hash(
        tag::VALIDATOR_SET,
        &[
            &count.to_le_bytes(),
            &total_stake.to_le_bytes(),
            merkle::root(&leaves).as_bytes(),
        ],
    )
}

impl PartialEq for ValidatorSet {
    fn eq(&self, other: &Self) -> bool {
        self.0.root == other.0.root
    }
}

impl Eq for ValidatorSet {}

impl fmt::Debug for ValidatorSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidatorSet")
            .field("validators", &self.len())
            .field("total_stake", &self.0.total_stake)
            .field("root", &self.0.root)
            .finish()
    }
}
