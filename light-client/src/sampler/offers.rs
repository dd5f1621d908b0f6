//! Which peers a session can ask, and for which columns.

use std::collections::BTreeMap;

use rand::{
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
};
use weft_encoding::ColumnIndex;
use weft_network::PeerId;
use weft_sampling::{
    ColumnSet,
    session::{Input, Tier},
};

use super::custodians::Custodian;

/// The peers that the session can ask, and their columns.
pub(super) type Offered = BTreeMap<PeerId, (ColumnSet, Tier)>;

/// The first offers: each column with one of its custodians alone, drawn at random.
///
/// A session requests samples as soon as a peer is offered. If the first custodian were offered with
/// all its columns, it would see every sample in them. With these first offers a custodian sees only
/// the samples of the columns that it was drawn for, and cannot influence which those are. The offers
/// of all columns follow.
pub(super) fn shares(
    custodians: &[Custodian],
    connected: &[PeerId],
    rng: &mut StdRng,
) -> Vec<Input<PeerId>> {
    let mut shares: Vec<(PeerId, ColumnSet)> = Vec::new();
    let mut holders: BTreeMap<ColumnIndex, Vec<usize>> = BTreeMap::new();
    let askable = custodians.iter().filter(|custodian| {
        let is_first = custodian.tier == Tier::Custodian;
        is_first && can_be_asked(custodian, connected)
    });
    for custodian in askable {
        for column in custodian.columns {
            holders.entry(column).or_default().push(shares.len());
        }
        shares.push((custodian.peer, ColumnSet::EMPTY));
    }
    for (column, holders) in holders {
        if let Some(&drawn) = holders.choose(rng) {
            shares[drawn].1.insert(column);
        }
    }
    shares.shuffle(rng);
    shares
        .into_iter()
        .filter(|(_, columns)| !columns.is_empty())
        .map(|(peer, columns)| Input::Offer {
            peer,
            columns,
            tier: Tier::Custodian,
        })
        .collect()
}

/// Whether the custodian is connected or can be dialled.
fn can_be_asked(custodian: &Custodian, connected: &[PeerId]) -> bool {
    custodian.has_address || connected.contains(&custodian.peer)
}

