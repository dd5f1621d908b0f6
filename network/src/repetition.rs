//! Telling a repeated gossip message from a duplicate of it.
//!
//! Gossipsub drops what it has seen, by content, and in a quiet mesh it never forgets. A message
//! that must reach a node which was away is published again; so each carries the ten seconds it was
//! published in, and is a new message in the next ten:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | slot: Unix time / 10 s, u64 little-endian |
//! | rest | borsh encoding of the message |
//!
//! A slot far from the own clock is not forwarded, so nobody can make one message into many.

use std::time::{SystemTime, UNIX_EPOCH};

/// Length of a slot.
const SLOT_SECONDS: u64 = 10;
/// Slots that a message may be away from the own clock, either way.
const MAX_DRIFT: u64 = 6;
/// How long seen messages are remembered at least: longer than their slots are taken.
pub(crate) const MEMORY_SECONDS: u64 = (2 * MAX_DRIFT + 3) * SLOT_SECONDS;
/// Bytes before the message.
pub(crate) const STAMP_BYTES: usize = 8;

/// The ten seconds that a message is published in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u64);

impl Slot {
    /// The present one.
    pub(crate) fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(since.as_secs() / SLOT_SECONDS)
    }

    /// The message with its stamp.
    pub(crate) fn stamp(self, message: &[u8]) -> Vec<u8> {
        [&self.0.to_le_bytes(), message].concat()
    }

    /// The stamp and the message; `None` if there is no room for a stamp.
    pub(crate) fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (stamp, message) = bytes.split_first_chunk::<STAMP_BYTES>()?;
        Some((Self(u64::from_le_bytes(*stamp)), message))
    }

    /// Whether a message of this slot is taken when the clock says `now`.
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
