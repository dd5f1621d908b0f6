//! The client's state in one redb file.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | name | `format`: u32 LE, 3; `genesis`: the genesis hash, 32 B; `beginning`: borsh of the `BlockHeader` at which the chain begins, absent where that is the genesis |
//! | `headers` | height | borsh of `SignedHeader` |
//! | `sets` | first height at which the set is in force | its root, 32 B |
//! | `reports` | height | borsh of `HeightReport` |
//! | `updates` | first height at which the set was missing | borsh of the `SignedValidatorUpdate` that shows it |
//! | `evidence` | height | borsh of the two `SignedHeader` of a height that has two |
//!
//! Headers are appended in runs, each in one durable transaction with the sets that they bring into
//! force, after they were verified; an update of the validator set comes before the first header
//! that its set finalises. They are verified again when they are read: a file is no proof. Every call
//! blocks; async callers use the blocking pool.

mod error;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc, time::Duration};

use backon::{BlockingRetryable, ConstantBuilder};
use borsh::BorshDeserialize;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use weft_chain::{
    BlockHeader, ConflictingHeaders, Genesis, HeaderHash, Height, SignedHeader,
    SignedValidatorUpdate, VerifiedHeader,
};
use weft_encoding::Digest;

pub use error::StoreError;

use crate::HeightReport;

/// How long a file is waited for that another process has: one that was killed keeps its lock until
/// the system has cleared it away.
const LOCK_PAUSES: ConstantBuilder = ConstantBuilder::new()
    .with_delay(Duration::from_millis(50))
    .with_max_times(60);

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const HEADERS: TableDefinition<u64, &[u8]> = TableDefinition::new("headers");
const SETS: TableDefinition<u64, [u8; 32]> = TableDefinition::new("sets");
const REPORTS: TableDefinition<u64, &[u8]> = TableDefinition::new("reports");
const UPDATES: TableDefinition<u64, &[u8]> = TableDefinition::new("updates");
const EVIDENCE: TableDefinition<u64, &[u8]> = TableDefinition::new("evidence");

/// The entry of `meta` with the header at which the chain begins.
const BEGINNING: &str = "beginning";

const FORMAT: u32 = 3;

/// The client's state; clones share it.
#[derive(Clone)]
pub(crate) struct Store(Arc<Database>);

impl Store {
    /// Opens the file, or makes it for this genesis.
    ///
    /// # Errors
    /// [`StoreError`]: the file is locked, damaged, of another format or of another chain.
    pub(crate) fn open(path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        let create = || Database::create(path);
        let created = create
            .retry(LOCK_PAUSES)
            .when(|error| matches!(error, DatabaseError::DatabaseAlreadyOpen))
            .call();
        let database = created.map_err(|source| StoreError::Open {
            path: path.to_owned(),
            source,
        })?;
        let store = Self(Arc::new(database));
        store.check_owner(genesis)?;
        Ok(store)
    }

