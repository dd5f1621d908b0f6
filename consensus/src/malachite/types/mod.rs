//! The types that Malachite is instantiated with. Newtypes, because neither its traits nor the
//! chain's types are this crate's.

mod address;
mod height;
mod proposal;
mod scheme;
mod validators;
mod value;
mod vote;

pub use address::ValidatorAddress;
pub use height::ConsensusHeight;
pub use proposal::{BlockPart, Proposal};
pub use scheme::{Bls, SchemeError};
pub use validators::{ConsensusValidator, ConsensusValidators};
pub use value::ConsensusValue;
pub use vote::{FinalitySignature, Vote};

pub use super::context::WeftContext;
