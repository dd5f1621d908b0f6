//! Every table of the store, with its key and value byte by byte.
//!
//! Integers in keys are big-endian, so that the order of keys is the order of numbers and a range
//! of keys is a range of heights, columns or rows. Values are borsh unless said otherwise. Index
//! tables have empty values: the key is the entry.

use redb::{ReadableTable, TableDefinition, TableError, WriteTransaction};
use weft_chain::{BlobId, HeaderHash, Height, Namespace};
use weft_encoding::{ColumnIndex, NAMESPACE_BYTES};

use super::error::StoreError;

/// A 32-byte blob id.
pub(super) type BlobKey = [u8; 32];
/// Blob id, then the column (1 byte).
pub(super) type ColumnKey = [u8; 33];
/// Blob id, then the column, then the first row of the segment (1 byte each).
pub(super) type SegmentKey = [u8; 34];
/// Blob id, then the row, then the first cell of the segment (1 byte each).
pub(super) type SpoolKey = [u8; 34];
/// A height (8 bytes).
pub(super) type HeightKey = [u8; 8];
/// The expiry height (8 bytes), then the blob id.
pub(super) type ExpiryKey = [u8; 40];
/// A height (8 bytes), then a header hash.
pub(super) type ProposalKey = [u8; 40];
/// A height (8 bytes), then a round (4 bytes).
pub(super) type VoteKey = [u8; 12];
/// A height (8 bytes), a round (4 bytes), a kind (1 byte), then a validator's key (48 bytes).
pub(super) type EvidenceKey = [u8; 61];
/// A namespace, then a height (8 bytes).
pub(super) type NamespaceKey = [u8; NAMESPACE_BYTES + 8];

pub(super) type Table<K, V> = TableDefinition<'static, K, V>;

/// `schema` (u32), `chain_id` and `genesis` (32 bytes): what this file is.
pub(super) const META: Table<&str, &[u8]> = TableDefinition::new("meta");

/// Blob id -> `BlobHeader`.
pub(super) const BLOB_HEADERS: Table<&BlobKey, &[u8]> = TableDefinition::new("blob_headers");
/// Blob id -> the height (8 bytes, big-endian) until which the blob is kept.
pub(super) const BLOB_EXPIRY: Table<&BlobKey, &HeightKey> = TableDefinition::new("blob_expiry");
/// Expiry height, blob id -> nothing: what expires when, for pruning by range.
pub(super) const EXPIRY_INDEX: Table<&ExpiryKey, ()> = TableDefinition::new("expiry_index");

/// Blob id, column -> the column's proof (48 bytes) and Merkle path (224 bytes).
pub(super) const COLUMN_PROOFS: Table<&ColumnKey, &[u8]> = TableDefinition::new("column_proofs");
/// Blob id, column, first row -> that many raw cells of 2,048 bytes; see `segments.rs`.
pub(super) const COLUMN_CELLS: Table<&SegmentKey, &[u8]> = TableDefinition::new("column_cells");
/// Blob id, column -> the cell proofs of the column's rows in order, 48 raw bytes each.
pub(super) const CELL_PROOFS: Table<&ColumnKey, &[u8]> = TableDefinition::new("cell_proofs");
/// Blob id -> the EIP-4844 proofs of the blob's rows in order, 48 raw bytes each.
pub(super) const KZG_PROOFS: Table<&BlobKey, &[u8]> = TableDefinition::new("kzg_proofs");

/// Blob id -> `AvailabilityCertificate`: the one that the blob waits with, or was last ordered
/// with.
pub(super) const CERTIFICATES: Table<&BlobKey, &[u8]> = TableDefinition::new("certificates");
/// Arrival number (8 bytes) -> blob id: certified and not yet ordered, oldest first.
pub(super) const PENDING: Table<&HeightKey, &BlobKey> = TableDefinition::new("pending");
/// Blob id -> its arrival number in `pending`.
pub(super) const PENDING_INDEX: Table<&BlobKey, &HeightKey> = TableDefinition::new("pending_index");

/// Height -> `SignedHeader`.
pub(super) const HEADERS: Table<&HeightKey, &[u8]> = TableDefinition::new("headers");
/// Height -> `BlockBody`.
pub(super) const BODIES: Table<&HeightKey, &[u8]> = TableDefinition::new("bodies");
/// Blob id -> `Location`: the newest block that orders the blob.
pub(super) const LOCATIONS: Table<&BlobKey, &[u8]> = TableDefinition::new("locations");
/// Namespace, height -> nothing: the blocks that hold blobs of a namespace.
pub(super) const NAMESPACE_INDEX: Table<&NamespaceKey, ()> =
    TableDefinition::new("namespace_index");
/// Height, round -> the header hash (32 bytes) that this validator has voted for; from the head's
/// height on.
pub(super) const VOTES: Table<&VoteKey, &BlobKey> = TableDefinition::new("votes");
/// Height, header hash -> arrival number (8 bytes, big-endian), then `Block`: undecided blocks that
/// were up for a vote here.
pub(super) const PROPOSALS: Table<&ProposalKey, &[u8]> = TableDefinition::new("proposals");
/// Height -> the consensus engine's proof that the height is decided, in its own encoding.
pub(super) const COMMIT_PROOFS: Table<&HeightKey, &[u8]> = TableDefinition::new("commit_proofs");
/// Height, round, kind, validator -> `EvidenceRecord`.
pub(super) const EVIDENCE: Table<&EvidenceKey, &[u8]> = TableDefinition::new("evidence");

