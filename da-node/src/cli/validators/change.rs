//! Applies a change to the current validators. Pure.

use std::str::FromStr;

use weft_chain::ValidatorEntry;

/// A change of the validators.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Validators that join. A current validator with the same key gets this name, stake and
    /// contact.
    pub(super) add: Vec<ValidatorEntry>,
    /// Names or keys of validators that leave.
    pub(super) remove: Vec<String>,
    /// New stakes.
    pub(super) stakes: Vec<NewStake>,
}

/// `NAME=N` or `KEY=N`: a validator's new stake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewStake {
    validator: String,
    stake: u64,
}

impl FromStr for NewStake {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not NAME=N with N from 1 to {}", u64::MAX);
        let (validator, stake) = text.rsplit_once('=').ok_or_else(wrong)?;
        let stake = stake.parse().ok().filter(|stake| *stake > 0);
        Ok(Self {
            validator: validator.into(),
            stake: stake.ok_or_else(wrong)?,
        })
    }
}

/// Why the change does not fit the current validators. Always the caller's fault.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChangeError {
    /// No validator has this name or key.
    #[error("no validator is called {validator:?} or has that key; there are {known}")]
    Unknown {
        /// The requested name or key.
        validator: String,
        /// The current names.
        known: String,
    },
    /// Several validators have this name.
    #[error("{count} validators are called {validator:?}: give the public key")]
    Ambiguous {
        /// The name.
        validator: String,
        /// How many.
        count: usize,
    },
    /// A validator that joins has the name of another.
    #[error("two validators would be called {name:?}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// No validator would be left.
    #[error("no validator would be left")]
    NobodyLeft,
    /// The next set would be the current one.
    #[error(
        "nothing would change, the next validators are the current ones: --add, --remove and --stake \
         change them"
    )]
    Nothing,
}

impl Change {
    /// The next validators: the remaining ones in their order, then the joining ones.
    pub(super) fn apply(
        self,
        current: &[ValidatorEntry],
    ) -> Result<Vec<ValidatorEntry>, ChangeError> {
        let mut next = current.to_vec();
        for validator in &self.remove {
            let place = find(&next, validator)?;
            next.remove(place);
        }
        for entry in self.add {
            let same = next
                .iter()
                .position(|known| known.public_key == entry.public_key);
            let taken = next
                .iter()
                .any(|known| known.name == entry.name && known.public_key != entry.public_key);
            if taken {
                return Err(ChangeError::NameTaken { name: entry.name });
            }
            match same {
                Some(place) => next[place] = entry,
                None => next.push(entry),
            }
        }
        for NewStake { validator, stake } in &self.stakes {
            let place = find(&next, validator)?;
            next[place].stake = *stake;
        }
        if next.is_empty() {
            return Err(ChangeError::NobodyLeft);
        }
        if next == current {
            return Err(ChangeError::Nothing);
        }
        Ok(next)
    }
}

/// The index of the validator with this name or key.
fn find(validators: &[ValidatorEntry], wanted: &str) -> Result<usize, ChangeError> {
    let key = wanted.to_ascii_lowercase();
    let by_key = validators
        .iter()
        .position(|entry| entry.public_key.to_string() == key);
    if let Some(place) = by_key {
        return Ok(place);
    }
    let named = validators
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.name == wanted);
    let places: Vec<usize> = named.map(|(place, _)| place).collect();
    match places[..] {
        [place] => Ok(place),
        [] => Err(ChangeError::Unknown {
            validator: wanted.into(),
            known: names(validators),
        }),
        _ => Err(ChangeError::Ambiguous {
            validator: wanted.into(),
            count: places.len(),
        }),
    }
}

fn names(validators: &[ValidatorEntry]) -> String {
    const SHOWN: usize = 16;
    let mut names: Vec<&str> = validators
        .iter()
        .map(|entry| entry.name.as_str())
        .take(SHOWN)
        .collect();
    if validators.len() > SHOWN {
        names.push("...");
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use weft_test_chain::TestChain;

    use super::*;

    fn names(entries: &[ValidatorEntry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    /// Four validators and a fifth.
    fn validators() -> (Vec<ValidatorEntry>, ValidatorEntry) {
        let mut validators = TestChain::new(5).genesis.validators;
        let fifth = validators.pop().unwrap();
        (validators, fifth)
    }

    #[test]
    fn validators_join_leave_and_are_weighed_anew() {
        let (current, fifth) = validators();
        let change = Change {
            add: vec![fifth],
            remove: vec![current[1].public_key.to_string(), "validator-0".into()],
            stakes: vec!["validator-4=7".parse().unwrap()],
        };
        let next = change.apply(&current).unwrap();
        assert_eq!(names(&next), ["validator-2", "validator-3", "validator-4"]);
        let stakes: Vec<u64> = next.iter().map(|entry| entry.stake).collect();
        assert_eq!(stakes, [1, 1, 7]);
    }

    #[test]
    fn one_who_is_there_may_move() {
        let (current, _) = validators();
        let mut moved = current[2].clone();
        moved.addresses = vec!["/ip4/127.0.0.1/tcp/7".into()];
        let change = Change {
            add: vec![moved.clone()],
            ..Change::default()
        };
        let next = change.apply(&current).unwrap();
        assert_eq!((next.len(), &next[2]), (4, &moved));
    }

    #[test]
    fn changes_that_do_not_fit_are_named() {
        let (current, fifth) = validators();
        let refused = |change: Change| change.apply(&current).unwrap_err().to_string();
        let of = |remove: &[&str]| Change {
            remove: remove.iter().map(|name| (*name).into()).collect(),
            ..Change::default()
        };
        assert_eq!(
            refused(of(&["validator-9"])),
            "no validator is called \"validator-9\" or has that key; there are validator-0, \
             validator-1, validator-2, validator-3"
        );
        assert!(refused(of(&["validator-0", "validator-0"])).contains("no validator is called"));
        let all = ["validator-0", "validator-1", "validator-2", "validator-3"];
        assert_eq!(refused(of(&all)), "no validator would be left");
        assert!(refused(Change::default()).starts_with("nothing would change"));
        let mut taken = fifth;
        taken.name = "validator-3".into();
        let change = Change {
            add: vec![taken],
            ..Change::default()
        };
        assert_eq!(
            refused(change),
            "two validators would be called \"validator-3\""
        );

        let mut twins = current.clone();
        twins[1].name = "validator-0".into();
        let error = of(&["validator-0"]).apply(&twins).unwrap_err();
        assert!(matches!(error, ChangeError::Ambiguous { count: 2, .. }));
    }

    #[test]
    fn a_stake_is_a_name_and_a_number() {
        for text in ["node", "node=", "node=0", "node=-1", "node=x", "=", ""] {
            assert!(text.parse::<NewStake>().is_err(), "{text}");
        }
        let stake: NewStake = "a=b=3".parse().unwrap();
        assert_eq!((stake.validator.as_str(), stake.stake), ("a=b", 3));
    }
}
