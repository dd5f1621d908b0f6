//! Offences add up to a ban, and a ban ends.

use std::time::Duration;

use weft_encoding::Fault;
use weft_network::{DialError, Offence, RequestError};

use crate::messages::*;
use crate::node::*;

#[tokio::test(flavor = "multi_thread")]
async fn reported_offences_ban_a_peer_for_a_time() {
    let mut config = config();
    config.scores.first_ban = Duration::from_secs(2);
    let node = Node::start(config);
    let mut offender = Node::start(self::config());
    node.connect(&offender).await;
    let (peer, address) = (offender.peer(), offender.address().await);
    let serving = offender.serve();

    node.handle.report(peer, Offence::InvalidProof);
    soon("a reply", node.handle.request(peer, get_status()))
        .await
        .unwrap();
    node.handle.report(peer, Offence::InvalidProof);
    node.wait_disconnected(peer).await;
    assert_eq!(
        node.metric("offences_total", &[("reason", "invalid_proof")]),
        2.0
    );
    assert_eq!(node.metric("bans_total", &[]), 1.0);

    let error = soon("refusal", node.handle.request(peer, get_status()))
        .await
        .unwrap_err();
    assert!(
        matches!(error, RequestError::Banned { peer: banned } if banned == peer),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Peer);
    let error = soon("refusal", node.handle.dial(address.clone()))
        .await
        .unwrap_err();
    assert!(matches!(error, DialError::Banned { .. }), "{error}");
    // The offender's own dial is cut off as well.
    offender.wait_disconnected(node.peer()).await;
    let own = soon("refusal", offender.handle.dial(node.address().await)).await;
    assert!(matches!(own, Err(DialError::Unreachable { .. })), "{own:?}");

    until("the ban in the metrics", || {
        node.metric("banned_peers", &[]) == 1.0
    })
    .await;
    until("the end of the ban", || {
        node.metric("banned_peers", &[]) == 0.0
    })
    .await;
    soon("dial", node.handle.dial(address)).await.unwrap();
    soon("a reply", node.handle.request(peer, get_status()))
        .await
        .unwrap();
    serving.abort();
}
