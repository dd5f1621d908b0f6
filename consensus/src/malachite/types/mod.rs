//! The types that Malachite is instantiated with. Newtypes, because both its traits and the chain's
//! types are foreign to this crate.

mod address;
mod height;
mod proposal;
mod scheme;
mod validators;
mod value;
mod vote;

pub(super) use address::ValidatorAddress;
pub(super) use height::ConsensusHeight;
pub(super) use proposal::{BlockPart, Proposal};
pub(super) use scheme::Bls;
pub(super) use validators::{ConsensusValidator, ConsensusValidators};
pub(super) use value::ConsensusValue;
pub(super) use vote::{FinalitySignature, Vote};

pub(super) use super::context::WeftContext;
