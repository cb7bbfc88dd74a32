//! Linked AWS accounts and their regions.
//!
//! Not for the calls that reach them (`aws`). Invariant: the external id is made by us once per link and never changes
//! (confused deputy: AWS IAM user guide, "The confused deputy problem").

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::asset::AssetKind;
use crate::error::{Problem, Problems};
use crate::ids::{AwsAccountKey, OrganizationId, OrganizationalUnitId};
use crate::limits::{NAME_LENGTH_MAX, REGIONS_MAX};
use crate::text::checked_name;

/// How an account is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountAccess {
    /// A role of the account that trusts this installation and demands the external id.
    Role {
        /// ARN of the role.
        role_arn: String,
        /// The external id, made by us.
        external_id: String,
    },
    /// Access keys, for stand-ins that know no roles; refused unless the configuration allows them.
    StaticKeys {
        /// The access key id.
        access_key_id: String,
        /// The secret, sealed under the root key; never in clear at rest.
        sealed_secret: String,
    },
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwsAccountStatus {
    /// Linked, not yet proven.
    Pending,
    /// The last check passed.
    Connected,
    /// The last check found permissions missing or a region out of reach.
    Degraded,
    /// Unlinked; its recovery points stay.
    Disconnected,
}

impl AwsAccountStatus {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Connected => "connected",
            Self::Degraded => "degraded",
            Self::Disconnected => "disconnected",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::Connected,
            Self::Degraded,
            Self::Disconnected,
        ]
        .into_iter()
        .find(|status| status.name() == name)
    }
}

/// A linked AWS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAccount {
    /// Its id.
    pub id: AwsAccountKey,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The unit that its assets belong to.
    pub unit_id: OrganizationalUnitId,
    /// The 12-digit number.
    pub account_id: String,
    /// Shown name.
    pub name: String,
    /// How it is reached.
    pub access: AccountAccess,
    /// Whether it can be used.
    pub status: AwsAccountStatus,
    /// Regions that are looked after.
    pub regions: Vec<AwsAccountRegion>,
    /// Counts changes, for `expectedVersion`.
    pub version: i32,
    /// When it was linked.
    pub created_at: Timestamp,
}

/// One region of a linked account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsAccountRegion {
    /// Such as `eu-west-1`.
    pub region: String,
    /// Kinds of assets that are looked after.
    pub asset_kinds: Vec<AssetKind>,
    /// Whether the region can be used.
    pub status: AwsAccountStatus,
    /// IAM actions that the last check found missing.
    pub missing_permissions: Vec<String>,
    /// When its inventory was last read to the end.
    pub inventoried_at: Option<Timestamp>,
}

/// Which accounts a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsAccountFilter {
    /// Only these ids.
    pub ids: Option<Vec<AwsAccountKey>>,
    /// Only these states.
    pub statuses: Option<Vec<AwsAccountStatus>>,
    /// Only names or numbers that contain this, whatever the case.
    pub text: Option<String>,
}

/// A new link.
#[derive(Debug, Clone)]
pub struct NewAwsAccount {
    /// The 12-digit number.
    pub account_id: String,
    /// Shown name.
    pub name: String,
    /// Regions to look after.
    pub regions: Vec<String>,
}

/// Whether this is an AWS account number: 12 digits.
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this has the form of a region's name, such as `us-gov-west-1`.
#[must_use]
pub fn is_region_name(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = |part: &str| {
        !part.is_empty() && part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    (3..=4).contains(&parts.len())
        && parts
            .split_last()
            .is_some_and(|(last, rest)| number(last) && rest.iter().all(|part| letters(part)))
}

impl NewAwsAccount {
    /// Checks the input; all problems at once.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.check(
            is_account_id(&self.account_id),
            "accountId",
            "An AWS account number has 12 digits.",
        );
        if let Err(problem) = checked_name("name", &self.name, NAME_LENGTH_MAX) {
            problems.push(problem);
        }
        problems.check(
            (1..=REGIONS_MAX).contains(&self.regions.len()),
            "regions",
            format!("Name 1 to {REGIONS_MAX} regions."),
        );
        for (index, region) in self.regions.iter().enumerate() {
            let field = format!("regions.{index}");
            problems.check(
                is_region_name(region),
                &field,
                "This is not the name of a region, such as eu-west-1.",
            );
            let earlier = self.regions.iter().take(index).any(|other| other == region);
            problems.check(!earlier, &field, "This region is named twice.");
        }
        problems.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_regions_are_told_from_other_text() {
        for good in ["us-east-1", "eu-west-3", "us-gov-west-1", "ap-southeast-2"] {
            assert!(is_region_name(good), "{good}");
        }
        for bad in [
            "",
            "useast1",
            "us-east",
            "us--1",
            "US-EAST-1",
            "us-east-1/..",
            "us-east-100",
        ] {
            assert!(!is_region_name(bad), "{bad}");
        }
    }

    #[test]
    fn all_problems_come_at_once() {
        let new = NewAwsAccount {
            account_id: "12".into(),
            name: " ".into(),
            regions: vec!["x".into(), "x".into()],
        };
        assert_eq!(new.validate().unwrap_err().len(), 5);
    }
}
