//! The sampler's loop.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc};

use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use weft_chain::Height;

use super::{
    MAX_WAITING,
    height::{self, Reason, Resources},
    mailbox::{Command, MAILBOX, Reply, SamplerHandle, Ticket},
    resamples::Resamples,
};
use crate::{
    HeightReport, HeightVerdict, Progress, Resampling, SampleError, SampleSchedule,
    follower::HeaderChain, metrics::Metrics,
};

/// Reports that a slow receiver may be behind.
const REPORTS: usize = 256;

/// A height that was requested, or that is being sampled.
#[derive(Debug)]
struct Wanted {
    progress: watch::Sender<Progress>,
    waiting: Vec<Reply>,
    running: bool,
}

/// Which heights are sampled without a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heights {
    pub(crate) schedule: SampleSchedule,
    pub(crate) resampling: Resampling,
    /// The lowest height without a report.
    pub(crate) first: Height,
}

/// The outcome of a block task.
struct Finished {
    height: Height,
    reason: Reason,
    outcome: Result<HeightReport, SampleError>,
    /// Whether this task made the report; if not, it read it from the store.
    fresh: bool,
}

/// See the [module](super).
pub(crate) struct Sampler {
    resources: Arc<Resources>,
    chain: watch::Receiver<HeaderChain>,
    commands: mpsc::Receiver<Command>,
    reports: broadcast::Sender<HeightReport>,
    metrics: Metrics,
    max_sessions: NonZeroUsize,
    /// The next height to be sampled in order; `None` with [`SampleSchedule::OnRequest`].
    next: Option<Height>,
    resamples: Resamples,
    wanted: BTreeMap<Height, Wanted>,
    blocks: JoinSet<Finished>,
}

impl Sampler {
    /// A sampler that has not started.
    pub(crate) fn new(
        resources: Resources,
        chain: watch::Receiver<HeaderChain>,
        metrics: Metrics,
        max_sessions: NonZeroUsize,
        heights: Heights,
    ) -> (Self, SamplerHandle, broadcast::Sender<HeightReport>) {
        let (sender, commands) = mpsc::channel(MAILBOX);
        let (reports, _) = broadcast::channel(REPORTS);
        let sampler = Self {
            resources: Arc::new(resources),
            chain,
            commands,
            reports: reports.clone(),
            metrics,
            max_sessions,
            next: (heights.schedule == SampleSchedule::EveryBlock).then_some(heights.first),
            resamples: Resamples::new(heights.resampling),
            wanted: BTreeMap::new(),
            blocks: JoinSet::new(),
        };
        (sampler, SamplerHandle(sender), reports)
    }

    /// Samples until `shutdown` is cancelled.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        loop {
            self.start_blocks();
            // Without a free session a due height cannot start, so its timer must not fire.
            let has_session = self.blocks.len() < self.max_sessions.get();
            let due = self.resamples.next_due().filter(|_| has_session);
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(command) = self.commands.recv() => self.on_command(command),
                Ok(()) = self.chain.changed() => {}
                Some(finished) = self.blocks.join_next() => self.on_finished(finished),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                else => break,
            }
        }
        self.blocks.shutdown().await;
        info!("the sampler has stopped");
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Sample { height, reply } => {
                // A caller that has gone needs no ticket.
                let _ = reply.send(self.ticket(height));
            }
        }
    }

    fn ticket(&mut self, height: Height) -> Result<Ticket, SampleError> {
        if height < Height::FIRST {
            return Err(SampleError::NoBlock { height });
        }
        if self.wanted.len() >= MAX_WAITING && !self.wanted.contains_key(&height) {
            return Err(SampleError::TooMany { limit: MAX_WAITING });
        }
        let wanted = self.wanted.entry(height).or_insert_with(Wanted::new);
        let (reply, outcome) = oneshot::channel();
        // Callers that have gone make room.
        wanted.waiting.retain(|reply| !reply.is_closed());
        wanted.waiting.push(reply);
        Ok(Ticket {
            height,
            progress: wanted.progress.subscribe(),
            outcome,
        })
    }

    /// Starts blocks while sessions are free: first requested ones, then the next in order, then those
    /// that are due to be sampled again.
    fn start_blocks(&mut self) {
        let tip = self.chain.borrow_and_update().height();
        while self.blocks.len() < self.max_sessions.get() {
            let asked_for = self
                .wanted
                .iter()
                .take_while(|(height, _)| **height <= tip)
                .find(|(_, wanted)| !wanted.running)
                .map(|(height, _)| *height);
            if let Some(height) = asked_for {
                self.start(height, Reason::Requested);
                continue;
            }
            let (height, reason) = match self.next.filter(|next| *next <= tip) {
                Some(height) => {
                    self.next = height.next();
                    (height, Reason::InOrder)
                }
                None => match self.resamples.take_due(Instant::now()) {
                    Some((height, time)) => (height, Reason::Again(time)),
                    None => break,
                },
            };
            // A requested height that is being sampled already is not sampled twice.
            if !self.wanted.contains_key(&height) {
                self.start(height, reason);
            }
        }
    }

    fn start(&mut self, height: Height, reason: Reason) {
        let wanted = self.wanted.entry(height).or_insert_with(Wanted::new);
        wanted.running = true;
        let progress = wanted.progress.clone();
        let (resources, chain) = (Arc::clone(&self.resources), self.chain.clone());
        self.blocks.spawn(async move {
            let (outcome, fresh) =
                match height::sample(resources, chain, height, reason, &progress).await {
                    Ok((report, fresh)) => (Ok(report), fresh),
                    Err(error) => (Err(error), false),
                };
            Finished {
                height,
                reason,
                outcome,
                fresh,
            }
        });
    }

    fn on_finished(&mut self, finished: Result<Finished, JoinError>) {
        let Finished {
            height,
            reason,
            outcome,
            fresh,
        } = match finished {
            Ok(finished) => finished,
            Err(error) => {
                // The height is unknown, and a caller of a height without a task would wait for ever:
                // dropping all replies tells every caller.
                error!(%error, "a block task failed");
                self.wanted.retain(|_, wanted| !wanted.running);
                self.blocks.abort_all();
                return;
            }
        };
        match &outcome {
            Ok(report) if fresh => {
                self.metrics.report(report);
                if report.verdict == HeightVerdict::NotEnough {
                    self.sample_again(height, reason);
                }
                // There may be no receiver.
                let _ = self.reports.send(report.clone());
            }
            Ok(_) => {}
            Err(error) => error!(%height, %error, "sampling a height failed"),
        }
        for reply in self
            .wanted
            .remove(&height)
            .into_iter()
            .flat_map(|wanted| wanted.waiting)
        {
            let _ = reply.send(outcome.clone());
        }
    }

    /// Schedules a height whose samples were not enough to be sampled again, unless it was requested.
    fn sample_again(&mut self, height: Height, reason: Reason) {
        let times = match reason {
            Reason::Requested => return,
            Reason::InOrder => 0,
            Reason::Again(times) => times,
        };
        self.resamples.add(Instant::now(), height, times);
    }
}

impl Wanted {
    fn new() -> Self {
        let progress = watch::Sender::new(Progress::default());
        Self {
            progress,
            waiting: Vec::new(),
            running: false,
        }
    }
}
