//! `weft keys`: makes and shows keys. Secrets go to files, never to the terminal.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use libp2p::identity::Keypair;
use serde::Serialize;
use weft_chain::SecretKey;

use super::output::print_json;
use crate::keys;

#[derive(Debug, Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
    /// Prints one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Makes `validator.key` and `network.key` in a folder; existing ones are never replaced.
    New {
        /// The folder.
        #[arg(long)]
        out: PathBuf,
    },
    /// Shows the public side of a folder's keys, as a genesis names a validator.
    Show {
        /// The folder.
        folder: PathBuf,
    },
}

#[derive(Serialize)]
struct PublicSide {
    public_key: String,
    proof_of_possession: String,
    peer_id: String,
}

pub(super) fn run(args: &KeysArgs) -> anyhow::Result<ExitCode> {
    let (validator, network) = match &args.command {
        KeysCommand::New { out } => (
            keys::create_validator_key(&out.join(keys::VALIDATOR_KEY))?,
            keys::create_network_key(&out.join(keys::NETWORK_KEY))?,
        ),
        KeysCommand::Show { folder } => (
            keys::load_validator_key(&folder.join(keys::VALIDATOR_KEY))?,
            keys::load_network_key(&folder.join(keys::NETWORK_KEY))?,
        ),
    };
    let shown = public_side(&validator, &network);
    if args.json {
        print_json(&shown)?;
    } else {
        println!("public key           {}", shown.public_key);
        println!("proof of possession  {}", shown.proof_of_possession);
        println!("peer id              {}", shown.peer_id);
    }
    Ok(ExitCode::SUCCESS)
}

fn public_side(validator: &SecretKey, network: &Keypair) -> PublicSide {
    PublicSide {
        public_key: validator.public_key().to_string(),
        proof_of_possession: validator.prove_possession().to_string(),
        peer_id: network.public().to_peer_id().to_string(),
    }
}
