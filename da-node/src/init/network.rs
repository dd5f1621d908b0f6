//! A new network.

use std::num::NonZeroU16;
use std::path::PathBuf;

use weft_chain::{ChainId, Genesis, MAX_VALIDATORS};
use weft_encoding::MAX_BLOCK_ROWS;

use super::files::{DEFAULT_BASE_PORT, Ports, write_node};
use super::{InitError, InitNode};
use crate::genesis_file;

/// Thirty days of blocks at one per second.
const DEFAULT_RETENTION_BLOCKS: u64 = 30 * 24 * 60 * 60;

/// The network to write.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// How many validators, all with the same stake.
    pub validators: usize,
    /// The folder to write into; created if missing.
    pub out: PathBuf,
    /// The API port of node 0.
    pub base_port: u16,
    /// The chain's name.
    pub chain_id: ChainId,
    /// The chain's start, unix milliseconds.
    pub time_ms: u64,
    /// How many blocks a blob is retained.
    pub retention_blocks: u64,
    /// Most rows of a block.
    pub max_block_rows: NonZeroU16,
}

impl InitOptions {
    /// A network of `validators` in `out` with the default ports and parameters, starting at
    /// `time_ms` (unix milliseconds).
    pub fn new(validators: usize, out: PathBuf, chain_id: ChainId, time_ms: u64) -> Self {
        Self {
            validators,
            out,
            base_port: DEFAULT_BASE_PORT,
            chain_id,
            time_ms,
            retention_blocks: DEFAULT_RETENTION_BLOCKS,
            max_block_rows: u16::try_from(MAX_BLOCK_ROWS)
                .ok()
                .and_then(NonZeroU16::new)
                .expect("256 rows"),
        }
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub struct InitReport {
    /// The genesis file.
    pub genesis: PathBuf,
    /// The nodes in order.
    pub nodes: Vec<InitNode>,
}

/// Writes genesis, keys and configurations of a new network.
///
/// The genesis is written last: if it exists, the network is complete. Nothing is overwritten.
///
/// # Errors
/// [`InitError`]. Files written before the error stay; remove them before you try again.
pub fn init(options: &InitOptions) -> Result<InitReport, InitError> {
    let &InitOptions {
        validators: count,
        base_port,
        ..
    } = options;
    if !(1..=MAX_VALIDATORS).contains(&count) {
        return Err(InitError::Validators { validators: count });
    }
    let ports = Ports::of_nodes(base_port, count)?;
    let genesis_path = options.out.join(genesis_file::NAME);
    if genesis_path.exists() {
        return Err(InitError::Exists { path: genesis_path });
    }

    let genesis_there = format!("../{}", genesis_file::NAME);
    let (mut nodes, mut validators) = (Vec::new(), Vec::new());
    for (number, ports) in ports.into_iter().enumerate() {
        let name = format!("node-{number}");
        let folder = options.out.join(&name);
        let (node, validator) = write_node(&folder, &name, &genesis_there, ports)?;
        nodes.push(node);
        validators.push(validator);
    }

    let genesis = Genesis {
        chain_id: options.chain_id,
        time_ms: options.time_ms,
        retention_blocks: options.retention_blocks,
        max_block_rows: options.max_block_rows.get(),
        validators,
    };
    genesis_file::write(&genesis_path, &genesis)?;
    Ok(InitReport {
        genesis: genesis_path,
        nodes,
    })
}
