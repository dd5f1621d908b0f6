//! The tasks of a node: started under a name, stopped together. A task that ends early is logged.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ServiceEnded;
use super::ended::Failure;

/// The tasks of one node. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Tasks {
    tracker: TaskTracker,
    shutdown: CancellationToken,
    failed: watch::Sender<Option<Failure>>,
}

impl Tasks {
    pub(super) fn new(shutdown: CancellationToken) -> Self {
        Self {
            tracker: TaskTracker::new(),
            shutdown,
            failed: watch::Sender::new(None),
        }
    }

    /// The token that stops the tasks.
    pub(super) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// The first service that ended unexpectedly.
    pub(super) fn failed(&self) -> watch::Receiver<Option<Failure>> {
        self.failed.subscribe()
    }

    /// Starts a service, which runs until shutdown. If it panics or ends earlier, it is recorded as
    /// failed: the node is not ready from then on and must be restarted.
    pub(super) fn serve<F>(&self, name: &'static str, service: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let tasks = self.clone();
        self.tracker.spawn(async move {
            let ended = AssertUnwindSafe(service).catch_unwind().await;
            if ended.is_err() || !tasks.shutdown.is_cancelled() {
                tracing::error!(
                    task = name,
                    panicked = ended.is_err(),
                    "a service has ended"
                );
                tasks.note(Failure::Restart(ServiceEnded { service: name }));
            }
        });
    }

    /// Records that a service cannot continue and that a restart of the node is not safe. The node
    /// is not ready from then on and stays up. The service calls this and waits for the shutdown.
    pub(super) fn hold(&self, name: &'static str) {
        self.note(Failure::Held(ServiceEnded { service: name }));
    }

    /// Keeps the first failure: later ones may be its consequences.
    fn note(&self, failure: Failure) {
        self.failed.send_if_modified(|failed| {
            let is_first = failed.is_none();
            failed.get_or_insert(failure);
            is_first
        });
    }

    /// Starts work that ends by itself; shutdown waits for it.
    pub(super) fn work<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tracker.spawn(work);
    }

    /// Stops all tasks and waits for them.
    pub(super) async fn stop(&self) {
        self.shutdown.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_that_panics_or_ends_is_remembered_and_a_stopped_one_is_not() {
        for early in [true, false] {
            let tasks = Tasks::new(CancellationToken::new());
            let failed = tasks.failed();
            let shutdown = tasks.shutdown().clone();
            tasks.serve("steady", async move { shutdown.cancelled().await });
            if early {
                tasks.serve("early", async {});
            } else {
                tasks.serve("broken", async { panic!("on purpose") });
            }
            let mut watched = failed.clone();
            let name = *watched
                .wait_for(Option::is_some)
                .await
                .expect("tasks are alive");
            let service = if early { "early" } else { "broken" };
            assert_eq!(name, Some(Failure::Restart(ServiceEnded { service })));
            tasks.stop().await;
            assert_eq!(*failed.borrow(), name);
        }
    }

    #[tokio::test]
    async fn a_node_that_is_held_stays_so_whatever_ends_after() {
        let tasks = Tasks::new(CancellationToken::new());
        let mut failed = tasks.failed();
        tasks.hold("unsafe");
        let held = Failure::Held(ServiceEnded { service: "unsafe" });
        assert_eq!(*failed.borrow_and_update(), Some(held));
        tasks.serve("early", async {});
        tasks.stop().await;
        assert_eq!(*failed.borrow(), Some(held));
    }

    #[tokio::test]
    async fn stopping_waits_for_work_that_was_begun() {
        let tasks = Tasks::new(CancellationToken::new());
        let done = watch::Sender::new(false);
        let (shutdown, worked) = (tasks.shutdown().clone(), done.clone());
        tasks.work(async move {
            shutdown.cancelled().await;
            tokio::task::yield_now().await;
            worked.send_replace(true);
        });
        tasks.stop().await;
        assert!(*done.borrow());
    }
}
