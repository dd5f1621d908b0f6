//! What can go wrong with the store.

use std::{io, path::PathBuf};

use thiserror::Error;
use weft_chain::HeaderHash;
use weft_encoding::Fault;

/// The store failed, or is not this client's.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened: locked by another process, or no redb file (local).
    #[error("cannot open {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: redb::DatabaseError,
    },
    /// The file was written for another genesis (caller).
    #[error("the data folder is of the chain with genesis {found:?}, this one is {expected}")]
    OtherChain {
        /// The hash of this client's genesis.
        expected: HeaderHash,
        /// The hash in the file.
        found: Option<HeaderHash>,
    },
    /// The file is of a format that this version does not read (caller).
    #[error("the data folder has format {found:?}, this version reads {expected}")]
    Format {
        /// The format's bytes in the file.
        found: Vec<u8>,
        /// The format that is read.
        expected: u32,
    },
    /// A record does not decode (local).
    #[error("the record at height {height} of table {table} is damaged")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The record's key.
        height: u64,
        /// Why.
        source: io::Error,
    },
    /// A record that must be there is not (local).
    #[error("there is no record at height {height} of table {table}")]
    Missing {
        /// The table.
        table: &'static str,
        /// The record's key.
        height: u64,
    },
    /// A record has no encoding (local).
    #[error("the record has no encoding")]
    Encode {
        /// Why.
        source: io::Error,
    },
    /// A transaction failed (local).
    #[error("a transaction of the store failed")]
    Transaction(#[source] Box<redb::Error>),
}

impl StoreError {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::OtherChain { .. } | Self::Format { .. } => Fault::Caller,
            Self::Open { .. }
            | Self::Corrupt { .. }
            | Self::Missing { .. }
            | Self::Encode { .. }
            | Self::Transaction(_) => Fault::Local,
        }
    }
}

macro_rules! from_redb {
    ($($error:ty),+) => {
        $(impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                Self::Transaction(Box::new(error.into()))
            }
        })+
    };
}

from_redb!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);
