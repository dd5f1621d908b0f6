//! One table for the metrics of a service.
//!
//! [`metrics!`] turns a table of names, types, labels and help texts into the struct that the service
//! counts with, its registration in a Prometheus registry, and the [`Description`]s from which
//! `docs/metrics.md` is generated.
//!
//! ```
//! use prometheus::Registry;
//!
//! weft_metrics::metrics! {
//!     /// What a shop counts.
//!     pub struct ShopMetrics {
//!         /// `paid` or `left`.
//!         pub visits: IntCounterVec["outcome"]
//!             = "shop_visits_total", "Visits by outcome.", values: ["paid", "left"];
//!         pub visit_seconds: Histogram
//!             = "shop_visit_seconds", "Seconds of a visit.", buckets: vec![1.0, 60.0];
//!         pub customers: IntGauge = "shop_customers", "Customers in the shop.";
//!     }
//! }
//!
//! let registry = Registry::new();
//! let metrics = ShopMetrics::register(&registry)?;
//! metrics.visits.with_label_values(&["paid"]).inc();
//!
//! assert_eq!(registry.gather().len(), 3);
//! assert_eq!(ShopMetrics::DESCRIPTIONS[0].name, "shop_visits_total");
//! assert_eq!(ShopMetrics::DESCRIPTIONS[0].detail, " `paid` or `left`.");
//! # Ok::<(), prometheus::Error>(())
//! ```

mod description;
mod table;

pub use description::{Description, Kind};

#[doc(hidden)]
pub use prometheus;
#[doc(hidden)]
pub use table::registered;

#[cfg(test)]
mod tests;
