//! The score book: offences of peers, and the bans that they lead to.
//!
//! A peer starts at 0. Each [`Offence`] adds its weight; the sum halves every half-life. At the
//! threshold the peer is banned and its score is reset; each ban of a peer lasts twice as long as
//! the one before. Only provable misbehaviour is an offence: a timeout, a refusal, a broken
//! connection or an exceeded rate never is.
//!
//! Pure: time is passed in.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;
use weft_encoding::Fault;

use crate::error::NetworkError;

/// A provable misbehaviour of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Offence {
    /// A frame with an unknown tag, or a message that does not decode.
    Malformed,
    /// A frame larger than its kind allows.
    Oversize,
    /// A reply that does not match its request.
    UnfitReply,
    /// A cell, column or commitment whose proof does not verify.
    InvalidProof,
    /// A signature or a certificate that does not verify.
    InvalidSignature,
    /// A header, body or blob header that breaks the chain's rules.
    InvalidBlock,
    /// A gossip message that validation rejected.
    InvalidGossip,
}

impl Offence {
    /// Every offence.
    pub const ALL: [Self; 7] = [
        Self::Malformed,
        Self::Oversize,
        Self::UnfitReply,
        Self::InvalidProof,
        Self::InvalidSignature,
        Self::InvalidBlock,
        Self::InvalidGossip,
    ];

    /// Whose fault an offence is: the peer's, always.
    pub const fn fault(self) -> Fault {
        Fault::Peer
    }

    /// The name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Oversize => "oversize",
            Self::UnfitReply => "unfit_reply",
            Self::InvalidProof => "invalid_proof",
            Self::InvalidSignature => "invalid_signature",
            Self::InvalidBlock => "invalid_block",
            Self::InvalidGossip => "invalid_gossip",
        }
    }

    /// What it adds to the score. A false proof or signature is never an accident; at a height
    /// that nodes are still learning about, honest nodes may disagree on a gossip message.
    pub const fn weight(self) -> u32 {
        match self {
            Self::InvalidProof | Self::InvalidSignature | Self::InvalidBlock => 50,
            Self::Malformed | Self::Oversize | Self::UnfitReply => 25,
            Self::InvalidGossip => 20,
        }
    }
}

/// When a peer is banned, and for how long.
///
/// Start from [`ScoreConfig::default`] and set the fields that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScoreConfig {
    /// The score at which a peer is banned. Default 90: two false proofs within three minutes, four
    /// malformed frames, or five rejected gossip messages. It is below the sum of their weights,
    /// because the first have decayed a little when the last comes.
    pub ban_at: u32,
    /// A score halves in this time. Default 10 minutes.
    pub half_life: Duration,
    /// How long the first ban of a peer lasts. Default 10 minutes.
    pub first_ban: Duration,
    /// How long a ban lasts at most. Default 24 hours.
    pub longest_ban: Duration,
    /// How many peers have a score, and how many are banned at a time. Default 4,096.
    pub remembered_peers: NonZeroUsize,
}

impl Default for ScoreConfig {
    fn default() -> Self {
        Self {
            ban_at: 90,
            half_life: Duration::from_secs(600),
            first_ban: Duration::from_secs(600),
            longest_ban: Duration::from_secs(24 * 3600),
            remembered_peers: NonZeroUsize::new(4096).expect("a non-zero constant"),
        }
    }
}

impl ScoreConfig {
    pub(crate) fn check(&self) -> Result<(), NetworkError> {
        let limit = |name, value, bound: String| Err(NetworkError::Limit { name, value, bound });
        if self.ban_at == 0 {
            return limit("ban_at", 0, "must be above zero".to_owned());
        }
        if self.half_life.is_zero() {
            return limit("half_life", 0, "must be above zero".to_owned());
        }
        if self.longest_ban < self.first_ban {
            let (longest, first) = (self.longest_ban.as_secs(), self.first_ban.as_secs());
            let bound = format!("must not be below first_ban, {first} s");
            return limit("longest_ban", longest, bound);
        }
        Ok(())
    }
}

