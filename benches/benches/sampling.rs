//! Custody assignment, sample choice and confidence.

#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use weft_benches::SEED;
use weft_chain::{SecretKey, Validator, ValidatorSet};
use weft_sampling::{CustodyAssignment, choose_samples, miss_probability, samples_for};

fn validator_set(count: u8) -> ValidatorSet {
    let validators = (0..count).map(|index| {
        let key = SecretKey::generate(&[index; 32]);
        Validator {
            public_key: key.public_key(),
            stake: 1 + u64::from(index % 3),
            proof_of_possession: key.prove_possession(),
        }
    });
    ValidatorSet::new(validators.collect()).expect("a legal set")
}

fn custody(c: &mut Criterion) {
    let mut group = c.benchmark_group("sampling::assign");
    group.sample_size(10);
    for count in [4, 16, 100] {
        let set = validator_set(count);
        group.bench_function(format!("validators={count}"), |b| {
            b.iter(|| CustodyAssignment::new(black_box(&set)).expect("an assignable set"));
        });
    }
    group.finish();
}

fn samples(c: &mut Criterion) {
    let mut random = ChaCha20Rng::seed_from_u64(SEED);
    c.bench_function("sampling::choose/rows=64,samples=70", |b| {
        b.iter(|| choose_samples(black_box(64), 70, &mut random));
    });
    c.bench_function("sampling::miss_probability/rows=64,samples=70", |b| {
        b.iter(|| miss_probability(black_box(64), 70));
    });
    c.bench_function("sampling::samples_for/rows=64,bits=30", |b| {
        b.iter(|| samples_for(black_box(64), 2f64.powi(-30)));
    });
}

criterion_group!(benches, custody, samples);
criterion_main!(benches);
