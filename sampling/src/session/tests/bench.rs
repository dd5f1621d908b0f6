//! One session driven by hand.

use std::time::Duration;

use weft_encoding::CellCoord;

use super::matrix::{at, matrix};
use crate::{
    ColumnSet, SamplingSession, SessionConfig, Verdict,
    session::{CellReply, Input, Output, RefusalKind, RequestId, Shortfall, Tier},
};

pub(super) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(super) fn config() -> SessionConfig {
    SessionConfig {
        deadline: ms(10_000),
        request_timeout: ms(1_000),
        patience: ms(500),
        max_in_flight: 4,
        max_in_flight_per_peer: 1,
        max_coords_per_request: 8,
        max_attempts: 6,
        max_timeouts_per_peer: 2,
        max_postponements: 3,
        backoff: ms(100),
        max_backoff: ms(400),
        max_peers: 100,
    }
}

/// Drives one session over two cells of column 3 and one of column 9.
pub(super) struct Bench {
    pub(super) session: SamplingSession<&'static str>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(vec![at(0, 3), at(1, 3), at(0, 9)], config())
    }

    pub(super) fn with(samples: Vec<CellCoord>, config: SessionConfig) -> Self {
        Self {
            session: SamplingSession::new(1, samples, config, ms(0)).unwrap(),
        }
    }

    pub(super) fn step(
        &mut self,
        now: u64,
        input: Input<&'static str>,
    ) -> Vec<Output<&'static str>> {
        let mut out = Vec::new();
        self.session.handle(ms(now), input, &mut out);
        out
    }

    pub(super) fn offer(
        &mut self,
        now: u64,
        peer: &'static str,
        columns: &[usize],
    ) -> Vec<Output<&'static str>> {
        let columns: ColumnSet = columns.iter().map(|&c| at(0, c).column).collect();
        self.step(
            now,
            Input::Offer {
                peer,
                columns,
                tier: Tier::Custodian,
            },
        )
    }

    pub(super) fn fallback(&mut self, now: u64, peer: &'static str) -> Vec<Output<&'static str>> {
        let input = Input::Offer {
            peer,
            columns: ColumnSet::ALL,
            tier: Tier::Fallback,
        };
        self.step(now, input)
    }

    pub(super) fn refuse(
        &mut self,
        now: u64,
        request: RequestId,
        kinds: &[RefusalKind],
    ) -> Vec<Output<&'static str>> {
        let replies = kinds.iter().map(|&kind| CellReply::Refused(kind)).collect();
        self.step(now, Input::Reply { request, replies })
    }

    pub(super) fn serve(
        &mut self,
        now: u64,
        request: RequestId,
        coords: &[CellCoord],
    ) -> Vec<Output<&'static str>> {
        let replies = coords.iter().map(|&coord| matrix().reply(coord)).collect();
        let out = self.step(now, Input::Reply { request, replies });
        self.verify(now, out)
    }

    /// Answers the one batch among `out`; what comes of it replaces it.
    pub(super) fn verify(
        &mut self,
        now: u64,
        out: Vec<Output<&'static str>>,
    ) -> Vec<Output<&'static str>> {
        let mut rest = Vec::new();
        for output in out {
            match output {
                Output::Verify { id, cells } => {
                    let results = matrix().verify_each(&cells);
                    rest.extend(self.step(now, Input::Verified { batch: id, results }));
                }
                other => rest.push(other),
            }
        }
        rest
    }
}

pub(super) fn requests(
    out: &[Output<&'static str>],
) -> Vec<(RequestId, &'static str, Vec<CellCoord>)> {
    out.iter()
        .filter_map(|output| match output {
            Output::Request {
                id, peer, coords, ..
            } => Some((*id, *peer, coords.clone())),
            _ => None,
        })
        .collect()
}

pub(super) fn verdict<'a>(out: &'a [Output<&'static str>]) -> &'a Verdict {
    match out.last() {
        Some(Output::Done(verdict)) => verdict,
        other => panic!("the session should be over, but said {other:?}"),
    }
}

pub(super) fn shortfall<'a>(out: &'a [Output<&'static str>]) -> &'a Shortfall {
    match verdict(out) {
        Verdict::NotEnough(shortfall) => shortfall,
        other => panic!("not enough, but {other:?}"),
    }
}
