//! Two nodes on loopback: one asks the other for the height of its chain.
//!
//! ```text
//! cargo run -p weft-network --example two_nodes
//! ```

use std::error::Error;

use tokio_util::sync::CancellationToken;
use weft_chain::{ChainId, HeaderHash, Height};
use weft_network::{
    GetStatus, Network, NetworkConfig, NetworkEvent, Request, Response, Status, identity::Keypair,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let chain_id: ChainId = "two-nodes".parse()?;
    let shutdown = CancellationToken::new();

    let config = NetworkConfig::new(chain_id).with_listen(vec!["/ip4/127.0.0.1/tcp/0".parse()?]);
    let (server, mut events, server_task) =
        Network::start(config, Keypair::generate_ed25519(), shutdown.clone())?;
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            // A responder that is dropped refuses its request.
            if let NetworkEvent::Request {
                request: Request::Status(_),
                responder,
                ..
            } = event
            {
                let status = Status {
                    height: Height::new(7),
                    header_hash: HeaderHash::from_bytes([7; 32]),
                };
                if let Err(error) = responder.respond(Response::Status(status)) {
                    eprintln!("no answer: {error}");
                }
            }
        }
    });

    let (client, _events, client_task) = Network::start(
        NetworkConfig::new(chain_id),
        Keypair::generate_ed25519(),
        shutdown.clone(),
    )?;
    let address = server.listen_addrs().await.pop().ok_or("no address")?;
    let peer = client.dial(address).await?;
    let status = client.request(peer, GetStatus).await?;
    println!("{peer} says that its chain is at height {}", status.height);

    shutdown.cancel();
    server_task.await?;
    client_task.await?;
    Ok(())
}
