//! Section `[limits]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Faults;
use crate::http::RateLimit;

/// Largest figure of this section: beyond it nothing is limited in practice.
const MOST: u32 = 1_000_000_000;

/// What one caller may ask of one replica.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Requests per second of one address in the long run; 0 switches the limit off.
    pub address_requests_per_second: u32,
    /// Requests of one address at once.
    pub address_requests_burst: u32,
    /// Cost per second of one person or token in the long run; 0 switches the limit off.
    pub credential_cost_per_second: u32,
    /// Cost that one person or token may spend at once.
    pub credential_cost_burst: u32,
    /// Cost per second of all callers of one organization in the long run; 0 switches the limit off.
    pub organization_cost_per_second: u32,
    /// Cost that all callers of one organization may spend at once.
    pub organization_cost_burst: u32,
}

impl LimitsConfig {
    /// Of one address.
    #[must_use]
    pub fn address_requests(&self) -> Option<RateLimit> {
        limit(
            self.address_requests_per_second,
            self.address_requests_burst,
        )
    }

    /// Of one person or token.
    #[must_use]
    pub fn credential_cost(&self) -> Option<RateLimit> {
        limit(self.credential_cost_per_second, self.credential_cost_burst)
    }

    /// Of one organization.
    #[must_use]
    pub fn organization_cost(&self) -> Option<RateLimit> {
        limit(
            self.organization_cost_per_second,
            self.organization_cost_burst,
        )
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        // A burst below the cost of one document (1,000) would refuse it for ever.
        let ranges = [
            (
                "limits.address_requests_burst",
                self.address_requests_burst,
                1,
            ),
            (
                "limits.address_requests_per_second",
                self.address_requests_per_second,
                0,
            ),
            (
                "limits.credential_cost_burst",
                self.credential_cost_burst,
                1_000,
            ),
            (
                "limits.credential_cost_per_second",
                self.credential_cost_per_second,
                0,
            ),
            (
                "limits.organization_cost_burst",
                self.organization_cost_burst,
                1_000,
            ),
            (
                "limits.organization_cost_per_second",
                self.organization_cost_per_second,
                0,
            ),
        ];
        for (key, value, least) in ranges {
            faults.check(
                (least..=MOST).contains(&value),
                key,
                format!("{least} to {MOST}"),
            );
        }
    }
}

fn limit(per_second: u32, burst: u32) -> Option<RateLimit> {
    (per_second > 0).then_some(RateLimit { per_second, burst })
}
