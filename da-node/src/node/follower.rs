//! The orderer of a node without a validator key: it only follows.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use weft_consensus::{Orderer, OrdererError};

/// Runs no engine: blocks arrive by sync, decided by the validators.
#[derive(Debug)]
pub(super) struct Follower {
    /// The engine that the validators run.
    pub(super) followed: &'static str,
}

#[async_trait]
impl Orderer for Follower {
    fn name(&self) -> &'static str {
        self.followed
    }

    async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<(), OrdererError> {
        shutdown.cancelled().await;
        Ok(())
    }
}
