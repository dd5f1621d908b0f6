//! Updates of the validator set that wait for a block.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use weft_chain::{Height, SignedValidatorUpdate};
use weft_network::Contact;

use super::UpdateRefusal;
use super::header_rules::HeaderRules;
use super::updates::{check_update, first_inclusion, still_possible};
use crate::store::{Store, StoreError};

/// Updates that wait at once. Each is signed by more than two thirds of the stake, so a chain has
/// one or two.
pub const MAX_OFFERED_UPDATES: usize = 4;

/// The verified updates that wait for a block, in memory as in the store.
#[derive(Debug)]
pub(super) struct Offers {
    kept: Mutex<Vec<SignedValidatorUpdate>>,
    count: watch::Sender<usize>,
}

impl Offers {
    /// What the store has, without what can no longer be in a block from `next` on.
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

    /// Verifies and keeps an update, durably. One that waits already changes nothing.
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
        // The same update may come with other signers. They are not looked at, because verifying a
        // large set takes a second, and whoever proposes waits for the lock.
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

    /// Drops what can no longer be in a block from `next` on.
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

    /// The list is whole whenever the lock is let go.
    fn lock(&self) -> MutexGuard<'_, Vec<SignedValidatorUpdate>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
