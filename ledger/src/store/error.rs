//! Errors of the store.

use std::path::PathBuf;
use std::sync::Arc;

use weft_chain::{BlobId, HeaderHash, Height};
use weft_encoding::{ColumnIndex, Fault};

/// A failed store operation. Nothing of it was written.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file could not be created, opened or repaired. Local.
    #[error("cannot open the store {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<redb::DatabaseError>,
    },
    /// The folder of the file could not be made or synced. Local.
    #[error("cannot prepare the folder of the store {path}")]
    Folder {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
    /// The file belongs to another chain. Local.
    #[error("the store is of another chain: its {field} is {stored}, this node's is {expected}")]
    WrongChain {
        /// Which part of the identity differs.
        field: &'static str,
        /// The value in the file.
        stored: String,
        /// What the node was started for.
        expected: String,
    },
    /// The file was written by another version of this program. Local.
    #[error(
        "the store has schema {stored}, this program reads schema {supported} alone: use the \
         version that wrote it, or start again with an empty data folder (and a validator with a \
         new key, for its vote locks are in the store)"
    )]
    Schema {
        /// The file's schema.
        stored: u32,
        /// The only schema that is read.
        supported: u32,
    },
    /// The database failed: a full disk, an I/O error, a damaged file. Local.
    #[error("the store failed")]
    Database {
        /// The database's error.
        source: Arc<redb::Error>,
    },
    /// A stored value does not decode. Local.
    #[error("a value in the store's table {table} is damaged")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The codec's error.
        source: Arc<std::io::Error>,
    },
    /// Another write in the same commit failed, so none of it was written. Try again.
    #[error("another write of the same commit failed")]
    Aborted {
        /// That write's error.
        source: Arc<StoreError>,
    },
    /// The writer has stopped. Local.
    #[error("the store's writer has stopped")]
    Stopped,
    /// A vote for another header is already recorded in this round. Local: signing the second
    /// header would be equivocation.
    #[error(
        "already voted for header {locked} at height {height}, round {round}, not for {refused}"
    )]
    VoteConflict {
        /// The height.
        height: Height,
        /// The round.
        round: u32,
        /// The header that has the vote.
        locked: HeaderHash,
        /// The header that was refused.
        refused: HeaderHash,
    },
    /// A vote at a height below the head, where locks are dropped. Local: signing there could be
    /// equivocation.
    #[error("no vote at height {height}: the head is {head}")]
    VoteTooLate {
        /// The height.
        height: Height,
        /// The head's height.
        head: Height,
    },
    /// The limit of stored blocks of this height is reached, and this node has signed all of them.
    /// Local.
    #[error("{max} blocks of height {height} have this node's vote, which is the limit")]
    TooManyProposals {
        /// The height.
        height: Height,
        /// The limit.
        max: usize,
    },
    /// A block does not follow the head. Caller.
    #[error("block {height} does not follow the head: expected {expected}")]
    NotNext {
        /// The height offered.
        height: Height,
        /// The only height that can be committed.
        expected: Height,
    },
    /// A block's parent is not the head. Caller.
    #[error("the parent of block {height} is {parent}, the head is {head}")]
    WrongParent {
        /// The height offered.
        height: Height,
        /// The parent it names.
        parent: HeaderHash,
        /// The hash of the head, or the genesis hash.
        head: HeaderHash,
    },
    /// Another block is already committed at this height. Caller.
    #[error("block {height} is committed as {committed}, not as {refused}")]
    Fork {
        /// The height.
        height: Height,
        /// The header that is committed.
        committed: HeaderHash,
        /// The header that was refused.
        refused: HeaderHash,
    },
    /// A block orders a blob that an earlier block has ordered under a certificate that expires no
    /// earlier, or orders one twice. Caller.
    #[error("blob {blob} is already ordered at height {height}")]
    AlreadyOrdered {
        /// The blob.
        blob: BlobId,
        /// Where it is ordered.
        height: Height,
    },
    /// A finality certificate is for another header. Caller.
    #[error("the finality certificate is for header {certified}, the block is {block}")]
    WrongCertificate {
        /// The header that the certificate names.
        certified: HeaderHash,
        /// The block's own hash.
        block: HeaderHash,
    },
    /// The number of a column's cells is not the number of rows. Caller.
    #[error("{found} cells for {expected} rows")]
    CellCount {
        /// How many were given.
        found: usize,
        /// Rows of the blob.
        expected: usize,
    },
    /// The number of proofs is not the number of rows. Caller.
    #[error("{found} proofs for {expected} rows")]
    ProofCount {
        /// How many were given.
        found: usize,
        /// Rows of the blob.
        expected: usize,
    },
    /// A column was verified for another blob than the header it came with. Caller.
    #[error("column {} is of another blob than {blob}", column.get())]
    ForeignColumn {
        /// The blob of the header.
        blob: BlobId,
        /// The column.
        column: ColumnIndex,
    },
    /// Proofs or rows of a blob whose header is not stored. Caller.
    #[error("blob {blob} is unknown")]
    UnknownBlob {
        /// The blob.
        blob: BlobId,
    },
}

