//! The fast ways against the definitions, on random, zero, equal, extreme and sparse rows.

use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::algebra::{Domain, G1, G1Affine, Scalar, evaluate, msm, powers};
use crate::column::{BlobBinding, gamma};
use crate::eip7594::naive_cell_proof;
use crate::{
    COLUMNS, Cell, CellProof, ColumnIndex, ColumnVerifier, DATA_COLUMNS, ELEMENTS_PER_CELL,
    ELEMENTS_PER_EXTENDED_ROW, ELEMENTS_PER_ROW, MatrixCommitments, NAMESPACE_BYTES, Row, RowIndex,
    UnverifiedCell, blob_to_kzg_commitment, cell_proofs, code_blob, compute_cells,
    parity_cell_proofs, parity_cells, recover_cells, setup,
};

const NAMESPACE: [u8; NAMESPACE_BYTES] = [5; NAMESPACE_BYTES];

/// What a row is made of.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Random,
    Zero,
    OneElement,
    Largest,
    /// Zero and the largest element in turn: the largest sums and differences.
    Alternating,
    /// Few elements that are not zero.
    Sparse,
    /// Few bits to an element, as in text.
    Small,
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Random),
        Just(Kind::Zero),
        Just(Kind::OneElement),
        Just(Kind::Largest),
        Just(Kind::Alternating),
        Just(Kind::Sparse),
        Just(Kind::Small),
    ]
}

fn row(kind: Kind, seed: u64) -> Row {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut random = move || Scalar::from_bytes_be_reduced(&rng.random::<[u8; 48]>());
    let one = random();
    let elements: Vec<Scalar> = (0..ELEMENTS_PER_ROW)
        .map(|i| match kind {
            Kind::Random => random(),
            Kind::Zero => Scalar::ZERO,
            Kind::OneElement => one,
            Kind::Largest => -Scalar::ONE,
            Kind::Alternating if i % 2 == 0 => Scalar::ZERO,
            Kind::Alternating => -Scalar::ONE,
            Kind::Sparse if i % 997 == 5 => random(),
            Kind::Sparse => Scalar::ZERO,
            Kind::Small => Scalar::from_u64((i * i % 251) as u64),
        })
        .collect();
    Row::from_elements(&elements)
}

/// The coefficients by the definition of the inverse transform, 4096^2 multiplications.
fn naive_coefficients(row: &Row) -> Vec<Scalar> {
    let domain = Domain::of_size(ELEMENTS_PER_ROW);
    let mut values = vec![Scalar::ZERO; ELEMENTS_PER_ROW];
    for (place, element) in row.elements().into_iter().enumerate() {
        values[place.reverse_bits() >> (usize::BITS - 12)] = element;
    }
    domain
        .inverse_roots()
        .iter()
        .map(|x| evaluate(&values, *x) * domain.inverse_size())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn a_rows_coefficients_cells_and_recovered_cells_are_as_defined(
        kind in kinds(),
        seed in any::<u64>(),
        count in DATA_COLUMNS..=COLUMNS,
    ) {
        let row = row(kind, seed);
        let coefficients = naive_coefficients(&row);
        prop_assert!(row.coefficients() == coefficients, "coefficients");

        let cells = compute_cells(&row);
        let domain = Domain::of_size(ELEMENTS_PER_EXTENDED_ROW);
        for place in (0..ELEMENTS_PER_EXTENDED_ROW).step_by(411) {
            let element = cells[place / ELEMENTS_PER_CELL].elements()[place % ELEMENTS_PER_CELL];
            let expected = evaluate(&coefficients, domain.bit_reversed_root(place));
            prop_assert_eq!(element, expected, "element {}", place);
        }

        let mut columns: Vec<ColumnIndex> = ColumnIndex::all().collect();
        columns.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        columns.truncate(count);
        columns.sort_unstable();
        let known: Vec<Cell> = columns.iter().map(|c| cells[c.get()].clone()).collect();
        prop_assert!(recover_cells(&columns, &known).as_ref() == Ok(&cells), "recovery");
    }

    #[test]
    fn a_rows_commitment_and_proofs_are_as_defined(
        kind in kinds(),
        seed in any::<u64>(),
        column in 0..COLUMNS,
    ) {
        let row = row(kind, seed);
        let coefficients = row.coefficients();
        let commitment: G1 = setup::g1_monomial()
            .iter()
            .zip(&coefficients)
            .map(|(point, scalar)| point.to_jacobian() * *scalar)
            .sum();
        let found = blob_to_kzg_commitment(&row);
        prop_assert_eq!(*found.as_bytes(), commitment.compress());

        let proofs = cell_proofs(&row);
        for column in [column, 0, COLUMNS - 1].map(|c| ColumnIndex::new(c).expect("below 128")) {
            let expected = naive_cell_proof(&coefficients, column);
            prop_assert_eq!(proofs[column.get()], CellProof::from_affine(&expected));
        }
    }

    #[test]
    fn column_proofs_and_parity_proofs_are_sums_of_cell_proofs(
        kinds in prop::collection::vec(kinds(), 1..5),
        seed in any::<u64>(),
        column in 0..COLUMNS,
    ) {
        let n = kinds.len();
        // The same seed for all: rows of one kind are equal.
        let rows: Vec<Row> = kinds.iter().map(|kind| row(*kind, seed)).collect();
        let blob = code_blob(&NAMESPACE, rows.clone()).expect("1 to 4 rows");
        let column = ColumnIndex::new(column).expect("below 128");
        let proofs: Vec<CellProof> = rows.iter().map(|row| cell_proofs(row)[column.get()]).collect();
        let points: Vec<G1Affine> = proofs.iter().map(|p| p.to_point().expect("own proof")).collect();

        let binding = BlobBinding {
            namespace: NAMESPACE,
            commitments: blob.commitments().to_vec(),
            columns_root: blob.columns_root(),
        };
        let expected = msm(&points, &powers(gamma(&binding), n));
        let unverified = blob.column(column);
        prop_assert_eq!(*unverified.proof.as_bytes(), expected.compress());
        let verifier = ColumnVerifier::new(&NAMESPACE, blob.commitments(), blob.columns_root());
        prop_assert!(verifier.expect("own commitments").verify(unverified.clone()).is_ok());

        // Parity cells and proofs are those of the parity rows, and verify with the others.
        let mut cells = unverified.column.cells;
        cells.extend(parity_cells(&cells));
        let mut all_proofs = proofs.clone();
        all_proofs.extend(parity_cell_proofs(&proofs).expect("own proofs"));
        let claims: Vec<UnverifiedCell> = cells
            .into_iter()
            .zip(all_proofs)
            .enumerate()
            .map(|(row, (cell, proof))| UnverifiedCell {
                coord: crate::CellCoord { row: RowIndex::new(row).expect("below 8"), column },
                cell,
                proof,
            })
            .collect();
        let matrix = MatrixCommitments::new(blob.commitments()).expect("own commitments");
        prop_assert!(matrix.verify_cells(claims.clone()).is_ok());
        let mut forged = claims;
        let last = forged.len() - 1;
        forged[last].proof = CellProof::from_point(&(expected + G1::generator()));
        prop_assert!(matrix.verify_cells(forged).is_err());
    }
}
