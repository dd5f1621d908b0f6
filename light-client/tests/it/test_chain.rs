//! A chain with real keys, real certificates and really coded blocks, for tests.
//!
//! Shared by the unit tests, which include this file.

#![allow(dead_code)]

use std::collections::BTreeMap;

use weft_chain::{
    BlobHeader, Block, BlockBody, BlockHeader, CertificateBuilder, CertifiedBlob, Genesis, Height,
    Namespace, Parent, SecretKey, SignedHeader, SignedValidatorUpdate, SignerBitmap,
    ValidatorEntry, ValidatorIndex, ValidatorSet, ValidatorUpdate,
};
use weft_encoding::{
    Cell, CellCoord, CellProof, Commitment, Layout, ROW_BYTES, Row, code_blob,
    compute_cells_and_kzg_proofs, parity_cell_proofs, parity_cells,
};
use weft_network::identity::Keypair;

/// Height at which the certificates of the test blobs expire.
const EXPIRY: Height = Height::new(1_000_000);

#[derive(Clone)]
pub(crate) struct TestChain {
    pub(crate) genesis: Genesis,
    /// The set of the next block.
    pub(crate) set: ValidatorSet,
    /// The validators of that set, by the number of their keys.
    members: Vec<u8>,
    pub(crate) blocks: Vec<TestBlock>,
    tip: Parent,
    /// An update that the next block has, and one that a block has and that is to come.
    offered: Option<SignedValidatorUpdate>,
    coming: Option<(SignedValidatorUpdate, Vec<u8>)>,
    /// Every update so far.
    pub(crate) updates: Vec<SignedValidatorUpdate>,
    /// Where updates say that validators listen.
    pub(crate) addresses: BTreeMap<u8, String>,
    /// From a block's time to the next one's, milliseconds.
    pub(crate) step: u64,
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

    pub(crate) fn blob_headers(&self) -> Vec<BlobHeader> {
        let blobs = self.body.blobs.iter();
        blobs.map(|blob| blob.header.clone()).collect()
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
        let members: Vec<u8> = (0..validators).collect();
        let addresses = BTreeMap::new();
        let genesis = Genesis {
            chain_id: name.parse().unwrap(),
            time_ms: 1_700_000_000_000,
            retention_blocks: 1000,
            max_block_rows: 8,
            validators: entries(&members, &addresses),
        };
        let set = genesis.validator_set().unwrap();
        let tip = genesis.as_parent(&set);
        Self {
            genesis,
            set,
            members,
            blocks: Vec::new(),
            tip,
            offered: None,
            coming: None,
            updates: Vec::new(),
            addresses,
            step: 1000,
        }
    }

    /// The key of validator `i`.
    pub(crate) fn secret(&self, i: u8) -> SecretKey {
        secret(i)
    }

    /// Has the next block change the validators to these, from `delay` blocks after it on.
    pub(crate) fn change(&mut self, members: &[u8], delay: u64) -> SignedValidatorUpdate {
        let included = self.tip.height.next().unwrap();
        let update = self.update(members, included.get() + delay);
        self.offered = Some(update.clone());
        self.coming = Some((update.clone(), members.to_vec()));
        self.updates.push(update.clone());
        update
    }

    /// An update of the set of the next block, signed by all of it.
    pub(crate) fn update(&self, members: &[u8], first_height: u64) -> SignedValidatorUpdate {
        let update = ValidatorUpdate {
            chain_id: self.genesis.chain_id,
            replaces: self.set.root(),
            first_height: Height::new(first_height),
            validators: entries(members, &self.addresses),
        };
        let mut builder =
            CertificateBuilder::update(&self.genesis.chain_id, update.id(), &self.set);
        for ((index, _), &member) in self.set.iter().zip(&self.members) {
            let signature = secret(member).sign(builder.message());
            builder.add(index, signature).unwrap();
        }
        SignedValidatorUpdate {
            certificate: builder.build().unwrap(),
            update,
        }
    }

