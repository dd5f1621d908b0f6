//! Time slots that distinguish a repeated gossip message from a duplicate.
//!
//! Gossipsub drops messages that it has seen, by content, and in a quiet mesh it never forgets them.
//! A message that must reach a node that was offline is published again. So each message carries the
//! ten-second slot in which it was published, and is a new message in the next slot:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | slot: Unix time / 10 s, u64 little-endian |
//! | rest | borsh encoding of the message |
//!
//! A message with a slot far from the local clock is not forwarded, so a peer cannot turn one message
//! into many.

use crate::clock::unix_ms;

/// Length of a slot.
const SLOT_SECONDS: u64 = 10;
/// The greatest distance of a message's slot from the local clock's, in slots.
const MAX_DRIFT: u64 = 6;
/// How long gossipsub remembers messages at least: longer than their slots are accepted.
pub(crate) const MEMORY_SECONDS: u64 = (2 * MAX_DRIFT + 3) * SLOT_SECONDS;
/// Bytes before the message.
pub(crate) const STAMP_BYTES: usize = 8;

/// The ten-second slot in which a message is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u64);

impl Slot {
    /// The current slot.
    pub(crate) fn now() -> Self {
        Self(unix_ms() / 1000 / SLOT_SECONDS)
    }

    /// The message with its stamp.
    pub(crate) fn stamp(self, message: &[u8]) -> Vec<u8> {
        [&self.0.to_le_bytes(), message].concat()
    }

    /// The stamp and the message; `None` if the bytes are shorter than a stamp.
    pub(crate) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (stamp, message) = bytes.split_first_chunk::<STAMP_BYTES>()?;
        Some((Self(u64::from_le_bytes(*stamp)), message))
    }

    /// Whether a message of this slot is accepted in the slot `now`.
    pub(crate) fn is_current(self, now: Self) -> bool {
        self.0.abs_diff(now.0) <= MAX_DRIFT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_comes_off_as_it_went_on() {
        let stamped = Slot(0x0102).stamp(b"message");
        assert_eq!(stamped, b"\x02\x01\0\0\0\0\0\0message");
        assert_eq!(Slot::split(&stamped), Some((Slot(0x0102), &b"message"[..])));
        assert_eq!(Slot::split(&stamped[..STAMP_BYTES - 1]), None);
    }

    #[test]
    fn only_slots_near_the_clock_are_taken() {
        for (slot, taken) in [
            (93, false),
            (94, true),
            (100, true),
            (106, true),
            (107, false),
        ] {
            assert_eq!(Slot(slot).is_current(Slot(100)), taken, "{slot}");
        }
        assert!(!Slot(u64::MAX).is_current(Slot(0)));
    }
}
