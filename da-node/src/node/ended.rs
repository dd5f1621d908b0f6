//! Unexpected ends of a node's services.

/// A service of a node ended unexpectedly (local).
///
/// The node does not recover from this: its process must be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the service {service} has ended")]
pub struct ServiceEnded {
    /// The service's name.
    pub service: &'static str,
}

/// What a node needs after a service has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It must be restarted.
    Restart(ServiceEnded),
    /// It must stay up until an operator intervenes: after a restart it might contradict what it
    /// signed.
    Held(ServiceEnded),
}

impl Failure {
    /// The service that ended.
    pub(super) fn ended(self) -> ServiceEnded {
        match self {
            Self::Restart(ended) | Self::Held(ended) => ended,
        }
    }
}
