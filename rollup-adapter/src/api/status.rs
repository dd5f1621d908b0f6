//! How a gateway is.

use serde::{Deserialize, Serialize};
use weft_chain::{ChainId, HeaderHash};

use super::text;

/// What a gateway says of itself. Nothing here is proven: it is for operators and for choosing
/// defaults.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusDto {
    /// Version of the node's software.
    pub version: String,
    /// The chain it follows.
    #[serde(with = "text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub chain_id: ChainId,
    /// Hash of the chain's genesis.
    #[serde(with = "text")]
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
}
