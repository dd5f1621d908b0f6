//! Who holds the columns of a block.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use weft_chain::ValidatorSet;
use weft_encoding::Digest;
use weft_network::{Directory, PeerId};
use weft_sampling::{AssignmentError, ColumnSet, CustodyAssignment, Holders, session::Tier};

/// Assignments kept; there is one for each validator set.
const MAX_ASSIGNMENTS: usize = 16;

/// One peer and the columns that are assigned to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Custodian {
    pub(crate) peer: PeerId,
    pub(crate) columns: ColumnSet,
    /// A custodian of the current set is asked before one that is only of others.
    pub(crate) tier: Tier,
    /// Whether it is known where it listens; otherwise it can be asked only while connected.
    pub(crate) has_address: bool,
}

/// The custodians of validator sets, found through the directory.
#[derive(Debug)]
pub(crate) struct Custodians {
    directory: Directory,
    assignments: Mutex<HashMap<Digest, Arc<CustodyAssignment>>>,
}

impl Custodians {
    pub(crate) fn new(directory: Directory) -> Self {
        Self {
            directory,
            assignments: Mutex::new(HashMap::new()),
        }
    }

    /// Who may hold columns of a block by these sets, the current one first; each peer once.
    ///
    /// A peer of several sets is asked for the columns of each.
    ///
    /// Blocks for as long as [`CustodyAssignment::new`] takes when a set is new.
    ///
    /// # Errors
    /// As [`CustodyAssignment::new`].
    pub(crate) fn of_sets(
        &self,
        sets: &[&ValidatorSet],
    ) -> Result<Arc<[Custodian]>, AssignmentError> {
        let assignments = sets.iter().map(|set| self.assignment(set));
        let assignments: Vec<_> = assignments.collect::<Result<_, _>>()?;
        let by_set = assignments.iter().map(Arc::as_ref);
        let holders = Holders::new(sets.iter().copied().zip(by_set));
        let mut by_peer = BTreeMap::new();
        for holder in holders.iter() {
            let Some(contact) = self.directory.by_key(&holders.key(holder)) else {
                continue;
            };
            let custodian = by_peer.entry(contact.peer).or_insert(Custodian {
                peer: contact.peer,
                columns: ColumnSet::EMPTY,
                tier: Tier::Fallback,
                has_address: false,
            });
            custodian.has_address |= !contact.addresses.is_empty();
            custodian.columns = custodian.columns.union(holders.columns(holder));
            if holders.is_current(holder) {
                custodian.tier = Tier::Custodian;
            }
        }
        Ok(by_peer.into_values().collect())
    }

    fn assignment(&self, set: &ValidatorSet) -> Result<Arc<CustodyAssignment>, AssignmentError> {
        let root = set.root();
        let lock = || {
            self.assignments
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = lock().get(&root).map(Arc::clone) {
            return Ok(known);
        }
        let made = Arc::new(CustodyAssignment::new(set)?);
        let mut assignments = lock();
        if assignments.len() >= MAX_ASSIGNMENTS {
            assignments.clear();
        }
        assignments.insert(root, Arc::clone(&made));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::{GrowingChain, identity, key};

    use super::*;

    #[test]
    fn the_newest_set_comes_before_the_blocks_own() {
        let mut chain = GrowingChain::new("custodians-test", 4);
        let directory = Directory::from_genesis(&chain.genesis).unwrap();
        let custodians = Custodians::new(directory.clone());
        let first = chain.validators.set.clone();
        let only = custodians.of_sets(&[&first]).unwrap();
        assert_eq!(only.len(), 4);
        assert!(
            only.iter()
                .all(|custodian| custodian.tier == Tier::Custodian)
        );

        // Validator 0 leaves, validator 4 comes.
        let update = chain.change(&[1, 2, 3, 4], 1);
        directory.learn(&update.update.validators);
        let newest = update.update.validator_set().unwrap();
        let moved = custodians.of_sets(&[&newest, &first]).unwrap();
        assert_eq!(moved.len(), 5);
        let (old, new) = (
            CustodyAssignment::new(&first).unwrap(),
            CustodyAssignment::new(&newest).unwrap(),
        );
        for (i, tier) in [
            (0, Tier::Fallback),
            (1, Tier::Custodian),
            (4, Tier::Custodian),
        ] {
            let peer = identity(i).public().to_peer_id();
            let custodian = moved.iter().find(|c| c.peer == peer).unwrap();
            let columns = [(&first, &old), (&newest, &new)]
                .into_iter()
                .filter_map(|(set, assignment)| {
                    let key = key(i).public_key();
                    Some(assignment.columns_of(set.index_of(&key)?))
                })
                .fold(ColumnSet::EMPTY, ColumnSet::union);
            assert_eq!((custodian.tier, custodian.columns), (tier, columns), "{i}");
        }
    }
}
