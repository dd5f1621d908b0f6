//! Inputs of Weft's benches, seeded and built outside of what is timed.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use weft_chain::{SecretKey, Validator, ValidatorSet};
use weft_encoding::{CodedBlob, Layout, PACKED_BYTES_PER_ROW, Row, code_blob};

/// Seed of all inputs.
pub const SEED: u64 = 0x77_65_66_74;
/// Namespace of all blobs.
pub const NAMESPACE: [u8; 29] = [7; 29];

/// `rows` rows of random elements.
#[must_use]
pub fn rows(rows: usize) -> Vec<Row> {
    let mut batch = vec![0; rows * PACKED_BYTES_PER_ROW];
    ChaCha20Rng::seed_from_u64(SEED).fill_bytes(&mut batch);
    Layout::Packed
        .rows_from_batch(&batch)
        .expect("at most 64 rows")
}

/// A coded blob of `rows` rows.
#[must_use]
pub fn coded(count: usize) -> CodedBlob {
    code_blob(&NAMESPACE, rows(count)).expect("1 to 64 rows")
}

/// So many validators of stakes 1 to 3, and their keys.
#[must_use]
pub fn validators(count: u16) -> (Vec<SecretKey>, ValidatorSet) {
    let keys: Vec<SecretKey> = (0..count)
        .map(|index| {
            let mut seed = [0; 32];
            seed[..2].copy_from_slice(&index.to_le_bytes());
            SecretKey::generate(&seed)
        })
        .collect();
    let validators = keys.iter().zip(0u64..).map(|(key, index)| Validator {
        public_key: key.public_key(),
        stake: 1 + index % 3,
        proof_of_possession: key.prove_possession(),
    });
    let set = ValidatorSet::new(validators.collect()).expect("a legal set");
    (keys, set)
}
