//! Where validators are found: what the genesis says, then what updates of the set say.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use tracing::warn;
use weft_chain::{Genesis, PublicKey, ValidatorEntry, ValidatorSet};
use weft_network::{Multiaddr, PeerId, with_peer};

use crate::ConfigError;

/// A validator among peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) peer: PeerId,
    /// Where it listens, each ending in `/p2p/` and the peer's id; empty if nobody says.
    pub(crate) addresses: Vec<Multiaddr>,
}

/// The validators' contacts by key; clones share them.
///
/// Validators of earlier sets stay in it: they keep the columns of old blocks until these expire.
#[derive(Clone, Debug)]
pub(crate) struct Directory(Arc<RwLock<HashMap<PublicKey, Contact>>>);

impl Directory {
    /// Reads peer ids and addresses from the genesis.
    ///
    /// # Errors
    /// [`ConfigError::PeerId`] or [`ConfigError::Address`] naming the validator.
    pub(crate) fn new(genesis: &Genesis) -> Result<Self, ConfigError> {
        let contacts = genesis
            .validators
            .iter()
            .map(|entry| {
                let peer = peer(entry)?;
                let addresses = entry
                    .addresses
                    .iter()
                    .map(|text| address(entry, peer, text))
                    .collect::<Result<_, _>>()?;
                Ok((entry.public_key, Contact { peer, addresses }))
            })
            .collect::<Result<_, ConfigError>>()?;
        Ok(Self(Arc::new(RwLock::new(contacts))))
    }

    /// Takes in the contacts of an approved update; a later one of the same key wins.
    ///
    /// What cannot be dialled is passed over: the validators have approved the text, and the rest
    /// of the set is none the worse for it.
    pub(crate) fn learn(&self, entries: &[ValidatorEntry]) {
        let mut contacts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let peer = match peer(entry) {
                Ok(peer) => peer,
                Err(error) => {
                    warn!(%error, "a validator that cannot be found");
                    continue;
                }
            };
            let addresses = entry
                .addresses
                .iter()
                .filter_map(|text| {
                    address(entry, peer, text)
                        .inspect_err(|error| warn!(%error, "an address that cannot be dialled"))
                        .ok()
                })
                .collect();
            contacts.insert(entry.public_key, Contact { peer, addresses });
        }
    }

    /// The contact of a validator.
    pub(crate) fn get(&self, key: &PublicKey) -> Option<Contact> {
        let contacts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        contacts.get(key).cloned()
    }

    /// The contacts of a set, those that are known, in the set's order.
    pub(crate) fn of(&self, set: &ValidatorSet) -> Vec<Contact> {
        set.iter()
            .filter_map(|(_, validator)| self.get(&validator.public_key))
            .collect()
    }

    /// Every contact.
    pub(crate) fn all(&self) -> Vec<Contact> {
        let contacts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        contacts.values().cloned().collect()
    }
}

fn peer(entry: &ValidatorEntry) -> Result<PeerId, ConfigError> {
    entry.peer_id.parse().map_err(|_| ConfigError::PeerId {
        validator: entry.name.clone(),
        value: entry.peer_id.clone(),
    })
}

/// The address, made sure to be the peer's.
fn address(entry: &ValidatorEntry, peer: PeerId, text: &str) -> Result<Multiaddr, ConfigError> {
    text.parse::<Multiaddr>()
        .ok()
        .and_then(|address| with_peer(address, peer).ok())
        .ok_or_else(|| ConfigError::Address {
            validator: entry.name.clone(),
            value: text.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::test_chain::TestChain;

    #[test]
    fn later_contacts_win_and_bad_ones_change_nothing() {
        let chain = TestChain::new("directory-test", 2);
        let directory = Directory::new(&chain.genesis).unwrap();
        let mut entry = chain.genesis.validators[0].clone();
        let before = directory.get(&entry.public_key).unwrap();
        assert_eq!(before.addresses, []);

        entry.addresses = vec!["/ip4/127.0.0.1/tcp/7".into(), "nonsense".into()];
        directory.learn(std::slice::from_ref(&entry));
        let after = directory.get(&entry.public_key).unwrap();
        let expected = format!("/ip4/127.0.0.1/tcp/7/p2p/{}", before.peer);
        assert_eq!(after.addresses, [expected.parse().unwrap()]);

        entry.peer_id = "no peer id".into();
        directory.learn(std::slice::from_ref(&entry));
        assert_eq!(directory.get(&entry.public_key).unwrap(), after);
        assert_eq!(directory.all().len(), 2);
        assert_eq!(directory.of(&chain.set).len(), 2);
    }

    #[test]
    fn a_genesis_with_a_contact_of_nobody_is_refused() {
        let mut genesis = TestChain::new("directory-test", 1).genesis;
        genesis.validators[0].addresses = vec!["nonsense".into()];
        let error = Directory::new(&genesis).unwrap_err();
        assert!(matches!(error, ConfigError::Address { .. }), "{error}");
        genesis.validators[0].peer_id = String::new();
        let error = Directory::new(&genesis).unwrap_err();
        assert!(matches!(error, ConfigError::PeerId { .. }), "{error}");
    }
}
