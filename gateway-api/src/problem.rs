//! Failures: problem details by RFC 9457.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use weft_encoding::Fault;

/// The content type of a [`ProblemDto`].
pub const PROBLEM_CONTENT_TYPE: &str = "application/problem+json";

/// The kind of a failure: the last segment of a problem's `type`.
///
/// More kinds may be added. A reader handles an unknown kind by `status` and `fault`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProblemKind {
    /// The batch has no bytes.
    EmptyBatch,
    /// The batch or body is longer than its limit.
    TooLarge,
    /// The layout is neither `packed` nor `raw`.
    UnknownLayout,
    /// The namespace is malformed or reserved.
    BadNamespace,
    /// A raw batch is not a whole number of rows.
    NotWholeRows,
    /// A raw batch has an element that is not below the field's modulus.
    NonCanonicalElement,
    /// A parameter of the query or the path is malformed or missing.
    BadParameter,
    /// The node knows no blob with this id.
    UnknownBlob,
    /// The node has no block at this height.
    UnknownBlock,
    /// The block has no such cell.
    UnknownCell,
    /// The node knows no update that introduces a validator set with this root.
    UnknownUpdate,
    /// A validator update is not valid, or does not replace the set in force.
    BadUpdate,
    /// Too few custodians signed before the deadline.
    NotCertified,
    /// The node found too few cells of the blob to repair it.
    Unavailable,
    /// The node does not have the answer yet, and expects to have it.
    NotYet,
    /// The node serves the most requests of this kind that it allows.
    Busy,
    /// The node does not accept posts at present.
    NotReady,
    /// The request took longer than its deadline.
    Deadline,
    /// The interface has no such path.
    NotFound,
    /// The path does not support the method.
    MethodNotAllowed,
    /// The node failed.
    Internal,
    /// A kind that this version does not know.
    #[serde(other)]
    Other,
}

impl ProblemKind {
    /// The kind's name, the last segment of `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmptyBatch => "empty-batch",
            Self::TooLarge => "too-large",
            Self::UnknownLayout => "unknown-layout",
            Self::BadNamespace => "bad-namespace",
            Self::NotWholeRows => "not-whole-rows",
            Self::NonCanonicalElement => "non-canonical-element",
            Self::BadParameter => "bad-parameter",
            Self::UnknownBlob => "unknown-blob",
            Self::UnknownBlock => "unknown-block",
            Self::UnknownCell => "unknown-cell",
            Self::UnknownUpdate => "unknown-update",
            Self::BadUpdate => "bad-update",
            Self::NotCertified => "not-certified",
            Self::Unavailable => "unavailable",
            Self::NotYet => "not-yet",
            Self::Busy => "busy",
            Self::NotReady => "not-ready",
            Self::Deadline => "deadline",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Internal => "internal",
            Self::Other => "other",
        }
    }

    /// The URI of the kind, as in a problem's `type`.
    pub fn uri(self) -> String {
        format!("urn:weft:problem:{}", self.name())
    }

    /// The kind with this URI; [`ProblemKind::Other`] if it is unknown.
    pub fn from_uri(uri: &str) -> Self {
        uri.strip_prefix("urn:weft:problem:")
            .and_then(|name| serde_json::from_value(Value::from(name)).ok())
            .unwrap_or(Self::Other)
    }
}

/// Whose fault a problem is: [`Fault`] in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProblemFault {
    /// The request is wrong: the same request fails again.
    Caller,
    /// Another node gave false data or withheld data.
    Peer,
    /// The node that answered failed.
    Local,
    /// The failure is temporary: the same request may succeed later.
    Retry,
}

impl From<Fault> for ProblemFault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Caller => Self::Caller,
            Fault::Peer => Self::Peer,
            Fault::Local => Self::Local,
            Fault::Retry => Self::Retry,
        }
    }
}

impl From<ProblemFault> for Fault {
    fn from(fault: ProblemFault) -> Self {
        match fault {
            ProblemFault::Caller => Self::Caller,
            ProblemFault::Peer => Self::Peer,
            ProblemFault::Local => Self::Local,
            ProblemFault::Retry => Self::Retry,
        }
    }
}

/// A failure: problem details (RFC 9457) with the wrong value and its limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemDto {
    /// A URI that names the kind: `urn:weft:problem:` and the kind's name.
    #[serde(rename = "type", default = "about_blank")]
    #[cfg_attr(feature = "openapi", schema(example = "urn:weft:problem:too-large"))]
    pub kind: String,
    /// The kind as a short text.
    #[serde(default)]
    pub title: String,
    /// The HTTP status, repeated.
    #[serde(default)]
    pub status: u16,
    /// This occurrence, in a sentence.
    #[serde(default)]
    pub detail: String,
    /// The wrong value, if there is one: a number or a string.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub value: Option<Value>,
    /// The limit that the value breaks, if there is one: a number or a string.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub limit: Option<Value>,
    /// Whose fault it is. Absent from problems of a proxy.
    #[serde(default)]
    pub fault: Option<ProblemFault>,
}

fn about_blank() -> String {
    "about:blank".into()
}

impl ProblemDto {
    /// The kind that `type` names.
    pub fn problem_kind(&self) -> ProblemKind {
        ProblemKind::from_uri(&self.kind)
    }

    /// Whose fault it is: by the field `fault`, else by the status.
    pub fn fault(&self) -> Fault {
        match (self.fault, self.status) {
            (Some(fault), _) => fault.into(),
            (None, 408 | 425 | 429 | 502 | 503 | 504) => Fault::Retry,
            (None, 400..500) => Fault::Caller,
            (None, _) => Fault::Peer,
        }
    }
}

impl fmt::Display for ProblemDto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.title)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        if let Some(value) = &self.value {
            write!(f, " (value {value}")?;
            match &self.limit {
                Some(limit) => write!(f, ", limit {limit})")?,
                None => f.write_str(")")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn kinds_survive_the_wire() {
        for kind in [
            ProblemKind::EmptyBatch,
            ProblemKind::TooLarge,
            ProblemKind::UnknownLayout,
            ProblemKind::BadNamespace,
            ProblemKind::NotWholeRows,
            ProblemKind::NonCanonicalElement,
            ProblemKind::BadParameter,
            ProblemKind::UnknownBlob,
            ProblemKind::UnknownBlock,
            ProblemKind::UnknownCell,
            ProblemKind::UnknownUpdate,
            ProblemKind::BadUpdate,
            ProblemKind::NotCertified,
            ProblemKind::Unavailable,
            ProblemKind::NotYet,
            ProblemKind::Busy,
            ProblemKind::NotReady,
            ProblemKind::Deadline,
            ProblemKind::NotFound,
            ProblemKind::MethodNotAllowed,
            ProblemKind::Internal,
        ] {
            assert_eq!(ProblemKind::from_uri(&kind.uri()), kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(ProblemKind::from_uri("about:blank"), ProblemKind::Other);
        assert_eq!(
            ProblemKind::from_uri("urn:weft:problem:of-the-future"),
            ProblemKind::Other
        );
    }

    #[test]
    fn a_problem_without_fault_goes_by_its_status() {
        let problem = |text: &str| serde_json::from_str::<ProblemDto>(text).unwrap();
        assert_eq!(problem(r#"{"status":503}"#).fault(), Fault::Retry);
        assert_eq!(problem(r#"{"status":413}"#).fault(), Fault::Caller);
        assert_eq!(problem(r#"{"status":500}"#).fault(), Fault::Peer);
        assert_eq!(
            problem(r#"{"status":503,"fault":"peer"}"#).fault(),
            Fault::Peer
        );
    }
}
