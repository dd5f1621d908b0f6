//! A proposer that lies gets no vote. It is a bare network with the proposer's identity.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use weft_chain::{Block, BlockBody, Signature, SignedHeader, finality_message};
use weft_ledger::Head;
use weft_network::identity::Keypair;
use weft_network::{
    Network, NetworkConfig, NetworkEvent, NetworkHandle, Propose, Refusal, RequestError,
};
use weft_test_chain::index;

use super::*;

struct Liar {
    handle: NetworkHandle,
    shutdown: CancellationToken,
    _events: mpsc::Receiver<NetworkEvent>,
}

/// A peer with this identity, connected to all running validators.
async fn liar(network: &TestNetwork, identity: Keypair) -> Liar {
    let shutdown = CancellationToken::new();
    let config = NetworkConfig::new(network.chain.genesis.chain_id);
    let (handle, events, _) = Network::start(config, identity, shutdown.clone()).unwrap();
    for address in network.addresses() {
        timeout(PATIENCE, handle.dial(address))
            .await
            .unwrap()
            .unwrap();
    }
    Liar {
        handle,
        shutdown,
        _events: events,
    }
}

impl Liar {
    async fn propose(&self, to: &Node, block: &Block) -> Result<Signature, Refusal> {
        let proposal = Propose {
            block: block.clone(),
        };
        match self.handle.request(to.peer_id(), proposal).await {
            Ok(answer) => answer,
            Err(RequestError::Refused(refusal)) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    }
}

fn reason(answer: Result<Signature, Refusal>) -> String {
    match answer {
        Err(Refusal::Invalid(reason)) => reason.to_string(),
        other => panic!("{other:?} is not a refusal of an invalid block"),
    }
}

/// A block on the genesis with this body and a matching header.
fn block(network: &TestNetwork, blobs: Vec<CertifiedBlob>) -> Block {
    let head = network.node(1).ledger().head();
    network.chain.block_on(&head, head.time + 1, blobs)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_proposer_gets_no_vote_and_an_honest_block_does() {
    let network = TestNetwork::started(4, &[1, 2, 3]).await;
    let liar = liar(&network, network.chain.identities[0].clone()).await;
    let blob = network.chain.certified(1, 1, 1);
    let good = block(&network, vec![blob.clone()]);

    let mut forged = network.chain.certified(1, 2, 1);
    forged.certificate.signature = blob.certificate.signature;
    let uncertified = block(&network, vec![forged]);

    let mut twice = good.clone();
    twice.body = BlockBody {
        blobs: vec![blob.clone(), blob.clone()],
        update: None,
    };

    let mut orphan = good.clone();
    orphan.header.parent = HeaderHash::from_bytes([9; 32]);

    let mut early = good.clone();
    early.header.time = u64::MAX;

    let mut other_proposer = good.clone();
    other_proposer.header.proposer = index(1);

    let cases = [
        (uncertified, "certificate"),
        (twice, "blob"),
        (orphan, "parent"),
        (early, "time"),
        (other_proposer, "proposer"),
    ];
    for (lie, named) in &cases {
        for node in network.running() {
            let reason = reason(liar.propose(node, lie).await);
            assert!(reason.contains(named), "{reason:?} does not name {named:?}");
        }
    }
    let mut far = good.clone();
    far.header.height = Height::new(7);
    assert_eq!(
        liar.propose(network.node(1), &far).await,
        Err(Refusal::NotYet)
    );

    // No false proposal took a lock: the right block gets its votes, and no second block does.
    let set = &network.chain.set;
    let message = finality_message(
        &network.chain.genesis.chain_id,
        &good.header.hash(),
        0,
        &set.root(),
    );
    for place in [1, 2, 3] {
        let signature = liar.propose(network.node(place), &good).await.unwrap();
        signature
            .verify(&message, &set.get(index(place)).unwrap().public_key)
            .unwrap();
        assert_eq!(
            liar.propose(network.node(place), &good).await.unwrap(),
            signature
        );
    }
    let second = block(&network, vec![network.chain.certified(1, 3, 1)]);
    let refused = reason(liar.propose(network.node(1), &second).await);
    assert!(refused.contains("voted"), "{refused:?}");

    // The chain continues: the voters complete the block from its header alone.
    let finality = network.chain.finalise(&good, &[1, 2, 3]);
    let signed = SignedHeader {
        header: good.header.clone(),
        finality,
    };
    timeout(PATIENCE, async {
        while liar.handle.publish_header(signed.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(network.ordered(&blob).await, good.header.hash());

    // A blob that is ordered is refused in any later block.
    let head = Head::of(&good.header);
    let again = network.chain.block_on(&head, head.time + 1, vec![blob]);
    assert!(reason(liar.propose(network.node(2), &again).await).contains("ordered"));
    liar.shutdown.cancel();
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_start_a_vote() {
    let network = TestNetwork::started(4, &[1]).await;
    let stranger = liar(&network, Keypair::generate_ed25519()).await;
    let good = block(&network, vec![network.chain.certified(1, 1, 1)]);
    assert!(reason(stranger.propose(network.node(1), &good).await).contains("proposer"));
    assert_eq!(
        network
            .node(1)
            .store()
            .vote_lock(Height::new(1), 0)
            .unwrap(),
        None
    );
    stranger.shutdown.cancel();
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gossiped_header_that_is_not_final_moves_nobody() {
    let network = TestNetwork::started(4, &[1, 2, 3]).await;
    let liar = liar(&network, network.chain.identities[0].clone()).await;
    let blob = network.chain.certified(1, 1, 1);
    let good = block(&network, vec![blob.clone()]);
    let other = block(&network, vec![network.chain.certified(1, 2, 1)]);
    let mut finality = network.chain.finalise(&good, &[1, 2, 3]);
    finality.signature = network.chain.finalise(&other, &[1, 2, 3]).signature;
    let forged = SignedHeader {
        header: good.header.clone(),
        finality,
    };
    let rules = network.chain.rules();
    let head = network.chain.head();
    let verdict = weft_ledger::sync::judge_header(&rules, &head, &forged);
    assert_eq!(verdict, weft_ledger::sync::HeaderVerdict::Reject);

    timeout(PATIENCE, async {
        while liar.handle.publish_header(forged.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    // The valid certificate arrives after the forged one and is accepted.
    for place in [1, 2, 3] {
        liar.propose(network.node(place), &good).await.unwrap();
    }
    let finality = network.chain.finalise(&good, &[1, 2, 3]);
    let signed = SignedHeader {
        header: good.header.clone(),
        finality: finality.clone(),
    };
    liar.handle.publish_header(signed).await.unwrap();
    network.ordered(&blob).await;
    for node in network.running() {
        let stored = node.store().signed_header(Height::new(1)).unwrap().unwrap();
        assert_eq!(stored.finality, finality);
    }
    liar.shutdown.cancel();
    network.shutdown().await;
}
