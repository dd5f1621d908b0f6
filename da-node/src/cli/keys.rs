//! `weft keys`: creates and shows keys. Secrets go to files, never to the terminal.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use libp2p::identity::Keypair;
use serde::Serialize;
use weft_chain::SecretKey;

use super::output::{print, print_json};
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
    /// Creates `validator.key` and `network.key` in a folder; existing keys are never replaced.
    New {
        /// The folder.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Shows the public part of a folder's keys, as in a validator's genesis entry.
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
        KeysCommand::New { out } => create(out)?,
        KeysCommand::Show { folder } => (
            keys::load_validator_key(&folder.join(keys::VALIDATOR_KEY))?,
            keys::load_network_key(&folder.join(keys::NETWORK_KEY))?,
        ),
    };
    let shown = public_side(&validator, &network);
    if args.json {
        print_json(&shown)?;
    } else {
        print(format_args!(
            "public key           {}\nproof of possession  {}\npeer id              {}",
            shown.public_key, shown.proof_of_possession, shown.peer_id
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Creates both keys or none: a folder that has one of them is left as it is.
fn create(folder: &Path) -> anyhow::Result<(SecretKey, Keypair)> {
    for name in [keys::VALIDATOR_KEY, keys::NETWORK_KEY] {
        let path = folder.join(name);
        anyhow::ensure!(
            !path.exists(),
            "key file {} exists already, it is not overwritten: name another folder",
            path.display()
        );
    }
    Ok((
        keys::create_validator_key(&folder.join(keys::VALIDATOR_KEY))?,
        keys::create_network_key(&folder.join(keys::NETWORK_KEY))?,
    ))
}

fn public_side(validator: &SecretKey, network: &Keypair) -> PublicSide {
    PublicSide {
        public_key: validator.public_key().to_string(),
        proof_of_possession: validator.prove_possession().to_string(),
        peer_id: network.public().to_peer_id().to_string(),
    }
}
