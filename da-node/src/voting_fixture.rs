//! The test chain with network identities, and blocks that any of its validators sign.

#![allow(clippy::unwrap_used)]

use std::ops::Deref;

use weft_chain::{
    BLOB_HEADER_VERSION, BlobHeader, Block, BlockBody, CertificateBuilder, CertifiedBlob,
    FinalityCertificate, Height, Namespace, ValidatorIndex,
};
use weft_encoding::{Commitment, Digest, Layout, PACKED_BYTES_PER_ROW};
use weft_network::identity::Keypair;

use crate::fixtures::TestChain;
use crate::ledger::{Head, HeaderRules, ValidatorSets};

/// A chain whose validators can be reached and sign one by one.
pub(crate) struct VotingChain {
    pub(crate) chain: TestChain,
    pub(crate) identities: Vec<Keypair>,
}

impl Deref for VotingChain {
    type Target = TestChain;

    fn deref(&self) -> &TestChain {
        &self.chain
    }
}

impl VotingChain {
    /// Validators with equal stake; the same validator keys every time.
    pub(crate) fn new(validators: u8) -> Self {
        let mut chain = TestChain::new(validators);
        let identities: Vec<Keypair> = (0..validators)
            .map(|_| Keypair::generate_ed25519())
            .collect();
        for (validator, identity) in chain.genesis.validators.iter_mut().zip(&identities) {
            validator.peer_id = identity.public().to_peer_id().to_string();
        }
        Self { chain, identities }
    }

    pub(crate) fn rules(&self) -> HeaderRules {
        HeaderRules::new(&self.genesis, ValidatorSets::constant(self.set.clone()))
    }

    pub(crate) fn head(&self) -> Head {
        Head::genesis(&self.genesis)
    }

    /// A blob that all validators certified, until height 100: blocks up to height 60 may have it.
    pub(crate) fn certified(&self, namespace: u8, seed: u8, rows: usize) -> CertifiedBlob {
        self.certify(&header(namespace, seed, rows), Height::new(100))
    }

    /// The block that validator 0 would build on `head` at `time`.
    pub(crate) fn block_on(&self, head: &Head, time: u64, blobs: Vec<CertifiedBlob>) -> Block {
        let body = BlockBody {
            blobs,
            update: None,
        };
        build_on(&self.rules(), head, time, body)
    }

    /// The certificate of a block that these validators signed in round 0.
    pub(crate) fn finalise(&self, block: &Block, signers: &[usize]) -> FinalityCertificate {
        let chain_id = &self.genesis.chain_id;
        let hash = block.header.hash();
        let mut builder = CertificateBuilder::finality(chain_id, hash, 0, &self.set);
        for signer in signers {
            let signature = self.keys[*signer].sign(builder.message());
            builder.add(index(*signer), signature).unwrap();
        }
        builder.build().unwrap()
    }
}

/// The block that validator 0 would build on `head` at `time` under `rules`, whether or not its
/// update is right.
pub(crate) fn build_on(rules: &HeaderRules, head: &Head, time: u64, body: BlockBody) -> Block {
    let height = head.next_height();
    let next_set = match &body.update {
        Some(signed) if signed.update.first_height == height.saturating_add(1) => {
            signed.update.validator_set().unwrap().root()
        }
        _ => rules.set_root(height.saturating_add(1)),
    };
    Block::build(&rules.parent(head), time, index(0), next_set, body).unwrap()
}

pub(crate) fn index(place: usize) -> ValidatorIndex {
    ValidatorIndex::new(place).unwrap()
}

/// A blob header whose commitments are bytes that nobody checks as points here: ordering looks at
/// certificates, and custodians look at points.
pub(crate) fn header(namespace: u8, seed: u8, rows: usize) -> BlobHeader {
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
