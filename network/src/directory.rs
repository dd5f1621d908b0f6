//! The directory: the validators' peer ids and addresses.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use libp2p::{Multiaddr, PeerId};
use tokio::sync::watch;
use weft_chain::{Genesis, PublicKey, ValidatorEntry, ValidatorIndex, ValidatorSet};
use weft_encoding::Fault;

use crate::with_peer;

/// Why validators' contacts are refused. Always the caller's fault: the genesis or the update is
/// wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// A peer id does not parse.
    #[error("validator {name}: peer id {value:?}")]
    PeerId {
        /// The validator's name.
        name: String,
        /// The value in the entry.
        value: String,
        /// Why.
        source: libp2p::identity::ParseError,
    },
    /// An address does not parse.
    #[error("validator {name}: address {value:?}")]
    Address {
        /// The validator's name.
        name: String,
        /// The value in the entry.
        value: String,
        /// Why.
        source: libp2p::multiaddr::Error,
    },
    /// An address ends in the peer id of another peer.
    #[error("validator {name}: address {value:?} is of another peer than {peer}")]
    OtherPeer {
        /// The validator's name.
        name: String,
        /// The value in the entry.
        value: String,
        /// The validator's peer id.
        peer: Box<PeerId>,
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

/// The identity and addresses of one validator in the network.
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
    /// Where its consensus engine can be dialled.
    pub consensus_addresses: Vec<Multiaddr>,
}

impl Contact {
    /// Reads the contact of a validator's entry.
    ///
    /// # Errors
    /// [`DirectoryError`]: a peer id or an address that does not parse, or an address of another
    /// peer. Caller.
    pub fn of(entry: &ValidatorEntry) -> Result<Self, DirectoryError> {
        Self::read(entry, &mut Err)
    }

    /// Reads the contact of a validator's entry without the addresses that are invalid.
    ///
    /// # Errors
    /// [`DirectoryError::PeerId`]. Caller.
    fn usable(entry: &ValidatorEntry) -> Result<Self, DirectoryError> {
        Self::read(entry, &mut |error| {
            tracing::warn!(%error, "a validator's address is invalid and skipped");
            Ok(())
        })
    }

    /// `on_invalid` says whether an invalid address fails the entry or is left out.
    fn read(
        entry: &ValidatorEntry,
        on_invalid: &mut dyn FnMut(DirectoryError) -> Result<(), DirectoryError>,
    ) -> Result<Self, DirectoryError> {
        let peer: PeerId = entry
            .peer_id
            .parse()
            .map_err(|source| DirectoryError::PeerId {
                name: entry.name.clone(),
                value: entry.peer_id.clone(),
                source,
            })?;
        let mut parse = |texts: &[String]| {
            let mut addresses = Vec::with_capacity(texts.len());
            for text in texts {
                match address_of(&entry.name, peer, text) {
                    Ok(address) => addresses.push(address),
                    Err(error) => on_invalid(error)?,
                }
            }
            Ok(addresses)
        };
        Ok(Self {
            name: entry.name.clone(),
            public_key: entry.public_key,
            peer,
            addresses: parse(&entry.addresses)?,
            consensus_addresses: parse(&entry.consensus_addresses)?,
        })
    }

    /// The addresses to dial, each ending in `/p2p/` and the validator's peer id.
    pub fn dial_addresses(&self) -> impl Iterator<Item = Multiaddr> {
        let addresses = self.addresses.iter().cloned();
        addresses.filter_map(|address| with_peer(address, self.peer).ok())
    }

    /// Reads the contacts of one validator set.
    ///
    /// # Errors
    /// As [`Contact::of`], and [`DirectoryError::DuplicatePeer`] when two have the same peer id.
    /// Caller.
    pub fn all_of(entries: &[ValidatorEntry]) -> Result<Vec<Self>, DirectoryError> {
        let mut contacts: Vec<Self> = Vec::with_capacity(entries.len());
        let mut names: HashMap<PeerId, String> = HashMap::new();
        for entry in entries {
            let contact = Self::of(entry)?;
            if let Some(first) = names.insert(contact.peer, contact.name.clone()) {
                return Err(DirectoryError::DuplicatePeer {
                    first,
                    second: contact.name,
                    peer: Box::new(contact.peer),
                });
            }
            contacts.push(contact);
        }
        Ok(contacts)
    }
}

