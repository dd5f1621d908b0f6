//! Blobs and blocks of the right shape, without valid points or signatures. They cost no
//! cryptography.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weft_chain::{
    AvailabilityCertificate, BLOB_HEADER_VERSION, BlobHeader, Block, BlockBody, CertifiedBlob,
    FinalityCertificate, Height, Namespace, Parent, Signature, SignerBitmap, ValidatorIndex,
};
use weft_encoding::{Commitment, Digest, Layout, PACKED_BYTES_PER_ROW, ROW_BYTES};

/// The block after `parent` with these blobs.
pub fn unsigned_block(parent: &Parent, blobs: Vec<CertifiedBlob>) -> Block {
    let body = BlockBody {
        blobs,
        update: None,
    };
    unsigned_block_with(parent, body)
}

pub(crate) fn unsigned_block_with(parent: &Parent, body: BlockBody) -> Block {
    let proposer = ValidatorIndex::new(0).unwrap();
    let (time, next) = (parent.time + 1, parent.validator_set_root);
    Block::build(parent, time, proposer, next, body).unwrap()
}

/// A finality certificate without signatures, for code that does not verify it.
pub fn unsigned_finality(block: &Block) -> FinalityCertificate {
    FinalityCertificate {
        header_hash: block.header.hash(),
        round: 0,
        signers: SignerBitmap::new(4).unwrap(),
        signature: Signature::from_bytes([0; 96]),
    }
}

/// A certified blob of `rows` rows with random bytes as commitments and an unsigned certificate,
/// for code that verifies neither.
pub fn unsigned_blob(namespace: Namespace, seed: u64, rows: usize) -> CertifiedBlob {
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

/// A blob header whose commitments are arbitrary bytes, not points: ordering verifies only
/// certificates, and custodians verify points.
pub fn header(namespace: u8, seed: u8, rows: usize) -> BlobHeader {
    let commitments = (0..rows).map(|row| {
        let mut bytes = [seed; 48];
        bytes[47] = u8::try_from(row).unwrap();
        Commitment::from_bytes(bytes)
    });
    BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace: Namespace::from_id([namespace; 28]),
        layout: Layout::Packed,
        byte_len: (rows * PACKED_BYTES_PER_ROW) as u64,
        commitments: commitments.collect(),
        columns_root: Digest::from_bytes([seed; 32]),
    }
}
