//! Requests for single cells of a block's extended matrix.

use std::collections::HashSet;

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::Height;
use weft_encoding::{Cell, CellCoord, CellProof};

use super::rpc::plain_reply;
use super::shape::check_count;
use super::{Refusal, RequestKind, RpcRequest, ShapeError, bounded};
use crate::limits::MAX_SAMPLES;

/// Asks for single cells of a block's extended matrix, parity rows included.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct GetSamples {
    /// The block.
    pub height: Height,
    /// The cells, 1 to [`MAX_SAMPLES`] of them, none twice.
    #[borsh(deserialize_with = "bounded::vec::<_, _, MAX_SAMPLES>")]
    pub coords: Vec<CellCoord>,
}

/// The reply for one cell, in the order of the request's coordinates.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub enum SampleReply {
    /// The cell, unverified.
    Cell {
        /// Its 2,048 bytes.
        cell: Cell,
        /// Its proof against its row's commitment.
        proof: CellProof,
    },
    /// The peer does not give the cell.
    Refused(Refusal),
}

impl RpcRequest for GetSamples {
    type Response = Vec<SampleReply>;
    type Expected = usize;
    const KIND: RequestKind = RequestKind::Samples;

    fn check(&self) -> Result<(), ShapeError> {
        check_count("samples", self.coords.len(), MAX_SAMPLES)?;
        let mut seen = HashSet::with_capacity(self.coords.len());
        match self.coords.iter().find(|coord| !seen.insert(**coord)) {
            Some(coord) => Err(ShapeError::DuplicateCell { coord: *coord }),
            None => Ok(()),
        }
    }

    fn expected(&self) -> usize {
        self.coords.len()
    }

    fn check_reply(asked: usize, reply: &Vec<SampleReply>) -> Result<(), ShapeError> {
        if reply.len() != asked {
            return Err(ShapeError::WrongCount {
                what: "samples",
                count: reply.len(),
                asked,
            });
        }
        Ok(())
    }
}

plain_reply!(
    GetSamples,
    Vec<SampleReply>,
    bounded::whole_vec::<SampleReply, MAX_SAMPLES>
);
