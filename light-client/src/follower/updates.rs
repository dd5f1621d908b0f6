//! Getting the update that introduced a validator set, from whoever shows it, and dialling whom it
//! brings.

use rand::seq::IndexedRandom;
use tracing::{debug, warn};
use weft_chain::{SignedValidatorUpdate, ValidatorSet};
use weft_encoding::Fault;
use weft_network::{GetValidatorUpdate, NetworkHandle, Offence, PeerId, Refusal, RequestError};

use super::{
    asking::first_good,
    chain::{HeaderChain, Missing, ShownSet},
};
use crate::directory::{Contact, Directory};

/// Validators that the client keeps connected to: of the newest set at the start, and of those that
/// each change brings. The others are dialled when their columns are asked for.
pub(crate) const KEPT_VALIDATORS: usize = 16;

/// Asks each of the peers once, in their order, until one shows the missing set.
///
/// One that shows something else is reported; one that shows nothing, or does not answer within
/// the network's deadline, is not.
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
            debug!(%peer, %refusal, root = %missing.root, "no validator set");
            return None;
        }
        Err(error) => {
            debug!(%peer, %error, root = %missing.root, "no validator set");
            return None;
        }
    };
    let chain = chain.clone();
    let verified =
        tokio::task::spawn_blocking(move || chain.verify_update(&missing, &update)).await;
    match verified {
        Ok(Ok(shown)) => Some(shown),
        Ok(Err(error)) if error.fault() == Fault::Peer => {
            warn!(%peer, %error, height = %missing.height, "a false validator set");
            network.report(peer, Offence::InvalidSignature);
            None
        }
        Ok(Err(error)) => {
            debug!(%peer, %error, "another validator set");
            None
        }
        // The verification did not come about: nobody is to blame for it.
        Err(error) => {
            debug!(%error, "an update was not verified");
            None
        }
    }
}

/// Makes the addresses of validators known to the network.
pub(super) fn introduce(network: &NetworkHandle, contacts: &[Contact]) {
    for Contact { peer, addresses } in contacts {
        for address in addresses {
            // The directory has already made sure that the address is the peer's.
            let _ = network.add_address(*peer, address.clone());
        }
    }
}

/// Keeps the network connected to some of the validators that were not in the set before.
pub(super) async fn dial_new(
    network: &NetworkHandle,
    directory: &Directory,
    before: &ValidatorSet,
    newest: &ValidatorSet,
) {
    let new: Vec<Contact> = newest
        .iter()
        .map(|(_, validator)| validator.public_key)
        .filter(|key| before.index_of(key).is_none())
        .filter_map(|key| directory.get(&key))
        .collect();
    let kept = new
        .choose_multiple(&mut rand::rng(), KEPT_VALIDATORS)
        .flat_map(|contact| contact.addresses.clone())
        .collect();
    // Who is not reached is dialled again, and when its columns are asked for.
    if let Err(error) = network.keep_connected(kept).await {
        debug!(%error, "new validators are not dialled");
    }
}
