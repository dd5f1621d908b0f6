use weft_chain::{BlobId, Height};
use weft_encoding::{CellProof, ColumnIndex, KzgProof};
use weft_test_chain::{TestBlob, namespace, row, unsigned_blob};

use super::*;
use crate::store::StoreError;

fn column(index: usize) -> ColumnIndex {
    ColumnIndex::new(index).unwrap()
}

#[test]
fn columns_come_back_as_they_were_dispersed() {
    let folder = Folder::new();
    let blobs: Vec<TestBlob> = [1, 2, 9, 16, 33]
        .into_iter()
        .map(|rows| TestBlob::new(namespace("a"), rows as u64, rows))
        .collect();
    let held = [0, 1, 63, 64, 127].map(column);
    let store = folder.open();
    for blob in &blobs {
        store
            .put_columns(&blob.header, Height::new(9), blob.verified(held))
            .unwrap();
    }
    drop(store);

    let store = folder.open();
    for blob in &blobs {
        let id = blob.header.id();
        assert_eq!(store.blob_header(&id).unwrap().unwrap(), blob.header);
        assert_eq!(
            store.held_columns(&id).unwrap().iter().collect::<Vec<_>>(),
            held
        );
        for index in ColumnIndex::all() {
            let stored = store.column(&id, index).unwrap();
            let cell = store.cell(&id, index, blob.header.rows() - 1).unwrap();
            if held.contains(&index) {
                let expected = blob.coded.column(index);
                assert_eq!(cell.as_ref(), expected.column.cells.last());
                assert_eq!(stored.unwrap(), expected);
            } else {
                assert_eq!((stored, cell), (None, None));
            }
        }
        for (place, cell) in blob
            .coded
            .column(held[1])
            .column
            .cells
            .into_iter()
            .enumerate()
        {
            assert_eq!(store.cell(&id, held[1], place).unwrap(), Some(cell));
        }
        for outside in [blob.header.rows(), 64, 255, 256, usize::MAX] {
            assert_eq!(store.cell(&id, held[1], outside).unwrap(), None);
        }
    }
}

#[test]
fn columns_can_be_put_again_and_one_by_one() {
    let folder = Folder::new();
    let store = folder.open();
    let blob = TestBlob::new(namespace("a"), 1, 2);
    let id = blob.header.id();
    for index in [5, 6, 5].map(column) {
        store
            .put_columns(&blob.header, Height::new(9), blob.verified([index]))
            .unwrap();
    }
    store
        .put_columns(&blob.header, Height::new(4), Vec::new())
        .unwrap();
    assert_eq!(store.held_columns(&id).unwrap().len(), 2);
    assert_eq!(
        store.column(&id, column(5)).unwrap(),
        Some(blob.coded.column(column(5)))
    );
    assert_eq!(store.expiry(&id).unwrap(), Some(Height::new(9)));
}

#[test]
fn columns_of_another_blob_are_refused() {
    let store = Folder::new().open();
    let (one, other) = (
        TestBlob::new(namespace("a"), 1, 1),
        TestBlob::new(namespace("a"), 2, 1),
    );
    let error = store
        .put_columns(&one.header, Height::new(9), other.verified([column(0)]))
        .unwrap_err();
    assert!(
        matches!(error, StoreError::ForeignColumn { .. }),
        "{error:?}"
    );
    assert!(store.held_columns(&one.header.id()).unwrap().is_empty());
}

