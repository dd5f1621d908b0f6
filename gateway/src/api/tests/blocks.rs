//! Headers, bodies and single cells.

use std::sync::Arc;

use prometheus::Registry;
use serde_json::{Value, json};
use weft_chain::{BlockBody, Canonical, Height};
use weft_custody::{Custodian, CustodianMetrics, CustodianOptions};
use weft_encoding::{
    Cell, CellCoord, CellProof, ColumnIndex, MatrixCommitments, RowIndex, UnverifiedCell,
};
use weft_gateway_api::{BlockBodyDto, CellDto, ProblemKind};
use weft_ledger::Ledger;
use weft_rollup_adapter::DataAvailability;
use weft_test_chain::{TestBlob, namespace};

use super::{TestServer, assert_problem};
use crate::CellSource;

#[tokio::test]
async fn a_chain_without_a_block_has_no_latest() {
    let server = TestServer::start().await;
    let response = server.get("/v1/blocks/latest").await;
    assert_problem(
        response,
        404,
        ProblemKind::UnknownBlock,
        json!("latest"),
        json!(0),
    )
    .await;
    assert!(server.client().head().await.unwrap().is_none());
}

#[tokio::test]
async fn headers_and_bodies_are_served_and_verify() {
    let server = TestServer::start().await;
    for batch in ["one", "two"] {
        assert_eq!(server.post("?namespace=01", batch).await.status(), 200);
    }
    let height = server.decide().await;
    server.decide().await;

    let client = server.client();
    assert_eq!(client.head().await.unwrap().unwrap().height, Height::new(2));
    let header = client.header(Height::new(height)).await.unwrap().unwrap();
    assert_eq!(header.rows, 2);
    let plain: Value = server.get("/v1/blocks/1").await.json().await.unwrap();
    assert_eq!(plain["height"], 1);
    assert_eq!(plain["hash"], header.hash().to_string());
    assert_eq!(plain["time"], header.time);
    assert_eq!(plain["rows"], 2);

    let body: BlockBodyDto = server.get("/v1/blocks/1/body").await.json().await.unwrap();
    assert_eq!(body.blobs.len(), 2);
    assert_eq!(body.blobs[1].first_row, 1);
    let decoded = BlockBody::decode(&body.encoded.0.encode()).unwrap();
    assert_eq!(decoded.root(), header.body_root);
}

#[tokio::test]
async fn heights_that_are_not_there_are_named() {
    let server = TestServer::start().await;
    server.decide().await;
    for path in [
        "/v1/blocks/9",
        "/v1/blocks/9/body",
        "/v1/blocks/9/cells/0/0",
    ] {
        let response = server.get(path).await;
        assert_problem(response, 404, ProblemKind::UnknownBlock, json!(9), json!(1)).await;
    }
    for path in [
        "/v1/blocks/last",
        "/v1/blocks/-1/body",
        "/v1/blocks/1/cells/x/0",
    ] {
        assert_eq!(server.get(path).await.status(), 400, "{path}");
    }
    let response = server.get("/v1/blocks/1/cells/0/0").await;
    assert_problem(response, 404, ProblemKind::UnknownCell, json!(0), json!(0)).await;
    assert!(
        server
            .client()
            .header(Height::new(9))
            .await
            .unwrap()
            .is_none()
    );
}

/// A real custodian over the server's store.
fn custodian(ledger: &Ledger) -> Arc<dyn CellSource> {
    let metrics = CustodianMetrics::register(&Registry::new()).unwrap();
    Arc::new(Custodian::new(CustodianOptions::new(
        ledger.genesis(),
        ledger.store().clone(),
        ledger.validator_sets().clone(),
        metrics,
    )))
}

#[tokio::test]
async fn cells_of_rows_and_parity_rows_verify() {
    let server = TestServer::with(|_| {}, Some(custodian)).await;
    let (chain, store) = (&server.service.chain, &server.service.store);
    let blob = TestBlob::new(namespace("cells"), 11, 2);
    let column = ColumnIndex::new(77).unwrap();
    store
        .put_columns(&blob.header, Height::new(50), blob.verified([column]))
        .unwrap();
    store
        .put_certified(&chain.certify(&blob.header, Height::new(50)))
        .unwrap();
    server.decide().await;

    let response = server.get("/v1/blocks/1/cells/0/77").await;
    assert_problem(response, 503, ProblemKind::NotYet, Value::Null, Value::Null).await;
    let proofs: Vec<CellProof> = blob.cell_proofs().iter().map(|row| row[77]).collect();
    store
        .put_cell_proofs(&blob.header.id(), vec![(column, proofs)])
        .unwrap();

    let commitments = MatrixCommitments::new(&blob.header.commitments).unwrap();
    for row in 0..4 {
        let path = format!("/v1/blocks/latest/cells/{row}/77");
        let dto: CellDto = server.get(&path).await.json().await.unwrap();
        assert_eq!((dto.height, dto.row, dto.column), (1, row, 77));
        let cell = UnverifiedCell {
            coord: CellCoord {
                row: RowIndex::new(usize::try_from(row).unwrap()).unwrap(),
                column,
            },
            cell: Cell::from_bytes(&hex::decode(dto.cell).unwrap()).unwrap(),
            proof: dto.proof.parse().unwrap(),
        };
        commitments.verify_cells(vec![cell]).unwrap();
    }

    let response = server.get("/v1/blocks/1/cells/4/77").await;
    assert_problem(response, 404, ProblemKind::UnknownCell, json!(4), json!(3)).await;
    let response = server.get("/v1/blocks/1/cells/0/128").await;
    assert_problem(
        response,
        404,
        ProblemKind::UnknownCell,
        json!(128),
        json!(127),
    )
    .await;
    let (status, problem) = super::problem(server.get("/v1/blocks/1/cells/0/5").await).await;
    assert_eq!(
        (status.as_u16(), problem.problem_kind()),
        (503, ProblemKind::Unavailable)
    );
}
