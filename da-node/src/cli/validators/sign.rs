//! `weft validators sign`: shows a drafted change and signs it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use weft_chain::update_message;

use super::difference::Difference;
use super::files::{self, Draft, UpdateSignature};
use crate::cli::output::{print, print_json};
use crate::keys;

#[derive(Debug, Args)]
pub(super) struct SignArgs {
    /// The draft.
    #[arg(long, value_name = "FILE")]
    update: PathBuf,
    /// The key of a validator in the set to be replaced.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File for the signature.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Signed<'a> {
    chain_id: String,
    update_id: String,
    first_height: u64,
    signer: String,
    stake: u64,
    of: u64,
    out: &'a PathBuf,
    #[serde(flatten)]
    difference: Difference,
}

pub(super) fn run(args: &SignArgs) -> anyhow::Result<ExitCode> {
    let checked = Draft::read(&args.update)?;
    let update = &checked.draft.update;
    let key = keys::load_validator_key(&args.key)?;
    let public_key = key.public_key();
    let signer = checked
        .before
        .index_of(&public_key)
        .and_then(|index| checked.before.get(index))
        .with_context(|| {
            format!(
                "{public_key} is none of the validators that the update replaces: they sign, one that \
                 joins does not"
            )
        })?;
    let message = update_message(&update.chain_id, &checked.id, &update.replaces);
    let signature = UpdateSignature {
        update_id: checked.id.to_string(),
        public_key,
        signature: key.sign(&message),
    };
    let signed = Signed {
        chain_id: update.chain_id.to_string(),
        update_id: signature.update_id.clone(),
        first_height: update.first_height.get(),
        signer: public_key.to_string(),
        stake: signer.stake,
        of: checked.before.total_stake(),
        out: &args.out,
        difference: Difference::between(&checked.draft.replaced, &update.validators),
    };
    if !args.json {
        print(format_args!("chain     {}", signed.chain_id))?;
        print(format_args!("update    {}", signed.update_id))?;
        print(signed.difference.lines().join("\n"))?;
        print(format_args!("from      height {}", signed.first_height))?;
    }
    files::write_new(&args.out, &signature)?;
    if args.json {
        print_json(&signed)?;
    } else {
        print(format_args!(
            "signed    as {} with {} of {} stake: {}",
            signed.signer,
            signed.stake,
            signed.of,
            args.out.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
