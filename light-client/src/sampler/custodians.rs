//! Where the custodians of a validator set are found.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use weft_chain::{Genesis, PublicKey, ValidatorSet};
use weft_encoding::Digest;
use weft_network::{Multiaddr, PeerId, with_peer};
use weft_sampling::{AssignmentError, ColumnSet, CustodyAssignment};

use crate::ConfigError;

/// Assignments kept; there is one for each validator set.
const MAX_ASSIGNMENTS: usize = 16;

/// One peer and the columns that are assigned to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Custodian {
    pub(crate) peer: PeerId,
    pub(crate) columns: ColumnSet,
    /// Whether the genesis says where it listens; otherwise it can be asked only while connected.
    pub(crate) has_address: bool,
}

/// The validators' peers, and the assignments of the sets that were asked for.
#[derive(Debug)]
pub(crate) struct Directory {
    peers: HashMap<PublicKey, (PeerId, Vec<Multiaddr>)>,
    assignments: Mutex<HashMap<Digest, Arc<[Custodian]>>>,
}

impl Directory {
    /// Reads peer ids and addresses from the genesis.
    ///
    /// # Errors
    /// [`ConfigError::PeerId`] or [`ConfigError::Address`] naming the validator.
    pub(crate) fn new(genesis: &Genesis) -> Result<Self, ConfigError> {
        let mut peers = HashMap::new();
        for validator in &genesis.validators {
            let name = || validator.name.clone();
            let peer: PeerId = validator.peer_id.parse().map_err(|_| ConfigError::PeerId {
                validator: name(),
                value: validator.peer_id.clone(),
            })?;
            let addresses = validator
                .addresses
                .iter()
                .map(|text| {
                    let address = text.parse::<Multiaddr>().ok();
                    address
                        .and_then(|address| with_peer(address, peer).ok())
                        .ok_or_else(|| ConfigError::Address {
                            validator: name(),
                            value: text.clone(),
                        })
                })
                .collect::<Result<Vec<_>, _>>()?;
            peers.insert(validator.public_key, (peer, addresses));
        }
        Ok(Self {
            peers,
            assignments: Mutex::new(HashMap::new()),
        })
    }

    /// Every known peer with its addresses, each ending in `/p2p/` and the peer's id.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (PeerId, &[Multiaddr])> {
        self.peers
            .values()
            .map(|(peer, addresses)| (*peer, addresses.as_slice()))
    }

    /// The custodians of a set, each peer once.
    ///
    /// Blocks for as long as [`CustodyAssignment::new`] takes when the set is new.
    ///
    /// # Errors
    /// As [`CustodyAssignment::new`].
    pub(crate) fn custodians(
        &self,
        set: &ValidatorSet,
    ) -> Result<Arc<[Custodian]>, AssignmentError> {
        let root = set.root();
        if let Some(known) = self.cached(&root) {
            return Ok(known);
        }
        let assignment = CustodyAssignment::new(set)?;
        let mut by_peer: BTreeMap<PeerId, Custodian> = BTreeMap::new();
        for (index, validator) in set.iter() {
            let Some((peer, addresses)) = self.peers.get(&validator.public_key) else {
                continue;
            };
            let custodian = by_peer.entry(*peer).or_insert(Custodian {
                peer: *peer,
                columns: ColumnSet::EMPTY,
                has_address: !addresses.is_empty(),
            });
            custodian.columns = custodian.columns.union(assignment.columns_of(index));
        }
        let custodians: Arc<[Custodian]> = by_peer.into_values().collect();
        let mut assignments = self
            .assignments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if assignments.len() >= MAX_ASSIGNMENTS {
            assignments.clear();
        }
        assignments.insert(root, Arc::clone(&custodians));
        Ok(custodians)
    }

    fn cached(&self, root: &Digest) -> Option<Arc<[Custodian]>> {
        let assignments = self
            .assignments
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        assignments.get(root).map(Arc::clone)
    }
}
