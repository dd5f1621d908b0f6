//! Final headers whose rows are not those of the blobs that they list, as only a dishonest quorum
//! makes them: light clients would sample something else, and find it available.

use weft_chain::{
    BlockHeader, Commitment, CommitmentsProof, CommitmentsProofError, Height, commitments_root,
};
use weft_encoding::{Fault, Layout};
use weft_rollup_adapter::{
    api::{Encoded, NamespaceBlobsDto, ReceiptDto},
    verify::{NamespaceListError, ReceiptError, verify_namespace_list, verify_receipt},
};
use weft_test_chain::GrowingChain;

use crate::chain::{Blob, ServedChain, namespace, new_chain};

const NAMESPACE: &str = "0a11ce";

/// A block with a blob of the namespace at row 1, of two rows, and one beside it at row 3.
fn fixture() -> (GrowingChain, Vec<Blob>) {
    forged_fixture(|_| {})
}

/// The same, with the header changed before it was signed.
fn forged_fixture(forge: impl FnOnce(&mut BlockHeader)) -> (GrowingChain, Vec<Blob>) {
    let mut chain = new_chain("weft-test");
    let blobs = [("01", 10), (NAMESPACE, 130_000), (NAMESPACE, 20)]
        .map(|(name, len)| chain.blob(&namespace(name), Layout::Packed, vec![1; len]));
    chain.push_blobs_changed(blobs.each_ref().map(Blob::certified_blob).into(), forge);
    (chain, blobs.into())
}

/// The receipt of the blob of two rows, and the namespace's list, with this proof in both.
fn answers(
    chain: &GrowingChain,
    blob: &Blob,
    proof: Option<&CommitmentsProof>,
) -> (ReceiptDto, NamespaceBlobsDto) {
    let mut receipt = chain.receipt(blob, Some(1));
    let mut list = chain.list(&namespace(NAMESPACE), 1, 1);
    if let Some(proof) = proof {
        receipt.commitments_proof = Some(Encoded(proof.clone()));
        list.blocks[0].commitments_proof = Some(Encoded(proof.clone()));
    }
    (receipt, list)
}

fn verify(
    chain: &GrowingChain,
    blob: &Blob,
    (receipt, list): (ReceiptDto, NamespaceBlobsDto),
) -> (Option<ReceiptError>, Option<NamespaceListError>) {
    let (trust, range) = (chain.trust(), (Height::FIRST, Height::FIRST));
    let receipt = verify_receipt(&trust, Some(&blob.header.id()), receipt);
    let list = verify_namespace_list(&trust, &namespace(NAMESPACE), range, None, list);
    (receipt.err(), list.err())
}

/// Both are refused, with the true proof and with those that the forger makes.
fn assert_refused(
    forge: impl FnOnce(&mut BlockHeader),
    proofs: &[CommitmentsProof],
    expected: impl Fn(&CommitmentsProofError) -> bool,
) {
    let (chain, blobs) = forged_fixture(forge);
    for proof in proofs.iter().map(Some).chain([None]) {
        let of = verify(&chain, &blobs[1], answers(&chain, &blobs[1], proof));
        let (Some(receipt), Some(list)) = of else {
            panic!("taken with {proof:?}");
        };
        assert_eq!((receipt.fault(), list.fault()), (Fault::Peer, Fault::Peer));
        match (&receipt, &list) {
            (ReceiptError::Commitments(of_receipt), NamespaceListError::Commitments(of_list)) => {
                assert!(expected(of_receipt), "{of_receipt}");
                assert!(expected(of_list), "{of_list}");
            }
            (ReceiptError::Header(_), NamespaceListError::Header(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_true_block_shows_its_blobs_commitments() {
    let (chain, blobs) = fixture();
    let (receipt, list) = verify(&chain, &blobs[1], answers(&chain, &blobs[1], None));
    assert!(receipt.is_none() && list.is_none(), "{receipt:?}, {list:?}");
}

#[test]
fn a_final_header_with_no_rows_under_a_listed_blob_is_refused() {
    let nothing = CommitmentsProof::of_blob(&[], 0..0);
    assert_refused(
        |header| {
            header.rows = 0;
            header.commitments_root = commitments_root(&[]);
        },
        &[nothing],
        |error| matches!(error, CommitmentsProofError::RowsOutOfRange { rows: 0, .. }),
    );
}

#[test]
fn a_final_header_over_other_commitments_than_the_listed_blobs_is_refused() {
    let others: Vec<Commitment> = (0..4).map(|i| Commitment::from_bytes([i; 48])).collect();
    let proofs = [
        CommitmentsProof::of_blob(&others, 1..3),
        CommitmentsProof::of_blob(&others, 1..4),
    ];
    assert_refused(
        |header| header.commitments_root = commitments_root(&others),
        &proofs,
        |error| {
            matches!(
                error,
                CommitmentsProofError::WrongRoot { .. }
                    | CommitmentsProofError::WrongSiblings { .. }
            )
        },
    );
}

#[test]
fn a_final_header_whose_rows_end_within_a_listed_blob_is_refused() {
    let (chain, _) = fixture();
    let commitments = chain.block(1).body.commitments();
    let proof = CommitmentsProof::of_blob(&commitments[..2], 1..2);
    assert_refused(
        |header| {
            header.rows = 2;
            header.commitments_root = commitments_root(&commitments[..2]);
        },
        &[proof],
        |error| matches!(error, CommitmentsProofError::RowsOutOfRange { rows: 2, .. }),
    );
}

#[test]
fn a_final_header_with_more_rows_than_its_commitments_is_refused() {
    assert_refused(
        |header| header.rows = 5,
        &[],
        |error| {
            matches!(
                error,
                CommitmentsProofError::WrongRoot { .. }
                    | CommitmentsProofError::WrongSiblings { .. }
            )
        },
    );
}

#[test]
fn answers_without_the_proof_or_with_one_of_nothing_are_refused_by_name() {
    let (chain, blobs) = fixture();
    let (mut receipt, mut list) = answers(&chain, &blobs[1], None);
    receipt.commitments_proof = None;
    list.blocks[0].commitments_proof = None;
    let (receipt, list) = verify(&chain, &blobs[1], (receipt, list));
    let field = "inclusion";
    assert!(matches!(receipt, Some(ReceiptError::Inconsistent { field: of }) if of == field));
    let field = "commitments_proof";
    assert!(
        matches!(list, Some(NamespaceListError::Inconsistent { field: of, .. }) if of == field)
    );

    let mut list = chain.list(&namespace("ff"), 1, 1);
    let nothing = CommitmentsProof::of_blob(&chain.block(1).body.commitments(), 0..0);
    list.blocks[0].commitments_proof = Some(Encoded(nothing));
    let range = (Height::FIRST, Height::FIRST);
    let list = verify_namespace_list(&chain.trust(), &namespace("ff"), range, None, list);
    assert!(matches!(list, Err(NamespaceListError::Inconsistent { field: of, .. }) if of == field));

    let mut receipt = chain.receipt(&blobs[1], None);
    receipt.commitments_proof = chain.receipt(&blobs[1], Some(1)).commitments_proof;
    let receipt = verify_receipt(&chain.trust(), None, receipt);
    assert!(matches!(receipt, Err(ReceiptError::Inconsistent { .. })));
}
