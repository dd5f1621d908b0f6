//! Answering a request.

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

/// Answers one request.
///
/// If it is dropped without an answer, the request is refused with [`Refusal::Failed`], so that the
/// peer does not wait. It holds the request's slot and its share of the memory budget of incoming
/// requests: keep it exactly as long as the request is being processed.
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

    /// Sends the reply. After the request's deadline it is discarded.
    ///
    /// # Errors
    /// A reply of another kind than the request, or one over the size limit; the request is then
    /// refused with [`Refusal::Failed`]. [`Fault::Local`](weft_encoding::Fault::Local).
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
                error!(kind = %self.kind, %error, "a reply cannot be sent");
                Err(error)
            }
        }
    }

    /// Refuses the request.
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
