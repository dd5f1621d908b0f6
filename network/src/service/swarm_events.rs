//! The swarm's events on connections, listeners, identities and discovery.

use libp2p::core::transport::ListenerId;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, gossipsub, identify, kad};
use tracing::{debug, info, warn};

use super::NetworkEvent;
use super::engine::Engine;
use super::mailbox::Listening;
use crate::addressing::{is_loopback, with_peer};
use crate::behaviour::{BehaviourEvent, kad_protocol, protocol_name};
use crate::config::Mode;
use crate::error::DialError;

/// The most addresses taken from one peer's identify message.
const MAX_IDENTIFIED_ADDRESSES: usize = 8;

impl Engine {
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished {
                peer_id, endpoint, ..
            } => {
                self.connections
                    .opened(peer_id, is_loopback(endpoint.get_remote_address()));
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                cause,
                ..
            } => {
                self.on_closed(peer_id, cause.map(|cause| cause.to_string()));
            }
            SwarmEvent::OutgoingConnectionError {
                peer_id: Some(peer),
                error,
                ..
            } => {
                debug!(%peer, %error, "a dial failed");
                self.metrics.dial_failed();
                // A dial may fail because the peer's own dial was faster.
                if !self.connections.has(&peer) {
                    self.connections
                        .dial_done(&peer, || Err(DialError::Unreachable { peer }));
                }
            }
            SwarmEvent::IncomingConnectionError { error, .. } => {
                debug!(%error, "a connection was not accepted");
            }
            SwarmEvent::NewListenAddr {
                listener_id,
                address,
            } => {
                info!(%address, "listening");
                self.listeners.entry(listener_id).or_default().push(address);
                self.tell_listening();
            }
            SwarmEvent::ExpiredListenAddr {
                listener_id,
                address,
            } => {
                let known = self.listeners.entry(listener_id).or_default();
                known.retain(|other| *other != address);
                self.tell_listening();
            }
            SwarmEvent::ListenerClosed {
                listener_id,
                reason,
                ..
            } => {
                self.on_listener_closed(listener_id, reason);
            }
            SwarmEvent::ListenerError { error, .. } => warn!(%error, "a listener failed"),
            _ => {}
        }
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Rpc(event) => self.on_rpc_event(event),
            BehaviourEvent::Gossip(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            }) => self.on_gossip(propagation_source, message_id, &message),
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => {
                self.on_identified(peer_id, info);
            }
            BehaviourEvent::Identify(identify::Event::Error { peer_id, error, .. }) => {
                debug!(peer = %peer_id, %error, "identifying a peer failed");
                if !self.connections.is_known(&peer_id) {
                    // The chain of the peer is unknown. Closing ends the dials that wait for it.
                    let _ = self.swarm.disconnect_peer_id(peer_id);
                }
            }
            BehaviourEvent::Kad(kad::Event::RoutingUpdated {
                peer,
                is_new_peer: true,
                ..
            }) => {
                self.on_discovered(peer);
            }
            _ => {}
        }
    }

    /// Handles a peer's identify message.
    fn on_identified(&mut self, peer: PeerId, info: identify::Info) {
        if info.protocol_version != protocol_name(&self.config.chain_id) {
            debug!(%peer, theirs = ?info.protocol_version, "a peer is of another chain");
            self.connections
                .dial_done(&peer, || Err(DialError::OtherChain { peer }));
            let _ = self.swarm.disconnect_peer_id(peer);
            return;
        }
        if info
            .protocols
            .contains(&kad_protocol(&self.config.chain_id))
        {
            // A loopback address is useful only for a peer on this machine.
            let near = self.connections.is_loopback(&peer);
            let usable = info
                .listen_addrs
                .into_iter()
                .filter(|address| near || !is_loopback(address));
            for address in usable.take(MAX_IDENTIFIED_ADDRESSES) {
                self.swarm.behaviour_mut().kad.add_address(&peer, address);
            }
        }
        if self.connections.identified(peer) {
            self.redial.connected(&peer);
            self.tell(NetworkEvent::Connected(peer));
        }
    }

    /// Handles a peer that kad has found.
    fn on_discovered(&mut self, peer: PeerId) {
        let enough = usize::try_from(self.config.limits.target_peers).unwrap_or(usize::MAX);
        if self.config.mode == Mode::Full
            && !self.scores.is_banned(&peer)
            && self.connections.count() < enough
        {
            self.dial(peer);
        }
    }

    fn on_closed(&mut self, peer: PeerId, cause: Option<String>) {
        debug!(%peer, cause, "a peer disconnected");
        let now = self.now();
        self.redial.disconnected(&peer, now);
        if self.connections.closed(peer) {
            self.tell(NetworkEvent::Disconnected(peer));
        }
    }

    fn on_listener_closed(&mut self, id: ListenerId, reason: std::io::Result<()>) {
        if let Err(error) = reason {
            warn!(%error, "a listener closed with an error");
        }
        self.listeners.remove(&id);
        self.tell_listening();
    }

    /// Publishes the addresses that the node listens on.
    fn tell_listening(&mut self) {
        let local = *self.swarm.local_peer_id();
        let full = |address: &Multiaddr| with_peer(address.clone(), local).ok();
        let listening = Listening {
            addresses: self.listeners.values().flatten().filter_map(full).collect(),
            pending: self
                .listeners
                .values()
                .filter(|addresses| addresses.is_empty())
                .count(),
        };
        self.listening.send_replace(listening);
    }
}
