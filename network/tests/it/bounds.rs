//! What a node takes of its peers, and what it sends.

use weft_encoding::Fault;
use weft_network::{DialError, Refusal, RequestError, RequestKind, ShapeError};

use crate::messages::*;
use crate::node::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_over_its_rate_is_refused_and_another_is_not() {
    let mut config = config();
    config.limits.request_rate = nz(1);
    config.limits.request_burst = nz(20);
    let mut server = Node::start(config);
    let (loud, quiet) = (Node::start(self::config()), Node::start(self::config()));
    loud.connect(&server).await;
    quiet.connect(&server).await;
    let peer = server.peer();
    let serving = server.serve();
    let mut outcomes = Vec::new();
    for _ in 0..30 {
        outcomes.push(soon("an outcome", loud.handle.request(peer, get_status())).await);
    }
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(
        (20..30).contains(&answered),
        "{answered} of 30 answered at a burst of 20"
    );
    for outcome in outcomes {
        if let Err(error) = outcome {
            assert!(
                matches!(error, RequestError::Refused(Refusal::Busy)),
                "{error}"
            );
            assert_eq!(error.fault(), Fault::Retry);
        }
    }
    let limited = server.metric("requests_total", &[("outcome", "rate_limited")]);
    assert_eq!(limited, (30 - answered) as f64);
    assert!(
        soon("the quiet one", quiet.handle.request(peer, get_status()))
            .await
            .is_ok()
    );
    assert_eq!(
        server.metric("offences_total", &[]),
        0.0,
        "a rate exceeded is no offence"
    );
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_beyond_the_lane_queue_and_all_are_answered() {
    let mut narrow = config();
    narrow.limits.outbound_per_peer = usize_nz(1);
    let client = Node::start(narrow);
    let mut config = config();
    config.limits.inbound_per_peer = usize_nz(1);
    let mut server = Node::start(config);
    client.connect(&server).await;
    let peer = server.peer();
    let serving = server.serve();
    let asks: Vec<_> = (0..20)
        .map(|_| {
            let handle = client.handle.clone();
            tokio::spawn(async move { handle.request(peer, get_status()).await })
        })
        .collect();
    for ask in asks {
        assert_eq!(soon("a reply", ask).await.unwrap().unwrap(), status());
    }
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_beyond_their_room_are_refused_as_busy_and_written_ones_give_it_back() {
    let mut config = config();
    // A reply of one column takes 128 KiB, one of 128 takes 16 MiB.
    config.limits.reply_bytes = usize_nz(200 * 1024);
    config.limits.reply_bytes_per_peer = config.limits.reply_bytes;
    let mut server = Node::start(config);
    let client = Node::start(self::config());
    client.connect(&server).await;
    let peer = server.peer();
    let serving = server.serve();
    for _ in 0..5 {
        let small = client.handle.request(peer, get_columns(1));
        assert!(soon("a reply", small).await.is_ok());
        let error = soon("busy", client.handle.request(peer, get_columns(128)))
            .await
            .unwrap_err();
        let is_busy = matches!(error, RequestError::Refused(Refusal::Busy));
        assert!(is_busy, "{error}");
    }
    assert_eq!(
        server.metric("overflow_total", &[("what", "reply_bytes")]),
        5.0
    );
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_does_not_keep_up_refuses_as_busy() {
    let mut config = config();
    config.limits.event_queue = usize_nz(1);
    let server = Node::start(config);
    let client = Node::start(self::config());
    // The event of this connection fills the queue.
    client.connect(&server).await;
    let error = soon("busy", client.handle.request(server.peer(), get_status()))
        .await
        .unwrap_err();
    assert!(
        matches!(error, RequestError::Refused(Refusal::Busy)),
        "{error}"
    );
    assert_eq!(
        server.metric("overflow_total", &[("what", "request_event")]),
        1.0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_not_legal_does_not_leave() {
    let client = Node::start(config());
    let peer = weft_network::PeerId::random();
    let mut samples = get_samples(256);
    samples.coords.push(coords(257)[256]);
    let error = client.handle.request(peer, samples).await.unwrap_err();
    assert!(
        matches!(
            error,
            RequestError::Invalid {
                kind: RequestKind::Samples,
                source: ShapeError::TooMany {
                    count: 257,
                    limit: 256,
                    ..
                }
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.fault(), Fault::Caller);
    for error in [
        client
            .handle
            .request(peer, get_headers(1, 0))
            .await
            .unwrap_err(),
        client
            .handle
            .request(peer, get_headers(1, 257))
            .await
            .unwrap_err(),
        client
            .handle
            .request(peer, push_proofs(1, 65))
            .await
            .unwrap_err(),
        client
            .handle
            .request(peer, get_columns(0))
            .await
            .unwrap_err(),
        client
            .handle
            .request(peer, disperse(0, 1))
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, RequestError::Invalid { .. }), "{error:?}");
    }
    let mut uneven = disperse(2, 2);
    uneven.columns[1].column.cells.pop();
    let error = client.handle.request(peer, uneven).await.unwrap_err();
    assert!(
        matches!(
            error,
            RequestError::Invalid {
                source: ShapeError::WrongColumnHeight {
                    count: 1,
                    rows: 2,
                    ..
                },
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_are_not_accepted() {
    let mut config = config();
    config.limits.connections = nz(1);
    config.limits.target_peers = 1;
    let server = Node::start(config);
    let (first, second) = (Node::start(hidden_config()), Node::start(hidden_config()));
    first.connect(&server).await;
    let error = soon("a denial", second.handle.dial(server.address().await))
        .await
        .unwrap_err();
    assert!(matches!(error, DialError::Unreachable { .. }), "{error}");
    assert!(server.handle.connected().borrow().contains(&first.peer()));
}
