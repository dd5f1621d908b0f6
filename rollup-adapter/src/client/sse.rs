//! Server-sent events from a stream of bytes, bounded.
//!
//! Source: the HTML standard, "Parsing an event stream". `event`, `id` and `retry` fields are ignored:
//! an event's data has its type and height, and the client chooses its own pauses.

use std::collections::VecDeque;

/// A decoder of server-sent events: bytes in, the data of whole events out.
///
/// It buffers the bytes of at most one unfinished event, and refuses an event over its limit.
#[derive(Debug)]
pub(super) struct SseDecoder {
    limit: usize,
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    after_carriage_return: bool,
    at_start: bool,
    events: VecDeque<Vec<u8>>,
}

/// An event longer than the limit. The decoder is unusable afterwards.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EventTooLarge;

impl SseDecoder {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            data: Vec::new(),
            has_data: false,
            after_carriage_return: false,
            at_start: true,
            events: VecDeque::new(),
        }
    }

    /// The data of the next whole event.
    pub(super) fn next_event(&mut self) -> Option<Vec<u8>> {
        self.events.pop_front()
    }

    /// Decodes bytes, however they are split.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), EventTooLarge> {
        for &byte in bytes {
            let second_of_pair = self.after_carriage_return && byte == b'\n';
            self.after_carriage_return = byte == b'\r';
            match byte {
                _ if second_of_pair => {}
                b'\r' | b'\n' => self.end_line(),
                _ if self.line.len() + self.data.len() >= self.limit => return Err(EventTooLarge),
                _ => self.line.push(byte),
            }
        }
        Ok(())
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            if std::mem::take(&mut self.has_data) {
                self.events.push_back(data);
            }
            return;
        }
        if let Some(value) = line.strip_prefix(b"data") {
            let value = match value {
                [b':', b' ', value @ ..] | [b':', value @ ..] => value,
                [] => value,
                _ => return,
            };
            if std::mem::replace(&mut self.has_data, true) {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn decode(parts: &[&[u8]]) -> Vec<String> {
        let mut decoder = SseDecoder::new(64);
        let mut events = Vec::new();
        for part in parts {
            decoder.push(part).unwrap();
            while let Some(event) = decoder.next_event() {
                events.push(String::from_utf8(event).unwrap());
            }
        }
        events
    }

    #[test]
    fn events_are_the_same_however_they_are_cut() {
        let text = "\u{feff}: hello\r\nevent: block\r\nid: 4\r\ndata: {\"a\":\ndata:1}\r\n\r\n\
                    id: 5\rdata: x\r\rdatum: no\n\ndata\n\n";
        let expected = ["{\"a\":\n1}", "x", ""];
        assert_eq!(decode(&[text.as_bytes()]), expected);
        for cut in 0..text.len() {
            let (head, tail) = text.as_bytes().split_at(cut);
            assert_eq!(decode(&[head, tail]), expected, "cut at {cut}");
        }
        let single: Vec<_> = text.as_bytes().chunks(1).collect();
        assert_eq!(decode(&single), expected);
    }

    #[test]
    fn an_unfinished_event_is_none() {
        assert!(decode(&[b"data: x\n"]).is_empty());
    }

    #[test]
    fn an_endless_event_is_refused_at_the_limit() {
        let mut decoder = SseDecoder::new(64);
        assert_eq!(decoder.push(&[b'x'; 64]), Ok(()));
        assert_eq!(decoder.push(b"x"), Err(EventTooLarge));
        let mut decoder = SseDecoder::new(64);
        let many = b"data: 0123456789\n".repeat(20);
        assert_eq!(decoder.push(&many), Err(EventTooLarge));
    }
}
