//! One validator of four is byzantine: its invalid blocks get no vote, and the chain goes on.

mod liar;
mod lies;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arc_malachitebft_app::consensus::SignedConsensusMsg;
use arc_malachitebft_app::types::core::NilOrVal;
use liar::Liar;
use lies::{Lie, ordered};
use tokio::time::timeout;
use weft_chain::{CertifiedBlob, HeaderHash, Height, PublicKey, Signature, SigningMessage};
use weft_ledger::store::{EquivocationKind, EvidenceRecord};
use weft_ledger::testing::await_ordered;
use weft_network::identity::Keypair;

use super::agreement::agree;
use super::network::{Base, PATIENCE, Pace, TestNetwork, Validator, free_port};
use crate::Application;
use crate::malachite::codec::Wire as _;
use crate::malachite::signing::preimage;
use crate::malachite::types::ConsensusValue;
use crate::malachite::{MalachiteOrderer, WeftContext};

/// The validator that lies.
const LIAR: usize = 3;

const PACE: Pace = Pace {
    block_interval: Duration::from_millis(100),
    propose_timeout: Duration::from_secs(1),
    vote_timeout: Duration::from_millis(300),
};

/// Three honest validators, on a chain that has ordered a blob, and one that will lie.
struct Trial {
    network: TestNetwork,
    honest: Vec<Validator>,
    liar: Arc<Liar>,
    lying: Validator,
}

impl Trial {
    async fn start(pace: Pace) -> Self {
        let network = TestNetwork::new(4).at_pace(pace);
        let mut honest = Vec::new();
        for place in 0..LIAR {
            honest.push(network.start(place).await);
        }
        let (liar, lying) = Liar::start(&network, LIAR).await;
        let trial = Self {
            network,
            honest,
            liar,
            lying,
        };
        trial.orders(ordered(&trial.network)).await;
        trial
    }

    fn everyone(&self) -> impl Iterator<Item = &Validator> {
        self.honest.iter().chain([&self.lying])
    }

    /// Waits until a blob that all nodes have is in a block.
    async fn orders(&self, blob: CertifiedBlob) {
        let id = blob.header.id();
        for node in self.everyone() {
            node.base.pool.submit(blob.clone()).await.unwrap();
        }
        for node in self.everyone() {
            let ordered = timeout(PATIENCE, await_ordered(&node.base.ledger, id)).await;
            ordered.unwrap();
        }
    }

    /// Waits until the honest validators are at a height; their blocks are the same.
    async fn goes_on(&self, to: Height) {
        for node in &self.honest {
            node.base.reaches(to).await;
        }
        agree(&self.honest.iter().collect::<Vec<_>>(), to);
    }

    async fn stop(self) {
        for node in self.honest.into_iter().chain([self.lying]) {
            node.stop().await;
        }
    }
}

/// How often a node has refused a block for a reason.
fn refused(node: &Validator, reason: &str) -> u64 {
    let refused = &node.base.application.metrics().refused_blocks;
    refused.with_label_values(&[reason]).get()
}

