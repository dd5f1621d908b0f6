//! The sampler's loop.

use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc, time::Instant};

use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::{JoinError, JoinSet},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info};
use weft_chain::Height;

use super::{
    BlockContext, Directory, MAX_WAITING, block,
    mailbox::{Command, MAILBOX, Reply, SamplerHandle, Ticket},
};
use crate::{
    Follow, HeightReport, Progress, SampleError, StoreError, follower::HeaderChain,
    metrics::Metrics, store::Store,
};

/// Reports that a slow receiver may be behind.
const REPORTS: usize = 256;

/// A height that somebody waits for, or that is being sampled.
#[derive(Debug)]
struct Wanted {
    progress: watch::Sender<Progress>,
    waiting: Vec<Reply>,
    running: bool,
}

/// What a block task ends with.
struct Finished {
    height: Height,
    outcome: Result<HeightReport, SampleError>,
    /// Whether the report was made now, not read from the store.
    fresh: bool,
}

/// What block tasks need besides the network.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(crate) context: BlockContext,
    pub(crate) directory: Directory,
    pub(crate) store: Store,
    /// Jobs on the store are waited for at the end.
    pub(crate) jobs: TaskTracker,
}

/// See the [module](super).
pub(crate) struct Sampler {
    resources: Arc<Resources>,
    chain: watch::Receiver<HeaderChain>,
    commands: mpsc::Receiver<Command>,
    reports: broadcast::Sender<HeightReport>,
    metrics: Metrics,
    max_sessions: NonZeroUsize,
    /// The next height to be sampled without being asked for, if any is.
    next: Option<Height>,
    wanted: BTreeMap<Height, Wanted>,
    blocks: JoinSet<Finished>,
}

impl Sampler {
    /// A sampler that has not started; `first` is the lowest height without a report.
    pub(crate) fn new(
        resources: Resources,
        chain: watch::Receiver<HeaderChain>,
        metrics: Metrics,
        max_sessions: NonZeroUsize,
        follow: Follow,
        first: Height,
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
            next: (follow == Follow::EveryBlock).then_some(first),
            wanted: BTreeMap::new(),
            blocks: JoinSet::new(),
        };
        (sampler, SamplerHandle(sender), reports)
    }

    /// Samples until `shutdown` is cancelled.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        loop {
            self.start_blocks();
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(command) = self.commands.recv() => self.on_command(command),
                Ok(()) = self.chain.changed() => {}
                Some(finished) = self.blocks.join_next() => self.on_finished(finished),
                else => break,
            }
        }
        self.blocks.shutdown().await;
        info!("the sampler has stopped");
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Sample { height, reply } => {
                // Who has gone meanwhile needs no ticket.
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
        // Those who gave up waiting make room.
        wanted.waiting.retain(|reply| !reply.is_closed());
        wanted.waiting.push(reply);
        Ok(Ticket {
            height,
            progress: wanted.progress.subscribe(),
            outcome,
        })
    }

    /// Starts blocks while there is room: first those that are waited for, then the next in order.
    fn start_blocks(&mut self) {
        let tip = self.chain.borrow_and_update().height();
        while self.blocks.len() < self.max_sessions.get() {
            let asked_for = self
                .wanted
                .iter()
                .take_while(|(height, _)| **height <= tip)
                .find(|(_, wanted)| !wanted.running)
                .map(|(height, _)| *height);
            match (asked_for, self.next) {
                (Some(height), _) => self.start(height, true),
                (None, Some(height)) if height <= tip => {
                    self.next = height.next();
                    if !self.wanted.contains_key(&height) {
                        self.start(height, false);
                    }
                }
                _ => break,
            }
        }
    }

    fn start(&mut self, height: Height, asked_for: bool) {
        let wanted = self.wanted.entry(height).or_insert_with(Wanted::new);
        wanted.running = true;
        let progress = wanted.progress.clone();
        let (resources, chain) = (Arc::clone(&self.resources), self.chain.borrow().clone());
        self.blocks.spawn(async move {
            let (outcome, fresh) =
                match sample_height(resources, chain, height, asked_for, &progress).await {
                    Ok((report, fresh)) => (Ok(report), fresh),
                    Err(error) => (Err(error), false),
                };
            Finished {
                height,
                outcome,
                fresh,
            }
        });
    }

    fn on_finished(&mut self, finished: Result<Finished, JoinError>) {
        let Finished {
            height,
            outcome,
            fresh,
        } = match finished {
            Ok(finished) => finished,
            Err(error) => {
                // Which height it was is not known: whoever waits for a height that no task has
                // any more would wait for ever, so all are told.
                error!(%error, "a block task failed");
                self.wanted.retain(|_, wanted| !wanted.running);
                self.blocks.abort_all();
                return;
            }
        };
        match &outcome {
            Ok(report) if fresh => {
                self.metrics.report(report);
                // Nobody need be listening.
                let _ = self.reports.send(report.clone());
            }
            Ok(_) => {}
            Err(error) => error!(%height, %error, "a height was not sampled"),
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

/// Comes to a report on a height of the chain, and keeps it.
///
/// An available block stays so. Anything else is sampled again when it is asked for, with fresh
/// samples: those of before are known to whoever refused them.
async fn sample_height(
    resources: Arc<Resources>,
    chain: HeaderChain,
    height: Height,
    asked_for: bool,
    progress: &watch::Sender<Progress>,
) -> Result<(HeightReport, bool), SampleError> {
    let started = Instant::now();
    let prepared = {
        let (jobs, resources) = (resources.jobs.clone(), Arc::clone(&resources));
        blocking(&jobs, move || prepare(&resources, &chain, height)).await??
    };
    let Prepared {
        header,
        custodians,
        earlier,
    } = prepared;
    if let Some(report) = &earlier
        && (report.verdict.is_available() || !asked_for)
    {
        return Ok((report.clone(), false));
    }
    let verdict = block::sample(&resources.context, &header, &custodians, progress).await?;
    let attempt = earlier.map_or(0, |report| report.attempt).saturating_add(1);
    let elapsed = started.elapsed();
    let report = HeightReport::new(
        height,
        header.hash(),
        header.rows,
        attempt,
        &verdict,
        elapsed,
    );
    let kept = report.clone();
    let jobs = resources.jobs.clone();
    blocking(&jobs, move || resources.store.put_report(&kept)).await??;
    Ok((report, true))
}

struct Prepared {
    header: weft_chain::VerifiedHeader,
    custodians: Arc<[super::custodians::Custodian]>,
    earlier: Option<HeightReport>,
}

/// Reads what is known of a height; the header is verified again, because a file is no proof.
fn prepare(
    resources: &Resources,
    chain: &HeaderChain,
    height: Height,
) -> Result<Prepared, SampleError> {
    let stored = resources.store.header(height)?.ok_or(StoreError::Missing {
        table: "headers",
        height: height.get(),
    })?;
    let header = chain
        .verify_final(&stored)
        .map_err(|source| SampleError::StoredHeader { height, source })?;
    let set = chain.set(&header.validator_set_root);
    let custodians = match set.map(|set| resources.directory.custodians(set)) {
        Some(Ok(custodians)) => custodians,
        Some(Err(source)) => return Err(SampleError::Assignment { height, source }),
        None => Arc::new([]),
    };
    Ok(Prepared {
        header,
        custodians,
        earlier: resources.store.report(height)?,
    })
}

async fn blocking<T: Send + 'static>(
    jobs: &TaskTracker,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SampleError> {
    jobs.spawn_blocking(job)
        .await
        .map_err(|_| SampleError::Stopped)
}
