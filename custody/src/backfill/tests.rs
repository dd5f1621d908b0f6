//! Custodians on loopback: real sockets, real stores, real proofs.
#![allow(clippy::unwrap_used)]

mod changes;
mod columns;
mod expiry;
mod lying;
mod misnamed;
mod unavailable;
mod unpushed;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prometheus::Registry;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use weft_chain::{BlockBody, CertificateBuilder, CertifiedBlob, Height};
use weft_encoding::{
    CellCoord, ColumnIndex, Commitment, MatrixCommitments, RowIndex, UnverifiedCell, VerifiedCell,
};
use weft_ledger::store::Store;
use weft_ledger::testing::build_on;
use weft_ledger::{Ledger, LedgerMetrics};
use weft_network::limits::MAX_SAMPLES;
use weft_network::{
    GetSamples, Multiaddr, Network, NetworkConfig, NetworkEvent, NetworkHandle, Refusal, Request,
    Response, SampleReply,
};
use weft_sampling::{ColumnSet, CustodyAssignment};
use weft_test_chain::{TestBlob, TestChain, index};

use super::super::{Assignments, Custodian, CustodianMetrics, CustodianOptions};
use super::{Backfill, BackfillConfig, BackfillMetrics, BackfillParts, CustodyStatus};
use crate::workers::Workers;

/// Longer than anything here takes on a busy machine; tests end as soon as they can.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a lying custodian makes of its true answer.
type Lie = fn(Response) -> Response;

/// All validators over the whole test, each with a folder that outlives its node.
struct TestNetwork {
    everyone: TestChain,
    /// The validators of the genesis.
    chain: TestChain,
    folders: Vec<TempDir>,
    members: Vec<Option<Member>>,
    /// How long backfills that start from now on wait for gateways.
    proof_patience: Duration,
}

