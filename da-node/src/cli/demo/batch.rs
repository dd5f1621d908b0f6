//! The batch that a demo posts.

use std::path::Path;

use bytes::Bytes;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::super::output::human_bytes;
use super::super::shared::read_batch;

/// Bytes of a synthetic batch.
const SYNTHETIC_BYTES: usize = 1 << 20;

/// A batch, and where it is from.
pub(super) struct Batch {
    pub(super) bytes: Bytes,
    pub(super) source: String,
}

impl Batch {
    pub(super) fn describe(&self) -> String {
        format!(
            "{} from {}",
            human_bytes(self.bytes.len() as u64),
            self.source
        )
    }
}

/// Reads a file, or makes a batch that looks like a compressed one: bytes without structure.
pub(super) fn load(file: Option<&Path>, seed: u64) -> anyhow::Result<Batch> {
    let Some(path) = file else {
        let mut bytes = vec![0; SYNTHETIC_BYTES];
        ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
        return Ok(Batch {
            bytes: bytes.into(),
            source: format!("a synthetic batch, seed {seed}"),
        });
    };
    Ok(Batch {
        bytes: read_batch(path)?.into(),
        source: path.display().to_string(),
    })
}
