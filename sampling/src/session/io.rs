//! The inputs and outputs of a session.

use std::time::Duration;

use weft_encoding::{Cell, CellCoord, CellProof, UnverifiedCell, VerifiedCell, VerifyError};

use super::{Evidence, Verdict};
use crate::ColumnSet;

/// Names a request within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(super) u64);

/// Names a batch under verification within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub(super) u64);

/// The tier of a peer, which decides who is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// A custodian, for the columns that are assigned to it.
    Custodian,
    /// A peer that may have cells although no column is assigned to it: a gateway, an archive.
    Fallback,
}

/// An event outside of the session.
#[derive(Debug)]
pub enum Input<P> {
    /// The peer can be asked for cells of these columns; a later offer replaces an earlier one.
    ///
    /// Custody may move while a session runs. A peer that is offered as the custodian of a column
    /// for the first time is asked for its samples whatever it answered before, unless it sent
    /// something invalid.
    Offer {
        /// The peer.
        peer: P,
        /// The columns it may have.
        columns: ColumnSet,
        /// Its tier.
        tier: Tier,
    },
    /// The peer must not be asked any more; it may still answer earlier requests.
    Withdraw {
        /// The peer.
        peer: P,
    },
    /// An answer: one reply for each coordinate of the request, in order.
    Reply {
        /// The request.
        request: RequestId,
        /// The replies.
        replies: Vec<CellReply>,
    },
    /// A request without a usable answer.
    Failed {
        /// The request.
        request: RequestId,
        /// How it failed.
        failure: RequestFailure,
    },
    /// A batch came back from verification: one result for each cell, in order.
    Verified {
        /// The batch.
        batch: BatchId,
        /// The results.
        results: Vec<Result<VerifiedCell, VerifyError>>,
    },
    /// The block itself has been shown to be invalid.
    Condemned(Evidence),
    /// Time has passed.
    Tick,
}

/// A peer's reply for one cell.
#[derive(Clone, Debug)]
pub enum CellReply {
    /// The cell, not verified.
    Cell {
        /// The cell.
        cell: Cell,
        /// Its proof.
        proof: CellProof,
    },
    /// The peer does not give it.
    Refused(RefusalKind),
}

/// Why a peer does not give a cell, which decides whether it is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The peer expects to have the cell or its proof soon.
    NotYet,
    /// The peer is overloaded.
    Busy,
    /// The peer does not know the block; it may be behind.
    UnknownBlock,
    /// The peer says that it does not have the cell and does not expect to.
    NotHeld,
}

impl RefusalKind {
    /// Whether the same peer may answer otherwise later.
    pub const fn is_postponement(self) -> bool {
        matches!(self, Self::NotYet | Self::Busy | Self::UnknownBlock)
    }
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestFailure {
    /// No answer came in time.
    Timeout,
    /// The connection was lost, or could not be made.
    Unreachable,
    /// The answer does not decode. The decoder has reported the peer; the session only stops asking it.
    Malformed,
}

/// An action for the caller.
#[derive(Debug)]
pub enum Output<P> {
    /// Ask a peer for cells of the block's extended matrix.
    Request {
        /// Comes back in [`Input::Reply`] or [`Input::Failed`].
        id: RequestId,
        /// Whom to ask.
        peer: P,
        /// What to ask for, at most [`SessionConfig::max_coords_per_request`](super::SessionConfig::max_coords_per_request).
        coords: Vec<CellCoord>,
        /// When the session gives the request up, in the caller's time.
        deadline: Duration,
    },
    /// Verify cells against the block's commitments, off the loop.
    Verify {
        /// Comes back in [`Input::Verified`].
        id: BatchId,
        /// The cells, all from one peer.
        cells: Vec<UnverifiedCell>,
    },
    /// Lower a peer's score.
    Penalise {
        /// The peer.
        peer: P,
        /// What it did.
        offence: Offence,
    },
    /// The last output: the session is over.
    Done(Verdict),
}

/// What a peer is penalised for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offence {
    /// It sent a cell that does not verify against the block's commitments.
    InvalidCell {
        /// Which cell was asked for.
        coord: CellCoord,
        /// How verification failed.
        error: VerifyError,
    },
    /// It sent more or fewer replies than there were questions.
    WrongCount {
        /// Coordinates asked for.
        asked: usize,
        /// Replies sent.
        replied: usize,
    },
}
