//! The loop that owns the swarm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use libp2p::core::transport::ListenerId;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{Multiaddr, PeerId, Swarm};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::NetworkEvent;
use super::connections::Connections;
use super::inbound::Inbound;
use super::mailbox::{Command, Listening, lock};
use super::metrics::Metrics;
use super::outbound::Outbound;
use super::requests::Decoded;
use super::responder::Answer;
use crate::addressing::AddressBook;
use crate::behaviour::Behaviour;
use crate::config::NetworkConfig;
use crate::error::{DialError, RequestError};
use crate::gossip::{GossipVerdict, Topics};
use crate::rates::Rates;
use crate::redial::Redial;
use crate::replies::Replies;
use crate::scores::{Offence, ScoreBook, Sentence};

/// The interval at which bans end and wanted peers are dialled.
pub(super) const TICK: Duration = Duration::from_millis(250);

/// The ticks after which the rate limiter forgets idle peers: a minute.
const TICKS_TO_FORGET: u64 = 240;

/// The network service's state. One task owns it, and no handler blocks or awaits.
pub(super) struct Engine {
    pub(super) config: NetworkConfig,
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) topics: Topics,
    pub(super) metrics: Metrics,
    /// Time zero of the scores and of redialling.
    pub(super) started: Instant,

    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) reports: mpsc::Receiver<(PeerId, Offence)>,
    pub(super) answers: (mpsc::Sender<Answer>, mpsc::Receiver<Answer>),
    pub(super) verdicts: (mpsc::Sender<GossipVerdict>, mpsc::Receiver<GossipVerdict>),
    pub(super) events: mpsc::Sender<NetworkEvent>,

    pub(super) connections: Connections,
    pub(super) addresses: Arc<Mutex<AddressBook>>,
    pub(super) listeners: HashMap<ListenerId, Vec<Multiaddr>>,
    pub(super) listening: watch::Sender<Listening>,
    pub(super) outbound: Outbound,
    pub(super) inbound: Inbound,
    pub(super) replies: Replies<PeerId>,
    pub(super) decoding: JoinSet<Decoded>,
    pub(super) rates: Rates,
    pub(super) scores: ScoreBook<PeerId>,
    pub(super) redial: Redial<PeerId>,
    pub(super) ticks: u64,
}

impl Engine {
    /// Runs until `shutdown` is cancelled.
    pub(super) async fn run(mut self, shutdown: CancellationToken, mut tick: Interval) {
        info!(peer = %self.swarm.local_peer_id(), chain = %self.config.chain_id, "network started");
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                event = self.swarm.select_next_some() => self.on_swarm_event(event),
                Some(command) = self.commands.recv() => self.on_command(command),
                Some((peer, offence)) = self.reports.recv() => self.on_offence(peer, offence),
                Some(answer) = self.answers.1.recv() => self.on_answer(answer),
                Some(verdict) = self.verdicts.1.recv() => self.on_verdict(verdict),
                Some(decoded) = self.decoding.join_next() => self.on_decoded(decoded),
                Some(token) = self.outbound.next_expired() => self.on_request_expired(token),
                Some(slot) = self.inbound.next_expired() => self.on_slot_expired(slot),
                _ = tick.tick() => self.on_tick(),
            }
        }
        self.outbound.close();
        self.decoding.abort_all();
        info!(peer = %self.swarm.local_peer_id(), "network stopped");
    }

    /// The time since the start.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Request(request) => {
                let peer = request.peer;
                if self.scores.is_banned(&peer) {
                    let _ = request.reply.send(Err(RequestError::Banned { peer }));
                } else {
                    self.outbound.push(request);
                    self.send_turns(peer);
                }
            }
            Command::Publish {
                topic,
                bytes,
                reply,
            } => {
                let _ = reply.send(self.publish(topic, bytes));
            }
            Command::Dial { peer, reply } => {
                if self.connections.is_known(&peer) {
                    let _ = reply.send(Ok(()));
                } else if self.scores.is_banned(&peer) {
                    let _ = reply.send(Err(DialError::Banned { peer }));
                } else {
                    self.connections.await_dial(peer, reply);
                    self.dial(peer);
                }
            }
            Command::KeepConnected { peers } => {
                for peer in peers {
                    // Unknown peers must not be able to use up the connections of these.
                    self.swarm.behaviour_mut().limits.bypass_peer_id(&peer);
                    self.redial.want(peer, self.connections.is_known(&peer));
                }
            }
        }
    }

    /// Dials a peer at all its known addresses, unless it is connected or a dial is in progress.
    pub(super) fn dial(&mut self, peer: PeerId) {
        if self.connections.has(&peer) {
            return;
        }
        let options = DialOpts::peer_id(peer)
            .addresses(lock(&self.addresses).of(&peer))
            .extend_addresses_through_behaviour()
            .build();
        match self.swarm.dial(options) {
            Ok(()) | Err(libp2p::swarm::DialError::DialPeerConditionFalse(_)) => {}
            Err(error) => {
                debug!(%peer, %error, "a dial could not start");
                self.metrics.dial_failed();
                self.connections
                    .dial_done(&peer, || Err(DialError::Unreachable { peer }));
            }
        }
    }

    /// Counts an offence, and bans the peer if its score reaches the threshold.
    pub(super) fn on_offence(&mut self, peer: PeerId, offence: Offence) {
        self.metrics.offence(offence);
        match self.scores.record(self.now(), peer, offence) {
            Sentence::Noted => debug!(%peer, ?offence, "a peer committed an offence"),
            Sentence::AlreadyBanned => {}
            Sentence::Banned { until, released } => {
                warn!(%peer, ?offence, seconds = (until - self.now()).as_secs(), "a peer is banned");
                self.metrics.banned();
                self.swarm.behaviour_mut().blocked.block_peer(peer);
                if let Some(released) = released {
                    self.swarm.behaviour_mut().blocked.unblock_peer(released);
                }
            }
        }
    }

    fn on_tick(&mut self) {
        let now = self.now();
        for peer in self.scores.expire(now) {
            info!(%peer, "a ban has ended");
            self.swarm.behaviour_mut().blocked.unblock_peer(peer);
        }
        for peer in self.redial.due(now) {
            if !self.scores.is_banned(&peer) {
                self.dial(peer);
            }
        }
        self.ticks += 1;
        if self.ticks.is_multiple_of(TICKS_TO_FORGET) {
            self.rates.forget_idle();
            self.replies.forget_idle();
        }
        let connections = self
            .swarm
            .network_info()
            .connection_counters()
            .num_established();
        self.metrics.connections.set(i64::from(connections));
        self.metrics.peers.set(gauge(self.connections.count()));
        self.metrics.banned_peers.set(gauge(self.scores.banned()));
        self.metrics
            .inbound_in_progress
            .set(gauge(self.inbound.len()));
    }

    /// Sends the application a connection event. If the queue is full, the event is lost; the watch of
    /// connected peers stays right.
    pub(super) fn tell(&mut self, event: NetworkEvent) {
        if self.events.try_send(event).is_err() {
            self.metrics.dropped("connection_event");
        }
    }
}

/// A count as a gauge's value.
fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
