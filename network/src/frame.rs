//! Frames, the unit of the request protocol, and the memory budget of incoming ones.
//!
//! ```text
//! offset  bytes  what
//! 0       1      tag: 1..=13 the kind of the request or of the reply, 255 a refusal
//! 1       4      length n of the payload, u32 little endian, within the limit of the tag
//! 5       n      payload: borsh
//! ```
//!
//! A stream carries one frame each way; bytes after a frame are never read.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::FrameError;
use crate::limits::{self, MAX_REFUSAL_BYTES};
use crate::messages::{EncodedReply, Refusal, RequestKind, Response};
use crate::replies::Room;

/// The tag of a refusal.
const REFUSED: u8 = 0xff;

/// Bytes before the payload.
pub(crate) const HEADER_BYTES: usize = 5;

/// The tag of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameTag {
    /// A request of this kind, or a reply to one.
    Kind(RequestKind),
    /// A refusal instead of a reply.
    Refused,
}

impl FrameTag {
    /// The byte on the wire.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Kind(kind) => kind.tag(),
            Self::Refused => REFUSED,
        }
    }

    /// The tag of a request.
    pub(crate) fn of_request(byte: u8) -> Result<RequestKind, FrameError> {
        RequestKind::from_tag(byte).ok_or(FrameError::UnknownTag { tag: byte })
    }

    /// The tag of a reply to a request of kind `asked`, with the limit of its payload.
    pub(crate) fn of_reply(byte: u8, asked: RequestKind) -> Result<(Self, usize), FrameError> {
        if byte == REFUSED {
            Ok((Self::Refused, MAX_REFUSAL_BYTES))
        } else if byte == asked.tag() {
            Ok((Self::Kind(asked), limits::reply_bytes(asked)))
        } else {
            Err(FrameError::WrongReply { asked, tag: byte })
        }
    }
}

/// One message: its tag and its borsh encoding.
#[derive(Debug)]
pub struct Frame {
    tag: FrameTag,
    payload: Vec<u8>,
    claim: Option<Claim>,
    /// The room of a reply on its way out.
    _room: Option<Room>,
}

impl Frame {
    /// An outgoing frame.
    pub(crate) fn new(tag: FrameTag, payload: Vec<u8>) -> Self {
        Self {
            tag,
            payload,
            claim: None,
            _room: None,
        }
    }

    /// An incoming frame, with its claim on the budget.
    pub(crate) fn received(tag: FrameTag, payload: Vec<u8>, claim: Option<Claim>) -> Self {
        Self {
            tag,
            payload,
            claim,
            _room: None,
        }
    }

    /// The same frame, which holds its room until it is written or dropped.
    pub(crate) fn with_room(self, room: Room) -> Self {
        Self {
            _room: Some(room),
            ..self
        }
    }

    /// The frame of a refusal.
    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        let payload = borsh::to_vec(refusal).expect("a refusal is short and memory takes it");
        Self::new(FrameTag::Refused, payload)
    }

    /// The frame of a reply to a request of kind `asked`.
    ///
    /// # Errors
    /// Its size, if that is over the limit of its kind; [`Fault::Caller`](weft_encoding::Fault).
    pub(crate) fn reply(asked: RequestKind, response: &Response) -> Result<Self, FrameError> {
        let payload = match response
            .encode()
            .map_err(|source| FrameError::Encode { source })?
        {
            EncodedReply::Refused(refusal) => return Ok(Self::refusal(&refusal)),
            EncodedReply::Payload(payload) => payload,
        };
        let tag = FrameTag::Kind(asked);
        let limit = limits::reply_bytes(asked);
        if payload.len() > limit {
            return Err(FrameError::TooLarge {
                tag: tag.byte(),
                size: payload.len(),
                limit,
            });
        }
        Ok(Self::new(tag, payload))
    }

    /// The frame's tag.
    pub fn tag(&self) -> FrameTag {
        self.tag
    }

    /// The borsh encoding.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The parts; the caller keeps the claim as long as the decoded payload.
    pub(crate) fn into_parts(self) -> (FrameTag, Vec<u8>, Option<Claim>) {
        (self.tag, self.payload, self.claim)
    }

    /// The bytes before the payload.
    ///
    /// # Errors
    /// A payload whose length does not fit its field.
    pub(crate) fn header(&self) -> Result<[u8; HEADER_BYTES], FrameError> {
        let size = self.payload.len();
        let length = u32::try_from(size).map_err(|_| FrameError::TooLarge {
            tag: self.tag.byte(),
            size,
            limit: u32::MAX as usize,
        })?;
        let mut header = [self.tag.byte(), 0, 0, 0, 0];
        header[1..].copy_from_slice(&length.to_le_bytes());
        Ok(header)
    }
}

/// The most bytes of requests in memory at a time: being read, decoded or answered.
///
/// Counted in units of [`Budget::UNIT`] bytes and claimed as the bytes arrive, so that a peer
/// claims only what it has sent. A request beyond it is refused as busy.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    units: Arc<Semaphore>,
    total: usize,
}

impl Budget {
    /// Bytes in a unit.
    pub(crate) const UNIT: usize = 64 * 1024;

    /// A budget of this many bytes, rounded up to a unit.
    pub(crate) fn new(bytes: usize) -> Self {
        let units = bytes.div_ceil(Self::UNIT).min(Semaphore::MAX_PERMITS);
        Self {
            units: Arc::new(Semaphore::new(units)),
            total: units * Self::UNIT,
        }
    }

    /// Extends a claim to this many bytes.
    ///
    /// # Errors
    /// [`FrameError::Busy`] when there is no room for them.
    pub(crate) fn extend(&self, claim: &mut Option<Claim>, bytes: usize) -> Result<(), FrameError> {
        let held = claim.as_ref().map_or(0, |claim| claim.0.num_permits());
        let missing = bytes.div_ceil(Self::UNIT).saturating_sub(held);
        let busy = || FrameError::Busy { budget: self.total };
        let missing = u32::try_from(missing).map_err(|_| busy())?;
        let more = Arc::clone(&self.units)
            .try_acquire_many_owned(missing)
            .map_err(|_| busy())?;
        match claim {
            Some(claim) => claim.0.merge(more),
            None => *claim = Some(Claim(more)),
        }
        Ok(())
    }
}

/// A part of the [`Budget`], given back when dropped.
#[derive(Debug)]
pub(crate) struct Claim(OwnedSemaphorePermit);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_given_back_when_dropped() {
        let budget = Budget::new(2 * Budget::UNIT);
        let mut first = None;
        budget.extend(&mut first, 1).expect("room");
        budget
            .extend(&mut first, Budget::UNIT)
            .expect("already covered");
        budget.extend(&mut first, Budget::UNIT + 1).expect("room");
        let mut second = None;
        assert!(matches!(
            budget.extend(&mut second, 1),
            Err(FrameError::Busy { .. })
        ));
        drop(first);
        budget
            .extend(&mut second, 2 * Budget::UNIT)
            .expect("given back");
    }

    #[test]
    fn a_reply_must_be_of_the_kind_asked_or_a_refusal() {
        let asked = RequestKind::Status;
        assert!(matches!(
            FrameTag::of_reply(8, asked),
            Ok((FrameTag::Kind(_), 256))
        ));
        assert!(matches!(
            FrameTag::of_reply(255, asked),
            Ok((FrameTag::Refused, 320))
        ));
        assert!(matches!(
            FrameTag::of_reply(1, asked),
            Err(FrameError::WrongReply {
                asked: RequestKind::Status,
                tag: 1
            })
        ));
    }
}
