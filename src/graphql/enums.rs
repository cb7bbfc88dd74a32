//! Closed sets of the schema, each a mirror of one in `domain`.
//!
//! Not for rules about them. Invariant: the mirrors are checked by the compiler: a value that is added in `domain` does not
//! compile here until it is named and described.

use async_graphql::Enum;

mod people;

pub(crate) use people::{
    GrantSource, GroupOperator, IdentityProviderState, MembershipState, PasswordProfile,
    PasswordRule,
};

/// AWS service and kind of an asset; decides which backups and restores are possible.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::asset::AssetKind")]
pub(crate) enum AssetKind {
    /// An EBS volume: block storage, backed up and restored as a whole image.
    EbsVolume,
    /// An EC2 instance: seen in the inventory; protect its volumes.
    #[graphql(name = "EC2_INSTANCE")]
    Ec2Instance,
}

/// Where a copy is kept.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::recovery_point::Placement")]
pub(crate) enum Placement {
    /// In the vault of Holdfast: deduplicated, encrypted, outside the reach of the AWS account.
    Vault,
    /// As a snapshot in the AWS account of the asset: quick to restore, lost when the account is lost.
    InAccount,
}

/// In which storage tier of AWS a snapshot in the account lies.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::copy_target::StorageTier")]
pub(crate) enum StorageTier {
    /// Incremental and ready to use.
    Standard,
    /// A whole copy at a quarter of the price, billed for 90 days at least. AWS takes up to three days to move it there, and up to
    /// three days to bring it back for a restore, which waits for it.
    Archive,
}

/// State of a recovery point; only `AVAILABLE` ones can be restored.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::recovery_point::RecoveryPointStatus")]
pub(crate) enum RecoveryPointStatus {
    /// Being written.
    Creating,
    /// Written, read back and restorable.
    Available,
    /// A later verification found that it does not match what was written.
    Damaged,
    /// The vault or the account no longer has it.
    Lost,
    /// Past its retention: its copy is still there, and `undoRecoveryPointExpiry` brings it back until the undo window is over.
    Expiring,
    /// Past its retention and removed; the record stays.
    Expired,
    /// Its task failed before it was complete.
    Failed,
}

/// How far a recovery point has been proven restorable, weakest first.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::recovery_point::Proof")]
pub(crate) enum RecoveryPointProof {
    /// Not at all.
    None,
    /// Every byte was read back from the store and its checksum matches.
    ChecksumsMatch,
    /// It was restored into a scratch place, and every file system in it that can be opened there is sound.
    Restored,
    /// What came back has the digest that was taken of the asset while it was backed up, kept outside of the vault.
    ContentMatches,
}

/// What becomes of runs whose time has passed while nothing could start them.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::policy::CatchUp")]
pub(crate) enum CatchUp {
    /// The latest of them runs as soon as it can and its window is open, and keeps its copy as long as the longest of them
    /// asked for; the earlier ones are recorded as missed.
    Latest,
    /// All of them are recorded as missed, and the next one runs at its own time.
    None,
}

/// Why a time that a policy named passed without a run.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::schedule::MissReason")]
pub(crate) enum MissReason {
    /// The service was not running.
    Downtime,
    /// The run before it was still going on.
    Overlap,
    /// The policy was paused, or the asset was gone or its account not linked.
    Inactive,
    /// Its backup window closed before a worker was free.
    WindowClosed,
}

/// Unit of the time in which a recovery point must be proven.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::proof_target::ProofUnit")]
pub(crate) enum ProofUnit {
    /// An hour.
    #[graphql(name = "HOUR")]
    Hours,
    /// 24 hours.
    #[graphql(name = "DAY")]
    Days,
    /// 7 days.
    #[graphql(name = "WEEK")]
    Weeks,
    /// A calendar month.
    #[graphql(name = "MONTH")]
    Months,
}

/// Which recovery points of an asset must be proven.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ProofSampleKind {
    /// Each of them.
    Every,
    /// The newest one of each asset; those that a newer one follows before their time is over are excused.
    Latest,
    /// A share of them, see `percent`.
    Percent,
}

/// What a plan does to the protection of an asset.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::protection_plan::AssetEffect")]
pub(crate) enum ProtectionEffect {
    /// It had no policy and gets one.
    Gained,
    /// It loses its policy.
    Lost,
    /// It gets another policy.
    Changed,
}

/// What a plan does to a policy, a rule or an order.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "app::protection_plans::ChangeAction")]
pub(crate) enum ProtectionChangeAction {
    /// It is new.
    Create,
    /// It becomes another.
    Update,
    /// It goes.
    Delete,
    /// Rules are tried in another order.
    Reorder,
}

/// What a change of a plan is about.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "app::protection_plans::ChangeNoun")]
pub(crate) enum ProtectionChangeNoun {
    /// A policy.
    Policy,
    /// A protection rule, or the order of rules.
    ProtectionRule,
}

