//! What a light client is told.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use weft_chain::{Checkpoint, Genesis};
use weft_network::{Deadlines, Multiaddr, identity::Keypair};
use weft_sampling::{SessionConfig, samples_for};

use crate::ConfigError;

/// Which heights are sampled without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// Every height, in order, from the first without a report.
    #[default]
    EveryBlock,
    /// None: only what [`LightClient::sample`](crate::LightClient::sample) asks for. Headers are
    /// followed all the same.
    OnRequest,
}

/// When a followed height is sampled again whose samples were not enough.
///
/// Custodians that have come by a change of the validator set, or were down, may get their columns
/// only after the block was sampled. Each attempt takes fresh samples and ends in a report of its
/// own. Heights that were asked for are sampled again only when they are asked for again, and a
/// client that is started anew begins after the last height with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// How many times; 0 for never.
    pub times: u32,
    /// From the first verdict to the second attempt. Each later pause is three times the one
    /// before.
    pub first_pause: Duration,
}

impl Default for Resampling {
    /// Five times over 20 minutes: after 10 s, 30 s, 90 s, 270 s and 810 s.
    fn default() -> Self {
        Self {
            times: 5,
            first_pause: Duration::from_secs(10),
        }
    }
}

impl Resampling {
    /// The pause before a height is sampled again that was `times` times already, or `None` if
    /// that was often enough.
    pub(crate) fn pause(&self, times: u32) -> Option<Duration> {
        let factor = 3u32.saturating_pow(times);
        (times < self.times).then(|| self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE))
    }
}

/// No pause between attempts is longer, whatever the configuration says.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// How many cells of a block are sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleTarget {
    /// As many as it takes to miss an unrepairable block with at most this probability.
    Miss(f64),
    /// This many, or all the block's cells where it has fewer.
    Count(NonZeroU32),
}

impl SampleTarget {
    /// Samples of a block of `rows` rows.
    pub fn samples(self, rows: usize) -> usize {
        match self {
            Self::Miss(target) => samples_for(rows, target),
            Self::Count(count) => usize::try_from(count.get()).unwrap_or(usize::MAX),
        }
    }

    fn check(self) -> Result<(), ConfigError> {
        match self {
            Self::Miss(target) if !(target > 0.0 && target < 1.0) => {
                Err(ConfigError::TargetMiss { target })
            }
            _ => Ok(()),
        }
    }
}

/// What a light client is told at its start.
#[derive(Clone, Debug)]
pub struct LightConfig {
    /// What it trusts.
    pub genesis: Genesis,
    /// A block that is trusted by its hash, from a source other than the peers. A client that has not
    /// come so far begins there, and neither follows nor samples what is before; one that has, checks
    /// that it is the block that it followed.
    pub checkpoint: Option<Checkpoint>,
    /// How long after its last block a validator set is relied on to sign no second history; `None`,
    /// which is the default, for ever. Once the newest header that is trusted or was verified is older,
    /// by its time and the local clock, the client follows nothing until it is started with a newer
    /// checkpoint. Counted from the genesis's time at first, so a new client of a chain that is older
    /// than the period needs a checkpoint. A second final header of an older block is no evidence of a
    /// fork: without a period every one is, also one that was signed with keys of long ago.
    pub trusting_period: Option<Duration>,
    /// Where its state is; made if it is absent.
    pub data_dir: PathBuf,
    /// Peers to be connected to besides the validators of the genesis, each address ending in
    /// `/p2p/` and a peer id.
    pub bootstrap: Vec<Multiaddr>,
    /// Where to listen; empty for outgoing connections only.
    pub listen: Vec<Multiaddr>,
    /// Its identity among peers.
    pub keypair: Keypair,
    /// How many cells of each block are sampled. Default: a miss probability of 2^-30.
    pub target: SampleTarget,
    /// Which heights are sampled without being asked for.
    pub follow: Follow,
    /// When a followed height is sampled again whose samples were not enough.
    pub resampling: Resampling,
    /// The limits of the sampling of one block, commitments included.
    pub session: SessionConfig,
    /// Bytes of sampled cells that are kept in memory and passed on to whoever asks, the newest
    /// blocks first; 0 to keep none. Default 64 MiB, some 400 blocks of 70 samples.
    pub kept_cells_bytes: usize,
    /// Blocks being sampled at a time.
    pub max_sessions: NonZeroUsize,
    /// Batches of cells or headers being verified at a time.
    pub verify_jobs: NonZeroUsize,
    /// How often validators, gateways and the peers of `bootstrap` are asked how far their chain
    /// goes, besides gossip.
    pub poll: Duration,
    /// How long requests may take.
    pub deadlines: Deadlines,
    /// Where to register the metrics.
    pub registry: Option<prometheus::Registry>,
}

impl LightConfig {
    /// A light client with a fresh identity, no bootstrap peers but the genesis's validators, and
    /// default limits.
    pub fn new(genesis: Genesis, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            genesis,
            checkpoint: None,
            trusting_period: None,
            data_dir: data_dir.into(),
            bootstrap: Vec::new(),
            listen: Vec::new(),
            keypair: Keypair::generate_ed25519(),
            target: SampleTarget::Miss(f64::powi(2.0, -30)),
            follow: Follow::default(),
            resampling: Resampling::default(),
            session: SessionConfig::with_deadline(Duration::from_secs(120)),
            kept_cells_bytes: 64 * 1024 * 1024,
            max_sessions: NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN),
            verify_jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            poll: Duration::from_secs(2),
            deadlines: Deadlines::default(),
            registry: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.target.check()?;
        if self.trusting_period.is_some_and(|period| period.is_zero()) {
            return Err(ConfigError::NoTrustingPeriod);
        }
        if self.poll.is_zero() {
            return Err(ConfigError::NoPoll);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_probability_strictly_between_zero_and_one() {
        for target in [0.0, 1.0, -0.5, 2.0, f64::NAN, f64::INFINITY] {
            assert!(SampleTarget::Miss(target).check().is_err(), "{target}");
        }
        assert!(SampleTarget::Miss(0.5).check().is_ok());
        assert_eq!(SampleTarget::Miss(f64::powi(2.0, -30)).samples(64), 70);
    }
}
