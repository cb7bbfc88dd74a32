//! Alerts.
//!
//! Not for how people are told. Invariant: one alert at most is open per key of an organization. What an alert is about may be
//! gone before it is, so those columns reference nothing.

crate::ddl::migration!(
    "CREATE TABLE alerts (
        id {id} NOT NULL PRIMARY KEY,
        organization_id {id} NOT NULL REFERENCES organizations (id),
        key {text} NOT NULL,
        kind {text} NOT NULL,
        severity {text} NOT NULL,
        cause {text} NOT NULL,
        evidence {json} NOT NULL,
        asset_id {id},
        aws_account_id {id},
        policy_id {id},
        recovery_point_id {id},
        task_id {id},
        occurrences {int} NOT NULL,
        raised_at {time} NOT NULL,
        renewed_at {time} NOT NULL,
        acknowledged_at {time},
        acknowledged_by {id},
        note {text},
        cleared_at {time}
    ) {strict}",
    "CREATE UNIQUE INDEX alerts_key ON alerts (organization_id, key) WHERE cleared_at IS NULL",
    "CREATE INDEX alerts_by_time ON alerts (organization_id, raised_at, id)",
    "CREATE INDEX alerts_open ON alerts (organization_id, raised_at, id) WHERE cleared_at IS NULL",
    "CREATE INDEX alerts_by_asset ON alerts (asset_id, raised_at, id)",
    "CREATE INDEX alerts_cleared ON alerts (cleared_at) WHERE cleared_at IS NOT NULL",
);
