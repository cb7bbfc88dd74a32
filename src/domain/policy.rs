//! Policies: what is backed up, how often, for how long and where.
//!
//! Not for which assets (`assignment.rs`) or when the next run is (`schedule.rs`). Invariant: a stored policy has passed
//! [`PolicyDraft::validate`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::asset::AssetKind;
use crate::backup_window::{BackupWindow, TimeOfDay};
use crate::copy_target::CopyTarget;
use crate::error::{Problem, Problems};
use crate::frequency::{Frequency, Interval, StartTime};
use crate::ids::{OrganizationId, OrganizationalUnitId, PolicyId, PolicyOperationId};
use crate::limits::{
    DESCRIPTION_LENGTH_MAX, FREQUENCIES_MAX, NAME_LENGTH_MAX, POLICY_OPERATIONS_MAX,
};
use crate::proof_target::ProofTarget;
use crate::recovery_point::Placement;
use crate::text::checked_name;

/// A protection policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The unit.
    pub unit_id: OrganizationalUnitId,
    /// Shown name, unique in the organization.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether its schedules fire.
    pub is_active: bool,
    /// What it does.
    pub operations: Vec<PolicyOperation>,
    /// Counts changes, for `expectedVersion`.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Policy {
    /// Whether it has an operation for assets of this kind.
    #[must_use]
    pub fn protects(&self, kind: AssetKind) -> bool {
        let mut operations = self.operations.iter();
        operations.any(|operation| operation.asset_kind == kind)
    }
}

/// One thing that a policy does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyOperation {
    /// Its id; kept over edits, so that a window that has fired never fires again.
    pub id: PolicyOperationId,
    /// Kind of the assets it is for.
    pub asset_kind: AssetKind,
    /// Where the copies go.
    pub placement: Placement,
    /// For snapshots in the account: in which region and storage tier.
    #[serde(default)]
    pub target: CopyTarget,
    /// How often, and how long each copy is kept.
    pub frequencies: Vec<Frequency>,
    /// Time of day and zone of the grid.
    pub start: StartTime,
    /// Between which times of day its runs may work; any time when none.
    #[serde(default)]
    pub window: Option<BackupWindow>,
    /// What becomes of runs whose time has passed while nothing could start them.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// How far and by when its points must be proven.
    #[serde(default)]
    pub proof: Option<ProofTarget>,
}

/// What becomes of runs whose time has passed while nothing could start them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// The latest of them runs as soon as it can and its window is open; the earlier ones are recorded as missed.
    #[default]
    Latest,
    /// All of them are recorded as missed, and the next one runs at its own time.
    None,
}

impl Policy {
    /// The policy as its author could have written it.
    #[must_use]
    pub fn draft(&self) -> PolicyDraft {
        PolicyDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            operations: self.operations.iter().map(PolicyOperation::draft).collect(),
        }
    }
}

impl PolicyOperation {
    /// The operation as its author could have written it.
    #[must_use]
    pub fn draft(&self) -> OperationDraft {
        let Self {
            id: _,
            asset_kind,
            placement,
            target,
            frequencies,
            start,
            window,
            catch_up,
            proof,
        } = self.clone();
        OperationDraft {
            asset_kind,
            placement,
            target,
            frequencies,
            start,
            window,
            catch_up,
            proof,
        }
    }
}

/// A policy as its author writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyDraft {
    /// Shown name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it does.
    pub operations: Vec<OperationDraft>,
}

/// An operation as its author writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationDraft {
    /// Kind of the assets it is for.
    pub asset_kind: AssetKind,
    /// Where the copies go.
    pub placement: Placement,
    /// For snapshots in the account: in which region and storage tier.
    pub target: CopyTarget,
    /// How often, and how long each copy is kept.
    pub frequencies: Vec<Frequency>,
    /// Time of day and zone of the grid.
    pub start: StartTime,
    /// Between which times of day its runs may work; any time when none.
    pub window: Option<BackupWindow>,
    /// What becomes of runs whose time has passed while nothing could start them.
    pub catch_up: CatchUp,
    /// How far and by when its points must be proven.
    pub proof: Option<ProofTarget>,
}

