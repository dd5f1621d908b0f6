//! Rows from columns.

use proptest::prelude::*;
use rand::seq::SliceRandom;

use super::*;
use crate::RepairError;
use crate::fixtures::seeded;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn any_64_columns_give_the_rows(n in 1usize..4, extra in 0usize..3, seed in any::<u64>()) {
        let rows = random_rows(n, seed);
        let blob = code_blob(&NAMESPACE, rows.clone()).unwrap();
        let verifier = verifier(&blob);
        let mut columns = all_columns(&blob);
        columns.shuffle(&mut seeded(seed));
        columns.truncate(64 + extra);
        let mut verified = verifier.verify_batch(columns).unwrap();
        prop_assert!(verifier.repair_rows(&verified).unwrap() == rows, "the rows differ");

        verified.truncate(63);
        verified.push(verified[0].clone());
        prop_assert_eq!(
            verifier.repair_rows(&verified).unwrap_err(),
            RepairError::NotEnoughColumns { found: 63, need: 64 }
        );
    }
}

#[test]
fn columns_of_another_blob_are_refused() {
    let rows = random_rows(2, 80);
    let blob = code_blob(&NAMESPACE, rows.clone()).unwrap();
    let other = code_blob(&[8; NAMESPACE_BYTES], rows).unwrap();
    let other_verifier = ColumnVerifier::new(
        &[8; NAMESPACE_BYTES],
        other.commitments(),
        other.columns_root(),
    )
    .unwrap();
    let mut verified = verifier(&blob).verify_batch(all_columns(&blob)).unwrap();
    verified[9] = other_verifier.verify(other.column(at(9))).unwrap();
    assert_eq!(
        verifier(&blob).repair_rows(&verified).unwrap_err(),
        RepairError::ForeignColumn { column: at(9) }
    );
    // Another verifier of the same blob is no other blob.
    let again = verifier(&blob).verify(blob.column(at(9))).unwrap();
    verified[9] = again;
    assert!(verifier(&blob).repair_rows(&verified).is_ok());
}
