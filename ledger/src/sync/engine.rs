//! The loop of sync.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, sleep_until};
use tokio_util::sync::CancellationToken;
use weft_chain::SignedHeader;
use weft_encoding::Fault;
use weft_network::{GetStatus, NetworkHandle, Offence, PeerId, RequestError, Status};

use super::fetch;
use super::mailbox::News;
use super::plan::{Step, SyncPlan};
use super::{FetchError, SyncConfig, SyncHandle, SyncMetrics};
use crate::Ledger;

/// Fetches missing blocks until shutdown.
#[derive(Debug)]
pub struct SyncEngine {
    ledger: Ledger,
    network: NetworkHandle,
    config: SyncConfig,
    metrics: SyncMetrics,
    mailbox: mpsc::Receiver<News>,
    plan: SyncPlan<PeerId>,
    started: Instant,
    polls: JoinSet<(PeerId, Result<Status, RequestError>)>,
}

impl SyncEngine {
    /// The loop and its handle.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        network: NetworkHandle,
        config: SyncConfig,
        metrics: SyncMetrics,
    ) -> (Self, SyncHandle) {
        let (handle, mailbox) = SyncHandle::new(metrics.clone());
        let engine = Self {
            ledger,
            network,
            plan: SyncPlan::new(config.clone()),
            config,
            metrics,
            mailbox,
            started: Instant::now(),
            polls: JoinSet::new(),
        };
        (engine, handle)
    }

    /// Runs until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut tick = tokio::time::interval(self.config.poll_interval);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let step = self.plan.next(self.ledger.head().height, self.now());
            let wake = match step {
                Step::Fetch { .. } => self.started,
                Step::WaitUntil(at) => self.started + at,
                Step::Idle => Instant::now() + self.config.poll_interval,
            };
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                news = self.mailbox.recv() => match news {
                    Some(news) => self.hear(news).await,
                    None => return,
                },
                Some(polled) = self.polls.join_next() => self.polled(polled.ok()),
                _ = tick.tick() => self.poll(),
                () = sleep_until(wake) => self.act(step, &shutdown).await,
            }
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    async fn hear(&mut self, news: News) {
        match news {
            News::Joined(peer) => {
                self.plan.joined(peer);
                self.ask_status(peer);
            }
            News::Left(peer) => self.plan.left(&peer),
            News::Height(peer, height) => self.plan.heard(&peer, height),
            News::Header(peer, signed) => {
                self.plan.heard(&peer, signed.header.height);
                self.complete(*signed).await;
            }
        }
    }

    /// Commits a header that extends the head without a fetch if this node has voted on its body.
    async fn complete(&mut self, signed: SignedHeader) {
        if signed.header.height != self.ledger.head().next_height() {
            return;
        }
        if let Err(error) = fetch::complete(&self.ledger, &self.metrics, signed).await {
            // The header is final and the body is from this node's store, so the fault is local.
            tracing::error!(%error, "a voted block was not committed");
        }
    }

    /// Polls a few peers. Reports of joins and leaves may have been dropped, so the plan first
    /// takes over the network's list of connected peers.
    fn poll(&mut self) {
        let connected = self.network.connected();
        self.plan.retain(&connected.borrow());
        for peer in self.plan.poll() {
            self.ask_status(peer);
        }
    }

    fn ask_status(&mut self, peer: PeerId) {
        let network = self.network.clone();
        self.polls
            .spawn(async move { (peer, network.request(peer, GetStatus).await) });
    }

    fn polled(&mut self, polled: Option<(PeerId, Result<Status, RequestError>)>) {
        match polled {
            Some((peer, Ok(status))) => self.plan.heard(&peer, status.height),
            Some((peer, Err(error))) => tracing::debug!(%peer, %error, "no status from the peer"),
            None => tracing::error!("a status poll did not end"),
        }
    }

    async fn act(&mut self, step: Step<PeerId>, shutdown: &CancellationToken) {
        let Step::Fetch { peer, from, count } = step else {
            return;
        };
        let source = fetch::Source {
            ledger: &self.ledger,
            network: &self.network,
            metrics: &self.metrics,
            peer,
            bodies_at_once: self.config.bodies_at_once,
        };
        match source.fetch(from, count, shutdown).await {
            Ok(_) => self.plan.delivered(&peer),
            Err(error) => self.fetch_failed(peer, &error),
        }
    }

    fn fetch_failed(&mut self, peer: PeerId, error: &FetchError) {
        self.metrics
            .failed_fetches
            .with_label_values(&[error.fault().name()])
            .inc();
        if let FetchError::NoHeaders { .. } = error {
            // Expected: peers forward a gossiped header before they commit its block.
            tracing::debug!(%peer, %error, "blocks not fetched");
        } else {
            tracing::warn!(%peer, %error, "blocks not fetched");
        }
        // The network has already counted malformed replies.
        if let FetchError::Block { source, .. } = error
            && source.fault() == Fault::Peer
        {
            self.network.report(peer, Offence::InvalidBlock);
        }
        let now = self.now();
        match error {
            FetchError::NoHeaders { .. } => {
                self.plan.had_none(&peer, self.ledger.head().height, now);
            }
            _ => self.plan.failed(&peer, now),
        }
    }
}
