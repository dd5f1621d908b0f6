//! The list of the next validators in JSON, whose length is not known beforehand.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, SeqAccess, Visitor};

use super::update::{check_count, check_entry};
use crate::{MAX_VALIDATORS, ValidatorEntry};

/// Reads the list and refuses it at the first entry that breaks a limit: each costs a check of its
/// key's subgroup, which an endless list would repeat endlessly.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ValidatorEntry>, D::Error> {
    deserializer.deserialize_seq(Entries)
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<ValidatorEntry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of 1 to {MAX_VALIDATORS} validators")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element::<ValidatorEntry>()? {
            check_count(entries.len() + 1).map_err(Error::custom)?;
            check_entry(entries.len(), &entry).map_err(Error::custom)?;
            entries.push(entry);
        }
        check_count(entries.len()).map_err(Error::custom)?;
        Ok(entries)
    }
}
