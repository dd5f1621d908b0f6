//! The machine: inputs change samples and peers, and every input ends in one scheduling pass.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use weft_encoding::{CellCoord, Fault, MAX_BLOCK_ROWS, UnverifiedCell, VerifiedCell, VerifyError};

use super::{
    BatchId, CellReply, Input, Offence, Output, RequestFailure, RequestId, SessionConfig,
    SessionError, Shortfall, Tier, Verdict,
    peers::{PeerTable, Slot},
    sample::{Sample, Setback},
    schedule,
};
use crate::ColumnSet;

/// The sampling of one block; `P` names peers.
///
/// See the [module](super) for what goes in and out. Cost of a call: the samples that wait times
/// the peers that serve their columns.
#[derive(Debug)]
pub struct SamplingSession<P> {
    rows: usize,
    ends_at: Duration,
    pub(super) config: SessionConfig,
    pub(super) samples: Vec<Sample>,
    pub(super) peers: PeerTable<P>,
    pub(super) requests: BTreeMap<RequestId, Pending>,
    batches: BTreeMap<BatchId, Batch>,
    next_id: u64,
    /// Since when no sample is in flight and no peer is left to ask.
    starved_since: Option<Duration>,
    wake: Option<Duration>,
    verdict: Option<Verdict>,
}

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) peer: Slot,
    /// What the peer was when it was asked.
    pub(super) tier: Tier,
    pub(super) samples: Vec<usize>,
    /// The columns that were known to be assigned to the peer when it was asked.
    assigned: ColumnSet,
    pub(super) deadline: Duration,
}

#[derive(Debug)]
struct Batch {
    peer: Slot,
    tier: Tier,
    samples: Vec<usize>,
}

/// The progress of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Samples chosen.
    pub asked: usize,
    /// Samples verified.
    pub verified: usize,
    /// Samples not verified that some peer has refused or put off.
    pub refused: usize,
}

impl<P: Ord + Clone> SamplingSession<P> {
    /// A session over `samples` of the extended matrix of `rows` rows, starting at `now`.
    ///
    /// The samples must have been chosen as [`choose_samples`](crate::choose_samples) does, or the
    /// confidence in the verdict means nothing. A block without rows needs none and is available
    /// at the first input.
    ///
    /// # Errors
    /// [`SessionError`] for too many rows, no samples, a sample outside of the matrix, or a sample
    /// twice. Fault: the caller.
    pub fn new(
        rows: usize,
        samples: Vec<CellCoord>,
        config: SessionConfig,
        now: Duration,
    ) -> Result<Self, SessionError> {
        if rows > MAX_BLOCK_ROWS {
            return Err(SessionError::too_many_rows(rows));
        }
        if samples.is_empty() && rows > 0 {
            return Err(SessionError::NoSamples { rows });
        }
        let mut seen = BTreeSet::new();
        for &coord in &samples {
            let (row, extended_rows) = (coord.row.get(), 2 * rows);
            if row >= extended_rows {
                return Err(SessionError::OutsideMatrix { row, extended_rows });
            }
            if !seen.insert(coord) {
                return Err(SessionError::Duplicate(coord));
            }
        }
        Ok(Self {
            rows,
            ends_at: now.saturating_add(config.deadline),
            samples: samples.into_iter().map(Sample::new).collect(),
            peers: PeerTable::new(&config),
            config,
            requests: BTreeMap::new(),
            batches: BTreeMap::new(),
            next_id: 0,
            starved_since: None,
            wake: Some(now),
            verdict: None,
        })
    }

    /// Takes one input and appends the resulting actions to `out`.
    ///
    /// Ignores every input after [`Output::Done`].
    pub fn handle(&mut self, now: Duration, input: Input<P>, out: &mut Vec<Output<P>>) {
        if self.verdict.is_some() {
            return;
        }
        match input {
            Input::Offer {
                peer,
                columns,
                tier,
            } => self.on_offer(peer, columns, tier),
            Input::Withdraw { peer } => self.peers.withdraw(&peer),
            Input::Reply { request, replies } => self.on_reply(now, request, replies, out),
            Input::Failed { request, failure } => self.on_failure(now, request, failure),
            Input::Verified { batch, results } => self.on_verified(now, batch, results, out),
            Input::Condemned(evidence) => {
                self.finish(Verdict::Invalid { evidence }, out);
                return;
            }
            Input::Tick => {}
        }
        self.give_up_late_requests(now);
        self.advance(now, out);
    }

