//! What a caller may do: the fixed list of permissions.
//!
//! Not for the roles that bundle them (`role.rs`) nor for where they hold (`access.rs`). Invariant: a use case names exactly
//! one permission; the list is append-only, because custom roles store its names.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See assets, policies, tasks, recovery points and accounts.
    Read,
    /// Create, change and delete policies.
    PolicyWrite,
    /// Assign policies to assets.
    PolicyAssign,
    /// Link, change and unlink AWS accounts, and refresh their inventory.
    AwsAccountManage,
    /// Start backups by hand and abort their tasks.
    BackupRun,
    /// Restore recovery points and abort those tasks.
    RestoreRun,
    /// Verify recovery points.
    VerificationRun,
    /// Export the recovery kit: the keys of the vault.
    RecoveryKitExport,
    /// Make and delete API tokens of one's own.
    ApiTokenManage,
    /// See the audit log.
    AuditRead,
    /// Change settings of the organization.
    SettingsManage,
    /// Export the audit log as a whole, with its proofs.
    AuditExport,
    /// Make and delete service tokens, which belong to no person.
    ServiceTokenManage,
    /// See and end sessions and tokens of others.
    SessionManage,
    /// Set identity providers and their rules up.
    SsoManage,
    /// Create, rename, move and delete organizational units below those where this is held.
    UnitManage,
    /// Create, change and delete custom roles.
    RoleManage,
    /// Invite, suspend, resume and remove people, and change what they are granted.
    UserManage,
    /// Acknowledge alerts.
    AlertManage,
    /// Keep recovery points longer, and take ending ones back.
    RetentionManage,
    /// Ask for recovery points to end before their time.
    RecoveryPointDelete,
    /// Place legal holds, and ask for their release.
    LegalHoldManage,
    /// Decide what another person asked for.
    ApprovalDecide,
}

/// A set of rights.
pub type Permissions = BTreeSet<Permission>;

impl Permission {
    /// All of them, in the order of declaration.
    pub const ALL: &[Self] = &[
        Self::Read,
        Self::PolicyWrite,
        Self::PolicyAssign,
        Self::AwsAccountManage,
        Self::BackupRun,
        Self::RestoreRun,
        Self::VerificationRun,
        Self::RecoveryKitExport,
        Self::ApiTokenManage,
        Self::AuditRead,
        Self::SettingsManage,
        Self::AuditExport,
        Self::ServiceTokenManage,
        Self::SessionManage,
        Self::SsoManage,
        Self::UnitManage,
        Self::RoleManage,
        Self::UserManage,
        Self::AlertManage,
        Self::RetentionManage,
        Self::RecoveryPointDelete,
        Self::LegalHoldManage,
        Self::ApprovalDecide,
    ];

    /// Whether this is about the organization as a whole, so that it counts only where it is held at the root unit.
    #[must_use]
    pub const fn is_organization_wide(self) -> bool {
        match self {
            Self::AuditRead
            | Self::SettingsManage
            | Self::AuditExport
            | Self::SessionManage
            | Self::SsoManage
            | Self::RoleManage
            | Self::UserManage
            | Self::ApprovalDecide => true,
            Self::Read
            | Self::PolicyWrite
            | Self::PolicyAssign
            | Self::AwsAccountManage
            | Self::BackupRun
            | Self::RestoreRun
            | Self::VerificationRun
            | Self::RecoveryKitExport
            | Self::ApiTokenManage
            | Self::ServiceTokenManage
            | Self::UnitManage
            | Self::AlertManage
            | Self::RetentionManage
            | Self::RecoveryPointDelete
            | Self::LegalHoldManage => false,
        }
    }

    /// Whether holding this anywhere is enough, because what it allows belongs to the caller and to no unit.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::ApiTokenManage)
    }
}
