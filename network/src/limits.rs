//! Every size, deadline and rate of the protocol, in one table.
//!
//! | kind | request, bytes | reply, bytes | deadline | cost, units |
//! |---|---|---|---|---|
//! | disperse | 128 columns of 64 cells, 16.1 MiB | 256 | 30 s | 16 + 4 a MiB |
//! | push_proofs | 128 columns of 64 proofs, 386 KiB | 256 | 20 s | 8 + 4 a MiB |
//! | columns | 256 | 128 columns of 64 cells, 16.1 MiB | 30 s | 4 + 1 for each 4 columns |
//! | samples | 1 KiB | 256 cells, 526 KiB | 10 s | 2 + 1 for each 32 cells |
//! | blob_headers | 64 | 32 KiB | 10 s | 2 |
//! | body | 64 | 4 MiB | 15 s | 8 |
//! | headers | 64 | 512 KiB | 10 s | 4 |
//! | status | 64 | 256 | 5 s | 1 |
//! | propose | 4 MiB + 4 KiB | 256 | 15 s | 16 + 4 a MiB |
//! | validator_update | 64 | 1.0 MiB | 15 s | 8 |
//! | cell_proofs | 256 | 128 columns of 64 proofs, 420 KiB | 20 s | 2 + 1 for each 8 columns |
//! | offer_update | 1.0 MiB | 256 | 15 s | 256 + 1 for each 512 bytes |
//! | sampled_cells | 64 | 256 cells, 525 KiB | 10 s | 10 |
//! | (refusal) | | 320 | | |
//!
//! Sizes are those of a frame's payload. They are checked against the frame's header before the
//! payload is allocated, and they are part of the protocol. Deadlines and rates are each node's choice
//! ([`Deadlines`], [`Limits`](crate::Limits)).
//!
//! | gossip | bytes |
//! |---|---|
//! | a signed header | 4 KiB |
//! | a certified blob | 16 KiB |

use std::ops::{Index, IndexMut};
use std::time::Duration;

use weft_chain::{Canonical, SignedValidatorUpdate};
use weft_encoding::{CELL_BYTES, COLUMNS, MAX_BLOB_ROWS};

use crate::messages::RequestKind;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The most cells in one request for samples, and in one reply with sampled cells.
pub const MAX_SAMPLES: usize = 256;

/// The most headers in one request for headers.
pub const MAX_HEADERS: usize = 256;

/// The longest text in a refusal, in bytes.
pub const MAX_REASON_BYTES: usize = 256;

/// The longest payload of a refusal frame: the variant, the text's length and the text.
pub const MAX_REFUSAL_BYTES: usize = 320;

/// The largest signed header on the gossip topic, in bytes.
pub const MAX_GOSSIP_HEADER_BYTES: usize = 4 * KIB;

/// The largest certified blob on the gossip topic, in bytes.
pub const MAX_GOSSIP_CERTIFIED_BYTES: usize = 16 * KIB;

/// The largest body of a block, in bytes.
pub const MAX_BODY_BYTES: usize = 4 * MIB;

/// The largest signed update of the validator set with its certificate, in bytes.
pub const MAX_SIGNED_UPDATE_BYTES: usize = <SignedValidatorUpdate as Canonical>::MAX_BYTES;

/// The cell proofs of all columns of a blob of 64 rows.
const ALL_CELL_PROOFS_BYTES: usize = 4 + COLUMNS * (1 + 4 + MAX_BLOB_ROWS * 48);

/// A proven column of a blob of 64 rows: index, count of cells, cells, proof, path of 7 hashes.
const PROVEN_COLUMN_BYTES: usize = 1 + 4 + MAX_BLOB_ROWS * CELL_BYTES + 48 + 7 * 32;

/// All the columns of the largest blob, and room for its header or for the list of refusals.
const ALL_COLUMNS_BYTES: usize = COLUMNS * PROVEN_COLUMN_BYTES + 64 * KIB;

/// The longest payload of a request of this kind, in bytes.
pub const fn request_bytes(kind: RequestKind) -> usize {
    match kind {
        RequestKind::Disperse => ALL_COLUMNS_BYTES,
        RequestKind::PushProofs => 32 + ALL_CELL_PROOFS_BYTES,
        RequestKind::Columns | RequestKind::CellProofs => 256,
        RequestKind::Samples => KIB,
        RequestKind::BlobHeaders
        | RequestKind::Body
        | RequestKind::Headers
        | RequestKind::Status
        | RequestKind::ValidatorUpdate
        | RequestKind::SampledCells => 64,
        RequestKind::Propose => MAX_BODY_BYTES + 4 * KIB,
        RequestKind::OfferUpdate => MAX_SIGNED_UPDATE_BYTES,
    }
}

