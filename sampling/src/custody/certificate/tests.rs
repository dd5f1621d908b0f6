#![allow(clippy::unwrap_used)]

use rand::{Rng, SeedableRng, seq::index};
use rand_chacha::ChaCha20Rng;

use super::{super::coverage::check_exactly, *};

/// Every column's holders, drawn at random; some columns have fewer.
fn random_holders(validators: usize, rng: &mut impl Rng) -> Vec<Vec<usize>> {
    let replication = rng.random_range(1..=validators);
    (0..COLUMNS)
        .map(|_| {
            let holders = rng.random_range(replication.div_ceil(2)..=replication);
            index::sample(rng, validators, holders).into_vec()
        })
        .collect()
}

fn stakes(validators: usize, rng: &mut impl Rng) -> Vec<u64> {
    let skew = rng.random_range(0..=20);
    (0..validators)
        .map(|_| rng.random_range(1..=9) << rng.random_range(0..=skew))
        .collect()
}

#[test]
fn agrees_with_looking_at_every_set() {
    let seed = 31;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut seen = [0; 2];
    for round in 0..400 {
        let validators = rng.random_range(1..=12);
        let (stakes, holders) = (
            stakes(validators, &mut rng),
            random_holders(validators, &mut rng),
        );
        let columns = super::super::columns_of(&holders, validators);
        let covered = check_exactly(&stakes, &holders).is_some();
        seen[usize::from(covered)] += 1;
        match certify(&stakes, &columns, usize::MAX) {
            Finding::Covered { .. } => assert!(covered, "seed {seed}, round {round}"),
            Finding::Violated => assert!(!covered, "seed {seed}, round {round}"),
            Finding::Open => panic!("seed {seed}, round {round}: any number of cases suffices"),
        }
    }
    assert!(seen.iter().all(|&n| n > 50), "{seen:?}");
}

/// The bound by itself, without a division into cases, where it is nearly too weak.
#[test]
fn one_case_shows_only_what_holds() {
    let seed = 32;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut shown = 0;
    for round in 0..60 {
        let validators = rng.random_range(13..=16);
        let stakes = stakes(validators, &mut rng);
        let holders = random_holders(validators, &mut rng);
        let columns = super::super::columns_of(&holders, validators);
        if certify(&stakes, &columns, 1) == (Finding::Covered { cases: 1 }) {
            shown += 1;
            assert!(
                check_exactly(&stakes, &holders).is_some(),
                "seed {seed}, round {round}"
            );
        }
    }
    assert!(shown > 5, "{shown}");
}

#[test]
fn exactly_a_third_is_not_more_than_a_third() {
    // Each of three holds 42 or 43 columns alone; any two hold at least 85.
    let thirds: Vec<Vec<usize>> = (0..COLUMNS).map(|c| vec![c % 3]).collect();
    let columns = super::super::columns_of(&thirds, 3);
    assert!(matches!(
        certify(&[9, 9, 9], &columns, 8),
        Finding::Covered { .. }
    ));
    assert_eq!(certify(&[9, 8, 8], &columns, 8), Finding::Violated);
}

#[test]
fn everybody_holding_everything_is_one_case() {
    for validators in [1, 2, 1024] {
        let columns = vec![ColumnSet::ALL; validators];
        let stakes: Vec<u64> = (1..=validators as u64).collect();
        assert_eq!(certify(&stakes, &columns, 1), Finding::Covered { cases: 1 });
    }
    let columns = [ColumnSet::ALL; 2];
    assert_eq!(
        certify(&[u64::MAX, 1], &columns, 1),
        Finding::Covered { cases: 1 }
    );
}

#[test]
fn too_few_cases_show_nothing() {
    let columns = [ColumnSet::ALL; 4];
    assert_eq!(certify(&[1; 4], &columns, 0), Finding::Open);
}

#[test]
fn positive_definite_matrices_are_told_from_others() {
    let lower = |rows: &[&[f64]]| -> Vec<f64> {
        let size = rows.len();
        let mut matrix = vec![0.0; size * size];
        for (i, row) in rows.iter().enumerate() {
            matrix[i * size..i * size + row.len()].copy_from_slice(row);
        }
        matrix
    };
    for (rows, expected) in [
        (&[&[1.0][..]][..], true),
        (&[&[0.0][..]][..], false),
        (&[&[f64::NAN][..]][..], false),
        (&[&[2.0][..], &[1.0, 2.0]][..], true),
        (&[&[1.0][..], &[2.0, 1.0]][..], false),
        (&[&[1.0][..], &[1.0, 1.0]][..], false),
        (&[&[4.0][..], &[2.0, 3.0], &[-2.0, 1.0, 4.0]][..], true),
        (&[&[4.0][..], &[2.0, 3.0], &[-2.0, 1.0, 2.0]][..], false),
    ] {
        let matrix = lower(rows);
        assert_eq!(
            is_positive_definite(matrix, rows.len()),
            expected,
            "{rows:?}"
        );
    }
}

/// A circle: column c is held by the validators c to c + r - 1 of 128. Its singular values are known,
/// |sin(pi k r / 128) / (r sin(pi k / 128))|, and with them the s from which on Z is definite.
#[test]
fn the_bound_turns_at_the_second_singular_value() {
    for replication in [3usize, 7, 20, 64] {
        let columns: Vec<ColumnSet> = (0..COLUMNS)
            .map(|v| {
                (0..replication)
                    .map(|i| (v + COLUMNS - i) % COLUMNS)
                    .map(|c| weft_encoding::ColumnIndex::new(c).unwrap())
                    .collect()
            })
            .collect();
        let case = Case {
            open: ColumnSet::ALL,
            stake: 0,
            undecided: (0..COLUMNS).collect(),
        };
        let weights = Weights::new(&case, &[5; COLUMNS], &columns);
        let angle = core::f64::consts::PI / COLUMNS as f64;
        let second = (replication as f64 * angle).sin() / (replication as f64 * angle.sin());
        let definite = |s: f64| is_positive_definite(weights.z(s), COLUMNS);
        assert!(definite(second * second + 1e-9), "{replication}");
        assert!(!definite(second * second - 1e-9), "{replication}");
    }
}
