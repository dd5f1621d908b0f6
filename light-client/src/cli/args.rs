//! The command line's arguments.

use std::{
    num::{NonZeroU32, NonZeroU64},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use clap::Parser;
use weft_light_client::{Checkpoint, Multiaddr, Resampling, SampleTarget};

/// Follows a Weft chain and checks by random sampling that each block's data is available.
///
/// Exit status: 0 if the requested block is available or the client was stopped, 2 if samples are
/// missing, 3 if the block is unavailable, 1 on errors, 64 if the command line is wrong.
#[derive(Debug, Parser)]
#[command(name = "weft-light", version)]
pub(crate) struct Args {
    /// The chain's genesis file.
    #[arg(long, value_name = "FILE")]
    pub(crate) genesis: PathBuf,
    /// A block to trust by its hash, from a source that you trust, such as a node of your own. A client
    /// whose chain has not reached it begins there.
    #[arg(long, value_name = "HEIGHT:HASH")]
    pub(crate) checkpoint: Option<Checkpoint>,
    /// Stop following once the newest trusted or verified block is older than this, because its
    /// validators may have left; a newer checkpoint is then needed. 21 days by default; `none` for
    /// ever.
    #[arg(long, value_name = "SECONDS", default_value = "1814400")]
    pub(crate) trusting_period: TrustingPeriod,
    /// The folder of headers and reports; created if it is absent.
    #[arg(long, value_name = "DIR", default_value = "weft-light-data")]
    pub(crate) data_dir: PathBuf,
    /// A peer to stay connected to, besides the validators of the genesis; its address ends in /p2p/
    /// and its id.
    #[arg(long = "peer", value_name = "MULTIADDR")]
    pub(crate) peers: Vec<Multiaddr>,
    /// An address to listen on; without one, the client has outgoing connections only.
    #[arg(long, value_name = "MULTIADDR")]
    pub(crate) listen: Vec<Multiaddr>,
    /// How many cells of each block to sample.
    #[arg(long, value_name = "N", conflicts_with = "confidence")]
    pub(crate) samples: Option<NonZeroU32>,
    /// The confidence in each block: 2^-K for a miss probability of 2^-K, or a confidence such as
    /// 0.999999.
    #[arg(long, value_name = "TARGET", default_value = "2^-30")]
    pub(crate) confidence: Confidence,
    /// Sample a height again up to N times, with growing pauses, while its samples are not enough.
    #[arg(long, value_name = "N", default_value_t = Resampling::default().times, conflicts_with = "once")]
    pub(crate) resample: u32,
    /// Sample this height only, and exit.
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) once: Option<u64>,
    /// Give up on --once after this many seconds without a verdict.
    #[arg(long, value_name = "SECONDS", requires = "once")]
    pub(crate) timeout: Option<u64>,
    /// Print one JSON object a line on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn target(&self) -> SampleTarget {
        match self.samples {
            Some(count) => SampleTarget::Count(count),
            None => SampleTarget::Miss(self.confidence.0),
        }
    }
}

/// A probability of missing an unrepairable block, above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Confidence(pub(crate) f64);

impl FromStr for Confidence {
    type Err = String;

    /// `2^-K` is the miss probability; a decimal is the confidence, one minus the miss probability.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let miss = match text.strip_prefix("2^-") {
            Some(exponent) => exponent
                .parse::<u16>()
                .ok()
                .map(|exponent| (-f64::from(exponent)).exp2()),
            None => text.parse::<f64>().ok().map(|confidence| 1.0 - confidence),
        };
        match miss {
            Some(miss) if miss > 0.0 && miss < 1.0 => Ok(Self(miss)),
            _ => Err(format!(
                "{text:?} is neither 2^-K with K from 1 to 1022 nor a number between 0 and 1"
            )),
        }
    }
}

/// How long validators are trusted after their last block, at least a second; `None` for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrustingPeriod(pub(crate) Option<Duration>);

impl FromStr for TrustingPeriod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self(None));
        }
        let seconds = text.parse::<NonZeroU64>().map_err(|error| {
            format!("{text:?} is neither `none` nor a number of seconds: {error}")
        })?;
        Ok(Self(Some(Duration::from_secs(seconds.get()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trusting_period_is_seconds_or_none() {
        let days = TrustingPeriod(Some(Duration::from_secs(21 * 86_400)));
        assert_eq!("1814400".parse(), Ok(days));
        assert_eq!("none".parse(), Ok(TrustingPeriod(None)));
        for bad in ["", "0", "-1", "21d", "1.5", "None"] {
            assert!(bad.parse::<TrustingPeriod>().is_err(), "{bad}");
        }
    }

    #[test]
    fn both_forms_of_confidence() {
        assert_eq!("2^-30".parse(), Ok(Confidence(1.0 / 1_073_741_824.0)));
        assert_eq!("0.75".parse(), Ok(Confidence(0.25)));
        for bad in [
            "", "0", "1", "2^-0", "2^30", "2^-9999", "1.5", "-1", "nan", "2^-", "many",
        ] {
            assert!(bad.parse::<Confidence>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
        let both = [
            "weft-light",
            "--genesis",
            "g",
            "--samples",
            "9",
            "--confidence",
            "0.9",
        ];
        assert!(Args::try_parse_from(both).is_err());
        let zero = ["weft-light", "--genesis", "g", "--samples", "0"];
        assert!(Args::try_parse_from(zero).is_err());
    }
}
