//! What a caller may do: the fixed list of permissions and the built-in roles over it.
//!
//! Not for which rows are seen (`scope.rs`). Invariant: a use case names exactly one permission.

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
}

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
    ];
}

/// A named set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    SuperAdmin,
    /// Policies, assignments, backups and accounts, no keys and no settings.
    BackupAdmin,
    /// Sees everything, restores and verifies.
    RestoreAdmin,
    /// Sees everything, changes nothing.
    AuditAdmin,
}

impl Role {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::SuperAdmin,
        Self::BackupAdmin,
        Self::RestoreAdmin,
        Self::AuditAdmin,
    ];

    /// The name in the database and in `schema/permissions.txt`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::BackupAdmin => "backup_admin",
            Self::RestoreAdmin => "restore_admin",
            Self::AuditAdmin => "audit_admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// Whether the role includes the permission.
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        use Permission::{
            ApiTokenManage, AuditRead, AwsAccountManage, BackupRun, PolicyAssign, PolicyWrite,
            Read, RecoveryKitExport, RestoreRun, SettingsManage, VerificationRun,
        };
        match self {
            Self::SuperAdmin => true,
            Self::BackupAdmin => match permission {
                Read | PolicyWrite | PolicyAssign | AwsAccountManage | BackupRun
                | VerificationRun | ApiTokenManage => true,
                RestoreRun | RecoveryKitExport | AuditRead | SettingsManage => false,
            },
            Self::RestoreAdmin => match permission {
                Read | RestoreRun | VerificationRun | ApiTokenManage => true,
                PolicyWrite | PolicyAssign | AwsAccountManage | BackupRun | RecoveryKitExport
                | AuditRead | SettingsManage => false,
            },
            Self::AuditAdmin => match permission {
                Read | AuditRead | ApiTokenManage => true,
                PolicyWrite | PolicyAssign | AwsAccountManage | BackupRun | RestoreRun
                | VerificationRun | RecoveryKitExport | SettingsManage => false,
            },
        }
    }
}
