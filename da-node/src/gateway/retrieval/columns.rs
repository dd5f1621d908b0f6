//! Whole columns of a blob, from this node's store and from custodians.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use weft_chain::{BlobId, ValidatorIndex};
use weft_encoding::{
    CELL_BYTES, ColumnIndex, ColumnVerifier, DATA_COLUMNS, Fault, ProvenColumn, VerifiedColumn,
};
use weft_network::GetColumns;
use weft_sampling::{ColumnSet, CustodyAssignment};

use super::super::{ReadError, Shared, blocking};

/// What could be had.
pub(super) struct Fetched {
    /// Verified columns, no index twice.
    pub(super) columns: Vec<VerifiedColumn>,
    /// Bytes of cells that came over the network.
    pub(super) bytes: u64,
}

/// Fetches columns until 64 are verified or nobody is left to ask.
pub(super) async fn fetch(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    verifier: &Arc<ColumnVerifier>,
) -> Result<Fetched, ReadError> {
    let set = shared
        .ledger
        .validator_sets()
        .at(shared.ledger.head().next_height());
    let assignment = shared.custodians.assignment(&set)?;
    let mut plan = Plan::new(&assignment);
    let mut bytes = 0;
    for verified in verify(shared, verifier, stored(shared, blob_id).await?)
        .await?
        .flatten()
    {
        plan.had.insert(verified.index().get(), verified);
    }
    loop {
        let round = plan.next_round();
        if round.is_empty() {
            break;
        }
        let asking = round.into_iter().filter_map(|(of, columns)| {
            let key = set.get(of)?.public_key;
            let request = GetColumns { blob_id, columns };
            Some(async move { (key, shared.custodians.columns(&key, request).await) })
        });
        for (of, reply) in join_all(asking).await {
            let proven = match reply {
                Ok(reply) => reply.columns,
                Err(error) => {
                    tracing::debug!(%blob_id, custodian = %of, %error, "no columns");
                    continue;
                }
            };
            bytes += proven
                .iter()
                .map(|proven| (proven.column.cells.len() * CELL_BYTES) as u64)
                .sum::<u64>();
            for outcome in verify(shared, verifier, proven).await? {
                match outcome {
                    Ok(verified) => {
                        plan.had.insert(verified.index().get(), verified);
                    }
                    Err(error) => {
                        tracing::warn!(%blob_id, custodian = %of, %error, "a column does not verify");
                        if error.fault() == Fault::Peer {
                            shared.custodians.report(&of);
                        }
                    }
                }
            }
        }
    }
    Ok(Fetched {
        columns: plan.had.into_values().collect(),
        bytes,
    })
}

/// Who is still to be asked for what.
struct Plan<'a> {
    assignment: &'a CustodyAssignment,
    had: BTreeMap<usize, VerifiedColumn>,
    /// How many of a column's holders have been asked for it.
    asked: [usize; weft_encoding::COLUMNS],
}

impl<'a> Plan<'a> {
    fn new(assignment: &'a CustodyAssignment) -> Self {
        Self {
            assignment,
            had: BTreeMap::new(),
            asked: [0; weft_encoding::COLUMNS],
        }
    }

    /// As many columns as are missing, lowest first (they are the data, and need no decoding), each
    /// from its next holder. Empty when there are enough, or nobody is left.
    fn next_round(&mut self) -> BTreeMap<ValidatorIndex, Vec<ColumnIndex>> {
        let mut round: BTreeMap<ValidatorIndex, Vec<ColumnIndex>> = BTreeMap::new();
        let mut missing = DATA_COLUMNS.saturating_sub(self.had.len());
        for column in ColumnIndex::all() {
            if missing == 0 {
                break;
            }
            if self.had.contains_key(&column.get()) {
                continue;
            }
            let holders = self.assignment.custodians_of(column);
            if let Some(holder) = holders.get(self.asked[column.get()]) {
                self.asked[column.get()] += 1;
                round.entry(*holder).or_default().push(column);
                missing -= 1;
            }
        }
        round
    }
}

/// What this node holds itself. It is verified like everything else: a disk may lie.
async fn stored(shared: &Arc<Shared>, blob_id: BlobId) -> Result<Vec<ProvenColumn>, ReadError> {
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
    columns: Vec<ProvenColumn>,
) -> Result<
    impl Iterator<Item = Result<VerifiedColumn, weft_encoding::VerifyError>> + use<>,
    ReadError,
> {
    let verifier = Arc::clone(verifier);
    Ok(shared
        .workers
        .run(move || verifier.verify_each(columns))
        .await?
        .into_iter())
}
