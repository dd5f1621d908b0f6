//! The follower's loop.

mod beginning;
mod rivals;
mod waiting;

use std::time::Duration;

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use weft_chain::{BlockHeader, Checkpoint, ConflictingHeaders, HeaderError, SignedHeader};
use weft_encoding::Fault;
use weft_network::{
    Directory, GetHeaders, GetStatus, GossipMessage, GossipValidation, NetworkEvent, NetworkHandle,
    Offence, PeerId, Refusal, Request, RequestError, Responder, Response, SampleReply, Status,
    limits::{MAX_HEADERS, MAX_SAMPLES},
    unix_ms,
};

use rivals::Suspect;
use waiting::WAITING_PAUSE;

use super::{
    FollowStatus, HeaderChain,
    append::{Appended, Range, Source, append},
    chain::{Missing, ShownSet},
    claims::Claims,
    conflict::Judgement,
    servers::Servers,
};
use crate::{FollowError, StoreError, kept::KeptCells, metrics::Metrics, store::Store};

/// Status requests at a time; more peers wait for the next poll.
const MAX_STATUS_QUESTIONS: usize = 16;

/// The pause after a range that brought nothing.
const PAUSE: Duration = Duration::from_millis(200);

/// Blocks that a client may lack without catching up: headers take a moment to arrive.
const KEEPING_UP: u64 = 8;

/// The pause after a failure of the store, such as a full disk.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// The outcome of one of the follower's tasks.
enum Task {
    Status(PeerId, Result<Status, RequestError>),
    Range(Range, Result<Vec<SignedHeader>, RequestError>),
    Appended(Result<Box<Appended>, StoreError>),
    /// The missing validator set, if a peer has sent it; it is in the store.
    Update(Missing, Result<Option<Box<ShownSet>>, StoreError>),
    /// The header of the checkpoint, if a peer has sent it; the store begins at it.
    Beginning(Checkpoint, Result<Option<Box<BlockHeader>>, StoreError>),
    /// New validators are being dialled.
    Dialled,
    /// The judgement on a header of a height that was followed.
    Judged(Suspect, Result<Judgement, StoreError>),
    /// The pause after a failure is over.
    Rested,
}

/// The parts of a follower.
#[derive(Debug)]
pub(crate) struct FollowerParts {
    pub(crate) network: NetworkHandle,
    pub(crate) events: mpsc::Receiver<NetworkEvent>,
    /// The sampled cells that are served to peers.
    pub(crate) kept: KeptCells,
    pub(crate) store: Store,
    pub(crate) chain: HeaderChain,
    pub(crate) directory: Directory,
    /// The peers of the configuration, which are asked like validators.
    pub(crate) servers: Vec<PeerId>,
    pub(crate) metrics: Metrics,
    pub(crate) poll: Duration,
    /// The checkpoint at which the chain begins anew.
    pub(crate) beginning: Option<Checkpoint>,
    /// The evidence of a fork that an earlier run has stored.
    pub(crate) evidence: Option<ConflictingHeaders>,
}

/// See the [module](super).
pub(crate) struct Follower {
    network: NetworkHandle,
    events: mpsc::Receiver<NetworkEvent>,
    kept: KeptCells,
    connected: watch::Receiver<Vec<PeerId>>,
    store: Store,
    chain: HeaderChain,
    directory: Directory,
    status: watch::Sender<FollowStatus>,
    /// The chain for the sampler: never ahead of the store.
    published: watch::Sender<HeaderChain>,
    metrics: Metrics,
    poll: Duration,
    claims: Claims,
    servers: Servers,
    tasks: JoinSet<Task>,
    questions: usize,
    /// Headers or a validator set are being requested or verified, or a pause is running: no other
    /// request is started.
    busy: bool,
    /// The pause before the next request for what no peer has sent.
    waiting_pause: Duration,
    beginning: Option<Checkpoint>,
    /// The number of gossiped headers that are being judged.
    judging: usize,
    /// Peers whose history is being compared with the chain.
    compared: Vec<PeerId>,
    /// The follower follows nothing any more; the status has the reason.
    ended: bool,
}

