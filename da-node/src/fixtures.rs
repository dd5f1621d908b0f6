//! A small chain for the tests of this crate: validators, blobs, certificates, blocks.

#![allow(clippy::unwrap_used)]

use libp2p::identity::Keypair;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weft_chain::{
    AvailabilityCertificate, BLOB_HEADER_VERSION, BlobHeader, Block, BlockBody, CertificateBuilder,
    CertifiedBlob, FinalityCertificate, Genesis, Height, Namespace, Parent, SecretKey, Signature,
    SignedValidatorUpdate, SignerBitmap, UpdateStatement, ValidatorEntry, ValidatorIndex,
    ValidatorSet, ValidatorUpdate,
};
use weft_encoding::{
    CellProof, CodedBlob, ColumnIndex, Commitment, Digest, Layout, PACKED_BYTES_PER_ROW, ROW_BYTES,
    Row, VerifiedColumn, cell_proofs, code_blob, code_misnamed_blob,
};

/// Validators with equal stake, their keys, and the genesis they start from.
pub(crate) struct TestChain {
    pub(crate) genesis: Genesis,
    pub(crate) keys: Vec<SecretKey>,
    pub(crate) set: ValidatorSet,
}

impl TestChain {
    pub(crate) fn new(validators: u8) -> Self {
        let keys: Vec<SecretKey> = (0..validators)
            .map(|index| SecretKey::generate(&[index + 1; 32]))
            .collect();
        let validators = keys.iter().enumerate().map(|(index, key)| ValidatorEntry {
            name: format!("validator-{index}"),
            public_key: key.public_key(),
            proof_of_possession: key.prove_possession(),
            stake: 1,
            peer_id: peer_id(index),
            addresses: Vec::new(),
            consensus_addresses: Vec::new(),
        });
        let genesis = Genesis {
            chain_id: "weft-test".parse().unwrap(),
            time_ms: 1_000,
            retention_blocks: 80,
            max_block_rows: 256,
            validators: validators.collect(),
        };
        let set = genesis.validator_set().unwrap();
        Self { genesis, keys, set }
    }

    /// What the block at height 1 follows.
    pub(crate) fn start(&self) -> Parent {
        self.genesis.as_parent(&self.set)
    }

    /// A certificate of all validators.
    pub(crate) fn certify(&self, header: &BlobHeader, expiry: Height) -> CertifiedBlob {
        let chain_id = &self.genesis.chain_id;
        let mut builder =
            CertificateBuilder::availability(chain_id, header.id(), &self.set, expiry);
        for (index, key) in self.keys.iter().enumerate() {
            let signature = key.sign(builder.message());
            builder
                .add(ValidatorIndex::new(index).unwrap(), signature)
                .unwrap();
        }
        CertifiedBlob {
            header: header.clone(),
            certificate: builder.build().unwrap(),
        }
    }

    /// The update that makes `next` the validators from `first_height` on, signed by all of these.
    pub(crate) fn update(&self, next: &Self, first_height: u64) -> SignedValidatorUpdate {
        let signers: Vec<usize> = (0..self.keys.len()).collect();
        self.sign_update(self.unsigned_update(next, first_height), &signers)
    }

    pub(crate) fn unsigned_update(&self, next: &Self, first_height: u64) -> ValidatorUpdate {
        ValidatorUpdate {
            chain_id: self.genesis.chain_id,
            replaces: self.set.root(),
            first_height: Height::new(first_height),
            validators: next.genesis.validators.clone(),
        }
    }

    /// An update that these validators sign, who must be a quorum.
    pub(crate) fn sign_update(
        &self,
        update: ValidatorUpdate,
        signers: &[usize],
    ) -> SignedValidatorUpdate {
        let mut builder = CertificateBuilder::<UpdateStatement>::update(
            &self.genesis.chain_id,
            update.id(),
            &self.set,
        );
        for signer in signers {
            let signature = self.keys[*signer].sign(builder.message());
            builder
                .add(ValidatorIndex::new(*signer).unwrap(), signature)
                .unwrap();
        }
        SignedValidatorUpdate {
            update,
            certificate: builder.build().unwrap(),
        }
    }

    /// The block after `parent` with these blobs, finalised by all validators.
    pub(crate) fn block(
        &self,
        parent: &Parent,
        blobs: Vec<CertifiedBlob>,
    ) -> (Block, FinalityCertificate) {
        self.block_with(
            parent,
            BlockBody {
                blobs,
                update: None,
            },
        )
    }

    /// The block after `parent` with this body, finalised by all validators.
    pub(crate) fn block_with(
        &self,
        parent: &Parent,
        body: BlockBody,
    ) -> (Block, FinalityCertificate) {
        let block = unsigned_block_with(parent, body);
        let chain_id = &self.genesis.chain_id;
        let mut builder = CertificateBuilder::finality(chain_id, block.header.hash(), 0, &self.set);
        for (index, key) in self.keys.iter().enumerate() {
            let signature = key.sign(builder.message());
            builder
                .add(ValidatorIndex::new(index).unwrap(), signature)
                .unwrap();
        }
        (block, builder.build().unwrap())
    }
}

/// The peer id of the validator at a place: the same every time.
fn peer_id(index: usize) -> String {
    let mut seed = [0x77; 32];
    seed[0] = u8::try_from(index).unwrap();
    let identity = Keypair::ed25519_from_bytes(seed).unwrap();
    identity.public().to_peer_id().to_string()
}

