//! Full nodes as a light client sees them: they answer over real sockets, honestly or not.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use weft_chain::{BlobHeader, HeaderHash, Height, SignedHeader, SignedValidatorUpdate};
use weft_encoding::{CellCoord, Digest};
use weft_light_client::{Multiaddr, PeerId, identity::Keypair};
use weft_network::{
    Network, NetworkConfig, NetworkEvent, NetworkHandle, Refusal, Request, Responder, Response,
    SampleReply, Status,
};
use weft_sampling::{ColumnSet, CustodyAssignment, adversary::WorstPattern};
use weft_test_chain::{GrowingChain, TestBlock, identity, key};

/// What a node does.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    Honest,
    /// Serves other cells than those asked for.
    LyingCells,
    /// Serves the commitments of no block.
    LyingCommitments,
    /// Serves headers that the validators did not sign.
    LyingHeaders,
    /// Shows validator sets that nobody approved.
    LyingUpdates,
    /// Refuses the cells of a pattern.
    Withholding(WorstPattern),
    /// Says "not yet" so many times before it serves.
    Late(u32),
    /// Answers nothing but headers, commitments and status.
    Silent,
}

const ANYWHERE: &str = "/ip4/127.0.0.1/tcp/0";

/// An address that nobody listens at.
pub(crate) fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!(
        "/ip4/127.0.0.1/tcp/{}",
        listener.local_addr().unwrap().port()
    )
}

pub(crate) struct Server {
    pub(crate) handle: NetworkHandle,
    pub(crate) address: Multiaddr,
    /// The last height that the node admits to having.
    pub(crate) visible: Arc<AtomicU64>,
    /// The last height whose header it sends; who asks for what comes then has to wait.
    pub(crate) headers_to: watch::Sender<u64>,
    /// Requests for samples that were answered with cells.
    pub(crate) served: Arc<AtomicU32>,
    /// Whether it has cells; until then it says that it holds none.
    pub(crate) holding: Arc<AtomicBool>,
    /// Whether it knows updates of the validator set.
    pub(crate) showing: Arc<AtomicBool>,
    /// The validator sets that it was asked for.
    pub(crate) sets_asked: Arc<Mutex<Vec<Digest>>>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

struct Answers {
    chain: Arc<GrowingChain>,
    columns: ColumnSet,
    behaviour: Behaviour,
    visible: Arc<AtomicU64>,
    headers_to: watch::Receiver<u64>,
    served: Arc<AtomicU32>,
    holding: Arc<AtomicBool>,
    showing: Arc<AtomicBool>,
    sets_asked: Arc<Mutex<Vec<Digest>>>,
    postponed: AtomicU32,
    /// Requests that are never answered.
    ignored: Vec<Responder>,
}

impl Server {
    /// Validator `i` of the chain's newest set, with the columns that are assigned to it, at the
    /// address that updates give for it.
    pub(crate) async fn custodian(chain: &Arc<GrowingChain>, i: u8, behaviour: Behaviour) -> Self {
        let assignment = CustodyAssignment::new(&chain.validators.set).unwrap();
        let index = chain.validators.set.index_of(&key(i).public_key()).unwrap();
        let listen = chain.addresses.get(&i).map_or(ANYWHERE, String::as_str);
        let columns = assignment.columns_of(index);
        Self::start(chain, identity(i), listen, columns, behaviour).await
    }

    /// A node that holds every column.
    pub(crate) async fn gateway(chain: &Arc<GrowingChain>, behaviour: Behaviour) -> Self {
        Self::start(
            chain,
            Keypair::generate_ed25519(),
            ANYWHERE,
            ColumnSet::ALL,
            behaviour,
        )
        .await
    }

