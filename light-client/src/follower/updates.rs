//! Getting the update that introduced a validator set, from whoever shows it, and dialling whom it
//! brings.

use std::time::Duration;

use futures::{StreamExt, stream::FuturesUnordered};
use rand::seq::IndexedRandom;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, warn};
use weft_chain::{SignedValidatorUpdate, ValidatorSet, VerifiedUpdate};
use weft_encoding::Fault;
use weft_network::{GetValidatorUpdate, NetworkHandle, Offence, PeerId, Refusal, RequestError};

use super::chain::{HeaderChain, Missing};
use crate::directory::{Contact, Directory};

/// Validators that the client keeps connected to: of the newest set at the start, and of those that
/// each change brings. The others are dialled when their columns are asked for.
pub(crate) const KEPT_VALIDATORS: usize = 16;

/// Another peer is asked as well when the last asked has not answered for so long.
const HEDGE: Duration = Duration::from_millis(700);

/// Peers asked at a time.
const MAX_ASKED: usize = 4;

/// Asks each of the peers once, in their order, until one shows the missing set.
///
/// One that shows something else is reported; one that shows nothing, or does not answer within
/// the network's deadline, is not.
pub(super) async fn ask(
    network: NetworkHandle,
    chain: HeaderChain,
    missing: Missing,
    peers: Vec<PeerId>,
) -> Option<VerifiedUpdate> {
    let mut peers = peers.into_iter();
    let mut asked = FuturesUnordered::new();
    let mut ask_at = Instant::now();
    while !(peers.len() == 0 && asked.is_empty()) {
        tokio::select! {
            Some((peer, answer)) = asked.next(), if !asked.is_empty() => {
                if let Some(update) = judge(&network, &chain, missing, peer, answer).await {
                    return Some(update);
                }
                ask_at = Instant::now();
            }
            () = sleep_until(ask_at), if peers.len() > 0 && asked.len() < MAX_ASKED => {
                let root = missing.root;
                asked.extend(peers.next().map(|peer| {
                    let network = network.clone();
                    async move { (peer, network.request(peer, GetValidatorUpdate { root }).await) }
                }));
                ask_at = Instant::now() + HEDGE;
            }
        }
    }
    None
}

async fn judge(
    network: &NetworkHandle,
    chain: &HeaderChain,
    missing: Missing,
    peer: PeerId,
    answer: Result<Result<SignedValidatorUpdate, Refusal>, RequestError>,
) -> Option<VerifiedUpdate> {
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
        Ok(Ok(update)) => Some(update),
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
