//! What the documentation says of a metric.

use std::fmt;

/// The Prometheus type of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, from 0 at the start of the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Observations counted by bucket, with their sum.
    Histogram,
}

impl fmt::Display for Kind {
    /// The type's name in Prometheus' text format.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        })
    }
}

/// One row of a table of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Full name, unique in a registry.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// Help text, as the registry gives it out.
    pub help: &'static str,
    /// What the field's documentation adds to the help text, as it is written; empty if nothing.
    pub detail: &'static str,
}
