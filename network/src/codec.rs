//! Reading and writing frames on a stream.
//!
//! A frame that breaks the protocol is a value and not an I/O error: libp2p does not name the peer of
//! a request that could not be read, and the offence has to count for that peer. Broken streams are
//! I/O errors.

use std::io;

use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{StreamProtocol, request_response};

use crate::config::Mode;
use crate::error::FrameError;
use crate::frame::{Budget, Claim, Frame, FrameTag, HEADER_BYTES};
use crate::limits;
use crate::messages::RequestKind;

/// A frame, or why the peer's bytes are not one.
pub(crate) type Received = Result<Frame, FrameError>;

/// Reads and writes the frames of one stream at a time.
#[derive(Debug, Clone)]
pub(crate) struct FrameCodec {
    budget: Budget,
    mode: Mode,
    /// The kind of the request written on this stream, which the reply must have.
    asked: Option<RequestKind>,
}

impl FrameCodec {
    /// A codec for a node of this mode, whose incoming requests share a budget.
    pub(crate) fn new(budget: Budget, mode: Mode) -> Self {
        Self {
            budget,
            mode,
            asked: None,
        }
    }

    /// Refuses a kind that the node does not answer.
    fn check_served(&self, kind: RequestKind) -> Result<(), FrameError> {
        match self.mode {
            Mode::Light if !kind.is_of_light_clients() => Err(FrameError::NotServed { kind }),
            Mode::Full | Mode::Light => Ok(()),
        }
    }
}

/// Reads a payload whose length is within its limit.
///
/// The buffer doubles as bytes arrive, so a peer that announces a large payload and sends little takes
/// little memory.
async fn read_payload<T>(
    io: &mut T,
    length: usize,
    budget: Option<&Budget>,
) -> io::Result<Result<(Vec<u8>, Option<Claim>), FrameError>>
where
    T: AsyncRead + Unpin + Send,
{
    let mut payload = Vec::new();
    let mut claim = None;
    while payload.len() < length {
        let start = payload.len();
        let end = (start * 2).max(Budget::UNIT).min(length);
        if let Some(budget) = budget
            && let Err(busy) = budget.extend(&mut claim, end)
        {
            return Ok(Err(busy));
        }
        payload.reserve_exact(end - start);
        payload.resize(end, 0);
        io.read_exact(&mut payload[start..]).await?;
    }
    Ok(Ok((payload, claim)))
}

/// Reads the tag and the length.
async fn read_header<T>(io: &mut T) -> io::Result<(u8, usize)>
where
    T: AsyncRead + Unpin + Send,
{
    let mut header = [0; HEADER_BYTES];
    io.read_exact(&mut header).await?;
    let [tag, length @ ..] = header;
    Ok((
        tag,
        usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX),
    ))
}

/// Refuses a length over its limit.
fn check_length(tag: u8, size: usize, limit: usize) -> Result<(), FrameError> {
    if size > limit {
        Err(FrameError::TooLarge { tag, size, limit })
    } else {
        Ok(())
    }
}

async fn write_frame<T>(io: &mut T, frame: Received) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    let frame = frame.map_err(io::Error::other)?;
    let header = frame.header().map_err(io::Error::other)?;
    io.write_all(&header).await?;
    io.write_all(frame.payload()).await?;
    io.flush().await
}

#[async_trait]
impl request_response::Codec for FrameCodec {
    type Protocol = StreamProtocol;
    type Request = Received;
    type Response = Received;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Received>
    where
        T: AsyncRead + Unpin + Send,
    {
        let (tag, length) = read_header(io).await?;
        let checked = FrameTag::of_request(tag).and_then(|kind| {
            check_length(tag, length, limits::request_bytes(kind))?;
            self.check_served(kind).map(|()| kind)
        });
        let kind = match checked {
            Ok(kind) => kind,
            Err(error) => return Ok(Err(error)),
        };
        let read = read_payload(io, length, Some(&self.budget)).await?;
        Ok(read.map(|(payload, claim)| Frame::received(FrameTag::Kind(kind), payload, claim)))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Received>
    where
        T: AsyncRead + Unpin + Send,
    {
        let Some(asked) = self.asked else {
            return Err(io::Error::other(
                "a reply is read on a stream that carried no request",
            ));
        };
        let (byte, length) = read_header(io).await?;
        let checked = FrameTag::of_reply(byte, asked)
            .and_then(|(tag, limit)| check_length(byte, length, limit).map(|()| tag));
        let tag = match checked {
            Ok(tag) => tag,
            Err(error) => return Ok(Err(error)),
        };
        let read = read_payload(io, length, None).await?;
        Ok(read.map(|(payload, claim)| Frame::received(tag, payload, claim)))
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        request: Received,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        if let Ok(frame) = &request
            && let FrameTag::Kind(kind) = frame.tag()
        {
            self.asked = Some(kind);
        }
        write_frame(io, request).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        response: Received,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, response).await
    }
}

#[cfg(test)]
mod tests;
