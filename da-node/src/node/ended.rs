//! A service that a node cannot do without has ended.

/// A service of a node that ended although nobody stopped it (local).
///
/// The node cannot mend that: its process is to be stopped and started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the service {service} has ended")]
pub struct ServiceEnded {
    /// The service's name.
    pub service: &'static str,
}

/// How a node goes on without a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is to be started again.
    Restart(ServiceEnded),
    /// It is to stay as it is until somebody has looked at it: it may contradict what it signed if
    /// it is started again.
    Held(ServiceEnded),
}

impl Failure {
    /// What has ended.
    pub(super) fn ended(self) -> ServiceEnded {
        match self {
            Self::Restart(ended) | Self::Held(ended) => ended,
        }
    }
}
