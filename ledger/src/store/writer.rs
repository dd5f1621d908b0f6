//! The writer thread: one write transaction for all queued jobs, then one fsync.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use redb::{Database, Durability, WriteTransaction};

use super::error::StoreError;

/// Length of the queue. Further callers block until there is room.
const QUEUE: usize = 64;

/// Tells a job's caller how its commit ended.
type Answer = Box<dyn FnOnce(Result<(), Arc<StoreError>>) + Send>;

/// The result of a job: the answer to its caller, and the error if the transaction must be aborted.
struct Done {
    answer: Answer,
    poison: Option<StoreError>,
}

/// A queued write. It gets the transaction, or the reason why there is none.
type Job = Box<dyn FnOnce(Result<&WriteTransaction, StoreError>) -> Done + Send>;

/// The handle of the writer thread. Dropping it finishes the queue and joins the thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system refuses another thread. Local.
    pub(super) fn start(database: Arc<Database>) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("weft-store".into())
            .spawn(move || run(&database, &queue))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs `job` inside a write transaction and returns its result once that is on the disk.
    ///
    /// A job may refuse only before its first write, because the other jobs of the transaction are
    /// still committed; see [`StoreError::is_refusal`]. Any other error aborts the whole
    /// transaction.
    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&WriteTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, result) = sync_channel(1);
        let job: Job = Box::new(move |transaction| {
            let outcome = transaction.and_then(job);
            let poison = outcome
                .as_ref()
                .err()
                .filter(|error| !error.is_refusal())
                .cloned();
            let answer: Answer = Box::new(move |commit| {
                let outcome = match (outcome, commit) {
                    (Ok(value), Ok(())) => Ok(value),
                    (Ok(_), Err(source)) => Err(StoreError::Aborted { source }),
                    (Err(error), _) => Err(error),
                };
                // A caller that no longer waits needs no answer.
                let _ = reply.send(outcome);
            });
            Done { answer, poison }
        });
        self.jobs
            .as_ref()
            .ok_or(StoreError::Stopped)?
            .send(job)
            .map_err(|_| StoreError::Stopped)?;
        result.recv().map_err(|_| StoreError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panicked writer has already dropped its callers' answers, and they have failed.
            let _ = thread.join();
        }
    }
}

fn run(database: &Database, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let jobs = std::iter::once(first).chain(queue.try_iter().take(QUEUE - 1));
        let mut answers = Vec::new();
        let outcome = commit(database, jobs, &mut answers).map_err(Arc::new);
        if let Err(error) = &outcome {
            tracing::error!(error = %error, jobs = answers.len(), "a commit failed");
        }
        for answer in answers {
            answer(outcome.clone());
        }
    }
}

/// Runs the jobs in one transaction and commits it. Jobs are taken one by one, so the jobs behind
/// one that aborts the transaction stay in the queue.
fn commit(
    database: &Database,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let transaction = begin(database);
    for job in jobs {
        let done = job(transaction.as_ref().map_err(Clone::clone));
        answers.push(done.answer);
        if let Some(error) = done.poison {
            return Err(error);
        }
    }
    transaction?.commit()?;
    Ok(())
}

/// A transaction whose commit is durable and needs no repair after a crash. Without quick repair,
/// opening after a crash reads the whole file.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}
