//! Two-dimensional repair of a block's matrix from single cells, when whole columns are too few.

mod clients;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};
use weft_chain::{BlobHeader, BlobId, PublicKey};
use weft_custody::JobLost;
use weft_encoding::{
    CELL_BYTES, COLUMNS, CellCoord, ColumnIndex, DATA_COLUMNS, Fault, MatrixCommitments,
    MatrixRepair, RepairError, Row, RowIndex, UnverifiedCell, VerifiedCell, VerifiedColumn,
};
use weft_ledger::store::Location;
use weft_network::{GetSamples, Offence, Refusal, SampleReply};
use weft_sampling::{ColumnSet, Holder};

use super::super::error::CustodianError;
use super::super::{ReadError, Shared, blocking};
use super::holders;
use super::lanes::{Lanes, Wanted};

/// Repairs the blob's rows from the fetched columns and single cells of its block.
pub(super) async fn repair(
    shared: &Arc<Shared>,
    blob_id: BlobId,
    header: &BlobHeader,
    columns: Vec<VerifiedColumn>,
) -> Result<(Vec<Row>, u64), ReadError> {
    let store = shared.store.clone();
    let found = blocking(move || {
        let Some(location) = store.location(&blob_id)? else {
            return Ok(None);
        };
        Ok::<_, ReadError>(store.body(location.height)?.map(|body| (location, body)))
    });
    let had = columns.len();
    let too_few = ReadError::TooFewColumns {
        blob_id,
        had,
        needed: DATA_COLUMNS,
    };
    let (location, body) = found.await?.ok_or(too_few)?;

    let first_row = usize::from(location.first_row);
    let wanted = first_row..first_row + header.rows();
    let mut known = MatrixRepair::new(body.rows())?;
    for column in &columns {
        known.insert_column(column, first_row)?;
    }
    let cells = missing_cells(body.rows(), &wanted, &columns);
    let commitments = body.commitments();
    let matrix = shared
        .workers
        .run(move || MatrixCommitments::new(&commitments))
        .await??;
    let mut repair = Repair {
        shared,
        location,
        matrix: Arc::new(matrix),
        wanted,
        known: Some(known),
        bytes: 0,
        refused: BTreeSet::new(),
    };
    match repair.run(blob_id, cells).await? {
        Some(rows) => Ok((rows, repair.bytes)),
        None => Err(ReadError::Unrepairable {
            blob_id,
            height: location.height,
            columns: had,
            needed_columns: DATA_COLUMNS,
            cells: repair.known()?.known(),
            total_cells: 2 * body.rows() * COLUMNS,
            refused: repair.refused.len(),
        }),
    }
}

struct Repair<'a> {
    shared: &'a Arc<Shared>,
    location: Location,
    matrix: Arc<MatrixCommitments>,
    /// The original rows of the blob.
    wanted: Range<usize>,
    /// `None` while a worker uses it.
    known: Option<MatrixRepair>,
    bytes: u64,
    refused: BTreeSet<CellCoord>,
}

/// The outcome of one request.
struct Reply {
    of: Holder,
    key: PublicKey,
    asked: Vec<Wanted>,
    outcome: Result<Vec<SampleReply>, CustodianError>,
}

