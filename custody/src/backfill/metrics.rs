//! What the backfill counts.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// What the backfill counts.
#[derive(Clone, Debug)]
pub struct BackfillMetrics {
    /// Columns that this custodian owns of ordered blobs and is known not to hold.
    pub missing_columns: IntGauge,
    /// The height up to which nothing lacks.
    pub complete_height: IntGauge,
    /// Blobs that are not complete yet, or not looked at.
    pub unfinished_blobs: IntGauge,
    /// Columns had after dispersal: `copy` from another holder, `repair` from 64 others.
    pub backfilled_columns: IntCounterVec,
    /// Columns whose cell proofs were had after the pushes: `copy` from another holder, `made` here.
    pub backfilled_cell_proofs: IntCounterVec,
    /// Rows whose cell proofs were made here, because the gateway had not pushed them.
    pub proven_rows: IntCounter,
    /// Ordered blobs whose columns root is not that of their rows. Fault: the poster's.
    pub misnamed_blobs: IntCounter,
    /// Blobs that could not be completed and are taken up again.
    pub retries: IntCounter,
}

impl BackfillMetrics {
    /// Registers them.
    ///
    /// # Errors
    /// [`prometheus::Error`] (local) when a name is taken in the registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| {
            let gauge = IntGauge::new(format!("weft_custody_{name}"), help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(format!("weft_custody_{name}_total"), help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let by_source = |name: &str, help: &str| {
            let options = Opts::new(format!("weft_custody_{name}_total"), help);
            let counters = IntCounterVec::new(options, &["source"])?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        Ok(Self {
            missing_columns: gauge(
                "missing_columns",
                "Columns owned of ordered blobs and known not to be held.",
            )?,
            complete_height: gauge("complete_height", "The height up to which nothing lacks.")?,
            unfinished_blobs: gauge(
                "unfinished_blobs",
                "Blobs that are not complete yet, or not looked at.",
            )?,
            backfilled_columns: by_source(
                "backfilled_columns",
                "Columns had after dispersal, by source.",
            )?,
            backfilled_cell_proofs: by_source(
                "backfilled_cell_proofs",
                "Columns whose cell proofs were had after the pushes, by source.",
            )?,
            proven_rows: counter(
                "proven_rows",
                "Rows whose cell proofs were made here, because the gateway had not pushed them.",
            )?,
            misnamed_blobs: counter(
                "misnamed_blobs",
                "Ordered blobs whose columns root is not that of their rows: the poster's fault.",
            )?,
            retries: counter(
                "backfill_retries",
                "Blobs that could not be completed and are taken up again.",
            )?,
        })
    }
}