#[test]
fn cell_proofs_need_their_blob_and_one_a_row() {
    let folder = Folder::new();
    let store = folder.open();
    let blob = unsigned_blob(namespace("a"), 1, 3);
    let header = &blob.header;
    let proofs: Vec<CellProof> = (0..3)
        .map(|byte| CellProof::from_bytes([byte; 48]))
        .collect();
    let id = header.id();
    let error = store
        .put_cell_proofs(&id, vec![(column(3), proofs.clone())])
        .unwrap_err();
    assert!(matches!(error, StoreError::UnknownBlob { blob } if blob == id));
    store.put_certified(&blob).unwrap();
    let error = store
        .put_cell_proofs(
            &id,
            vec![(column(2), proofs.clone()), (column(3), proofs[1..].into())],
        )
        .unwrap_err();
    assert!(matches!(
        error,
        StoreError::ProofCount {
            found: 2,
            expected: 3
        }
    ));
    assert_eq!(store.cell_proofs(&id, column(2)).unwrap(), None);
    store
        .put_cell_proofs(&id, vec![(column(3), proofs.clone())])
        .unwrap();
    drop(store);

    let store = folder.open();
    assert_eq!(store.cell_proofs(&id, column(3)).unwrap(), Some(proofs));
    assert_eq!(store.cell_proofs(&id, column(2)).unwrap(), None);
    assert_eq!(
        store
            .cell_proofs(&BlobId::from_bytes([0; 32]), column(3))
            .unwrap(),
        None
    );
}

#[test]
fn the_spool_keeps_rows_until_they_are_removed() {
    let folder = Folder::new();
    let store = folder.open();
    let (one, other) = (BlobId::from_bytes([1; 32]), BlobId::from_bytes([2; 32]));
    let rows = [row(1), row(2), row(3)];
    store.put_spool(&one, &rows).unwrap();
    store.put_spool(&other, &rows[..1]).unwrap();
    store.put_spool(&other, &rows[..1]).unwrap();
    drop(store);

    let store = folder.open();
    assert_eq!(store.spooled().unwrap(), [one, other]);
    assert_eq!(store.spool(&one).unwrap().unwrap(), rows);
    store.remove_spool(&one).unwrap();
    store.remove_spool(&one).unwrap();
    assert_eq!(store.spool(&one).unwrap(), None);
    assert_eq!(store.spool(&other).unwrap().unwrap(), rows[..1]);
    assert_eq!(store.spooled().unwrap(), [other]);
}

#[test]
fn kzg_proofs_come_back() {
    let folder = Folder::new();
    let (id, other) = (BlobId::from_bytes([1; 32]), BlobId::from_bytes([2; 32]));
    let proofs: Vec<KzgProof> = (0..5)
        .map(|byte| KzgProof::from_bytes([byte; 48]))
        .collect();
    folder.open().put_kzg_proofs(&id, &proofs).unwrap();
    let store = folder.open();
    assert_eq!(store.kzg_proofs(&id).unwrap(), Some(proofs));
    assert_eq!(store.kzg_proofs(&other).unwrap(), None);
}

#[test]
fn what_expires_is_found_by_height() {
    let store = Folder::new().open();
    let headers: Vec<_> = (0..4)
        .map(|seed| unsigned_blob(namespace("a"), seed, 1).header)
        .collect();
    for (header, expiry) in headers.iter().zip([300, 5, 70_000, 5]) {
        store
            .put_columns(header, Height::new(expiry), Vec::new())
            .unwrap();
    }
    let expired = |height, limit| store.expired(Height::new(height), limit).unwrap();
    assert_eq!(expired(5, 10), []);
    let mut early = expired(6, 10);
    early.sort_unstable();
    let mut expected = vec![headers[1].id(), headers[3].id()];
    expected.sort_unstable();
    assert_eq!(early, expected);
    assert_eq!(expired(6, 1).len(), 1);
    assert_eq!(
        expired(u64::MAX, 10)[2..],
        [headers[0].id(), headers[2].id()]
    );

    // A later expiry moves the entry; an earlier one does not.
    store
        .put_columns(&headers[1], Height::new(400), Vec::new())
        .unwrap();
    store
        .put_columns(&headers[3], Height::new(2), Vec::new())
        .unwrap();
    assert_eq!(expired(6, 10), [headers[3].id()]);
    assert_eq!(
        expired(401, 10),
        [headers[3].id(), headers[0].id(), headers[1].id()]
    );
}
