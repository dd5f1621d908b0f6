//! Updates of the validator set that wait for a block.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use weft_chain::{Height, SignedValidatorUpdate};
use weft_network::Contact;

use super::UpdateRefusal;
use super::header_rules::HeaderRules;
use super::updates::{check_update, first_inclusion, still_possible};
use crate::store::{Store, StoreError};

/// Most updates that are pending at once. Each is signed by more than two thirds of the stake, so a
/// chain has one or two.
pub const MAX_OFFERED_UPDATES: usize = 4;

/// The verified updates that wait for a block, the same in memory and in the store.
#[derive(Debug)]
pub(super) struct Offers {
    kept: Mutex<Vec<SignedValidatorUpdate>>,
    count: watch::Sender<usize>,
}

impl Offers {
    /// Loads the stored updates that a block from `next` on can still include, and drops the
    /// others.
    ///
    /// # Errors
    /// [`StoreError`] (local).
    pub(super) fn open(
        store: &Store,
        rules: &HeaderRules,
        next: Height,
    ) -> Result<Self, StoreError> {
        let kept = store.offered_updates()?;
        let offers = Self {
            count: watch::Sender::new(kept.len()),
            kept: Mutex::new(kept),
        };
        offers.prune(store, rules, next)?;
        Ok(offers)
    }

    pub(super) fn kept(&self) -> Vec<SignedValidatorUpdate> {
        self.lock().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// Verifies an update and stores it durably. One that is pending already changes nothing.
    ///
    /// # Errors
    /// [`UpdateRefusal`].
    pub(super) fn take(
        &self,
        store: &Store,
        rules: &HeaderRules,
        next: Height,
        signed: SignedValidatorUpdate,
    ) -> Result<(), UpdateRefusal> {
        // Held through the store's commit, so that memory and store stay the same.
        let mut kept = self.lock();
        // The same update with other signers is not verified: that takes a second for a large set,
        // and proposing waits for the lock.
        let id = signed.update.id();
        if kept.iter().any(|known| known.certificate.update_id == id) {
            return Ok(());
        }
        check_update(rules, first_inclusion(rules, next, &signed), &signed)?;
        Contact::all_of(&signed.update.validators)?;
        if kept.len() >= MAX_OFFERED_UPDATES {
            return Err(UpdateRefusal::Full {
                max: MAX_OFFERED_UPDATES,
            });
        }
        let mut more = kept.clone();
        more.push(signed);
        store.keep_offered_updates(&more)?;
        self.count.send_replace(more.len());
        *kept = more;
        Ok(())
    }

    /// Drops the updates that no block from `next` on can include.
    ///
    /// # Errors
    /// [`StoreError`] (local); they are dropped from the store when it is opened again.
    pub(super) fn prune(
        &self,
        store: &Store,
        rules: &HeaderRules,
        next: Height,
    ) -> Result<(), StoreError> {
        let mut kept = self.lock();
        let before = kept.len();
        kept.retain(|signed| still_possible(rules, next, signed));
        if kept.len() == before {
            return Ok(());
        }
        self.count.send_replace(kept.len());
        store.keep_offered_updates(&kept)
    }

    /// The list is complete whenever the lock is released, even by a panic.
    fn lock(&self) -> MutexGuard<'_, Vec<SignedValidatorUpdate>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
