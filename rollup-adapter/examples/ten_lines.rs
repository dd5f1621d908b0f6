//! Posts a batch to a gateway and reads it back, trusting nothing but the chain's genesis.
//!
//! ```text
//! weft devnet                                                    # in another terminal
//! cargo run --release -p weft-rollup-adapter --example ten_lines
//! ```
//!
//! Arguments, both optional: the genesis file and the gateway's address.

use anyhow::Context;
use weft_rollup_adapter::{DataAvailability, HttpClient, Layout, Trust, Wait};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let genesis = args.next().unwrap_or_else(|| ".weft/genesis.json".into());
    let gateway = args
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:4680".into());

    let trust = Trust::from_genesis(&serde_json::from_slice(&std::fs::read(genesis)?)?)?;
    let da = HttpClient::new(&gateway, trust)?;
    let namespace = "0a11ce".parse()?;
    let batch = "a batch of a rollup's transactions";
    let receipt = da
        .post(&namespace, Layout::Packed, batch.into(), Wait::Ordered)
        .await?;
    let height = receipt.height().map_or(0, u64::from);
    println!("blob {} is in block {height}", receipt.blob_id());
    let read = da.read(&receipt.blob_id()).await?;
    let read = read.into_batch().context("the blob holds no batch")?;
    anyhow::ensure!(read.batch() == batch, "another batch than the one posted");
    println!("read back {} bytes, identical", read.batch().len());
    Ok(())
}
