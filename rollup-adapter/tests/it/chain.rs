//! What posters and gateways have of a test chain: blobs with their batches, and the answers about
//! blocks.

use bytes::Bytes;
use weft_chain::{
    AvailabilityCertificate, BlobHeader, CertifiedBlob, CommitmentsProof, Height, Namespace,
    namespace_proof,
};
use weft_encoding::{Digest, KzgProof, Layout};
use weft_rollup_adapter::{
    Trust,
    api::{
        BlockEventDto, BlockHeaderDto, Encoded, EventDto, NamespaceBlobDto, NamespaceBlobsDto,
        NamespaceBlockDto, ReceiptDto,
    },
};
use weft_test_chain::{GrowingChain, TestBlob, TestChain};

/// The expiry of certificates where a test asks for no other.
pub(crate) const EXPIRY: Height = Height::new(100);

/// A batch that was coded and certified.
#[derive(Clone)]
pub(crate) struct Blob {
    pub(crate) batch: Bytes,
    pub(crate) header: BlobHeader,
    pub(crate) certificate: AvailabilityCertificate,
    pub(crate) kzg_proofs: Vec<KzgProof>,
}

impl Blob {
    /// The blob that the chain's validators certified for this batch, right or wrong.
    pub(crate) fn certified(chain: &GrowingChain, batch: Vec<u8>, blob: &TestBlob) -> Self {
        let certified = chain.validators.certify(&blob.header, EXPIRY);
        Self {
            batch: batch.into(),
            header: certified.header,
            certificate: certified.certificate,
            kzg_proofs: blob.kzg_proofs(),
        }
    }

    /// What a block has of it.
    pub(crate) fn certified_blob(&self) -> CertifiedBlob {
        CertifiedBlob {
            header: self.header.clone(),
            certificate: self.certificate.clone(),
        }
    }
}

pub(crate) fn namespace(text: &str) -> Namespace {
    text.parse().unwrap()
}

/// Four validators without blocks. The retention is 100 blocks, so the slack is 50.
pub(crate) fn new_chain(chain_id: &str) -> GrowingChain {
    let mut validators = TestChain::new(4).named(chain_id);
    validators.genesis.retention_blocks = 100;
    GrowingChain::of(validators)
}

/// A chain as its clients, posters and gateways see it.
pub(crate) trait ServedChain {
    fn trust(&self) -> Trust;

    fn blob(&self, namespace: &Namespace, layout: Layout, batch: Vec<u8>) -> Blob;

    /// Orders blobs in the next block, whose height this is.
    fn order(&mut self, blobs: &[&Blob]) -> u64;

    /// Orders a change of the validators to those of these numbers in the next block, an empty one;
    /// they finalise from the block after it on.
    fn replace_validators(&mut self, members: &[u8]);

    fn header(&self, height: u64) -> BlockHeaderDto;

    /// The receipt of a blob, ordered at `height` if one is given.
    fn receipt(&self, blob: &Blob, height: Option<u64>) -> ReceiptDto;

    fn listed_block(&self, namespace: &Namespace, height: u64) -> NamespaceBlockDto;

    fn list(&self, namespace: &Namespace, from: u64, to: u64) -> NamespaceBlobsDto;

    fn event(&self, height: u64) -> EventDto;
}

impl ServedChain for GrowingChain {
    fn trust(&self) -> Trust {
        Trust::from_genesis(&self.genesis).unwrap()
    }

    fn blob(&self, namespace: &Namespace, layout: Layout, batch: Vec<u8>) -> Blob {
        let coded = TestBlob::of_batch(*namespace, layout, &batch);
        Blob::certified(self, batch, &coded)
    }

    fn order(&mut self, blobs: &[&Blob]) -> u64 {
        let certified = blobs.iter().map(|blob| blob.certified_blob());
        let block = self.push_blobs(certified.collect());
        block.signed.header.height.get()
    }

    fn replace_validators(&mut self, members: &[u8]) {
        self.change(members, 1);
        self.push_empty();
    }

    fn header(&self, height: u64) -> BlockHeaderDto {
        BlockHeaderDto::from(&self.block(height).signed)
    }

    fn receipt(&self, blob: &Blob, height: Option<u64>) -> ReceiptDto {
        let header = blob.header.clone();
        let hashes = header
            .commitments
            .iter()
            .map(|c| Digest::from_bytes(c.versioned_hash()));
        let body = height.map(|height| &self.block(height).body);
        let first_row = body.map(|body| body.first_row_of(&header.id()).unwrap_or(0));
        let rows = first_row.map(|first| first..first + header.rows());
        ReceiptDto {
            blob_id: header.id(),
            height,
            first_row: first_row.map(|first| first as u64),
            namespace: header.namespace,
            layout: header.layout,
            byte_len: header.byte_len,
            rows: header.rows() as u64,
            commitments: header.commitments.clone(),
            versioned_hashes: hashes.collect(),
            kzg_proofs: None,
            expiry: blob.certificate.expiry.get(),
            certificate: Encoded(blob.certificate.clone()),
            block: height.map(|height| self.header(height)),
            inclusion: body.map(|body| Encoded(namespace_proof(body, &header.namespace).unwrap())),
            commitments_proof: body
                .zip(rows)
                .map(|(body, rows)| Encoded(CommitmentsProof::of_blob(&body.commitments(), rows))),
            header: Encoded(header),
        }
    }

    fn listed_block(&self, namespace: &Namespace, height: u64) -> NamespaceBlockDto {
        let body = &self.block(height).body;
        NamespaceBlockDto {
            height,
            block: self.header(height),
            proof: Encoded(namespace_proof(body, namespace).unwrap()),
            commitments_proof: CommitmentsProof::of_namespace(body, namespace).map(Encoded),
        }
    }

    fn list(&self, namespace: &Namespace, from: u64, to: u64) -> NamespaceBlobsDto {
        let mut blobs = Vec::new();
        for height in from..=to {
            let body = &self.block(height).body;
            let mut here: Vec<_> = body
                .blobs
                .iter()
                .filter(|blob| blob.header.namespace == *namespace)
                .map(|blob| NamespaceBlobDto {
                    blob_id: blob.header.id(),
                    height,
                    first_row: body.first_row_of(&blob.header.id()).unwrap() as u64,
                    rows: blob.header.rows() as u64,
                    layout: blob.header.layout,
                    byte_len: blob.header.byte_len,
                    header: Encoded(blob.header.clone()),
                })
                .collect();
            here.sort_by_key(|blob| blob.blob_id);
            blobs.extend(here);
        }
        NamespaceBlobsDto {
            namespace: *namespace,
            from,
            to,
            blobs,
            blocks: (from..=to)
                .map(|height| self.listed_block(namespace, height))
                .collect(),
        }
    }

    fn event(&self, height: u64) -> EventDto {
        EventDto::Block(Box::new(BlockEventDto {
            height,
            block: self.header(height),
            blobs: Vec::new(),
        }))
    }
}
