//! The archive tier's Reed-Solomon code, 10 + 4, and `reed-solomon-simd` for the record.

use std::collections::BTreeMap;
use std::hint::black_box;

use anyhow::{Context, Result, ensure};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use reed_solomon_erasure::galois_8::ReedSolomon;
use weft_benches::SEED;
use weft_encoding::{MAX_BLOB_ROWS, ROW_BYTES};

use crate::measure::{Effort, medians};
use crate::report::{ArchiveReport, rounded};

const DATA: usize = 10;
const PARITY: usize = 4;
/// Shards of a blob of 64 rows; `reed-solomon-simd` asks for whole blocks of 64 bytes.
const SHARD_BYTES: usize = (MAX_BLOB_ROWS * ROW_BYTES)
    .div_ceil(DATA)
    .next_multiple_of(64);

/// Encoding, and reconstruction after the loss of the first four data shards.
pub(crate) fn measure(effort: Effort) -> Result<Vec<ArchiveReport>> {
    let mut random = ChaCha20Rng::seed_from_u64(SEED);
    let mut data = vec![vec![0; SHARD_BYTES]; DATA];
    data.iter_mut().for_each(|shard| random.fill_bytes(shard));

    let code = ReedSolomon::new(DATA, PARITY)?;
    let mut parity = vec![vec![0; SHARD_BYTES]; PARITY];
    code.encode_sep(&data, &mut parity)?;
    let full: Vec<Vec<u8>> = data.iter().chain(&parity).cloned().collect();
    let simd_parity = reed_solomon_simd::encode(DATA, PARITY, &data)?;
    ensure!(
        erasure(&code, &full)? == data,
        "reed-solomon-erasure lost data"
    );
    let restored = simd(&data, &simd_parity)?;
    let lost = restored.get(&0).context("shard 0 was restored")?;
    ensure!(*lost == data[0], "reed-solomon-simd lost data");

    let mut encoded = parity.clone();
    let medians = medians(
        effort.budget / 2,
        &mut [
            Box::new(|| _ = black_box(code.encode_sep(&data, &mut encoded))),
            Box::new(|| _ = black_box(erasure(&code, &full))),
            Box::new(|| _ = black_box(reed_solomon_simd::encode(DATA, PARITY, &data))),
            Box::new(|| _ = black_box(simd(&data, &simd_parity))),
        ],
    );
    Ok(vec![
        report("reed-solomon-erasure", medians[0], medians[1]),
        report("reed-solomon-simd", medians[2], medians[3]),
    ])
}

/// Both libraries make the shards that are missing; the copy of the rest is measured with them.
fn erasure(code: &ReedSolomon, full: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let mut shards: Vec<Option<Vec<u8>>> = (0..full.len())
        .map(|index| (index >= PARITY).then(|| full[index].clone()))
        .collect();
    code.reconstruct_data(&mut shards)?;
    Ok(shards.into_iter().take(DATA).flatten().collect())
}

fn simd(
    data: &[Vec<u8>],
    parity: &[Vec<u8>],
) -> Result<BTreeMap<usize, Vec<u8>>, reed_solomon_simd::Error> {
    let present = data.iter().enumerate().skip(PARITY);
    reed_solomon_simd::decode(DATA, PARITY, present, parity.iter().enumerate())
}

fn report(library: &'static str, encode_ms: f64, reconstruct_ms: f64) -> ArchiveReport {
    let gib = (DATA * SHARD_BYTES) as f64 / f64::from(1u32 << 30);
    ArchiveReport {
        library,
        encode_ms: rounded(encode_ms),
        reconstruct_ms: rounded(reconstruct_ms),
        encode_gib_s: rounded(gib / (encode_ms / 1e3)),
        reconstruct_gib_s: rounded(gib / (reconstruct_ms / 1e3)),
    }
}
