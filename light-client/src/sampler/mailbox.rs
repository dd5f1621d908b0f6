//! The sampler's handle, and what it gives to who asks.

use tokio::sync::{mpsc, oneshot, watch};
use weft_chain::Height;

use crate::{HeightReport, Progress, SampleError};

/// Requests that wait to be read by the engine; who asks waits while it is full.
pub(super) const MAILBOX: usize = 64;

/// How a height's outcome is told to one who waits for it.
pub(super) type Reply = oneshot::Sender<Result<HeightReport, SampleError>>;

/// What the engine is asked.
#[derive(Debug)]
pub(super) enum Command {
    Sample {
        height: Height,
        reply: oneshot::Sender<Result<Ticket, SampleError>>,
    },
}

/// Asks the sampler; clones ask the same one.
#[derive(Clone, Debug)]
pub(crate) struct SamplerHandle(pub(super) mpsc::Sender<Command>);

impl SamplerHandle {
    /// Takes a place for a height.
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

    /// How far the sampling is; none asked as long as it has not begun.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits for the verdict, without limit: first for the header, then for the samples.
    ///
    /// # Errors
    /// [`SampleError`]; [`SampleError::Stopped`] if the client stops meanwhile.
    pub async fn report(self) -> Result<HeightReport, SampleError> {
        self.outcome.await.map_err(|_| SampleError::Stopped)?
    }
}
