//! The two peers behind one trait, each with its inputs in its own types.

use std::sync::Arc;

use c_kzg::{Blob, Bytes48, KzgSettings};
use rust_eth_kzg::{DASContext, TrustedSetup, UsePrecomp};
use weft_encoding::{CELL_BYTES, Cell, CellProof, ColumnIndex, Commitment, ROW_BYTES, Row};

/// A cell with its row's commitment, its column and its proof.
pub(crate) type Claim = (Commitment, ColumnIndex, Cell, CellProof);

/// What every library of EIP-4844 and EIP-7594 does.
///
/// Inputs are made outside of what is timed; outputs come in the library's own form.
pub(crate) trait Library: Sync {
    const NAME: &'static str;
    type Row: Send + Sync;
    type Cells: Send;
    type Coded: Send;
    type Batch: Send + Sync;

    fn row(&self, row: &Row) -> Self::Row;
    fn batch(&self, claims: &[Claim]) -> Self::Batch;
    fn commit(&self, row: &Self::Row) -> [u8; 48];
    fn compute_cells(&self, row: &Self::Row) -> Self::Cells;
    fn cells_and_proofs(&self, row: &Self::Row) -> Self::Coded;
    fn verify(&self, batch: &Self::Batch) -> bool;
    fn recover(&self, batch: &Self::Batch) -> Self::Coded;
    /// The cells one after another, and the proofs.
    fn bytes(&self, coded: &Self::Coded) -> (Vec<u8>, Vec<[u8; 48]>);
}

/// `c-kzg`, the reference implementation in C, with tables of width 8.
pub(crate) struct CKzg(Arc<KzgSettings>);

/// A batch of cells in the form that the library takes.
pub(crate) struct CKzgBatch {
    commitments: Vec<Bytes48>,
    columns: Vec<u64>,
    cells: Vec<c_kzg::Cell>,
    proofs: Vec<Bytes48>,
}

impl CKzg {
    pub(crate) fn new() -> Self {
        Self(c_kzg::ethereum_kzg_settings_arc(8))
    }
}

impl Library for CKzg {
    const NAME: &'static str = "c_kzg";
    type Row = Box<Blob>;
    type Cells = Box<[c_kzg::Cell; 128]>;
    type Coded = (Self::Cells, Box<[c_kzg::KzgProof; 128]>);
    type Batch = CKzgBatch;

    fn row(&self, row: &Row) -> Self::Row {
        Box::new(Blob::from_bytes(row.as_bytes()).expect("a row is a blob"))
    }

    fn batch(&self, claims: &[Claim]) -> Self::Batch {
        CKzgBatch {
            commitments: claims
                .iter()
                .map(|c| Bytes48::new(*c.0.as_bytes()))
                .collect(),
            columns: claims.iter().map(|c| c.1.get() as u64).collect(),
            cells: claims
                .iter()
                .map(|c| c_kzg::Cell::new(*cell_array(&c.2)))
                .collect(),
            proofs: claims
                .iter()
                .map(|c| Bytes48::new(*c.3.as_bytes()))
                .collect(),
        }
    }

    fn commit(&self, row: &Self::Row) -> [u8; 48] {
        let commitment = self.0.blob_to_kzg_commitment(row);
        commitment
            .expect("a canonical blob")
            .to_bytes()
            .into_inner()
    }

    fn compute_cells(&self, row: &Self::Row) -> Self::Cells {
        self.0.compute_cells(row).expect("a canonical blob")
    }

    fn cells_and_proofs(&self, row: &Self::Row) -> Self::Coded {
        self.0
            .compute_cells_and_kzg_proofs(row)
            .expect("a canonical blob")
    }

    fn verify(&self, batch: &Self::Batch) -> bool {
        self.0
            .verify_cell_kzg_proof_batch(
                &batch.commitments,
                &batch.columns,
                &batch.cells,
                &batch.proofs,
            )
            .expect("well-formed cells")
    }

    fn recover(&self, batch: &Self::Batch) -> Self::Coded {
        self.0
            .recover_cells_and_kzg_proofs(&batch.columns, &batch.cells)
            .expect("64 cells of a row")
    }

    fn bytes(&self, (cells, proofs): &Self::Coded) -> (Vec<u8>, Vec<[u8; 48]>) {
        (
            cells.iter().flat_map(|cell| cell.to_bytes()).collect(),
            proofs
                .iter()
                .map(|proof| proof.to_bytes().into_inner())
                .collect(),
        )
    }
}

/// `rust_eth_kzg`, the fastest library in Rust, with tables of width 8.
pub(crate) struct RustEthKzg(DASContext);

impl RustEthKzg {
    pub(crate) fn new() -> Self {
        let setup = TrustedSetup::default();
        Self(DASContext::new(&setup, UsePrecomp::Yes { width: 8 }))
    }
}

impl Library for RustEthKzg {
    const NAME: &'static str = "rust_eth_kzg";
    type Row = Row;
    type Cells = [rust_eth_kzg::Cell; 128];
    type Coded = (Self::Cells, [rust_eth_kzg::KZGProof; 128]);
    type Batch = Vec<Claim>;

    fn row(&self, row: &Row) -> Self::Row {
        row.clone()
    }

    fn batch(&self, claims: &[Claim]) -> Self::Batch {
        claims.to_vec()
    }

    fn commit(&self, row: &Self::Row) -> [u8; 48] {
        self.0
            .blob_to_kzg_commitment(row_array(row))
            .expect("a canonical blob")
    }

    fn compute_cells(&self, row: &Self::Row) -> Self::Cells {
        self.0
            .compute_cells(row_array(row))
            .expect("a canonical blob")
    }

    fn cells_and_proofs(&self, row: &Self::Row) -> Self::Coded {
        self.0
            .compute_cells_and_kzg_proofs(row_array(row))
            .expect("a canonical blob")
    }

    fn verify(&self, batch: &Self::Batch) -> bool {
        self.0
            .verify_cell_kzg_proof_batch(
                batch.iter().map(|claim| claim.0.as_bytes()).collect(),
                &batch
                    .iter()
                    .map(|claim| claim.1.get() as u64)
                    .collect::<Vec<_>>(),
                batch.iter().map(|claim| cell_array(&claim.2)).collect(),
                batch.iter().map(|claim| claim.3.as_bytes()).collect(),
            )
            .is_ok()
    }

    fn recover(&self, batch: &Self::Batch) -> Self::Coded {
        self.0
            .recover_cells_and_kzg_proofs(
                batch.iter().map(|claim| claim.1.get() as u64).collect(),
                batch.iter().map(|claim| cell_array(&claim.2)).collect(),
            )
            .expect("64 cells of a row")
    }

    fn bytes(&self, (cells, proofs): &Self::Coded) -> (Vec<u8>, Vec<[u8; 48]>) {
        (
            cells.iter().flat_map(|cell| cell.to_vec()).collect(),
            proofs.to_vec(),
        )
    }
}

fn row_array(row: &Row) -> &[u8; ROW_BYTES] {
    row.as_bytes().try_into().expect("a row has 131,072 bytes")
}

fn cell_array(cell: &Cell) -> &[u8; CELL_BYTES] {
    cell.as_bytes().try_into().expect("a cell has 2,048 bytes")
}
