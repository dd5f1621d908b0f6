//! A small chain with real keys, real commitments and real certificates.

use bytes::Bytes;
use weft_chain::{
    AvailabilityCertificate, BLOB_HEADER_VERSION, BlobHeader, Block, BlockBody, BlockHeader,
    CertificateBuilder, CertifiedBlob, CommitmentsProof, FinalityCertificate, Genesis, Height,
    Namespace, Parent, SecretKey, SignedHeader, SignedValidatorUpdate, SignerBitmap,
    ValidatorEntry, ValidatorIndex, ValidatorSet, ValidatorUpdate, namespace_proof,
};
use weft_encoding::{Digest, KzgProof, Layout, Row, code_blob, compute_blob_kzg_proof};
use weft_rollup_adapter::{
    Trust,
    api::{
        BlockEventDto, BlockHeaderDto, Encoded, EventDto, NamespaceBlobDto, NamespaceBlobsDto,
        NamespaceBlockDto, ReceiptDto,
    },
};

/// A batch that was coded and certified.
#[derive(Clone)]
pub(crate) struct Blob {
    pub(crate) batch: Bytes,
    pub(crate) header: BlobHeader,
    pub(crate) certificate: AvailabilityCertificate,
    pub(crate) kzg_proofs: Vec<KzgProof>,
}

#[derive(Clone)]
pub(crate) struct TestChain {
    pub(crate) genesis: Genesis,
    /// The validators of the next block, by the seeds of their keys.
    members: Vec<u8>,
    pub(crate) set: ValidatorSet,
    blocks: Vec<(Block, FinalityCertificate)>,
    /// The change that the next block has: the validators from the block after it on.
    offered: Option<(SignedValidatorUpdate, Vec<u8>)>,
    /// Every update so far.
    pub(crate) updates: Vec<SignedValidatorUpdate>,
}

pub(crate) fn namespace(text: &str) -> Namespace {
    text.parse().unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::generate(&[seed; 32])
}

fn entries(members: &[u8]) -> Vec<ValidatorEntry> {
    let entry = |&seed: &u8| ValidatorEntry {
        name: format!("v{seed}"),
        public_key: key(seed).public_key(),
        proof_of_possession: key(seed).prove_possession(),
        stake: 1,
        peer_id: String::new(),
        addresses: Vec::new(),
        consensus_addresses: Vec::new(),
    };
    members.iter().map(entry).collect()
}

impl TestChain {
    pub(crate) fn new(chain_id: &str) -> Self {
        let members = vec![1, 2, 3, 4];
        let genesis = Genesis {
            chain_id: chain_id.parse().unwrap(),
            time_ms: 1_000,
            retention_blocks: 100,
            max_block_rows: 256,
            validators: entries(&members),
        };
        let set = genesis.validator_set().unwrap();
        Self {
            genesis,
            members,
            set,
            blocks: Vec::new(),
            offered: None,
            updates: Vec::new(),
        }
    }

    fn keys(&self) -> impl Iterator<Item = (ValidatorIndex, SecretKey)> {
        let keys = self.members.iter().map(|&seed| key(seed));
        let index = |(index, key)| (ValidatorIndex::new(index).unwrap(), key);
        keys.enumerate().map(index)
    }

    /// An update of the set of the next block.
    pub(crate) fn update(&self, members: &[u8], first_height: u64) -> SignedValidatorUpdate {
        let update = ValidatorUpdate {
            chain_id: self.genesis.chain_id,
            replaces: self.set.root(),
            first_height: Height::new(first_height),
            validators: entries(members),
        };
        let mut builder =
            CertificateBuilder::update(&self.genesis.chain_id, update.id(), &self.set);
        for (index, key) in self.keys().take(3) {
            builder.add(index, key.sign(builder.message())).unwrap();
        }
        let certificate = builder.build().unwrap();
        SignedValidatorUpdate {
            update,
            certificate,
        }
    }

    /// Orders a change of the validators in the next block, an empty one; they finalise from the
    /// block after it on.
    pub(crate) fn change(&mut self, members: &[u8]) -> u64 {
        let update = self.update(members, self.height() + 2);
        self.offered = Some((update.clone(), members.to_vec()));
        self.updates.push(update);
        self.append(&[])
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::from_genesis(&self.genesis).unwrap()
    }

    pub(crate) fn blob(&self, namespace: &Namespace, layout: Layout, batch: Vec<u8>) -> Blob {
        let rows = layout.rows_from_batch(&batch).unwrap();
        self.blob_of_rows(namespace, layout, batch, rows)
    }

    /// A blob of rows that its poster may have made without its batch.
    pub(crate) fn blob_of_rows(
        &self,
        namespace: &Namespace,
        layout: Layout,
        batch: Vec<u8>,
        rows: Vec<Row>,
    ) -> Blob {
        let kzg_proofs = rows
            .iter()
            .map(|row| {
                let commitment = weft_encoding::blob_to_kzg_commitment(row);
                compute_blob_kzg_proof(row, &commitment).unwrap()
            })
            .collect();
        let byte_len = batch.len() as u64;
        let coded = code_blob(namespace.as_bytes(), rows).unwrap();
        let header = BlobHeader {
            version: BLOB_HEADER_VERSION,
            namespace: *namespace,
            layout,
            byte_len,
            commitments: coded.commitments().to_vec(),
            columns_root: coded.columns_root(),
        };
        let certificate = self.certify(&header);
        Blob {
            batch: batch.into(),
            header,
            certificate,
            kzg_proofs,
        }
    }

