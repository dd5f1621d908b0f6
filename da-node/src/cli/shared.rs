//! What several subcommands take.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use weft_chain::{Genesis, Namespace};
use weft_rollup_adapter::{HttpClient, Layout, Trust};

use crate::genesis_file;

/// Namespace of a batch when none is named.
const DEFAULT_NAMESPACE: &str = "77656674"; // "weft"

/// A gateway, and what is trusted instead of it.
#[derive(Debug, Args)]
pub(super) struct GatewayArgs {
    /// The gateway's HTTP address.
    #[arg(long, env = "WEFT_GATEWAY", default_value = "http://127.0.0.1:4680")]
    pub(super) gateway: String,
    /// The genesis of the chain: what is trusted, so that the gateway need not be.
    #[arg(long, env = "WEFT_GENESIS", default_value = ".weft/genesis.json")]
    pub(super) genesis: PathBuf,
}

impl GatewayArgs {
    /// A client that verifies all that the gateway says.
    pub(super) fn client(&self) -> anyhow::Result<HttpClient> {
        client(&self.gateway, &read_genesis(&self.genesis)?)
    }
}

/// A client of the gateway at `url` that trusts only `genesis`.
pub(super) fn client(url: &str, genesis: &Genesis) -> anyhow::Result<HttpClient> {
    let trust = Trust::from_genesis(genesis).context("the genesis is not valid")?;
    HttpClient::new(url, trust).with_context(|| format!("gateway {url}"))
}

pub(super) fn read_genesis(path: &Path) -> anyhow::Result<Genesis> {
    genesis_file::read(path).with_context(|| {
        format!(
            "{} names the chain to trust; `weft devnet` and `weft init` write one",
            path.display()
        )
    })
}

/// Whose batch, and how it becomes rows.
#[derive(Debug, Args)]
pub(super) struct BatchArgs {
    /// The rollup's namespace in hex: all 29 bytes, or up to 28 that are left-padded with zeros.
    #[arg(long, default_value = DEFAULT_NAMESPACE)]
    pub(super) namespace: Namespace,
    /// `packed`: any bytes, 31 in an element. `raw`: whole Ethereum blobs, taken as they are.
    #[arg(long, default_value_t = Layout::Packed)]
    pub(super) layout: Layout,
}

/// Reads a batch from a file, or from standard input when it is `-`.
pub(super) fn read_batch(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut batch = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut batch)
            .context("standard input")?;
        return Ok(batch);
    }
    std::fs::read(path).with_context(|| format!("{}", path.display()))
}

/// Ends when the process is told to stop: Ctrl-C, or SIGTERM as service managers send it.
pub(super) async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}
