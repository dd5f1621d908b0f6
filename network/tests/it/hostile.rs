//! Peers that break the rules.

use weft_encoding::Fault;
use weft_network::{Refusal, RequestError, RequestKind, limits};

use crate::messages::*;
use crate::node::*;
use crate::raw_peer::RawPeer;

fn frame(tag: u8, length: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    bytes.extend(length.to_le_bytes());
    bytes.extend(payload);
    bytes
}

fn whole(tag: u8, payload: &[u8]) -> Vec<u8> {
    frame(tag, u32::try_from(payload.len()).unwrap(), payload)
}

/// The refusal in a frame that came back.
fn refusal(frame: &[u8]) -> Refusal {
    assert_eq!(frame[0], 0xff, "a refusal frame, not {frame:?}");
    borsh::from_slice(&frame[5..]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversize_request_is_refused_from_its_header_and_counts() {
    let node = Node::start(config());
    let peer = RawPeer::start(Vec::new()).await;
    // The header announces a gigabyte and nothing follows: an answer shows that nobody waited.
    let request = frame(RequestKind::Disperse.tag(), 1 << 30, &[]);
    let reply = peer
        .request(node.peer(), node.address().await, request)
        .await
        .unwrap();
    let Refusal::Invalid(reason) = refusal(&reply) else {
        panic!("{reply:?}")
    };
    let limit = limits::request_bytes(RequestKind::Disperse);
    assert!(reason.as_str().contains(&(1 << 30).to_string()), "{reason}");
    assert!(reason.as_str().contains(&limit.to_string()), "{reason}");
    assert_eq!(
        node.metric("offences_total", &[("reason", "oversize")]),
        1.0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_refused_with_the_reason_and_ban_in_the_end() {
    let node = Node::start(config());
    let peer = RawPeer::start(Vec::new()).await;
    let address = node.address().await;
    let duplicate = weft_network::GetColumns {
        columns: [columns(1), columns(1)].concat(),
        ..get_columns(1)
    };
    let cases = [
        ("unknown tag", whole(42, &[])),
        ("trailing bytes", whole(RequestKind::Status.tag(), &[0])),
        (
            "a column twice",
            whole(
                RequestKind::Columns.tag(),
                &borsh::to_vec(&duplicate).unwrap(),
            ),
        ),
    ];
    for (at, (what, request)) in cases.into_iter().enumerate() {
        let reply = peer
            .request(node.peer(), address.clone(), request)
            .await
            .unwrap();
        assert!(
            matches!(refusal(&reply), Refusal::Invalid(_)),
            "{what}: {reply:?}"
        );
        let counted = node.metric("offences_total", &[("reason", "malformed")]);
        assert_eq!(counted, (at + 1) as f64, "{what}");
    }
    // The fourth is one too many: the peer is cut off, and its answer with it.
    let last = whole(RequestKind::Headers.tag(), &[1, 2, 3]);
    let _ = peer.request(node.peer(), address.clone(), last).await;
    node.wait_disconnected(peer.peer).await;
    assert_eq!(node.metric("bans_total", &[]), 1.0);
    let status = whole(RequestKind::Status.tag(), &[]);
    let refused = peer.request(node.peer(), address, status).await;
    assert!(
        refused.is_err(),
        "a banned peer gets no connection: {refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn false_lengths_of_the_newer_kinds_are_refused() {
    let node = Node::start(config());
    let peer = RawPeer::start(Vec::new()).await;
    let address = node.address().await;
    let offer = RequestKind::OfferUpdate;
    let over = u32::try_from(limits::request_bytes(offer) + 1).unwrap();
    let mut many = borsh::to_vec(&offer_update()).unwrap();
    // Chain id, replaced set and first height come before the count of validators.
    many[72..76].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut columns = borsh::to_vec(&get_cell_proofs(1)).unwrap();
    columns[32..36].copy_from_slice(&129u32.to_le_bytes());
    let cases = [
        (
            "an update over the limit",
            frame(offer.tag(), over, &[]),
            "oversize",
        ),
        (
            "too many validators",
            whole(offer.tag(), &many),
            "malformed",
        ),
        (
            "too many columns",
            whole(RequestKind::CellProofs.tag(), &columns),
            "malformed",
        ),
    ];
    for (what, request, reason) in cases {
        let before = node.metric("offences_total", &[("reason", reason)]);
        let reply = peer
            .request(node.peer(), address.clone(), request)
            .await
            .unwrap();
        assert!(
            matches!(refusal(&reply), Refusal::Invalid(_)),
            "{what}: {reply:?}"
        );
        let counted = node.metric("offences_total", &[("reason", reason)]);
        assert_eq!(counted, before + 1.0, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cell_proofs_that_were_not_asked_for_are_the_peers_fault() {
    let node = Node::start(config());
    let reply = weft_network::CellProofsReply {
        columns: column_proofs(3, 1),
        refused: Vec::new(),
    };
    let reply = whole(
        RequestKind::CellProofs.tag(),
        &borsh::to_vec(&reply).unwrap(),
    );
    let peer = RawPeer::start(reply).await;
    node.handle
        .add_address(peer.peer, peer.address.clone())
        .unwrap();
    let asked = node.handle.request(peer.peer, get_cell_proofs(2));
    let error = soon("failure", asked).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Peer, "{error}");
    until("the offence", || {
        node.metric("offences_total", &[("reason", "unfit_reply")]) == 1.0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_non_canonical_cell_is_malformed() {
    let node = Node::start(config());
    let peer = RawPeer::start(Vec::new()).await;
    let mut payload = borsh::to_vec(&disperse(1, 1)).unwrap();
    // Within the only cell: 2,048 bytes before the column's proof and path.
    let end = payload.len() - 48 - 7 * 32;
    payload[end - 64..end].fill(0xff);
    let request = whole(RequestKind::Disperse.tag(), &payload);
    let reply = peer
        .request(node.peer(), node.address().await, request)
        .await
        .unwrap();
    assert!(matches!(refusal(&reply), Refusal::Invalid(_)), "{reply:?}");
    assert_eq!(
        node.metric("offences_total", &[("reason", "malformed")]),
        1.0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_off_request_is_nobodys_offence() {
    let mut node = Node::start(config());
    let serving = node.serve();
    let peer = RawPeer::start(Vec::new()).await;
    let address = node.address().await;
    let cut = frame(RequestKind::Disperse.tag(), 1000, &[1; 10]);
    let reply = peer.request(node.peer(), address.clone(), cut).await;
    assert!(
        reply.as_ref().map_or(true, Vec::is_empty),
        "no answer is possible: {reply:?}"
    );
    let status = whole(RequestKind::Status.tag(), &[]);
    let reply = peer.request(node.peer(), address, status).await.unwrap();
    assert_eq!(
        reply[0],
        RequestKind::Status.tag(),
        "the peer is still welcome"
    );
    assert_eq!(node.metric("offences_total", &[]), 0.0);
    serving.abort();
}

/// Asks a peer that answers with these bytes.
async fn ask(reply: Vec<u8>) -> (Node, RequestError) {
    let node = Node::start(config());
    let peer = RawPeer::start(reply).await;
    node.handle
        .add_address(peer.peer, peer.address.clone())
        .unwrap();
    let error = soon("failure", node.handle.request(peer.peer, get_samples(2)))
        .await
        .unwrap_err();
    (node, error)
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_replies_are_the_peers_fault() {
    let samples = RequestKind::Samples.tag();
    let cases = [
        ("oversize", "oversize", frame(samples, 1 << 30, &[])),
        (
            "another kind",
            "unfit_reply",
            whole(RequestKind::Status.tag(), &[]),
        ),
        ("garbage", "malformed", whole(samples, &[1, 2, 3])),
        (
            "trailing bytes",
            "malformed",
            whole(samples, &[1, 0, 0, 0, 1, 0, 9]),
        ),
        (
            "too few",
            "unfit_reply",
            whole(samples, &[1, 0, 0, 0, 1, 0]),
        ),
        ("a bad refusal", "malformed", whole(0xff, &[99])),
    ];
    for (what, reason, reply) in cases {
        let (node, error) = ask(reply).await;
        assert_eq!(error.fault(), Fault::Peer, "{what}: {error}");
        // The report goes through the engine's mailbox.
        until(what, || {
            node.metric("offences_total", &[("reason", reason)]) == 1.0
        })
        .await;
        assert_eq!(node.metric("offences_total", &[]), 1.0, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_breaks_off_is_no_offence() {
    let cut = frame(RequestKind::Samples.tag(), 1000, &[1; 10]);
    let (node, error) = ask(cut).await;
    assert!(
        matches!(error, RequestError::Disconnected { .. }),
        "{error}"
    );
    assert_eq!(error.fault(), Fault::Retry);
    assert_eq!(node.metric("offences_total", &[]), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_gossip_counts_and_is_not_delivered() {
    let mut node = Node::start(config());
    let peer = RawPeer::start(Vec::new()).await;
    soon("dial", node.handle.dial(peer.address.clone()))
        .await
        .unwrap();
    soon("a listener to the topic", async {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        let slot = (since.as_secs() / 10).to_le_bytes();
        while !peer
            .publish("headers", [&slot[..], b"no header"].concat())
            .await
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    until("the offence", || {
        node.metric("offences_total", &[("reason", "malformed")]) == 1.0
    })
    .await;
    assert_eq!(
        node.metric("gossip_messages_total", &[("outcome", "malformed")]),
        1.0
    );
    while let Ok(event) = node.events.try_recv() {
        assert!(
            !matches!(event, weft_network::NetworkEvent::Gossip { .. }),
            "{event:?}"
        );
    }
}
