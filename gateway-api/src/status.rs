//! The status of a gateway.

use serde::{Deserialize, Serialize};
use weft_chain::{ChainId, HeaderHash};

/// A gateway's own account of its state. Nothing of it is proven: it is for operators, and for clients
/// to choose defaults.
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
    /// Its libp2p peer id.
    pub peer_id: String,
    /// Height of its newest block; null before the first.
    pub height: Option<u64>,
    /// The time at which that block was proposed, Unix milliseconds.
    pub time: Option<u64>,
    /// The number of connected peers.
    pub peers: u64,
    /// The number of certified blobs that wait to be ordered.
    pub pending: u64,
    /// Whether it accepts posts.
    pub ready: bool,
    /// Why it does not accept posts; null if it does.
    pub reason: Option<String>,
    /// Longest batch it accepts in the `packed` layout, bytes.
    pub max_packed_bytes: u64,
    /// Longest batch it accepts in the `raw` layout, bytes.
    pub max_raw_bytes: u64,
    /// How its blocks are ordered: `malachite` or `solo`; empty if unknown.
    #[serde(default)]
    pub orderer: String,
    /// The round of consensus at the next height; null if unknown.
    #[serde(default)]
    pub round: Option<u32>,
    /// The number of validators of the next height.
    #[serde(default)]
    pub validators: u64,
    /// The number of equivocations of validators that it has evidence of.
    #[serde(default)]
    pub equivocations: u64,
    /// How complete its columns are; null if it is not a custodian.
    #[serde(default)]
    pub custody: Option<CustodyDto>,
}

/// How many of its assigned columns a custodian holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustodyDto {
    /// The number of columns of every blob that are assigned to it, 0 to 128.
    pub owned: u64,
    /// The number of assigned columns that it lacks, over all ordered blobs.
    pub missing: u64,
    /// The height up to which it has all assigned columns.
    pub complete_to: u64,
}
