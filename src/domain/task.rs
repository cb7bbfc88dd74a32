//! Tasks: units of background work, as everyone sees them.
//!
//! Not for how they are queued and run (`tasks`). Invariant: a task in a final status never changes again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::asset::{AssetFilter, AssetKind};
use crate::copy_target::CopyTarget;
use crate::ids::{
    ApiTokenId, AssetId, AwsAccountKey, OrganizationId, OrganizationalUnitId, PolicyId,
    PolicyOperationId, RecoveryPointId, TaskId, UserId,
};
use crate::recovery_point::Proof;
use crate::restore::{EbsRestoreOptions, ImageRestoreOptions};
use crate::retention::Retention;

/// What a task does, with its arguments; the names are stored for years, so they are append-only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TaskSpec {
    /// Proves that a linked account can be used, and finds missing permissions.
    VerifyAwsAccount {
        /// The account.
        aws_account_id: AwsAccountKey,
    },
    /// Reads the inventory of one region of an account.
    SyncInventory {
        /// The account.
        aws_account_id: AwsAccountKey,
        /// The region.
        region: String,
    },
    /// Copies a volume into the vault.
    BackupEbs {
        /// The volume.
        asset_id: AssetId,
        /// How long the point is kept; none keeps it until told otherwise.
        retention: Option<Retention>,
    },
    /// Takes a snapshot in the customer's account.
    SnapshotEbs {
        /// The volume.
        asset_id: AssetId,
        /// How long the point is kept; none keeps it until told otherwise.
        retention: Option<Retention>,
        /// In which region and storage tier it is kept.
        #[serde(default)]
        target: CopyTarget,
    },
    /// Restores a point into a new volume.
    RestoreEbs {
        /// The point.
        recovery_point_id: RecoveryPointId,
        /// Where and how.
        options: EbsRestoreOptions,
    },
    /// Restores a point into an image file on the server's disk.
    RestoreImage {
        /// The point.
        recovery_point_id: RecoveryPointId,
        /// Where and how.
        options: ImageRestoreOptions,
    },
    /// Proves that a point comes back, up to a level.
    VerifyRecoveryPoint {
        /// The point.
        recovery_point_id: RecoveryPointId,
        /// The level that is wanted.
        #[serde(default = "checksums_match")]
        level: Proof,
    },
    /// Ends the points of the organization whose retention is over.
    ExpireRecoveryPoints,
    /// Compares the vault with the database: adopts snapshots without rows, marks rows without snapshots lost.
    ReconcileVault,
    /// Gives back the space that ended points took in the vault.
    PruneVault,
    /// Brings all assets of the organization in line with its protection rules.
    ApplyProtection,
    /// Assigns a policy by hand to all assets that match.
    AssignPolicy {
        /// The policy; none takes away what was assigned by hand.
        policy_id: Option<PolicyId>,
        /// Which assets.
        filter: Box<AssetFilter>,
        /// Only those in these units, where whoever asked may assign; none: in all of them.
        unit_ids: Option<Vec<OrganizationalUnitId>>,
    },
}

/// What verifications proved before they had levels.
const fn checksums_match() -> Proof {
    Proof::ChecksumsMatch
}

/// The kind of a task, without its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// See [`TaskSpec::VerifyAwsAccount`].
    VerifyAwsAccount,
    /// See [`TaskSpec::SyncInventory`].
    SyncInventory,
    /// See [`TaskSpec::BackupEbs`].
    BackupEbs,
    /// See [`TaskSpec::SnapshotEbs`].
    SnapshotEbs,
    /// See [`TaskSpec::RestoreEbs`].
    RestoreEbs,
    /// See [`TaskSpec::RestoreImage`].
    RestoreImage,
    /// See [`TaskSpec::VerifyRecoveryPoint`].
    VerifyRecoveryPoint,
    /// See [`TaskSpec::ExpireRecoveryPoints`].
    ExpireRecoveryPoints,
    /// See [`TaskSpec::ReconcileVault`].
    ReconcileVault,
    /// See [`TaskSpec::PruneVault`].
    PruneVault,
    /// See [`TaskSpec::ApplyProtection`].
    ApplyProtection,
    /// See [`TaskSpec::AssignPolicy`].
    AssignPolicy,
}

impl TaskKind {
    /// All of them, in the order of `schema/task-kinds.txt`.
    pub const ALL: &[Self] = &[
        Self::VerifyAwsAccount,
        Self::SyncInventory,
        Self::BackupEbs,
        Self::SnapshotEbs,
        Self::RestoreEbs,
        Self::RestoreImage,
        Self::VerifyRecoveryPoint,
        Self::ExpireRecoveryPoints,
        Self::ReconcileVault,
        Self::PruneVault,
        Self::ApplyProtection,
        Self::AssignPolicy,
    ];

