//! Whole columns of a blob, from this node's store and from custodians.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use weft_chain::{BlobId, PublicKey};
use weft_encoding::{
    CELL_BYTES, ColumnVerifier, DATA_COLUMNS, Fault, UnverifiedColumn, VerifiedColumn,
};
use weft_network::{ColumnsReply, GetColumns, Offence};
use weft_sampling::{Ask, ColumnPlan, ColumnSet};

use super::super::error::CustodianError;
use super::super::{ReadError, Shared, blocking};
use super::holders;

/// The columns that were available.
pub(super) struct Fetched {
    /// Verified columns, no index twice.
    pub(super) columns: Vec<VerifiedColumn>,
    /// Bytes of cells that came over the network.
    pub(super) bytes: u64,
}

/// Progress of a request.
enum Event {
    Ended(Box<Ended>),
    /// It is still in flight; other holders are asked meanwhile.
    Slow(Ask),
}

struct Ended {
    ask: Ask,
    of: PublicKey,
    reply: Result<ColumnsReply, CustodianError>,
}

/// Fetches columns until 64 are verified or no holder is left to ask.
///
/// A slow custodian does not delay the read: after `slow_after` other holders are asked too, and a
/// late reply still counts.
pub(super) async fn fetch(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    verifier: &Arc<ColumnVerifier>,
) -> Result<Fetched, ReadError> {
    let holders = holders(shared, blob_id).await?;
    let mut plan = ColumnPlan::new(&holders, ColumnSet::ALL, DATA_COLUMNS);
    let mut had = BTreeMap::new();
    let mut bytes = 0;
    for outcome in verify(shared, verifier, stored(shared, blob_id).await?).await? {
        match outcome {
            Ok(column) => {
                plan.has(column.index());
                had.insert(column.index(), column);
            }
            Err(error) => tracing::error!(%blob_id, %error, "a stored column does not verify"),
        }
    }
    let mut events = FuturesUnordered::new();
    let mut out = 0;
    while !plan.is_enough() {
        for ask in plan.next_asks() {
            out += send(shared, blob_id, holders.key(ask.of), ask, &mut events);
        }
        if out == 0 {
            break;
        }
        match events.next().await {
            None => break,
            Some(Event::Slow(ask)) => plan.slow(&ask),
            Some(Event::Ended(ended)) => {
                out -= 1;
                let Ended { ask, of, reply } = *ended;
                let reply = match reply {
                    Ok(reply) => reply,
                    Err(error) => {
                        tracing::debug!(%blob_id, custodian = %of, %error, "no columns");
                        plan.failed(&ask);
                        continue;
                    }
                };
                plan.ended(&ask);
                bytes += bytes_of(&reply);
                for column in accept(shared, blob_id, verifier, &of, reply.columns).await? {
                    plan.has(column.index());
                    had.insert(column.index(), column);
                }
            }
        }
    }
    Ok(Fetched {
        columns: had.into_values().collect(),
        bytes,
    })
}

/// Sends a request and starts its timer. Returns the number of requests sent: one.
fn send<'a>(
    shared: &'a Shared,
    blob_id: BlobId,
    key: PublicKey,
    ask: Ask,
    events: &mut FuturesUnordered<BoxFuture<'a, Event>>,
) -> usize {
    let late = ask.clone();
    events.push(
        async move {
            tokio::time::sleep(shared.config.slow_after).await;
            Event::Slow(late)
        }
        .boxed(),
    );
    events.push(
        async move {
            let request = GetColumns {
                blob_id,
                columns: ask.columns.clone(),
            };
            let reply = shared.custodians.columns(&key, request).await;
            Event::Ended(Box::new(Ended {
                ask,
                of: key,
                reply,
            }))
        }
        .boxed(),
    );
    1
}

/// The columns of a reply that verify. A column that does not is an offence.
async fn accept(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    verifier: &Arc<ColumnVerifier>,
    of: &PublicKey,
    columns: Vec<UnverifiedColumn>,
) -> Result<Vec<VerifiedColumn>, ReadError> {
    let mut verified = Vec::with_capacity(columns.len());
    let mut offence = None;
    for outcome in verify(shared, verifier, columns).await? {
        match outcome {
            Ok(column) => verified.push(column),
            Err(error) => offence = Some(error),
        }
    }
    if let Some(error) = offence.filter(|error| error.fault() == Fault::Peer) {
        tracing::warn!(%blob_id, custodian = %of, %error, "columns do not verify");
        shared.custodians.report(of, Offence::InvalidProof);
    }
    Ok(verified)
}

/// The columns that this node stores. They are verified like all others: a disk may corrupt data.
async fn stored(shared: &Arc<Shared>, blob_id: BlobId) -> Result<Vec<UnverifiedColumn>, ReadError> {
    let store = shared.store.clone();
    blocking(move || {
        let held: ColumnSet = store.held_columns(&blob_id)?;
        let mut columns = Vec::with_capacity(held.len());
        for index in held.iter().take(DATA_COLUMNS) {
            columns.extend(store.column(&blob_id, index)?);
        }
        Ok(columns)
    })
    .await
}

async fn verify(
    shared: &Arc<Shared>,
    verifier: &Arc<ColumnVerifier>,
    columns: Vec<UnverifiedColumn>,
) -> Result<Vec<Result<VerifiedColumn, weft_encoding::VerifyError>>, ReadError> {
    let verifier = Arc::clone(verifier);
    let verdicts = shared.workers.run(move || verifier.verify_each(columns));
    Ok(verdicts.await?)
}

fn bytes_of(reply: &ColumnsReply) -> u64 {
    let cells = reply
        .columns
        .iter()
        .map(|unverified| unverified.column.cells.len());
    (cells.sum::<usize>() * CELL_BYTES) as u64
}