/// The changes to the peers that the session can ask, by the custodians and the connected peers.
///
/// Custodians are offered for their columns while they are connected or can be dialled, those of the
/// newest set first. Every other connected peer is a fallback for all columns.
pub(super) fn offers(
    custodians: &[Custodian],
    connected: &[PeerId],
    offered: &mut Offered,
) -> Vec<Input<PeerId>> {
    let mut now = Offered::new();
    let mut inputs = vec![Input::Tick];
    let mut offer = |peer, columns, tier| {
        now.insert(peer, (columns, tier));
        if offered.get(&peer) != Some(&(columns, tier)) {
            inputs.push(Input::Offer {
                peer,
                columns,
                tier,
            });
        }
    };
    for custodian in custodians {
        if can_be_asked(custodian, connected) {
            offer(custodian.peer, custodian.columns, custodian.tier);
        }
    }
    for &peer in connected {
        if !custodians.iter().any(|custodian| custodian.peer == peer) {
            offer(peer, ColumnSet::ALL, Tier::Fallback);
        }
    }
    for &peer in offered.keys().filter(|peer| !now.contains_key(peer)) {
        inputs.push(Input::Withdraw { peer });
    }
    *offered = now;
    inputs
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use rand::SeedableRng;
    use weft_sampling::{SamplingSession, SessionConfig, choose_samples, session::Output};

    use super::*;

    /// How many of a session's first samples each of these custodians is asked for.
    fn asked(custodians: &[Custodian], seed: u64) -> BTreeMap<PeerId, usize> {
        let mut rng = StdRng::seed_from_u64(seed);
        let samples = choose_samples(4, 70, &mut rng);
        let config = SessionConfig::default();
        let mut session = SamplingSession::new(4, samples, config, Duration::ZERO).unwrap();
        let mut inputs = shares(custodians, &[], &mut rng);
        inputs.extend(offers(custodians, &[], &mut Offered::new()));
        let mut outputs = Vec::new();
        for input in inputs {
            session.handle(Duration::ZERO, input, &mut outputs);
        }
        let mut asked = BTreeMap::new();
        for output in outputs {
            if let Output::Request { peer, coords, .. } = output {
                *asked.entry(peer).or_default() += coords.len();
            }
        }
        asked
    }

    #[test]
    fn no_custodian_sees_more_samples_than_chance_gives_it() {
        let custodians = [(); 7].map(|()| Custodian {
            peer: PeerId::random(),
            columns: ColumnSet::ALL,
            tier: Tier::Custodian,
            has_address: true,
        });
        let mut all: BTreeMap<PeerId, usize> = BTreeMap::new();
        for seed in 0..40 {
            let asked = asked(&custodians, seed);
            let most = asked.values().max().copied().unwrap_or_default();
            assert_eq!(asked.values().sum::<usize>(), 70, "seed {seed}");
            assert!(most <= 24, "seed {seed}: {most} of 70 at one of seven");
            for (peer, count) in asked {
                *all.entry(peer).or_default() += count;
            }
        }
        for count in all.values() {
            assert!(
                (320..480).contains(count),
                "{count} of 2,800: not drawn evenly"
            );
        }
    }

    #[test]
    fn shares_give_each_column_to_one_of_its_custodians_that_can_be_asked() {
        let columns = |range: std::ops::Range<usize>| {
            range
                .filter_map(|column| ColumnIndex::new(column).ok())
                .collect::<ColumnSet>()
        };
        let custodian = |range, tier, has_address| Custodian {
            peer: PeerId::random(),
            columns: columns(range),
            tier,
            has_address,
        };
        let custodians = [
            custodian(0..64, Tier::Custodian, true),
            custodian(32..96, Tier::Custodian, true),
            custodian(0..128, Tier::Custodian, false),
            custodian(0..128, Tier::Fallback, true),
        ];
        let mut seen = ColumnSet::EMPTY;
        for input in shares(&custodians, &[], &mut StdRng::seed_from_u64(1)) {
            let Input::Offer {
                peer,
                columns: share,
                ..
            } = input
            else {
                panic!("{input:?}");
            };
            let of = custodians.iter().find(|custodian| custodian.peer == peer);
            assert!(share.difference(of.unwrap().columns).is_empty());
            for column in share {
                assert!(seen.insert(column), "no column twice");
            }
        }
        assert_eq!(seen, columns(0..96));
    }

    fn summary(inputs: &[Input<PeerId>]) -> Vec<(PeerId, &'static str)> {
        inputs
            .iter()
            .filter_map(|input| match input {
                Input::Offer {
                    peer,
                    tier: Tier::Custodian,
                    ..
                } => Some((*peer, "custodian")),
                Input::Offer {
                    peer,
                    tier: Tier::Fallback,
                    ..
                } => Some((*peer, "fallback")),
                Input::Withdraw { peer } => Some((*peer, "withdrawn")),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn who_can_be_asked_follows_connections_and_addresses() {
        let [near, far, other] = [(); 3].map(|()| PeerId::random());
        let custodian = |peer, has_address| Custodian {
            peer,
            columns: ColumnSet::ALL,
            tier: Tier::Custodian,
            has_address,
        };
        let custodians = [custodian(near, true), custodian(far, false)];
        let mut offered = Offered::new();
        let step = |connected: &[PeerId], offered: &mut Offered| {
            summary(&offers(&custodians, connected, offered))
        };
        assert_eq!(step(&[], &mut offered), [(near, "custodian")]);
        assert_eq!(
            step(&[other, far], &mut offered),
            [(far, "custodian"), (other, "fallback")]
        );
        assert_eq!(step(&[other, far], &mut offered), []);
        let mut gone = step(&[], &mut offered);
        gone.sort();
        let mut expected = [(far, "withdrawn"), (other, "withdrawn")];
        expected.sort();
        assert_eq!(gone, expected);
        assert_eq!(step(&[far], &mut offered), [(far, "custodian")]);
    }
    #[test]
    fn who_can_be_asked_follows_the_custodians() {
        let [stays, leaves, gone, comes] = [(); 4].map(|()| PeerId::random());
        let columns = |range: std::ops::Range<usize>| {
            range
                .filter_map(|column| ColumnIndex::new(column).ok())
                .collect::<ColumnSet>()
        };
        let custodian = |peer, columns, tier| Custodian {
            peer,
            columns,
            tier,
            has_address: peer != leaves,
        };
        let old = columns(0..8);
        let before = [stays, leaves, gone].map(|peer| custodian(peer, old, Tier::Custodian));
        let after = [
            custodian(stays, columns(0..16), Tier::Custodian),
            custodian(gone, old, Tier::Fallback),
            custodian(comes, columns(8..16), Tier::Custodian),
        ];
        let connected = [stays, leaves];
        let mut offered = Offered::new();
        assert_eq!(offers(&before, &connected, &mut offered).len(), 4);
        let changes = offers(&after, &connected, &mut offered);
        assert_eq!(
            summary(&changes),
            [
                (stays, "custodian"),
                (gone, "fallback"),
                (comes, "custodian"),
                (leaves, "fallback"),
            ]
        );
        assert_eq!(offered[&stays], (columns(0..16), Tier::Custodian));
        assert_eq!(offered[&leaves], (ColumnSet::ALL, Tier::Fallback));
        assert_eq!(summary(&offers(&after, &connected, &mut offered)), []);
        let changes = offers(&after[1..], &[], &mut offered);
        let mut left = summary(&changes);
        left.sort();
        let mut expected = [(stays, "withdrawn"), (leaves, "withdrawn")];
        expected.sort();
        assert_eq!(left, expected);
    }
}
