//! Fetches a blob's columns from their other holders, and decodes its rows from 64 columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use weft_chain::PublicKey;
use weft_encoding::{
    ColumnIndex, DATA_COLUMNS, Fault, UnverifiedColumn, VerifiedColumn, VerifyError,
};
use weft_network::{GetColumns, Offence};
use weft_sampling::{ColumnPlan, ColumnSet};

use super::blob::{Job, Rows};
use super::blocking;
use super::engine::Shared;
use super::error::BackfillError;

/// The columns of one blob fetched so far, and which holders were asked for them.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    shared: &'a Arc<Shared>,
    job: &'a Job,
    plan: ColumnPlan<'a>,
    had: BTreeMap<ColumnIndex, VerifiedColumn>,
    /// Columns to store as soon as they arrive.
    lacking: ColumnSet,
}

impl<'a> Columns<'a> {
    pub(super) fn new(shared: &'a Arc<Shared>, job: &'a Job) -> Self {
        Self {
            shared,
            job,
            plan: ColumnPlan::new(&job.holders, ColumnSet::EMPTY, 0),
            had: BTreeMap::new(),
            lacking: ColumnSet::EMPTY,
        }
    }

    /// Fetches these columns from their other holders and stores them. Returns those that no holder
    /// served.
    pub(super) async fn copy(&mut self, lacking: ColumnSet) -> Result<ColumnSet, BackfillError> {
        self.lacking = lacking;
        self.plan.want(lacking, lacking.len());
        self.fetch().await?;
        Ok(self.lacking)
    }

    /// The blob's rows from 64 columns: those already fetched, those stored here, and the rest from
    /// their holders. `None` if fewer are available.
    pub(super) async fn rows(&mut self) -> Result<Option<Rows>, BackfillError> {
        self.take_stored().await?;
        self.plan.want(ColumnSet::ALL, DATA_COLUMNS);
        self.fetch().await?;
        if !self.plan.is_enough() {
            return Ok(None);
        }
        let columns: Vec<_> = std::mem::take(&mut self.had).into_values().collect();
        let verifier = Arc::clone(&self.job.verifier);
        let repaired = self
            .shared
            .workers
            .run(move || verifier.repair_rows(&columns));
        Ok(Some(Arc::new(repaired.await??)))
    }

    /// Takes the columns stored here. They are verified like all others: a disk may corrupt data.
    async fn take_stored(&mut self) -> Result<(), BackfillError> {
        let had: ColumnSet = self.had.keys().copied().collect();
        let (store, blob) = (self.shared.ledger.store().clone(), self.job.place.blob);
        let stored = blocking(move || {
            let wanted = store.held_columns(&blob)?.difference(had);
            let mut columns = Vec::new();
            for index in wanted.iter().take(DATA_COLUMNS.saturating_sub(had.len())) {
                columns.extend(store.column(&blob, index)?);
            }
            Ok::<_, BackfillError>(columns)
        });
        for verdict in self.verify(stored.await?).await? {
            match verdict {
                Ok(column) => self.take(column),
                Err(error) => {
                    tracing::error!(%blob, %error, "a stored column does not verify");
                }
            }
        }
        Ok(())
    }

    /// Asks holders until enough columns are fetched or no holder is left to ask.
    async fn fetch(&mut self) -> Result<(), BackfillError> {
        let (shared, blob_id) = (self.shared, self.job.place.blob);
        let mut out = FuturesUnordered::new();
        loop {
            for ask in self.plan.next_asks() {
                let key = self.job.holders.key(ask.of);
                let columns = ask.columns.clone();
                out.push(async move {
                    let request = GetColumns { blob_id, columns };
                    (ask, key, shared.peers.ask(&key, request).await)
                });
            }
            let Some((ask, key, answer)) = out.next().await else {
                return Ok(());
            };
            match answer? {
                Ok(reply) => {
                    if self.accept(&key, reply.columns).await? {
                        self.plan.ended(&ask);
                    } else {
                        self.plan.failed(&ask);
                    }
                }
                Err(error) => {
                    tracing::debug!(blob = %blob_id, custodian = %key, %error, "no columns");
                    self.plan.failed(&ask);
                }
            }
        }
    }

    /// Keeps the columns that verify and stores those that are missing. Returns whether all verify;
    /// a reply with a column that does not is an offence.
    async fn accept(
        &mut self,
        of: &PublicKey,
        given: Vec<UnverifiedColumn>,
    ) -> Result<bool, BackfillError> {
        let mut offence = None;
        let mut lacked = Vec::new();
        for verdict in self.verify(given).await? {
            match verdict {
                Ok(column) => {
                    if self.lacking.remove(column.index()) {
                        lacked.push(column.clone());
                    }
                    self.take(column);
                }
                Err(error) => offence = Some(error),
            }
        }
        self.store(lacked).await?;
        let Some(error) = offence else {
            return Ok(true);
        };
        if error.fault() == Fault::Peer {
            let blob = self.job.place.blob;
            tracing::warn!(%blob, custodian = %of, %error, "columns do not verify");
            self.shared.peers.report(of, Offence::InvalidProof);
        }
        Ok(false)
    }

    async fn store(&self, columns: Vec<VerifiedColumn>) -> Result<(), BackfillError> {
        if columns.is_empty() {
            return Ok(());
        }
        let count = columns.len() as u64;
        store(self.shared, self.job, columns).await?;
        let copied = &self.shared.metrics.backfilled_columns;
        copied.with_label_values(&["copy"]).inc_by(count);
        Ok(())
    }

    fn take(&mut self, column: VerifiedColumn) {
        self.plan.has(column.index());
        self.had.insert(column.index(), column);
    }

    async fn verify(
        &self,
        columns: Vec<UnverifiedColumn>,
    ) -> Result<Vec<Result<VerifiedColumn, VerifyError>>, BackfillError> {
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let verifier = Arc::clone(&self.job.verifier);
        let verdicts = self
            .shared
            .workers
            .run(move || verifier.verify_each(columns));
        Ok(verdicts.await?)
    }
}

/// Stores verified columns until the blob expires.
pub(super) async fn store(
    shared: &Shared,
    job: &Job,
    columns: Vec<VerifiedColumn>,
) -> Result<(), BackfillError> {
    let (store, header, expiry) = (
        shared.ledger.store().clone(),
        job.header.clone(),
        job.expiry,
    );
    blocking(move || Ok(store.put_columns(&header, expiry, columns)?)).await
}