    /// The latest time for the next [`Input::Tick`]; `None` once the session is over.
    pub fn next_wake(&self) -> Option<Duration> {
        self.wake
    }

    /// The progress so far.
    pub fn progress(&self) -> Progress {
        let verified = self.samples.iter().filter(|s| s.verified).count();
        let refused = self
            .samples
            .iter()
            .filter(|s| !s.verified && s.worst == Some(Setback::Refused))
            .count();
        Progress {
            asked: self.samples.len(),
            verified,
            refused,
        }
    }

    /// The verdict, once the session is over.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// A refusal from before a column was assigned to a peer says nothing about what the peer holds as
    /// its custodian.
    fn on_offer(&mut self, peer: P, columns: ColumnSet, tier: Tier) {
        let Some((slot, assigned)) = self.peers.offer(peer, columns, tier) else {
            return;
        };
        for sample in &mut self.samples {
            if assigned.contains(sample.coord.column) {
                sample.reopen(slot, &self.config);
            }
        }
    }

    fn on_reply(
        &mut self,
        now: Duration,
        id: RequestId,
        replies: Vec<CellReply>,
        out: &mut Vec<Output<P>>,
    ) {
        let Some(Pending {
            peer,
            tier,
            samples,
            assigned,
            ..
        }) = self.requests.remove(&id)
        else {
            return;
        };
        self.peers.answered(peer);
        let assigned_since = self.peers.get(peer).assigned.difference(assigned);
        if replies.len() != samples.len() {
            let offence = Offence::WrongCount {
                asked: samples.len(),
                replied: replies.len(),
            };
            self.each_open(&samples, |sample| sample.invalid(peer, tier));
            self.expel(peer, offence, out);
            return;
        }

        let (mut cells, mut verifying) = (Vec::new(), Vec::new());
        for (place, reply) in samples.into_iter().zip(replies) {
            let sample = &mut self.samples[place];
            if sample.verified {
                continue;
            }
            match reply {
                CellReply::Cell { cell, proof } => {
                    cells.push(UnverifiedCell {
                        coord: sample.coord,
                        cell,
                        proof,
                    });
                    verifying.push(place);
                }
                CellReply::Refused(kind) if kind.is_postponement() => {
                    sample.postponed(peer, tier, now, &self.config);
                }
                CellReply::Refused(_) if assigned_since.contains(sample.coord.column) => {
                    sample.refused_early(tier);
                }
                CellReply::Refused(_) => sample.refused(peer, tier),
            }
        }
        if !cells.is_empty() {
            let id = BatchId(self.next_id());
            self.batches.insert(
                id,
                Batch {
                    peer,
                    tier,
                    samples: verifying,
                },
            );
            out.push(Output::Verify { id, cells });
        }
    }

    fn on_failure(&mut self, now: Duration, id: RequestId, failure: RequestFailure) {
        let Some(pending) = self.requests.remove(&id) else {
            return;
        };
        match failure {
            RequestFailure::Timeout | RequestFailure::Unreachable => {
                self.did_not_answer(now, &pending);
            }
            RequestFailure::Malformed => {
                let (peer, tier) = (pending.peer, pending.tier);
                self.peers.answered(peer);
                self.peers.expel(peer);
                self.each_open(&pending.samples, |sample| sample.invalid(peer, tier));
            }
        }
    }

    fn on_verified(
        &mut self,
        now: Duration,
        id: BatchId,
        results: Vec<Result<VerifiedCell, VerifyError>>,
        out: &mut Vec<Output<P>>,
    ) {
        let Some(Batch {
            peer,
            tier,
            samples,
        }) = self.batches.remove(&id)
        else {
            return;
        };
        let mut offence = None;
        let mut results = results.into_iter();
        for place in samples {
            let sample = &mut self.samples[place];
            let coord = sample.coord;
            match results.next() {
                Some(Ok(verified)) if verified.coord() == coord => sample.verified = true,
                Some(Err(error)) if error.fault() == Fault::Peer => {
                    sample.invalid(peer, tier);
                    offence.get_or_insert(Offence::InvalidCell { coord, error });
                }
                // Verification itself failed: no peer is at fault.
                _ => sample.unanswered(peer, tier, now, &self.config),
            }
        }
        if let Some(offence) = offence {
            self.expel(peer, offence, out);
        }
    }

