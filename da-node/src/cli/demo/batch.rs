//! The batch that a demo posts.

use std::path::Path;

use bytes::Bytes;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use weft_encoding::{BYTES_PER_ELEMENT, Layout};

use super::super::output::human_bytes;
use super::super::shared::BatchArgs;

/// Bytes of a synthetic batch.
const SYNTHETIC_BYTES: usize = 1 << 20;

/// A batch and its source.
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

/// Reads a file, or makes a batch of random bytes, like a compressed one. In the raw layout the top
/// byte of each element is zero.
pub(super) fn load(file: Option<&Path>, args: &BatchArgs, seed: u64) -> anyhow::Result<Batch> {
    let Some(path) = file else {
        let mut bytes = vec![0; SYNTHETIC_BYTES];
        ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
        if args.layout == Layout::Raw {
            for element in bytes.chunks_exact_mut(BYTES_PER_ELEMENT) {
                element[0] = 0;
            }
        }
        return Ok(Batch {
            bytes: bytes.into(),
            source: format!("a synthetic batch, seed {seed}"),
        });
    };
    Ok(Batch {
        bytes: args.read(path)?.into(),
        source: path.display().to_string(),
    })
}
