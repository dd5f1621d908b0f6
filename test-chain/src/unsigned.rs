//! Blobs and blocks of the right shape that nothing vouches for. They cost no mathematics.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weft_chain::{
    AvailabilityCertificate, BLOB_HEADER_VERSION, BlobHeader, Block, BlockBody, CertifiedBlob,
    FinalityCertificate, HeaderHash, Height, Namespace, Parent, Signature, SignedHeader,
    SignedValidatorUpdate, SignerBitmap, UpdateCertificate, ValidatorUpdate,
};
use weft_encoding::{Commitment, Digest, Layout, PACKED_BYTES_PER_ROW, ROW_BYTES};

use crate::{chain_id, index, namespace, numbered_namespace};

/// The block after `parent` with these blobs.
pub fn unsigned_block(parent: &Parent, blobs: Vec<CertifiedBlob>) -> Block {
    let body = BlockBody {
        blobs,
        update: None,
    };
    unsigned_block_with(parent, body)
}

pub(crate) fn unsigned_block_with(parent: &Parent, body: BlockBody) -> Block {
    let (time, next) = (parent.time + 1, parent.validator_set_root);
    Block::build(parent, time, index(0), next, body).unwrap()
}

/// A finality certificate that no one signed, for what does not verify it.
pub fn unsigned_finality(block: &Block) -> FinalityCertificate {
    FinalityCertificate {
        header_hash: block.header.hash(),
        round: 0,
        signers: SignerBitmap::new(4).unwrap(),
        signature: Signature::from_bytes([0; 96]),
    }
}

/// A header of a block of one row that no one signed, of no chain that begins.
pub fn unsigned_header(height: u64) -> SignedHeader {
    let parent = Parent {
        chain_id: chain_id(),
        height: Height::new(height - 1),
        hash: HeaderHash::from_bytes([1; 32]),
        time: height,
        validator_set_root: Digest::from_bytes([7; 32]),
    };
    let block = unsigned_block(&parent, vec![unsigned_blob(namespace("row"), height, 1)]);
    SignedHeader {
        finality: unsigned_finality(&block),
        header: block.header,
    }
}

/// The update with a certificate that no one signed.
pub fn unsigned_approval(update: ValidatorUpdate) -> SignedValidatorUpdate {
    let certificate = UpdateCertificate {
        update_id: update.id(),
        signers: SignerBitmap::new(update.validators.len()).unwrap(),
        signature: Signature::from_bytes([0; 96]),
    };
    SignedValidatorUpdate {
        update,
        certificate,
    }
}

/// A certified blob of `rows` rows whose commitments are no points and whose certificate no one
/// signed, for what does not verify them. It costs nothing.
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
    CertifiedBlob {
        certificate: unsigned_certificate(&header),
        header,
    }
}

/// A certificate of the blob that no one signed.
pub fn unsigned_certificate(header: &BlobHeader) -> AvailabilityCertificate {
    AvailabilityCertificate {
        blob_id: header.id(),
        validator_set_root: Digest::from_bytes([7; 32]),
        expiry: Height::new(1_000),
        signers: SignerBitmap::new(4).unwrap(),
        signature: Signature::from_bytes([0; 96]),
    }
}

/// A blob header whose commitments are bytes that nobody checks as points here: ordering looks at
/// certificates, and custodians look at points.
pub fn header(namespace: u8, seed: u8, rows: usize) -> BlobHeader {
    let commitments = (0..rows).map(|row| {
        let mut bytes = [seed; 48];
        bytes[47] = u8::try_from(row).unwrap();
        Commitment::from_bytes(bytes)
    });
    BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace: numbered_namespace(namespace),
        layout: Layout::Packed,
        byte_len: (rows * PACKED_BYTES_PER_ROW) as u64,
        commitments: commitments.collect(),
        columns_root: Digest::from_bytes([seed; 32]),
    }
}
