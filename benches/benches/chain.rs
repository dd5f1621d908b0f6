//! Headers, certificates and namespaces.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use weft_benches::{NAMESPACE, validators};
use weft_chain::{
    BLOB_HEADER_VERSION, BlobHeader, CertificateBuilder, ChainId, Commitment, Digest, Height,
    Layout, Namespace, SigningMessage, ValidatorIndex, commitments_root,
};

/// Validators of a large set.
const VALIDATORS: u16 = 100;

fn header(rows: u8) -> BlobHeader {
    let commitment = |row: u8| Commitment::from_bytes([row; 48]);
    BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace: Namespace::from_id([NAMESPACE[0]; 28]),
        layout: Layout::Raw,
        byte_len: 131_072 * u64::from(rows),
        commitments: (0..rows).map(commitment).collect(),
        columns_root: Digest::from_bytes([3; 32]),
    }
}

fn headers(c: &mut Criterion) {
    let header = header(64);
    c.bench_function("chain::blob_id/rows=64", |b| {
        b.iter(|| black_box(&header).id())
    });
    let commitments: Vec<Commitment> = (0..=u8::MAX)
        .map(|row| Commitment::from_bytes([row; 48]))
        .collect();
    c.bench_function("chain::commitments_root/rows=256", |b| {
        b.iter(|| commitments_root(black_box(&commitments)));
    });
}

fn certificates(c: &mut Criterion) {
    let chain_id: ChainId = "weft-bench".parse().expect("a legal name");
    let (keys, set) = validators(VALIDATORS);
    let id = header(64).id();
    let builder = || CertificateBuilder::availability(&chain_id, id, &set, Height::new(1000));
    let place = |index: usize| ValidatorIndex::new(index).expect("below the limit");
    let message: SigningMessage = *builder().message();
    let signatures: Vec<_> = set
        .iter()
        .map(|(index, validator)| {
            let key = keys
                .iter()
                .find(|key| key.public_key() == validator.public_key);
            (index, key.expect("a key for each").sign(&message))
        })
        .collect();
    c.bench_function("chain::sign/validators=100", |b| {
        b.iter(|| keys[0].sign(black_box(&message)))
    });
    c.bench_function("chain::add_signature/validators=100", |b| {
        b.iter(|| {
            let mut builder = builder();
            builder
                .add(place(0), signatures[0].1)
                .expect("own signature");
        });
    });
    let mut full = builder();
    for (index, signature) in &signatures {
        full.add(*index, *signature).expect("own signature");
    }
    let certificate = full.build().expect("all have signed");
    c.bench_function("chain::build_certificate/validators=100", |b| {
        b.iter(|| full.build())
    });
    c.bench_function("chain::verify_certificate/validators=100", |b| {
        b.iter(|| {
            certificate
                .verify(&chain_id, &set)
                .expect("own certificate")
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = headers, certificates
}
criterion_main!(benches);
