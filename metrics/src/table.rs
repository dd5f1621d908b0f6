//! The macro, and what its expansion calls.

use prometheus::core::Collector;
use prometheus::{Error, Registry};

/// Declares the metrics of one service in one table.
///
/// A row is `field: Type["label", ..] = "full_name", "Help text";`. Types are [`IntCounter`],
/// [`IntGauge`], [`Histogram`], and, with labels, [`IntCounterVec`] and [`HistogramVec`]. A histogram's
/// row ends with `buckets: EXPRESSION`, the upper bounds as a `Vec<f64>`; the expression may use `?` on
/// a [`prometheus::Error`]. The row of a counter with one label may end with `values: EXPRESSION`: the
/// label values that are there, at 0, from the start, so that an alert sees the first event. Type and
/// endings that do not fit each other do not compile.
///
/// The struct derives `Clone` and `Debug`; clones share the counts. It gets
/// `register(&Registry) -> Result<Self, prometheus::Error>` and `DESCRIPTIONS`, a
/// [`Description`](crate::Description) for each row in the order of the table, both as visible as the
/// struct. A field is documented by its help text and by the comment above its row. The
/// [crate's documentation](crate) has an example.
///
/// [`IntCounter`]: prometheus::IntCounter
/// [`IntGauge`]: prometheus::IntGauge
/// [`Histogram`]: prometheus::Histogram
/// [`IntCounterVec`]: prometheus::IntCounterVec
/// [`HistogramVec`]: prometheus::HistogramVec
#[macro_export]
macro_rules! metrics {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $service:ident {
            $(
                $(#[doc = $detail:literal])*
                $field_visibility:vis $field:ident: $kind:ident $([$($label:literal),+])?
                    = $name:literal, $help:literal
                    $(, buckets: $buckets:expr)? $(, values: $values:expr)?;
            )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug)]
        $visibility struct $service {
            $(
                #[doc = $help]
                #[doc = ""]
                $(#[doc = $detail])*
                $field_visibility $field: $crate::prometheus::$kind,
            )+
        }

        impl $service {
            /// The metrics, in the order of their table.
            $visibility const DESCRIPTIONS: &'static [$crate::Description] = &[$(
                $crate::Description {
                    name: $name,
                    kind: $crate::__metric!(kind $kind),
                    labels: &[$($($label),+)?],
                    help: $help,
                    detail: concat!($($detail),*),
                },
            )+];

            /// Makes the metrics and registers them.
            ///
            /// # Errors
            /// [`prometheus::Error`] (local) when a name is taken in the registry.
            $visibility fn register(
                registry: &$crate::prometheus::Registry,
            ) -> ::core::result::Result<Self, $crate::prometheus::Error> {
                ::core::result::Result::Ok(Self {
                    $($field: $crate::registered(
                        registry,
                        $crate::__metric!(
                            $kind [$name, $help] $([$($label),+])?
                            $(buckets $buckets)? $(values $values)?
                        ),
                    )?,)+
                })
            }
        }
    };
}

/// A metric of a row, or the kind of its type.
#[doc(hidden)]
#[macro_export]
macro_rules! __metric {
    (kind IntCounter) => { $crate::Kind::Counter };
    (kind IntCounterVec) => { $crate::Kind::Counter };
    (kind IntGauge) => { $crate::Kind::Gauge };
    (kind Histogram) => { $crate::Kind::Histogram };
    (kind HistogramVec) => { $crate::Kind::Histogram };
    (IntCounter [$name:literal, $help:literal]) => {
        $crate::prometheus::IntCounter::new($name, $help)?
    };
    (IntGauge [$name:literal, $help:literal]) => {
        $crate::prometheus::IntGauge::new($name, $help)?
    };
    (
        IntCounterVec [$name:literal, $help:literal] [$($label:literal),+] $(values $values:expr)?
    ) => {{
        let options = $crate::prometheus::Opts::new($name, $help);
        let counters = $crate::prometheus::IntCounterVec::new(options, &[$($label),+])?;
        $(for value in $values {
            counters.get_metric_with_label_values(&[value])?;
        })?
        counters
    }};
    (Histogram [$name:literal, $help:literal] buckets $buckets:expr) => {
        $crate::prometheus::Histogram::with_opts(
            $crate::prometheus::HistogramOpts::new($name, $help).buckets($buckets),
        )?
    };
    (
        HistogramVec [$name:literal, $help:literal] [$($label:literal),+] buckets $buckets:expr
    ) => {
        $crate::prometheus::HistogramVec::new(
            $crate::prometheus::HistogramOpts::new($name, $help).buckets($buckets),
            &[$($label),+],
        )?
    };
}

/// Registers a metric.
pub fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    metric: C,
) -> Result<C, Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
