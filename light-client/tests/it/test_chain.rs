//! A chain with real keys, real certificates and really coded blocks, for tests.
//!
//! Shared by the unit tests, which include this file.

#![allow(dead_code)]

use weft_chain::{
    BlobHeader, Block, BlockBody, CertificateBuilder, CertifiedBlob, Genesis, GenesisValidator,
    Height, Namespace, Parent, SecretKey, SignedHeader, ValidatorIndex, ValidatorSet,
};
use weft_encoding::{
    Cell, CellCoord, CellProof, Commitment, Layout, ROW_BYTES, Row, code_blob,
    compute_cells_and_kzg_proofs, parity_cell_proofs, parity_cells,
};
use weft_network::identity::Keypair;

/// Height at which the certificates of the test blobs expire.
const EXPIRY: Height = Height::new(1_000_000);

pub(crate) struct TestChain {
    pub(crate) genesis: Genesis,
    pub(crate) set: ValidatorSet,
    secrets: Vec<SecretKey>,
    pub(crate) blocks: Vec<TestBlock>,
    tip: Parent,
}

#[derive(Clone)]
pub(crate) struct TestBlock {
    pub(crate) signed: SignedHeader,
    pub(crate) body: BlockBody,
    /// The extended matrix, row by row: 2n rows of 128 cells.
    matrix: Vec<Vec<(Cell, CellProof)>>,
}

impl TestBlock {
    pub(crate) fn commitments(&self) -> Vec<Commitment> {
        self.body.commitments()
    }

    pub(crate) fn cell(&self, coord: CellCoord) -> Option<(Cell, CellProof)> {
        self.matrix
            .get(coord.row.get())
            .map(|row| row[coord.column.get()].clone())
    }
}

/// The identity of validator `i` among peers.
pub(crate) fn keypair(i: u8) -> Keypair {
    Keypair::ed25519_from_bytes([i + 1; 32]).unwrap()
}

impl TestChain {
    /// A chain of equal validators without blocks.
    pub(crate) fn new(name: &str, validators: u8) -> Self {
        let secrets: Vec<SecretKey> = (0..validators)
            .map(|i| SecretKey::generate(&[i + 1; 32]))
            .collect();
        let described = secrets
            .iter()
            .zip(0..)
            .map(|(secret, i)| GenesisValidator {
                name: format!("validator-{i}"),
                public_key: secret.public_key(),
                proof_of_possession: secret.prove_possession(),
                stake: 100,
                peer_id: keypair(i).public().to_peer_id().to_string(),
                addresses: Vec::new(),
            })
            .collect();
        let genesis = Genesis {
            chain_id: name.parse().unwrap(),
            time_ms: 1_700_000_000_000,
            retention_blocks: 1000,
            max_block_rows: 8,
            validators: described,
        };
        let set = genesis.validator_set().unwrap();
        let tip = genesis.as_parent(&set);
        Self {
            genesis,
            set,
            secrets,
            blocks: Vec::new(),
            tip,
        }
    }

    /// Adds a final block with one blob of `rows` rows, or an empty one.
    pub(crate) fn push(&mut self, rows: usize, seed: u64) -> &TestBlock {
        let (body, matrix) = if rows == 0 {
            (BlockBody { blobs: Vec::new() }, Vec::new())
        } else {
            self.blob(rows, seed)
        };
        let time = self.tip.time + 1000;
        let proposer = ValidatorIndex::new(0).unwrap();
        let block = Block::build(&self.tip, time, proposer, self.set.root(), body).unwrap();
        self.tip = block.header.as_parent();
        let signed = self.finalise(&block, usize::MAX);
        self.blocks.push(TestBlock {
            signed,
            body: block.body,
            matrix,
        });
        self.blocks.last().unwrap()
    }

    /// The block's header with the certificate of its first `signers` validators.
    pub(crate) fn finalise(&self, block: &Block, signers: usize) -> SignedHeader {
        let mut builder =
            CertificateBuilder::finality(&self.genesis.chain_id, block.header.hash(), &self.set);
        for ((index, _), secret) in self.set.iter().zip(&self.secrets).take(signers) {
            let signature = secret.sign(builder.message());
            builder.add(index, signature).unwrap();
        }
        SignedHeader {
            header: block.header.clone(),
            finality: builder.build().unwrap(),
        }
    }

    /// A header that would follow the tip, signed by all, after `change`.
    pub(crate) fn next_header(
        &self,
        change: impl FnOnce(&mut weft_chain::BlockHeader),
    ) -> SignedHeader {
        let body = BlockBody { blobs: Vec::new() };
        let proposer = ValidatorIndex::new(0).unwrap();
        let time = self.tip.time + 1000;
        let mut block = Block::build(&self.tip, time, proposer, self.set.root(), body).unwrap();
        change(&mut block.header);
        self.finalise(&block, usize::MAX)
    }

    fn blob(&self, rows: usize, seed: u64) -> (BlockBody, Vec<Vec<(Cell, CellProof)>>) {
        let namespace: Namespace = "0badc0de".parse().unwrap();
        let rows: Vec<Row> = (0..rows).map(|row| test_row(seed + row as u64)).collect();
        let coded = code_blob(namespace.as_bytes(), rows.clone()).unwrap();
        let header = BlobHeader {
            version: weft_chain::BLOB_HEADER_VERSION,
            namespace,
            layout: Layout::Raw,
            byte_len: (rows.len() * ROW_BYTES) as u64,
            commitments: coded.commitments().to_vec(),
            columns_root: coded.columns_root(),
        };
        let mut builder = CertificateBuilder::availability(
            &self.genesis.chain_id,
            header.id(),
            &self.set,
            EXPIRY,
        );
        for ((index, _), secret) in self.set.iter().zip(&self.secrets) {
            let signature = secret.sign(builder.message());
            builder.add(index, signature).unwrap();
        }
        let certificate = builder.build().unwrap();
        let body = BlockBody {
            blobs: vec![CertifiedBlob {
                header,
                certificate,
            }],
        };
        (body, extend(&rows))
    }
}

fn test_row(seed: u64) -> Row {
    let mut bytes = vec![0; ROW_BYTES];
    for (i, element) in bytes.chunks_exact_mut(32).enumerate() {
        let value = (i as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(seed);
        element[24..].copy_from_slice(&value.to_be_bytes());
    }
    Row::from_bytes(&bytes).unwrap()
}

/// The extended matrix with a proof for every cell, column by column.
fn extend(rows: &[Row]) -> Vec<Vec<(Cell, CellProof)>> {
    let (cells, proofs): (Vec<Vec<Cell>>, Vec<Vec<CellProof>>) = rows
        .iter()
        .map(|row| {
            let (cells, proofs) = compute_cells_and_kzg_proofs(row);
            (cells.to_vec(), proofs.to_vec())
        })
        .unzip();
    let mut matrix: Vec<Vec<(Cell, CellProof)>> = vec![Vec::new(); 2 * rows.len()];
    for column in 0..weft_encoding::COLUMNS {
        let mut column_cells: Vec<Cell> = cells.iter().map(|row| row[column].clone()).collect();
        let mut column_proofs: Vec<CellProof> = proofs.iter().map(|row| row[column]).collect();
        column_cells.extend(parity_cells(&column_cells));
        column_proofs.extend(parity_cell_proofs(&column_proofs).unwrap());
        for (row, cell) in matrix
            .iter_mut()
            .zip(column_cells.into_iter().zip(column_proofs))
        {
            row.push(cell);
        }
    }
    matrix
}
