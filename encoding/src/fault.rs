//! Whose fault an error is.

/// Whose fault an error is: what a caller, an operator and a peer score each read from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The one who asked gave something unusable; asking again in the same way fails again.
    Caller,
    /// A peer sent something provably wrong; it counts against its score.
    Peer,
    /// This machine: its disk, its configuration, or a defect.
    Local,
    /// Nobody's: the same request may succeed later.
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
