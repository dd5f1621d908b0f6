//! The proposed blocks that this node knows, by height and round. Bounds what proposers may send,
//! and keeps blocks that arrive early.
//!
//! A part counts only with the signature of its round's proposer, so only proposers can use up the
//! bounds: two headers per round, as many as the engine keeps itself; a few rounds ahead of the
//! current one; a few heights ahead of the next.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use arc_malachitebft_app::types::core::Validity;
use weft_chain::{HeaderHash, Height, Signature};

use super::types::BlockPart;

/// Headers of one round: one, and one more as evidence of a proposer that sends two.
const HEADERS_A_ROUND: usize = 2;

/// How far ahead of the current round a part may be: as far as the engine accepts proposals.
const ROUNDS_AHEAD: u32 = 10;

/// How far above the next height a part may be kept for later.
const HEIGHTS_AHEAD: u64 = 3;

/// Rounds of a later height whose parts are kept.
const EARLY_ROUNDS: u32 = 2;

/// How often one part is delivered to the engine. The engine needs a value again if it could not
/// store it the first time, and each delivery adds an entry to its log.
const DELIVERIES: u32 = 16;

/// What to do with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Verify it.
    Verify,
    /// Keep it until its height comes.
    Early,
    /// It has been verified: deliver the outcome to the engine again.
    Known(Validity),
    /// It is being verified, was delivered too often, or is out of bounds.
    Ignore,
}

/// A header that the proposer of a round signed.
#[derive(Clone, Debug)]
struct Known {
    header: HeaderHash,
    signature: Signature,
    /// `None` while it is being verified.
    validity: Option<Validity>,
    deliveries: u32,
}

/// The blocks that proposers sent for heights that are not decided.
#[derive(Debug, Default)]
pub(super) struct PartBook {
    /// Height and round that the engine is in.
    now: (Height, u32),
    rounds: BTreeMap<(Height, u32), Vec<Known>>,
    early: BTreeMap<(Height, u32), BlockPart>,
}

impl PartBook {
    /// The engine started a round. Drops the heights below.
    pub(super) fn started(&mut self, height: Height, round: u32) {
        self.now = (height, round);
        self.rounds = self.rounds.split_off(&(height, 0));
        self.early = self.early.split_off(&(height, 0));
    }

    /// What to do with a part, before its signature is checked; `next` is the height to decide
    /// next.
    pub(super) fn admit(&mut self, next: Height, part: &BlockPart) -> Admission {
        let (height, round) = (part.height.0, part.round);
        if height > next {
            let key = (height, round);
            let near = height.since(next) <= HEIGHTS_AHEAD && round < EARLY_ROUNDS;
            return if near && !self.early.contains_key(&key) {
                Admission::Early
            } else {
                Admission::Ignore
            };
        }
        let current = if height == self.now.0 { self.now.1 } else { 0 };
        if height < next || round > current.saturating_add(ROUNDS_AHEAD) {
            return Admission::Ignore;
        }
        let known = self.rounds.entry((height, round)).or_default();
        let full = known.len() >= HEADERS_A_ROUND;
        match known
            .iter_mut()
            .find(|known| known.header == part.header_hash)
        {
            Some(known) => match known.validity {
                Some(validity) if known.deliveries < DELIVERIES => {
                    known.deliveries += 1;
                    Admission::Known(validity)
                }
                _ => Admission::Ignore,
            },
            None if full => Admission::Ignore,
            None => Admission::Verify,
        }
    }

    /// Takes one of the round's slots for a part with a verified signature. `false` when another
    /// part has taken it meanwhile.
    pub(super) fn begin(&mut self, part: &BlockPart) -> bool {
        let known = self.rounds.entry((part.height.0, part.round)).or_default();
        let there = known.iter().any(|known| known.header == part.header_hash);
        if there || known.len() >= HEADERS_A_ROUND {
            return false;
        }
        known.push(Known {
            header: part.header_hash,
            signature: part.signature,
            validity: None,
            deliveries: 1,
        });
        true
    }

    /// Records the outcome of verifying a part. `None` is no outcome: the part can be sent again.
    pub(super) fn settle(
        &mut self,
        height: Height,
        round: u32,
        header: &HeaderHash,
        validity: Option<Validity>,
    ) {
        let Some(known) = self.rounds.get_mut(&(height, round)) else {
            return;
        };
        match validity {
            None => known.retain(|known| known.header != *header),
            Some(validity) => {
                let found = known.iter_mut().find(|known| known.header == *header);
                if let Some(known) = found {
                    known.validity = Some(validity);
                }
            }
        }
    }

    /// The outcomes of a round's parts.
    pub(super) fn settled(&self, height: Height, round: u32) -> Vec<(HeaderHash, Validity)> {
        let known = self.rounds.get(&(height, round));
        known
            .into_iter()
            .flatten()
            .filter_map(|known| Some((known.header, known.validity?)))
            .collect()
    }

    /// The proposer's signature of a header in a round.
    pub(super) fn signature(
        &self,
        height: Height,
        round: u32,
        header: &HeaderHash,
    ) -> Option<Signature> {
        let known = self.rounds.get(&(height, round))?;
        let known = known.iter().find(|known| known.header == *header)?;
        Some(known.signature)
    }

    /// Keeps a part of a later height, with a verified signature. Returns it if that height has
    /// begun meanwhile, to be verified at once.
    pub(super) fn keep_early(&mut self, part: BlockPart) -> Option<BlockPart> {
        match part.height.0.cmp(&self.now.0) {
            Ordering::Less => None,
            Ordering::Equal => Some(part),
            Ordering::Greater => {
                self.early.insert((part.height.0, part.round), part);
                None
            }
        }
    }

    /// Takes the parts that came early for a height.
    pub(super) fn take_early(&mut self, height: Height) -> Vec<BlockPart> {
        let mut later = self.early.split_off(&(height, 0));
        let mut after = later.split_off(&(height.saturating_add(1), 0));
        self.early.append(&mut after);
        later.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
