//! `weft status`: what a gateway says of itself and the chain.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use weft_rollup_adapter::DataAvailability;

use super::output::print_json;
use super::shared::GatewayArgs;

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: StatusArgs) -> anyhow::Result<ExitCode> {
    let client = args.gateway.client()?;
    let status = client
        .status()
        .await
        .context("the gateway gave no status")?;
    let head = client
        .head()
        .await
        .context("the newest header does not verify")?;
    if args.json {
        print_json(&status)?;
    } else {
        println!("chain     {}", status.chain_id);
        println!("genesis   {}", status.genesis_hash);
        match head {
            Some(head) => println!(
                "head      {} {}, finality verified",
                head.height.get(),
                head.hash()
            ),
            None => println!("head      none yet"),
        }
        println!("peers     {}", status.peers);
        println!("pending   {} blobs", status.pending);
        match status.reason {
            Some(reason) => println!("ready     no: {reason}"),
            None => println!("ready     {}", if status.ready { "yes" } else { "no" }),
        }
        println!("version   {}", status.version);
    }
    Ok(if status.ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
