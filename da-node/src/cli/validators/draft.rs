//! `weft validators draft`: writes a change of the set for signing.

use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;
use weft_chain::{Height, MAX_UPDATE_DELAY, ValidatorEntry, ValidatorUpdate};
use weft_network::Contact;
use weft_sampling::CustodyAssignment;

use super::change::{Change, NewStake};
use super::current::Current;
use super::difference::Difference;
use super::files::{self, Draft};
use crate::cli::output::{print, print_json};
use crate::cli::shared::GatewayArgs;

#[derive(Debug, Args)]
pub(super) struct DraftArgs {
    /// A validator that joins: its `validator.json`, as `weft init --join` writes it. A current
    /// validator gets the file's name, stake and addresses.
    #[arg(long, value_name = "FILE")]
    add: Vec<PathBuf>,
    /// A validator that leaves.
    #[arg(long, value_name = "KEY|NAME")]
    remove: Vec<String>,
    /// A validator's new stake.
    #[arg(long, value_name = "NAME=N")]
    stake: Vec<NewStake>,
    /// The first height of the new set; +N counts from the newest block. The change must be signed
    /// and submitted before.
    #[arg(long, value_name = "H|+N", default_value = "+100")]
    first_height: FirstHeight,
    /// File for the draft.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

/// The first height of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstHeight {
    At(u64),
    In(u64),
}

impl FromStr for FirstHeight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, make): (_, fn(u64) -> Self) = match text.strip_prefix('+') {
            Some(number) => (number, Self::In),
            None => (text, Self::At),
        };
        let number: u64 = number
            .parse()
            .map_err(|_| format!("{text:?} is neither a height nor + and a number of blocks"))?;
        Ok(make(number))
    }
}

impl FirstHeight {
    /// The height, if a block after `head` can still include an update for it.
    fn resolve(self, head: Height) -> anyhow::Result<Height> {
        let first = match self {
            Self::At(height) => height,
            Self::In(blocks) => head.get().saturating_add(blocks),
        };
        let next = head.get().saturating_add(1);
        let (least, most) = (
            next.saturating_add(1),
            next.saturating_add(MAX_UPDATE_DELAY),
        );
        ensure!(
            (least..=most).contains(&first),
            "--first-height is {first}, with the newest block {head} it must be {least} to {most}"
        );
        Ok(Height::new(first))
    }
}

#[derive(Serialize)]
struct Drafted<'a> {
    update_id: String,
    replaces: String,
    first_height: u64,
    root: String,
    out: &'a PathBuf,
    #[serde(flatten)]
    difference: Difference,
}

pub(super) async fn run(args: DraftArgs) -> anyhow::Result<ExitCode> {
    let change = Change {
        add: args
            .add
            .iter()
            .map(|path| files::read::<ValidatorEntry>(path))
            .collect::<Result<_, _>>()?,
        remove: args.remove,
        stakes: args.stake,
    };
    let current = Current::ask(&args.gateway, None).await?;
    if let Some(coming) = &current.said.coming {
        anyhow::bail!(
            "another change takes effect at height {}: draft the next one after it",
            coming.first_height
        );
    }
    let head = Height::new(current.said.height.saturating_sub(1));
    let replaced = current.entries();
    let update = ValidatorUpdate {
        chain_id: current.genesis.chain_id,
        replaces: current.set.root(),
        first_height: args.first_height.resolve(head)?,
        validators: change.apply(&replaced)?,
    };
    Contact::all_of(&update.validators).context("a contact is invalid")?;
    let draft = Draft { update, replaced };
    let checked = draft.check().context("the next validators are refused")?;
    // An update that no block could include is refused before it is signed.
    CustodyAssignment::new(&checked.after)
        .context("columns cannot be assigned to the next validators")?;
    let draft = &checked.draft;
    files::write_new(&args.out, draft)?;

    let difference = Difference::between(&draft.replaced, &draft.update.validators);
    let drafted = Drafted {
        update_id: checked.id.to_string(),
        replaces: draft.update.replaces.to_string(),
        first_height: draft.update.first_height.get(),
        root: checked.after.root().to_string(),
        out: &args.out,
        difference,
    };
    if args.json {
        print_json(&drafted)?;
    } else {
        print(format_args!("update    {}", drafted.update_id))?;
        print(drafted.difference.lines().join("\n"))?;
        print(format_args!("from      height {}", drafted.first_height))?;
        print(format_args!(
            "sign      weft validators sign --update {} --key FILE --out FILE",
            args.out.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_first_height_is_absolute_or_from_the_head() {
        let resolve = |text: &str, head| {
            text.parse::<FirstHeight>()
                .unwrap()
                .resolve(Height::new(head))
        };
        assert_eq!(resolve("+5", 10).unwrap(), Height::new(15));
        assert_eq!(resolve("12", 10).unwrap(), Height::new(12));
        assert_eq!(resolve("+2", 0).unwrap(), Height::new(2));
        assert!(resolve("100011", 10).is_ok());
        for (text, head) in [("11", 10), ("+1", 10), ("0", 0), ("100012", 10), ("+0", 3)] {
            let error = resolve(text, head).unwrap_err().to_string();
            assert!(error.contains("it must be"), "{error}");
        }
        for text in ["", "+", "-1", "x", "1.5"] {
            assert!(text.parse::<FirstHeight>().is_err(), "{text}");
        }
    }
}
