//! Custodians that see who asks: they serve every light client its samples and serve gateways
//! nothing. The clients pass on their cells.

use tokio_util::sync::CancellationToken;
use weft_encoding::{CELL_BYTES, COLUMNS, Cell, CellCoord, CellProof, RowIndex, UnverifiedCell};
use weft_gateway::{ReadError, Route};
use weft_light_client::{HeightVerdict, LightClient, LightConfig, SampleSchedule, SampleTarget};
use weft_network::{
    ColumnsReply, Mode, Network, NetworkConfig, NetworkEvent, NetworkHandle, PeerId, Refusal,
    Request, Response, SampleReply,
};

use super::lying::await_ban;
use super::*;

const LOOPBACK: &str = "/ip4/127.0.0.1/tcp/0";

/// Samples per client, of the 256 cells of a block of one row: so few that two clients cannot have
/// the 127 cells that always repair it.
const SAMPLES: u32 = 60;

/// A network without a node, connected to all running nodes.
struct Peer {
    handle: NetworkHandle,
    shutdown: CancellationToken,
}

impl Peer {
    async fn start(
        network: &TestNetwork,
        mode: Mode,
        identity: Keypair,
        answer: impl Fn(PeerId, Request) -> Response + Send + 'static,
    ) -> Self {
        let shutdown = CancellationToken::new();
        let mut config = NetworkConfig::new(network.chain.genesis.chain_id);
        config.mode = mode;
        config.listen = vec![LOOPBACK.parse().unwrap()];
        let (handle, mut events, _) = Network::start(config, identity, shutdown.clone()).unwrap();
        for address in network.addresses() {
            handle.dial(address).await.unwrap();
        }
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let NetworkEvent::Request {
                    peer,
                    request,
                    responder,
                } = event
                {
                    // The requester may have disconnected.
                    let _ = responder.respond(answer(peer, request));
                }
            }
        });
        Self { handle, shutdown }
    }

    fn peer_id(&self) -> PeerId {
        self.handle.local_peer_id()
    }
}

/// The cells of a block of one row; its parity row is the row itself.
fn matrix(blob: &TestBlob) -> Vec<UnverifiedCell> {
    let proofs = &blob.cell_proofs()[0];
    let of_row = |row| {
        ColumnIndex::all().map(move |column| UnverifiedCell {
            coord: CellCoord {
                row: RowIndex::new(row).unwrap(),
                column,
            },
            cell: blob.coded.column(column).column.cells[0].clone(),
            proof: proofs[column.get()],
        })
    };
    of_row(0).chain(of_row(1)).collect()
}

/// All four validators. They serve cells to every peer except `refused`, and columns to none.
async fn start_adaptive(network: &TestNetwork, blob: &TestBlob, refused: PeerId) -> Vec<Peer> {
    let mut custodians = Vec::new();
    for identity in &network.identities[..GATEWAY] {
        let cells = matrix(blob);
        let sample = move |peer: PeerId, coord: CellCoord| {
            if peer == refused {
                return SampleReply::Refused(Refusal::NotHeld);
            }
            let place = coord.row.get() * COLUMNS + coord.column.get();
            let UnverifiedCell { cell, proof, .. } = cells[place].clone();
            SampleReply::Cell { cell, proof }
        };
        let answer = move |peer: PeerId, request: Request| match request {
            Request::Samples(request) => {
                let replies = request.coords.iter().map(|&coord| sample(peer, coord));
                Response::Samples(replies.collect())
            }
            Request::Columns(request) => Response::Columns(ColumnsReply {
                columns: Vec::new(),
                refused: request
                    .columns
                    .into_iter()
                    .map(|column| (column, Refusal::NotHeld))
                    .collect(),
            }),
            _ => Response::Refused(Refusal::NotServed),
        };
        custodians.push(Peer::start(network, Mode::Full, identity.clone(), answer).await);
    }
    custodians
}