/// Reads an address of the validator `name`, whose peer id is `peer`.
fn address_of(name: &str, peer: PeerId, text: &str) -> Result<Multiaddr, DirectoryError> {
    let address: Multiaddr = text.parse().map_err(|source| DirectoryError::Address {
        name: name.to_owned(),
        value: text.to_owned(),
        source,
    })?;
    match with_peer(address.clone(), peer) {
        Ok(_) => Ok(address),
        Err(_) => Err(DirectoryError::OtherPeer {
            name: name.to_owned(),
            value: text.to_owned(),
            peer: Box::new(peer),
        }),
    }
}

/// The network identities of validators, by key and by peer id. Clones share one directory, which
/// grows as validators join.
///
/// Validators are identified by key, so the directory stays right when a change of the set moves
/// indices. Validators that have left stay listed, because they still hold columns.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    contacts: RwLock<Contacts>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Contacts {
    /// In the order in which they were learnt.
    keys: Vec<PublicKey>,
    by_key: HashMap<PublicKey, Arc<Contact>>,
    /// One peer may have had several keys, the latest last.
    by_peer: HashMap<PeerId, Vec<PublicKey>>,
}

impl Contacts {
    fn put(&mut self, contact: Contact) {
        let key = contact.public_key;
        let peer = contact.peer;
        match self.by_key.insert(key, Arc::new(contact)) {
            None => self.keys.push(key),
            Some(earlier) => {
                if let Some(keys) = self.by_peer.get_mut(&earlier.peer) {
                    keys.retain(|known| *known != key);
                }
            }
        }
        self.by_peer.entry(peer).or_default().push(key);
    }
}

impl Directory {
    /// The directory of the genesis validators.
    ///
    /// # Errors
    /// [`DirectoryError`]: a peer id or an address that does not parse, or a peer id used twice.
    /// Caller.
    pub fn from_genesis(genesis: &Genesis) -> Result<Self, DirectoryError> {
        let directory = Self::default();
        directory.add(Contact::all_of(&genesis.validators)?);
        Ok(directory)
    }

    /// Adds the validators of a decided update. A later entry of the same key wins.
    ///
    /// The chain decides who is a validator, so an entry whose peer id does not parse and addresses
    /// that are invalid are skipped, not refused. That validator is reachable once it dials this node.
    pub fn learn(&self, entries: &[ValidatorEntry]) {
        let contacts = entries
            .iter()
            .filter_map(|entry| match Contact::usable(entry) {
                Ok(contact) => Some(contact),
                Err(error) => {
                    tracing::warn!(%error, "a validator's contact is invalid and skipped");
                    None
                }
            });
        self.add(contacts.collect());
    }

    fn add(&self, contacts: Vec<Contact>) {
        {
            let mut known = self.lock_for_change();
            contacts.into_iter().for_each(|contact| known.put(contact));
        }
        self.shared.changes.send_modify(|changes| *changes += 1);
    }

    /// Wakes after validators were learnt; the value counts how often.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// All validators that are known now, in the order in which they were learnt.
    pub fn iter(&self) -> impl Iterator<Item = Arc<Contact>> + use<> {
        let known = self.lock();
        let contacts: Vec<_> = known
            .keys
            .iter()
            .filter_map(|key| known.by_key.get(key).cloned())
            .collect();
        contacts.into_iter()
    }

    /// The validator with this key.
    #[must_use]
    pub fn by_key(&self, key: &PublicKey) -> Option<Arc<Contact>> {
        self.lock().by_key.get(key).cloned()
    }

    /// The known validators of a set, in the set's order.
    #[must_use]
    pub fn of_set(&self, set: &ValidatorSet) -> Vec<Arc<Contact>> {
        let known = self.lock();
        let contacts = set
            .iter()
            .filter_map(|(_, validator)| known.by_key.get(&validator.public_key).cloned());
        contacts.collect()
    }

    /// The validator with this peer id; under its latest key, if it had several.
    #[must_use]
    pub fn by_peer(&self, peer: &PeerId) -> Option<Arc<Contact>> {
        let known = self.lock();
        let key = known.by_peer.get(peer)?.last()?;
        known.by_key.get(key).cloned()
    }

    /// The peer of the validator at `index` of `set`.
    #[must_use]
    pub fn peer_of(&self, set: &ValidatorSet, index: ValidatorIndex) -> Option<PeerId> {
        Some(self.by_key(&set.get(index)?.public_key)?.peer)
    }

    /// The index in `set` of the validator with this peer id.
    #[must_use]
    pub fn index_of(&self, set: &ValidatorSet, peer: &PeerId) -> Option<ValidatorIndex> {
        let known = self.lock();
        let keys = known.by_peer.get(peer)?;
        keys.iter().rev().find_map(|key| set.index_of(key))
    }

