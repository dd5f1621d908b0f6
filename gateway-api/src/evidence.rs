//! Equivocations of validators.

use serde::{Deserialize, Serialize};
use weft_chain::PublicKey;

/// The most equivocations in one answer.
pub const MAX_EVIDENCE: usize = 1000;

/// The equivocations that a gateway's node has stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidenceListDto {
    /// The number of stored equivocations.
    pub count: u64,
    /// The newest of them, newest first, up to the request's `limit`.
    pub evidence: Vec<EvidenceDto>,
}

/// One equivocation, without the signed messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidenceDto {
    /// The height.
    pub height: u64,
    /// The round of consensus.
    pub round: u32,
    /// The validator's public key: 48 bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{96}$"))]
    pub validator: PublicKey,
    /// The kind of the two messages.
    pub kind: EvidenceKind,
}

/// The kind of message that a validator signed twice for one height and round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EvidenceKind {
    /// Proposals of two headers.
    Proposal,
    /// Prevotes for two values.
    Prevote,
    /// Precommits for two values.
    Precommit,
    /// A kind that this version does not know.
    #[serde(other)]
    Other,
}

impl EvidenceKind {
    /// The kind's name, as JSON has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposal => "proposal",
            Self::Prevote => "prevote",
            Self::Precommit => "precommit",
            Self::Other => "other",
        }
    }
}
