//! How the application answers a request.

use tokio::sync::mpsc::OwnedPermit;
use tracing::error;

use crate::error::RespondError;
use crate::frame::{Claim, Frame};
use crate::messages::{Refusal, RequestKind, Response};

/// An answer on its way to the engine.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) slot: u64,
    pub(crate) frame: Frame,
}

/// How to answer one request.
///
/// Dropped without an answer, it refuses with [`Refusal::Failed`]: a peer never waits in vain.
/// Holds the request's place among those being answered, and its part of the memory that incoming
/// requests may take; so keep it for as long as the request is being worked on, and no longer.
#[derive(Debug)]
pub struct Responder {
    slot: u64,
    kind: RequestKind,
    permit: Option<OwnedPermit<Answer>>,
    _claim: Option<Claim>,
}

impl Responder {
    pub(crate) fn new(
        slot: u64,
        kind: RequestKind,
        permit: OwnedPermit<Answer>,
        claim: Option<Claim>,
    ) -> Self {
        Self {
            slot,
            kind,
            permit: Some(permit),
            _claim: claim,
        }
    }

    /// The kind of the request.
    pub fn kind(&self) -> RequestKind {
        self.kind
    }

    /// Answers. An answer after the request's deadline goes nowhere.
    ///
    /// # Errors
    /// A reply of another kind than the request, or one over the size limit; the peer is refused
    /// with [`Refusal::Failed`] in its place. [`Fault::Local`](weft_encoding::Fault::Local).
    pub fn respond(mut self, response: Response) -> Result<(), RespondError> {
        let frame = match response.kind() {
            Some(given) if given != self.kind => Err(RespondError::WrongKind {
                asked: self.kind,
                given,
            }),
            _ => Frame::reply(self.kind, &response).map_err(RespondError::from),
        };
        match frame {
            Ok(frame) => {
                self.send(frame);
                Ok(())
            }
            Err(error) => {
                error!(kind = %self.kind, %error, "a reply cannot be given");
                Err(error)
            }
        }
    }

    /// Refuses.
    pub fn refuse(mut self, refusal: Refusal) {
        self.send(Frame::refusal(&refusal));
    }

    fn send(&mut self, frame: Frame) {
        if let Some(permit) = self.permit.take() {
            permit.send(Answer {
                slot: self.slot,
                frame,
            });
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if self.permit.is_some() {
            self.send(Frame::refusal(&Refusal::Failed));
        }
    }
}
