//! Stop signals, and how a command reacts to them.

use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long an orderly stop may take after a failure: it may wait for the very job that failed.
const FAILED_STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Ctrl-C and SIGTERM, which service managers send.
pub(super) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Listens for both signals. From then on neither ends the process by itself.
    pub(super) fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("SIGINT")?,
            terminate: signal(SignalKind::terminate()).context("SIGTERM")?,
        })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Runs an orderly stop. Another signal aborts it.
    pub(super) async fn stop_orderly(
        &mut self,
        stop: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        tokio::select! {
            () = stop => Ok(()),
            () = self.next() => {
                anyhow::bail!("stopped by a second signal before all was closed; all acknowledged data is on the disk")
            }
        }
    }

    /// Runs an orderly stop after a failure, with a deadline. Jobs that do not end in time end with
    /// the process.
    pub(super) async fn stop_failed(&mut self, stop: impl Future<Output = ()>) {
        let stopped = tokio::time::timeout(FAILED_STOP_PATIENCE, self.stop_orderly(stop)).await;
        let left = match stopped {
            Ok(Ok(())) => return,
            Ok(Err(told)) => told.to_string(),
            Err(_) => format!("not all was closed within {FAILED_STOP_PATIENCE:?}"),
        };
        tracing::warn!("{left}");
    }
}
