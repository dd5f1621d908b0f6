//! The loop: searches blocks, starts work on blobs that are due, saves the cursor.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::JoinMap;
use weft_chain::{Height, PublicKey};
use weft_ledger::Ledger;
use weft_ledger::store::CustodyProgress;
use weft_sampling::ColumnSet;

use super::agenda::{Agenda, Place};
use super::blob::{self, Outcome};
use super::error::BackfillError;
use super::lack::owned;
use super::peers::Peers;
use super::search::search;
use super::{BackfillConfig, BackfillMetrics, BackfillParts, CustodyStatus, blocking};
use crate::workers::{JobLost, Workers};
use crate::{Assignments, Custodian};

/// Shared by the jobs of all blobs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) key: PublicKey,
    pub(super) ledger: Ledger,
    pub(super) peers: Peers,
    pub(super) custodian: Custodian,
    pub(super) assignments: Assignments,
    pub(super) workers: Workers,
    pub(super) config: BackfillConfig,
    pub(super) metrics: BackfillMetrics,
    pub(super) shutdown: CancellationToken,
    /// One permit: the rows of one blob are in memory at a time.
    rows: Semaphore,
}

impl Shared {
    /// Waits for the permit to hold a blob's rows in memory.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, BackfillError> {
        tokio::select! {
            () = self.shutdown.cancelled() => Err(BackfillError::Stopping),
            turn = self.rows.acquire() => Ok(turn.map_err(|_| JobLost)?),
        }
    }
}

/// The state of the loop.
#[derive(Debug)]
pub(super) struct Engine {
    shared: Arc<Shared>,
    agenda: Agenda,
    working: JoinMap<Place, Result<Outcome, BackfillError>>,
    /// The columns that this custodian owns now.
    owned: ColumnSet,
    /// The cursor on the disk.
    saved: CustodyProgress,
    next_save: Instant,
    /// When the next search may begin; later than now only after a failed search.
    next_search: Instant,
    status: watch::Sender<CustodyStatus>,
}

impl Engine {
    /// Resumes from the stored cursor.
    pub(super) async fn open(
        parts: BackfillParts,
        status: watch::Sender<CustodyStatus>,
    ) -> Result<Self, BackfillError> {
        let shared = Arc::new(Shared {
            key: parts.key,
            peers: Peers::new(
                parts.network,
                parts.directory,
                (parts.config.request_deadline, parts.config.away_pause),
                parts.shutdown.clone(),
            ),
            ledger: parts.ledger,
            custodian: parts.custodian,
            assignments: parts.assignments,
            workers: parts.workers,
            config: parts.config,
            metrics: parts.metrics,
            shutdown: parts.shutdown,
            rows: Semaphore::new(1),
        });
        let store = shared.ledger.store().clone();
        let saved = blocking(move || Ok(store.custody_progress()?)).await?;
        let config = &shared.config;
        let pauses = (config.first_retry_pause, config.max_retry_pause);
        // A cursor above the head belongs to a chain that was lost.
        let complete_to = saved.complete_to.min(shared.ledger.head().height);
        let agenda = Agenda::new(complete_to, pauses, config.max_unfinished);
        let now = Instant::now();
        Ok(Self {
            agenda,
            working: JoinMap::new(),
            owned: saved.owned,
            saved,
            next_save: now,
            next_search: now,
            status,
            shared,
        })
    }

