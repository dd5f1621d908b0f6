//! Asking a light client for what it sampled.

use std::collections::HashSet;

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::Height;
use weft_encoding::ProvenCell;

use super::rpc::plain_reply;
use super::shape::check_count;
use super::{RequestKind, RpcRequest, ShapeError, bounded};
use crate::limits::MAX_SAMPLES;

/// Asks a light client for the cells of a block that it has sampled and verified: at most
/// [`MAX_SAMPLES`], none twice; of more it gives some. Without any it refuses.
///
/// What was given to one client can so be had by all, whoever withholds it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetSampledCells {
    /// The block.
    pub height: Height,
}

impl RpcRequest for GetSampledCells {
    type Response = Vec<ProvenCell>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::SampledCells;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), reply: &Self::Response) -> Result<(), ShapeError> {
        check_count("sampled cells", reply.len(), MAX_SAMPLES)?;
        let mut seen = HashSet::with_capacity(reply.len());
        match reply.iter().find(|cell| !seen.insert(cell.coord)) {
            Some(cell) => Err(ShapeError::DuplicateCell { coord: cell.coord }),
            None => Ok(()),
        }
    }
}

plain_reply!(
    GetSampledCells,
    Vec<ProvenCell>,
    bounded::whole_vec::<ProvenCell, MAX_SAMPLES>
);
