//! Deadlines, on both sides. A timeout is never an offence.

use std::time::{Duration, Instant};

use weft_encoding::Fault;
use weft_network::{Deadlines, NetworkConfig, Refusal, RequestError, RequestKind};

use crate::messages::*;
use crate::node::*;

fn hurried() -> NetworkConfig {
    let short = Duration::from_millis(200);
    config().with_deadlines(Deadlines::default().with(RequestKind::Status, short))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_peer_times_out_and_is_not_blamed() {
    let mut server = Node::start(config());
    let client = Node::start(hurried());
    client.connect(&server).await;
    for _ in 0..6 {
        let started = Instant::now();
        let (peer, handle) = (server.peer(), client.handle.clone());
        let asking = tokio::spawn(async move { handle.request(peer, get_status()).await });
        let (_, _, responder) = server.next_request().await;
        let error = soon("timeout", asking).await.unwrap().unwrap_err();
        assert!(
            matches!(
                error,
                RequestError::Timeout {
                    kind: RequestKind::Status,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(error.fault(), Fault::Retry);
        assert!(started.elapsed() >= Duration::from_millis(200));
        // The answer comes too late, and harms nothing.
        responder.respond(answer(&get_status().into())).unwrap();
    }
    assert_eq!(client.metric("offences_total", &[]), 0.0);
    assert!(client.handle.connected().borrow().contains(&server.peer()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_gives_its_place_back() {
    let mut config = hurried();
    config.limits.inbound_requests = usize_nz(2);
    config.limits.inbound_per_peer = usize_nz(1);
    let mut server = Node::start(config);
    let client = Node::start(self::config());
    client.connect(&server).await;

    let (peer, handle) = (server.peer(), client.handle.clone());
    let first = tokio::spawn(async move { handle.request(peer, get_status()).await });
    let (_, _, kept) = server.next_request().await;
    let busy = soon("busy", client.handle.request(peer, get_status()))
        .await
        .unwrap_err();
    assert!(
        matches!(busy, RequestError::Refused(Refusal::Busy)),
        "{busy}"
    );

    // At the server's deadline the place is free, though the responder is still there.
    until("the place", || {
        server.metric("requests_total", &[("outcome", "timeout")]) == 1.0
    })
    .await;
    let error = soon("the first", first).await.unwrap().unwrap_err();
    assert!(
        matches!(error, RequestError::Disconnected { .. }),
        "{error}"
    );
    let handle = client.handle.clone();
    let again = tokio::spawn(async move { handle.request(peer, get_status()).await });
    let (_, _, responder) = server.next_request().await;
    responder.respond(answer(&get_status().into())).unwrap();
    assert_eq!(soon("the reply", again).await.unwrap().unwrap(), status());
    drop(kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_responder_refuses_at_once() {
    let mut server = Node::start(config());
    let client = Node::start(config());
    client.connect(&server).await;
    let (peer, handle) = (server.peer(), client.handle.clone());
    let asking = tokio::spawn(async move { handle.request(peer, get_body()).await });
    drop(server.next_request().await);
    let reply = soon("the refusal", asking).await.unwrap().unwrap();
    assert_eq!(reply.unwrap_err(), Refusal::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_another_kind_is_an_error_here_and_a_refusal_there() {
    let mut server = Node::start(config());
    let client = Node::start(config());
    client.connect(&server).await;
    let (peer, handle) = (server.peer(), client.handle.clone());
    let asking = tokio::spawn(async move { handle.request(peer, get_body()).await });
    let (_, _, responder) = server.next_request().await;
    let error = responder.respond(answer(&get_status().into())).unwrap_err();
    assert_eq!(error.fault(), Fault::Local);
    let reply = soon("the refusal", asking).await.unwrap().unwrap();
    assert_eq!(reply.unwrap_err(), Refusal::Failed);
}
