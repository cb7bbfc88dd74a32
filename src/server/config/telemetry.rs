//! Section `[telemetry]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::Faults;

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Logs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Form of the log.
    pub log_format: LogFormat,
    /// A level, or directives such as `info,workflows=debug`.
    pub log_filter: String,
}

impl TelemetryConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        let sound = EnvFilter::try_new(&self.log_filter).is_ok();
        faults.check(
            sound,
            "telemetry.log_filter",
            "give a level or directives, such as info",
        );
    }
}
