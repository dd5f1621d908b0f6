//! The files that validators exchange: a drafted change and its signatures. Both are public.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use weft_chain::{PublicKey, Signature, ValidatorEntry, ValidatorSet, ValidatorUpdate};
use weft_encoding::Digest;

/// Size limit: above a draft with the two largest sets.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// A drafted change with the validators that it replaces: all that a signer needs to check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    /// The update to sign.
    pub(super) update: ValidatorUpdate,
    /// The current validators. Their set's root is the one that the update replaces.
    pub(super) replaced: Vec<ValidatorEntry>,
}

/// A draft with two valid sets, of which the update replaces the first.
#[derive(Debug)]
pub(super) struct CheckedDraft {
    pub(super) draft: Draft,
    pub(super) id: Digest,
    pub(super) before: ValidatorSet,
    pub(super) after: ValidatorSet,
}

/// One validator's signature of an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateSignature {
    /// The update's id, in hex.
    pub(super) update_id: String,
    /// Who signed.
    pub(super) public_key: PublicKey,
    /// The signature.
    pub(super) signature: Signature,
}

impl Draft {
    /// Reads and checks a draft.
    pub(super) fn read(path: &Path) -> anyhow::Result<CheckedDraft> {
        let draft: Self = read(path)?;
        draft
            .check()
            .with_context(|| format!("{} is not a draft of a change", path.display()))
    }

    /// Checks the limits, both sets, and that the update replaces the set of the replaced
    /// validators.
    pub(super) fn check(self) -> anyhow::Result<CheckedDraft> {
        self.update.validate()?;
        let after = self.update.validator_set()?;
        let before = self.replaced.iter().map(ValidatorEntry::validator);
        let before = ValidatorSet::new(before.collect()).context("the validators before")?;
        ensure!(
            before.root() == self.update.replaces,
            "the replaced validators of the draft have root {}, the update replaces {}",
            before.root(),
            self.update.replaces
        );
        Ok(CheckedDraft {
            id: self.update.id(),
            draft: self,
            before,
            after,
        })
    }
}

/// Reads a JSON file of a bounded size.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let shown = || path.display().to_string();
    let file = std::fs::File::open(path).with_context(shown)?;
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut text)
        .with_context(shown)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        bail!("{} has more than {MAX_FILE_BYTES} bytes", path.display());
    }
    serde_json::from_slice(&text).with_context(shown)
}

/// Writes a JSON file that must not exist yet.
pub(super) fn write_new(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    if path.exists() {
        bail!(
            "{} exists already, it is not overwritten: name another file",
            path.display()
        );
    }
    let shown = || format!("cannot write {}", path.display());
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    let mut file = std::fs::File::create_new(path).with_context(shown)?;
    file.write_all(&text).with_context(shown)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::TestChain;

    use super::*;

    fn draft() -> Draft {
        let (four, five) = (TestChain::new(4), TestChain::new(5));
        Draft {
            update: ValidatorUpdate {
                chain_id: four.genesis.chain_id,
                replaces: four.set.root(),
                first_height: weft_chain::Height::new(9),
                validators: five.genesis.validators,
            },
            replaced: four.genesis.validators,
        }
    }

    #[test]
    fn a_draft_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("update.json");
        write_new(&path, &draft()).unwrap();
        let read = Draft::read(&path).unwrap();
        assert_eq!(read.draft, draft());
        assert_eq!((read.before.len(), read.after.len()), (4, 5));
        assert!(write_new(&path, &draft()).is_err(), "overwritten");
    }

    #[test]
    fn a_draft_cannot_hide_whom_it_replaces() {
        let mut wrong = draft();
        wrong.replaced.pop();
        let error = wrong.check().unwrap_err().to_string();
        assert!(error.contains("have root"), "{error}");
        let mut forged = draft();
        forged.replaced[0].stake = 2;
        assert!(forged.check().is_err());
        let mut unproven = draft();
        unproven.update.validators[4].proof_of_possession =
            unproven.update.validators[3].proof_of_possession;
        assert!(unproven.check().is_err());
    }
}
