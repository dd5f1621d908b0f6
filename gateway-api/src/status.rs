//! How a gateway is.

use serde::{Deserialize, Serialize};
use weft_chain::{ChainId, HeaderHash};

/// What a gateway says of itself. Nothing here is proven: it is for operators and for choosing
/// defaults.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusDto {
    /// Version of the node's software.
    pub version: String,
    /// The chain it follows.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub chain_id: ChainId,
    /// Hash of the chain's genesis.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub genesis_hash: HeaderHash,
    /// Its name on the peer-to-peer network.
    pub peer_id: String,
    /// Height of its newest block; null before the first.
    pub height: Option<u64>,
    /// When that block was proposed, Unix milliseconds.
    pub time: Option<u64>,
    /// Peers it is connected to.
    pub peers: u64,
    /// Certified blobs that wait to be ordered.
    pub pending: u64,
    /// Whether it accepts posts.
    pub ready: bool,
    /// Why it does not, if it does not.
    pub reason: Option<String>,
    /// Longest batch it accepts in the `packed` layout, bytes.
    pub max_packed_bytes: u64,
    /// Longest batch it accepts in the `raw` layout, bytes.
    pub max_raw_bytes: u64,
    /// How its blocks are ordered: `malachite` or `solo`; empty if it does not say.
    #[serde(default)]
    pub orderer: String,
    /// The round of consensus at the next height; null where none is known.
    #[serde(default)]
    pub round: Option<u32>,
    /// Validators of the next height.
    #[serde(default)]
    pub validators: u64,
    /// Equivocations of validators that it has kept evidence of.
    #[serde(default)]
    pub equivocations: u64,
    /// How complete its columns are; null if it is no custodian.
    #[serde(default)]
    pub custody: Option<CustodyDto>,
}

/// How much of what is assigned to a custodian it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustodyDto {
    /// Columns of every blob that are assigned to it now, 0 to 128.
    pub owned: u64,
    /// Columns of ordered blobs, over all blobs, that it should have and lacks.
    pub missing: u64,
    /// Up to this height it has them all.
    pub complete_to: u64,
}
