//! The peers that consensus stays connected to: the validators of the next height's set and of the
//! coming set, at their addresses in the directory.
//!
//! Joining needs only the update: once a block includes it, its validators are dialled, well before
//! their first height, so they have the chain by then.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_malachitebft_app::engine::network::{NetworkMsg, NetworkRef, PersistentPeersOp};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use tokio_util::sync::CancellationToken;

use super::types::WeftContext;
use crate::Application;

/// The addresses of the validators around the head, other than this node's own.
///
/// Only addresses that `listen`'s transport can dial: the engine has one transport.
pub(super) fn addresses(
    application: &dyn Application,
    own: &PeerId,
    listen: &Multiaddr,
) -> BTreeSet<Multiaddr> {
    let next = application.head().next_height();
    let sets = application.validator_sets().current_and_coming(next);
    let directory = application.directory();
    let mut addresses = BTreeSet::new();
    for set in sets {
        for (_, validator) in set.iter() {
            let Some(contact) = directory.by_key(&validator.public_key) else {
                continue;
            };
            if contact.peer == *own {
                continue;
            }
            let dialable = contact
                .consensus_addresses
                .iter()
                .filter(|address| is_quic(address) == is_quic(listen))
                .filter_map(|address| with_peer(address, contact.peer));
            addresses.extend(dialable);
        }
    }
    addresses
}

/// The address with the expected peer id; `None` if it names another peer.
fn with_peer(address: &Multiaddr, peer: PeerId) -> Option<Multiaddr> {
    address.clone().with_p2p(peer).ok()
}

fn is_quic(address: &Multiaddr) -> bool {
    address
        .iter()
        .any(|protocol| matches!(protocol, Protocol::QuicV1))
}

/// Updates the engine's peers from the sets and the directory, until `stop`.
pub(super) async fn follow(
    application: Arc<dyn Application>,
    network: NetworkRef<WeftContext>,
    own: PeerId,
    listen: Multiaddr,
    mut connected: BTreeSet<Multiaddr>,
    stop: CancellationToken,
) {
    let mut head = application.watch_head();
    let mut sets = application.validator_sets().changes();
    let mut contacts = application.directory().changes();
    loop {
        let wanted = addresses(&*application, &own, &listen);
        let removed = connected.difference(&wanted).cloned();
        let added = wanted.difference(&connected).cloned();
        let changes: Vec<PersistentPeersOp> = removed
            .map(PersistentPeersOp::Remove)
            .chain(added.map(PersistentPeersOp::Add))
            .collect();
        for change in changes {
            update(&network, change).await;
        }
        connected = wanted;
        let changed = tokio::select! {
            () = stop.cancelled() => return,
            changed = head.changed() => changed,
            changed = sets.changed() => changed,
            changed = contacts.changed() => changed,
        };
        // A closed watch means that the node is shutting down.
        if changed.is_err() {
            return;
        }
    }
}

async fn update(network: &NetworkRef<WeftContext>, change: PersistentPeersOp) {
    let text = format!("{change:?}");
    let answer = network
        .call(
            |reply| NetworkMsg::UpdatePersistentPeers(change, reply),
            None,
        )
        .await;
    match answer {
        Ok(ractor::rpc::CallResult::Success(Ok(()))) => {
            tracing::info!(change = text, "consensus peer");
        }
        // The peer was added or removed already.
        Ok(ractor::rpc::CallResult::Success(Err(error))) => {
            tracing::debug!(change = text, ?error, "consensus peer unchanged");
        }
        Ok(_) | Err(_) => tracing::debug!(change = text, "the engine has stopped"),
    }
}
