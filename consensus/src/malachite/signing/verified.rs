//! A cache of verified signatures.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use weft_chain::{PublicKey, Signature, SigningMessage, tagged_hash};
use weft_encoding::Digest;

const TAG: &str = "weft/consensus/verified/1";

/// Cached signatures: several times those of one height of the largest set.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");

/// Verifies signatures, each only once. Cheap to clone.
///
/// The engine checks a precommit on arrival, again in the certificate when the height is decided,
/// and again in certificates of its peers. Only valid signatures are cached, by a hash of message,
/// key and signature, so the cache never makes an invalid signature valid.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedSignatures(Arc<Mutex<LruCache<Digest, ()>>>);

impl Default for VerifiedSignatures {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(REMEMBERED))))
    }
}

impl VerifiedSignatures {
    /// Whether `signature` is `key`'s of `message`; `None` when the runtime is shutting down.
    ///
    /// Cost: two pairings on the blocking pool, or one hash if it has been verified before.
    pub(crate) async fn verify(
        &self,
        message: SigningMessage,
        signature: Signature,
        key: PublicKey,
    ) -> Option<bool> {
        let id = tagged_hash(
            TAG,
            &[message.as_bytes(), key.as_bytes(), signature.as_bytes()],
        );
        if self.lock().get(&id).is_some() {
            return Some(true);
        }
        let check = move || signature.verify(&message, &key).is_ok();
        let valid = tokio::task::spawn_blocking(check).await.ok()?;
        if valid {
            self.lock().put(id, ());
        }
        Some(valid)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<Digest, ()>> {
        // Each entry is valid by itself, so any state after a panic is safe.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