    /// The same, with two signers named.
    pub(crate) fn update_of_few(&self, members: &[u8], first_height: u64) -> SignedValidatorUpdate {
        let mut update = self.update(members, first_height);
        let mut few = SignerBitmap::new(self.set.len()).unwrap();
        for (index, _) in self.set.iter().take(2) {
            few.insert(index).unwrap();
        }
        update.certificate.signers = few;
        update
    }

    /// Adds a final block with one blob of `rows` rows, or an empty one.
    pub(crate) fn push(&mut self, rows: usize, seed: u64) -> &TestBlock {
        self.push_changed(rows, seed, |_| {})
    }

    /// The same, signed by all after they have changed the header: what dishonest validators do.
    pub(crate) fn push_changed(
        &mut self,
        rows: usize,
        seed: u64,
        change: impl FnOnce(&mut BlockHeader),
    ) -> &TestBlock {
        let (mut body, matrix) = if rows == 0 {
            (BlockBody::default(), Vec::new())
        } else {
            self.blob(rows, seed)
        };
        body.update = self.offered.take();
        let after = self.tip.height.next().unwrap().next().unwrap();
        let next = self
            .coming
            .take_if(|(update, _)| update.update.first_height == after)
            .map(|(update, members)| (update.update.validator_set().unwrap(), members))
            .unwrap_or((self.set.clone(), self.members.clone()));
        let time = self.tip.time + self.step;
        let proposer = ValidatorIndex::new(0).unwrap();
        let mut block = Block::build(&self.tip, time, proposer, next.0.root(), body).unwrap();
        change(&mut block.header);
        self.tip = block.header.as_parent();
        let signed = self.finalise(&block, usize::MAX);
        (self.set, self.members) = next;
        self.blocks.push(TestBlock {
            signed,
            body: block.body,
            matrix,
        });
        self.blocks.last().unwrap()
    }

    /// The block's header with the certificate of the first `signers` validators.
    pub(crate) fn finalise(&self, block: &Block, signers: usize) -> SignedHeader {
        let chain_id = &self.genesis.chain_id;
        let mut builder = CertificateBuilder::finality(chain_id, block.header.hash(), 0, &self.set);
        for ((index, _), &member) in self.set.iter().zip(&self.members).take(signers) {
            let signature = secret(member).sign(builder.message());
            builder.add(index, signature).unwrap();
        }
        SignedHeader {
            header: block.header.clone(),
            finality: builder.build().unwrap(),
        }
    }

    /// A header that would follow the tip, signed by all, after `change`.
    pub(crate) fn next_header(&self, change: impl FnOnce(&mut BlockHeader)) -> SignedHeader {
        let body = BlockBody::default();
        let proposer = ValidatorIndex::new(0).unwrap();
        let time = self.tip.time + self.step;
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
        for ((index, _), &member) in self.set.iter().zip(&self.members) {
            let signature = secret(member).sign(builder.message());
            builder.add(index, signature).unwrap();
        }
        let certificate = builder.build().unwrap();
        let body = BlockBody {
            blobs: vec![CertifiedBlob {
                header,
                certificate,
            }],
            update: None,
        };
        (body, extend(&rows))
    }
}

fn secret(i: u8) -> SecretKey {
    SecretKey::generate(&[i + 1; 32])
}

/// Validators with equal stakes, as a genesis or an update lists them.
fn entries(members: &[u8], addresses: &BTreeMap<u8, String>) -> Vec<ValidatorEntry> {
    let entry = |&i: &u8| ValidatorEntry {
        name: format!("validator-{i}"),
        public_key: secret(i).public_key(),
        proof_of_possession: secret(i).prove_possession(),
        stake: 100,
        peer_id: keypair(i).public().to_peer_id().to_string(),
        addresses: addresses.get(&i).cloned().into_iter().collect(),
        consensus_addresses: Vec::new(),
    };
    members.iter().map(entry).collect()
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
