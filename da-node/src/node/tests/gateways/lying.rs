//! Custodians that lie or say nothing. They are bare networks with a validator's identity.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use weft_chain::{SecretKey, availability_message};
use weft_encoding::{CELL_BYTES, Cell, CellProof, Digest};
use weft_gateway::CustodianError;
use weft_gateway::{DispersalError, PostError, ReadError, Route};
use weft_network::{
    ColumnsReply, GetStatus, Network, NetworkConfig, NetworkEvent, PeerId, Request, RequestError,
    Responder, Response, SampleReply,
};

use super::*;

/// How a false custodian answers a request.
type Manner = fn(Request, &TestBlob) -> Option<Response>;

/// Serves cells that differ from the dispersed ones, and invented parity cells.
fn lie(request: Request, blob: &TestBlob) -> Option<Response> {
    let false_cell = || Cell::from_bytes(&[7; CELL_BYTES]).unwrap();
    match request {
        Request::Columns(request) => {
            let mut columns: Vec<_> = request
                .columns
                .iter()
                .map(|column| blob.coded.column(*column))
                .collect();
            for column in &mut columns {
                column.column.cells[0] = false_cell();
            }
            let refused = Vec::new();
            Some(Response::Columns(ColumnsReply { columns, refused }))
        }
        Request::Samples(request) => {
            let proof = CellProof::from_bytes([0xc0; 48]);
            let cell = |_| SampleReply::Cell {
                cell: false_cell(),
                proof,
            };
            Some(Response::Samples(request.coords.iter().map(cell).collect()))
        }
        _ => None,
    }
}

/// Signs for its columns with a key that is not its own.
fn sign_falsely(request: Request, _: &TestBlob) -> Option<Response> {
    let key = SecretKey::generate(&[99; 32]);
    match request {
        Request::Disperse(request) => {
            let (chain_id, blob_id) = ("weft-test".parse().unwrap(), request.header.id());
            let message = availability_message(&chain_id, &blob_id, &Digest::ZERO, request.expiry);
            Some(Response::Disperse(Ok(key.sign(&message))))
        }
        _ => None,
    }
}

fn be_silent(_: Request, _: &TestBlob) -> Option<Response> {
    None
}

struct FalseCustodian {
    peer: PeerId,
    shutdown: CancellationToken,
    asked: mpsc::UnboundedReceiver<()>,
}

/// Starts validator `place` as a false one, connected to all running nodes.
async fn start_false(
    network: &TestNetwork,
    place: usize,
    blob: TestBlob,
    manner: Manner,
) -> FalseCustodian {
    let shutdown = CancellationToken::new();
    let config = NetworkConfig::new(network.chain.genesis.chain_id);
    let identity = network.identities[place].clone();
    let (handle, mut events, _) = Network::start(config, identity, shutdown.clone()).unwrap();
    for address in network.addresses() {
        handle.dial(address).await.unwrap();
    }
    let peer = handle.local_peer_id();
    let (asking, asked) = mpsc::unbounded_channel();
    let stop = shutdown.clone();
    tokio::spawn(async move {
        let _handle = handle;
        // Kept, not dropped: a dropped responder is an answer.
        let mut silent: Vec<Responder> = Vec::new();
        loop {
            let event = tokio::select! {
                () = stop.cancelled() => return,
                event = events.recv() => event,
            };
            if let Some(NetworkEvent::Request {
                request, responder, ..
            }) = event
            {
                if matches!(request, Request::Columns(_) | Request::Samples(_)) {
                    let _ = asking.send(());
                }
                match manner(request, &blob) {
                    Some(response) => responder.respond(response).unwrap(),
                    None => silent.push(responder),
                }
            }
        }
    });
    FalseCustodian {
        peer,
        shutdown,
        asked,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_custodian_is_survived_and_banned() {
    let network = TestNetwork::started([1, 2, 3, GATEWAY]).await;
    let blob = || TestBlob::new(namespace("liar"), 1, 2);
    let blobs = [blob()];
    network.disperse(&blobs[0]).await;
    network.order(&blobs).await;
    let mut liar = start_false(&network, 0, blob(), lie).await;
    // One lie per read; the score does not forgive two within three minutes.
    for _ in 0..2 {
        let read = network.gateway().read(blobs[0].header.id()).await.unwrap();
        assert_eq!(read.batch.unwrap(), batch_of(&blobs[0]));
        assert_eq!(read.route, Route::Columns);
        liar.asked.recv().await.unwrap();
    }
    await_ban(&network, liar.peer).await;
    // The honest custodians are not.
    for place in [1, 2, 3] {
        let peer = network.node(place).peer_id();
        let handle = network.node(GATEWAY).network();
        handle.request(peer, GetStatus).await.unwrap();
    }
    liar.shutdown.cancel();
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn false_columns_and_cells_repair_nothing_and_ban_in_one_read() {
    let network = TestNetwork::started([1, GATEWAY]).await;
    let blob = || TestBlob::new(namespace("liar"), 2, 1);
    let blobs = [blob()];
    network.disperse(&blobs[0]).await;
    network.give_proofs(&blobs[0], [1]);
    network.order(&blobs).await;
    let liar = start_false(&network, 0, blob(), lie).await;
    let error = network
        .gateway()
        .read(blobs[0].header.id())
        .await
        .unwrap_err();
    let ReadError::Unrepairable { columns, cells, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((columns, cells), (32, 32), "only the honest one's");
    await_ban(&network, liar.peer).await;
    liar.shutdown.cancel();
    network.shutdown().await;
}

pub(super) async fn await_ban(network: &TestNetwork, peer: PeerId) {
    let handle = network.node(GATEWAY).network();
    let banned = async {
        while !matches!(
            handle.request(peer, GetStatus).await,
            Err(RequestError::Banned { .. })
        ) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, banned).await.expect("banned in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_custodian_does_not_hold_up_a_read() {
    let mut network = TestNetwork::new();
    network.config.request_deadline = PATIENCE;
    network.config.read_deadline = PATIENCE;
    for place in [1, 2, 3, GATEWAY] {
        network.start(place).await;
    }
    let blob = || TestBlob::new(namespace("silent"), 3, 1);
    let blobs = [blob()];
    network.disperse(&blobs[0]).await;
    network.order(&blobs).await;
    let mut silent = start_false(&network, 0, blob(), be_silent).await;
    let read = timeout(PATIENCE / 2, network.gateway().read(blobs[0].header.id()));
    let read = read.await.expect("long before the deadline").unwrap();
    assert_eq!(read.batch.unwrap(), batch_of(&blobs[0]));
    silent.asked.recv().await.unwrap();
    silent.shutdown.cancel();
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_signature_does_not_count() {
    let mut network = TestNetwork::new();
    network.config.certify_deadline = Duration::from_secs(2);
    for place in [1, 2, GATEWAY] {
        network.start(place).await;
    }
    let blob = TestBlob::new(namespace("liar"), 4, 1);
    let liar = start_false(&network, 0, blob, sign_falsely).await;
    let request = request(&batch(5, 1000), Wait::Certified);
    let error = network.gateway().post(request.clone()).await.unwrap_err();
    let PostError::Dispersal(DispersalError::TooFewSignatures {
        signed, failures, ..
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!(signed, 2);
    let of_liar = failures.iter().find(|(of, _)| *of == index(0)).unwrap();
    assert!(matches!(of_liar.1, CustodianError::Signature(_)));
    // The second offence exceeds the score.
    network.gateway().post(request).await.unwrap_err();
    await_ban(&network, liar.peer).await;
    liar.shutdown.cancel();
    network.shutdown().await;
}
