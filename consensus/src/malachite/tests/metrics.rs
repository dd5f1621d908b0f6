//! The metrics of several engines in one process are kept apart.

use weft_chain::Height;

use super::network::{TestNetwork, Validator};
use crate::Orderer as _;
use crate::malachite::metrics::EngineMetrics;

const HEIGHT: &str = "malachitebft_core_consensus_height ";

async fn start(network: &TestNetwork) -> (Validator, EngineMetrics) {
    let base = network.base(0).await;
    let orderer = network.orderer(0, &base);
    assert_eq!(orderer.metrics_text(), "", "nothing runs");
    let metrics = orderer.metrics.clone();
    (Validator::run(base, orderer), metrics)
}

/// The height that an engine reports.
fn height(text: &str) -> u64 {
    let samples: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(HEIGHT))
        .collect();
    assert_eq!(samples.len(), 1, "{text}");
    samples[0].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_engine_of_a_process_gives_its_own_numbers() {
    // Two chains of one validator each.
    let (slow, fast) = (TestNetwork::new(1), TestNetwork::new(1));
    let (slow_node, slow_metrics) = start(&slow).await;
    slow_node.base.reaches(Height::new(2)).await;
    slow_node.stop().await;
    let stands_at = height(&slow_metrics.text());
    assert!(stands_at >= 2);

    let (fast_node, fast_metrics) = start(&fast).await;
    let on = Height::new(stands_at + 5);
    fast_node.base.reaches(on).await;
    assert!(height(&fast_metrics.text()) >= on.get());
    assert_eq!(height(&slow_metrics.text()), stands_at);
    for part in ["core_consensus_consensus_round", "sync_", "network_"] {
        let name = format!("malachitebft_{part}");
        assert!(fast_metrics.text().contains(&name), "{name}");
    }
    assert!(!fast_metrics.text().contains("moniker="));
    fast_node.stop().await;
}
