//! The archive tier's code: rows cut into 10 data and 4 parity shards over GF(2^8).

#![allow(missing_docs)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use reed_solomon_erasure::galois_8::ReedSolomon;
use weft_benches::SEED;
use weft_encoding::ROW_BYTES;

const DATA: usize = 10;
const PARITY: usize = 4;

fn archive(c: &mut Criterion) {
    let code = ReedSolomon::new(DATA, PARITY).expect("a legal code");
    let shard_bytes = (9 * ROW_BYTES).div_ceil(DATA);
    let mut random = ChaCha20Rng::seed_from_u64(SEED);
    let mut shards = vec![vec![0u8; shard_bytes]; DATA + PARITY];
    for shard in &mut shards[..DATA] {
        random.fill_bytes(shard);
    }
    code.encode(&mut shards).expect("equal shards");

    let mut group = c.benchmark_group("archive");
    group.throughput(Throughput::Bytes((DATA * shard_bytes) as u64));
    group.bench_function("encode/10+4,rows=9", |b| {
        b.iter(|| code.encode(&mut shards).expect("equal shards"));
    });
    let lost: Vec<Option<Vec<u8>>> = shards
        .iter()
        .enumerate()
        .map(|(index, shard)| (index >= PARITY).then(|| shard.clone()))
        .collect();
    group.bench_function("reconstruct/10+4,lost=4,rows=9", |b| {
        b.iter_batched(
            || lost.clone(),
            |mut lost| code.reconstruct_data(&mut lost).expect("10 of 14 shards"),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, archive);
criterion_main!(benches);
