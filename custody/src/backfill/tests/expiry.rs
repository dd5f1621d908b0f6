//! A blob is retained as long as the block that needs it.

use weft_test_chain::namespace;

use super::*;

/// One poster's certificate expires as early as allowed; the block's parity cells need its cells.
#[tokio::test(flavor = "multi_thread")]
async fn innocent_blobs_are_sampled_to_the_latest_expiry_of_their_block() {
    let mut network = TestNetwork::new(4, 4);
    network.chain.genesis.retention_blocks = 8;
    for place in 0..4 {
        network.start(place, None).await;
    }
    let chain = &network.chain;
    let (short, long) = (
        TestBlob::new(namespace("short"), 1, 1),
        TestBlob::new(namespace("long"), 2, 2),
    );
    network.hold(chain, &short, &[0, 1, 2]).await;
    network.hold(chain, &long, &[0, 1, 2]).await;
    let certify = |(blob, expiry): (&TestBlob, u64)| {
        let header = &blob.header;
        chain.certify(header, Height::new(expiry))
    };
    let blobs: Vec<CertifiedBlob> = [(&short, 5), (&long, 13)].map(certify).into();
    let update = None;
    network.decide(chain, BlockBody { blobs, update }).await;
    for _ in 2..=8 {
        network.decide(chain, BlockBody::default()).await;
    }

    // A custodian without columns fetches both blobs, because block 1 is sampled up to height 13.
    network.backfill(3);
    network.member(3).complete(8).await;
    let owned = owned(&network.chain, &network.everyone, 3);
    assert!(network.member(3).has(&short, owned));
    assert!(network.member(3).has(&long, owned));

    let columns = first(owned, 2);
    let rows = (0..6).map(|row| RowIndex::new(row).unwrap());
    let coords: Vec<_> = rows
        .flat_map(|row| columns.iter().map(move |column| CellCoord { row, column }))
        .collect();
    let request = GetSamples {
        height: Height::new(1),
        coords: coords.clone(),
    };
    let replies = network.member(3).custodian.samples(request).await.unwrap();
    let cells = coords.into_iter().zip(replies).map(|(coord, reply)| {
        let SampleReply::Cell { cell, proof } = reply else {
            panic!("{coord:?}: {reply:?}");
        };
        UnverifiedCell { coord, cell, proof }
    });
    let headers = [&short.header, &long.header];
    let commitments: Vec<_> = headers.iter().flat_map(|h| h.commitments.clone()).collect();
    let matrix = MatrixCommitments::new(&commitments).unwrap();
    assert_eq!(matrix.verify_cells(cells.collect()).unwrap().len(), 12);
    network.shutdown().await;
}
