//! Whose fault an error is.

use std::fmt;

/// Whose fault an error is: what a caller, an operator and a peer score each read from an error.
///
/// Its text and serde forms are its [name](Fault::name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Fault {
    /// The caller gave unusable input; the same call fails again.
    Caller,
    /// A peer sent provably wrong data; it counts against the peer's score.
    Peer,
    /// This machine: its disk, its configuration, or a defect.
    Local,
    /// No party is at fault: the same request may succeed later.
    Retry,
}

impl Fault {
    /// The name in metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Peer => "peer",
            Self::Local => "local",
            Self::Retry => "retry",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn text_and_json_are_the_name() {
        for fault in [Fault::Caller, Fault::Peer, Fault::Local, Fault::Retry] {
            assert_eq!(fault.to_string(), fault.name());
            let json = serde_json::to_string(&fault).unwrap();
            assert_eq!(json, format!("\"{fault}\""));
            assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
        }
    }
}
