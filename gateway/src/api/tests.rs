//! The interface over real sockets, real stores and the real client.
#![allow(clippy::unwrap_used)]

mod blocks;
mod description;
mod events;
mod hostile;
mod listing;
mod posting;
mod validators;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use prometheus::Registry;
use reqwest::{Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use weft_chain::{BlobId, BlockBody, CertifiedBlob, Height, SignedValidatorUpdate};
use weft_custody::backfill::CustodyStatus;
use weft_gateway_api::{PROBLEM_CONTENT_TYPE, ProblemDto, ProblemKind};
use weft_ledger::store::Store;
use weft_ledger::{Ledger, LedgerMetrics};
use weft_rollup_adapter::client::ClientConfig;
use weft_rollup_adapter::{HttpClient, Trust};
use weft_test_chain::TestChain;

use super::{ApiContext, ApiLimits, ApiMetrics, ApiParts, BlobService, serve};
use crate::CellSource;
use crate::{PostError, PostRequest, Posted, ReadBatch, ReadError, Receipt, Route};

/// The custody status of every server.
const CUSTODY: CustodyStatus = CustodyStatus {
    owned: 32,
    missing: 5,
    complete_to: Height::GENESIS,
};

/// How the stand-in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Honest,
    Hangs,
    Panics,
    CannotRepair,
}

/// A gateway without a network: every validator of the test chain signs at once.
struct TestService {
    chain: TestChain,
    store: Store,
    batches: Mutex<HashMap<BlobId, Bytes>>,
    manner: watch::Sender<Manner>,
    /// Number of posts and reads so far.
    asked: watch::Sender<usize>,
}

impl TestService {
    async fn behave(&self, blob_id: BlobId) -> Result<(), ReadError> {
        self.asked.send_modify(|asked| *asked += 1);
        let manner = *self.manner.borrow();
        match manner {
            Manner::Honest => Ok(()),
            Manner::Hangs => std::future::pending().await,
            Manner::Panics => panic!("told to by a test"),
            Manner::CannotRepair => Err(ReadError::TooFewColumns {
                blob_id,
                had: 40,
                needed: 64,
            }),
        }
    }
}

#[async_trait]
impl BlobService for TestService {
    async fn post(&self, request: PostRequest) -> Result<Posted, PostError> {
        // Only behaviours without a read error apply to posts.
        let _ = self.behave(BlobId::from_bytes([0; 32])).await;
        let PostRequest {
            namespace,
            layout,
            batch,
            ..
        } = request;
        let rows = layout.rows_from_batch(&batch)?;
        let coded = weft_encoding::code_blob(namespace.as_bytes(), rows)?;
        let header = weft_chain::BlobHeader {
            version: weft_chain::BLOB_HEADER_VERSION,
            namespace,
            layout,
            byte_len: batch.len() as u64,
            commitments: coded.commitments().to_vec(),
            columns_root: coded.columns_root(),
        };
        let blob_id = header.id();
        let known = self.store.certificate(&blob_id)?.is_some();
        self.store
            .put_certified(&self.chain.certify(&header, Height::new(100)))?;
        self.batches.lock().unwrap().insert(blob_id, batch);
        let receipt = Receipt::load(&self.store, blob_id)?.unwrap();
        Ok(Posted { receipt, known })
    }

    async fn read(&self, blob_id: BlobId) -> Result<ReadBatch, ReadError> {
        self.behave(blob_id).await?;
        let header = self
            .store
            .blob_header(&blob_id)?
            .ok_or(ReadError::UnknownBlob(blob_id))?;
        let batch = self.batches.lock().unwrap()[&blob_id].to_vec();
        Ok(ReadBatch {
            header,
            batch: Ok(batch),
            route: Route::Columns,
            fetched_bytes: 0,
        })
    }

    async fn receipt(&self, blob_id: BlobId) -> Result<Option<Receipt>, ReadError> {
        Ok(Receipt::load(&self.store, blob_id)?)
    }
}

/// Makes the source of single cells.
type MakeCells = fn(&Ledger) -> Arc<dyn CellSource>;

