//! Arguments that several subcommands share.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};
use weft_chain::{Checkpoint, Genesis, Namespace};
use weft_encoding::{Fault, LayoutError};
use weft_light_client::{HeightReport, SampleError, Ticket};
use weft_rollup_adapter::client::ClientConfig;
use weft_rollup_adapter::{HttpClient, Layout, Trust};

use super::exit::{advise, gateway_failed};
use super::output::Progress;
use crate::config::OrdererConfig;
use crate::genesis_file;

/// Default namespace of a batch.
const DEFAULT_NAMESPACE: &str = "77656674"; // "weft"

/// A gateway, and the trust anchors that verify its answers.
#[derive(Debug, Args)]
pub(super) struct GatewayArgs {
    /// The gateway's HTTP address.
    #[arg(
        long,
        value_name = "URL",
        env = "WEFT_GATEWAY",
        default_value = "http://127.0.0.1:4680"
    )]
    pub(super) gateway: String,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
    #[command(flatten)]
    checkpoint: CheckpointArgs,
}

/// The trusted genesis.
#[derive(Debug, Args)]
pub(super) struct TrustArgs {
    /// The genesis of the chain. It is trusted; gateways and peers are not.
    #[arg(
        long,
        value_name = "FILE",
        env = "WEFT_GENESIS",
        default_value = ".weft/genesis.json"
    )]
    genesis: PathBuf,
}

/// A trusted checkpoint, and the trusting period.
#[derive(Debug, Args)]
pub(super) struct CheckpointArgs {
    /// A trusted block, from a source other than the gateway. Above it, earlier validator sets are
    /// not accepted.
    #[arg(long, value_name = "HEIGHT:HASH", env = "WEFT_CHECKPOINT")]
    checkpoint: Option<Checkpoint>,
    /// How long validators are trusted after their last known block, counted from the genesis or
    /// the checkpoint. Without it there is no limit.
    #[arg(
        long,
        value_name = "SECONDS",
        env = "WEFT_TRUSTING_PERIOD",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    trusting_period: Option<u64>,
}

impl GatewayArgs {
    /// A client that verifies the gateway's answers.
    pub(super) fn client(&self) -> anyhow::Result<HttpClient> {
        self.client_for(&self.trust.read()?, ClientConfig::default())
    }

    /// The same for a genesis that was read already, with the deadlines of `config`.
    pub(super) fn client_for(
        &self,
        genesis: &Genesis,
        mut config: ClientConfig,
    ) -> anyhow::Result<HttpClient> {
        let mut trust = trust(genesis)?;
        if let Some(checkpoint) = self.checkpoint.checkpoint {
            trust = trust.with_checkpoint(checkpoint);
        }
        config.trusting_period = self.checkpoint.trusting_period.map(Duration::from_secs);
        Ok(HttpClient::with_config(&self.gateway, trust, config)?)
    }

    /// Adds advice about the gateway to `error`.
    pub(super) fn failed(&self, error: anyhow::Error, fault: Fault) -> anyhow::Error {
        gateway_failed(error, fault, &self.gateway)
    }
}

impl TrustArgs {
    /// Reads the genesis.
    pub(super) fn read(&self) -> anyhow::Result<Genesis> {
        genesis_file::read(&self.genesis).map_err(|error| {
            let advice = "the genesis names the chain to trust: --genesis FILE, as `weft devnet` \
                          and `weft init` write it";
            advise(error.into(), advice)
        })
    }
}

/// A client of the gateway at `url` that trusts only `genesis`.
pub(super) fn client(url: &str, genesis: &Genesis) -> anyhow::Result<HttpClient> {
    Ok(HttpClient::new(url, trust(genesis)?)?)
}

fn trust(genesis: &Genesis) -> anyhow::Result<Trust> {
    Trust::from_genesis(genesis).context("the genesis is not valid")
}

/// The engine that orders the blocks of a local network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// Byzantine fault tolerant consensus of all validators.
    Malachite,
    /// The first validator proposes and the others sign; for development.
    Solo,
}

impl Engine {
    /// The engine with this block interval.
    pub(super) fn config(self, block_interval: Duration) -> OrdererConfig {
        match self {
            Self::Malachite => OrdererConfig {
                block_interval,
                ..OrdererConfig::default()
            },
            Self::Solo => OrdererConfig::solo(block_interval),
        }
    }
}

/// The namespace and layout of a batch.
#[derive(Debug, Args)]
pub(super) struct BatchArgs {
    /// The rollup's namespace in hex: all 29 bytes, or up to 28 that are left-padded with zeros.
    #[arg(long, value_name = "HEX", default_value = DEFAULT_NAMESPACE)]
    pub(super) namespace: Namespace,
    /// `packed`: any bytes, 31 per element. `raw`: whole Ethereum blobs, unchanged.
    #[arg(long, default_value_t = Layout::Packed)]
    pub(super) layout: Layout,
}

impl BatchArgs {
    /// Reads a batch from a file, or from standard input if it is `-`, and checks that it fits the
    /// layout. Reads no more than the largest batch.
    pub(super) fn read(&self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let max = self.layout.max_bytes();
        let (source, length): (Box<dyn Read>, u64) = if path == Path::new("-") {
            (Box::new(std::io::stdin().lock()), 0)
        } else {
            let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
            let (length, file) = opened.with_context(|| path.display().to_string())?;
            (Box::new(file), length)
        };
        let mut batch = Vec::new();
        if length <= max {
            source
                .take(max + 1)
                .read_to_end(&mut batch)
                .with_context(|| path.display().to_string())?;
        }
        let error = if length > max {
            Some(LayoutError::TooLarge { len: length, max }.to_string())
        } else if batch.len() as u64 > max {
            // The length of a pipe is unknown.
            Some(format!(
                "more than {max} bytes, the limit of layout {}",
                self.layout
            ))
        } else {
            None
        };
        if let Some(error) = error {
            let error = anyhow::anyhow!(error).context(path.display().to_string());
            return Err(advise(error, "post it as several batches"));
        }
        self.layout.rows_from_batch(&batch).map_err(|error| {
            let error = anyhow::Error::new(error).context(path.display().to_string());
            match self.layout {
                Layout::Packed => error,
                Layout::Raw => advise(
                    error,
                    "raw takes whole Ethereum blobs; --layout packed takes any bytes",
                ),
            }
        })?;
        Ok(batch)
    }
}

/// Waits for the report of a sampling ticket, and shows the progress.
pub(super) async fn sampled(
    ticket: Ticket,
    progress: &Progress,
) -> Result<HeightReport, SampleError> {
    let mut samples = ticket.progress();
    let report = ticket.report();
    tokio::pin!(report);
    loop {
        tokio::select! {
            report = &mut report => return report,
            Ok(()) = samples.changed() => {
                let now = *samples.borrow_and_update();
                progress.at(now.verified.into(), now.asked.into());
            }
        }
    }
}
