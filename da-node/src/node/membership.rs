//! Logs whether this node is a validator, and when that changes.

use tokio_util::sync::CancellationToken;
use weft_chain::{Height, PublicKey, ValidatorSet};

use weft_ledger::Ledger;

/// Logs the membership in the set of the next height, and in each later set once it is scheduled.
/// Runs until shutdown.
pub(super) async fn tell(ledger: Ledger, own: PublicKey, shutdown: CancellationToken) {
    let sets = ledger.validator_sets();
    let mut changes = sets.changes();
    let mut told = ledger.head().next_height();
    say(&own, told, &sets.at(told));
    loop {
        while let Some((first, set)) = sets.coming(told) {
            say(&own, first, &set);
            told = first;
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = changes.changed() => if changed.is_err() {
                return shutdown.cancelled().await;
            },
        }
    }
}

fn say(own: &PublicKey, first: Height, set: &ValidatorSet) {
    let validators = set.len();
    match set.index_of(own) {
        Some(index) => {
            tracing::info!(from = %first, %index, validators, "this node is a validator");
        }
        None => {
            let key = own.to_string();
            tracing::warn!(
                from = %first,
                key,
                validators,
                "this node's key is in no validator set: it follows and votes once it is in one"
            );
        }
    }
}