    pub(crate) fn certify(&self, header: &BlobHeader) -> AvailabilityCertificate {
        self.certify_until(header, Height::new(100))
    }

    pub(crate) fn certify_until(
        &self,
        header: &BlobHeader,
        expiry: Height,
    ) -> AvailabilityCertificate {
        let mut builder = CertificateBuilder::availability(
            &self.genesis.chain_id,
            header.id(),
            &self.set,
            expiry,
        );
        for (index, key) in self.keys().take(3) {
            builder.add(index, key.sign(builder.message())).unwrap();
        }
        builder.build().unwrap()
    }

    /// A certificate whose only signer, with a quarter of the stake, did sign.
    pub(crate) fn certify_by_one(&self, header: &BlobHeader) -> AvailabilityCertificate {
        let certificate = self.certify(header);
        let builder = CertificateBuilder::availability(
            &self.genesis.chain_id,
            header.id(),
            &self.set,
            certificate.expiry,
        );
        let mut signers = SignerBitmap::new(self.set.len()).unwrap();
        signers.insert(ValidatorIndex::new(0).unwrap()).unwrap();
        let signature = key(self.members[0]).sign(builder.message());
        AvailabilityCertificate {
            signers,
            signature,
            ..certificate
        }
    }

    pub(crate) fn finalise(&self, block: &Block, signers: usize) -> FinalityCertificate {
        let mut builder =
            CertificateBuilder::finality(&self.genesis.chain_id, block.header.hash(), 0, &self.set);
        for (index, key) in self.keys().take(signers) {
            builder.add(index, key.sign(builder.message())).unwrap();
        }
        builder.build().unwrap()
    }

    pub(crate) fn parent(&self) -> Parent {
        match self.blocks.last() {
            Some((block, _)) => block.header.as_parent(),
            None => self.genesis.as_parent(&self.set),
        }
    }

    /// Orders blobs in the next block.
    pub(crate) fn append(&mut self, blobs: &[&Blob]) -> u64 {
        let parent = self.parent();
        self.append_after(&parent, blobs)
    }

    /// A final block after another parent than the chain's, as no honest quorum makes.
    pub(crate) fn append_after(&mut self, parent: &Parent, blobs: &[&Blob]) -> u64 {
        let blobs = blobs
            .iter()
            .map(|blob| CertifiedBlob {
                header: blob.header.clone(),
                certificate: blob.certificate.clone(),
            })
            .collect();
        let (update, next) = self.offered.take().unzip();
        let next = next.unwrap_or_else(|| self.members.clone());
        let next_set = update
            .as_ref()
            .map(|update| update.update.validator_set().unwrap());
        let next_set = next_set.unwrap_or_else(|| self.set.clone());
        let time = parent.time + 1_000;
        let proposer = ValidatorIndex::new(0).unwrap();
        let body = BlockBody { blobs, update };
        let block = Block::build(parent, time, proposer, next_set.root(), body).unwrap();
        let finality = self.finalise(&block, 3);
        (self.members, self.set) = (next, next_set);
        let height = block.header.height.get();
        self.blocks.push((block, finality));
        height
    }

    /// Has the dishonest validators finalise another header in place of the newest block's.
    pub(crate) fn forge_header(&mut self, change: impl FnOnce(&mut BlockHeader)) {
        let (mut block, _) = self.blocks.pop().unwrap();
        change(&mut block.header);
        let finality = self.finalise(&block, 3);
        self.blocks.push((block, finality));
    }

    pub(crate) fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    pub(crate) fn block(&self, height: u64) -> &(Block, FinalityCertificate) {
        &self.blocks[usize::try_from(height).unwrap() - 1]
    }

    pub(crate) fn header(&self, height: u64) -> BlockHeaderDto {
        let (block, finality) = self.block(height);
        BlockHeaderDto::from(&SignedHeader {
            header: block.header.clone(),
            finality: finality.clone(),
        })
    }

    /// The receipt of a blob, ordered at `height` if one is given.
    pub(crate) fn receipt(&self, blob: &Blob, height: Option<u64>) -> ReceiptDto {
        let header = blob.header.clone();
        let hashes = header
            .commitments
            .iter()
            .map(|c| Digest::from_bytes(c.versioned_hash()));
        let body = height.map(|height| &self.block(height).0.body);
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

    pub(crate) fn listed_block(&self, namespace: &Namespace, height: u64) -> NamespaceBlockDto {
        let body = &self.block(height).0.body;
        NamespaceBlockDto {
            height,
            block: self.header(height),
            proof: Encoded(namespace_proof(body, namespace).unwrap()),
            commitments_proof: CommitmentsProof::of_namespace(body, namespace).map(Encoded),
        }
    }

    pub(crate) fn list(&self, namespace: &Namespace, from: u64, to: u64) -> NamespaceBlobsDto {
        let mut blobs = Vec::new();
        for height in from..=to {
            let body = &self.block(height).0.body;
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

    pub(crate) fn event(&self, height: u64) -> EventDto {
        EventDto::Block(Box::new(BlockEventDto {
            height,
            block: self.header(height),
            blobs: Vec::new(),
        }))
    }
}
