//! A node that joins a chain.

use std::path::PathBuf;

use weft_chain::{MAX_ENTRY_NAME_BYTES, ValidatorEntry};

use super::files::{Ports, write_new, write_node};
use super::{InitError, InitNode};
use crate::genesis_file;

/// Name of the file with a node's validator entry.
pub const VALIDATOR_ENTRY: &str = "validator.json";

/// The node to write.
#[derive(Debug, Clone)]
pub struct JoinOptions {
    /// The chain's genesis file.
    pub genesis: PathBuf,
    /// The folder to write into; created if missing.
    pub out: PathBuf,
    /// The node's API port. The next two ports are for peers and for the consensus engine.
    pub base_port: u16,
    /// The node's display name.
    pub name: String,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct JoinReport {
    /// The copy of the genesis.
    pub genesis: PathBuf,
    /// The node.
    pub node: InitNode,
    /// The file with its [`ValidatorEntry`]. It is public; an update of the set that includes the
    /// entry makes the node a validator.
    pub entry: PathBuf,
}

/// Writes the keys, the configuration and the validator entry of a node for an existing chain,
/// and a copy of the chain's genesis beside them.
///
/// The entry is written last: if it exists, the folder is complete. Nothing is overwritten.
///
/// # Errors
/// [`InitError`]. Files written before the error stay; remove them before you try again.
pub fn join(options: &JoinOptions) -> Result<JoinReport, InitError> {
    let name = &options.name;
    if !(1..=MAX_ENTRY_NAME_BYTES).contains(&name.len()) {
        return Err(InitError::Name { name: name.clone() });
    }
    let ports = Ports::of_node(options.base_port)?;
    let genesis = genesis_file::read(&options.genesis)?;
    if genesis
        .validators
        .iter()
        .any(|validator| validator.name == *name)
    {
        return Err(InitError::NameTaken { name: name.clone() });
    }
    let entry_path = options.out.join(VALIDATOR_ENTRY);
    let copy = options.out.join(genesis_file::NAME);
    for path in [&entry_path, &copy] {
        if path.exists() {
            return Err(InitError::Exists { path: path.clone() });
        }
    }
    let (node, entry) = write_node(&options.out, name, genesis_file::NAME, ports)?;
    genesis_file::write(&copy, &genesis)?;
    write_new(&entry_path, &json(&entry))?;
    Ok(JoinReport {
        genesis: copy,
        node,
        entry: entry_path,
    })
}

fn json(entry: &ValidatorEntry) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(entry).expect("strings and numbers only");
    text.push(b'\n');
    text
}
