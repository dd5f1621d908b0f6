//! Requests for updates of the validator set, and offers of new ones.

use borsh::{BorshDeserialize, BorshSerialize};
use weft_chain::SignedValidatorUpdate;
use weft_encoding::Digest;

use super::rpc::refusable_reply;
use super::{Refusal, RequestKind, RpcRequest, ShapeError};

/// Asks for the update that introduced a validator set. The set of the genesis has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetValidatorUpdate {
    /// The root of the set.
    pub root: Digest,
}

impl RpcRequest for GetValidatorUpdate {
    type Response = Result<SignedValidatorUpdate, Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::ValidatorUpdate;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Self::Response) -> Result<(), ShapeError> {
        Ok(())
    }
}

refusable_reply!(GetValidatorUpdate, SignedValidatorUpdate);

/// Offers a validator a signed update, to be included in a block that it proposes.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub struct OfferUpdate {
    /// The update with the signatures of the set that it replaces.
    pub update: SignedValidatorUpdate,
}

impl RpcRequest for OfferUpdate {
    type Response = Result<(), Refusal>;
    type Expected = ();
    const KIND: RequestKind = RequestKind::OfferUpdate;

    fn check(&self) -> Result<(), ShapeError> {
        Ok(())
    }

    fn expected(&self) -> Self::Expected {}

    fn check_reply((): (), _: &Self::Response) -> Result<(), ShapeError> {
        Ok(())
    }
}

refusable_reply!(OfferUpdate, ());