    /// The name in the database; equal to the serde tag of [`TaskSpec`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyAwsAccount => "verify_aws_account",
            Self::SyncInventory => "sync_inventory",
            Self::BackupEbs => "backup_ebs",
            Self::SnapshotEbs => "snapshot_ebs",
            Self::RestoreEbs => "restore_ebs",
            Self::RestoreImage => "restore_image",
            Self::VerifyRecoveryPoint => "verify_recovery_point",
            Self::ExpireRecoveryPoints => "expire_recovery_points",
            Self::ReconcileVault => "reconcile_vault",
            Self::PruneVault => "prune_vault",
            Self::ApplyProtection => "apply_protection",
            Self::AssignPolicy => "assign_policy",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl TaskSpec {
    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> TaskKind {
        match self {
            Self::VerifyAwsAccount { .. } => TaskKind::VerifyAwsAccount,
            Self::SyncInventory { .. } => TaskKind::SyncInventory,
            Self::BackupEbs { .. } => TaskKind::BackupEbs,
            Self::SnapshotEbs { .. } => TaskKind::SnapshotEbs,
            Self::RestoreEbs { .. } => TaskKind::RestoreEbs,
            Self::RestoreImage { .. } => TaskKind::RestoreImage,
            Self::VerifyRecoveryPoint { .. } => TaskKind::VerifyRecoveryPoint,
            Self::ExpireRecoveryPoints => TaskKind::ExpireRecoveryPoints,
            Self::ReconcileVault => TaskKind::ReconcileVault,
            Self::PruneVault => TaskKind::PruneVault,
            Self::ApplyProtection => TaskKind::ApplyProtection,
            Self::AssignPolicy { .. } => TaskKind::AssignPolicy,
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Waits for a worker, or for the time of its next attempt.
    Queued,
    /// A worker runs it.
    Running,
    /// Waits for something that a person must mend, such as a disabled key, or that takes AWS days; tried again from time to time.
    Blocked,
    /// Was told to stop and is undoing what it did.
    Aborting,
    /// Done.
    Completed,
    /// Done, with warnings.
    CompletedWithWarnings,
    /// Ended without all of its data; never counts as a success.
    Partial,
    /// Gave up.
    Failed,
    /// Stopped on demand; what it did is undone.
    Aborted,
}

impl TaskStatus {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Queued,
        Self::Running,
        Self::Blocked,
        Self::Aborting,
        Self::Completed,
        Self::CompletedWithWarnings,
        Self::Partial,
        Self::Failed,
        Self::Aborted,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Blocked => "blocked",
            Self::Aborting => "aborting",
            Self::Completed => "completed",
            Self::CompletedWithWarnings => "completed_with_warnings",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|status| status.name() == name)
    }

    /// Whether nothing will happen to the task any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Completed
            | Self::CompletedWithWarnings
            | Self::Partial
            | Self::Failed
            | Self::Aborted => true,
            Self::Queued | Self::Running | Self::Blocked | Self::Aborting => false,
        }
    }
}

/// Why a task failed or waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFailure {
    /// Machine-readable cause, `SCREAMING_SNAKE`.
    pub code: String,
    /// A sentence for a person, with what to do about it.
    pub message: String,
    /// AWS's request id, when an answer of AWS was the cause.
    pub aws_request_id: Option<String>,
    /// Whether trying the same again can help.
    pub is_retryable: bool,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Units done: bytes for backups, restores and verifications, else steps.
    pub done: u64,
    /// Units in all; 0 while unknown.
    pub total: u64,
}

impl Progress {
    /// Share done, 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        // Thousandths are all that a person can see, and integer maths keeps the cast out.
        let thousandths = u128::from(self.done.min(self.total)) * 1_000 / u128::from(self.total);
        f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0
    }
}

/// Who asked for a task or changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person, by browser or token.
    User(UserId),
    /// A program by a service token, which belongs to no person.
    ServiceToken(ApiTokenId),
    /// The service itself: its scheduler and its duties.
    System,
}