impl Repair<'_> {
    /// Asks custodians for cells until the matrix repairs, then light clients for the cells that
    /// they sampled. `None` if neither serve enough.
    async fn run(
        &mut self,
        blob_id: BlobId,
        cells: Vec<CellCoord>,
    ) -> Result<Option<Vec<Row>>, ReadError> {
        let shared = self.shared;
        let holders = holders(shared, blob_id).await?;
        let config = &shared.config;
        let give_up = Instant::now() + config.not_yet_patience;
        let pauses = (config.first_retry_pause, config.max_retry_pause);
        let mut lanes = Lanes::new(&holders, cells, pauses, give_up);
        let height = self.location.height;
        let mut out = FuturesUnordered::new();
        loop {
            while let Some((of, asked)) = lanes.next() {
                let key = holders.key(of);
                let coords = asked.iter().map(|wanted| wanted.coord).collect();
                out.push(async move {
                    let request = GetSamples { height, coords };
                    Reply {
                        of,
                        key,
                        asked,
                        outcome: shared.custodians.samples(&key, request).await,
                    }
                });
            }
            lanes.settle(Instant::now());
            let wake = lanes.wake_at();
            if out.is_empty() && wake.is_none() {
                return match self.try_repair().await? {
                    Some(rows) => Ok(Some(rows)),
                    None => self.ask_clients().await,
                };
            }
            tokio::select! {
                Some(reply) = out.next() => {
                    if self.take(reply, &mut lanes).await?
                        && let Some(rows) = self.try_repair().await?
                    {
                        return Ok(Some(rows));
                    }
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {
                    lanes.wake(Instant::now());
                }
            }
        }
    }

    async fn try_repair(&mut self) -> Result<Option<Vec<Row>>, ReadError> {
        let mut known = self.known.take().ok_or(JobLost)?;
        let wanted = self.wanted.clone();
        let (known, repaired) = self
            .shared
            .workers
            .run(move || {
                let repaired = known.repair_rows(wanted);
                (known, repaired)
            })
            .await?;
        self.known = Some(known);
        match repaired {
            Ok(rows) => Ok(Some(rows)),
            Err(RepairError::NotEnoughCells { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn known(&mut self) -> Result<&mut MatrixRepair, JobLost> {
        self.known.as_mut().ok_or(JobLost)
    }

    /// Processes a reply. Returns whether any of its cells verified.
    async fn take(&mut self, reply: Reply, lanes: &mut Lanes<'_>) -> Result<bool, ReadError> {
        let Reply {
            of,
            key,
            asked,
            outcome,
        } = reply;
        let replies = match outcome {
            Ok(replies) => replies,
            Err(error) => {
                let height = self.location.height;
                tracing::debug!(%height, custodian = %key, %error, "no cells");
                if matches!(error, CustodianError::Refused(Refusal::Busy)) {
                    lanes.answered(of);
                    asked.into_iter().for_each(|wanted| lanes.not_yet(wanted));
                } else {
                    lanes.failed(of, asked);
                }
                return Ok(false);
            }
        };
        lanes.answered(of);
        let mut given = Vec::with_capacity(replies.len());
        for (wanted, reply) in asked.into_iter().zip(replies) {
            match reply {
                SampleReply::Cell { cell, proof } => {
                    let coord = wanted.coord;
                    given.push((wanted, UnverifiedCell { coord, cell, proof }));
                }
                SampleReply::Refused(Refusal::NotYet | Refusal::Busy) => lanes.not_yet(wanted),
                SampleReply::Refused(refusal) => {
                    if refusal == Refusal::NotHeld {
                        self.refused.insert(wanted.coord);
                    }
                    lanes.elsewhere(wanted);
                }
            }
        }
        let mut brought = false;
        for (wanted, cell) in self.verify(&key, given).await? {
            match cell {
                Some(cell) => {
                    self.known()?.insert(cell)?;
                    brought = true;
                }
                None => lanes.elsewhere(wanted),
            }
        }
        Ok(brought)
    }

    /// Verifies the cells of a reply. A cell that does not verify is an offence.
    async fn verify(
        &mut self,
        of: &PublicKey,
        given: Vec<(Wanted, UnverifiedCell)>,
    ) -> Result<Vec<(Wanted, Option<VerifiedCell>)>, ReadError> {
        self.bytes += (given.len() * CELL_BYTES) as u64;
        let (wanted, cells): (Vec<_>, Vec<_>) = given.into_iter().unzip();
        let matrix = Arc::clone(&self.matrix);
        let verdicts = self.shared.workers.run(move || matrix.verify_each(cells));
        let verdicts = verdicts.await?;
        let offence = verdicts
            .iter()
            .filter_map(|verdict| verdict.as_ref().err())
            .find(|error| error.fault() == Fault::Peer);
        if let Some(error) = offence {
            let height = self.location.height;
            tracing::warn!(%height, custodian = %of, %error, "cells do not verify");
            self.shared.custodians.report(of, Offence::InvalidProof);
        }
        Ok(wanted
            .into_iter()
            .zip(verdicts.into_iter().map(Result::ok))
            .collect())
    }
}

/// The cells of the matrix of `rows` original rows that are neither fetched nor derivable from a
/// whole column, in the order of their use: the wanted rows' cells of the missing columns, then the
/// other cells of the missing columns, then other blobs' cells of the fetched columns.
fn missing_cells(rows: usize, wanted: &Range<usize>, columns: &[VerifiedColumn]) -> Vec<CellCoord> {
    let had: ColumnSet = columns.iter().map(VerifiedColumn::index).collect();
    let missing = |column: &ColumnIndex| !had.contains(*column);
    let of_rows = |columns: Vec<ColumnIndex>, keep: &dyn Fn(usize) -> bool| {
        let rows: Vec<RowIndex> = (0..2 * rows)
            .filter(|row| keep(*row))
            .filter_map(|row| RowIndex::new(row).ok())
            .collect();
        columns
            .into_iter()
            .flat_map(|column| rows.iter().map(move |&row| CellCoord { row, column }))
            .collect::<Vec<_>>()
    };
    let own = |row: usize| wanted.contains(&row);
    let others = |row: usize| !wanted.contains(&row);
    let mut cells = of_rows(ColumnIndex::all().filter(missing).collect(), &own);
    cells.extend(of_rows(
        ColumnIndex::all().filter(missing).collect(),
        &others,
    ));
    // If the blob is the whole block, its columns are whole and give their parity cells.
    if wanted.len() < rows {
        cells.extend(of_rows(had.iter().collect(), &others));
    }
    cells
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::{TestBlob, namespace};

    use super::*;

    /// Coordinates as numbers: (row, column).
    fn places(cells: &[CellCoord]) -> Vec<(usize, usize)> {
        let place = |cell: &CellCoord| (cell.row.get(), cell.column.get());
        cells.iter().map(place).collect()
    }

    #[test]
    fn missing_cells_are_those_that_follow_from_nothing_at_hand() {
        let blob = TestBlob::new(namespace("cells"), 1, 1);
        let had = [3, 100].map(|index| ColumnIndex::new(index).unwrap());
        let columns = blob.verified(had);
        let is_had = |column: usize| column == 3 || column == 100;

        // A blob that is the whole block: its columns give their parity cells.
        let alone = places(&missing_cells(1, &(0..1), &columns));
        assert_eq!(alone.len(), 126 * 2);
        assert!(alone.iter().all(|(_, column)| !is_had(*column)));

        // Row 1 of a block of three: the fetched columns lack the other blobs' rows.
        let cells = places(&missing_cells(3, &(1..2), &columns));
        let (own, rest) = cells.split_at(126);
        assert!(
            own.iter()
                .all(|(row, column)| *row == 1 && !is_had(*column))
        );
        let (missing, others) = rest.split_at(126 * 5);
        assert!(
            missing
                .iter()
                .all(|(row, column)| *row != 1 && !is_had(*column))
        );
        let mut others = others.to_vec();
        others.sort_unstable();
        let expected = [0, 2, 3, 4, 5].map(|row| [(row, 3), (row, 100)]);
        assert_eq!(others, expected.concat());
        let distinct: BTreeSet<_> = cells.iter().collect();
        assert_eq!(distinct.len(), cells.len());
    }
}
