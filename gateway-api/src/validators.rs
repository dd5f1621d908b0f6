//! Who the validators are, and the changes that are offered.

use serde::{Deserialize, Serialize};
use weft_chain::{ProofOfPossession, PublicKey};
use weft_encoding::Digest;

/// The validators of a height. The set itself is proven by its root, which the header of the
/// height names; names, peer ids and addresses are not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValidatorSetDto {
    /// The height whose block they finalise.
    pub height: u64,
    /// The set's root, as headers name it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub root: Digest,
    /// The stake of all of them.
    pub total_stake: u64,
    /// The validators, in the set's order.
    pub validators: Vec<ValidatorDto>,
    /// The set that is decided to come after this one; null if none is.
    #[serde(default)]
    pub coming: Option<ComingSetDto>,
}

/// One validator of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValidatorDto {
    /// Its place in the set, from 0.
    pub index: u64,
    /// What people call it.
    pub name: String,
    /// Its BLS public key: 48 bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{96}$"))]
    pub public_key: PublicKey,
    /// Its stake.
    pub stake: u64,
    /// Proof that it has the secret key: 96 bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{192}$"))]
    pub proof_of_possession: ProofOfPossession,
    /// Its name on the peer-to-peer network.
    pub peer_id: String,
    /// Where peers reach it, as multiaddresses.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Where consensus engines reach its own, as multiaddresses.
    #[serde(default)]
    pub consensus_addresses: Vec<String>,
}

/// A set that is decided and not yet in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComingSetDto {
    /// The first height that it finalises.
    pub first_height: u64,
    /// Its root.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub root: Digest,
}

/// A validator update that a gateway has taken and offers to the proposers. It is in force only
/// once a block has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferedUpdateDto {
    /// The update's id: what its signers signed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub update_id: Digest,
    /// The first height that the new set finalises.
    pub first_height: u64,
    /// The new set's root.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub root: Digest,
}