/// Asserts that a node did not vote for a header at a height: it neither signed nor decided it. The
/// store drops its locks below the head, so the signed votes are checked.
fn no_vote(node: &Validator, height: Height, header: HeaderHash) {
    let store = node.base.ledger.store();
    let finality = store.signed_header(height).unwrap().unwrap().finality;
    assert_ne!(finality.header_hash, header, "at {height}");
    let signed = node.base.application.signed();
    assert!(!signed.contains(&(height, header)), "at {height}");
    let decided = (height, finality.header_hash);
    assert!(
        signed.contains(&decided),
        "votes at {height} are seen at all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_blocks_get_no_vote_and_the_chain_goes_on() {
    let trial = Trial::start(PACE).await;
    let before: Vec<_> = trial.honest.iter().map(|node| node.base.head()).collect();
    trial.liar.lie(Lie::BLOCKS.map(|(lie, _)| lie));
    trial.liar.lie([Lie::Garbage]);
    let told = trial.liar.told(Lie::BLOCKS.len() + 1).await;
    let last = told.last().unwrap().height;
    trial.goes_on(last.saturating_add(5)).await;

    for node in &trial.honest {
        for told in &told {
            no_vote(node, told.height, told.header);
            // So it was another round's block.
            let signed = node.base.ledger.store().signed_header(told.height);
            assert!(
                signed.unwrap().unwrap().finality.round > 0,
                "{:?}",
                told.lie
            );
        }
        for (_, reason) in Lie::BLOCKS {
            let lies = Lie::BLOCKS.iter().filter(|(_, other)| *other == reason);
            assert!(refused(node, reason) >= lies.count() as u64, "{reason}");
        }
        assert_eq!(refused(node, "bytes"), 1);
        assert_eq!(node.base.ledger.store().evidence_count().unwrap(), 0);
    }
    // Nor did a validator prevote for one.
    let heard = trial.liar.wire().heard();
    let good = trial.honest[0].base.hash(before[0].saturating_add(1));
    let voters: BTreeSet<_> = heard
        .iter()
        .filter(|heard| heard.header == good)
        .map(|heard| heard.voter)
        .collect();
    assert!(voters.len() >= 2, "votes are heard: {voters:?}");
    for told in &told {
        assert!(heard.iter().all(|heard| heard.header != told.header));
    }
    trial.orders(trial.network.chain.certified(4, 4, 2)).await;
    trial.stop().await;
}

/// The proposer's signature covers the header, so a peer that forwards a block can replace its
/// bytes, and those may arrive first.
#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_under_a_block_s_hash_do_not_take_its_place() {
    // No round ends because a machine is busy.
    let trial = Trial::start(Pace {
        propose_timeout: Duration::from_secs(10),
        ..PACE
    })
    .await;
    let lies = [Lie::GarbageFirst, Lie::OtherBodyFirst];
    trial.liar.lie(lies.into_iter().cycle().take(6));
    let told = trial.liar.told(6).await;
    trial
        .goes_on(told.last().unwrap().height.saturating_add(2))
        .await;
    for node in &trial.honest {
        for told in &told {
            let signed = node.base.ledger.store().signed_header(told.height);
            let signed = signed.unwrap().unwrap();
            assert_eq!(signed.header.hash(), told.header, "{:?}", told.lie);
            assert_eq!(signed.finality.round, 0, "{:?}", told.lie);
        }
        // A part that is verified sooner than the one before it may overtake that one.
        assert!(refused(node, "bytes") > 0);
    }
    trial.stop().await;
}

/// Both messages of a record, with the header that each names, verified from the record alone.
fn verified(record: &EvidenceRecord) -> [(SigningMessage, Option<HeaderHash>); 2] {
    [&record.first, &record.second].map(|bytes| {
        let message = SignedConsensusMsg::<WeftContext>::from_wire(bytes).unwrap();
        let chain_id = "weft-test".parse().unwrap();
        assert_eq!(message.height().0, record.height);
        assert_eq!(message.round().as_u32(), Some(record.round));
        let signature: Signature = *message.signature();
        let (said, value) = match message {
            SignedConsensusMsg::Vote(vote) => {
                let value = match vote.message.value {
                    NilOrVal::Nil => None,
                    NilOrVal::Val(header) => Some(header),
                };
                (preimage::vote(&chain_id, &vote.message), value)
            }
            SignedConsensusMsg::Proposal(proposal) => {
                let ConsensusValue(header) = proposal.message.value;
                (
                    preimage::proposal(&chain_id, &proposal.message),
                    Some(header),
                )
            }
        };
        signature.verify(&said, &record.validator).unwrap();
        (said, value)
    })
}

