//! Blocks, their trees of namespaces, finality, and changes of the validators.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use weft_benches::validators;
use weft_chain::{
    BLOB_HEADER_VERSION, BlobHeader, Block, BlockBody, CertificateBuilder, CertifiedBlob, ChainId,
    Commitment, Digest, HeaderHash, Height, Layout, Namespace, Parent, SecretKey, SignedHeader,
    SignedValidatorUpdate, ValidatorEntry, ValidatorIndex, ValidatorSet, ValidatorUpdate,
    namespace_proof, namespaces_root,
};

/// Validators of the set, all of whom sign.
const VALIDATORS: u16 = 20;

/// Blobs of the block, of four rows each: as many rows as a block may have.
const BLOBS: u8 = 64;

struct Chain {
    id: ChainId,
    /// In the set's order.
    keys: Vec<SecretKey>,
    set: ValidatorSet,
}

impl Chain {
    fn new() -> Self {
        let (keys, set) = validators(VALIDATORS);
        let key_of = |(_, validator): (ValidatorIndex, &weft_chain::Validator)| {
            let own = |key: &&SecretKey| key.public_key() == validator.public_key;
            keys.iter().find(own).cloned().expect("a key for each")
        };
        Self {
            id: "weft-bench".parse().expect("a legal name"),
            keys: set.iter().map(key_of).collect(),
            set,
        }
    }

    fn parent(&self) -> Parent {
        Parent {
            chain_id: self.id,
            height: Height::GENESIS,
            hash: HeaderHash::from_bytes([1; 32]),
            time: 1_700_000_000_000,
            validator_set_root: self.set.root(),
        }
    }

    fn certified(&self, blob: u8) -> CertifiedBlob {
        let commitment = |row: u8| Commitment::from_bytes([blob ^ row; 48]);
        let header = BlobHeader {
            version: BLOB_HEADER_VERSION,
            namespace: Namespace::from_id([blob / 2; 28]),
            layout: Layout::Raw,
            byte_len: 131_072 * 4,
            commitments: (0..4).map(commitment).collect(),
            columns_root: Digest::from_bytes([blob; 32]),
        };
        let expiry = Height::new(1000);
        let mut builder =
            CertificateBuilder::availability(&self.id, header.id(), &self.set, expiry);
        self.sign(&mut builder);
        CertifiedBlob {
            header,
            certificate: builder.build().expect("all have signed"),
        }
    }

    fn sign<S: weft_chain::Statement>(&self, builder: &mut CertificateBuilder<S>) {
        for (place, key) in self.keys.iter().enumerate() {
            let place = ValidatorIndex::new(place).expect("below the limit");
            let signature = key.sign(builder.message());
            builder.add(place, signature).expect("own signature");
        }
    }

    fn body(&self) -> BlockBody {
        BlockBody {
            blobs: (0..BLOBS).map(|blob| self.certified(blob)).collect(),
            update: None,
        }
    }

    fn block(&self, body: BlockBody) -> Block {
        let proposer = ValidatorIndex::new(0).expect("below the limit");
        let time = 1_700_000_001_000;
        Block::build(&self.parent(), time, proposer, self.set.root(), body).expect("a legal body")
    }

    /// An update to the same validators at another height.
    fn update(&self) -> SignedValidatorUpdate {
        let entry = |(place, validator): (ValidatorIndex, &weft_chain::Validator)| ValidatorEntry {
            name: format!("validator-{place}"),
            public_key: validator.public_key,
            proof_of_possession: validator.proof_of_possession,
            stake: validator.stake,
            peer_id: format!("peer-{place}"),
            addresses: vec!["/ip4/127.0.0.1/tcp/4000".to_owned()],
            consensus_addresses: Vec::new(),
        };
        let update = ValidatorUpdate {
            chain_id: self.id,
            replaces: self.set.root(),
            first_height: Height::new(100),
            validators: self.set.iter().map(entry).collect(),
        };
        let mut builder = CertificateBuilder::update(&self.id, update.id(), &self.set);
        self.sign(&mut builder);
        SignedValidatorUpdate {
            certificate: builder.build().expect("all have signed"),
            update,
        }
    }
}

fn blocks(c: &mut Criterion) {
    let chain = Chain::new();
    let body = chain.body();
    let block = chain.block(body.clone());
    c.bench_function("chain::build_block/blobs=64", |b| {
        b.iter(|| chain.block(black_box(body.clone())));
    });
    c.bench_function("chain::verify_derivation/blobs=64", |b| {
        b.iter(|| block.verify_derivation().expect("own block"));
    });
    c.bench_function("chain::verify_certificates/blobs=64,validators=20", |b| {
        let set_of = |_: &Digest| Some(&chain.set);
        b.iter(|| body.verify_certificates(&chain.id, set_of).expect("signed"));
    });
    c.bench_function("chain::header_hash", |b| {
        b.iter(|| black_box(&block.header).hash())
    });

    let mut builder = CertificateBuilder::finality(&chain.id, block.header.hash(), 0, &chain.set);
    chain.sign(&mut builder);
    let signed = SignedHeader {
        header: block.header.clone(),
        finality: builder.build().expect("all have signed"),
    };
    c.bench_function("chain::verify_signed_header/validators=20", |b| {
        b.iter(|| signed.verify(&chain.id, &chain.set).expect("signed"));
    });
}

fn namespaces(c: &mut Criterion) {
    let chain = Chain::new();
    let body = chain.body();
    let entries = body.entries().expect("a legal body");
    let root = namespaces_root(&entries);
    c.bench_function("chain::namespaces_root/blobs=64", |b| {
        b.iter(|| namespaces_root(black_box(&entries)));
    });
    let namespace = Namespace::from_id([7; 28]);
    c.bench_function("chain::namespace_proof/blobs=64", |b| {
        b.iter(|| namespace_proof(&body, black_box(&namespace)).expect("a legal body"));
    });
    let proof = namespace_proof(&body, &namespace).expect("a legal body");
    c.bench_function("chain::verify_namespace_proof/blobs=64", |b| {
        b.iter(|| {
            proof
                .verify(root, black_box(&namespace))
                .expect("own proof")
        });
    });
}

fn validator_sets(c: &mut Criterion) {
    let chain = Chain::new();
    let members: Vec<_> = chain
        .set
        .iter()
        .map(|(_, validator)| validator.clone())
        .collect();
    c.bench_function("chain::validator_set/validators=20", |b| {
        b.iter(|| ValidatorSet::new(black_box(members.clone())).expect("a legal set"));
    });
    let update = chain.update();
    c.bench_function("chain::verify_update/validators=20", |b| {
        b.iter(|| update.verify(&chain.id, &chain.set).expect("signed"));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = blocks, namespaces, validator_sets
}
criterion_main!(benches);