/// A task as everyone sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// What it does.
    pub spec: TaskSpec,
    /// Where it stands.
    pub status: TaskStatus,
    /// Who asked for it.
    pub actor: Actor,
    /// The asset it is about.
    pub asset_id: Option<AssetId>,
    /// The linked account it works in.
    pub aws_account_id: Option<AwsAccountKey>,
    /// The policy that asked for it.
    pub policy_id: Option<PolicyId>,
    /// The operation of the policy.
    pub operation_id: Option<PolicyOperationId>,
    /// The point that it made, restores or verifies.
    pub recovery_point_id: Option<RecoveryPointId>,
    /// The nominal time, for tasks that a schedule fired.
    pub nominal_at: Option<Timestamp>,
    /// When its window closes and what is not done is given up.
    pub deadline_at: Option<Timestamp>,
    /// How far it is.
    pub progress: Progress,
    /// Attempts begun; also the fencing token.
    pub attempt: i32,
    /// Why it failed or waits.
    pub failure: Option<TaskFailure>,
    /// What it has to say besides: warnings, and a result document by kind.
    pub result: Option<serde_json::Value>,
    /// Name of the step at work.
    pub step: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its first attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A task to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// The organization.
    pub organization_id: OrganizationId,
    /// What it does.
    pub spec: TaskSpec,
    /// Who asks for it.
    pub actor: Actor,
    /// The asset it is about.
    pub asset_id: Option<AssetId>,
    /// The linked account it works in.
    pub aws_account_id: Option<AwsAccountKey>,
    /// The policy that asks for it.
    pub policy_id: Option<PolicyId>,
    /// The operation of the policy.
    pub operation_id: Option<PolicyOperationId>,
    /// The point that it restores or verifies.
    pub recovery_point_id: Option<RecoveryPointId>,
    /// The nominal time, for tasks that a schedule fires.
    pub nominal_at: Option<Timestamp>,
    /// No second task with the same key is ever queued in the organization.
    pub unique_key: Option<String>,
    /// Tasks with the same key share a limit: account, region and kind of work.
    pub concurrency_key: Option<String>,
    /// Not before this time.
    pub run_after: Option<Timestamp>,
    /// When its window closes and what is not done is given up.
    pub deadline_at: Option<Timestamp>,
}

impl NewTask {
    /// A task with nothing but what every task needs.
    #[must_use]
    pub const fn new(organization_id: OrganizationId, spec: TaskSpec, actor: Actor) -> Self {
        Self {
            organization_id,
            spec,
            actor,
            asset_id: None,
            aws_account_id: None,
            policy_id: None,
            operation_id: None,
            recovery_point_id: None,
            nominal_at: None,
            unique_key: None,
            concurrency_key: None,
            run_after: None,
            deadline_at: None,
        }
    }
}

/// Where a step of a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// It was begun: it may have done all, a part or nothing of its work.
    Started,
    /// It is done, and its output is kept.
    Done,
    /// What it did is taken back.
    Undone,
}

impl StepStatus {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Undone => "undone",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Started, Self::Done, Self::Undone]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// One step of a task, as far as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskStep {
    /// The task.
    pub task_id: TaskId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Place in the row of steps, from 0.
    pub position: i32,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: StepStatus,
    /// The attempt that wrote this.
    pub attempt: i32,
    /// The same for every attempt of the step: names what it makes in AWS.
    pub intent_key: String,
    /// What it said when it was done.
    pub output: Option<serde_json::Value>,
    /// What it warned of.
    pub warnings: Vec<String>,
    /// When it was begun first.
    pub started_at: Timestamp,
    /// When it was done or undone.
    pub finished_at: Option<Timestamp>,
}

/// Which tasks a list or a stream shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only these ids.
    pub ids: Option<Vec<TaskId>>,
    /// Only these kinds.
    pub kinds: Option<Vec<TaskKind>>,
    /// Only these statuses.
    pub statuses: Option<Vec<TaskStatus>>,
    /// Only tasks about these assets.
    pub asset_ids: Option<Vec<AssetId>>,
    /// Only tasks in these linked accounts.
    pub aws_account_ids: Option<Vec<AwsAccountKey>>,
    /// Only tasks about assets of these kinds.
    pub asset_kinds: Option<Vec<AssetKind>>,
    /// Created at or after.
    pub created_from: Option<Timestamp>,
    /// Created before.
    pub created_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds_equal_the_stored_tags() {
        let spec = TaskSpec::ExpireRecoveryPoints;
        let tag = serde_json::to_value(&spec).unwrap();
        assert_eq!(tag.get("kind").unwrap(), spec.kind().name());
        for kind in TaskKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn progress_is_a_share_even_when_more_is_done_than_was_planned() {
        assert!((Progress { done: 5, total: 4 }.share() - 1.0).abs() < f64::EPSILON);
        assert!((Progress { done: 0, total: 0 }.share()).abs() < f64::EPSILON);
    }
}
