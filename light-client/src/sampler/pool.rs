//! The bounded pool on which cells are verified.

use std::{num::NonZeroUsize, sync::Arc};

use tokio::sync::Semaphore;
use tracing::error;

/// Runs verification jobs on the runtime's blocking threads, at most `jobs` at a time.
#[derive(Clone, Debug)]
pub(crate) struct VerifyPool(Arc<Semaphore>);

impl VerifyPool {
    pub(crate) fn new(jobs: NonZeroUsize) -> Self {
        Self(Arc::new(Semaphore::new(
            jobs.get().min(Semaphore::MAX_PERMITS),
        )))
    }

    /// Runs a job as soon as a thread is free. `None` if it panicked, or the runtime is stopping.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let permit = Arc::clone(&self.0).acquire_owned().await.ok()?;
        let run = tokio::task::spawn_blocking(move || {
            let outcome = job();
            drop(permit);
            outcome
        });
        run.await
            .inspect_err(|error| error!(%error, "a verification job failed"))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn never_more_jobs_than_allowed() {
        let pool = VerifyPool::new(NonZeroUsize::MIN.saturating_add(1));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs = (0..40).map(|i| {
            let (pool, running, most) = (pool.clone(), Arc::clone(&running), Arc::clone(&most));
            tokio::spawn(async move {
                let job = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    i
                };
                pool.run(job).await
            })
        });
        for (i, job) in futures::future::join_all(jobs)
            .await
            .into_iter()
            .enumerate()
        {
            assert_eq!(job.ok().flatten(), Some(i));
        }
        assert!(most.load(Ordering::SeqCst) <= 2);
    }

    #[tokio::test]
    async fn a_job_that_panics_takes_nothing_with_it() {
        let pool = VerifyPool::new(NonZeroUsize::MIN);
        assert_eq!(pool.run(|| panic!("a defect")).await, None::<()>);
        assert_eq!(pool.run(|| 7).await, Some(7));
    }
}
