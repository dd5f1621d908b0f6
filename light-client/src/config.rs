//! What a light client is told.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use weft_chain::Genesis;
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
    /// The limits of the sampling of one block, commitments included.
    pub session: SessionConfig,
    /// Blocks being sampled at a time.
    pub max_sessions: NonZeroUsize,
    /// Batches of cells or headers being verified at a time.
    pub verify_jobs: NonZeroUsize,
    /// How often peers are asked how far their chain goes, besides gossip.
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
        let session = SessionConfig {
            deadline: Duration::from_secs(120),
            ..Default::default()
        };
        Self {
            genesis,
            data_dir: data_dir.into(),
            bootstrap: Vec::new(),
            listen: Vec::new(),
            keypair: Keypair::generate_ed25519(),
            target: SampleTarget::Miss(f64::powi(2.0, -30)),
            follow: Follow::default(),
            session,
            max_sessions: NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN),
            verify_jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            poll: Duration::from_secs(2),
            deadlines: Deadlines::default(),
            registry: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.target.check()?;
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