impl Follower {
    pub(crate) fn new(parts: FollowerParts) -> Self {
        let FollowerParts {
            network,
            events,
            kept,
            store,
            chain,
            directory,
            servers: configured,
            metrics,
            poll,
            beginning,
            evidence,
        } = parts;
        let initial = FollowStatus {
            tip: chain.height(),
            ..Default::default()
        };
        metrics.tip(chain.height().get());
        let mut servers = Servers::default();
        servers.know(configured);
        servers.know(directory.iter().map(|contact| contact.peer));
        let mut follower = Self {
            connected: network.connected(),
            network,
            events,
            kept,
            store,
            status: watch::Sender::new(initial),
            published: watch::Sender::new(chain.clone()),
            chain,
            directory,
            metrics,
            poll,
            claims: Claims::default(),
            servers,
            tasks: JoinSet::new(),
            questions: 0,
            busy: false,
            waiting_pause: WAITING_PAUSE,
            beginning,
            judging: 0,
            compared: Vec::new(),
            ended: false,
        };
        if let Some(evidence) = evidence {
            follower.end(FollowError::from(&evidence));
        }
        follower.check_age();
        follower
    }

    /// The status, as a watch.
    pub(crate) fn status(&self) -> watch::Receiver<FollowStatus> {
        self.status.subscribe()
    }

