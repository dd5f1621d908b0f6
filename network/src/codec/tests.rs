#![allow(clippy::unwrap_used)]

use futures::executor::block_on;
use futures::io::Cursor;
use libp2p::request_response::Codec as _;

use super::*;

const PROTOCOL: StreamProtocol = StreamProtocol::new("/test/1");

fn codec(budget: usize) -> FrameCodec {
    FrameCodec::new(Budget::new(budget), Mode::Full)
}

fn frame(kind: RequestKind, bytes: usize) -> Frame {
    Frame::new(FrameTag::Kind(kind), vec![7; bytes])
}

fn written(frame: Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    block_on(codec(1).write_request(&PROTOCOL, &mut Cursor::new(&mut bytes), Ok(frame))).unwrap();
    bytes
}

fn read_request(codec: &mut FrameCodec, bytes: &[u8]) -> io::Result<Received> {
    block_on(codec.read_request(&PROTOCOL, &mut Cursor::new(bytes)))
}

#[test]
fn a_light_client_reads_no_payload_of_what_it_does_not_serve() {
    let mut light = FrameCodec::new(Budget::new(Budget::UNIT), Mode::Light);
    for kind in RequestKind::ALL {
        // The header alone: a payload that is waited for is an I/O error.
        let mut sent = written(frame(kind, limits::request_bytes(kind)));
        sent.truncate(HEADER_BYTES);
        let read = read_request(&mut light, &sent);
        if matches!(kind, RequestKind::SampledCells | RequestKind::Samples) {
            assert!(read.is_err(), "{kind} is served");
        } else {
            let refused = read.unwrap().unwrap_err();
            assert!(matches!(refused, FrameError::NotServed { kind: k } if k == kind));
        }
    }
}

/// A stream of zeros without end that counts what is read of it.
struct Endless(Vec<u8>, usize);

impl AsyncRead for Endless {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buffer: &mut [u8],
    ) -> std::task::Poll<io::Result<usize>> {
        let header = self.0.len().min(buffer.len());
        buffer[..header].copy_from_slice(&self.0[..header]);
        self.0.drain(..header);
        self.1 += buffer.len();
        std::task::Poll::Ready(Ok(buffer.len()))
    }
}

#[test]
fn the_frame_is_frozen() {
    assert_eq!(
        written(frame(RequestKind::Samples, 3)),
        [4, 3, 0, 0, 0, 7, 7, 7]
    );
}

#[test]
fn requests_of_all_sizes_come_back() {
    for bytes in [
        0,
        1,
        Budget::UNIT - 1,
        Budget::UNIT,
        Budget::UNIT + 1,
        1 << 20,
        3 << 20,
    ] {
        let sent = written(frame(RequestKind::Disperse, bytes));
        let got = read_request(&mut codec(8 << 20), &sent).unwrap().unwrap();
        assert_eq!(got.tag(), FrameTag::Kind(RequestKind::Disperse));
        assert_eq!(got.payload(), &sent[HEADER_BYTES..], "{bytes} bytes");
    }
}

#[test]
fn an_oversize_frame_is_refused_after_its_header() {
    for kind in RequestKind::ALL {
        let limit = limits::request_bytes(kind);
        let mut header = vec![kind.tag()];
        header.extend(u32::try_from(limit + 1).unwrap().to_le_bytes());
        let mut stream = Endless(header, 0);
        let mut codec = codec(64 << 20);
        let error = block_on(codec.read_request(&PROTOCOL, &mut stream))
            .unwrap()
            .unwrap_err();
        assert!(
            matches!(error, FrameError::TooLarge { size, limit: l, .. } if size == limit + 1 && l == limit),
            "{kind}: {error}"
        );
        assert_eq!(
            stream.1, HEADER_BYTES,
            "{kind}: nothing of the payload is read"
        );
    }
}

#[test]
fn an_unknown_tag_is_refused_after_the_header() {
    for tag in [0, 14, 0xff] {
        let mut stream = Endless(vec![tag, 1, 0, 0, 0], 0);
        let error = block_on(codec(1).read_request(&PROTOCOL, &mut stream))
            .unwrap()
            .unwrap_err();
        assert!(
            matches!(error, FrameError::UnknownTag { tag: t } if t == tag),
            "{error}"
        );
        assert_eq!(stream.1, HEADER_BYTES);
    }
}

#[test]
fn a_full_budget_refuses_and_is_given_back() {
    let sent = written(frame(RequestKind::Disperse, 3 * Budget::UNIT));
    let mut small = codec(2 * Budget::UNIT);
    let error = read_request(&mut small, &sent).unwrap().unwrap_err();
    assert!(matches!(error, FrameError::Busy { .. }), "{error}");

    let sent = written(frame(RequestKind::Disperse, 2 * Budget::UNIT));
    let held = read_request(&mut small, &sent).unwrap().unwrap();
    assert!(
        read_request(&mut small, &sent).unwrap().is_err(),
        "the first still holds it"
    );
    drop(held);
    assert!(read_request(&mut small, &sent).unwrap().is_ok());
}

#[test]
fn a_truncated_frame_is_a_broken_stream_and_nobodys_offence() {
    let sent = written(frame(RequestKind::Status, 8));
    for end in 0..sent.len() {
        let error = read_request(&mut codec(1 << 20), &sent[..end]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "cut at {end}");
    }
}

#[test]
fn a_reply_is_read_against_what_was_asked() {
    let mut codec = codec(1);
    let mut sink = Vec::new();
    let ask = Ok(frame(RequestKind::Status, 0));
    block_on(codec.write_request(&PROTOCOL, &mut Cursor::new(&mut sink), ask)).unwrap();
    let mut read =
        |bytes: &[u8]| block_on(codec.read_response(&PROTOCOL, &mut Cursor::new(bytes))).unwrap();
    assert!(read(&[8, 0, 0, 0, 0]).is_ok());
    assert!(
        read(&[0xff, 1, 0, 0, 0, 4]).is_ok(),
        "a refusal fits any request"
    );
    assert!(matches!(
        read(&[6, 0, 0, 0, 0]),
        Err(FrameError::WrongReply { tag: 6, .. })
    ));
    assert!(matches!(
        read(&[8, 1, 1, 0, 0]),
        Err(FrameError::TooLarge {
            size: 257,
            limit: 256,
            ..
        })
    ));
    assert!(matches!(
        read(&[0xff, 65, 1, 0, 0]),
        Err(FrameError::TooLarge {
            size: 321,
            limit: 320,
            ..
        })
    ));
}
