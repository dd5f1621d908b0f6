//! Which chain a store belongs to.

use redb::{ReadableTable, WriteTransaction};
use weft_chain::{ChainId, Genesis, HeaderHash};

use super::error::StoreError;
use super::tables::META;

/// The layout of the tables. It grows by one with every change that older programs cannot read.
///
/// 2: votes by round, proposals in a table, changes of the validator set, finality by round.
///
/// 3: the location of a blob has an expiry.
pub(super) const SCHEMA: u32 = 3;

/// The chain that a store's contents belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreIdentity {
    /// The chain's name.
    pub chain_id: ChainId,
    /// The hash of its genesis, which is the parent of the block at height 1.
    pub genesis: HeaderHash,
}

impl StoreIdentity {
    /// The identity of the chain that `genesis` starts.
    pub fn of(genesis: &Genesis) -> Self {
        Self {
            chain_id: genesis.chain_id,
            genesis: genesis.hash(),
        }
    }
}

/// Writes the identity into a new file, or compares it with that of an existing file.
pub(super) fn check_or_write(
    transaction: &WriteTransaction,
    identity: &StoreIdentity,
) -> Result<(), StoreError> {
    let mut meta = transaction.open_table(META)?;
    let chain_id = identity.chain_id.as_bytes();
    let genesis = identity.genesis.as_bytes();

    let stored = meta.get("schema")?.map(|guard| guard.value().to_vec());
    let Some(schema) = stored else {
        meta.insert("schema", SCHEMA.to_be_bytes().as_slice())?;
        meta.insert("chain_id", chain_id.as_slice())?;
        meta.insert("genesis", genesis.as_slice())?;
        return Ok(());
    };
    let stored = schema.try_into().map(u32::from_be_bytes);
    match stored {
        Ok(SCHEMA) => {}
        Ok(stored) => {
            return Err(StoreError::Schema {
                stored,
                supported: SCHEMA,
            });
        }
        Err(bytes) => return Err(StoreError::damaged("meta", format!("schema {bytes:?}"))),
    }
    for (field, expected) in [
        ("chain_id", chain_id.as_slice()),
        ("genesis", genesis.as_slice()),
    ] {
        let stored = meta
            .get(field)?
            .map(|guard| guard.value().to_vec())
            .unwrap_or_default();
        if stored != expected {
            return Err(StoreError::WrongChain {
                field,
                stored: hex::encode(stored),
                expected: hex::encode(expected),
            });
        }
    }
    Ok(())
}