/// Waits until a node has evidence of these kinds. All its evidence is against `culprit`, verifies,
/// and is counted.
async fn convicts(
    node: &Validator,
    culprit: PublicKey,
    kinds: &[EquivocationKind],
) -> Vec<EvidenceRecord> {
    let store = node.base.ledger.store();
    let mut head = node.base.ledger.watch_head();
    let convicted = async {
        loop {
            let records = store.evidence(10_000).unwrap();
            let has = |kind| records.iter().filter(|record| record.kind == kind).count() > 1;
            if kinds.iter().copied().all(has) {
                return;
            }
            head.changed().await.unwrap();
        }
    };
    let convicted = timeout(PATIENCE, convicted).await;
    let records = store.evidence(10_000).unwrap();
    convicted.unwrap_or_else(|_| panic!("{kinds:?} in time, not {records:?}"));
    for record in &records {
        assert_eq!(record.validator, culprit);
        let [first, second] = verified(record);
        assert_ne!(first.0, second.0);
        assert_ne!(first.1, second.1);
    }
    records
}

/// Asserts that honest validators voted for at most one header in the first round of a height.
fn one_vote_of_all(honest: &[Validator], height: Height) {
    let locks = honest
        .iter()
        .filter_map(|node| node.base.ledger.store().vote_lock(height, 0).unwrap());
    let headers: BTreeSet<HeaderHash> = locks.collect();
    assert!(headers.len() <= 1, "at {height}: {headers:?}");
}

/// Asserts that the metrics count exactly the evidence in a node's store.
fn counted(base: &Base) {
    let records = base.ledger.store().evidence(10_000).unwrap();
    for kind in EquivocationKind::ALL {
        let counters = &base.application.metrics().equivocations;
        let counter = counters.with_label_values(&[kind.name()]);
        let kept = records.iter().filter(|record| record.kind == kind).count();
        assert_eq!(counter.get(), kept as u64, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_headers_or_several_prevotes_in_a_round_are_evidence() {
    let trial = Trial::start(PACE).await;
    let culprit = trial.network.chain.keys[LIAR].public_key();
    trial.liar.prevote_more();
    trial.liar.lie([Lie::TwoHeaders; 1_000]);
    let kinds = [EquivocationKind::Proposal, EquivocationKind::Prevote];
    let mut records = Vec::new();
    for node in &trial.honest {
        records.extend(convicts(node, culprit, &kinds).await);
    }
    let told = trial.liar.told(1).await;
    for record in records {
        let told = told.iter().find(|told| told.height == record.height);
        if record.kind == EquivocationKind::Proposal {
            let [first, second] = verified(&record);
            let other = Some(told.unwrap().header);
            assert!(first.1 == other || second.1 == other, "{told:?}");
            assert_eq!(record.round, 0);
        }
    }
    for told in &told {
        one_vote_of_all(&trial.honest, told.height);
    }
    let heads = trial.honest.iter().map(|node| node.base.head());
    trial.goes_on(heads.max().unwrap().saturating_add(10)).await;
    trial.lying.stop().await;
    for node in trial.honest {
        // Nothing is kept after it.
        let base = node.halt().await;
        counted(&base);
        base.stop().await;
    }
}

/// One key on two machines, with two network identities and two stores.
#[tokio::test(flavor = "multi_thread")]
async fn a_validator_that_runs_twice_forks_nothing() {
    let network = TestNetwork::new(4).at_pace(PACE);
    let mut nodes = network.start_all().await;
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let identity = Keypair::generate_ed25519();
    let key = network.chain.keys[LIAR].clone();
    let culprit = key.public_key();
    let base = network
        .base_in(folder.path(), identity.clone(), key.clone())
        .await;
    let orderer = MalachiteOrderer::new(
        Arc::clone(&base.application) as Arc<dyn Application>,
        identity,
        key,
        network.config(folder.path(), port),
    );
    let twin = Validator::run(base, orderer.unwrap());
    let other = nodes.pop().unwrap();
    let kinds = [EquivocationKind::Proposal, EquivocationKind::Prevote];
    for node in &nodes {
        convicts(node, culprit, &kinds).await;
    }
    let on = nodes[0].base.head().saturating_add(10);
    for node in nodes.iter().chain([&other, &twin]) {
        node.base.reaches(on).await;
    }
    agree(&nodes.iter().chain([&other, &twin]).collect::<Vec<_>>(), on);
    for node in nodes.into_iter().chain([other, twin]) {
        node.stop().await;
    }
}
