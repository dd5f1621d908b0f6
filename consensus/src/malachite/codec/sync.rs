//! Value sync: how far a peer has decided, which heights are asked for, and the answers.

use arc_malachitebft_app::types::sync::{RawDecidedValue, Request, Response, Status};
use arc_malachitebft_sync::{ValueRequest, ValueResponse};
use bytes::Bytes;
use weft_chain::{Block, Canonical};

use super::CodecError;
use super::wire::{Input, Wire, write_bytes, write_list};
use crate::malachite::types::WeftContext;

/// Blocks in one response; a node asks for fewer.
const MAX_VALUES: usize = 128;

impl Wire for Status<WeftContext> {
    const WHAT: &'static str = "a status";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.peer_id.write(out)?;
        self.tip_height.write(out)?;
        self.history_min_height.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            peer_id: Wire::read(input)?,
            tip_height: Wire::read(input)?,
            history_min_height: Wire::read(input)?,
        })
    }
}

impl Wire for Request<WeftContext> {
    const WHAT: &'static str = "a sync request";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let Self::ValueRequest(request) = self;
        request.range.start().write(out)?;
        request.range.end().write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        let range = Wire::read(input)?..=Wire::read(input)?;
        Ok(Self::ValueRequest(ValueRequest::new(range)))
    }
}

impl Wire for RawDecidedValue<WeftContext> {
    const WHAT: &'static str = "a decided block";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        write_bytes(Self::WHAT, &self.value_bytes, Block::MAX_BYTES, out)?;
        self.certificate.write(out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        let block = Bytes::copy_from_slice(input.bytes(Self::WHAT, Block::MAX_BYTES)?);
        Ok(Self::new(block, Wire::read(input)?))
    }
}

impl Wire for Response<WeftContext> {
    const WHAT: &'static str = "a sync response";

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let Self::ValueResponse(response) = self;
        response.start_height.write(out)?;
        write_list(Self::WHAT, &response.values, MAX_VALUES, out)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, CodecError> {
        let start = Wire::read(input)?;
        let values = input.list(Self::WHAT, MAX_VALUES)?;
        Ok(Self::ValueResponse(ValueResponse::new(start, values)))
    }
}
