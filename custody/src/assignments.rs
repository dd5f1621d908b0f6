//! Custody assignments by validator set, computed once each.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use weft_chain::ValidatorSet;
use weft_encoding::Digest;
use weft_sampling::{AssignmentError, CustodyAssignment, Holders};

/// Sets whose assignments are kept: the current one, its neighbours and some room.
const KEPT: NonZeroUsize = NonZeroUsize::new(8).expect("not zero");

/// The custody assignments of the validator sets that were asked for. Clones share them.
#[derive(Clone, Debug)]
pub struct Assignments {
    by_root: Arc<Mutex<LruCache<Digest, Arc<CustodyAssignment>>>>,
}

impl Default for Assignments {
    fn default() -> Self {
        Self {
            by_root: Arc::new(Mutex::new(LruCache::new(KEPT))),
        }
    }
}

impl Assignments {
    /// Who holds which column under `set`. Costs a search the first time; see
    /// [`CustodyAssignment::new`].
    ///
    /// # Errors
    /// [`AssignmentError`]: the set cannot be assigned. Caller.
    pub fn of(&self, set: &ValidatorSet) -> Result<Arc<CustodyAssignment>, AssignmentError> {
        // Held through the search, so that callers that come together search once. The map is
        // valid after a panic of another holder: its entries are complete or absent.
        let mut by_root = self.by_root.lock().unwrap_or_else(PoisonError::into_inner);
        let root = set.root();
        if let Some(assignment) = by_root.get(&root) {
            return Ok(Arc::clone(assignment));
        }
        let assignment = Arc::new(CustodyAssignment::new(set)?);
        by_root.put(root, Arc::clone(&assignment));
        Ok(assignment)
    }

    /// Who may hold what by any of these sets, the custodians of the first first. Costs as
    /// [`Assignments::of`] for each.
    ///
    /// # Errors
    /// [`AssignmentError`]: a set cannot be assigned. Caller.
    pub fn holders<'a>(
        &self,
        sets: impl IntoIterator<Item = &'a ValidatorSet>,
    ) -> Result<Holders, AssignmentError> {
        let assignments: Vec<_> = sets
            .into_iter()
            .map(|set| Ok((set, self.of(set)?)))
            .collect::<Result<_, AssignmentError>>()?;
        Ok(Holders::new(
            assignments
                .iter()
                .map(|(set, assignment)| (*set, assignment.as_ref())),
        ))
    }
}
