//! Validators that said two things where they may say one.

use serde::{Deserialize, Serialize};
use weft_chain::PublicKey;

/// Most records that one answer has.
pub const MAX_EVIDENCE: usize = 1000;

/// What a gateway's node has kept of equivocations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidenceListDto {
    /// How many it has kept in all.
    pub count: u64,
    /// The newest of them, newest first: as many as were asked for.
    pub evidence: Vec<EvidenceDto>,
}

/// One equivocation. The signed messages themselves stay at the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EvidenceDto {
    /// The height.
    pub height: u64,
    /// The round of consensus.
    pub round: u32,
    /// Who said both.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{96}$"))]
    pub validator: PublicKey,
    /// What there were two of.
    pub kind: EvidenceKind,
}

/// What a validator signed two of for one height and round.
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
