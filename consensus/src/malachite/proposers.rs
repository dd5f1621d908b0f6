//! The proposers: a stake-weighted order of the validators, drawn anew for every height.
//!
//! The order is weighted rendezvous hashing, as in the custody assignment: with u uniform in (0, 1)
//! from a hash of (chain, height, key), the score is -ln(u) / stake, smallest first. A validator is
//! first with a probability equal to its fraction of the stake, and the next rounds take the others
//! without replacement, so that a proposer that is down is not asked twice in a row. The order is a
//! pure function of the chain, the height and the set, the same on every platform: the logarithm is
//! `libm`'s, in software, and ties go by the key.
//!
//! A validator cannot choose its position: the hash has no input that a proposer can vary within a
//! height.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use weft_chain::{ChainId, Height, PublicKey, ValidatorIndex, ValidatorSet, tagged_hash};
use weft_encoding::Digest;

use crate::RoundProposers;

const TAG: &str = "weft/proposer/1";

/// Heights whose order is cached: the current one, its neighbours, and those of value sync.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16).expect("16 is not zero");

/// The validators of a set in the order in which they propose at a height; never empty.
///
/// Cost: one hash and one logarithm per validator, and a sort.
#[must_use]
pub(super) fn proposer_order(
    chain_id: &ChainId,
    height: Height,
    set: &ValidatorSet,
) -> Vec<ValidatorIndex> {
    let mut scored: Vec<(f64, PublicKey, ValidatorIndex)> = set
        .iter()
        .map(|(index, validator)| {
            let score = score(chain_id, height, &validator.public_key, validator.stake);
            (score, validator.public_key, index)
        })
        .collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    scored.into_iter().map(|(_, _, index)| index).collect()
}

fn score(chain_id: &ChainId, height: Height, key: &PublicKey, stake: u64) -> f64 {
    let digest = tagged_hash(
        TAG,
        &[
            chain_id.as_bytes(),
            &height.get().to_le_bytes(),
            key.as_bytes(),
        ],
    );
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    // 52 bits and a half: exact in an f64, and never 0 nor 1.
    let bits = u64::from_be_bytes(first) >> 12;
    let uniform = (bits as f64 + 0.5) / (1u64 << 52) as f64;
    -libm::log(uniform) / stake as f64
}

/// The orders of a chain's heights, with a cache of the last few. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Proposers {
    chain_id: ChainId,
    orders: Arc<Mutex<Orders>>,
}

/// Orders by height and root of the set.
type Orders = LruCache<(Height, Digest), Arc<[ValidatorIndex]>>;

impl Proposers {
    /// An empty cache.
    #[must_use]
    pub(super) fn new(chain_id: ChainId) -> Self {
        Self {
            chain_id,
            orders: Arc::new(Mutex::new(LruCache::new(REMEMBERED))),
        }
    }

    /// The order at a height under its set.
    #[must_use]
    pub(super) fn order(&self, height: Height, set: &ValidatorSet) -> Arc<[ValidatorIndex]> {
        // A panic elsewhere cannot leave a cache of pure results half-written.
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let order = orders.get_or_insert((height, set.root()), || {
            proposer_order(&self.chain_id, height, set).into()
        });
        Arc::clone(order)
    }

    /// The proposer of a round. After the last of the order, the first follows again.
    #[must_use]
    pub(super) fn proposer(
        &self,
        height: Height,
        round: u32,
        set: &ValidatorSet,
    ) -> ValidatorIndex {
        let order = self.order(height, set);
        let place = usize::try_from(round).unwrap_or(usize::MAX) % order.len();
        order[place]
    }

    /// A round, with the proposers of it and of the rounds before: each may have built the block,
    /// because a header can be proposed again in later rounds.
    #[must_use]
    pub(super) fn of_round(
        &self,
        height: Height,
        round: u32,
        set: &ValidatorSet,
    ) -> RoundProposers {
        let order = self.order(height, set);
        let rounds = usize::try_from(round)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        RoundProposers {
            round,
            in_order: order.iter().copied().take(rounds).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
