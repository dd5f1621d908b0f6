//! Reads of withheld blobs: repaired up to the threshold, and failed above it.

use weft_encoding::{CellCoord, NonZeroPadding, RowIndex};
use weft_gateway::{ReadError, Route};
use weft_sampling::adversary::WorstPattern;

use super::*;

/// A pattern for a block of `rows` rows that touches more than 64 columns of the rows from `first`
/// to `first + own`.
fn pattern(rows: usize, percent: f64, first: usize, own: usize) -> Withholding {
    let touches = |seed: &u64| {
        let pattern = WorstPattern::new(rows, percent, *seed);
        let touched = ColumnIndex::all().filter(|&column| {
            (first..first + own).any(|row| {
                let row = RowIndex::new(row).unwrap();
                pattern.withholds(CellCoord { row, column })
            })
        });
        touched.count() > 64
    };
    let seed = (0..).find(touches).unwrap();
    println!("withholding {percent} % of {rows} rows from seed {seed}");
    Withholding { percent, seed }
}

/// Withholding validators, and a gateway without columns; block 1 has the blobs.
async fn network(withholding: Withholding, blobs: &[TestBlob]) -> TestNetwork {
    let mut network = TestNetwork::new();
    network.withholding = Some(withholding);
    for place in [0, 1, 2, 3, GATEWAY] {
        network.start(place).await;
    }
    for blob in blobs {
        network.disperse(blob).await;
    }
    network.order(blobs).await;
    network
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_threshold_a_single_row_is_repaired_from_cells() {
    let blobs = [TestBlob::new(namespace("row"), 1, 1)];
    let network = network(pattern(1, 40.0, 0, 1), &blobs).await;
    network.give_proofs(&blobs[0], 0..GATEWAY);
    let read = network.gateway().read(blobs[0].header.id()).await.unwrap();
    assert_eq!(read.batch.unwrap(), batch_of(&blobs[0]));
    assert_eq!(read.route, Route::Cells);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_is_no_batch_is_proven_so_from_cells_too() {
    let blobs = [TestBlob::malformed(namespace("no batch"), 8, 64)];
    let network = network(pattern(1, 40.0, 0, 1), &blobs).await;
    network.give_proofs(&blobs[0], 0..GATEWAY);
    let read = network.gateway().read(blobs[0].header.id()).await.unwrap();
    assert_eq!(read.route, Route::Cells);
    let malformed = read.batch.unwrap_err();
    assert_eq!(malformed.reason, NonZeroPadding { row: 0, byte: 64 });
    assert!(malformed.row == blobs[0].coded.rows()[0]);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_threshold_both_blobs_of_a_block_are_repaired_from_cells() {
    let blobs = [
        TestBlob::new(namespace("two"), 2, 2),
        TestBlob::new(namespace("three"), 3, 3),
    ];
    // 25 % of 1,280 cells are five of the six rows of 65 that cannot be repaired. Withheld in this
    // pattern, each blob misses more cells than it can repair by itself.
    let network = network(pattern(5, 25.0, 2, 3), &blobs).await;
    for blob in &blobs {
        network.give_proofs(blob, 0..GATEWAY);
    }
    let read = network.gateway().read(blobs[1].header.id()).await.unwrap();
    assert_eq!(read.batch.unwrap(), batch_of(&blobs[1]));
    assert_eq!(read.route, Route::Cells);
    let read = network.gateway().read(blobs[0].header.id()).await.unwrap();
    assert_eq!(read.batch.unwrap(), batch_of(&blobs[0]));
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_threshold_the_read_fails_and_names_its_figures() {
    let blobs = [TestBlob::new(namespace("gone"), 4, 2)];
    // The rectangle is 3 of 4 rows by 65 columns: 38 %.
    let withholding = pattern(2, 45.0, 0, 2);
    let network = network(withholding, &blobs).await;
    network.give_proofs(&blobs[0], 0..GATEWAY);
    let error = network
        .gateway()
        .read(blobs[0].header.id())
        .await
        .unwrap_err();
    println!("{error}");
    let text = error.to_string();
    let ReadError::Unrepairable {
        height,
        columns,
        cells,
        total_cells,
        refused,
        ..
    } = error
    else {
        panic!("{error}");
    };
    let withheld = WorstPattern::new(2, withholding.percent, withholding.seed).cells();
    assert_eq!((height, total_cells), (Height::new(1), 4 * 128));
    assert!(columns < 64 && cells < total_cells, "{text}");
    assert!((1..=withheld).contains(&refused), "{text}");
    for figure in [columns, cells, total_cells, refused] {
        assert!(text.contains(&figure.to_string()), "{text}");
    }
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_whose_proofs_come_during_the_read_are_asked_for_again() {
    let blobs = [
        TestBlob::new(namespace("late"), 5, 1),
        TestBlob::new(namespace("soon"), 6, 1),
    ];
    let network = network(pattern(2, 30.0, 0, 1), &blobs).await;
    // Each custodian has the proofs of only one blob, so some cells of every reply are served.
    network.give_proofs(&blobs[1], 0..GATEWAY);
    let reading = tokio::spawn({
        let (gateway, id) = (network.gateway().clone(), blobs[0].header.id());
        async move { gateway.read(id).await }
    });
    for place in 0..GATEWAY {
        until("a cell to be asked for", || {
            not_yet(network.node(place)) > 0.0
        })
        .await;
    }
    assert!(!reading.is_finished());
    network.give_proofs(&blobs[0], 0..GATEWAY);
    let read = timeout(PATIENCE, reading).await.unwrap().unwrap().unwrap();
    assert_eq!(read.batch.unwrap(), batch_of(&blobs[0]));
    assert_eq!(read.route, Route::Cells);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_that_never_come_end_the_read_before_its_deadline() {
    let blobs = [TestBlob::new(namespace("never"), 7, 1)];
    let mut network = network(pattern(1, 40.0, 0, 1), &blobs).await;
    network.stop(GATEWAY).await;
    network.config.not_yet_patience = Duration::from_millis(500);
    network.start(GATEWAY).await;
    let read = timeout(PATIENCE / 2, network.gateway().read(blobs[0].header.id()));
    let error = read.await.expect("in time").unwrap_err();
    assert!(matches!(error, ReadError::Unrepairable { .. }), "{error}");
    network.shutdown().await;
}

/// Number of cells that a node refused because it has no proofs yet.
fn not_yet(node: &Node) -> f64 {
    let families = node.registry().gather();
    let family = families.iter().find(|f| f.name().contains("refused_cells"));
    let metrics = family.map(|family| family.get_metric()).unwrap_or_default();
    let is_not_yet =
        |metric: &&prometheus::proto::Metric| metric.get_label()[0].value() == "not_yet";
    let counts = metrics.iter().filter(is_not_yet);
    counts.map(|metric| metric.get_counter().get_value()).sum()
}