/// What a task does.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::task::TaskKind")]
pub(crate) enum TaskKind {
    /// Proves that a linked AWS account can be used and finds missing permissions.
    VerifyAwsAccount,
    /// Reads the inventory of one region of an AWS account.
    SyncInventory,
    /// Copies a volume into the vault.
    BackupEbs,
    /// Takes a snapshot of a volume in its own account.
    SnapshotEbs,
    /// Restores a recovery point into a new volume.
    RestoreEbs,
    /// Restores a recovery point into an image file on the server.
    RestoreImage,
    /// Reads a recovery point back and compares it.
    VerifyRecoveryPoint,
    /// Ends recovery points whose retention is over.
    ExpireRecoveryPoints,
    /// Compares the vault with the database and mends the database.
    ReconcileVault,
    /// Gives back the space that ended recovery points took in the vault.
    PruneVault,
    /// Brings all assets in line with the protection rules.
    ApplyProtection,
    /// Assigns a policy by hand to all assets that match a filter.
    AssignPolicy,
}

/// Where a task stands.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::task::TaskStatus")]
pub(crate) enum TaskStatus {
    /// Waits for a worker, or for its next attempt.
    Queued,
    /// A worker is on it.
    Running,
    /// Waits for something that a person must mend, or that takes AWS days, see `failure`; tried again from time to time.
    Blocked,
    /// Was told to stop and undoes what it did.
    Aborting,
    /// Done.
    Completed,
    /// Done, with `warnings`.
    CompletedWithWarnings,
    /// Ended without all of its data; never counts as a success.
    Partial,
    /// Gave up, see `failure`.
    Failed,
    /// Stopped on demand; what it did is undone.
    Aborted,
}

/// What the viewer's role may do; one entry per right.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::permission::Permission")]
pub(crate) enum Permission {
    /// See assets, policies, tasks, recovery points and accounts.
    Read,
    /// Create, change, pause and delete policies.
    PolicyWrite,
    /// Assign policies to assets and take them away.
    PolicyAssign,
    /// Link, change and unlink AWS accounts, and refresh their inventory.
    AwsAccountManage,
    /// Start backups by hand, and abort or retry such tasks.
    BackupRun,
    /// Restore recovery points, and abort or retry such tasks.
    RestoreRun,
    /// Verify recovery points, and abort or retry such tasks.
    VerificationRun,
    /// Export recovery kits: the keys of the vault.
    RecoveryKitExport,
    /// Make and delete API tokens of one's own.
    ApiTokenManage,
    /// Read the audit log.
    AuditRead,
    /// Change settings of the organization.
    SettingsManage,
    /// Export the audit log with its proofs.
    AuditExport,
    /// Make and delete service tokens, which belong to no person.
    ServiceTokenManage,
    /// See and end sessions and tokens of others.
    SessionManage,
    /// Set identity providers and their rules up.
    SsoManage,
    /// Create, rename, move and delete organizational units.
    UnitManage,
    /// Create, change and delete custom roles.
    RoleManage,
    /// Invite, suspend, resume and remove people, and change what they are granted.
    UserManage,
    /// Acknowledge alerts.
    AlertManage,
    /// Keep recovery points longer, and take ending ones back.
    RetentionManage,
    /// Ask for recovery points to end before their time; another person decides.
    RecoveryPointDelete,
    /// Place legal holds, and ask for their release; another person decides.
    LegalHoldManage,
    /// Decide what another person asked for.
    ApprovalDecide,
}

/// How an attempt to prove a recovery point ended.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::verification::Verdict")]
pub(crate) enum VerificationVerdict {
    /// It is under way.
    Running,
    /// The point was proven at the wanted level or above.
    Proven,
    /// The point is damaged: what comes back is not what was backed up, or cannot be opened.
    Failed,
    /// Nothing is wrong with what was looked at, but the wanted level could not be shown; the evidence says why.
    Incomplete,
    /// It broke off before there was a verdict, and says nothing of the point.
    BrokenOff,
}

/// What an alert is about.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::alert::AlertKind")]
pub(crate) enum AlertKind {
    /// A backup did not end inside of its window.
    WindowExceeded,
    /// A recovery point could not be proven; it is damaged.
    ProofFailed,
    /// Far more recovery points would end at once than usual; none was let go.
    MassExpiry,
    /// The clocks of the server and of its database or store disagree.
    ClocksDisagree,
    /// A recovery point was not proven by the time that its policy sets.
    ProofOverdue,
    /// Assets got no recovery point for one and a half times as long as their policy wants.
    BackupOverdue,
    /// The vault, or what the database says of it, was changed from outside.
    VaultTampered,
    /// The address that wants the checkpoints of the audit log has not taken one for an hour. They wait, and come in order when it does.
    AuditWebhookDown,
}

/// How bad an alert is.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::alert::AlertSeverity")]
pub(crate) enum AlertSeverity {
    /// Good to know.
    Info,
    /// Something is not as it was asked for.
    Warning,
    /// Data is at risk now.
    Critical,
}

