//! The configuration of a light client.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use weft_chain::{Checkpoint, Genesis};
use weft_network::{Deadlines, Multiaddr, identity::Keypair};
use weft_sampling::{SessionConfig, samples_for};

use crate::ConfigError;

/// Which heights are sampled without a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SampleSchedule {
    /// Every height, in order, from the first without a report.
    #[default]
    EveryBlock,
    /// None: only the heights that [`LightClient::sample`](crate::LightClient::sample) requests. The
    /// client follows the headers nevertheless.
    OnRequest,
}

/// When a height is sampled again whose verdict was "not enough".
///
/// Custodians that joined with a change of the validator set, or were down, may get their columns
/// only after the block was sampled. Each attempt takes fresh samples and makes its own report. This
/// applies to heights of [`SampleSchedule::EveryBlock`]: a requested height is sampled again when it is
/// requested again. A restarted client begins after the last height with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resampling {
    /// How many times; 0 for never.
    pub times: u32,
    /// From the first verdict to the second attempt. Each later pause is three times the one
    /// before, and at most a day.
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
    /// Samples a height again `times` times, first after `first_pause`.
    pub const fn new(times: u32, first_pause: Duration) -> Self {
        Self { times, first_pause }
    }

    /// The pause before a height that was resampled `times` times is sampled again, or `None` if it
    /// is not.
    pub(crate) fn pause(&self, times: u32) -> Option<Duration> {
        let factor = 3u32.saturating_pow(times);
        (times < self.times).then(|| self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE))
    }
}

/// The longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// How many cells of a block are sampled.
///
/// ```
/// use weft_light_client::SampleTarget;
///
/// let target = SampleTarget::Miss(f64::powi(2.0, -30));
/// assert_eq!(target.samples(64), 70);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleTarget {
    /// Enough that an unrepairable block is found available with at most this probability.
    Miss(f64),
    /// This many, or all the block's cells if it has fewer.
    Count(NonZeroU32),
}

impl SampleTarget {
    /// The number of samples of a block of `rows` rows.
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

/// The configuration of a light client.
///
/// Types of other crates are in it where they are the point: libp2p's address and key pair, as
/// `weft-network` re-exports them, and the registry of the `prometheus` crate, in which a program that
/// embeds the client collects its own metrics too.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LightConfig {
    /// The genesis of the chain, which the client trusts.
    pub genesis: Genesis,
    /// A block that is trusted by its hash, from a source other than the peers. A client whose chain
    /// has not reached it begins there, and neither follows nor samples earlier blocks. A client whose
    /// chain has reached it checks that the block is part of its chain.
    pub checkpoint: Option<Checkpoint>,
    /// How long after its last block a validator set is trusted to sign no second history; `None`,
    /// the default, for ever. Once the newest header that is trusted or was verified is older, by its
    /// time and the local clock, the client follows nothing until it is started with a newer
    /// checkpoint. The period begins at the genesis's time, so a new client of a chain that is older
    /// than the period needs a checkpoint. A second final header of a block older than the period is
    /// no evidence of a fork. Without a period it always is, even if it was signed with old keys.
    pub trusting_period: Option<Duration>,
    /// The folder of the client's state; created if it is absent.
    pub data_dir: PathBuf,
    /// Peers to stay connected to besides the validators of the genesis, each address ending in
    /// `/p2p/` and a peer id.
    pub bootstrap: Vec<Multiaddr>,
    /// Addresses to listen on; empty for outgoing connections only.
    pub listen: Vec<Multiaddr>,
    /// The client's identity on the peer-to-peer network.
    pub keypair: Keypair,
    /// How many cells of each block are sampled. Default: a miss probability of 2^-30.
    pub target: SampleTarget,
    /// Which heights are sampled without a request.
    pub schedule: SampleSchedule,
    /// When a height is sampled again whose verdict was "not enough".
    pub resampling: Resampling,
    /// The limits on sampling one block, commitments included.
    pub session: SessionConfig,
    /// Bytes of sampled cells that are kept in memory and served to other peers, the newest blocks
    /// first; 0 to keep none. Default 64 MiB, some 400 blocks of 70 samples.
    pub kept_cells_bytes: usize,
    /// Blocks that are sampled at a time.
    pub max_sessions: NonZeroUsize,
    /// Batches of cells or headers that are verified at a time.
    pub verify_jobs: NonZeroUsize,
    /// The interval at which validators, gateways and the peers of `bootstrap` are asked for their
    /// newest height, besides gossip.
    pub poll: Duration,
    /// How long requests of each kind may take.
    pub deadlines: Deadlines,
    /// The registry of the metrics; `None` to count without publishing.
    pub registry: Option<prometheus::Registry>,
}

impl LightConfig {
    /// A light client with a fresh identity, which dials the genesis's validators and has default
    /// limits.
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
            schedule: SampleSchedule::default(),
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

    /// Sets [`checkpoint`](Self::checkpoint).
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: impl Into<Option<Checkpoint>>) -> Self {
        self.checkpoint = checkpoint.into();
        self
    }

    /// Sets [`trusting_period`](Self::trusting_period).
    #[must_use]
    pub fn with_trusting_period(mut self, period: impl Into<Option<Duration>>) -> Self {
        self.trusting_period = period.into();
        self
    }

    /// Sets [`bootstrap`](Self::bootstrap).
    #[must_use]
    pub fn with_bootstrap(mut self, bootstrap: Vec<Multiaddr>) -> Self {
        self.bootstrap = bootstrap;
        self
    }

    /// Sets [`listen`](Self::listen).
    #[must_use]
    pub fn with_listen(mut self, listen: Vec<Multiaddr>) -> Self {
        self.listen = listen;
        self
    }

    /// Sets [`target`](Self::target).
    #[must_use]
    pub fn with_target(mut self, target: SampleTarget) -> Self {
        self.target = target;
        self
    }

    /// Sets [`schedule`](Self::schedule).
    #[must_use]
    pub fn with_schedule(mut self, schedule: SampleSchedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Sets [`registry`](Self::registry).
    #[must_use]
    pub fn with_registry(mut self, registry: impl Into<Option<prometheus::Registry>>) -> Self {
        self.registry = registry.into();
        self
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