/// A light client that is connected to the custodians and the gateway.
async fn start_client(network: &TestNetwork, custodians: &[Peer], folder: &TempDir) -> LightClient {
    let mut config = LightConfig::new(network.chain.genesis.clone(), folder.path());
    config.bootstrap = network.addresses();
    for custodian in custodians {
        config
            .bootstrap
            .extend(custodian.handle.listen_addrs().await);
    }
    config.target = SampleTarget::Count(SAMPLES.try_into().unwrap());
    config.schedule = SampleSchedule::OnRequest;
    config.poll = Duration::from_millis(200);
    LightClient::start(config, CancellationToken::new())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_adaptive_withholder_gave_to_each_client_is_had_by_all() {
    let network = TestNetwork::started([GATEWAY]).await;
    let blobs = [TestBlob::new(namespace("adaptive"), 11, 1)];
    network.order(&blobs).await;
    let gateway = network.node(GATEWAY).peer_id();
    let custodians = start_adaptive(&network, &blobs[0], gateway).await;
    let folders: Vec<_> = (0..16).map(|_| tempfile::tempdir().unwrap()).collect();

    let mut clients = Vec::new();
    let mut needed = u64::MAX;
    for folder in &folders {
        if clients.len() as u64 >= needed {
            break;
        }
        let client = start_client(&network, &custodians, folder).await;
        let report = timeout(PATIENCE, client.sample(Height::new(1)));
        let report = report.await.expect("a report in time").unwrap();
        // One after another, each client alone is deceived.
        assert_eq!(report.verdict, HeightVerdict::Available, "{report:?}");
        needed = report.clients_needed().unwrap();
        let first = clients.is_empty();
        clients.push(client);
        if first {
            let error = network.gateway().read(blobs[0].header.id()).await;
            let Err(ReadError::Unrepairable { cells, columns, .. }) = error else {
                panic!("{error:?}");
            };
            assert_eq!(columns, 0);
            assert!(cells >= SAMPLES as usize, "the client's at least: {cells}");
        }
    }
    println!("{needed} clients are needed");
    assert!(clients.len() as u64 >= needed && needed > 2);
    let read = network.gateway().read(blobs[0].header.id()).await.unwrap();
    assert_eq!(read.batch, Ok(batch_of(&blobs[0])));
    assert_eq!(read.route, Route::Cells);

    for client in clients {
        client.shutdown().await;
    }
    for custodian in custodians {
        custodian.shutdown.cancel();
    }
    network.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_passes_on_forged_cells_mends_nothing_and_is_banned() {
    let network = TestNetwork::started([GATEWAY]).await;
    let blobs = [TestBlob::new(namespace("forged"), 12, 1)];
    network.order(&blobs).await;
    let gateway = network.node(GATEWAY).peer_id();
    let custodians = start_adaptive(&network, &blobs[0], gateway).await;

    let passing_on = |cells: Vec<UnverifiedCell>| {
        move |_: PeerId, request: Request| match request {
            Request::SampledCells(_) => Response::SampledCells(cells.clone()),
            _ => Response::Refused(Refusal::NotServed),
        }
    };
    // All cells but one are right: a reply is accepted whole or not at all.
    let mut forged = matrix(&blobs[0]);
    forged[200].cell = Cell::from_bytes(&[7; CELL_BYTES]).unwrap();
    forged[200].proof = CellProof::from_bytes([0xc0; 48]);
    let forger = Keypair::generate_ed25519();
    let forger = Peer::start(&network, Mode::Light, forger, passing_on(forged)).await;
    // One lie per read; the score does not forgive two within three minutes.
    for _ in 0..2 {
        let error = network.gateway().read(blobs[0].header.id()).await;
        let Err(ReadError::Unrepairable { cells, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(cells, 0);
    }
    await_ban(&network, forger.peer_id()).await;

    // Cells outside the matrix are refused too.
    let mut outside = matrix(&blobs[0]);
    outside[255].coord.row = RowIndex::new(2).unwrap();
    let stranger = Keypair::generate_ed25519();
    let stranger = Peer::start(&network, Mode::Light, stranger, passing_on(outside)).await;
    let error = network.gateway().read(blobs[0].header.id()).await;
    assert!(
        matches!(error, Err(ReadError::Unrepairable { cells: 0, .. })),
        "{error:?}"
    );

    let honest = Keypair::generate_ed25519();
    let cells = matrix(&blobs[0]).into_iter().skip(20).take(64).collect();
    let honest = Peer::start(&network, Mode::Light, honest, passing_on(cells)).await;
    let read = network.gateway().read(blobs[0].header.id()).await.unwrap();
    assert_eq!(read.batch, Ok(batch_of(&blobs[0])));
    for peer in custodians.iter().chain([&forger, &stranger, &honest]) {
        peer.shutdown.cancel();
    }
    network.shutdown().await;
}