    /// The maps are written one after the other by calls that do not fail, so no panic leaves a
    /// change half done.
    fn lock(&self) -> RwLockReadGuard<'_, Contacts> {
        self.shared
            .contacts
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_for_change(&self) -> RwLockWriteGuard<'_, Contacts> {
        self.shared
            .contacts
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use libp2p::identity::Keypair;
    use weft_test_chain::TestChain;

    use super::*;

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
            assert_eq!(directory.by_peer(&contact.peer), Some(Arc::clone(&contact)));
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
        let mut four = genesis();
        let other = &four.validators[0].peer_id;
        let address = format!("/ip4/127.0.0.1/tcp/1/p2p/{other}");
        four.validators[1].addresses = vec![address];
        let error = Directory::from_genesis(&four).unwrap_err();
        assert!(matches!(error, DirectoryError::OtherPeer { .. }), "{error}");
    }

    #[test]
    fn clones_learn_of_validators_that_join_and_move() {
        let genesis = genesis();
        let directory = Directory::from_genesis(&genesis).unwrap();
        let clone = directory.clone();
        let mut changes = clone.changes();
        changes.mark_unchanged();
        let five = TestChain::new(5);
        let mut moved = genesis.validators[0].clone();
        moved.addresses = vec!["/ip4/127.0.0.1/tcp/99".into()];
        moved.consensus_addresses = vec!["/ip4/127.0.0.1/tcp/98".into()];
        let mut unusable = five.genesis.validators[3].clone();
        unusable.peer_id = "nobody".into();
        let newcomer = five.genesis.validators[4].clone();
        directory.learn(&[moved.clone(), unusable.clone(), newcomer.clone()]);

        assert!(changes.has_changed().unwrap());
        assert_eq!(clone.iter().count(), 4);
        let contact = clone.by_key(&moved.public_key).unwrap();
        assert_eq!(
            contact.addresses,
            ["/ip4/127.0.0.1/tcp/99".parse().unwrap()]
        );
        assert_eq!(contact.consensus_addresses.len(), 1);
        assert_eq!(clone.by_key(&unusable.public_key), None);
        let place = five.set.index_of(&newcomer.public_key).unwrap();
        let peer = clone.peer_of(&five.set, place).unwrap();
        assert_eq!(clone.index_of(&five.set, &peer), Some(place));
    }

    #[test]
    fn later_contacts_win_and_bad_ones_change_nothing() {
        let chain = TestChain::new(2);
        let directory = Directory::from_genesis(&chain.genesis).unwrap();
        let mut entry = chain.genesis.validators[0].clone();
        let before = directory.by_key(&entry.public_key).unwrap();
        assert_eq!(before.addresses, []);

        entry.addresses = vec!["/ip4/127.0.0.1/tcp/7".into(), "nonsense".into()];
        directory.learn(std::slice::from_ref(&entry));
        let after = directory.by_key(&entry.public_key).unwrap();
        let expected = format!("/ip4/127.0.0.1/tcp/7/p2p/{}", before.peer);
        let dialled: Vec<Multiaddr> = after.dial_addresses().collect();
        assert_eq!(dialled, [expected.parse().unwrap()]);

        entry.peer_id = "no peer id".into();
        directory.learn(std::slice::from_ref(&entry));
        assert_eq!(directory.by_key(&entry.public_key).unwrap(), after);
        assert_eq!(directory.iter().count(), 2);
        assert_eq!(directory.of_set(&chain.set).len(), 2);
    }

    #[test]
    fn a_peer_with_a_new_key_is_found_under_both() {
        let genesis = genesis();
        let directory = Directory::from_genesis(&genesis).unwrap();
        let mut rotated = TestChain::new(5).genesis.validators[4].clone();
        rotated.peer_id = genesis.validators[0].peer_id.clone();
        directory.learn(std::slice::from_ref(&rotated));

        let peer = rotated.peer_id.parse().unwrap();
        let contact = directory.by_peer(&peer).unwrap();
        assert_eq!(contact.public_key, rotated.public_key);
        let old = genesis.validator_set().unwrap();
        assert_eq!(directory.index_of(&old, &peer).unwrap().get(), 0);
        let new = ValidatorSet::new(vec![rotated.validator()]).unwrap();
        assert_eq!(directory.index_of(&new, &peer).unwrap().get(), 0);
    }
}
