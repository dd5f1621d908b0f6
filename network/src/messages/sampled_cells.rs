//! Requests to a light client for the cells that it sampled.

use std::collections::HashSet;

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::Height;
use weft_encoding::UnverifiedCell;

use super::rpc::plain_reply;
use super::shape::check_count;
use super::{RequestKind, RpcRequest, ShapeError, bounded};
use crate::limits::MAX_SAMPLES;

/// Asks a light client for the cells of a block that it has sampled and verified. It returns at most
/// [`MAX_SAMPLES`], none twice, and refuses if it has none.
///
/// Readers can so repair a block from cells that custodians gave to light clients only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetSampledCells {
    /// The block.
    pub height: Height,
}

impl RpcRequest for GetSampledCells {
    type Response = Vec<UnverifiedCell>;
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
    Vec<UnverifiedCell>,
    bounded::whole_vec::<UnverifiedCell, MAX_SAMPLES>
);
