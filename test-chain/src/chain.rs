//! Validators and what they sign.

use libp2p_identity::Keypair;
use weft_chain::{
    BlobHeader, Block, BlockBody, BlockHeader, CertificateBuilder, CertifiedBlob,
    FinalityCertificate, Genesis, Height, Parent, SecretKey, SignedHeader, SignedValidatorUpdate,
    Statement, ValidatorEntry, ValidatorSet, ValidatorUpdate,
};

use crate::unsigned::unsigned_block_with;
use crate::{chain_id, header, index};

/// Validators, their keys, and the genesis they start from.
#[derive(Clone, Debug)]
pub struct TestChain {
    /// Names the validators, with the peer ids of `identities` and no addresses.
    pub genesis: Genesis,
    /// The validators' keys, in the order of the set.
    pub keys: Vec<SecretKey>,
    /// The validators' identities in the network, in the order of the set.
    pub identities: Vec<Keypair>,
    /// The set of the genesis.
    pub set: ValidatorSet,
}

impl TestChain {
    /// So many validators with equal stake, named `validator-0` and so on.
    pub fn new(validators: u8) -> Self {
        Self::with_stakes(&vec![1; validators.into()])
    }

    /// Validators with these stakes, named `validator-0` and so on.
    pub fn with_stakes(stakes: &[u64]) -> Self {
        let mut genesis = Genesis {
            chain_id: chain_id(),
            time_ms: 1_000,
            retention_blocks: 80,
            max_block_rows: 256,
            validators: Vec::new(),
        };
        let numbers: Vec<u8> = (0..).take(stakes.len()).collect();
        genesis.validators = numbers.iter().zip(stakes).map(entry).collect();
        Self::with_genesis(genesis, &numbers)
    }

    /// The same chain with these validators, each with stake 1. A validator is its number: it has the
    /// same key, identity and name in every chain.
    pub fn with_members(&self, numbers: &[u8]) -> Self {
        let mut genesis = self.genesis.clone();
        genesis.validators = numbers.iter().map(|number| entry((number, &1))).collect();
        Self::with_genesis(genesis, numbers)
    }

    /// The same validators on a chain of this name.
    pub fn named(mut self, chain_id: &str) -> Self {
        self.genesis.chain_id = chain_id.parse().unwrap();
        self
    }

    fn with_genesis(genesis: Genesis, numbers: &[u8]) -> Self {
        Self {
            set: genesis.validator_set().unwrap(),
            keys: numbers.iter().copied().map(key).collect(),
            identities: numbers.iter().copied().map(identity).collect(),
            genesis,
        }
    }

    /// The chain of some of these validators, in this order.
    pub fn of(&self, positions: &[usize]) -> Self {
        let mut genesis = self.genesis.clone();
        genesis.validators = positions
            .iter()
            .map(|position| self.genesis.validators[*position].clone())
            .collect();
        let identities = positions.iter().map(|at| self.identities[*at].clone());
        Self {
            set: genesis.validator_set().unwrap(),
            keys: positions.iter().map(|at| self.keys[*at].clone()).collect(),
            identities: identities.collect(),
            genesis,
        }
    }

    /// What the block at height 1 follows.
    pub fn start(&self) -> Parent {
        self.genesis.as_parent(&self.set)
    }

    /// A certificate of all validators.
    pub fn certify(&self, header: &BlobHeader, expiry: Height) -> CertifiedBlob {
        self.certify_by(header, expiry, &self.everyone())
    }

    /// A certificate of these validators, who must be a quorum.
    pub fn certify_by(
        &self,
        header: &BlobHeader,
        expiry: Height,
        signers: &[usize],
    ) -> CertifiedBlob {
        let chain_id = &self.genesis.chain_id;
        let builder = CertificateBuilder::availability(chain_id, header.id(), &self.set, expiry);
        CertifiedBlob {
            header: header.clone(),
            certificate: self.sign(builder, signers),
        }
    }

    /// The update that makes `next` the validators from `first_height` on, signed by all of these.
    pub fn update(&self, next: &Self, first_height: u64) -> SignedValidatorUpdate {
        self.sign_update(self.unsigned_update(next, first_height), &self.everyone())
    }

    /// The update that makes `next` the validators from `first_height` on, without signatures.
    pub fn unsigned_update(&self, next: &Self, first_height: u64) -> ValidatorUpdate {
        ValidatorUpdate {
            chain_id: self.genesis.chain_id,
            replaces: self.set.root(),
            first_height: Height::new(first_height),
            validators: next.genesis.validators.clone(),
        }
    }

    /// An update that these validators sign, who must be a quorum.
    pub fn sign_update(&self, update: ValidatorUpdate, signers: &[usize]) -> SignedValidatorUpdate {
        let chain_id = &self.genesis.chain_id;
        let builder = CertificateBuilder::update(chain_id, update.id(), &self.set);
        SignedValidatorUpdate {
            update,
            certificate: self.sign(builder, signers),
        }
    }

    /// The block after `parent` with these blobs, finalised by all validators.
    pub fn block(
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
    pub fn block_with(&self, parent: &Parent, body: BlockBody) -> (Block, FinalityCertificate) {
        let block = unsigned_block_with(parent, body);
        let finality = self.finalise(&block, &self.everyone());
        (block, finality)
    }

    /// A blob that all validators certified, until height 100: blocks up to height 60 may have it.
    pub fn certified(&self, namespace: u8, seed: u8, rows: usize) -> CertifiedBlob {
        self.certify(&header(namespace, seed, rows), Height::new(100))
    }

    /// The certificate of a block that these validators signed in round 0.
    pub fn finalise(&self, block: &Block, signers: &[usize]) -> FinalityCertificate {
        self.finalise_header(&block.header, signers)
    }

    /// A header that all validators signed in round 0, whatever it says.
    pub fn sign_header(&self, header: BlockHeader) -> SignedHeader {
        let finality = self.finalise_header(&header, &self.everyone());
        SignedHeader { header, finality }
    }

    fn finalise_header(&self, header: &BlockHeader, signers: &[usize]) -> FinalityCertificate {
        let chain_id = &self.genesis.chain_id;
        let builder = CertificateBuilder::finality(chain_id, header.hash(), 0, &self.set);
        self.sign(builder, signers)
    }

    fn everyone(&self) -> Vec<usize> {
        (0..self.keys.len()).collect()
    }

    fn sign<S: Statement>(
        &self,
        mut builder: CertificateBuilder<S>,
        signers: &[usize],
    ) -> S::Certificate {
        for signer in signers {
            let signature = self.keys[*signer].sign(builder.message());
            builder.add(index(*signer), signature).unwrap();
        }
        builder.build().unwrap()
    }
}

/// The key of the validator with this number.
pub fn key(number: u8) -> SecretKey {
    SecretKey::generate(&[number + 1; 32])
}

/// The identity in the network of the validator with this number.
pub fn identity(number: u8) -> Keypair {
    let mut seed = [0x77; 32];
    seed[0] = number;
    Keypair::ed25519_from_bytes(seed).unwrap()
}

fn entry((&number, &stake): (&u8, &u64)) -> ValidatorEntry {
    let key = key(number);
    ValidatorEntry {
        name: format!("validator-{number}"),
        public_key: key.public_key(),
        proof_of_possession: key.prove_possession(),
        stake,
        peer_id: identity(number).public().to_peer_id().to_string(),
        addresses: Vec::new(),
        consensus_addresses: Vec::new(),
    }
}