    fn expel(&mut self, peer: Slot, offence: Offence, out: &mut Vec<Output<P>>) {
        self.peers.expel(peer);
        out.push(Output::Penalise {
            peer: self.peers.get(peer).id.clone(),
            offence,
        });
    }

    fn give_up_late_requests(&mut self, now: Duration) {
        let late: Vec<RequestId> = self
            .requests
            .iter()
            .filter(|(_, pending)| pending.deadline <= now)
            .map(|(&id, _)| id)
            .collect();
        for id in late {
            if let Some(pending) = self.requests.remove(&id) {
                self.did_not_answer(now, &pending);
            }
        }
    }

    fn did_not_answer(&mut self, now: Duration, pending: &Pending) {
        let (peer, tier) = (pending.peer, pending.tier);
        let config = self.config.clone();
        self.peers.did_not_answer(peer, now, &config);
        self.each_open(&pending.samples, |sample| {
            sample.unanswered(peer, tier, now, &config);
        });
    }

    /// Applies a change to the samples among these that are not verified.
    fn each_open(&mut self, places: &[usize], mut change: impl FnMut(&mut Sample)) {
        for &place in places {
            let sample = &mut self.samples[place];
            if !sample.verified {
                change(sample);
            }
        }
    }

    /// Ends the session if it is time, else asks for what can be asked for.
    fn advance(&mut self, now: Duration, out: &mut Vec<Output<P>>) {
        if self.samples.iter().all(|sample| sample.verified) {
            self.finish(Verdict::available(self.rows, self.samples.len()), out);
            return;
        }
        if now >= self.ends_at {
            self.finish(Verdict::NotEnough(self.shortfall()), out);
            return;
        }

        let plan = schedule::plan(self, now);
        for (peer, samples) in plan.requests {
            self.ask(now, peer, samples, out);
        }

        let on_the_way = !self.requests.is_empty() || !self.batches.is_empty();
        if on_the_way || plan.any_askable {
            self.starved_since = None;
        } else {
            let since = *self.starved_since.get_or_insert(now);
            if now >= since.saturating_add(self.config.patience) {
                self.finish(Verdict::NotEnough(self.shortfall()), out);
                return;
            }
        }

        let gives_up_at = self
            .starved_since
            .map(|t| t.saturating_add(self.config.patience));
        let next_deadline = self.requests.values().map(|pending| pending.deadline).min();
        self.wake = [
            Some(self.ends_at),
            plan.next_askable,
            gives_up_at,
            next_deadline,
        ]
        .into_iter()
        .flatten()
        .min();
    }

    fn ask(&mut self, now: Duration, peer: Slot, samples: Vec<usize>, out: &mut Vec<Output<P>>) {
        let id = RequestId(self.next_id());
        let tier = self.peers.get(peer).tier;
        let deadline = now
            .saturating_add(self.config.request_timeout)
            .min(self.ends_at);
        let coords = samples
            .iter()
            .map(|&place| {
                self.samples[place].asked(peer, tier);
                self.samples[place].coord
            })
            .collect();
        self.peers.asked(peer);
        out.push(Output::Request {
            id,
            peer: self.peers.get(peer).id.clone(),
            coords,
            deadline,
        });
        self.requests.insert(
            id,
            Pending {
                peer,
                tier,
                samples,
                assigned: self.peers.get(peer).assigned,
                deadline,
            },
        );
    }

    fn shortfall(&self) -> Shortfall {
        let mut shortfall = Shortfall::unreached(0);
        shortfall.asked = self.samples.len();
        for sample in &self.samples {
            match sample.worst {
                _ if sample.verified => shortfall.verified += 1,
                Some(Setback::Refused) => shortfall.refused += 1,
                Some(Setback::Invalid) => shortfall.invalid += 1,
                Some(Setback::Unanswered) => shortfall.unanswered += 1,
                None if sample.is_on_its_way() => shortfall.unanswered += 1,
                None => shortfall.unreached += 1,
            }
        }
        shortfall.weigh(self.rows)
    }

    fn finish(&mut self, verdict: Verdict, out: &mut Vec<Output<P>>) {
        self.requests.clear();
        self.batches.clear();
        self.wake = None;
        self.verdict = Some(verdict.clone());
        out.push(Output::Done(verdict));
    }

    fn next_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}