    async fn start(
        chain: &Arc<GrowingChain>,
        keypair: Keypair,
        listen: &str,
        columns: ColumnSet,
        behaviour: Behaviour,
    ) -> Self {
        let stop = CancellationToken::new();
        let mut config = NetworkConfig::new(chain.genesis.chain_id);
        config.listen = vec![listen.parse().unwrap()];
        let (handle, mut events, network) = Network::start(config, keypair, stop.clone()).unwrap();
        let address = handle.listen_addrs().await.remove(0);
        let visible = Arc::new(AtomicU64::new(chain.blocks.len() as u64));
        let headers_to = watch::Sender::new(u64::MAX);
        let served = Arc::new(AtomicU32::new(0));
        let (holding, showing) = (AtomicBool::new(true), AtomicBool::new(true));
        let (holding, showing) = (Arc::new(holding), Arc::new(showing));
        let sets_asked = Arc::new(Mutex::new(Vec::new()));
        let mut answers = Answers {
            chain: Arc::clone(chain),
            columns,
            behaviour,
            visible: Arc::clone(&visible),
            headers_to: headers_to.subscribe(),
            served: Arc::clone(&served),
            holding: Arc::clone(&holding),
            showing: Arc::clone(&showing),
            sets_asked: Arc::clone(&sets_asked),
            postponed: AtomicU32::new(0),
            ignored: Vec::new(),
        };
        let answering = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                match event {
                    NetworkEvent::Request {
                        request, responder, ..
                    } => {
                        answers.answer(request, responder);
                    }
                    NetworkEvent::Gossip { validation, .. } => validation.accept(),
                    _ => {}
                }
            }
        });
        Self {
            handle,
            address,
            visible,
            headers_to,
            served,
            holding,
            showing,
            sets_asked,
            stop,
            tasks: vec![network, answering],
        }
    }

    pub(crate) fn peer_id(&self) -> PeerId {
        self.handle.local_peer_id()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

impl Answers {
    fn answer(&mut self, request: Request, responder: Responder) {
        let silent = matches!(self.behaviour, Behaviour::Silent);
        let response = match request {
            Request::Status(_) => Response::Status(self.status()),
            Request::Headers(range) => {
                let from = range.from.get();
                let headers: Vec<_> = (from..)
                    .take(usize::from(range.count))
                    .map_while(|height| self.header(height))
                    .collect();
                let mut headers_to = self.headers_to.clone();
                tokio::spawn(async move {
                    let sent = headers_to.wait_for(|last| *last >= from).await;
                    let Ok(last) = sent.map(|last| *last) else {
                        return;
                    };
                    let headers = headers.into_iter().zip(from..=last);
                    let headers = headers.map(|(header, _)| header).collect();
                    // Who asked may have gone meanwhile.
                    let _ = responder.respond(Response::Headers(headers));
                });
                return;
            }
            Request::BlobHeaders(question) => {
                Response::BlobHeaders(self.blob_headers(question.height))
            }
            Request::Samples(_) if silent => {
                self.ignored.push(responder);
                return;
            }
            Request::Samples(question) => Response::Samples(
                question
                    .coords
                    .iter()
                    .map(|&coord| self.sample(question.height, coord))
                    .collect(),
            ),
            Request::ValidatorUpdate(question) => {
                Response::ValidatorUpdate(self.update(question.root))
            }
            _ => Response::Refused(Refusal::NotServed),
        };
        responder.respond(response).unwrap();
    }

    fn block(&self, height: u64) -> Option<&TestBlock> {
        if height > self.visible.load(Ordering::SeqCst) {
            return None;
        }
        self.chain
            .blocks
            .get(usize::try_from(height).unwrap().checked_sub(1)?)
    }

    fn status(&self) -> Status {
        let height = self.visible.load(Ordering::SeqCst);
        let header_hash = self
            .block(height)
            .map_or(HeaderHash::from_bytes([0; 32]), |b| b.signed.header.hash());
        Status {
            height: Height::new(height),
            header_hash,
        }
    }

    fn header(&self, height: u64) -> Option<SignedHeader> {
        let mut signed = self.block(height)?.signed.clone();
        if matches!(self.behaviour, Behaviour::LyingHeaders) {
            signed.header.time += 1;
        }
        Some(signed)
    }

    fn update(&self, root: Digest) -> Result<SignedValidatorUpdate, Refusal> {
        self.sets_asked.lock().unwrap().push(root);
        let introduces =
            |update: &&SignedValidatorUpdate| update.update.validator_set().unwrap().root() == root;
        let mut update = self
            .chain
            .updates
            .iter()
            .filter(|_| self.showing.load(Ordering::SeqCst))
            .find(introduces)
            .cloned()
            .ok_or(Refusal::Unknown)?;
        if matches!(self.behaviour, Behaviour::LyingUpdates) {
            update.update.validators[0].stake += 1;
            update.certificate.update_id = update.update.id();
        }
        Ok(update)
    }

    fn blob_headers(&self, height: Height) -> Result<Vec<BlobHeader>, Refusal> {
        let block = self.block(height.get()).ok_or(Refusal::Unknown)?;
        let mut headers = block.blob_headers();
        if matches!(self.behaviour, Behaviour::LyingCommitments) {
            for header in &mut headers {
                header.commitments.reverse();
            }
        }
        Ok(headers)
    }

    fn sample(&self, height: Height, coord: CellCoord) -> SampleReply {
        let refused = SampleReply::Refused;
        let Some(block) = self.block(height.get()) else {
            return refused(Refusal::Unknown);
        };
        if !self.holding.load(Ordering::SeqCst) || !self.columns.contains(coord.column) {
            return refused(Refusal::NotHeld);
        }
        let asked = match &self.behaviour {
            Behaviour::Withholding(pattern) if pattern.withholds(coord) => {
                return refused(Refusal::NotHeld);
            }
            Behaviour::Late(times) if self.postponed.fetch_add(1, Ordering::SeqCst) < *times => {
                return refused(Refusal::NotYet);
            }
            Behaviour::LyingCells => {
                let column = weft_encoding::ColumnIndex::new((coord.column.get() + 1) % 128);
                CellCoord {
                    row: coord.row,
                    column: column.unwrap(),
                }
            }
            _ => coord,
        };
        match block.cell(asked) {
            Some((cell, proof)) => {
                self.served.fetch_add(1, Ordering::SeqCst);
                SampleReply::Cell { cell, proof }
            }
            None => refused(Refusal::invalid("outside the matrix")),
        }
    }
}
