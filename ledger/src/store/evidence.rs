//! Evidence of equivocation: two contradicting messages that one validator has signed.

use borsh::{BorshDeserialize, BorshSerialize};
use redb::{ReadableTable, ReadableTableMetadata};
use weft_chain::{Height, PublicKey};

use super::error::StoreError;
use super::open::Store;
use super::tables::{EVIDENCE, EvidenceKey, decode, encode, height_key};

/// Most records kept. Beyond that, records of the lowest heights are dropped.
pub const MAX_EVIDENCE: u64 = 10_000;

/// The kind of message that a validator signed twice.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum EquivocationKind {
    /// Two blocks proposed in one round.
    Proposal,
    /// Two prevotes in one round.
    Prevote,
    /// Two precommits in one round.
    Precommit,
}

impl EquivocationKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Proposal, Self::Prevote, Self::Precommit];

    /// The kind as a word, for labels and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposal => "proposal",
            Self::Prevote => "prevote",
            Self::Precommit => "precommit",
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Proposal => 0,
            Self::Prevote => 1,
            Self::Precommit => 2,
        }
    }
}

/// Two contradicting messages of one validator in one round.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EvidenceRecord {
    /// The height.
    pub height: Height,
    /// The round.
    pub round: u32,
    /// Who signed both.
    pub validator: PublicKey,
    /// What kind of message.
    pub kind: EquivocationKind,
    /// One signed message, as the engine encodes it.
    pub first: Vec<u8>,
    /// The other.
    pub second: Vec<u8>,
}

impl EvidenceRecord {
    /// Height, round, kind, key: one record for each is enough to convict.
    fn key(&self) -> EvidenceKey {
        let mut key = [0; 61];
        key[..8].copy_from_slice(&height_key(self.height));
        key[8..12].copy_from_slice(&self.round.to_be_bytes());
        key[12] = self.kind.byte();
        key[13..].copy_from_slice(self.validator.as_bytes());
        key
    }
}

impl Store {
    /// Stores evidence, one record for each height, round, kind and validator. Returns how many are
    /// new. The caller has verified both signatures of each.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn keep_evidence(&self, records: &[EvidenceRecord]) -> Result<usize, StoreError> {
        let records: Vec<(EvidenceKey, Vec<u8>)> = records
            .iter()
            .map(|record| (record.key(), encode(record)))
            .collect();
        self.write(move |transaction| {
            let mut table = transaction.open_table(EVIDENCE)?;
            let mut new = 0;
            for (key, record) in &records {
                if table.get(key)?.is_none() {
                    table.insert(key, record.as_slice())?;
                    new += 1;
                }
            }
            while table.len()? > MAX_EVIDENCE {
                table.pop_first()?;
            }
            Ok(new)
        })
    }

    /// Up to `limit` records, the latest height and round first.
    ///
    /// # Errors
    /// A database error or a damaged value. Local.
    pub fn evidence(&self, limit: usize) -> Result<Vec<EvidenceRecord>, StoreError> {
        let table = self.read()?.open_table(EVIDENCE)?;
        let records = table.iter()?.rev().take(limit);
        records
            .map(|entry| decode("evidence", entry?.1.value()))
            .collect()
    }

    /// How many records are kept, [`MAX_EVIDENCE`] at most.
    ///
    /// # Errors
    /// A database error. Local.
    pub fn evidence_count(&self) -> Result<u64, StoreError> {
        Ok(self.read()?.open_table(EVIDENCE)?.len()?)
    }
}
