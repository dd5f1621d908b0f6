//! The follower's loop.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use weft_chain::SignedHeader;
use weft_encoding::Fault;
use weft_network::{
    GetHeaders, GetStatus, GossipMessage, GossipValidation, NetworkEvent, NetworkHandle, Offence,
    PeerId, Refusal, RequestError, Status, limits::MAX_HEADERS,
};

use super::{FollowStatus, HeaderChain, claims::Claims};
use crate::{FollowError, StoreError, metrics::Metrics, store::Store};

/// Status questions under way at a time; more peers wait for the next poll.
const MAX_STATUS_QUESTIONS: usize = 16;

/// Pause before the next range after one that brought nothing.
const PAUSE: Duration = Duration::from_millis(200);

/// Pause after the store failed: a full disk does not get better at once.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// Where headers came from.
#[derive(Debug)]
enum Source {
    Gossip(PeerId, GossipValidation),
    Range(PeerId),
}

/// Headers that were verified and stored, and what stopped the rest.
struct Appended {
    chain: HeaderChain,
    count: usize,
    refused: Option<FollowError>,
    source: Source,
}

/// What a task of the follower ends with.
enum Task {
    Status(PeerId, Result<Status, RequestError>),
    Range(PeerId, Result<Vec<SignedHeader>, RequestError>),
    Appended(Result<Box<Appended>, StoreError>),
    /// The pause after a failure is over.
    Rested,
}

/// See the [module](super).
pub(crate) struct Follower {
    network: NetworkHandle,
    events: mpsc::Receiver<NetworkEvent>,
    connected: watch::Receiver<Vec<PeerId>>,
    store: Store,
    chain: HeaderChain,
    status: watch::Sender<FollowStatus>,
    /// The chain as others may see it: never ahead of the store.
    published: watch::Sender<HeaderChain>,
    metrics: Metrics,
    poll: Duration,
    claims: Claims,
    tasks: JoinSet<Task>,
    questions: usize,
    /// A range is being asked for or verified, or rest is being taken: nothing else is started.
    busy: bool,
}

impl Follower {
    pub(crate) fn new(
        network: NetworkHandle,
        events: mpsc::Receiver<NetworkEvent>,
        store: Store,
        chain: HeaderChain,
        metrics: Metrics,
        poll: Duration,
    ) -> Self {
        let initial = FollowStatus {
            tip: chain.height(),
            ..Default::default()
        };
        metrics.tip(chain.height().get());
        Self {
            connected: network.connected(),
            network,
            events,
            store,
            status: watch::Sender::new(initial),
            published: watch::Sender::new(chain.clone()),
            chain,
            metrics,
            poll,
            claims: Claims::default(),
            tasks: JoinSet::new(),
            questions: 0,
            busy: false,
        }
    }

    /// How far the follower is.
    pub(crate) fn status(&self) -> watch::Receiver<FollowStatus> {
        self.status.subscribe()
    }

    /// The chain as it grows; every height of it is in the store.
    pub(crate) fn chain(&self) -> watch::Receiver<HeaderChain> {
        self.published.subscribe()
    }

