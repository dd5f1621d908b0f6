//! Malachite's metrics, in the text format of the node's own metrics.
//!
//! Malachite registers its metrics in a `prometheus_client` registry, and only the global registry
//! of the process can be read. So each engine registers there, under a label (`moniker`) that tells
//! the engines of one process apart. [`EngineMetrics::text`] returns the metrics of one engine
//! without the label.
//!
//! That registry writes OpenMetrics. The node's `/metrics` is Prometheus' text format 0.0.4, where
//! counters are declared by the name of their samples, which ends in `_total`; the types `info` and
//! `unknown` do not exist; units are not declared; and there is no `# EOF`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_malachitebft_app::metrics::{SharedRegistry, export};

/// Number of engines created in this process, the label of the next one.
static ENGINES: AtomicU64 = AtomicU64::new(0);

/// The metrics of one engine.
#[derive(Clone, Debug)]
pub(super) struct EngineMetrics {
    /// The label of all its samples.
    label: String,
    moniker: String,
}

impl EngineMetrics {
    /// The metrics of a new engine, still empty.
    pub(super) fn new() -> Self {
        let moniker = ENGINES.fetch_add(1, Ordering::Relaxed).to_string();
        Self {
            label: format!("moniker=\"{moniker}\""),
            moniker,
        }
    }

    /// The registry for the engine.
    pub(super) fn registry(&self) -> SharedRegistry {
        SharedRegistry::global().with_moniker(&self.moniker)
    }

    /// All of them, in Prometheus' text format. Their names begin with `malachitebft_`.
    ///
    /// Cost: encodes the metrics of every engine of the process.
    pub(super) fn text(&self) -> String {
        let mut open_metrics = String::new();
        export(&mut open_metrics);
        own_families(&open_metrics, &self.label)
    }
}

/// One metric as it is declared: the lines before its samples.
#[derive(Default)]
struct Family<'a> {
    name: &'a str,
    help: &'a str,
    kind: &'a str,
    is_declared: bool,
}

impl Family<'_> {
    /// Begins this family in `text`, once.
    fn declare(&mut self, text: &mut String) {
        if std::mem::replace(&mut self.is_declared, true) {
            return;
        }
        let (ending, kind) = match self.kind {
            "counter" => ("_total", "counter"),
            "info" => ("_info", "gauge"),
            "unknown" => ("", "untyped"),
            kind => ("", kind),
        };
        let (name, help) = (self.name, self.help);
        // Writing into a string does not fail.
        let _ = writeln!(text, "# HELP {name}{ending} {help}");
        let _ = writeln!(text, "# TYPE {name}{ending} {kind}");
    }
}

/// The samples with `label`, without the label. Each family is declared before its first sample.
fn own_families(open_metrics: &str, label: &str) -> String {
    let mut text = String::new();
    let mut family = Family::default();
    for line in open_metrics.lines() {
        if let Some(declared) = line.strip_prefix("# HELP ") {
            let (name, help) = declared.split_once(' ').unwrap_or((declared, ""));
            family = Family {
                name,
                help,
                ..Family::default()
            };
        } else if let Some(declared) = line.strip_prefix("# TYPE ") {
            family.kind = declared.split_once(' ').map_or("untyped", |(_, kind)| kind);
        } else if !line.starts_with('#')
            && let Some(sample) = without_label(line, label)
        {
            family.declare(&mut text);
            text.push_str(&sample);
            text.push('\n');
        }
    }
    text
}

/// The sample without `label`, which the registry writes as the first label; `None` if the sample
/// lacks it.
fn without_label(sample: &str, label: &str) -> Option<String> {
    let (name, rest) = sample.split_once('{')?;
    let rest = rest.strip_prefix(label)?;
    match (rest.strip_prefix(','), rest.strip_prefix('}')) {
        (Some(others), _) => Some(format!("{name}{{{others}")),
        (_, Some(value)) => Some(format!("{name}{value}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_of_one_engine_are_given_in_the_other_format() {
        let two_engines = "\
# HELP malachitebft_height Current height.
# TYPE malachitebft_height gauge
malachitebft_height{moniker=\"1\"} 7
# HELP malachitebft_votes Votes.
# TYPE malachitebft_votes counter
# UNIT malachitebft_votes votes
malachitebft_votes_total{moniker=\"1\",kind=\"a,moniker=\\\"2\\\"\"} 1
malachitebft_votes_total{moniker=\"1\",kind=\"b\"} 2
# HELP malachitebft_none Nothing.
# TYPE malachitebft_none counter
# HELP malachitebft_height Current height.
# TYPE malachitebft_height gauge
malachitebft_height{moniker=\"12\"} 8
# HELP malachitebft_build What it is.
# TYPE malachitebft_build info
malachitebft_build_info{moniker=\"12\",version=\"1\"} 1
# EOF
";
        let one = "\
# HELP malachitebft_height Current height.
# TYPE malachitebft_height gauge
malachitebft_height 7
# HELP malachitebft_votes_total Votes.
# TYPE malachitebft_votes_total counter
malachitebft_votes_total{kind=\"a,moniker=\\\"2\\\"\"} 1
malachitebft_votes_total{kind=\"b\"} 2
";
        let other = "\
# HELP malachitebft_height Current height.
# TYPE malachitebft_height gauge
malachitebft_height 8
# HELP malachitebft_build_info What it is.
# TYPE malachitebft_build_info gauge
malachitebft_build_info{version=\"1\"} 1
";
        assert_eq!(own_families(two_engines, "moniker=\"1\""), one);
        assert_eq!(own_families(two_engines, "moniker=\"12\""), other);
        assert_eq!(own_families(two_engines, "moniker=\"2\""), "");
    }
}
