//! Blobs whose gateway does not push their cell proofs.

use tokio::time::Instant;
use weft_network::PeerId;
use weft_test_chain::namespace;

use super::super::turns::turn;
use super::*;

const ROWS: usize = 2;

/// Longer than the age of any block: those of tests are of 1970.
const FOREVER: Duration = Duration::from_secs(1000 * 365 * 24 * 3600);

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_withholds_cell_proofs_costs_the_custodians_one_proof_a_row_between_them() {
    let everyone = [0, 1, 2, 3];
    let mut network = TestNetwork::started(4, 4, &everyone).await;
    let blob = TestBlob::new(namespace("unpushed"), 40, ROWS);
    network.hold_unproven(&network.chain, &blob, &everyone);
    let (id, gateway) = (blob.header.id(), PeerId::random());
    for place in everyone {
        let accounts = network.member(place).custodian.proof_accounts();
        accounts.dispersed(id, gateway);
    }
    network.order(&[&blob]).await;

    // The custodian with the first turn begins. No other would begin by itself in a lifetime.
    let keys: Vec<_> = network
        .everyone
        .keys
        .iter()
        .map(|key| key.public_key())
        .collect();
    for place in everyone {
        let is_first = turn(&id, keys.iter().copied(), &keys[place]) == 0;
        network.proof_patience = if is_first { Duration::ZERO } else { FOREVER };
        network.backfill(place);
    }
    let mut proven = Vec::new();
    let mut charged = Vec::new();
    for place in everyone {
        let member = network.member(place);
        let columns = owned(&network.chain, &network.everyone, place);
        let has_all = async {
            while !member.has(&blob, columns) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, has_all).await.expect("proofs in time");
        if member.metrics.proven_rows.get() > 0 {
            proven.push((place, member.metrics.proven_rows.get()));
        }
        let accounts = member.custodian.proof_accounts();
        if accounts.is_overdrawn(&id, 1, Instant::now()) {
            charged.push(place);
        }
    }
    let (maker, rows) = proven[0];
    assert_eq!((proven.len(), rows), (1, ROWS as u64), "made once");
    assert_eq!(charged, [maker], "who made them has charged the gateway");
    network.shutdown().await;
}
