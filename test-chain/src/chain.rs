//! Validators and what they sign.

use libp2p::identity::Keypair;
use weft_chain::{
    BlobHeader, Block, BlockBody, CertificateBuilder, CertifiedBlob, FinalityCertificate, Genesis,
    Height, Parent, SecretKey, SignedValidatorUpdate, UpdateStatement, ValidatorEntry,
    ValidatorIndex, ValidatorSet, ValidatorUpdate,
};

use crate::unsigned::unsigned_block_with;
use crate::{header, index};

/// Validators with equal stake, their keys, and the genesis they start from.
#[derive(Debug)]
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
    /// A chain of this many validators, named `validator-0` and so on.
    pub fn new(validators: u8) -> Self {
        let keys: Vec<SecretKey> = (0..validators)
            .map(|index| SecretKey::generate(&[index + 1; 32]))
            .collect();
        let identities: Vec<Keypair> = (0..validators).map(identity).collect();
        let validators = keys.iter().enumerate().map(|(index, key)| ValidatorEntry {
            name: format!("validator-{index}"),
            public_key: key.public_key(),
            proof_of_possession: key.prove_possession(),
            stake: 1,
            peer_id: identities[index].public().to_peer_id().to_string(),
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
        Self {
            genesis,
            keys,
            identities,
            set,
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

    /// The parent of the block at height 1.
    pub fn start(&self) -> Parent {
        self.genesis.as_parent(&self.set)
    }

    /// A certificate of all validators.
    pub fn certify(&self, header: &BlobHeader, expiry: Height) -> CertifiedBlob {
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
    pub fn update(&self, next: &Self, first_height: u64) -> SignedValidatorUpdate {
        let signers: Vec<usize> = (0..self.keys.len()).collect();
        self.sign_update(self.unsigned_update(next, first_height), &signers)
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

    /// An update, signed by these validators, which must form a quorum.
    pub fn sign_update(&self, update: ValidatorUpdate, signers: &[usize]) -> SignedValidatorUpdate {
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

    /// A blob that all validators certified, until height 100: blocks up to height 60 may include
    /// it.
    pub fn certified(&self, namespace: u8, seed: u8, rows: usize) -> CertifiedBlob {
        self.certify(&header(namespace, seed, rows), Height::new(100))
    }

    /// The certificate of a block that these validators signed in round 0.
    pub fn finalise(&self, block: &Block, signers: &[usize]) -> FinalityCertificate {
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

/// The network identity of the validator at a position, always the same.
fn identity(position: u8) -> Keypair {
    let mut seed = [0x77; 32];
    seed[0] = position;
    Keypair::ed25519_from_bytes(seed).unwrap()
}
