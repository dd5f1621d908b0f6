//! Two-dimensional repair of a block's matrix from single cells, when whole columns are too few.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use futures::future::join_all;
use weft_chain::{BlobHeader, BlobId, PublicKey, ValidatorSet};
use weft_encoding::{
    CELL_BYTES, COLUMNS, CellCoord, ColumnIndex, DATA_COLUMNS, Fault, MatrixCommitments,
    MatrixRepair, ProvenCell, RepairError, Row, RowIndex, VerifiedCell, VerifiedColumn,
};
use weft_network::limits::MAX_SAMPLES;
use weft_network::{GetSamples, Refusal, SampleReply};
use weft_sampling::CustodyAssignment;

use super::super::{ReadError, Shared, blocking};
use crate::store::Location;
use crate::workers::JobLost;

/// Columns whose cells are asked for at once, between two attempts at repair.
const COLUMNS_A_ROUND: usize = 16;

/// Repairs the blob's rows from the columns at hand and single cells of the block it is in.
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

    let commitments = body.commitments();
    let matrix = shared
        .workers
        .run(move || MatrixCommitments::new(&commitments))
        .await??;
    let set = shared.ledger.validator_sets().at(location.height);
    let assignment = shared.custodians.assignment(&set)?;
    let mut repair = Repair {
        shared,
        location,
        set: &set,
        assignment: &assignment,
        matrix: Arc::new(matrix),
        missing: missing_columns(&columns),
        wanted: usize::from(location.first_row)..usize::from(location.first_row) + header.rows(),
        known: Some(MatrixRepair::new(body.rows())?),
        bytes: 0,
        refused: 0,
    };
    for column in &columns {
        repair
            .known()?
            .insert_column(column, usize::from(location.first_row))?;
    }
    match repair.run().await? {
        Some(rows) => Ok((rows, repair.bytes)),
        None => Err(ReadError::Unrepairable {
            blob_id,
            height: location.height,
            columns: had,
            needed_columns: DATA_COLUMNS,
            cells: repair.known()?.known(),
            total_cells: 2 * body.rows() * COLUMNS,
            refused: repair.refused,
        }),
    }
}

struct Repair<'a> {
    shared: &'a Arc<Shared>,
    location: Location,
    set: &'a ValidatorSet,
    assignment: &'a CustodyAssignment,
    matrix: Arc<MatrixCommitments>,
    /// Columns of which nothing has been asked for, those whose data is wanted first.
    missing: Vec<ColumnIndex>,
    /// The original rows that are wanted.
    wanted: Range<usize>,
    /// Away while the workers have it.
    known: Option<MatrixRepair>,
    bytes: u64,
    refused: usize,
}

impl Repair<'_> {
    /// Asks for the missing columns' cells, a few columns at a time, until the matrix repairs.
    async fn run(&mut self) -> Result<Option<Vec<Row>>, ReadError> {
        loop {
            let round = self.missing.len().min(COLUMNS_A_ROUND);
            if round == 0 {
                return Ok(None);
            }
            let columns: Vec<_> = self.missing.drain(..round).collect();
            self.fetch(&columns).await?;
            if let Some(rows) = self.try_repair().await? {
                return Ok(Some(rows));
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

    /// Asks each holder in turn for the cells of `columns` that nobody has given yet.
    async fn fetch(&mut self, columns: &[ColumnIndex]) -> Result<(), ReadError> {
        let rows = 2 * self.matrix.rows();
        let mut wanted = BTreeSet::new();
        for column in columns {
            for row in 0..rows {
                let row = RowIndex::new(row).map_err(|_| JobLost)?;
                wanted.insert(CellCoord {
                    row,
                    column: *column,
                });
            }
        }
        let most = columns
            .iter()
            .map(|column| self.assignment.custodians_of(*column).len())
            .max();
        for holder in 0..most.unwrap_or(0) {
            let asks = self.asks(holder, &wanted);
            let shared = self.shared;
            let height = self.location.height;
            let asking = asks.into_iter().map(|(of, coords)| async move {
                let request = GetSamples { height, coords };
                let reply = shared.custodians.samples(&of, &request).await;
                (of, request.coords, reply)
            });
            for (of, coords, reply) in join_all(asking).await {
                match reply {
                    Ok(replies) => {
                        for cell in self.accept(&of, &coords, replies).await? {
                            wanted.remove(&cell.coord());
                            self.known()?.insert(cell)?;
                        }
                    }
                    Err(error) => {
                        tracing::debug!(height = %height, custodian = %of, %error, "no cells");
                    }
                }
            }
        }
        Ok(())
    }

    /// The cells still wanted, by who is their `holder`-th holder, in requests of legal size.
    fn asks(
        &self,
        holder: usize,
        wanted: &BTreeSet<CellCoord>,
    ) -> Vec<(PublicKey, Vec<CellCoord>)> {
        let mut by_holder: BTreeMap<PublicKey, Vec<CellCoord>> = BTreeMap::new();
        for coord in wanted {
            let of = self.assignment.custodians_of(coord.column).get(holder);
            if let Some(validator) = of.and_then(|of| self.set.get(*of)) {
                by_holder
                    .entry(validator.public_key)
                    .or_default()
                    .push(*coord);
            }
        }
        by_holder
            .into_iter()
            .flat_map(|(of, coords)| {
                let requests: Vec<_> = coords
                    .chunks(MAX_SAMPLES)
                    .map(|coords| (of, coords.to_vec()))
                    .collect();
                requests
            })
            .collect()
    }

    async fn accept(
        &mut self,
        of: &PublicKey,
        coords: &[CellCoord],
        replies: Vec<SampleReply>,
    ) -> Result<Vec<VerifiedCell>, ReadError> {
        let mut proven = Vec::with_capacity(replies.len());
        for (coord, reply) in coords.iter().zip(replies) {
            match reply {
                SampleReply::Cell { cell, proof } => {
                    proven.push(ProvenCell {
                        coord: *coord,
                        cell,
                        proof,
                    });
                }
                SampleReply::Refused(Refusal::Withheld) => self.refused += 1,
                SampleReply::Refused(_) => {}
            }
        }
        self.bytes += (proven.len() * CELL_BYTES) as u64;
        let matrix = Arc::clone(&self.matrix);
        let outcomes = self
            .shared
            .workers
            .run(move || matrix.verify_each(proven))
            .await?;
        let mut verified = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            match outcome {
                Ok(cell) => verified.push(cell),
                Err(error) if error.fault() == Fault::Peer => self.shared.custodians.report(of),
                Err(_) => {}
            }
        }
        Ok(verified)
    }
}

fn missing_columns(columns: &[VerifiedColumn]) -> Vec<ColumnIndex> {
    let had: BTreeSet<usize> = columns.iter().map(|column| column.index().get()).collect();
    ColumnIndex::all()
        .filter(|column| !had.contains(&column.get()))
        .collect()
}
