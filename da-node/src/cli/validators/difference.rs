//! The effect of a change, for its signers to check. Pure.

use serde::Serialize;
use weft_chain::{PublicKey, ValidatorEntry};

/// The difference between two lists of validators.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    added: Vec<Shown>,
    removed: Vec<Shown>,
    /// Remaining validators with another stake.
    reweighted: Vec<Reweighted>,
    /// Remaining validators with another name, peer id or address.
    moved: Vec<Shown>,
    unchanged: usize,
    total_stake: u128,
}

#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    public_key: PublicKey,
    stake: u64,
    peer_id: String,
    addresses: Vec<String>,
    consensus_addresses: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Reweighted {
    name: String,
    public_key: PublicKey,
    from: u64,
    to: u64,
}

impl Difference {
    pub(super) fn between(before: &[ValidatorEntry], after: &[ValidatorEntry]) -> Self {
        let find = |entries: &[ValidatorEntry], key: &PublicKey| {
            entries.iter().position(|entry| entry.public_key == *key)
        };
        let mut difference = Self {
            added: Vec::new(),
            removed: Vec::new(),
            reweighted: Vec::new(),
            moved: Vec::new(),
            unchanged: 0,
            total_stake: after.iter().map(|entry| u128::from(entry.stake)).sum(),
        };
        for entry in before {
            if find(after, &entry.public_key).is_none() {
                difference.removed.push(Shown::of(entry));
            }
        }
        for entry in after {
            match find(before, &entry.public_key) {
                None => difference.added.push(Shown::of(entry)),
                Some(place) => difference.stays(&before[place], entry),
            }
        }
        difference
    }

    fn stays(&mut self, before: &ValidatorEntry, after: &ValidatorEntry) {
        if before == after {
            self.unchanged += 1;
        }
        if before.stake != after.stake {
            self.reweighted.push(Reweighted {
                name: after.name.clone(),
                public_key: after.public_key,
                from: before.stake,
                to: after.stake,
            });
        }
        let same_stake = ValidatorEntry {
            stake: after.stake,
            ..before.clone()
        };
        if same_stake != *after {
            self.moved.push(Shown::of(after));
        }
    }

    /// One line per difference, for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.added.iter().map(|shown| shown.line("add")));
        lines.extend(self.removed.iter().map(|shown| shown.line("remove")));
        for Reweighted {
            name,
            public_key,
            from,
            to,
        } in &self.reweighted
        {
            lines.push(format!(
                "{:<9} {name} {public_key}: {from} to {to}",
                "stake"
            ));
        }
        lines.extend(self.moved.iter().map(|shown| shown.line("contact")));
        lines.push(format!(
            "{:<9} {} as they are; {} stake in all",
            "others", self.unchanged, self.total_stake
        ));
        lines
    }
}

impl Shown {
    fn of(entry: &ValidatorEntry) -> Self {
        Self {
            name: entry.name.clone(),
            public_key: entry.public_key,
            stake: entry.stake,
            peer_id: entry.peer_id.clone(),
            addresses: entry.addresses.clone(),
            consensus_addresses: entry.consensus_addresses.clone(),
        }
    }

    fn line(&self, what: &str) -> String {
        let addresses: Vec<&str> = self
            .addresses
            .iter()
            .chain(&self.consensus_addresses)
            .map(String::as_str)
            .collect();
        format!(
            "{what:<9} {} {}, stake {}, peer {}, {}",
            self.name,
            self.public_key,
            self.stake,
            self.peer_id,
            addresses.join(" ")
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::TestChain;

    use super::*;

    #[test]
    fn every_change_is_shown_and_nothing_else() {
        let mut before = TestChain::new(5).genesis.validators;
        let added = before.pop().unwrap();
        let mut after = before.clone();
        after.remove(0);
        after[0].stake = 9;
        after[1].peer_id = "another".into();
        after.push(added.clone());
        let lines = Difference::between(&before, &after).lines();
        let expected = [
            format!("add       validator-4 {}, stake 1", added.public_key),
            format!("remove    validator-0 {}, stake 1", before[0].public_key),
            format!("stake     validator-1 {}: 1 to 9", before[1].public_key),
            format!(
                "contact   validator-2 {}, stake 1, peer another",
                before[2].public_key
            ),
            "others    1 as they are; 12 stake in all".into(),
        ];
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        for (line, expected) in lines.iter().zip(&expected) {
            assert!(line.starts_with(expected), "{line} is not {expected}");
        }
    }
}
