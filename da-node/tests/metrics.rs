//! `/metrics` of a validator: the node's numbers and its engine's, as Prometheus reads them.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use support::NodeNetwork;

/// What a text in Prometheus' format 0.0.4 declares and says; panics where it is none.
#[derive(Default)]
struct Exposition {
    /// Name to type.
    families: BTreeMap<String, String>,
    /// Name with labels to value.
    samples: BTreeMap<String, f64>,
}

impl Exposition {
    fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'));
        let mut parsed = Self::default();
        let mut family = String::new();
        for line in text.lines() {
            if let Some(declared) = line.strip_prefix("# TYPE ") {
                let (name, kind) = declared.split_once(' ').unwrap();
                let kinds = ["counter", "gauge", "histogram", "summary", "untyped"];
                assert!(kinds.contains(&kind), "{line}");
                let earlier = parsed.families.insert(name.into(), kind.into());
                assert_eq!(earlier, None, "declared twice: {line}");
                family = name.into();
            } else if line.starts_with("# HELP ") {
            } else {
                assert!(!line.starts_with('#'), "{line}");
                let (series, value) = line.rsplit_once(' ').unwrap();
                let name = series.split('{').next().unwrap();
                let endings: &[&str] = match parsed.families[&family].as_str() {
                    "histogram" => &["_bucket", "_sum", "_count"],
                    _ => &[""],
                };
                let is_of_family = |ending: &&str| *name == format!("{family}{ending}");
                assert!(endings.iter().any(is_of_family), "{line} under {family}");
                let earlier = parsed.samples.insert(series.into(), value.parse().unwrap());
                assert_eq!(earlier, None, "said twice: {line}");
            }
        }
        parsed
    }
}

#[tokio::test]
async fn the_engines_numbers_are_beside_the_nodes() {
    let folder = tempfile::tempdir().unwrap();
    let network = NodeNetwork::init(folder.path(), 1).await;
    let _node = network.start(0).await;
    network.until_height(0, 3).await;
    let reply = reqwest::get(format!("{}/metrics", network.gateways[0]));
    let reply = reply.await.unwrap();
    let content_type = reply.headers()["content-type"].to_str().unwrap();
    assert!(content_type.starts_with("text/plain; version=0.0.4"));
    let text = reply.text().await.unwrap();
    let exposition = Exposition::parse(&text);

    let families = |prefix: &str| {
        let names = exposition.families.keys();
        names.filter(|name| name.starts_with(prefix)).count()
    };
    let (ours, engines) = (families("weft_"), families("malachitebft_"));
    assert!(ours > 30 && engines > 30, "{ours} and {engines}");
    assert_eq!(ours + engines, exposition.families.len(), "{text}");
    let described = include_str!("../../docs/metrics.md");
    for name in exposition.families.keys() {
        let is_described = described.contains(&format!("| `{name}` |"));
        assert_eq!(is_described, name.starts_with("weft_"), "{name}");
    }

    let value = |series: &str| exposition.samples[series];
    assert!(value("weft_ledger_height") >= 3.0);
    assert!(value("malachitebft_core_consensus_height") >= 3.0);
    assert!(value("malachitebft_core_consensus_round") >= 0.0);
    assert!(value("malachitebft_core_consensus_consensus_round_count") >= 3.0);
    assert!(value("weft_ledger_blocks_total{arrival=\"decided\"}") >= 3.0);
    assert!(value("weft_ledger_blocks_total{arrival=\"synced\"}") == 0.0);
    let counter = "malachitebft_core_consensus_rebroadcast_timeouts_total";
    assert_eq!(exposition.families[counter], "counter");
}