/// One custodian: a ledger, a network and what answers on it.
struct Member {
    network: NetworkHandle,
    addresses: Vec<Multiaddr>,
    registry: Registry,
    ledger: Ledger,
    custodian: Custodian,
    assignments: Assignments,
    metrics: BackfillMetrics,
    backfill: Option<Backfill>,
    /// Requests for columns and cell proofs that it received.
    asked: Arc<AtomicUsize>,
    shutdown: CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl TestNetwork {
    /// `everyone` validators in all, of which the first `genesis` are in the genesis; none runs.
    fn new(everyone: u8, genesis: usize) -> Self {
        let everyone = TestChain::new(everyone);
        let count = everyone.keys.len();
        let places: Vec<usize> = (0..genesis).collect();
        Self {
            chain: everyone.of(&places),
            folders: (0..count).map(|_| tempfile::tempdir().unwrap()).collect(),
            members: (0..count).map(|_| None).collect(),
            proof_patience: Duration::ZERO,
            everyone,
        }
    }

    /// Starts these members, without backfill.
    async fn started(everyone: u8, genesis: usize, places: &[usize]) -> Self {
        let mut network = Self::new(everyone, genesis);
        for place in places {
            network.start(*place, None).await;
        }
        network
    }

    async fn start(&mut self, place: usize, lie: Option<Lie>) {
        let registry = Registry::new();
        let shutdown = CancellationToken::new();
        let mut config = NetworkConfig::new(self.chain.genesis.chain_id);
        config.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
        config.registry = Some(registry.clone());
        let identity = self.everyone.identities[place].clone();
        let (network, events, task) = Network::start(config, identity, shutdown.clone()).unwrap();
        for other in self.members.iter().flatten() {
            network.dial(other.addresses[0].clone()).await.unwrap();
        }
        let path = self.folders[place].path().join("weft.redb");
        let genesis = self.chain.genesis.clone();
        let store = Store::open(path, &genesis).unwrap();
        let metrics = LedgerMetrics::register(&registry).unwrap();
        let ledger = Ledger::open(store.clone(), genesis, metrics).unwrap();
        let assignments = Assignments::default();
        let metrics = CustodianMetrics::register(&registry).unwrap();
        let sets = ledger.validator_sets().clone();
        let custodian = Custodian::new(CustodianOptions {
            key: Some(self.everyone.keys[place].clone()),
            assignments: assignments.clone(),
            ..CustodianOptions::new(ledger.genesis(), store, sets, metrics)
        });
        let asked = Arc::new(AtomicUsize::new(0));
        let serving = serve(events, custodian.clone(), Arc::clone(&asked), lie);
        self.members[place] = Some(Member {
            addresses: network.listen_addrs().await,
            network,
            metrics: BackfillMetrics::register(&registry).unwrap(),
            registry,
            ledger,
            custodian,
            assignments,
            backfill: None,
            asked,
            shutdown,
            tasks: vec![task, tokio::spawn(serving)],
        });
    }

    fn member(&self, place: usize) -> &Member {
        self.members[place].as_ref().unwrap()
    }

    /// Starts the backfill of a member that runs.
    fn backfill(&mut self, place: usize) {
        let key = self.everyone.keys[place].public_key();
        let member = self.members[place].as_mut().unwrap();
        member.backfill = Some(Backfill::start(BackfillParts {
            key,
            ledger: member.ledger.clone(),
            network: member.network.clone(),
            directory: member.ledger.directory().clone(),
            custodian: member.custodian.clone(),
            assignments: member.assignments.clone(),
            workers: Workers::per_core(),
            config: BackfillConfig {
                column_patience: Duration::ZERO,
                proof_patience: self.proof_patience,
                proof_row_patience: Duration::ZERO,
                away_pause: Duration::from_millis(100),
                first_retry_pause: Duration::from_millis(50),
                max_retry_pause: Duration::from_millis(200),
                save_interval: Duration::ZERO,
                ..BackfillConfig::default()
            },
            metrics: member.metrics.clone(),
            shutdown: member.shutdown.clone(),
        }));
    }

    async fn stop(&mut self, place: usize) {
        let mut member = self.members[place].take().unwrap();
        member.shutdown.cancel();
        if let Some(backfill) = member.backfill.take() {
            backfill.stopped().await;
        }
        for task in member.tasks {
            let _ = task.await;
        }
    }

    /// These members hold their columns of a blob by `chain`, and the cell proofs of them.
    async fn hold(&self, chain: &TestChain, blob: &TestBlob, places: &[usize]) {
        self.hold_unproven(chain, blob, places);
        let proofs = blob.cell_proofs();
        for place in places {
            let columns = owned(chain, &self.everyone, *place);
            let member = self.member(*place);
            let store = member.ledger.store();
            let proofs = columns
                .iter()
                .map(|c| (c, proofs.iter().map(|row| row[c.get()]).collect()));
            store
                .put_cell_proofs(&blob.header.id(), proofs.collect())
                .unwrap();
        }
    }

    /// These members hold their columns of a blob by `chain`, and no cell proofs.
    fn hold_unproven(&self, chain: &TestChain, blob: &TestBlob, places: &[usize]) {
        for place in places {
            let columns = owned(chain, &self.everyone, *place);
            let store = self.member(*place).ledger.store();
            store
                .put_columns(&blob.header, Height::new(90), blob.verified(columns))
                .unwrap();
        }
    }

    /// All members that run decide the next block, signed by `chain`.
    async fn decide(&self, chain: &TestChain, body: BlockBody) {
        let some = self.members.iter().flatten().next().unwrap();
        let head = some.ledger.head();
        let block = build_on(some.ledger.rules(), &head, head.time + 1, body);
        let chain_id = &chain.genesis.chain_id;
        let hash = block.header.hash();
        let mut builder = CertificateBuilder::finality(chain_id, hash, 0, &chain.set);
        for (place, key) in chain.keys.iter().enumerate() {
            let signature = key.sign(builder.message());
            builder.add(index(place), signature).unwrap();
        }
        let finality = builder.build().unwrap();
        for member in self.members.iter().flatten() {
            let (block, finality) = (block.clone(), finality.clone());
            member.ledger.commit(block, finality).await.unwrap();
        }
    }

    /// The next block has these blobs, certified by the validators of the genesis.
    async fn order(&self, blobs: &[&TestBlob]) {
        let certify = |blob: &&TestBlob| self.chain.certify(&blob.header, Height::new(90));
        let blobs: Vec<CertifiedBlob> = blobs.iter().map(certify).collect();
        let update = None;
        self.decide(&self.chain, BlockBody { blobs, update }).await;
    }

    /// Asks `of` as a peer for cells of its columns, all rows of a block of one blob, and verifies
    /// them.
    async fn sample(&self, by: usize, of: usize, blob: &TestBlob, columns: ColumnSet) {
        self.sample_block(by, of, &blob.header.commitments, columns)
            .await;
    }

    /// As [`Self::sample`], of the block at height 1 whose rows have these commitments.
    async fn sample_block(
        &self,
        by: usize,
        of: usize,
        commitments: &[Commitment],
        columns: ColumnSet,
    ) {
        let rows = (0..2 * commitments.len()).map(|row| RowIndex::new(row).unwrap());
        let coords: Vec<_> = rows
            .flat_map(|row| columns.iter().map(move |column| CellCoord { row, column }))
            .collect();
        let peer = self.member(of).network.local_peer_id();
        let mut replies = Vec::new();
        for coords in coords.chunks(MAX_SAMPLES) {
            let request = GetSamples {
                height: Height::new(1),
                coords: coords.to_vec(),
            };
            let given = self.member(by).network.request(peer, request).await;
            replies.extend(given.unwrap());
        }
        let cells = coords.into_iter().zip(replies);
        let cells: Vec<UnverifiedCell> = cells
            .map(|(coord, reply)| match reply {
                SampleReply::Cell { cell, proof } => UnverifiedCell { coord, cell, proof },
                SampleReply::Refused(refusal) => panic!("{coord:?}: {refusal}"),
            })
            .collect();
        let matrix = MatrixCommitments::new(commitments).unwrap();
        let verified: Vec<VerifiedCell> = matrix.verify_cells(cells).unwrap();
        assert_eq!(verified.len(), 2 * commitments.len() * columns.len());
    }

    async fn shutdown(mut self) {
        for place in 0..self.members.len() {
            if self.members[place].is_some() {
                self.stop(place).await;
            }
        }
    }
}

impl Member {
    /// Waits until nothing is missing up to a height.
    async fn complete(&self, height: u64) -> CustodyStatus {
        let mut status = self.backfill.as_ref().unwrap().status();
        let done = |status: &CustodyStatus| status.complete_to >= Height::new(height);
        let waiting = timeout(PATIENCE, status.wait_for(done));
        *waiting.await.expect("complete in time").unwrap()
    }