/// The block after `parent` with these blobs.
pub(crate) fn unsigned_block(parent: &Parent, blobs: Vec<CertifiedBlob>) -> Block {
    let body = BlockBody {
        blobs,
        update: None,
    };
    unsigned_block_with(parent, body)
}

fn unsigned_block_with(parent: &Parent, body: BlockBody) -> Block {
    let proposer = ValidatorIndex::new(0).unwrap();
    let (time, next) = (parent.time + 1, parent.validator_set_root);
    Block::build(parent, time, proposer, next, body).unwrap()
}

/// A finality certificate that no one signed, for what does not verify it.
pub(crate) fn unsigned_finality(block: &Block) -> FinalityCertificate {
    FinalityCertificate {
        header_hash: block.header.hash(),
        round: 0,
        signers: SignerBitmap::new(4).unwrap(),
        signature: Signature::from_bytes([0; 96]),
    }
}

/// A certified blob of `rows` rows whose commitments are no points and whose certificate no one
/// signed, for what does not verify them. It costs nothing.
pub(crate) fn unsigned_blob(namespace: Namespace, seed: u64, rows: usize) -> CertifiedBlob {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let header = BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace,
        layout: Layout::Raw,
        byte_len: (rows * ROW_BYTES) as u64,
        commitments: (0..rows)
            .map(|_| {
                let mut point = [0; 48];
                rng.fill(&mut point[..]);
                Commitment::from_bytes(point)
            })
            .collect(),
        columns_root: Digest::from_bytes(rng.random()),
    };
    let certificate = AvailabilityCertificate {
        blob_id: header.id(),
        validator_set_root: Digest::from_bytes([7; 32]),
        expiry: Height::new(1_000),
        signers: SignerBitmap::new(4).unwrap(),
        signature: Signature::from_bytes([0; 96]),
    };
    CertifiedBlob {
        header,
        certificate,
    }
}

pub(crate) fn namespace(name: &str) -> Namespace {
    hex::encode(name).parse().unwrap()
}

/// A coded blob with its header and everything that is made of it.
pub(crate) struct TestBlob {
    pub(crate) header: BlobHeader,
    pub(crate) coded: CodedBlob,
}

impl TestBlob {
    /// A blob of `rows` rows of bytes that the seed decides.
    pub(crate) fn new(namespace: Namespace, seed: u64, rows: usize) -> Self {
        println!("blob of {rows} rows from seed {seed}");
        let mut batch = vec![0; rows * PACKED_BYTES_PER_ROW - 5];
        ChaCha8Rng::seed_from_u64(seed).fill(&mut batch[..]);
        let rows = Layout::Packed.rows_from_batch(&batch).unwrap();
        Self::of_rows(namespace, rows, batch.len() as u64)
    }

    /// A blob of one row that is no batch: its poster flipped the lowest bit of this byte, which
    /// holds none of the batch.
    pub(crate) fn malformed(namespace: Namespace, seed: u64, byte: usize) -> Self {
        let blob = Self::new(namespace, seed, 1);
        let mut row = blob.coded.rows()[0].as_bytes().to_vec();
        row[byte] ^= 1;
        let rows = vec![Row::from_bytes(&row).unwrap()];
        Self::of_rows(namespace, rows, blob.header.byte_len)
    }

    fn of_rows(namespace: Namespace, rows: Vec<Row>, byte_len: u64) -> Self {
        let coded = code_blob(namespace.as_bytes(), rows).unwrap();
        Self::of(namespace, byte_len, coded)
    }

    /// A blob as [`Self::new`] makes it, whose poster has put a false root in the place of these
    /// columns'. Nothing but that is false.
    pub(crate) fn misnamed(
        namespace: Namespace,
        seed: u64,
        rows: usize,
        columns: &[ColumnIndex],
    ) -> Self {
        let true_blob = Self::new(namespace, seed, rows);
        let rows = true_blob.coded.rows().to_vec();
        let coded = code_misnamed_blob(namespace.as_bytes(), rows, columns).unwrap();
        Self::of(namespace, true_blob.header.byte_len, coded)
    }

    fn of(namespace: Namespace, byte_len: u64, coded: CodedBlob) -> Self {
        let header = BlobHeader {
            version: BLOB_HEADER_VERSION,
            namespace,
            layout: Layout::Packed,
            byte_len,
            commitments: coded.commitments().to_vec(),
            columns_root: coded.columns_root(),
        };
        Self { header, coded }
    }

    pub(crate) fn verified(
        &self,
        columns: impl IntoIterator<Item = ColumnIndex>,
    ) -> Vec<VerifiedColumn> {
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
    pub(crate) fn cell_proofs(&self) -> Vec<Vec<CellProof>> {
        self.coded.rows().iter().map(cell_proofs).collect()
    }
}

/// A row that the seed decides.
pub(crate) fn row(seed: u64) -> Row {
    let mut bytes = vec![0; ROW_BYTES];
    ChaCha8Rng::seed_from_u64(seed).fill(&mut bytes[..]);
    bytes.iter_mut().step_by(32).for_each(|byte| *byte = 0);
    Row::from_bytes(&bytes).unwrap()
}
