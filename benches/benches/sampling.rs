//! Custody assignment, sample choice and confidence.

#![allow(missing_docs)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use weft_benches::{SEED, validators};
use weft_sampling::session::Input;
use weft_sampling::{
    CustodyAssignment, SamplingSession, SessionConfig, choose_samples, miss_probability,
    samples_for,
};

fn custody(c: &mut Criterion) {
    for count in [4, 16, 100, 256] {
        let (_, set) = validators(count);
        c.bench_function(&format!("sampling::assign/validators={count}"), |b| {
            b.iter(|| CustodyAssignment::new(black_box(&set)).expect("an assignable set"));
        });
    }
}

/// A session of one peer that has every cell, until the first requests are out.
fn session(c: &mut Criterion) {
    let mut random = ChaCha20Rng::seed_from_u64(SEED);
    let samples = choose_samples(64, 75, &mut random);
    c.bench_function("sampling::start_session/rows=64,samples=75", |b| {
        b.iter(|| {
            let config = SessionConfig::default();
            let mut session: SamplingSession<u8> =
                SamplingSession::new(64, samples.clone(), config, Duration::ZERO)
                    .expect("samples of the matrix");
            let mut out = Vec::new();
            session.handle(Duration::ZERO, Input::Tick, &mut out);
            (session, out)
        });
    });
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

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = custody, session, samples
}
criterion_main!(benches);