    /// Whether these columns are held as they were coded, with their cell proofs.
    fn has(&self, blob: &TestBlob, columns: ColumnSet) -> bool {
        let (store, id) = (self.ledger.store(), blob.header.id());
        let proofs = blob.cell_proofs();
        columns.iter().all(|column| {
            let of_column: Vec<_> = proofs.iter().map(|row| row[column.get()]).collect();
            store.column(&id, column).unwrap() == Some(blob.coded.column(column))
                && store.cell_proofs(&id, column).unwrap() == Some(of_column)
        })
    }

    fn columns_had(&self, source: &str) -> u64 {
        let counter = &self.metrics.backfilled_columns;
        counter.with_label_values(&[source]).get()
    }

    fn proofs_had(&self, source: &str) -> u64 {
        let counter = &self.metrics.backfilled_cell_proofs;
        counter.with_label_values(&[source]).get()
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Offences that its network has counted.
    fn offences(&self, reason: &str) -> f64 {
        let families = self.registry.gather();
        let family = families
            .iter()
            .find(|family| family.name() == "weft_network_offences_total");
        let metrics = family.into_iter().flat_map(|family| family.get_metric());
        let of_reason = metrics.filter(|metric| {
            let mut labels = metric.get_label().iter();
            labels.any(|label| label.value() == reason)
        });
        of_reason
            .map(|metric| metric.get_counter().get_value())
            .sum()
    }
}

/// The columns of the validator at index `place` of everyone.
fn owned(chain: &TestChain, everyone: &TestChain, place: usize) -> ColumnSet {
    let key = everyone.keys[place].public_key();
    let own = chain.set.index_of(&key).unwrap();
    CustodyAssignment::new(&chain.set).unwrap().columns_of(own)
}

/// Answers as the node's dispatcher does, and counts what backfills ask.
async fn serve(
    mut events: mpsc::Receiver<NetworkEvent>,
    custodian: Custodian,
    asked: Arc<AtomicUsize>,
    lie: Option<Lie>,
) {
    while let Some(event) = events.recv().await {
        let NetworkEvent::Request {
            request, responder, ..
        } = event
        else {
            continue;
        };
        if matches!(request, Request::Columns(_) | Request::CellProofs(_)) {
            asked.fetch_add(1, Ordering::SeqCst);
        }
        let response = match request {
            Request::Columns(request) => {
                Response::Columns(custodian.columns(request).await.unwrap())
            }
            Request::CellProofs(request) => {
                Response::CellProofs(custodian.cell_proofs(request).await.unwrap())
            }
            Request::Samples(request) => {
                Response::Samples(custodian.samples(request).await.unwrap())
            }
            Request::PushProofs(request) => {
                let taken = custodian.push_proofs(request).await;
                Response::PushProofs(taken.map_err(|error| error.refusal()))
            }
            _ => Response::Refused(Refusal::NotServed),
        };
        let response = lie.map_or(response.clone(), |lie| lie(response));
        // A peer that has gone needs no answer.
        let _ = responder.respond(response);
    }
}

fn first(columns: ColumnSet, count: usize) -> ColumnSet {
    columns.iter().take(count).collect::<ColumnSet>()
}

/// The columns for which this holds.
fn columns_where(holds: impl Fn(ColumnIndex) -> bool) -> ColumnSet {
    ColumnIndex::all().filter(|column| holds(*column)).collect()
}
