//! The validator sets, and updates of them.

use serde::{Deserialize, Serialize};
use weft_chain::{ProofOfPossession, PublicKey};
use weft_encoding::Digest;

/// The validators of a height. The header of the height names the set's root, which proves keys and
/// stakes; names, peer ids and addresses are not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValidatorSetDto {
    /// The height whose block they finalise.
    pub height: u64,
    /// The set's root, as in headers.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub root: Digest,
    /// The stake of all validators.
    pub total_stake: u64,
    /// The validators, in the set's order.
    pub validators: Vec<ValidatorDto>,
    /// The decided next set; null if there is none.
    #[serde(default)]
    pub coming: Option<ComingSetDto>,
}

/// One validator of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValidatorDto {
    /// Its index in the set, from 0.
    pub index: u64,
    /// Its name, for people.
    pub name: String,
    /// Its BLS public key: 48 bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{96}$"))]
    pub public_key: PublicKey,
    /// Its stake.
    pub stake: u64,
    /// Proof of possession of the secret key: 96 bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{192}$"))]
    pub proof_of_possession: ProofOfPossession,
    /// Its libp2p peer id.
    pub peer_id: String,
    /// The multiaddresses of its node.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// The multiaddresses of its consensus engine.
    #[serde(default)]
    pub consensus_addresses: Vec<String>,
}

/// A validator set that is decided and not yet in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComingSetDto {
    /// The first height that it finalises.
    pub first_height: u64,
    /// Its root.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub root: Digest,
}

/// A validator update that a gateway has accepted and offers to the proposers. It takes effect only if
/// a block below its first height includes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferedUpdateDto {
    /// The update's id, which its signers sign.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub update_id: Digest,
    /// The first height that the new set finalises.
    pub first_height: u64,
    /// The new set's root.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub root: Digest,
}
