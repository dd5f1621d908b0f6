//! Reads from honest custodians.

use weft_encoding::{DATA_COLUMNS, Fault};
use weft_gateway::{ReadError, Route};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_blobs_in_one_block_are_read_with_two_of_four_validators_down() {
    let mut network = TestNetwork::started([0, 1, 2, 3, GATEWAY]).await;
    let blobs = [
        TestBlob::new(namespace("one"), 1, 2),
        TestBlob::new(namespace("two"), 2, 1),
    ];
    for blob in &blobs {
        network.disperse(blob).await;
        network.give_proofs(blob, 0..GATEWAY);
    }
    network.order(&blobs).await;
    network.stop(1).await;
    network.stop(2).await;
    for blob in &blobs {
        let read = network.gateway().read(blob.header.id()).await.unwrap();
        assert_eq!(read.batch.unwrap(), batch_of(blob));
        assert_eq!(read.route, Route::Columns);
    }
    // With a third one down, 32 columns are left, and no cells of the others.
    network.stop(3).await;
    let error = network
        .gateway()
        .read(blobs[0].header.id())
        .await
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Retry);
    let ReadError::Unrepairable {
        columns,
        total_cells,
        refused,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!((columns, total_cells, refused), (32, 2 * 3 * 128, 0));
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_no_block_has_is_read_by_columns_or_not_at_all() {
    let mut network = TestNetwork::started([0, 1, GATEWAY]).await;
    let blob = TestBlob::new(namespace("early"), 3, 1);
    let id = blob.header.id();
    let unknown = network.gateway().read(id).await.unwrap_err();
    assert!(matches!(unknown, ReadError::UnknownBlob(of) if of == id));
    assert_eq!(unknown.fault(), Fault::Caller);

    network.disperse(&blob).await;
    let store = network.node(GATEWAY).store();
    store.put_certified(&network.certified(&blob)).unwrap();
    let read = network.gateway().read(id).await.unwrap();
    assert_eq!(read.batch.unwrap(), batch_of(&blob));
    network.stop(1).await;
    let error = network.gateway().read(id).await.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::TooFewColumns {
                had: 32,
                needed: DATA_COLUMNS,
                ..
            }
        ),
        "{error}"
    );
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_columns_root_is_no_other_batch_by_any_way_of_reading() {
    let network = TestNetwork::started([0, 1, 2, 3, GATEWAY]).await;
    let assignment = network.assignment();
    // One of validator 3's columns has a false root, so it does not sign; the others are a quorum.
    let spoiled = assignment.columns_of(index(3)).iter().next().unwrap();
    let blob = TestBlob::misnamed(namespace("misnamed"), 9, 2, &[spoiled]);
    let id = blob.header.id();
    let request = |place| DisperseRequest {
        header: blob.header.clone(),
        validator_set_root: network.chain.set.root(),
        expiry: Height::new(100),
        columns: assignment
            .columns_of(index(place))
            .iter()
            .map(|c| blob.coded.column(c))
            .collect(),
    };
    for place in [0, 1, 2] {
        let custodian = network.node(place).custodian();
        custodian.disperse(request(place)).await.unwrap();
    }
    let refused = network.node(3).custodian().disperse(request(3)).await;
    assert_eq!(refused.unwrap_err().fault(), Fault::Peer);
    network.give_proofs(&blob, 0..3);
    network.order(std::slice::from_ref(&blob)).await;

    let read = network.gateway().read(id).await.unwrap();
    assert_eq!(read.batch, Ok(batch_of(&blob)));
    assert_eq!(read.route, Route::Columns);

    // Without a third custodian there are too few columns, and single cells give the same rows.
    let mut network = network;
    network.stop(0).await;
    network.stop(1).await;
    let cells = assignment.columns_of(index(3)).iter().map(|column| {
        let cells = blob.coded.column(column).column;
        let proofs = blob.cell_proofs();
        let proofs = proofs.iter().map(|row| row[column.get()]).collect();
        (cells, (column, proofs))
    });
    let (columns, proofs): (Vec<_>, Vec<_>) = cells.unzip();
    let store = network.node(3).store();
    store
        .put_repaired_columns(&blob.header, Height::new(100), columns)
        .unwrap();
    store.put_cell_proofs(&id, proofs).unwrap();
    let read = network.gateway().read(id).await.unwrap();
    assert_eq!(read.batch, Ok(batch_of(&blob)));
    assert_eq!(read.route, Route::Cells);
    network.shutdown().await;
}
