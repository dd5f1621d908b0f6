//! Samples one height of a running network and prints the report as JSON.
//!
//! ```text
//! weft init --validators 4 --out net       # and start the four nodes, as the README shows
//! cargo run --release -p weft-light-client --example sample -- net/genesis.json 1
//! ```
//!
//! Arguments: the genesis file, the height, and optionally the address of a peer, which ends in
//! `/p2p/` and its id.

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use weft_light_client::{Genesis, Height, LightClient, LightConfig, SampleSchedule};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let genesis = args
        .next()
        .context("the first argument is the genesis file")?;
    let genesis: Genesis = serde_json::from_slice(&std::fs::read(genesis)?)?;
    let height = args.next().context("the second argument is the height")?;
    let peers = args.map(|peer| peer.parse()).collect::<Result<_, _>>()?;

    let folder = tempfile::tempdir()?;
    let config = LightConfig::new(genesis, folder.path())
        .with_bootstrap(peers)
        .with_schedule(SampleSchedule::OnRequest);
    let client = LightClient::start(config, CancellationToken::new()).await?;
    let report = client.sample(Height::new(height.parse()?)).await;
    client.shutdown().await;
    println!("{}", serde_json::to_string_pretty(&report?)?);
    Ok(())
}
