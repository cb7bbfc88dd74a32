//! What the Super Admins of an organization decide for all of its members.
//!
//! Not for what the installation decides (`server::config`). Invariant: settings without a value mean the default of the
//! installation; an empty allowlist allows every address.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::{Problem, Problems};
use crate::limits::IP_ALLOWLIST_MAX;

/// A session may be set to end after this long without use, in minutes (ASVS 5.0, 7.3; as others of this product class).
pub const SESSION_IDLE_MINUTES: std::ops::RangeInclusive<u32> = 10..=60;
/// A session may be set to end after this long whatever happens, in hours: a working day up to a week.
pub const SESSION_HOURS: std::ops::RangeInclusive<u32> = 1..=168;
/// A password may be set to expire after this many days.
pub const PASSWORD_DAYS: std::ops::RangeInclusive<u32> = 30..=180;
/// Audit events may be set to be kept for this many days: a quarter, so that nobody shortens the log over a weekend, to ten years.
pub const AUDIT_RETENTION_DAYS: std::ops::RangeInclusive<u32> = 90..=3_653;
/// Days for which audit events are kept unless an organization says otherwise.
pub const AUDIT_RETENTION_DAYS_DEFAULT: u32 = 365;

/// A set of rules for passwords.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordProfile {
    /// 14 to 64 characters with a lower-case and an upper-case letter, a digit and a special character, no white space.
    #[default]
    Standard,
    /// 15 characters or more, whatever they are.
    Nist,
}

/// The settings of one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationSettings {
    /// A session that is not used for this long ends, in minutes.
    pub session_idle_minutes: Option<u32>,
    /// A session ends after this long whatever happens, in hours.
    pub session_hours: Option<u32>,
    /// A password older than this must be changed at the next sign-in, in days; none never.
    pub password_days_max: Option<u32>,
    /// Rules for new passwords.
    pub password_profile: PasswordProfile,
    /// Networks from which members may come; empty allows all.
    #[serde(with = "networks")]
    pub ip_allowlist: Vec<IpNet>,
    /// Whether members need a second factor.
    pub mfa_required: bool,
    /// Whether members must come through an identity provider; break-glass Super Admins excepted.
    pub sso_enforced: bool,
    /// How long audit events are kept, in days.
    pub audit_retention_days: u32,
    /// Where new checkpoints of the audit log are posted, out of reach of whoever runs this installation.
    pub audit_webhook_url: Option<String>,
}

impl Default for OrganizationSettings {
    fn default() -> Self {
        Self {
            session_idle_minutes: None,
            session_hours: None,
            password_days_max: None,
            password_profile: PasswordProfile::default(),
            ip_allowlist: Vec::new(),
            mfa_required: false,
            sso_enforced: false,
            audit_retention_days: AUDIT_RETENTION_DAYS_DEFAULT,
            audit_webhook_url: None,
        }
    }
}

impl OrganizationSettings {
    /// Checks every value; all problems at once.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        let mut within =
            |field: &str, value: Option<u32>, allowed: std::ops::RangeInclusive<u32>| {
                let fits = value.is_none_or(|value| allowed.contains(&value));
                let message = format!("This must be {} to {}.", allowed.start(), allowed.end());
                problems.check(fits, field, message);
            };
        within(
            "sessionIdleMinutes",
            self.session_idle_minutes,
            SESSION_IDLE_MINUTES,
        );
        within("sessionHours", self.session_hours, SESSION_HOURS);
        within("passwordDaysMax", self.password_days_max, PASSWORD_DAYS);
        let audit = Some(self.audit_retention_days);
        within("auditRetentionDays", audit, AUDIT_RETENTION_DAYS);
        problems.check(
            self.ip_allowlist.len() <= IP_ALLOWLIST_MAX,
            "ipAllowlist",
            format!("At most {IP_ALLOWLIST_MAX} networks can be listed."),
        );
        problems.into_result()
    }

    /// Whether a member may come from this address. An unknown address passes only when nothing is listed.
    #[must_use]
    pub fn allows_address(&self, address: Option<&str>) -> bool {
        if self.ip_allowlist.is_empty() {
            return true;
        }
        let address = address.and_then(|text| text.parse::<IpAddr>().ok());
        address.is_some_and(|address| {
            let address = address.to_canonical();
            self.ip_allowlist
                .iter()
                .any(|network| network.contains(&address))
        })
    }
}

/// Reads a network, such as `198.51.100.0/24`, `2001:db8::/32` or a single address; bits behind the prefix must be zero.
#[must_use]
pub fn parse_network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => text.parse().ok()?,
    };
    (network.trunc() == network).then_some(network)
}

mod networks {
    //! Networks as texts, because that is what a reader of the database understands.

    use ipnet::IpNet;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        networks: &[IpNet],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(networks.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<IpNet>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let parse = |text: &String| text.parse().map_err(de::Error::custom);
        texts.iter().map(parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(networks: &[&str]) -> OrganizationSettings {
        OrganizationSettings {
            ip_allowlist: networks
                .iter()
                .map(|text| parse_network(text).unwrap())
                .collect(),
            ..OrganizationSettings::default()
        }
    }

    #[test]
    fn an_allowlist_speaks_both_versions_and_mapped_addresses() {
        let settings = with(&["198.51.100.0/24", "2001:db8::/32", "203.0.113.7"]);
        for good in [
            "198.51.100.9",
            "::ffff:198.51.100.9",
            "2001:db8::1",
            "203.0.113.7",
        ] {
            assert!(settings.allows_address(Some(good)), "{good}");
        }
        for bad in ["198.51.101.9", "2001:db9::1", "203.0.113.8", "x", ""] {
            assert!(!settings.allows_address(Some(bad)), "{bad}");
        }
        assert!(!settings.allows_address(None));
        assert!(with(&[]).allows_address(None));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in [
            "",
            "x",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "2001:db8::1/32",
            "1.2.3",
        ] {
            assert_eq!(parse_network(bad), None, "{bad}");
        }
    }

    #[test]
    fn settings_survive_the_database_and_old_rows_have_defaults() {
        let settings = OrganizationSettings {
            session_idle_minutes: Some(10),
            password_profile: PasswordProfile::Nist,
            ..with(&["2001:db8::/32"])
        };
        let stored = serde_json::to_value(&settings).unwrap();
        assert_eq!(stored["ip_allowlist"][0], "2001:db8::/32");
        let read: OrganizationSettings = serde_json::from_value(stored).unwrap();
        assert_eq!(read, settings);
        let empty: OrganizationSettings = serde_json::from_value(serde_json::json!({})).unwrap();
        assert_eq!(empty, OrganizationSettings::default());
    }

    #[test]
    fn values_out_of_range_are_named() {
        let settings = OrganizationSettings {
            session_idle_minutes: Some(9),
            session_hours: Some(0),
            password_days_max: Some(181),
            audit_retention_days: 1,
            ..OrganizationSettings::default()
        };
        let problems = settings.validate().unwrap_err();
        assert_eq!(problems.len(), 4);
    }
}
