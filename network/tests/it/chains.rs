//! Who talks to whom: other chains, light clients.

use weft_encoding::Fault;
use weft_network::{DialError, GossipMessage, NetworkEvent, PublishError, Refusal, RequestError};
use weft_test_chain::unsigned_header;

use crate::messages::*;
use crate::node::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_cannot_talk() {
    let node = Node::start(config());
    let mut theirs = config();
    theirs.chain_id = "other-chain".parse().unwrap();
    let mut other = Node::start(theirs);
    let serving = other.serve();
    let address = other.address().await;
    let error = soon("an outcome", node.handle.dial(address.clone()))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            DialError::OtherChain { .. } | DialError::Unreachable { .. }
        ),
        "{error}"
    );
    for _ in 0..3 {
        let asked = node.handle.request(other.peer(), get_status());
        let error = soon("an outcome", asked).await.unwrap_err();
        assert!(
            matches!(
                error,
                RequestError::Unsupported { .. } | RequestError::Disconnected { .. }
            ),
            "{error}"
        );
        assert_eq!(error.fault(), Fault::Retry);
    }
    assert!(node.handle.connected().borrow().is_empty());
    assert!(other.handle.connected().borrow().is_empty());
    assert_eq!(other.metric("requests_total", &[]), 0.0);
    assert_eq!(
        node.metric("offences_total", &[]),
        0.0,
        "another chain is no offence"
    );
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_light_client_asks_follows_headers_and_answers_for_its_samples_alone() {
    let mut full = Node::start(config());
    let mut light = Node::start(light_config());
    light.connect(&full).await;
    let serving = full.serve();
    let replies = soon(
        "samples",
        light.handle.request(full.peer(), get_samples(70)),
    )
    .await;
    assert_eq!(replies.unwrap().len(), 70);

    let error = soon(
        "an outcome",
        full.handle.request(light.peer(), get_status()),
    )
    .await;
    assert!(
        matches!(error, Err(RequestError::Refused(Refusal::NotServed))),
        "{error:?}"
    );
    // It fits the window of a stream: whoever sends more waits for a reader until its own deadline.
    let columns = soon(
        "an outcome",
        full.handle.request(light.peer(), disperse(8, 4)),
    )
    .await;
    assert!(
        matches!(columns, Ok(Err(Refusal::NotServed))),
        "{columns:?}"
    );
    let (peer, handle) = (light.peer(), full.handle.clone());
    let asking = tokio::spawn(async move { handle.request(peer, get_sampled_cells()).await });
    let (_, request, responder) = light.next_request().await;
    responder.respond(answer(&request)).unwrap();
    let cells = soon("sampled cells", asking).await.unwrap().unwrap();
    assert_eq!(cells.len(), 256);
    assert_eq!(light.metric("offences_total", &[]), 0.0);

    let header = unsigned_header(1);
    soon("a follower", async {
        while let Err(error) = full.handle.publish_header(header.clone()).await {
            assert!(matches!(error, PublishError::NoPeers { .. }), "{error}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    let error = full
        .handle
        .publish_certified(certified(1))
        .await
        .unwrap_err();
    assert!(
        matches!(error, PublishError::NoPeers { topic: "certified" }),
        "{error}"
    );
    let message = soon("the header", async {
        loop {
            match light.events.recv().await.unwrap() {
                NetworkEvent::Gossip {
                    message,
                    validation,
                    ..
                } => {
                    validation.accept();
                    return message;
                }
                NetworkEvent::Request { .. } => panic!("a light client got a request"),
                _ => {}
            }
        }
    })
    .await;
    assert!(matches!(message, GossipMessage::Header(got) if got == header));
    serving.abort();
}