/// First height of a validator set -> the `SignedValidatorUpdate` in a decided block that
/// introduced it.
pub(super) const VALIDATOR_UPDATES: Table<&HeightKey, &[u8]> =
    TableDefinition::new("validator_updates");
/// Number (8 bytes) -> `SignedValidatorUpdate`: offered and not yet in a decided block.
pub(super) const OFFERED_UPDATES: Table<&HeightKey, &[u8]> =
    TableDefinition::new("offered_updates");

/// `progress` -> `CustodyProgress`: the cursor of the custodian's backfill.
pub(super) const CUSTODY: Table<&str, &[u8]> = TableDefinition::new("custody");

/// Blob id -> nothing: the blobs whose rows are in the spool.
pub(super) const SPOOLED: Table<&BlobKey, ()> = TableDefinition::new("spooled");
/// Blob id, row, first cell -> a segment of the row's 131,072 bytes; see `segments.rs`.
pub(super) const SPOOL_ROWS: Table<&SpoolKey, &[u8]> = TableDefinition::new("spool_rows");

/// Creates missing tables, so that readers find all of them.
pub(super) fn create_all(transaction: &WriteTransaction) -> Result<(), TableError> {
    transaction.open_table(META)?;
    transaction.open_table(BLOB_HEADERS)?;
    transaction.open_table(BLOB_EXPIRY)?;
    transaction.open_table(EXPIRY_INDEX)?;
    transaction.open_table(COLUMN_PROOFS)?;
    transaction.open_table(COLUMN_CELLS)?;
    transaction.open_table(CELL_PROOFS)?;
    transaction.open_table(KZG_PROOFS)?;
    transaction.open_table(CERTIFICATES)?;
    transaction.open_table(PENDING)?;
    transaction.open_table(PENDING_INDEX)?;
    transaction.open_table(HEADERS)?;
    transaction.open_table(BODIES)?;
    transaction.open_table(LOCATIONS)?;
    transaction.open_table(NAMESPACE_INDEX)?;
    transaction.open_table(VOTES)?;
    transaction.open_table(PROPOSALS)?;
    transaction.open_table(COMMIT_PROOFS)?;
    transaction.open_table(EVIDENCE)?;
    transaction.open_table(VALIDATOR_UPDATES)?;
    transaction.open_table(OFFERED_UPDATES)?;
    transaction.open_table(CUSTODY)?;
    transaction.open_table(SPOOLED)?;
    transaction.open_table(SPOOL_ROWS)?;
    Ok(())
}

pub(super) fn blob_key(blob: &BlobId) -> BlobKey {
    *blob.as_bytes()
}

pub(super) fn height_key(height: Height) -> HeightKey {
    height.get().to_be_bytes()
}

pub(super) fn height_of(key: &HeightKey) -> Height {
    Height::new(u64::from_be_bytes(*key))
}

pub(super) fn vote_key(height: Height, round: u32) -> VoteKey {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&height_key(height));
    key[8..].copy_from_slice(&round.to_be_bytes());
    key
}

pub(super) fn proposal_key(height: Height, header: &HeaderHash) -> ProposalKey {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&height_key(height));
    key[8..].copy_from_slice(header.as_bytes());
    key
}

/// The first and the last key that a proposal of `height` can have.
pub(super) fn proposal_range(height: Height) -> (ProposalKey, ProposalKey) {
    let at = |byte| proposal_key(height, &HeaderHash::from_bytes([byte; 32]));
    (at(0), at(u8::MAX))
}

pub(super) fn column_key(blob: &BlobId, column: ColumnIndex) -> ColumnKey {
    let mut key = [0; 33];
    key[..32].copy_from_slice(blob.as_bytes());
    key[32] = column_byte(column);
    key
}

/// A column's index as its byte in keys.
pub(super) fn column_byte(column: ColumnIndex) -> u8 {
    u8::try_from(column.get()).expect("a column index is below 128")
}

pub(super) fn segment_key(blob: &BlobId, line: u8, first: u8) -> SegmentKey {
    let mut key = [0; 34];
    key[..32].copy_from_slice(blob.as_bytes());
    key[32] = line;
    key[33] = first;
    key
}

pub(super) fn expiry_key(expiry: Height, blob: &BlobId) -> ExpiryKey {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&height_key(expiry));
    key[8..].copy_from_slice(blob.as_bytes());
    key
}

pub(super) fn namespace_key(namespace: &Namespace, height: Height) -> NamespaceKey {
    let mut key = [0; NAMESPACE_BYTES + 8];
    key[..NAMESPACE_BYTES].copy_from_slice(namespace.as_bytes());
    key[NAMESPACE_BYTES..].copy_from_slice(&height_key(height));
    key
}

/// Encodes a value for a borsh table.
pub(super) fn encode<T: borsh::BorshSerialize>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).expect("writing borsh into memory does not fail")
}

/// Decodes a value read from `table`.
pub(super) fn decode<T: borsh::BorshDeserialize>(
    table: &'static str,
    bytes: &[u8],
) -> Result<T, StoreError> {
    borsh::from_slice(bytes).map_err(|source| StoreError::corrupt(table, source))
}

/// Reads and decodes one value of a borsh table, open for reading or for writing.
pub(super) fn get<const N: usize, T: borsh::BorshDeserialize>(
    table: &impl ReadableTable<&'static [u8; N], &'static [u8]>,
    name: &'static str,
    key: &[u8; N],
) -> Result<Option<T>, StoreError> {
    table
        .get(key)?
        .map(|guard| decode(name, guard.value()))
        .transpose()
}
