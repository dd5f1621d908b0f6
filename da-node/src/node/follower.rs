//! A node without a validator key under an engine that others run.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use weft_consensus::{Orderer, OrdererError};

/// No engine: blocks come by sync, decided by the validators.
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
