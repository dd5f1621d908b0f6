//! Keeps the node connected to the validators as their set changes.

use tokio_util::sync::CancellationToken;
use weft_network::{Multiaddr, NetworkHandle, PeerId};

use weft_network::Directory;

/// The `named` addresses and the validators' addresses from the directory, each once.
pub(super) fn bootstrap(directory: &Directory, own: PeerId, named: &[Multiaddr]) -> Vec<Multiaddr> {
    let mut addresses: Vec<Multiaddr> = named.to_vec();
    for address in of_validators(directory, own) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// The addresses of all validators except `own`, each ending in its peer id.
fn of_validators(directory: &Directory, own: PeerId) -> Vec<Multiaddr> {
    let others = directory.iter().filter(|contact| contact.peer != own);
    others
        .flat_map(|contact| contact.dial_addresses().collect::<Vec<_>>())
        .collect()
}

/// Connects the network to validators that the directory learns of. Runs until shutdown.
pub(super) async fn follow(
    directory: Directory,
    network: NetworkHandle,
    shutdown: CancellationToken,
) {
    let mut changes = directory.changes();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = changes.changed() => if changed.is_err() {
                return shutdown.cancelled().await;
            },
        }
        let addresses = of_validators(&directory, network.local_peer_id());
        if let Err(error) = network.keep_connected(addresses).await {
            tracing::warn!(%error, "new validators could not be dialled");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::TestChain;

    use super::*;

    #[test]
    fn every_other_validator_is_dialled_once() {
        let chain = TestChain::new(3);
        let mut genesis = chain.genesis.clone();
        for (index, validator) in genesis.validators.iter_mut().enumerate() {
            validator.addresses = vec![format!("/ip4/127.0.0.1/tcp/{}", index + 1)];
        }
        let directory = Directory::from_genesis(&genesis).unwrap();
        let peers: Vec<PeerId> = chain
            .identities
            .iter()
            .map(|identity| identity.public().to_peer_id())
            .collect();
        let address = |index: usize| -> Multiaddr {
            format!("/ip4/127.0.0.1/tcp/{}/p2p/{}", index + 1, peers[index])
                .parse()
                .unwrap()
        };
        let named = [address(2)];
        assert_eq!(
            bootstrap(&directory, peers[0], &named),
            [address(2), address(1)]
        );
    }
}
