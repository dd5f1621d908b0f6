//! `weft validators`: lists the validators and changes their set.
//!
//! ```text
//!  draft ──► update.json ──► sign, by each validator with its own key ──► signature files
//!              │                                                              │
//!              └──────────────────► submit: more than 2/3 of the stake? ◄─────┘
//!                                     └─► gateway ─► validators ─► a block ─► first height
//! ```

mod change;
mod current;
mod difference;
mod draft;
mod files;
mod list;
mod sign;
mod submit;

use std::process::ExitCode;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(super) struct ValidatorsArgs {
    #[command(subcommand)]
    command: ValidatorsCommand,
}

#[derive(Debug, Subcommand)]
enum ValidatorsCommand {
    /// Lists and verifies the validators of the next block, or of another height.
    List(list::ListArgs),
    /// Writes a change of the validator set, to be signed.
    Draft(draft::DraftArgs),
    /// Shows a drafted change and signs it with a validator's key. Needs no network.
    Sign(sign::SignArgs),
    /// Checks the signatures of a change and submits it to a gateway.
    Submit(submit::SubmitArgs),
}

pub(super) async fn run(args: ValidatorsArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        ValidatorsCommand::List(args) => list::run(args).await,
        ValidatorsCommand::Draft(args) => draft::run(args).await,
        ValidatorsCommand::Sign(args) => sign::run(&args),
        ValidatorsCommand::Submit(args) => submit::run(args).await,
    }
}
