//! Single cells through a gateway that holds none, in a whole network.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use weft_custody::Assignments;
use weft_custody::Workers;
use weft_encoding::{
    CellCoord, ColumnIndex, Fault, Layout, MatrixCommitments, RowIndex, UnverifiedCell,
};
use weft_gateway::{CellError, CellSource, NodeCells};
use weft_network::Directory;
use weft_network::Refusal;
use weft_rollup_adapter::{DataAvailability, HttpClient, Trust, Wait};

use crate::config::OrdererConfig;
use crate::devnet::{Devnet, DevnetOptions};

const DEADLINE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_holds_nothing_gets_cells_from_custodians() {
    let folder = tempfile::tempdir().unwrap();
    let devnet = Devnet::start(DevnetOptions {
        data_dir: folder.path().to_owned(),
        validators: NonZeroUsize::new(4).unwrap(),
        gateways: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        orderer: OrdererConfig::solo(Duration::from_secs(1)),
        withholding: None,
    })
    .await
    .unwrap();
    let gateway = &devnet.gateways()[0];
    tokio::time::timeout(DEADLINE, gateway.readiness().wait())
        .await
        .unwrap();
    let url = format!("http://{}", gateway.api_addr().unwrap());
    let da = HttpClient::new(&url, Trust::from_genesis(devnet.genesis()).unwrap()).unwrap();
    let receipt = da
        .post(
            &"01".parse().unwrap(),
            Layout::Packed,
            "a batch".into(),
            Wait::Ordered,
        )
        .await
        .unwrap();
    let height = receipt.height().unwrap();

    let cells = NodeCells::new(
        gateway.custodian().clone(),
        gateway.network().clone(),
        Directory::from_genesis(gateway.ledger().genesis()).unwrap(),
        gateway.ledger().clone(),
        Assignments::default(),
        Workers::per_core(),
    );
    let commitments = MatrixCommitments::new(receipt.commitments()).unwrap();
    for (row, column) in [(0, 0), (0, 127), (1, 5)] {
        let column = ColumnIndex::new(column).unwrap();
        let coord = CellCoord {
            row: RowIndex::new(row).unwrap(),
            column,
        };
        let cell = tokio::time::timeout(DEADLINE, async {
            loop {
                match cells.cell(height, coord).await {
                    Ok(cell) => break cell,
                    // The proofs are made after the blob is certified.
                    Err(CellError::Refused(Refusal::NotYet)) => tokio::task::yield_now().await,
                    Err(error) => panic!("{coord:?}: {error}"),
                }
            }
        });
        let (cell, proof) = cell.await.unwrap();
        commitments
            .verify_cells(vec![UnverifiedCell { coord, cell, proof }])
            .unwrap();
    }

    let unknown = CellCoord {
        row: RowIndex::new(2).unwrap(),
        column: ColumnIndex::new(0).unwrap(),
    };
    let error = cells.cell(height, unknown).await.unwrap_err();
    assert_ne!(error.fault(), Fault::Local, "{error}");
    devnet.shutdown().await;
}