impl StoreError {
    pub(super) fn corrupt(table: &'static str, source: std::io::Error) -> Self {
        Self::Corrupt {
            table,
            source: Arc::new(source),
        }
    }

    /// Damage found outside the codec: a value of the wrong length or out of its range.
    pub fn damaged(table: &'static str, what: impl std::fmt::Display) -> Self {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_string());
        Self::corrupt(table, source)
    }

    /// True for a refusal before the first write, so that the other writes of the same commit
    /// stand.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::VoteConflict { .. }
                | Self::VoteTooLate { .. }
                | Self::TooManyProposals { .. }
                | Self::NotNext { .. }
                | Self::WrongParent { .. }
                | Self::Fork { .. }
                | Self::AlreadyOrdered { .. }
                | Self::WrongCertificate { .. }
                | Self::CellCount { .. }
                | Self::ProofCount { .. }
                | Self::UnknownBlob { .. }
                | Self::ForeignColumn { .. }
        )
    }

    /// True when another process, or another store of this one, has the file open.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Open { source, .. }
            if matches!(**source, redb::DatabaseError::DatabaseAlreadyOpen))
    }

    /// True when every later write will fail too, until the store is opened again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Stopped => true,
            // After an I/O error redb refuses every later write.
            Self::Database { source } => matches!(
                **source,
                redb::Error::PreviousIo
                    | redb::Error::DatabaseClosed
                    | redb::Error::LockPoisoned(_)
            ),
            Self::Aborted { source } => source.is_final(),
            _ => false,
        }
    }

    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Aborted { .. } => Fault::Retry,
            Self::NotNext { .. }
            | Self::WrongParent { .. }
            | Self::Fork { .. }
            | Self::AlreadyOrdered { .. }
            | Self::WrongCertificate { .. }
            | Self::CellCount { .. }
            | Self::ProofCount { .. }
            | Self::UnknownBlob { .. }
            | Self::ForeignColumn { .. } => Fault::Caller,
            Self::Open { .. }
            | Self::Folder { .. }
            | Self::WrongChain { .. }
            | Self::Schema { .. }
            | Self::Database { .. }
            | Self::Corrupt { .. }
            | Self::Stopped
            | Self::TooManyProposals { .. }
            | Self::VoteConflict { .. }
            | Self::VoteTooLate { .. } => Fault::Local,
        }
    }
}

/// Every error of redb becomes [`StoreError::Database`].
macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                Self::Database { source: Arc::new(error.into()) }
            }
        }
    )*};
}

from_redb!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::SetDurabilityError
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opening_again_alone_mends_is_final() {
        let aborted = |source| StoreError::Aborted {
            source: Arc::new(source),
        };
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert!(StoreError::Stopped.is_final());
        assert!(aborted(StoreError::Stopped).is_final());
        // The first I/O error alone is not final; redb reports `PreviousIo` for later writes.
        assert!(!StoreError::from(redb::StorageError::Io(full())).is_final());
        let after = || StoreError::from(redb::StorageError::PreviousIo);
        assert!(after().is_final() && aborted(after()).is_final());
        assert!(!StoreError::damaged("votes", "too short").is_final());
    }
}
