//! `weft status`: what a gateway says of itself and the chain.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use weft_chain::VerifiedHeader;
use weft_rollup_adapter::DataAvailability;
use weft_rollup_adapter::api::StatusDto;

use super::output::{print, print_json};
use super::shared::{GatewayArgs, client};

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// What the gateway says, and the newest header as it was verified.
#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    said: StatusDto,
    head: Option<Head>,
}

#[derive(Serialize)]
struct Head {
    height: u64,
    hash: String,
}

pub(super) async fn run(args: StatusArgs) -> anyhow::Result<ExitCode> {
    let genesis = args.gateway.trust.read()?;
    let client = client(&args.gateway.gateway, &genesis)?;
    let said = client.status().await.map_err(|error| {
        let fault = error.fault();
        let error = anyhow::Error::new(error).context("the gateway gave no status");
        args.gateway.failed(error, fault)
    })?;
    anyhow::ensure!(
        said.genesis_hash == genesis.hash(),
        "the gateway follows chain {} with genesis {}, the genesis file is of chain {} with {}: \
         name the gateway's genesis with --genesis, or another gateway with --gateway",
        said.chain_id,
        said.genesis_hash,
        genesis.chain_id,
        genesis.hash(),
    );
    let head = client.head().await.map_err(|error| {
        let fault = error.fault();
        let error = anyhow::Error::new(error).context("the newest header was not verified");
        args.gateway.failed(error, fault)
    })?;
    let head = head.as_ref().map(Head::of);
    let ready = said.ready;
    let status = Status { said, head };
    if args.json {
        print_json(&status)?;
    } else {
        print(status.lines().join("\n"))?;
    }
    Ok(if ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Head {
    fn of(header: &VerifiedHeader) -> Self {
        Self {
            height: header.height.get(),
            hash: header.hash().to_string(),
        }
    }
}

impl Status {
    fn lines(&self) -> Vec<String> {
        let said = &self.said;
        let head = match &self.head {
            Some(head) => format!("{} {}, finality verified", head.height, head.hash),
            None => "none yet".into(),
        };
        let ready = match &said.reason {
            Some(reason) => format!("no: {reason}"),
            None if said.ready => "yes".into(),
            None => "no".into(),
        };
        vec![
            format!("chain     {}", said.chain_id),
            format!("genesis   {}", said.genesis_hash),
            format!("head      {head}"),
            format!("peers     {}", said.peers),
            format!("pending   {} blobs", said.pending),
            format!("ready     {ready}"),
            format!("version   {}", said.version),
        ]
    }
}
