//! Who is who: the validators' peer ids and addresses.

use std::collections::HashMap;

use libp2p::{Multiaddr, PeerId};
use weft_chain::{Genesis, PublicKey, ValidatorIndex, ValidatorSet};
use weft_encoding::Fault;

/// Why a genesis gives no directory. Always the caller's fault: the genesis is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// A peer id does not parse.
    #[error("validator {name}: peer id {value:?}")]
    PeerId {
        /// The validator's name.
        name: String,
        /// What the genesis says.
        value: String,
        /// Why.
        source: libp2p::identity::ParseError,
    },
    /// An address does not parse.
    #[error("validator {name}: address {value:?}")]
    Address {
        /// The validator's name.
        name: String,
        /// What the genesis says.
        value: String,
        /// Why.
        source: libp2p::multiaddr::Error,
    },
    /// Two validators have the same peer id.
    #[error("validators {first} and {second} have the same peer id {peer}")]
    DuplicatePeer {
        /// The earlier one.
        first: String,
        /// The later one.
        second: String,
        /// Their peer id.
        peer: Box<PeerId>,
    },
}

impl DirectoryError {
    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// One validator in the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its name, for people.
    pub name: String,
    /// Its key in certificates.
    pub public_key: PublicKey,
    /// Its identity in the network.
    pub peer: PeerId,
    /// Where it can be dialled.
    pub addresses: Vec<Multiaddr>,
}

/// The network identities of validators, by key and by peer id.
///
/// It names validators by their key, so it stays right when a change of the set moves indices.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    contacts: Vec<Contact>,
    by_key: HashMap<PublicKey, usize>,
    by_peer: HashMap<PeerId, usize>,
}

impl Directory {
    /// The directory of the genesis validators.
    ///
    /// # Errors
    /// [`DirectoryError`]: a peer id or an address that does not parse, or a peer id used twice.
    /// Caller.
    pub fn from_genesis(genesis: &Genesis) -> Result<Self, DirectoryError> {
        let mut directory = Self::default();
        for validator in &genesis.validators {
            let name = || validator.name.clone();
            let peer = validator
                .peer_id
                .parse()
                .map_err(|source| DirectoryError::PeerId {
                    name: name(),
                    value: validator.peer_id.clone(),
                    source,
                })?;
            let addresses = validator.addresses.iter().map(|value| {
                value.parse().map_err(|source| DirectoryError::Address {
                    name: name(),
                    value: value.clone(),
                    source,
                })
            });
            directory.add(Contact {
                name: name(),
                public_key: validator.public_key,
                peer,
                addresses: addresses.collect::<Result<_, _>>()?,
            })?;
        }
        Ok(directory)
    }

    fn add(&mut self, contact: Contact) -> Result<(), DirectoryError> {
        if let Some(earlier) = self.by_peer(&contact.peer) {
            return Err(DirectoryError::DuplicatePeer {
                first: earlier.name.clone(),
                second: contact.name,
                peer: Box::new(contact.peer),
            });
        }
        let place = self.contacts.len();
        self.by_key.insert(contact.public_key, place);
        self.by_peer.insert(contact.peer, place);
        self.contacts.push(contact);
        Ok(())
    }

    /// All validators.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.iter()
    }

    /// The validator with this key.
    pub fn by_key(&self, key: &PublicKey) -> Option<&Contact> {
        self.by_key
            .get(key)
            .and_then(|&place| self.contacts.get(place))
    }

    /// The validator with this peer id.
    pub fn by_peer(&self, peer: &PeerId) -> Option<&Contact> {
        self.by_peer
            .get(peer)
            .and_then(|&place| self.contacts.get(place))
    }

    /// The peer of the validator at `index` of `set`.
    pub fn peer_of(&self, set: &ValidatorSet, index: ValidatorIndex) -> Option<PeerId> {
        Some(self.by_key(&set.get(index)?.public_key)?.peer)
    }

    /// The place in `set` of the validator that is this peer.
    pub fn index_of(&self, set: &ValidatorSet, peer: &PeerId) -> Option<ValidatorIndex> {
        set.index_of(&self.by_peer(peer)?.public_key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use libp2p::identity::Keypair;

    use super::*;
    use crate::fixtures::TestChain;

    fn genesis() -> Genesis {
        let mut genesis = TestChain::new(3).genesis;
        for (validator, seed) in genesis.validators.iter_mut().zip(1..) {
            let keypair = Keypair::ed25519_from_bytes([seed; 32]).unwrap();
            validator.peer_id = keypair.public().to_peer_id().to_string();
            validator.addresses = vec![format!("/ip4/127.0.0.1/tcp/{seed}")];
        }
        genesis
    }

    #[test]
    fn validators_are_found_by_key_peer_and_place() {
        let genesis = genesis();
        let set = genesis.validator_set().unwrap();
        let directory = Directory::from_genesis(&genesis).unwrap();
        assert_eq!(directory.iter().count(), 3);
        for (index, validator) in set.iter() {
            let contact = directory.by_key(&validator.public_key).unwrap();
            assert_eq!(directory.by_peer(&contact.peer), Some(contact));
            assert_eq!(directory.peer_of(&set, index), Some(contact.peer));
            assert_eq!(directory.index_of(&set, &contact.peer), Some(index));
            assert_eq!(contact.name, format!("validator-{index}"));
        }
        assert_eq!(directory.by_peer(&PeerId::random()), None);
    }

    #[test]
    fn a_wrong_genesis_is_named() {
        let mut one = genesis();
        one.validators[1].peer_id = "nobody".into();
        let error = Directory::from_genesis(&one).unwrap_err();
        assert_eq!(
            error.to_string(),
            "validator validator-1: peer id \"nobody\""
        );
        let mut two = genesis();
        two.validators[2].addresses.push("127.0.0.1:1".into());
        let error = Directory::from_genesis(&two).unwrap_err();
        assert_eq!(
            error.to_string(),
            "validator validator-2: address \"127.0.0.1:1\""
        );
        let mut three = genesis();
        three.validators[2].peer_id = three.validators[0].peer_id.clone();
        let error = Directory::from_genesis(&three).unwrap_err();
        assert!(matches!(error, DirectoryError::DuplicatePeer { .. }));
    }
}