    /// Runs until the shutdown.
    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let mut head = shared.ledger.watch_head();
        let mut sets = shared.ledger.validator_sets().changes();
        self.refresh().await;
        loop {
            self.take_up();
            self.tell();
            let wake = self.wake_at();
            tokio::select! {
                biased;
                () = shared.shutdown.cancelled() => break,
                Some((place, ended)) = self.working.join_next() => self.settle(place, ended),
                Ok(()) = head.changed() => self.refresh().await,
                Ok(()) = sets.changed() => self.refresh().await,
                () = std::future::ready(()), if self.is_searching() => self.search().await,
                () = std::future::ready(()), if self.is_save_due() => self.save().await,
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
        // Jobs are not aborted: their blocking writes would outlive them and keep the store open.
        // Each job ends by itself at the shutdown.
        while let Some((place, ended)) = self.working.join_next().await {
            self.settle(place, ended);
        }
        self.save().await;
    }

    /// Computes the columns owned now. If there are new ones, every unexpired block is searched
    /// again.
    async fn refresh(&mut self) {
        let shared = Arc::clone(&self.shared);
        let next = shared.ledger.head().next_height();
        let now_owned = blocking(move || {
            let sets = shared.ledger.validator_sets();
            Ok::<_, BackfillError>(owned(sets, &shared.assignments, next, &shared.key)?)
        });
        let now_owned = match now_owned.await {
            Ok(now_owned) => now_owned,
            Err(error) => {
                tracing::error!(%error, "the owned columns could not be computed");
                return;
            }
        };
        if !now_owned.difference(self.owned).is_empty() {
            tracing::info!(columns = now_owned.len(), "this custodian owns new columns");
            self.agenda.restart(Height::GENESIS);
        }
        self.owned = now_owned;
        self.skip_expired();
    }

    /// Blocks older than the longest retention have expired. If no column is owned, every block is
    /// complete.
    fn skip_expired(&mut self) {
        let head = self.shared.ledger.head().height;
        let retention = self.shared.ledger.genesis().retention_blocks;
        let oldest = head.get().saturating_sub(retention.saturating_mul(2));
        let skipped = if self.owned.is_empty() {
            head
        } else {
            Height::new(oldest)
        };
        self.agenda.searched(skipped, []);
    }

    /// Starts work on due blobs, up to the limit.
    fn take_up(&mut self) {
        while self.working.len() < self.shared.config.blobs_at_once.get()
            && let Some(place) = self.agenda.take_due(Instant::now())
        {
            let (shared, owned) = (Arc::clone(&self.shared), self.owned);
            self.working.spawn(
                place,
                async move { blob::complete(&shared, place, owned).await },
            );
        }
    }

    fn settle(
        &mut self,
        place: Place,
        ended: Result<Result<Outcome, BackfillError>, tokio::task::JoinError>,
    ) {
        let now = Instant::now();
        let (height, blob) = (place.height, place.blob);
        match ended {
            Ok(Ok(Outcome::Finished)) => self.agenda.finished(now, place),
            Ok(Ok(Outcome::Later { due })) => self.agenda.put_off(place, due, 0),
            Ok(Ok(Outcome::Incomplete { missing })) => {
                tracing::warn!(%height, %blob, missing, "a blob is incomplete");
                self.shared.metrics.retries.inc();
                self.agenda.again(now, place, Some(missing));
            }
            Ok(Err(BackfillError::Stopping)) => self.agenda.again(now, place, None),
            Ok(Err(error)) => {
                tracing::error!(%height, %blob, %error, fault = ?error.fault(), "backfill failed");
                self.shared.metrics.retries.inc();
                self.agenda.again(now, place, None);
            }
            Err(lost) => {
                tracing::error!(%height, %blob, %lost, "the backfill of a blob was lost");
                self.agenda.again(now, place, None);
            }
        }
    }

    /// Whether there are blocks left to search and there is room for incomplete blobs.
    fn is_searching(&self) -> bool {
        self.agenda.searched_to() < self.shared.ledger.head().height
            && self.agenda.has_room()
            && self.next_search <= Instant::now()
    }

    async fn search(&mut self) {
        let (shared, owned) = (Arc::clone(&self.shared), self.owned);
        let after = self.agenda.searched_to();
        let searched = blocking(move || {
            let head = shared.ledger.head().height;
            let store = shared.ledger.store();
            Ok::<_, BackfillError>(search(store, &shared.config, owned, after, head)?)
        });
        match searched.await {
            Ok(searched) => self.agenda.searched(searched.to, searched.found),
            Err(error) => {
                tracing::error!(%error, "blocks could not be searched");
                self.next_search = Instant::now() + self.shared.config.first_retry_pause;
            }
        }
    }

    fn progress(&self) -> CustodyProgress {
        CustodyProgress {
            owned: self.owned,
            complete_to: self.agenda.complete_to(),
        }
    }

    fn is_save_due(&self) -> bool {
        self.progress() != self.saved && self.next_save <= Instant::now()
    }

    async fn save(&mut self) {
        let progress = self.progress();
        if progress == self.saved {
            return;
        }
        self.next_save = Instant::now() + self.shared.config.save_interval;
        let store = self.shared.ledger.store().clone();
        let save = move || Ok::<_, BackfillError>(store.keep_custody_progress(progress)?);
        match blocking(save).await {
            Ok(()) => self.saved = progress,
            Err(error) => tracing::error!(%error, "the progress could not be saved"),
        }
    }

    /// When the loop must wake up without an event.
    fn wake_at(&self) -> Option<Instant> {
        let has_room = self.working.len() < self.shared.config.blobs_at_once.get();
        let due = self.agenda.next_due().filter(|_| has_room);
        let save = (self.progress() != self.saved).then_some(self.next_save);
        let behind = self.agenda.searched_to() < self.shared.ledger.head().height;
        let search = (behind && self.agenda.has_room()).then_some(self.next_search);
        [due, save, search].into_iter().flatten().min()
    }

    /// Publishes the status and the gauges.
    fn tell(&self) {
        let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let status = CustodyStatus {
            owned: self.owned.len() as u64,
            missing: self.agenda.missing() as u64,
            complete_to: self.agenda.complete_to(),
        };
        let metrics = &self.shared.metrics;
        metrics.missing_columns.set(gauge(status.missing));
        metrics.complete_height.set(gauge(status.complete_to.get()));
        metrics
            .unfinished_blobs
            .set(gauge(self.agenda.unfinished() as u64));
        self.status.send_if_modified(|told| {
            let is_new = *told != status;
            *told = status;
            is_new
        });
    }
}
