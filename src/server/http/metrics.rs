//! The edge's figures for Prometheus. Not the figures of tasks or the vault: they register their own with the same
//! registry. Invariant: no label holds anything that a client chose.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry};

/// Counters of this process.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    /// Answers by area and status class.
    pub requests: IntCounterVec,
    /// Seconds per request by area, streams not counted.
    pub seconds: HistogramVec,
    /// Operations by kind, transport and result.
    pub operations: IntCounterVec,
    /// Refusals by code.
    pub refusals: IntCounterVec,
    /// Open sockets.
    pub sockets: IntGauge,
    /// Open event streams.
    pub streams: IntGauge,
}

impl Metrics {
    /// Creates and registers them.
    pub(crate) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter =
            |name: &str, help: &str, labels: &[&str]| -> prometheus::Result<IntCounterVec> {
                let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
                registry.register(Box::new(counter.clone()))?;
                Ok(counter)
            };
        let gauge = |name: &str, help: &str| -> prometheus::Result<IntGauge> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let seconds = HistogramVec::new(
            HistogramOpts::new("holdfast_http_request_seconds", "Time to answer a request.")
                .buckets(vec![
                    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
                ]),
            &["area"],
        )?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self {
            requests: counter(
                "holdfast_http_requests_total",
                "Answers by area and status class.",
                &["area", "status"],
            )?,
            seconds,
            operations: counter(
                "holdfast_graphql_operations_total",
                "GraphQL operations by kind, transport and result.",
                &["kind", "transport", "result"],
            )?,
            refusals: counter(
                "holdfast_http_refusals_total",
                "Requests that were refused, by code.",
                &["code"],
            )?,
            sockets: gauge("holdfast_graphql_sockets", "Open WebSockets.")?,
            streams: gauge("holdfast_graphql_event_streams", "Open event streams.")?,
        })
    }
}
