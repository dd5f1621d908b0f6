//! `weft init`: the files of a new network, or of a node that joins one.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use weft_chain::ChainId;

use super::exit::misused;
use super::output::{print, print_json};
use crate::init::{DEFAULT_BASE_PORT, InitError, InitNode, InitOptions, JoinOptions, init, join};

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Number of nodes, each a validator, a custodian and a gateway; 1 to 1024.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        conflicts_with = "join",
        value_parser = clap::value_parser!(u16).range(1..=1_024)
    )]
    validators: u16,
    /// Writes one new node for the chain of this genesis instead, with the `validator.json` that
    /// makes it a validator in `weft validators draft --add`.
    #[arg(long, value_name = "GENESIS")]
    join: Option<PathBuf>,
    /// Name of the new node; by default the name of its folder.
    #[arg(long, value_name = "NAME", requires = "join")]
    name: Option<String>,
    /// Folder for the files.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// HTTP port of node 0. Node I uses this plus 10 I; the next two ports are for peers and
    /// consensus.
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_BASE_PORT)]
    base_port: u16,
    /// Name of the chain: 1 to 32 of a-z, 0-9 and `-`.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "weft-local",
        conflicts_with = "join"
    )]
    chain_id: ChainId,
    /// Blocks for which custodians retain columns; the default is 30 days at one block per second.
    #[arg(
        long,
        value_name = "BLOCKS",
        conflicts_with = "join",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    retention_blocks: Option<u64>,
    /// Most rows of a block, 1 to 256; the default is 256.
    #[arg(
        long,
        value_name = "ROWS",
        conflicts_with = "join",
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    max_block_rows: Option<u16>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Made {
    genesis: PathBuf,
    nodes: Vec<MadeNode>,
    /// The file that makes a joining node a validator.
    #[serde(skip_serializing_if = "Option::is_none")]
    validator: Option<PathBuf>,
}

#[derive(Serialize)]
struct MadeNode {
    config: PathBuf,
    api: String,
    peer_id: String,
    public_key: String,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<ExitCode> {
    let made = match &args.join {
        Some(genesis) => joining(args, genesis),
        None => network(args),
    }
    .map_err(of_arguments)?;
    if args.json {
        print_json(&made)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(format_args!("genesis   {}", made.genesis.display()))?;
    for node in &made.nodes {
        print(format_args!(
            "node      {}  ({})",
            node.config.display(),
            node.api
        ))?;
    }
    if let Some(validator) = &made.validator {
        print(format_args!("validator {}", validator.display()))?;
        print("start     weft node --config FILE; it follows the chain")?;
        print(format_args!(
            "join      weft validators draft --add {} --out FILE",
            validator.display()
        ))?;
    } else {
        print("start     weft node --config FILE, one process each")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An error that the arguments alone cause is a usage error.
fn of_arguments(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(InitError::Validators { .. } | InitError::Ports { .. } | InitError::Name { .. }) => {
            misused(error)
        }
        _ => error,
    }
}

fn joining(args: &InitArgs, genesis: &Path) -> anyhow::Result<Made> {
    let folder_name = || {
        let name = args.out.file_name()?.to_str()?;
        Some(name.to_owned())
    };
    let name = args.name.clone().or_else(folder_name);
    let report = join(&JoinOptions {
        genesis: genesis.to_path_buf(),
        out: args.out.clone(),
        base_port: args.base_port,
        name: name.context("the folder's name is not a valid name of a node: give --name")?,
    })?;
    Ok(Made {
        genesis: report.genesis,
        nodes: vec![MadeNode::of(report.node)],
        validator: Some(report.entry),
    })
}

fn network(args: &InitArgs) -> anyhow::Result<Made> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    let time_ms = u64::try_from(since.as_millis()).context("the clock is too far in the future")?;
    let mut options = InitOptions::new(
        args.validators.into(),
        args.out.clone(),
        args.chain_id,
        time_ms,
    );
    options.base_port = args.base_port;
    options.retention_blocks = args.retention_blocks.unwrap_or(options.retention_blocks);
    let rows = args.max_block_rows.and_then(NonZeroU16::new);
    options.max_block_rows = rows.unwrap_or(options.max_block_rows);
    let report = init(&options)?;
    Ok(Made {
        genesis: report.genesis,
        nodes: report.nodes.into_iter().map(MadeNode::of).collect(),
        validator: None,
    })
}

impl MadeNode {
    fn of(node: InitNode) -> Self {
        Self {
            config: node.config,
            api: format!("http://{}", node.api),
            peer_id: node.peer.to_string(),
            public_key: node.public_key.to_string(),
        }
    }
}
