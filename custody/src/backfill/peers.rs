//! Requests to the other custodians.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use weft_chain::PublicKey;
use weft_network::Directory;
use weft_network::{NetworkHandle, Offence, RequestError, RpcRequest};

use super::error::BackfillError;

/// Why a custodian served nothing. None of these is an offence.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("no peer is known for it")]
    NoPeer,
    #[error("it did not answer a moment ago")]
    Away,
    #[error("no answer within {0:?}")]
    Slow(Duration),
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl NoAnswer {
    /// Whether the peer did not answer, as opposed to refusing.
    fn is_away(&self) -> bool {
        !matches!(
            self,
            Self::NoPeer | Self::Away | Self::Request(RequestError::Refused(_))
        )
    }
}

/// Sends requests to the other custodians.
///
/// A custodian that does not answer is not asked again for a while. Otherwise a validator that is
/// gone for good would cost every blob a request's deadline.
#[derive(Debug)]
pub(super) struct Peers {
    network: NetworkHandle,
    directory: Directory,
    deadline: Duration,
    pause: Duration,
    shutdown: CancellationToken,
    /// When each unresponsive custodian may be asked again. At most one entry per validator.
    away: Mutex<HashMap<PublicKey, Instant>>,
}

impl Peers {
    /// `deadline` bounds each request; `pause` is the time until an unresponsive custodian is asked
    /// again.
    pub(super) fn new(
        network: NetworkHandle,
        directory: Directory,
        (deadline, pause): (Duration, Duration),
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            network,
            directory,
            deadline,
            pause,
            shutdown,
            away: Mutex::default(),
        }
    }

    /// Asks a custodian once.
    ///
    /// # Errors
    /// [`BackfillError::Stopping`] at the shutdown; the inner error is the peer's.
    pub(super) async fn ask<R: RpcRequest>(
        &self,
        of: &PublicKey,
        request: R,
    ) -> Result<Result<R::Response, NoAnswer>, BackfillError> {
        if self
            .lock()
            .get(of)
            .is_some_and(|again| *again > Instant::now())
        {
            return Ok(Err(NoAnswer::Away));
        }
        let Some(contact) = self.directory.by_key(of) else {
            return Ok(Err(NoAnswer::NoPeer));
        };
        let asking = timeout(self.deadline, self.network.request(contact.peer, request));
        let answer = tokio::select! {
            () = self.shutdown.cancelled() => return Err(BackfillError::Stopping),
            answer = asking => match answer {
                Ok(answer) => answer.map_err(NoAnswer::from),
                Err(_) => Err(NoAnswer::Slow(self.deadline)),
            },
        };
        match &answer {
            Err(error) if error.is_away() => self.lock().insert(*of, Instant::now() + self.pause),
            _ => self.lock().remove(of),
        };
        Ok(answer)
    }

    /// Reports an offence of a custodian to the network.
    pub(super) fn report(&self, of: &PublicKey, offence: Offence) {
        if let Some(contact) = self.directory.by_key(of) {
            self.network.report(contact.peer, offence);
        }
    }

    /// A poisoned lock is usable: the map is consistent whenever it is released.
    fn lock(&self) -> MutexGuard<'_, HashMap<PublicKey, Instant>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
