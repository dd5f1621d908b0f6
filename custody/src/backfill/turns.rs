//! Whose turn it is to make the cell proofs that a gateway has not pushed. Pure.
//!
//! ```text
//!  block's time    patience       2 x patience     3 x patience     4 x patience
//!     │───────────────│────────────────│────────────────│────────────────│
//!     │ the gateway's │ first turn's   │ second's       │ third's        │ all others'
//! ```
//!
//! The turns of a blob are ordered by the hash of its id with each custodian's key, so different
//! custodians prove the blobs of a block. The one that makes the proofs pushes every other
//! custodian those of its columns, so a later turn finds nothing to do.

use std::time::Duration;

use weft_chain::{BlobId, PublicKey};
use weft_encoding::merkle;

use super::BackfillConfig;

/// The last turn, shared by all custodians that have no earlier one.
const LAST_TURN: u32 = 3;

/// The turn of `own` among the custodians of the current set, from 0.
pub(super) fn turn(
    blob: &BlobId,
    custodians: impl IntoIterator<Item = PublicKey>,
    own: &PublicKey,
) -> u32 {
    let place = |key: &PublicKey| {
        merkle::leaf_hash(&[blob.as_bytes().as_slice(), key.as_bytes().as_slice()].concat())
    };
    let own_place = place(own);
    let mut is_member = false;
    let mut before = 0u32;
    for key in custodians {
        is_member |= key == *own;
        before += u32::from(place(&key) < own_place);
    }
    if is_member {
        before.min(LAST_TURN)
    } else {
        LAST_TURN
    }
}

/// Age of a block at which the custodian with this turn makes the proofs of a blob of `rows` rows.
///
/// An overdrawn gateway's blobs wait at least [`BackfillConfig::overdrawn_patience`].
pub(super) fn patience(
    config: &BackfillConfig,
    rows: usize,
    turn: u32,
    is_overdrawn: bool,
) -> Duration {
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    let proving = config.proof_row_patience.saturating_mul(rows);
    let mut patience = config.proof_patience.saturating_add(proving);
    if is_overdrawn {
        patience = patience.max(config.overdrawn_patience);
    }
    patience.saturating_mul(turn + 1)
}

#[cfg(test)]
mod tests {
    use weft_test_chain::TestChain;

    use super::*;

    fn blob(seed: u8) -> BlobId {
        BlobId::from_bytes([seed; 32])
    }

    #[test]
    fn every_blob_has_one_first_maker_and_the_makers_differ_from_blob_to_blob() {
        let keys: Vec<PublicKey> = TestChain::new(7)
            .keys
            .iter()
            .map(weft_chain::SecretKey::public_key)
            .collect();
        let mut first_of = [0; 7];
        for seed in 0..70 {
            let turns: Vec<u32> = keys
                .iter()
                .map(|own| turn(&blob(seed), keys.iter().copied(), own))
                .collect();
            let mut sorted = turns.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 3, 3, 3]);
            let mut order = keys.clone();
            order.reverse();
            assert_eq!(turn(&blob(seed), order, &keys[0]), turns[0]);
            for (count, turn) in first_of.iter_mut().zip(&turns) {
                *count += u32::from(*turn == 0);
            }
        }
        assert!(first_of.iter().all(|count| *count > 0), "{first_of:?}");
        let others = keys[1..].iter().copied();
        assert_eq!(turn(&blob(1), others, &keys[0]), LAST_TURN);
    }

    #[test]
    fn a_turn_is_as_long_as_the_blob_has_rows_and_an_overdrawn_gateway_waits() {
        let config = BackfillConfig {
            proof_patience: Duration::from_secs(3),
            proof_row_patience: Duration::from_millis(500),
            overdrawn_patience: Duration::from_secs(60),
            ..BackfillConfig::default()
        };
        let seconds = |rows, turn, overdrawn| patience(&config, rows, turn, overdrawn).as_millis();
        assert_eq!(seconds(1, 0, false), 3_500);
        assert_eq!(seconds(1, 2, false), 10_500);
        assert_eq!(seconds(64, 0, false), 35_000);
        assert_eq!(seconds(1, 1, true), 120_000);
    }
}
