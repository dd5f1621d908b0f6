//! `weft validators list`: lists the validators.

use std::process::ExitCode;

use clap::Args;
use weft_chain::Height;

use super::current::Current;
use crate::cli::output::{print, print_json};
use crate::cli::shared::GatewayArgs;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// The height whose block they finalise; by default the next one.
    #[arg(long, value_name = "H", value_parser = clap::value_parser!(u64).range(1..))]
    height: Option<u64>,
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ListArgs) -> anyhow::Result<ExitCode> {
    let current = Current::ask(&args.gateway, args.height.map(Height::new)).await?;
    let said = &current.said;
    if args.json {
        print_json(said)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(format_args!("height    {}", said.height))?;
    print(format_args!("root      {}, verified", said.root))?;
    print(format_args!("stake     {}", said.total_stake))?;
    if let Some(coming) = &said.coming {
        print(format_args!(
            "coming    from height {}, root {}",
            coming.first_height, coming.root
        ))?;
    }
    for validator in &said.validators {
        print(format_args!(
            "{:<9} {} stake {} key {} peer {}",
            validator.index,
            validator.name,
            validator.stake,
            validator.public_key,
            validator.peer_id
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