    fn check_owner(&self, genesis: &Genesis) -> Result<(), StoreError> {
        let hash = genesis.hash();
        let write = self.0.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            let format = meta.get("format")?.map(|value| value.value().to_vec());
            match format {
                None => {
                    meta.insert("format", &FORMAT.to_le_bytes()[..])?;
                    meta.insert("genesis", &hash.as_bytes()[..])?;
                }
                Some(found) if found != FORMAT.to_le_bytes() => {
                    return Err(StoreError::Format {
                        found,
                        expected: FORMAT,
                    });
                }
                Some(_) => {
                    let found = meta.get("genesis")?.map(|value| value.value().to_vec());
                    if found.as_deref() != Some(&hash.as_bytes()[..]) {
                        let found = found.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                        return Err(StoreError::OtherChain {
                            expected: hash,
                            found: found.map(HeaderHash::from_bytes),
                        });
                    }
                }
            }
            write.open_table(HEADERS)?;
            write.open_table(SETS)?;
            write.open_table(REPORTS)?;
            write.open_table(UPDATES)?;
            write.open_table(EVIDENCE)?;
        }
        write.commit()?;
        Ok(())
    }

    /// Begins the chain anew at a header that is trusted: of the chain before, only reports are kept.
    pub(crate) fn begin(&self, trusted: &BlockHeader) -> Result<(), StoreError> {
        let write = self.0.begin_write()?;
        {
            write.open_table(HEADERS)?.retain(|_, _| false)?;
            write.open_table(SETS)?.retain(|_, _| false)?;
            write.open_table(UPDATES)?.retain(|_, _| false)?;
            let mut meta = write.open_table(META)?;
            meta.insert(BEGINNING, encode(trusted)?.as_slice())?;
        }
        write.commit()?;
        Ok(())
    }

    /// The header at which the chain begins, unless that is the genesis.
    pub(crate) fn beginning(&self) -> Result<Option<BlockHeader>, StoreError> {
        let read = self.0.begin_read()?;
        let table = read.open_table(META)?;
        match table.get(BEGINNING)? {
            None => Ok(None),
            Some(bytes) => decode("meta", 0, bytes.value()).map(Some),
        }
    }

    /// Appends verified headers in one durable transaction.
    pub(crate) fn append(&self, headers: &[VerifiedHeader]) -> Result<(), StoreError> {
        let write = self.0.begin_write()?;
        {
            let mut table = write.open_table(HEADERS)?;
            let mut sets = write.open_table(SETS)?;
            for header in headers {
                let bytes = encode(header.signed())?;
                table.insert(header.height.get(), bytes.as_slice())?;
                if let Some((height, root)) = header.set_change() {
                    sets.insert(height.get(), *root.as_bytes())?;
                }
            }
        }
        write.commit()?;
        Ok(())
    }

    /// The header with the largest height; not verified.
    pub(crate) fn tip(&self) -> Result<Option<SignedHeader>, StoreError> {
        let read = self.0.begin_read()?;
        let table = read.open_table(HEADERS)?;
        match table.last()? {
            None => Ok(None),
            Some((height, bytes)) => decode("headers", height.value(), bytes.value()).map(Some),
        }
    }

    /// The header at a height; not verified.
    pub(crate) fn header(&self, height: Height) -> Result<Option<SignedHeader>, StoreError> {
        self.get(HEADERS, "headers", height)
    }

    /// The roots of the sets that stored headers brought into force, with their first heights.
    pub(crate) fn sets(&self) -> Result<Vec<(Height, Digest)>, StoreError> {
        let read = self.0.begin_read()?;
        let table = read.open_table(SETS)?;
        let mut sets = Vec::new();
        for entry in table.iter()? {
            let (height, root) = entry?;
            sets.push((
                Height::new(height.value()),
                Digest::from_bytes(root.value()),
            ));
        }
        Ok(sets)
    }

    /// Keeps an update that shows the set that was missing at a height, durable when it returns.
    pub(crate) fn put_update(
        &self,
        height: Height,
        update: &SignedValidatorUpdate,
    ) -> Result<(), StoreError> {
        self.put(UPDATES, height.get(), encode(update)?.as_slice())
    }

    /// Every update that showed a missing set, with the height, in the order of heights; not verified.
    pub(crate) fn updates(&self) -> Result<Vec<(Height, SignedValidatorUpdate)>, StoreError> {
        let read = self.0.begin_read()?;
        let table = read.open_table(UPDATES)?;
        let mut updates = Vec::new();
        for entry in table.iter()? {
            let (height, bytes) = entry?;
            let update = decode("updates", height.value(), bytes.value())?;
            updates.push((Height::new(height.value()), update));
        }
        Ok(updates)
    }

    /// Keeps two final headers of one height, durable when it returns. The first pair of a height
    /// stays.
    pub(crate) fn put_evidence(&self, evidence: &ConflictingHeaders) -> Result<(), StoreError> {
        let height = evidence.height().get();
        let kept: Option<ConflictingHeaders> = self.get(EVIDENCE, "evidence", evidence.height())?;
        if kept.is_some() {
            return Ok(());
        }
        self.put(EVIDENCE, height, encode(evidence)?.as_slice())
    }

    /// The two final headers of the lowest height that has two.
    pub(crate) fn evidence(&self) -> Result<Option<ConflictingHeaders>, StoreError> {
        let read = self.0.begin_read()?;
        let table = read.open_table(EVIDENCE)?;
        match table.first()? {
            None => Ok(None),
            Some((height, bytes)) => decode("evidence", height.value(), bytes.value()).map(Some),
        }
    }

    /// Keeps a report in place of an earlier one of the same height.
    pub(crate) fn put_report(&self, report: &HeightReport) -> Result<(), StoreError> {
        self.put(REPORTS, report.height.get(), encode(report)?.as_slice())
    }

    /// The last report on a height.
    pub(crate) fn report(&self, height: Height) -> Result<Option<HeightReport>, StoreError> {
        self.get(REPORTS, "reports", height)
    }

    /// The lowest height from `from` on without a report. Cost: the reports from there on.
    pub(crate) fn first_unreported(&self, from: Height) -> Result<Height, StoreError> {
        let read = self.0.begin_read()?;
        let table = read.open_table(REPORTS)?;
        let mut height = from.get();
        for entry in table.range(height..)? {
            if entry?.0.value() != height {
                break;
            }
            height += 1;
        }
        Ok(Height::new(height))
    }

    fn put(
        &self,
        table: TableDefinition<'_, u64, &[u8]>,
        height: u64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let write = self.0.begin_write()?;
        write.open_table(table)?.insert(height, bytes)?;
        write.commit()?;
        Ok(())
    }

    fn get<T: BorshDeserialize>(
        &self,
        table: TableDefinition<'_, u64, &[u8]>,
        name: &'static str,
        height: Height,
    ) -> Result<Option<T>, StoreError> {
        let read = self.0.begin_read()?;
        let table = read.open_table(table)?;
        match table.get(height.get())? {
            None => Ok(None),
            Some(bytes) => decode(name, height.get(), bytes.value()).map(Some),
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

fn encode(value: &impl borsh::BorshSerialize) -> Result<Vec<u8>, StoreError> {
    borsh::to_vec(value).map_err(|source| StoreError::Encode { source })
}

fn decode<T: BorshDeserialize>(
    table: &'static str,
    height: u64,
    bytes: &[u8],
) -> Result<T, StoreError> {
    borsh::from_slice(bytes).map_err(|source| StoreError::Corrupt {
        table,
        height,
        source,
    })
}
