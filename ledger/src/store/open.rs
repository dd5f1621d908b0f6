//! Opening the file, and the read and write transactions of all methods.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backon::{BlockingRetryable, ConstantBuilder};
use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase, WriteTransaction};
use weft_chain::Genesis;

use super::error::StoreError;
use super::identity::{self, StoreIdentity};
use super::tables;
use super::writer::{self, Writer};

/// Memory for cached pages. The database's own default of 1 GiB is too much for several nodes in
/// one process.
const CACHE_BYTES: usize = 64 << 20;

/// How long to wait for a file that another process has open. A killed process keeps its lock until
/// the system has cleaned up.
const LOCK_PAUSES: ConstantBuilder = ConstantBuilder::new()
    .with_delay(Duration::from_millis(50))
    .with_max_times(60);

/// A node's durable state; see [`crate::store`]. Clones share one file.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    // Declared first, so that the queue is finished before the file closes.
    writer: Writer,
    database: Arc<Database>,
    identity: StoreIdentity,
}

impl Store {
    /// Opens the file at `path` for the chain of `genesis`, or creates it with its folder.
    ///
    /// Cost: milliseconds, whatever the size of the file and however the last process ended.
    ///
    /// # Errors
    /// [`StoreError::Open`] (another process has it, damage), [`StoreError::Folder`],
    /// [`StoreError::WrongChain`], [`StoreError::Schema`]. All local.
    pub fn open(path: impl AsRef<Path>, genesis: &Genesis) -> Result<Self, StoreError> {
        Self::open_as(path, StoreIdentity::of(genesis))
    }

    /// [`Store::open`] by the identity of the chain, without its genesis.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_as(path: impl AsRef<Path>, identity: StoreIdentity) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let folder_error = |source| StoreError::Folder {
            path: path.to_path_buf(),
            source: Arc::new(source),
        };
        let folder = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(folder_error)?;

        let create = || Database::builder().set_cache_size(CACHE_BYTES).create(path);
        let database = create
            .retry(LOCK_PAUSES)
            .when(|error| matches!(error, DatabaseError::DatabaseAlreadyOpen))
            .call()
            .map_err(|source| StoreError::Open {
                path: path.to_path_buf(),
                source: Arc::new(source),
            })?;
        // redb syncs the file; the folder's entry for a new file needs its own fsync.
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(folder_error)?;

        let transaction = writer::begin(&database)?;
        identity::check_or_write(&transaction, &identity)?;
        tables::create_all(&transaction)?;
        transaction.commit()?;

        let database = Arc::new(database);
        let writer = Writer::start(Arc::clone(&database)).map_err(folder_error)?;
        Ok(Self {
            inner: Arc::new(Inner {
                writer,
                database,
                identity,
            }),
        })
    }

    /// The chain that this store belongs to.
    pub fn identity(&self) -> &StoreIdentity {
        &self.inner.identity
    }

    /// A consistent view of the last commit.
    pub(super) fn read(&self) -> Result<ReadTransaction, StoreError> {
        Ok(self.inner.database.begin_read()?)
    }

    /// Runs `job` in the next write transaction; see [`Writer::write`].
    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&WriteTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.writer.write(job)
    }
}