/// A server and its dependencies.
struct TestServer {
    address: SocketAddr,
    http: reqwest::Client,
    service: Arc<TestService>,
    ledger: Ledger,
    ready: Arc<AtomicBool>,
    metrics: ApiMetrics,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl TestServer {
    async fn start() -> Self {
        Self::with(|_| {}, None).await
    }

    async fn with(change: impl FnOnce(&mut ApiLimits), cells: Option<MakeCells>) -> Self {
        let chain = TestChain::new(4);
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("weft.redb"), &chain.genesis).unwrap();
        let registry = Registry::new();
        let counters = LedgerMetrics::register(&registry).unwrap();
        let ledger = Ledger::open(store.clone(), chain.genesis.clone(), counters).unwrap();
        let metrics = ApiMetrics::register(&registry).unwrap();
        let service = Arc::new(TestService {
            chain,
            store,
            batches: Mutex::default(),
            manner: watch::Sender::new(Manner::Honest),
            asked: watch::Sender::new(0),
        });
        let ready = Arc::new(AtomicBool::new(true));
        let readiness = Arc::clone(&ready);
        let mut limits = ApiLimits::default();
        change(&mut limits);
        let context = ApiContext::new(ApiParts {
            blobs: Some(Arc::clone(&service) as Arc<dyn BlobService>),
            cells: cells.map(|cells| cells(&ledger)),
            ledger: ledger.clone(),
            pending: watch::Sender::new(3).subscribe(),
            peers: Arc::new(|| 2),
            peer_id: "peer".into(),
            readiness: Arc::new(move || match readiness.load(Ordering::SeqCst) {
                true => Ok(()),
                false => Err("told so by a test".into()),
            }),
            orderer: "solo",
            round: Arc::new(|| Some(2)),
            custody: Some(watch::Sender::new(CUSTODY).subscribe()),
            registry,
            engine_metrics: Arc::new(|| "# TYPE engine_height gauge\nengine_height 3\n".into()),
            metrics: metrics.clone(),
            limits,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let served = serve(context, listener, shutdown.clone());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let _folder = folder;
        Self {
            address,
            http,
            service,
            ledger,
            ready,
            metrics,
            shutdown,
            served,
            _folder,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(self.url(path)).send().await.unwrap()
    }

    async fn post(&self, query: &str, body: impl Into<reqwest::Body>) -> Response {
        self.http
            .post(self.url(&format!("/v1/blobs{query}")))
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// The real client, which trusts only the test chain.
    fn client(&self) -> HttpClient {
        let trust = Trust::from_genesis(&self.service.chain.genesis).unwrap();
        let mut config = ClientConfig::default();
        // The test chain begins in 1970.
        config.max_head_age = None;
        HttpClient::with_config(&self.url(""), trust, config).unwrap()
    }

    fn behave(&self, manner: Manner) {
        self.service.manner.send_replace(manner);
    }

    /// Waits until the service has been asked `times` times.
    async fn asked(&self, times: usize) {
        self.service
            .asked
            .subscribe()
            .wait_for(|asked| *asked >= times)
            .await
            .unwrap();
    }

    /// Orders all pending blobs in one block; without any, an empty block.
    async fn decide(&self) -> u64 {
        self.decide_with(None).await
    }

    /// The same, with a change of the validators.
    async fn decide_with(&self, update: Option<SignedValidatorUpdate>) -> u64 {
        let blobs: Vec<CertifiedBlob> = self.service.store.pending().unwrap();
        let chain = &self.service.chain;
        let parent = match self.service.store.head().unwrap() {
            Some(signed) => signed.header.as_parent(),
            None => chain.start(),
        };
        let (block, finality) = chain.block_with(&parent, BlockBody { blobs, update });
        let height = block.header.height.get();
        self.ledger.commit(block, finality).await.unwrap();
        height
    }
}

/// An answer's status and problem.
async fn problem(response: Response) -> (StatusCode, ProblemDto) {
    let status = response.status();
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(content_type, PROBLEM_CONTENT_TYPE);
    let retry_after = response.headers().contains_key("retry-after");
    let problem: ProblemDto = response.json().await.unwrap();
    assert_eq!(problem.status, status.as_u16());
    let retry = problem.fault() == weft_encoding::Fault::Retry;
    assert_eq!(retry, retry_after, "{problem:?}");
    (status, problem)
}

/// Checks that an answer is a problem of this kind with this value and limit.
async fn assert_problem(
    response: Response,
    status: u16,
    kind: ProblemKind,
    value: serde_json::Value,
    limit: serde_json::Value,
) -> ProblemDto {
    let (found, problem) = problem(response).await;
    assert_eq!(
        (found.as_u16(), problem.problem_kind()),
        (status, kind),
        "{problem:?}"
    );
    let shown = |value: &Option<serde_json::Value>| value.clone().unwrap_or_default();
    assert_eq!(
        (shown(&problem.value), shown(&problem.limit)),
        (value, limit),
        "{problem:?}"
    );
    problem
}