/// A peer's score, decayed to the time of its last offence.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    score: f64,
    at: Duration,
    bans: u32,
}

/// The consequence of an offence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentence<P> {
    /// It counts in the score.
    Noted,
    /// The peer is banned until this time.
    Banned {
        /// When the ban ends, on the clock of the caller.
        until: Duration,
        /// A peer whose ban ends early to make room for this one.
        released: Option<P>,
    },
    /// The peer is banned already.
    AlreadyBanned,
}

/// The scores of peers of type `P`.
///
/// It keeps the scores of at most [`ScoreConfig::remembered_peers`] peers and forgets the least
/// recent offender first, and as many bans and releases the one that ends first. Both are bounded
/// because peer ids cost nothing to make.
///
/// ```
/// use std::time::Duration;
/// use weft_network::{Offence, ScoreBook, ScoreConfig, Sentence};
///
/// let mut book = ScoreBook::new(ScoreConfig::default());
/// let now = Duration::ZERO;
/// assert_eq!(book.record(now, "peer", Offence::InvalidProof), Sentence::Noted);
/// let sentence = book.record(now, "peer", Offence::InvalidProof);
/// assert!(matches!(sentence, Sentence::Banned { .. }));
/// ```
#[derive(Debug)]
pub struct ScoreBook<P: Hash + Eq> {
    config: ScoreConfig,
    records: LruCache<P, Record>,
    banned: HashMap<P, Duration>,
}

impl<P: Copy + Hash + Eq> ScoreBook<P> {
    /// An empty book.
    pub fn new(config: ScoreConfig) -> Self {
        Self {
            config,
            records: LruCache::new(config.remembered_peers),
            banned: HashMap::new(),
        }
    }

    /// Counts an offence at time `now`, which never goes back.
    pub fn record(&mut self, now: Duration, peer: P, offence: Offence) -> Sentence<P> {
        if self.is_banned(&peer) {
            return Sentence::AlreadyBanned;
        }
        let decayed = self.score(now, &peer);
        let record = self.records.get_or_insert_mut(peer, Record::default);
        record.score = decayed + f64::from(offence.weight());
        record.at = now;
        if record.score < f64::from(self.config.ban_at) {
            return Sentence::Noted;
        }
        record.score = 0.0;
        let doublings = record.bans.min(31);
        record.bans = record.bans.saturating_add(1);
        let time = self.config.first_ban.saturating_mul(1 << doublings);
        let until = now.saturating_add(time.min(self.config.longest_ban));
        let released = self.make_room();
        self.banned.insert(peer, until);
        Sentence::Banned { until, released }
    }

    /// The peer's score at time `now`.
    pub fn score(&self, now: Duration, peer: &P) -> f64 {
        self.records.peek(peer).map_or(0.0, |record| {
            let passed = now.saturating_sub(record.at).as_secs_f64();
            record.score * (-passed / self.config.half_life.as_secs_f64()).exp2()
        })
    }

    /// Whether the peer is banned. A ban ends when [`expire`](Self::expire) says so.
    pub fn is_banned(&self, peer: &P) -> bool {
        self.banned.contains_key(peer)
    }

    /// The number of banned peers.
    pub fn banned(&self) -> usize {
        self.banned.len()
    }

    /// Ends the bans that are over at `now`, and returns their peers.
    pub fn expire(&mut self, now: Duration) -> Vec<P> {
        self.banned
            .extract_if(|_, until| *until <= now)
            .map(|(peer, _)| peer)
            .collect()
    }

    /// Releases the ban that ends first, if there is no room for another.
    fn make_room(&mut self) -> Option<P> {
        if self.banned.len() < self.config.remembered_peers.get() {
            return None;
        }
        let first = self
            .banned
            .iter()
            .min_by_key(|(_, until)| **until)
            .map(|(peer, _)| *peer)?;
        self.banned.remove(&first);
        Some(first)
    }
}

#[cfg(test)]
mod tests;
