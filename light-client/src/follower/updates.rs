//! Fetching the update that introduced a validator set, and dialling its new validators.

use std::sync::Arc;

use rand::seq::IndexedRandom;
use tracing::{debug, warn};
use weft_chain::{SignedValidatorUpdate, ValidatorSet};
use weft_encoding::Fault;
use weft_network::{
    Contact, Directory, GetValidatorUpdate, NetworkHandle, Offence, PeerId, Refusal, RequestError,
};

use super::{
    asking::first_good,
    chain::{HeaderChain, Missing, ShownSet},
};

/// The most validators that the client stays connected to: of the newest set at the start, and of the
/// new ones at each change. The others are dialled when their columns are requested.
pub(crate) const KEPT_VALIDATORS: usize = 16;

/// Asks each of the peers once, in order, until one sends the missing set.
///
/// A peer that sends a false update is reported; a peer without the update, or without an answer
/// before the deadline, is not.
pub(super) async fn ask(
    network: NetworkHandle,
    chain: HeaderChain,
    missing: Missing,
    peers: Vec<PeerId>,
) -> Option<ShownSet> {
    let root = missing.root;
    first_good(
        peers,
        |peer| network.request(peer, GetValidatorUpdate { root }),
        |peer, answer| judge(&network, &chain, missing, peer, answer),
    )
    .await
}

async fn judge(
    network: &NetworkHandle,
    chain: &HeaderChain,
    missing: Missing,
    peer: PeerId,
    answer: Result<Result<SignedValidatorUpdate, Refusal>, RequestError>,
) -> Option<ShownSet> {
    let update = match answer {
        Ok(Ok(update)) => update,
        Ok(Err(refusal)) => {
            debug!(%peer, %refusal, root = %missing.root, "a peer has no update of the validator set");
            return None;
        }
        Err(error) => {
            debug!(%peer, %error, root = %missing.root, "a request for a validator set failed");
            return None;
        }
    };
    let chain = chain.clone();
    let verified =
        tokio::task::spawn_blocking(move || chain.verify_update(&missing, &update)).await;
    match verified {
        Ok(Ok(shown)) => Some(shown),
        Ok(Err(error)) if error.fault() == Fault::Peer => {
            warn!(%peer, %error, height = %missing.height, "a peer sent a false validator set");
            network.report(peer, Offence::InvalidSignature);
            None
        }
        Ok(Err(error)) => {
            debug!(%peer, %error, "a peer sent an update that does not apply");
            None
        }
        // The verification did not run, so the peer is not to blame.
        Err(error) => {
            debug!(%error, "the verification of an update failed to run");
            None
        }
    }
}

/// Makes the addresses of validators known to the network.
pub(super) fn introduce(network: &NetworkHandle, contacts: &[Arc<Contact>]) {
    for contact in contacts {
        for address in contact.dial_addresses() {
            // The directory has checked that the address is the peer's.
            let _ = network.add_address(contact.peer, address);
        }
    }
}

/// Stays connected to some of the validators that were not in the set before.
pub(super) async fn dial_new(
    network: &NetworkHandle,
    directory: &Directory,
    before: &ValidatorSet,
    newest: &ValidatorSet,
) {
    let new: Vec<Arc<Contact>> = newest
        .iter()
        .map(|(_, validator)| validator.public_key)
        .filter(|key| before.index_of(key).is_none())
        .filter_map(|key| directory.by_key(&key))
        .collect();
    let kept = new
        .choose_multiple(&mut rand::rng(), KEPT_VALIDATORS)
        .flat_map(|contact| contact.dial_addresses().collect::<Vec<_>>())
        .collect();
    // The network dials unreachable peers again.
    if let Err(error) = network.keep_connected(kept).await {
        debug!(%error, "dialling new validators failed");
    }
}