/// Whether a linked AWS account, or one of its regions, can be used.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::aws_account::AwsAccountStatus")]
pub(crate) enum AwsAccountStatus {
    /// Linked, not yet proven: run `verifyAwsAccount`.
    Pending,
    /// The last check passed.
    Connected,
    /// The last check found permissions missing or a region out of reach.
    Degraded,
    /// Unlinked; its recovery points stay.
    Disconnected,
}

/// How Holdfast gets into an AWS account.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum AwsAccessKind {
    /// By assuming a role that demands our external id.
    Role,
    /// By access keys; for stand-ins of AWS only.
    StaticKeys,
}

/// Type of an EBS volume, as AWS names them.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::restore::EbsVolumeType")]
pub(crate) enum EbsVolumeType {
    /// General purpose SSD of the second generation.
    #[graphql(name = "GP2")]
    Gp2,
    /// General purpose SSD of the third generation.
    #[graphql(name = "GP3")]
    Gp3,
    /// Provisioned IOPS SSD of the first generation; needs `iops`.
    #[graphql(name = "IO1")]
    Io1,
    /// Provisioned IOPS SSD of the second generation; needs `iops`.
    #[graphql(name = "IO2")]
    Io2,
    /// Cold HDD.
    #[graphql(name = "SC1")]
    Sc1,
    /// Throughput optimized HDD.
    #[graphql(name = "ST1")]
    St1,
    /// Magnetic.
    Standard,
}

/// Unit of the distance between two runs of a policy.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum IntervalUnit {
    /// Elapsed minutes.
    Minute,
    /// Elapsed hours.
    Hour,
    /// Local days of the time zone of the operation.
    Day,
    /// Weeks, on the named weekdays.
    Week,
    /// Calendar months, on the named day.
    Month,
    /// Calendar years, on 1 January.
    Year,
    /// Never by itself: only when a person starts it.
    OnDemand,
}

/// Unit of the time that a recovery point is kept.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::retention::RetentionUnit")]
pub(crate) enum RetentionUnit {
    /// 24 hours.
    #[graphql(name = "DAY")]
    Days,
    /// 7 days.
    #[graphql(name = "WEEK")]
    Weeks,
    /// Calendar months.
    #[graphql(name = "MONTH")]
    Months,
    /// Calendar years.
    #[graphql(name = "YEAR")]
    Years,
}

/// Day of the week.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum Weekday {
    /// Sunday.
    Sunday,
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
}

impl Weekday {
    /// In the order of the numbers that `domain` keeps: 0 is Sunday.
    pub(crate) const ALL: [Self; 7] = [
        Self::Sunday,
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
    ];

    /// 0 = Sunday to 6 = Saturday.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Sunday => 0,
            Self::Monday => 1,
            Self::Tuesday => 2,
            Self::Wednesday => 3,
            Self::Thursday => 4,
            Self::Friday => 5,
            Self::Saturday => 6,
        }
    }
}

/// What happened to the subject of an event.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::event::ChangeKind")]
pub(crate) enum ChangeKind {
    /// It is new.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
}

/// How an audited action ended.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::audit::Outcome")]
pub(crate) enum AuditOutcome {
    /// It was done.
    Success,
    /// It was refused.
    Refused,
}

/// Which door a request came through.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::audit::Interface")]
pub(crate) enum AuditInterface {
    /// A browser with a session.
    Console,
    /// A program with a token.
    Api,
    /// An identity provider that keeps users and groups up to date.
    Scim,
    /// A sign-on through an identity provider.
    Sso,
    /// The command line at the machine.
    Cli,
    /// The service itself.
    System,
}

/// Whether the audit log is covered by a signed checkpoint outside of the database.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum AuditLogStatus {
    /// Every record is covered, and the checkpoint was exported.
    Covered,
    /// There are records since the last checkpoint, or it is on its way; it takes minutes.
    Pending,
    /// It takes longer than it should: look into the log of the server.
    Overdue,
}

/// Machine-readable reason of a user error; new values can be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::error::ProblemCode")]
pub(crate) enum UserErrorCode {
    /// The value breaks a rule; the message says which.
    Invalid,
    /// Another thing has this name already.
    Taken,
    /// There is no such thing, or it is not yours to see.
    NotFound,
    /// Your role does not allow this for this thing.
    Forbidden,
    /// The thing has changed since you read it, or the idempotency key was used for other work.
    Conflict,
    /// A limit of the organization or of the service is reached.
    LimitReached,
    /// The state of the thing does not allow this now.
    PreconditionFailed,
    /// The vault lock keeps it.
    RetentionLocked,
    /// A legal hold keeps it.
    LegalHold,
}

/// Direction of an order.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum OrderDirection {
    /// Smallest, oldest or first in the alphabet first.
    Asc,
    /// Largest, newest or last in the alphabet first.
    Desc,
}

impl From<OrderDirection> for domain::page::Direction {
    fn from(direction: OrderDirection) -> Self {
        match direction {
            OrderDirection::Asc => Self::Ascending,
            OrderDirection::Desc => Self::Descending,
        }
    }
}
