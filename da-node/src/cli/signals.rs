//! Being told to stop.

use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long an orderly stop may take that nobody asked for: what it waits for may be what failed.
const FAILED_STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Ctrl-C, and SIGTERM as service managers send it.
pub(super) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Listens from now on: neither signal ends the process by itself any more.
    pub(super) fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("SIGINT")?,
            terminate: signal(SignalKind::terminate()).context("SIGTERM")?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Runs an orderly stop, which another signal cuts short.
    pub(super) async fn stop_orderly(
        &mut self,
        stop: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        tokio::select! {
            () = stop => Ok(()),
            () = self.next() => {
                anyhow::bail!("told twice to stop: not all was closed; what was acknowledged is on the disk")
            }
        }
    }

    /// The same after a failure, when it must not wait for ever; what does not end in time is left
    /// to the end of the process.
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
