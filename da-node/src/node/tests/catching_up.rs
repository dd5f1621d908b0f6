//! Catching up in spite of peers that lie about their blocks.

use tokio_util::sync::CancellationToken;
use weft_chain::{BlockBody, SignedHeader};
use weft_network::{Network, NetworkConfig, NetworkEvent, Request, Response, Status};

use super::*;

/// How a peer serves a chain of which it claims a hundred blocks.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// It has no headers.
    Nothing,
    /// Its headers are final, its bodies are empty.
    EmptyBodies,
    /// Its headers are not the ones that were signed.
    ForgedHeaders,
}

/// Answers every request with this lie until `shutdown`. Returns the peer's address.
async fn liar(network: &TestNetwork, lie: Lie, shutdown: &CancellationToken) -> Multiaddr {
    let identity = weft_network::identity::Keypair::generate_ed25519();
    let mut config = NetworkConfig::new(network.chain.genesis.chain_id);
    config.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
    let (handle, mut events, _) = Network::start(config, identity, shutdown.clone()).unwrap();
    let address = handle.listen_addrs().await.remove(0);
    let store = network.node(0).store().clone();
    tokio::spawn(async move {
        let _handle = handle;
        while let Some(event) = events.recv().await {
            let NetworkEvent::Request {
                request, responder, ..
            } = event
            else {
                continue;
            };
            let header_hash = HeaderHash::from_bytes([9; 32]);
            let response = match (request, lie) {
                (Request::Status(_), _) => Response::Status(Status {
                    height: Height::new(100),
                    header_hash,
                }),
                (Request::Headers(_), Lie::Nothing) => Response::Headers(Vec::new()),
                (Request::Headers(asked), lie) => {
                    let mut signed: SignedHeader =
                        store.signed_header(asked.from).unwrap().unwrap();
                    if let Lie::ForgedHeaders = lie {
                        signed.header.time += 1;
                    }
                    Response::Headers(vec![signed])
                }
                (Request::Body(asked), Lie::ForgedHeaders) => {
                    Response::Body(Ok(store.body(asked.height).unwrap().unwrap()))
                }
                (Request::Body(_), _) => Response::Body(Ok(BlockBody::default())),
                _ => continue,
            };
            responder.respond(response).unwrap();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_node_catches_up_though_other_peers_lie() {
    let mut network = TestNetwork::started(4, &[0, 1, 2]).await;
    let blobs: Vec<_> = (0u8..3)
        .map(|seed| network.chain.certified(1, seed, 1))
        .collect();
    let mut hashes = Vec::new();
    for blob in &blobs {
        network.node(0).pool().submit(blob.clone()).await.unwrap();
        hashes.push(network.ordered(blob).await);
    }
    for lie in [Lie::Nothing, Lie::EmptyBodies, Lie::ForgedHeaders] {
        println!("{lie:?}");
        let shutdown = CancellationToken::new();
        let address = liar(&network, lie, &shutdown).await;
        let folder = tempfile::tempdir().unwrap();
        let identity = weft_network::identity::Keypair::generate_ed25519();
        let path = folder.path().to_path_buf();
        let mut options = NodeOptions::new(network.chain.genesis.clone(), path, identity);
        options.bootstrap = vec![address];
        options.sync.poll_interval = Duration::from_millis(250);
        let late = Node::start(options).await.unwrap();
        // With only the liar, sync makes no progress; it fails before any other peer is known.
        let failed = "weft_sync_failed_fetches_total";
        timeout(PATIENCE, async {
            while !late
                .registry()
                .gather()
                .iter()
                .any(|family| family.name() == failed)
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("a failed fetch");
        assert_eq!(late.ledger().head().height, Height::new(0));

        for address in network.addresses() {
            late.network().dial(address).await.unwrap();
        }
        for (blob, hash) in blobs.iter().zip(&hashes) {
            let ordered = timeout(PATIENCE, await_ordered(late.ledger(), blob.header.id())).await;
            let height = ordered.expect("caught up in time").height;
            assert_eq!(hash_at(&late, height), *hash);
        }
        late.shutdown().await;
        shutdown.cancel();
    }
    network.start(3).await;
    for (blob, hash) in blobs.iter().zip(hashes) {
        assert_eq!(network.ordered(blob).await, hash);
    }
    network.shutdown().await;
}
