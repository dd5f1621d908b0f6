//! The light client against real peers, over sockets on loopback.

#![allow(clippy::unwrap_used)]

mod changes;
mod checkpoints;
mod command;
mod conflicts;
mod following;
mod passing_on;
mod resampling;
mod restart;
mod sampling;
mod server;

use std::{
    future::Future,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use weft_light_client::{
    FollowError, Height, LightClient, LightConfig, SampleSchedule, SampleTarget,
};
use weft_test_chain::GrowingChain;

use server::Server;

/// How long anything may take that is not itself about time.
const PATIENCE: Duration = Duration::from_secs(90);

/// Awaits, and fails the test if that takes too long.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Four equal validators; a block of two rows, an empty one, a block of three rows.
fn chain() -> Arc<GrowingChain> {
    static CHAIN: OnceLock<Arc<GrowingChain>> = OnceLock::new();
    Arc::clone(CHAIN.get_or_init(|| {
        let mut chain = GrowingChain::new("light-test", 4);
        chain.push_rows(2, 10);
        chain.push_empty();
        chain.push_rows(3, 20);
        Arc::new(chain)
    }))
}

/// A client that knows these servers, with limits that let failures show quickly.
fn config(chain: &GrowingChain, data_dir: &Path, servers: &[&Server]) -> LightConfig {
    let mut config = LightConfig::new(chain.genesis.clone(), data_dir);
    config.bootstrap = servers
        .iter()
        .map(|server| server.address.clone())
        .collect();
    config.target = SampleTarget::Miss(f64::powi(2.0, -20));
    config.schedule = SampleSchedule::OnRequest;
    config.poll = Duration::from_millis(200);
    config.session.deadline = Duration::from_secs(20);
    config.session.patience = Duration::from_millis(300);
    config.session.request_timeout = Duration::from_millis(500);
    config
}

async fn start(config: LightConfig) -> LightClient {
    LightClient::start(config, CancellationToken::new())
        .await
        .unwrap()
}

/// Waits until the client is connected to so many peers.
async fn connected(client: &LightClient, peers: usize) {
    let mut connected = client.connected();
    soon("connections", connected.wait_for(|now| now.len() >= peers))
        .await
        .unwrap();
}

/// Waits until the client's chain has reached the height.
async fn reached(client: &LightClient, height: u64) {
    let mut status = client.status();
    soon(
        "headers",
        status.wait_for(|status| status.tip >= Height::new(height)),
    )
    .await
    .unwrap();
}

/// Waits until the client says why it does not follow.
async fn halted(client: &LightClient) -> FollowError {
    let mut status = client.status();
    let halted = soon("a halt", status.wait_for(|status| status.halted.is_some()));
    let status = halted.await.unwrap().clone();
    (*status.halted.unwrap()).clone()
}