impl PolicyDraft {
    /// Checks the draft; all problems at once.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        if let Err(problem) = checked_name("name", &self.name, NAME_LENGTH_MAX) {
            problems.push(problem);
        }
        let described = self
            .description
            .as_ref()
            .is_none_or(|text| text.chars().count() <= DESCRIPTION_LENGTH_MAX);
        problems.check(
            described,
            "description",
            format!("A description has at most {DESCRIPTION_LENGTH_MAX} characters."),
        );
        let plain = self.description.as_ref().is_none_or(|text| {
            !text.contains(|letter: char| letter.is_control() && letter != '\n' && letter != '\t')
        });
        problems.check(
            plain,
            "description",
            "Line breaks and tabs are the only control characters allowed here.",
        );
        problems.absorb(validate_operations(&self.operations));
        problems.into_result()
    }
}

/// Checks the operations of a draft; all problems at once, below `operations`.
pub fn validate_operations(operations: &[OperationDraft]) -> Result<(), Vec<Problem>> {
    let mut problems = Problems::new();
    problems.check(
        (1..=POLICY_OPERATIONS_MAX).contains(&operations.len()),
        "operations",
        format!("A policy has 1 to {POLICY_OPERATIONS_MAX} operations."),
    );
    for (index, operation) in operations.iter().enumerate() {
        let prefix = format!("operations.{index}");
        let twin = |other: &OperationDraft| {
            other.asset_kind == operation.asset_kind && other.placement == operation.placement
        };
        let earlier = operations.iter().take(index).any(twin);
        problems.check(!earlier, &prefix, "An earlier operation has the same kind and placement; give it more frequencies instead.");
        problems.nest(&prefix, operation.validate());
    }
    problems.into_result()
}

impl OperationDraft {
    fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.check(
            self.asset_kind.can_be_backed_up(),
            "assetKind",
            "Assets of this kind cannot be backed up yet.",
        );
        problems.check(
            (1..=FREQUENCIES_MAX).contains(&self.frequencies.len()),
            "frequencies",
            format!("An operation has 1 to {FREQUENCIES_MAX} frequencies."),
        );
        for (index, frequency) in self.frequencies.iter().enumerate() {
            let prefix = format!("frequencies.{index}");
            let earlier = self
                .frequencies
                .iter()
                .take(index)
                .any(|other| other.every == frequency.every);
            problems.check(
                !earlier,
                &prefix,
                "An earlier frequency has the same interval.",
            );
            problems.nest(&prefix, frequency.validate());
            if let Some(why) = self.target.too_short(Some(frequency.keep)) {
                problems.check(false, &format!("{prefix}.keep"), why);
            }
        }
        problems.absorb(self.target.validate(self.placement));
        problems.nest("start", self.start.validate());
        if let Some(window) = self.window {
            match window.validate() {
                Ok(()) => self.check_window(window, &mut problems),
                wrong => problems.nest("window", wrong),
            }
        }
        if let Some(proof) = &self.proof {
            problems.nest("proof", proof.validate());
            problems.check(
                self.placement == Placement::Vault,
                "proof",
                "Only copies in the vault can be proven; Holdfast cannot read an in-account snapshot back.",
            );
        }
        problems.into_result()
    }

    /// A window opens once a day, so it fits what is due at most once a day, at a time inside of it: then each run has exactly
    /// one opening of its own. Runs of every few minutes or hours would come while it is closed, or several in one opening.
    fn check_window(&self, window: BackupWindow, problems: &mut Problems) {
        let within_a_day = |frequency: &Frequency| match frequency.every {
            Interval::Minutes { .. } | Interval::Hours { .. } => true,
            Interval::Days { .. }
            | Interval::Weeks { .. }
            | Interval::Months { .. }
            | Interval::Years { .. }
            | Interval::OnDemand => false,
        };
        problems.check(
            !self.frequencies.iter().any(within_a_day),
            "window",
            "A window opens once a day; it cannot be combined with frequencies of minutes or hours.",
        );
        let start = TimeOfDay {
            hour: self.start.hour,
            minute: self.start.minute,
        };
        problems.check(
            window.contains(start),
            "start",
            "The start time lies outside of the window; leave it out to start when the window opens.",
        );
    }
}

/// Which policies a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyFilter {
    /// Only these ids.
    pub ids: Option<Vec<PolicyId>>,
    /// Only names that contain this, whatever the case.
    pub text: Option<String>,
    /// Only active (true) or inactive (false) ones.
    pub is_active: Option<bool>,
}

#[cfg(test)]
mod tests;
