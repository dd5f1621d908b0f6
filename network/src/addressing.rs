//! Addresses of peers.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use lru::LruCache;

use crate::error::AddressError;

/// The most peers whose addresses are kept.
const MAX_PEERS: NonZeroUsize = NonZeroUsize::new(4096).expect("a non-zero constant");

/// The most addresses kept for each peer.
const MAX_ADDRESSES: usize = 8;

/// The peer that an address ends in.
///
/// # Errors
/// [`AddressError::NoPeerId`] if it does not end in `/p2p/` and a peer id.
pub fn peer_of(address: &Multiaddr) -> Result<PeerId, AddressError> {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => Ok(peer),
        _ => Err(AddressError::NoPeerId {
            address: address.clone(),
        }),
    }
}

/// The address with `/p2p/` and the peer's id at its end.
///
/// # Errors
/// [`AddressError::OtherPeer`] if it already ends in another peer's id.
pub fn with_peer(address: Multiaddr, peer: PeerId) -> Result<Multiaddr, AddressError> {
    address
        .with_p2p(peer)
        .map_err(|address| AddressError::OtherPeer { peer, address })
}

/// Whether the address is a loopback address.
pub(crate) fn is_loopback(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => ip.is_loopback(),
        Some(Protocol::Ip6(ip)) => ip.is_loopback(),
        Some(Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name)) => {
            name == "localhost"
        }
        _ => false,
    }
}

/// Groups addresses by the peer that each ends in.
///
/// # Errors
/// The first address that names no peer.
pub(crate) fn group_by_peer(
    addresses: &[Multiaddr],
) -> Result<HashMap<PeerId, Vec<Multiaddr>>, AddressError> {
    let mut groups: HashMap<PeerId, Vec<Multiaddr>> = HashMap::new();
    for address in addresses {
        groups
            .entry(peer_of(address)?)
            .or_default()
            .push(address.clone());
    }
    Ok(groups)
}

/// The addresses that the application has added for peers.
///
/// Separate from libp2p's caches, which forget an address when dialling it fails once. Bounded to
/// 4,096 peers, of which the least recently used is forgotten first, and to 8 addresses each, of which
/// the oldest is forgotten first.
#[derive(Debug)]
pub struct AddressBook(LruCache<PeerId, Vec<Multiaddr>>);

impl Default for AddressBook {
    fn default() -> Self {
        Self(LruCache::new(MAX_PEERS))
    }
}

impl AddressBook {
    /// Adds an address of a peer.
    ///
    /// # Errors
    /// [`AddressError::OtherPeer`] if the address ends in another peer's id.
    pub fn add(&mut self, peer: PeerId, address: Multiaddr) -> Result<(), AddressError> {
        let address = with_peer(address, peer)?;
        let known = self.0.get_or_insert_mut(peer, Vec::new);
        if !known.contains(&address) {
            if known.len() == MAX_ADDRESSES {
                known.remove(0);
            }
            known.push(address);
        }
        Ok(())
    }

    /// The peer's addresses, oldest first.
    pub fn of(&mut self, peer: &PeerId) -> Vec<Multiaddr> {
        self.0.get(peer).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn address(port: u16) -> Multiaddr {
        format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap()
    }

    #[test]
    fn an_address_of_another_peer_is_refused() {
        let (one, other) = (PeerId::random(), PeerId::random());
        let theirs = with_peer(address(1), other).unwrap();
        assert_eq!(peer_of(&theirs), Ok(other));
        assert!(matches!(
            peer_of(&address(1)),
            Err(AddressError::NoPeerId { .. })
        ));
        let mut book = AddressBook::default();
        assert!(matches!(
            book.add(one, theirs),
            Err(AddressError::OtherPeer { .. })
        ));
        assert!(book.of(&one).is_empty());
    }

    #[test]
    fn the_book_keeps_each_address_once_and_the_newest_eight() {
        let peer = PeerId::random();
        let mut book = AddressBook::default();
        for port in 1..=10 {
            book.add(peer, address(port)).unwrap();
            book.add(peer, address(port)).unwrap();
        }
        let expected: Vec<_> = (3..=10)
            .map(|port| with_peer(address(port), peer).unwrap())
            .collect();
        assert_eq!(book.of(&peer), expected);
    }
}
