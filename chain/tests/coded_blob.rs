//! A blob header is enough to check the columns of a coded batch.

#![allow(clippy::unwrap_used)]

use weft_chain::{BlobHeader, Canonical, Fault, Layout};
use weft_encoding::ColumnIndex;
use weft_test_chain::{TestBlob, header, namespace};

#[test]
fn columns_verify_under_the_decoded_header_and_under_no_other() {
    let batch = b"data is woven in two directions".repeat(5000);
    let TestBlob { header, coded } = TestBlob::of_batch(namespace("one"), Layout::Packed, &batch);
    header.validate().unwrap();
    assert_eq!(header.rows(), 2);

    let column = coded.column(ColumnIndex::new(100).unwrap());
    let verifier = BlobHeader::decode(&header.encode())
        .unwrap()
        .verifier()
        .unwrap();
    verifier.verify(column.clone()).unwrap();
    let other = BlobHeader {
        namespace: namespace("other"),
        ..header
    };
    assert!(other.verifier().unwrap().verify(column).is_err());
}

#[test]
fn commitments_that_are_no_points_have_no_verifier() {
    let header = header(1, 1, 2);
    header.validate().unwrap();
    assert_eq!(header.verifier().unwrap_err().fault(), Fault::Peer);
}
