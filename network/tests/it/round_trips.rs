//! Every kind of request, there and back, over each transport.

use borsh::to_vec;
use weft_encoding::Fault;
use weft_network::{
    ColumnsReply, OfferUpdate, Refusal, Request, RequestError, RequestKind, Response, RpcRequest,
};

use crate::messages::*;
use crate::node::*;

/// Asks, answers with what [`answer`] gives, and returns what came back, having compared the
/// request that arrived with the one that left.
async fn exchange<R: RpcRequest + Clone>(
    client: &Node,
    server: &mut Node,
    request: R,
) -> (R::Response, Response) {
    let sent: Request = request.clone().into();
    let (peer, handle) = (server.peer(), client.handle.clone());
    let asking = tokio::spawn(async move { handle.request(peer, request).await });
    let (from, got, responder) = server.next_request().await;
    assert_eq!(from, client.peer());
    assert_eq!(got.kind(), R::KIND);
    assert_eq!(
        format!("{got:?}"),
        format!("{sent:?}"),
        "{} request",
        R::KIND
    );
    let reply = answer(&got);
    responder.respond(reply.clone()).unwrap();
    (soon("the reply", asking).await.unwrap().unwrap(), reply)
}

/// Compares what came with what was sent, by their encodings.
macro_rules! assert_came_back {
    ($exchange:expr, $variant:path, $unwrap:expr) => {
        let (got, sent) = $exchange;
        let $variant(sent) = sent else {
            panic!("another kind of reply")
        };
        assert!(
            to_vec(&$unwrap(got)).unwrap() == to_vec(&$unwrap(sent)).unwrap(),
            stringify!($variant)
        );
    };
}

async fn all_kinds(transport: Transport) {
    let mut server = Node::start(config_on(transport));
    let client = Node::start(config_on(transport));
    let to = server.address().await;
    client.handle.add_address(server.peer(), to).unwrap();
    // No dial: the first request connects.
    let (c, s) = (&client, &mut server);

    let (signature, _) = exchange(c, s, disperse(3, 2)).await;
    assert_eq!(signature.unwrap(), crate::messages::signature());
    let (pushed, _) = exchange(c, s, push_proofs(128, 64)).await;
    pushed.unwrap();
    assert_came_back!(
        exchange(c, s, get_columns(2)).await,
        Response::Columns,
        |reply| reply
    );
    assert_came_back!(
        exchange(c, s, get_samples(256)).await,
        Response::Samples,
        |reply| reply
    );
    assert_came_back!(
        exchange(c, s, get_blob_headers()).await,
        Response::BlobHeaders,
        |reply: Result<_, Refusal>| reply.unwrap()
    );
    assert_came_back!(
        exchange(c, s, get_body()).await,
        Response::Body,
        |reply: Result<_, Refusal>| reply.unwrap()
    );
    assert_came_back!(
        exchange(c, s, get_headers(5, 256)).await,
        Response::Headers,
        |reply| reply
    );
    let (got, _) = exchange(c, s, get_status()).await;
    assert_eq!(got, status());
    let (refused, _) = exchange(c, s, propose()).await;
    assert_eq!(refused.unwrap_err(), Refusal::invalid("another block"));
    assert_came_back!(
        exchange(c, s, get_validator_update()).await,
        Response::ValidatorUpdate,
        |reply: Result<_, Refusal>| reply.unwrap()
    );
    assert_came_back!(
        exchange(c, s, get_cell_proofs(128)).await,
        Response::CellProofs,
        |reply| reply
    );
    let (offered, _) = exchange(c, s, offer_update()).await;
    offered.unwrap();
    assert_came_back!(
        exchange(c, s, get_sampled_cells()).await,
        Response::SampledCells,
        |reply| reply
    );

    for kind in RequestKind::ALL {
        let labels = [("direction", "in"), ("kind", kind.name())];
        assert_eq!(server.metric("requests_total", &labels), 1.0, "{kind}");
        let labels = [
            ("direction", "out"),
            ("kind", kind.name()),
            ("outcome", "ok"),
        ];
        assert_eq!(client.metric("requests_total", &labels), 1.0, "{kind}");
    }
    assert_eq!(server.metric("offences_total", &[]), 0.0);
    assert_eq!(client.metric("offences_total", &[]), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_over_tcp() {
    all_kinds(Transport::Tcp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_over_quic() {
    all_kinds(Transport::Quic).await;
}

async fn largest(transport: Transport) {
    let mut server = Node::start(config_on(transport));
    let client = Node::start(config_on(transport));
    client.connect(&server).await;
    let serving = server.serve();
    let peer = server.peer();
    let signature = soon("dispersal", client.handle.request(peer, disperse(128, 64))).await;
    assert_eq!(signature.unwrap().unwrap(), crate::messages::signature());
    let reply = soon("columns", client.handle.request(peer, get_columns(128)))
        .await
        .unwrap();
    let expected = ColumnsReply {
        columns: proven_columns(128, 64),
        refused: Vec::new(),
    };
    assert!(to_vec(&reply).unwrap() == to_vec(&expected).unwrap());
    let offer = OfferUpdate {
        update: largest_update(),
    };
    soon("an update", client.handle.request(peer, offer))
        .await
        .unwrap()
        .unwrap();
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_blob_over_tcp() {
    largest(Transport::Tcp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_blob_over_quic() {
    largest(Transport::Quic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_value_where_the_reply_has_a_place_and_an_error_elsewhere() {
    let mut server = Node::start(config());
    let client = Node::start(config());
    client.connect(&server).await;
    let (peer, handle) = (server.peer(), client.handle.clone());

    let asking = tokio::spawn(async move { handle.request(peer, get_body()).await });
    let (_, _, responder) = server.next_request().await;
    responder.refuse(Refusal::Unknown);
    let reply = soon("the refusal", asking).await.unwrap();
    assert_eq!(reply.unwrap().unwrap_err(), Refusal::Unknown);

    let handle = client.handle.clone();
    let asking = tokio::spawn(async move { handle.request(peer, get_status()).await });
    let (_, _, responder) = server.next_request().await;
    responder.refuse(Refusal::NotHeld);
    let error = soon("the refusal", asking).await.unwrap().unwrap_err();
    assert!(
        matches!(error, RequestError::Refused(Refusal::NotHeld)),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
    assert_eq!(
        client.metric("offences_total", &[]),
        0.0,
        "a refusal is no offence"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_without_address_or_listener_is_unreachable() {
    let client = Node::start(config());
    let nowhere = weft_network::PeerId::random();
    let error = soon("failure", client.handle.request(nowhere, get_status()))
        .await
        .unwrap_err();
    assert!(
        matches!(error, RequestError::Unreachable { peer } if peer == nowhere),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);

    let gone = Node::start(config());
    let (peer, address) = (gone.peer(), gone.address().await);
    gone.shutdown.cancel();
    client.wait_disconnected(peer).await;
    let mut gone = gone;
    soon("shutdown", &mut gone.task).await.unwrap();
    client.handle.add_address(peer, address).unwrap();
    let error = soon("failure", client.handle.request(peer, get_status()))
        .await
        .unwrap_err();
    assert!(matches!(error, RequestError::Unreachable { .. }), "{error}");
}