/// The longest payload of a reply to a request of this kind, in bytes.
pub const fn reply_bytes(kind: RequestKind) -> usize {
    match kind {
        RequestKind::Disperse
        | RequestKind::PushProofs
        | RequestKind::Status
        | RequestKind::Propose
        | RequestKind::OfferUpdate => 256,
        RequestKind::Columns => ALL_COLUMNS_BYTES,
        RequestKind::Samples => 4 + MAX_SAMPLES * (1 + CELL_BYTES + 48),
        RequestKind::SampledCells => 4 + MAX_SAMPLES * (3 + CELL_BYTES + 48),
        RequestKind::BlobHeaders => 32 * KIB,
        RequestKind::Body => MAX_BODY_BYTES,
        RequestKind::Headers => 512 * KIB,
        RequestKind::ValidatorUpdate => MAX_SIGNED_UPDATE_BYTES,
        RequestKind::CellProofs => {
            ALL_CELL_PROOFS_BYTES + 4 + COLUMNS * (1 + 1 + 4 + MAX_REASON_BYTES)
        }
    }
}

/// The cost of a request in units of its peer's rate, by its kind and the bytes of its payload.
///
/// Uploads cost by their size. An update of the validator set costs most, because each of its entries
/// has a proof of possession to verify. Requests for columns and samples are lists of 1 and 3 bytes an
/// entry, so the size of their payload bounds that of the reply.
pub fn cost(kind: RequestKind, payload_bytes: usize) -> u32 {
    let upload = payload_bytes.div_ceil(MIB / 4);
    let units = match kind {
        RequestKind::Disperse | RequestKind::Propose => 16 + upload,
        RequestKind::PushProofs => 8 + upload,
        RequestKind::Columns => 4 + payload_bytes.saturating_sub(32 + 4).div_ceil(4),
        RequestKind::Samples => 2 + payload_bytes.saturating_sub(8 + 4).div_ceil(3 * 32),
        RequestKind::BlobHeaders => 2,
        RequestKind::Body | RequestKind::ValidatorUpdate => 8,
        RequestKind::Headers => 4,
        RequestKind::Status => 1,
        RequestKind::CellProofs => 2 + payload_bytes.saturating_sub(32 + 4).div_ceil(8),
        RequestKind::OfferUpdate => 256 + payload_bytes.div_ceil(512),
        RequestKind::SampledCells => 10,
    };
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// How long a request of each kind may take, from the call to the complete reply, dialling included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines([Duration; RequestKind::COUNT]);

impl Deadlines {
    /// The deadline of a kind.
    pub fn of(&self, kind: RequestKind) -> Duration {
        self.0[kind.slot()]
    }

    /// Sets the deadline of a kind.
    #[must_use]
    pub fn with(mut self, kind: RequestKind, deadline: Duration) -> Self {
        self.0[kind.slot()] = deadline;
        self
    }

    /// The longest deadline.
    pub fn longest(&self) -> Duration {
        self.0.into_iter().max().unwrap_or_default()
    }
}

impl Index<RequestKind> for Deadlines {
    type Output = Duration;

    fn index(&self, kind: RequestKind) -> &Duration {
        &self.0[kind.slot()]
    }
}

impl IndexMut<RequestKind> for Deadlines {
    fn index_mut(&mut self, kind: RequestKind) -> &mut Duration {
        &mut self.0[kind.slot()]
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self(RequestKind::ALL.map(|kind| {
            Duration::from_secs(match kind {
                RequestKind::Disperse | RequestKind::Columns => 30,
                RequestKind::PushProofs | RequestKind::CellProofs => 20,
                RequestKind::Body
                | RequestKind::Propose
                | RequestKind::ValidatorUpdate
                | RequestKind::OfferUpdate => 15,
                RequestKind::Samples
                | RequestKind::SampledCells
                | RequestKind::BlobHeaders
                | RequestKind::Headers => 10,
                RequestKind::Status => 5,
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_request_fits_the_burst() {
        for kind in RequestKind::ALL {
            let cost = cost(kind, request_bytes(kind));
            assert!(
                cost <= crate::Limits::default().request_burst.get(),
                "{kind} costs {cost} at most, more than the burst: it could never be sent"
            );
        }
    }

    #[test]
    fn samples_cost_by_their_number() {
        let payload = |cells: usize| 8 + 4 + 3 * cells;
        assert_eq!(cost(RequestKind::Samples, payload(1)), 3);
        assert_eq!(cost(RequestKind::Samples, payload(32)), 3);
        assert_eq!(cost(RequestKind::Samples, payload(33)), 4);
        assert_eq!(cost(RequestKind::Samples, payload(256)), 10);
    }
}
