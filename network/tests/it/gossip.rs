//! Gossip is forwarded only once the application has accepted it.

use weft_chain::SignedHeader;
use weft_encoding::Fault;
use weft_network::{
    GossipMessage, GossipValidation, NetworkEvent, NetworkHandle, PeerId, PublishError,
};
use weft_test_chain::unsigned_header;

use crate::messages::*;
use crate::node::*;

/// The next gossip message, past other events.
async fn next(node: &mut Node) -> (PeerId, GossipMessage, GossipValidation) {
    soon("gossip", async {
        loop {
            if let NetworkEvent::Gossip {
                from,
                message,
                validation,
            } = node.events.recv().await.unwrap()
            {
                return (from, message, validation);
            }
        }
    })
    .await
}

async fn next_header(node: &mut Node) -> (SignedHeader, GossipValidation) {
    match next(node).await {
        (_, GossipMessage::Header(header), validation) => (header, validation),
        (_, other, _) => panic!("{other:?}"),
    }
}

/// Publishes as soon as somebody listens.
async fn publish(handle: &NetworkHandle, height: u64) {
    soon("a listener", async {
        while let Err(error) = handle.publish_header(unsigned_header(height)).await {
            assert!(matches!(error, PublishError::NoPeers { .. }), "{error}");
            assert_eq!(error.fault(), Fault::Retry);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Connects `node` to `hub`, and waits until gossip flows both ways.
///
/// A node says what it follows before it publishes anything, on the same stream: once the hub has a
/// message, it sends the node others. A message before that would never come.
async fn join(node: &Node, hub: &mut Node, height: u64) {
    node.connect(hub).await;
    publish(&node.handle, height).await;
    let (header, validation) = next_header(hub).await;
    assert_eq!(header, unsigned_header(height));
    validation.ignore();
}

/// Two nodes that nobody can dial, with one between them: all gossip goes through it.
async fn line() -> (Node, Node, Node) {
    let (left, mut middle, right) = (
        Node::start(hidden_config()),
        Node::start(config()),
        Node::start(hidden_config()),
    );
    join(&left, &mut middle, 101).await;
    join(&right, &mut middle, 102).await;
    (left, middle, right)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_accepted_messages_go_on() {
    let (left, mut middle, mut right) = line().await;
    publish(&left.handle, 1).await;
    let (header, validation) = next_header(&mut middle).await;
    assert_eq!(header, unsigned_header(1));
    validation.accept();
    let (header, validation) = next_header(&mut right).await;
    assert_eq!(header, unsigned_header(1));
    validation.accept();

    for (height, verdict) in [(2, "reject"), (3, "ignore"), (4, "drop"), (5, "accept")] {
        publish(&left.handle, height).await;
        let (header, validation) = next_header(&mut middle).await;
        assert_eq!(header, unsigned_header(height));
        match verdict {
            "reject" => validation.reject(),
            "ignore" => validation.ignore(),
            "drop" => drop(validation),
            _ => validation.accept(),
        }
    }
    let (header, _validation) = next_header(&mut right).await;
    assert_eq!(header, unsigned_header(5), "2, 3 and 4 were not forwarded");
    assert_eq!(
        middle.metric("offences_total", &[("reason", "invalid_gossip")]),
        1.0
    );
    assert_eq!(
        middle.metric("gossip_messages_total", &[("outcome", "ignored")]),
        4.0,
        "two when the outer nodes joined, 3 and 4"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_whose_gossip_is_rejected_again_and_again_is_banned() {
    let mut node = Node::start(config());
    let liar = Node::start(hidden_config());
    liar.connect(&node).await;
    for height in 1..=5 {
        publish(&liar.handle, height).await;
        next_header(&mut node).await.1.reject();
    }
    node.wait_disconnected(liar.peer()).await;
    assert_eq!(node.metric("bans_total", &[]), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn certified_blobs_of_any_legal_size_reach_all_of_a_mesh() {
    let mut hub = Node::start(config());
    let mut others = Vec::new();
    for height in 1..=5 {
        let node = Node::start(config());
        join(&node, &mut hub, height).await;
        others.push(node);
    }
    let blob = certified(64);
    hub.handle.publish_certified(blob.clone()).await.unwrap();
    // Published again it is the same message, and no error.
    hub.handle.publish_certified(blob.clone()).await.unwrap();
    for node in &mut others {
        let (_, message, validation) = next(node).await;
        assert!(matches!(message, GossipMessage::Certified(got) if got == blob));
        validation.accept();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_that_nobody_follows_says_so() {
    let node = Node::start(hidden_config());
    let error = node
        .handle
        .publish_header(unsigned_header(1))
        .await
        .unwrap_err();
    assert!(
        matches!(error, PublishError::NoPeers { topic: "headers" }),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_reaches_a_node_that_came_late() {
    let publisher = Node::start(hidden_config());
    let mut early = Node::start(config());
    publisher.connect(&early).await;
    publish(&publisher.handle, 1).await;
    let (_, validation) = next_header(&mut early).await;
    validation.accept();

    let mut late = Node::start(config());
    late.connect(&early).await;
    publisher.connect(&late).await;
    let repeating = tokio::spawn(async move {
        loop {
            publish(&publisher.handle, 1).await;
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    });
    let (header, validation) = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        loop {
            if let NetworkEvent::Gossip {
                message: GossipMessage::Header(header),
                validation,
                ..
            } = late.events.recv().await.unwrap()
            {
                return (header, validation);
            }
        }
    })
    .await
    .expect("a repetition comes within the time that a message counts as seen");
    assert_eq!(header, unsigned_header(1));
    validation.accept();
    repeating.abort();
}
