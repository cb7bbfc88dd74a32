//! Where a snapshot in the account lies, and in which storage tier.
//!
//! Not for copies in the vault, which lies where the server's configuration says. Invariant: a target that is stored has passed
//! [`CopyTarget::validate`]; the default is "where the asset is, ready to use", as before there was a choice.

use serde::{Deserialize, Serialize};

use crate::aws_account::is_region_name;
use crate::error::{Problem, Problems};
use crate::limits::ARCHIVE_DAYS_MIN;
use crate::recovery_point::Placement;
use crate::retention::Retention;

/// In which storage tier of AWS a snapshot lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageTier {
    /// Incremental, ready to use.
    #[default]
    Standard,
    /// Whole, cheap, and brought back within three days.
    Archive,
}

impl StorageTier {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Archive => "archive",
        }
    }

    /// The tier of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Standard, Self::Archive]
            .into_iter()
            .find(|tier| tier.name() == name)
    }
}

/// Where snapshots in the account go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CopyTarget {
    /// The region; that of the asset when none.
    pub region: Option<String>,
    /// The storage tier.
    pub tier: StorageTier,
}

impl CopyTarget {
    /// The other region that a copy of something in `home` goes to; none when it stays where it is.
    #[must_use]
    pub fn abroad(&self, home: &str) -> Option<&str> {
        self.region.as_deref().filter(|region| *region != home)
    }

    /// Checks the target of copies in this placement; all problems at once.
    pub fn validate(&self, placement: Placement) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        match placement {
            Placement::Vault => {
                problems.check(
                    self.region.is_none(),
                    "targetRegion",
                    "The vault lies where the server's configuration says; only snapshots in the account can go to another region.",
                );
                problems.check(
                    self.tier == StorageTier::Standard,
                    "storageTier",
                    "Only snapshots in the account have a storage tier; what is in the vault must be readable at any time.",
                );
            }
            Placement::InAccount => problems.check(
                self.region.as_deref().is_none_or(is_region_name),
                "targetRegion",
                "This is not the name of a region, such as eu-west-1.",
            ),
        }
        problems.into_result()
    }

    /// Why a point that is kept for so long (none: until told otherwise) does not belong into this tier; none when it does.
    #[must_use]
    pub fn too_short(&self, keep: Option<Retention>) -> Option<String> {
        let is_short = keep.is_some_and(|keep| keep.days_at_least() < ARCHIVE_DAYS_MIN);
        (self.tier == StorageTier::Archive && is_short).then(|| {
            format!(
                "AWS bills the archive tier for {ARCHIVE_DAYS_MIN} days at least: keep for {ARCHIVE_DAYS_MIN} days or longer, or choose the standard tier."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::RetentionUnit;

    fn target(region: Option<&str>, tier: StorageTier) -> CopyTarget {
        CopyTarget {
            region: region.map(str::to_owned),
            tier,
        }
    }

    fn fields(target: &CopyTarget, placement: Placement) -> Vec<String> {
        let problems = target.validate(placement).err().unwrap_or_default();
        let fields = problems.iter().map(|problem| problem.field.join("."));
        fields.collect()
    }

    #[test]
    fn only_snapshots_in_the_account_have_a_region_and_a_tier_of_their_own() {
        let plain = CopyTarget::default();
        let far = target(Some("eu-central-1"), StorageTier::Archive);
        assert!(fields(&plain, Placement::Vault).is_empty());
        assert!(fields(&plain, Placement::InAccount).is_empty());
        assert!(fields(&far, Placement::InAccount).is_empty());
        assert_eq!(
            fields(&far, Placement::Vault),
            ["targetRegion", "storageTier"]
        );
        for bad in ["", "eu-central", "EU-CENTRAL-1", "eu-central-1/../x"] {
            let bad = target(Some(bad), StorageTier::Standard);
            assert_eq!(
                fields(&bad, Placement::InAccount),
                ["targetRegion"],
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_target_in_the_region_of_the_asset_is_no_journey() {
        let there = target(Some("eu-central-1"), StorageTier::Standard);
        assert_eq!(there.abroad("eu-west-1"), Some("eu-central-1"));
        assert_eq!(there.abroad("eu-central-1"), None);
        assert_eq!(CopyTarget::default().abroad("eu-central-1"), None);
    }

    #[test]
    fn the_archive_takes_only_what_stays_for_a_quarter() {
        use RetentionUnit::{Days, Months, Weeks, Years};
        let archive = target(None, StorageTier::Archive);
        for (value, unit, fits) in [
            (89, Days, false),
            (90, Days, true),
            (12, Weeks, false),
            (13, Weeks, true),
            (2, Months, false),
            (3, Months, true),
            (1, Years, true),
        ] {
            let keep = Some(Retention { value, unit });
            assert_eq!(archive.too_short(keep).is_none(), fits, "{value} {unit:?}");
            assert_eq!(CopyTarget::default().too_short(keep), None);
        }
        assert_eq!(archive.too_short(None), None);
    }
}
