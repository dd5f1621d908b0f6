//! Coded blobs, filled from a seed.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weft_chain::{BLOB_HEADER_VERSION, BlobHeader, Namespace};
use weft_encoding::{
    CellProof, CodedBlob, ColumnIndex, KzgProof, Layout, PACKED_BYTES_PER_ROW, ROW_BYTES, Row,
    VerifiedColumn, cell_proofs, code_blob, code_misnamed_blob, compute_blob_kzg_proof,
};

/// A coded blob with its header.
#[derive(Debug)]
pub struct TestBlob {
    /// The header that its poster gives it.
    pub header: BlobHeader,
    /// Its rows, columns and proofs.
    pub coded: CodedBlob,
}

impl TestBlob {
    /// A blob of `rows` rows, filled from the seed.
    pub fn new(namespace: Namespace, seed: u64, rows: usize) -> Self {
        println!("blob of {rows} rows from seed {seed}");
        let mut batch = vec![0; rows * PACKED_BYTES_PER_ROW - 5];
        ChaCha8Rng::seed_from_u64(seed).fill(&mut batch[..]);
        Self::of_batch(namespace, Layout::Packed, &batch)
    }

    /// The blob of a batch.
    pub fn of_batch(namespace: Namespace, layout: Layout, batch: &[u8]) -> Self {
        let rows = layout.rows_from_batch(batch).unwrap();
        Self::of_rows(namespace, layout, batch.len() as u64, rows)
    }

    /// A blob of these rows, which its poster may have made without a batch.
    pub fn of_rows(namespace: Namespace, layout: Layout, byte_len: u64, rows: Vec<Row>) -> Self {
        let coded = code_blob(namespace.as_bytes(), rows).unwrap();
        Self::of(namespace, layout, byte_len, coded)
    }

    /// A blob of one row that decodes to no batch: its poster flipped the lowest bit of this byte,
    /// which carries no byte of the batch.
    pub fn malformed(namespace: Namespace, seed: u64, byte: usize) -> Self {
        let blob = Self::new(namespace, seed, 1);
        let mut row = blob.coded.rows()[0].as_bytes().to_vec();
        row[byte] ^= 1;
        let rows = vec![Row::from_bytes(&row).unwrap()];
        Self::of_rows(namespace, Layout::Packed, blob.header.byte_len, rows)
    }

    /// A blob as [`Self::new`] makes it, but with false roots for these columns. Everything else is
    /// valid.
    pub fn misnamed(namespace: Namespace, seed: u64, rows: usize, columns: &[ColumnIndex]) -> Self {
        let true_blob = Self::new(namespace, seed, rows);
        let rows = true_blob.coded.rows().to_vec();
        let coded = code_misnamed_blob(namespace.as_bytes(), rows, columns).unwrap();
        Self::of(namespace, Layout::Packed, true_blob.header.byte_len, coded)
    }

    fn of(namespace: Namespace, layout: Layout, byte_len: u64, coded: CodedBlob) -> Self {
        let header = BlobHeader {
            version: BLOB_HEADER_VERSION,
            namespace,
            layout,
            byte_len,
            commitments: coded.commitments().to_vec(),
            columns_root: coded.columns_root(),
        };
        Self { header, coded }
    }

    /// These columns, verified.
    pub fn verified(&self, columns: impl IntoIterator<Item = ColumnIndex>) -> Vec<VerifiedColumn> {
        let columns = columns
            .into_iter()
            .map(|column| self.coded.column(column))
            .collect();
        self.header
            .verifier()
            .unwrap()
            .verify_batch(columns)
            .unwrap()
    }

    /// The cell proofs of every row: 128 each.
    pub fn cell_proofs(&self) -> Vec<Vec<CellProof>> {
        self.coded.rows().iter().map(cell_proofs).collect()
    }

    /// The EIP-4844 proof of every row.
    pub fn kzg_proofs(&self) -> Vec<KzgProof> {
        let rows = self.coded.rows().iter().zip(self.coded.commitments());
        rows.map(|(row, commitment)| compute_blob_kzg_proof(row, commitment).unwrap())
            .collect()
    }
}

/// A row, filled from the seed.
pub fn row(seed: u64) -> Row {
    let mut bytes = vec![0; ROW_BYTES];
    ChaCha8Rng::seed_from_u64(seed).fill(&mut bytes[..]);
    bytes.iter_mut().step_by(32).for_each(|byte| *byte = 0);
    Row::from_bytes(&bytes).unwrap()
}
