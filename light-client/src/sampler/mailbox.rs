//! The sampler's handle and its tickets.

use tokio::sync::{mpsc, oneshot, watch};
use weft_chain::Height;

use crate::{HeightReport, Progress, SampleError};

/// The capacity of the mailbox; callers wait while it is full.
pub(super) const MAILBOX: usize = 64;

/// The channel of a height's outcome.
pub(super) type Reply = oneshot::Sender<Result<HeightReport, SampleError>>;

/// A request to the engine.
#[derive(Debug)]
pub(super) enum Command {
    Sample {
        height: Height,
        reply: oneshot::Sender<Result<Ticket, SampleError>>,
    },
}

/// A handle of the sampler; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SamplerHandle(pub(super) mpsc::Sender<Command>);

impl SamplerHandle {
    /// Requests a height.
    pub(crate) async fn sample(&self, height: Height) -> Result<Ticket, SampleError> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Sample { height, reply };
        self.0
            .send(command)
            .await
            .map_err(|_| SampleError::Stopped)?;
        answer.await.map_err(|_| SampleError::Stopped)?
    }
}

/// A height that is being sampled or waits to be.
#[derive(Debug)]
pub struct Ticket {
    pub(super) height: Height,
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) outcome: oneshot::Receiver<Result<HeightReport, SampleError>>,
}

impl Ticket {
    /// The height.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The progress of the sampling, as a watch; [`Progress::asked`] is 0 before it begins.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits for the verdict, without limit: first for the header, then for the samples.
    ///
    /// # Errors
    /// [`SampleError`]; [`SampleError::Stopped`] if the client stops first.
    pub async fn report(self) -> Result<HeightReport, SampleError> {
        self.outcome.await.map_err(|_| SampleError::Stopped)?
    }
}