    /// Follows until `shutdown` is cancelled or the network has stopped.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut poll = interval(self.poll);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                event = self.events.recv() => match event {
                    Some(event) => self.on_event(event),
                    None => break,
                },
                Some(task) = self.tasks.join_next() => self.on_task(task),
                _ = poll.tick() => self.ask_for_status(),
            }
            self.advance();
        }
        // Headers that are being stored are stored.
        self.tasks.shutdown().await;
        info!(tip = %self.chain.height(), "the follower has stopped");
    }

    fn on_event(&mut self, event: NetworkEvent) {
        match event {
            NetworkEvent::Gossip {
                from,
                message: GossipMessage::Header(header),
                validation,
            } => {
                self.on_gossip(from, header, validation);
            }
            NetworkEvent::Gossip { validation, .. } => validation.ignore(),
            NetworkEvent::Connected(peer) => self.ask(peer),
            NetworkEvent::Disconnected(_) => {
                let connected = self.connected.borrow_and_update().clone();
                self.claims.retain(&connected);
            }
            NetworkEvent::Request { responder, .. } => responder.refuse(Refusal::NotServed),
        }
    }

    fn on_gossip(&mut self, from: PeerId, signed: SignedHeader, validation: GossipValidation) {
        let height = signed.header.height;
        if height <= self.chain.height() {
            validation.ignore();
            return;
        }
        let is_next = Some(height) == self.chain.height().next();
        if is_next && !self.busy && !self.is_halted() {
            self.append(vec![signed], Source::Gossip(from, validation));
        } else {
            // It cannot be judged now. That there is such a height is worth asking about.
            validation.ignore();
            self.claims.saw(from, height);
        }
    }

    fn ask_for_status(&mut self) {
        let connected = self.connected.borrow_and_update().clone();
        self.claims.retain(&connected);
        for peer in connected {
            self.ask(peer);
        }
    }

    fn ask(&mut self, peer: PeerId) {
        if self.questions >= MAX_STATUS_QUESTIONS {
            return;
        }
        self.questions += 1;
        let network = self.network.clone();
        self.tasks
            .spawn(async move { Task::Status(peer, network.request(peer, GetStatus).await) });
    }

    fn on_task(&mut self, task: Result<Task, tokio::task::JoinError>) {
        match task {
            Ok(Task::Status(peer, answer)) => {
                self.questions = self.questions.saturating_sub(1);
                match answer {
                    Ok(status) => self.claims.saw(peer, status.height),
                    Err(error) => debug!(%peer, %error, "no status"),
                }
            }
            Ok(Task::Range(peer, answer)) => self.on_range(peer, answer),
            Ok(Task::Appended(outcome)) => self.on_appended(outcome),
            Ok(Task::Rested) => self.busy = false,
            Err(error) => {
                error!(%error, "a task of the follower failed");
                self.rest(STORE_PAUSE);
            }
        }
    }

    /// Asks the best peer for what comes next, if there is more and nothing is under way.
    fn advance(&mut self) {
        let (tip, claimed) = (self.chain.height(), self.claims.highest());
        self.status.send_if_modified(|status| {
            let changed = status.tip != tip || status.claimed != claimed;
            (status.tip, status.claimed) = (tip, claimed);
            changed
        });
        if self.busy || self.is_halted() {
            return;
        }
        let (Some(peer), Some(from)) = (self.claims.best_above(tip), tip.next()) else {
            return;
        };
        self.busy = true;
        let network = self.network.clone();
        let count = u16::try_from(MAX_HEADERS).unwrap_or(u16::MAX);
        self.tasks.spawn(async move {
            Task::Range(
                peer,
                network.request(peer, GetHeaders { from, count }).await,
            )
        });
    }

    fn on_range(&mut self, peer: PeerId, answer: Result<Vec<SignedHeader>, RequestError>) {
        match answer {
            Ok(headers) if !headers.is_empty() => self.append(headers, Source::Range(peer)),
            Ok(_) => {
                debug!(%peer, "no headers from a peer that claims to have some");
                self.claims.failed(&peer, self.chain.height());
                self.rest(PAUSE);
            }
            Err(error) => {
                debug!(%peer, %error, "no headers");
                self.claims.failed(&peer, self.chain.height());
                self.rest(PAUSE);
            }
        }
    }

    /// Verifies headers one after another and stores those that hold, off the loop.
    fn append(&mut self, headers: Vec<SignedHeader>, source: Source) {
        self.busy = true;
        let (mut chain, store) = (self.chain.clone(), self.store.clone());
        self.tasks.spawn_blocking(move || {
            let mut verified = Vec::with_capacity(headers.len());
            let mut refused = None;
            for header in &headers {
                match chain.append(header) {
                    Ok(header) => verified.push(header),
                    Err(error) => {
                        refused = Some(error);
                        break;
                    }
                }
            }
            let stored = if verified.is_empty() {
                Ok(())
            } else {
                store.append(&verified)
            };
            let count = verified.len();
            Task::Appended(stored.map(|()| {
                Box::new(Appended {
                    chain,
                    count,
                    refused,
                    source,
                })
            }))
        });
    }

    fn on_appended(&mut self, outcome: Result<Box<Appended>, StoreError>) {
        self.busy = false;
        let Appended {
            chain,
            count,
            refused,
            source,
        } = match outcome {
            Ok(appended) => *appended,
            Err(error) => {
                error!(%error, source = ?std::error::Error::source(&error), "headers not stored");
                self.rest(STORE_PAUSE);
                return;
            }
        };
        self.chain = chain;
        if count > 0 {
            self.published.send_replace(self.chain.clone());
        }
        let tip = self.chain.height();
        self.metrics.headers("verified", count);
        self.metrics.tip(tip.get());
        if count > 0 {
            debug!(%tip, count, "headers verified");
        }
        let Some(refused) = refused else {
            match source {
                Source::Gossip(peer, validation) => {
                    validation.accept();
                    self.claims.saw(peer, tip);
                }
                Source::Range(peer) => self.claims.delivered(&peer),
            }
            return;
        };
        self.on_refused(refused, source);
    }

    fn on_refused(&mut self, refused: FollowError, source: Source) {
        if refused.fault() == Fault::Peer {
            self.metrics.headers("refused", 1);
            match source {
                Source::Gossip(peer, validation) => {
                    warn!(%peer, error = %refused, "invalid header by gossip");
                    validation.reject();
                }
                Source::Range(peer) => {
                    warn!(%peer, error = %refused, "invalid header in a range");
                    self.network.report(peer, Offence::InvalidBlock);
                    self.claims.failed(&peer, self.chain.height());
                }
            }
            return;
        }
        error!(error = %refused, "the chain cannot be followed any further");
        self.metrics.headers("unknown_set", 1);
        self.status
            .send_modify(|status| status.halted = Some(Arc::new(refused)));
    }

    fn is_halted(&self) -> bool {
        self.status.borrow().halted.is_some()
    }

    /// Starts nothing new for a while.
    fn rest(&mut self, pause: Duration) {
        self.busy = true;
        let until = Instant::now() + pause;
        self.tasks.spawn(async move {
            tokio::time::sleep_until(until).await;
            Task::Rested
        });
    }
}