    /// The chain, as a watch; every height of it is in the store.
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
                _ = poll.tick(), if !self.ended => self.ask_for_status(),
            }
            self.advance();
        }
        // A write to the store that has begun is completed.
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
                self.forget_the_lost();
            }
            NetworkEvent::Request {
                request, responder, ..
            } => self.on_request(request, responder),
        }
    }

    /// Serves sampled cells, either those of a block or single ones, and nothing else.
    fn on_request(&self, request: Request, responder: Responder) {
        let (response, given) = match request {
            Request::SampledCells(question) => {
                let cells = self.kept.of(question.height, MAX_SAMPLES);
                let given = cells.len();
                let response = match given {
                    0 => Response::Refused(Refusal::NotHeld),
                    _ => Response::SampledCells(cells),
                };
                (response, given)
            }
            Request::Samples(question) => {
                let cells = self.kept.at(question.height, &question.coords);
                let given = cells.iter().flatten().count();
                let reply = |cell| match cell {
                    Some((cell, proof)) => SampleReply::Cell { cell, proof },
                    None => SampleReply::Refused(Refusal::NotHeld),
                };
                let replies = cells.into_iter().map(reply).collect();
                (Response::Samples(replies), given)
            }
            _ => (Response::Refused(Refusal::NotServed), 0),
        };
        self.metrics.passed_on(given);
        if let Err(error) = responder.respond(response) {
            error!(%error, "serving sampled cells failed");
        }
    }

    fn on_gossip(&mut self, from: PeerId, signed: SignedHeader, validation: GossipValidation) {
        let height = signed.header.height;
        if self.ended || self.beginning.is_some() {
            validation.ignore();
            return;
        }
        if height <= self.chain.height() {
            self.judge(signed, Suspect::Gossip(from, validation));
            return;
        }
        let is_next = Some(height) == self.chain.height().next();
        if is_next && !self.busy && self.chain.missing().is_none() {
            self.append(vec![signed], Source::Gossip(from, validation));
        } else {
            // It cannot be verified now. It counts as a claim of its height.
            validation.ignore();
            self.claims.saw(from, height);
        }
    }

    /// Forgets peers that are not connected any more; returns those that are.
    fn forget_the_lost(&mut self) -> Vec<PeerId> {
        let connected = self.connected.borrow_and_update().clone();
        self.claims.retain(&connected);
        self.servers.retain(&connected);
        connected
    }

    fn ask_for_status(&mut self) {
        let connected = self.forget_the_lost();
        for peer in self.servers.among(connected) {
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
                    Ok(status) => {
                        self.servers.answered(peer);
                        self.claims.saw(peer, status.height);
                        self.compare(Suspect::Status(peer), peer, status);
                    }
                    Err(error) => {
                        debug!(%peer, %error, "a request for the status failed");
                        self.servers.missed(peer, &error);
                    }
                }
            }
            Ok(Task::Range(range, answer)) => self.on_range(range, answer),
            Ok(Task::Appended(outcome)) => self.on_appended(outcome),
            Ok(Task::Update(missing, outcome)) => self.on_update(missing, outcome),
            Ok(Task::Beginning(checkpoint, outcome)) => self.on_beginning(checkpoint, outcome),
            Ok(Task::Judged(suspect, outcome)) => self.on_judged(suspect, outcome),
            Ok(Task::Dialled) => {}
            Ok(Task::Rested) => self.busy = false,
            Err(error) => {
                error!(%error, "a task of the follower failed");
                self.rest(STORE_PAUSE);
            }
        }
    }

    /// Starts the next request unless one is running: for the header at which the chain begins, else
    /// for the missing validator set, else for the next headers from the best peer.
    fn advance(&mut self) {
        let (tip, claimed) = (self.chain.height(), self.claims.highest());
        let lacks = self.claims.credible().get().saturating_sub(tip.get());
        let missing = self.chain.missing().is_some() || self.beginning.is_some();
        self.status.send_if_modified(|status| {
            // While no peer sends what is missing, the client is halted and not catching up.
            let catching_up = status.halted.is_none() && (missing || lacks > KEEPING_UP);
            let now = (tip, claimed, catching_up);
            let changed = (status.tip, status.claimed, status.catching_up) != now;
            (status.tip, status.claimed, status.catching_up) = now;
            changed
        });
        if self.busy || self.ended {
            return;
        }
        if let Some(checkpoint) = self.beginning {
            self.ask_for_beginning(checkpoint);
            return;
        }
        if let Some(missing) = self.chain.missing() {
            self.ask_for_update(missing);
            return;
        }
        let (Some(peer), Some(from)) = (self.claims.best_above(tip), tip.next()) else {
            return;
        };
        self.busy = true;
        let network = self.network.clone();
        let count = u16::try_from(MAX_HEADERS).unwrap_or(u16::MAX);
        let end = tip.saturating_add(u64::from(count));
        let to = self.claims.of(&peer).min(end);
        self.tasks.spawn(async move {
            Task::Range(
                Range { peer, to },
                network.request(peer, GetHeaders { from, count }).await,
            )
        });
    }

    fn on_range(&mut self, range: Range, answer: Result<Vec<SignedHeader>, RequestError>) {
        let peer = range.peer;
        if self.ended {
            return;
        }
        match answer {
            Ok(headers) if !headers.is_empty() => self.append(headers, Source::Range(range)),
            Ok(_) => {
                debug!(%peer, "a peer has none of the headers that it claims");
                self.claims.failed(&peer, self.chain.height());
                self.rest(PAUSE);
            }
            Err(error) => {
                debug!(%peer, %error, "a request for headers failed");
                self.claims.failed(&peer, self.chain.height());
                self.rest(PAUSE);
            }
        }
    }

    /// Verifies headers in order and stores the valid ones, off the loop.
    fn append(&mut self, headers: Vec<SignedHeader>, source: Source) {
        self.busy = true;
        let (chain, store) = (self.chain.clone(), self.store.clone());
        self.tasks.spawn_blocking(move || {
            Task::Appended(append(chain, &store, &headers, source, unix_ms()).map(Box::new))
        });
    }

    fn on_appended(&mut self, outcome: Result<Box<Appended>, StoreError>) {
        self.busy = false;
        let Appended {
            chain,
            count,
            last,
            refused,
            source,
        } = match outcome {
            Ok(appended) => *appended,
            Err(error) => {
                error!(%error, source = ?std::error::Error::source(&error), "storing headers failed");
                self.rest(STORE_PAUSE);
                return;
            }
        };
        if self.ended {
            // The headers are in the store, but the follower has ended.
            source.ignore();
            return;
        }
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
                Source::Range(Range { peer, to }) => self.claims.delivered(&peer, last, to),
            }
            return;
        };
        self.on_refused(refused, source);
    }

    fn on_refused(&mut self, refused: FollowError, source: Source) {
        if refused.is_final() {
            source.ignore();
            self.end(refused);
            return;
        }
        if refused.fault() != Fault::Peer {
            debug!(peer = %source.peer(), error = %refused, "headers postponed");
            self.postpone(source);
            return;
        }
        self.metrics.headers("refused", 1);
        if let FollowError::Header(HeaderError::WrongParent { actual, .. }) = &refused {
            self.on_stray(*actual, source);
            return;
        }
        match source {
            Source::Gossip(peer, validation) => {
                warn!(%peer, error = %refused, "a peer gossiped an invalid header");
                validation.reject();
            }
            Source::Range(Range { peer, .. }) => {
                warn!(%peer, error = %refused, "a peer sent an invalid header in a range");
                self.network.report(peer, Offence::InvalidBlock);
                self.claims.failed(&peer, self.chain.height());
            }
        }
    }

    /// Blames no peer, and requests the headers from other peers first.
    fn postpone(&mut self, source: Source) {
        if let Source::Range(Range { peer, .. }) = &source {
            self.claims.failed(peer, self.chain.height());
        }
        source.ignore();
    }

    /// Starts no new request until the pause is over.
    fn rest(&mut self, pause: Duration) {
        self.busy = true;
        let until = Instant::now() + pause;
        self.tasks.spawn(async move {
            tokio::time::sleep_until(until).await;
            Task::Rested
        });
    }
}
