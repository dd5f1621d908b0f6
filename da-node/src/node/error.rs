//! Why a node did not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use weft_encoding::Fault;
use weft_network::{Multiaddr, NetworkError};

use weft_consensus::OrdererError;
use weft_ledger::LedgerError;
use weft_ledger::pool::PoolError;
use weft_ledger::store::StoreError;

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The data folder cannot be created (local).
    #[error("cannot make the data folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The store cannot be opened (local).
    #[error("store")]
    Store(#[from] StoreError),
    /// The genesis or the stored chain cannot be used.
    #[error("ledger")]
    Ledger(#[from] LedgerError),
    /// The network did not start.
    #[error("network")]
    Network(#[from] NetworkError),
    /// The pool could not be opened.
    #[error("pool")]
    Pool(#[from] PoolError),
    /// A validator has no address for its consensus engine (caller).
    #[error("a validator's Malachite engine needs an address to listen on")]
    NoConsensusAddress,
    /// The orderer could not be made.
    #[error("orderer")]
    Orderer(#[from] OrdererError),
    /// The HTTP address cannot be listened on (local).
    #[error("cannot listen on http://{address}")]
    ApiListen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// An address for peers or engines cannot be listened on (local).
    #[error("cannot listen on {address} ({field})")]
    Listen {
        /// The configuration's field.
        field: &'static str,
        /// The address.
        address: Multiaddr,
        /// The cause.
        source: std::io::Error,
    },
    /// A metric's name is taken (local).
    #[error("metrics")]
    Metrics(#[from] prometheus::Error),
    /// A blocking step of the start was lost (local).
    #[error("the start was interrupted")]
    Interrupted,
}

impl NodeError {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Ledger(error) => error.fault(),
            Self::Network(error) => error.fault(),
            Self::Pool(error) => error.fault(),
            Self::Orderer(error) => error.fault(),
            Self::NoConsensusAddress => Fault::Caller,
            Self::Folder { .. }
            | Self::ApiListen { .. }
            | Self::Listen { .. }
            | Self::Metrics(_)
            | Self::Interrupted => Fault::Local,
        }
    }
}
