//! The pool's loop: blobs leave when they are ordered, own ones are gossiped until then.

use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::{Pool, PoolError};

/// Blobs gossiped again at one tick.
const REGOSSIP_BATCH: usize = 64;

impl Pool {
    /// Runs until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut decided = self.shared.ledger.subscribe();
        let mut tick = tokio::time::interval(self.shared.config.regossip_interval);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut offered = self.shared.ledger.watch_offered();
        let mut cursor = 0;
        self.settle(|pool| pool.reconcile()).await;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                block = decided.recv() => match block {
                    Ok(block) => self.settle(move |pool| pool.on_decided(&block)).await,
                    Err(RecvError::Lagged(_)) => self.settle(|pool| pool.reconcile()).await,
                    Err(RecvError::Closed) => return,
                },
                Ok(()) = offered.changed() => self.wake(),
                _ = tick.tick() => cursor = self.regossip(cursor).await,
            }
        }
    }

    /// Runs a change that needs the store on the blocking pool. After a failure, ordered blobs stay
    /// in the pool: no block includes them, and the next change removes them.
    async fn settle(&self, change: impl FnOnce(&Self) -> Result<(), PoolError> + Send + 'static) {
        let pool = self.clone();
        match tokio::task::spawn_blocking(move || change(&pool)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the pool could not reach the store"),
            // Only a runtime that shuts down cancels a blocking task.
            Err(error) if error.is_cancelled() => {}
            Err(error) => tracing::error!(%error, "a change of the pool did not end"),
        }
    }

    async fn regossip(&self, cursor: u64) -> u64 {
        let (blobs, next) = self.own_after(cursor, REGOSSIP_BATCH);
        for blob in blobs {
            if let Err(error) = self.shared.network.publish_certified((*blob).clone()).await {
                tracing::trace!(%error, "certified blob not gossiped again");
            }
        }
        next
    }
}
