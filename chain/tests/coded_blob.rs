//! A blob header is enough to check the columns of a coded batch.

#![allow(clippy::unwrap_used)]

mod fixtures;

use fixtures::{blob, namespace};
use weft_chain::{BLOB_HEADER_VERSION, BlobHeader, Canonical, Fault, Layout};
use weft_encoding::{ColumnIndex, code_blob};

#[test]
fn columns_verify_under_the_decoded_header_and_under_no_other() {
    let batch = b"data is woven in two directions".repeat(5000);
    let rows = Layout::Packed.rows_from_batch(&batch).unwrap();
    let coded = code_blob(namespace(3).as_bytes(), rows).unwrap();
    let header = BlobHeader {
        version: BLOB_HEADER_VERSION,
        namespace: namespace(3),
        layout: Layout::Packed,
        byte_len: u64::try_from(batch.len()).unwrap(),
        commitments: coded.commitments().to_vec(),
        columns_root: coded.columns_root(),
    };
    header.validate().unwrap();
    assert_eq!(header.rows(), 2);

    let column = coded.column(ColumnIndex::new(100).unwrap());
    let verifier = BlobHeader::decode(&header.encode())
        .unwrap()
        .verifier()
        .unwrap();
    verifier.verify(column.clone()).unwrap();
    let other = BlobHeader {
        namespace: namespace(4),
        ..header
    };
    assert!(other.verifier().unwrap().verify(column).is_err());
}

#[test]
fn commitments_that_are_no_points_have_no_verifier() {
    let header = blob(namespace(1), 2, 1);
    header.validate().unwrap();
    assert_eq!(header.verifier().unwrap_err().fault(), Fault::Peer);
}
