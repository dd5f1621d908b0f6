//! Files of the repository that are generated from tables in the code.
//!
//! `just docs-generated` writes them. Without it, a file that differs from its table fails a test.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use weft_consensus::OrdererMetrics;
use weft_custody::CustodianMetrics;
use weft_custody::backfill::BackfillMetrics;
use weft_gateway::GatewayMetrics;
use weft_gateway::api::ApiMetrics;
use weft_ledger::LedgerMetrics;
use weft_ledger::pool::PoolMetrics;
use weft_ledger::sync::SyncMetrics;
use weft_metrics::Description;

/// Set to write the files in place of comparing them.
const WRITE: &str = "WEFT_WRITE_DOCS";

/// The services, with what each counts.
const SERVICES: [(&str, &[Description]); 10] = [
    ("HTTP interface", ApiMetrics::DESCRIPTIONS),
    ("Gateway", GatewayMetrics::DESCRIPTIONS),
    ("Custodian", CustodianMetrics::DESCRIPTIONS),
    ("Backfill", BackfillMetrics::DESCRIPTIONS),
    ("Ledger", LedgerMetrics::DESCRIPTIONS),
    ("Orderer", OrdererMetrics::DESCRIPTIONS),
    ("Pool", PoolMetrics::DESCRIPTIONS),
    ("Sync", SyncMetrics::DESCRIPTIONS),
    ("Network", weft_network::METRICS),
    ("Light client", weft_light_client::METRICS),
];

const METRICS_HEAD: &str = "\
# Metrics

The metrics that Weft counts, by service, as `/metrics` of a node gives them out. [Operating
Weft](operations.md#metrics) says which to watch. Times are in seconds, sizes in bytes. A metric with labels
appears with its first event; blocks and equivocations are counted from 0. `weft_custody_` metrics are those of
a validator. A fault is `caller`, `peer`, `local` or `retry`.

A program that embeds the light client gives it a registry for its metrics. A validator with Malachite gives
out the engine's own metrics too, under `malachitebft_`.

This page is generated from the table in each service's `metrics.rs`, by `just docs-generated`.
";

#[test]
fn metrics_page() {
    is_generated("docs/metrics.md", &metrics_page_text());
}

#[test]
fn example_configuration() {
    is_generated("weft.example.toml", &crate::config::example());
}

#[test]
fn names_of_metrics_are_unique_and_end_in_their_unit() {
    let mut names = std::collections::BTreeSet::new();
    for description in SERVICES.iter().flat_map(|(_, descriptions)| *descriptions) {
        let (name, kind) = (description.name, description.kind.to_string());
        assert!(names.insert(name), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
        assert_eq!(name.ends_with("_seconds"), kind == "histogram", "{name}");
    }
}

/// Compares a file of the repository with what it should be, or writes it.
fn is_generated(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, expected).unwrap();
    }
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        text == expected,
        "{path} is not what the code generates; write it anew with\n    \
         {WRITE}=1 cargo test -p weft-node --lib generated_docs"
    );
}

fn metrics_page_text() -> String {
    let mut page = METRICS_HEAD.to_owned();
    for (service, descriptions) in SERVICES {
        page +=
            &format!("\n## {service}\n\n| name | kind | labels | meaning |\n|---|---|---|---|\n");
        for description in descriptions {
            let Description { name, kind, .. } = description;
            let labels = description.labels.join(", ");
            page += &format!(
                "| `{name}` | {kind} | {labels} | {} |\n",
                meaning(description)
            );
        }
    }
    page
}

/// The help text and what the table adds to it, as sentences.
fn meaning(description: &Description) -> String {
    let help = description.help.trim_end_matches('.');
    format!("{help}.{}", description.detail)
}
