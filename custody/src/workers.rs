//! A bounded pool for CPU-heavy work, off the threads that drive sockets.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// Runs blocking jobs, at most a fixed number at once. Cheap to clone; clones share the bound.
///
/// A job that waits for a slot holds no thread, so a flood of work queues up instead of taking the
/// runtime's blocking threads from the store.
#[derive(Clone, Debug)]
pub struct Workers {
    slots: Arc<Semaphore>,
}

/// The job returned no result: it panicked, or the runtime is shutting down (local).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a computation was lost: it panicked, or the node is shutting down")]
pub struct JobLost;

impl Workers {
    /// At most `slots` jobs at once.
    #[must_use]
    pub fn new(slots: NonZeroUsize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots.get().min(Semaphore::MAX_PERMITS))),
        }
    }

    /// As many slots as the machine has cores.
    #[must_use]
    pub fn per_core() -> Self {
        Self::new(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// Runs `job` when a slot is free.
    ///
    /// # Errors
    /// [`JobLost`] (local).
    pub async fn run<T, F>(&self, job: F) -> Result<T, JobLost>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let slot = Arc::clone(&self.slots)
            .acquire_owned()
            .await
            .map_err(|_| JobLost)?;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            job()
        })
        .await
        .map_err(|_| JobLost)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn never_more_jobs_at_once_than_slots() {
        let workers = Workers::new(NonZeroUsize::new(2).expect("not zero"));
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs = (0..16).map(|_| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            workers.run(move || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                running.fetch_sub(1, Ordering::SeqCst);
            })
        });
        futures::future::try_join_all(jobs)
            .await
            .expect("no job is lost");
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_and_frees_the_slot() {
        let workers = Workers::new(NonZeroUsize::MIN);
        assert_eq!(
            workers.run(|| panic!("on purpose")).await,
            Err::<(), _>(JobLost)
        );
        assert_eq!(workers.run(|| 7).await, Ok(7));
    }
}
