//! Custodians that serve data that does not verify.

use weft_encoding::{CELL_BYTES, Cell, CellProof};
use weft_test_chain::namespace;

use super::*;

/// Replaces the cells and proofs of a reply with false ones.
fn lie(response: Response) -> Response {
    match response {
        Response::Columns(mut reply) => {
            for column in &mut reply.columns {
                column.column.cells[0] = Cell::from_bytes(&[7; CELL_BYTES]).unwrap();
            }
            Response::Columns(reply)
        }
        Response::CellProofs(mut reply) => {
            for column in &mut reply.columns {
                // The point at infinity proves constant cells only.
                let mut infinity = [0; 48];
                infinity[0] = 0xc0;
                column.proofs[0] = CellProof::from_bytes(infinity);
            }
            Response::CellProofs(reply)
        }
        response => response,
    }
}

/// Seven validators. The last was away; the returned one, the first holder of some of its columns,
/// lies.
async fn with_liar(blob: &TestBlob) -> (TestNetwork, usize, ColumnSet) {
    let mut network = TestNetwork::new(7, 7);
    let assignment = CustodyAssignment::new(&network.chain.set).unwrap();
    let columns = owned(&network.chain, &network.everyone, 6);
    let others = |column| {
        let custodians = assignment.custodians_of(column).iter();
        custodians
            .map(|index| index.get())
            .filter(|place| *place != 6)
    };
    let liar = columns.iter().find_map(|column| others(column).next());
    let liar = liar.unwrap();
    let lied =
        columns_where(|column| columns.contains(column) && others(column).next() == Some(liar));
    for place in 0..7 {
        network
            .start(place, (place == liar).then_some(lie as Lie))
            .await;
    }
    network
        .hold(&network.chain, blob, &[0, 1, 2, 3, 4, 5])
        .await;
    network.order(&[blob]).await;
    (network, liar, lied)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_peers_columns_and_proofs_are_refused_blamed_and_had_elsewhere() {
    let blob = TestBlob::new(namespace("liar"), 5, 1);
    let (mut network, liar, lied) = with_liar(&blob).await;
    assert!(!lied.is_empty());
    network.backfill(6);
    let member = network.member(6);
    member.complete(1).await;
    let columns = owned(&network.chain, &network.everyone, 6);
    assert!(member.has(&blob, columns));
    assert!(network.member(liar).asked() > 0);
    let counted = async {
        while member.offences("invalid_proof") == 0.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, counted).await.expect("the offence");
    // Columns that no honest replica served were repaired; none of their cells are the liar's.
    let had = member.columns_had("copy") + member.columns_had("repair");
    assert_eq!(had, columns.len() as u64);
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_peer_is_not_blamed() {
    let mut network = TestNetwork::started(7, 7, &[0, 1, 2, 3, 4, 6]).await;
    let blob = TestBlob::new(namespace("silent"), 6, 1);
    network.hold(&network.chain, &blob, &[0, 1, 2, 3, 4]).await;
    network.order(&[&blob]).await;
    network.backfill(6);
    let member = network.member(6);
    member.complete(1).await;
    let columns = owned(&network.chain, &network.everyone, 6);
    assert!(member.has(&blob, columns));
    for reason in ["invalid_proof", "malformed", "unfit_reply"] {
        assert_eq!(member.offences(reason), 0.0, "{reason}");
    }
    network.shutdown().await;
}
