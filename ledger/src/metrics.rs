//! What the ledger counts.

use weft_chain::Block;

/// How a block came to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// This node's engine decided it, with the others.
    Decided,
    /// It was decided without this node, which got it from a peer.
    Synced,
}

impl Arrival {
    const ALL: [Self; 2] = [Self::Decided, Self::Synced];

    /// The way as a word, for labels.
    fn name(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Synced => "synced",
        }
    }
}

weft_metrics::metrics! {
    /// Counters of the decided chain.
    pub struct LedgerMetrics {
        pub height: IntGauge = "weft_ledger_height", "Height of the last decided block";
        /// `arrival` is `decided` by this node's engine, or `synced` from peers that had decided them.
        pub blocks: IntCounterVec["arrival"]
            = "weft_ledger_blocks_total", "Blocks committed since the start, by how they came here",
            values: Arrival::ALL.map(Arrival::name);
        pub ordered_blobs: IntCounter
            = "weft_ledger_ordered_blobs_total", "Blobs in the blocks decided since the start";
        pub ordered_rows: IntCounter
            = "weft_ledger_ordered_rows_total", "Rows in the blocks decided since the start";
        pub refused_blocks: IntCounterVec["reason"]
            = "weft_ledger_refused_blocks_total", "Blocks refused, by reason";
    }
}

impl LedgerMetrics {
    /// Counts a block that was committed.
    pub(super) fn count(&self, block: &Block, arrival: Arrival) {
        self.blocks.with_label_values(&[arrival.name()]).inc();
        self.ordered_blobs.inc_by(block.body.blobs.len() as u64);
        self.ordered_rows.inc_by(u64::from(block.header.rows));
    }
}
