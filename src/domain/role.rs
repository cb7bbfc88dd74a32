//! Roles: named sets of permissions, built in or made by an organization.
//!
//! Not for who has them (`role_grant.rs`). Invariant: a built-in role has the same id in every installation and cannot be
//! changed; the id of a retired one is never given again.

use jiff::Timestamp;

use crate::error::{Problem, Problems};
use crate::ids::{OrganizationId, RoleId};
use crate::limits::{DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX};
use crate::permission::{Permission, Permissions};
use crate::text::checked_name;

/// A role that comes with Holdfast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuiltInRole {
    /// Everything, in the whole organization when granted at the root unit.
    SuperAdmin,
    /// Everything inside of units but the keys of the vault.
    OrganizationalUnitAdmin,
    /// As the Organizational Unit Admin, but the tree of units stays as it is.
    ApplicationAdmin,
    /// Policies, AWS accounts, backups and restores.
    BackupAdmin,
    /// Sees everything; backups and restores on demand; the audit log.
    HelpdeskAdmin,
    /// Sees everything and the audit log, changes nothing.
    ReportingAuditAdmin,
}

impl BuiltInRole {
    /// All of them, from the widest to the narrowest.
    pub const ALL: &[Self] = &[
        Self::SuperAdmin,
        Self::OrganizationalUnitAdmin,
        Self::ApplicationAdmin,
        Self::BackupAdmin,
        Self::HelpdeskAdmin,
        Self::ReportingAuditAdmin,
    ];

    /// The name in `schema/permissions.txt` and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::OrganizationalUnitAdmin => "organizational_unit_admin",
            Self::ApplicationAdmin => "application_admin",
            Self::BackupAdmin => "backup_admin",
            Self::HelpdeskAdmin => "helpdesk_admin",
            Self::ReportingAuditAdmin => "reporting_audit_admin",
        }
    }

    /// What it is for, in a sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::SuperAdmin => "Everything, the settings of the organization included.",
            Self::OrganizationalUnitAdmin => {
                "Everything inside of organizational units, the tree below them included."
            }
            Self::ApplicationAdmin => "Everything inside of organizational units but their tree.",
            Self::BackupAdmin => "Policies, AWS accounts, backups and restores.",
            Self::HelpdeskAdmin => {
                "Sees everything, backs up and restores on demand, reads the audit log."
            }
            Self::ReportingAuditAdmin => "Sees everything and the audit log, changes nothing.",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }

    /// The id, the same in every installation. Number 2 belonged to a role that is gone.
    #[must_use]
    pub const fn id(self) -> RoleId {
        let number = match self {
            Self::SuperAdmin => 0,
            Self::BackupAdmin => 1,
            Self::ReportingAuditAdmin => 3,
            Self::OrganizationalUnitAdmin => 4,
            Self::ApplicationAdmin => 5,
            Self::HelpdeskAdmin => 6,
        };
        RoleId::from_uuid(uuid::Uuid::from_u128(number))
    }

    /// The role with that id.
    #[must_use]
    pub fn from_id(id: RoleId) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.id() == id)
    }

    /// Whether the role includes the permission.
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        use Permission::{
            AlertManage, ApiTokenManage, ApprovalDecide, AuditExport, AuditRead, AwsAccountManage,
            BackupRun, LegalHoldManage, PolicyAssign, PolicyWrite, Read, RecoveryKitExport,
            RecoveryPointDelete, RestoreRun, RetentionManage, RoleManage, ServiceTokenManage,
            SessionManage, SettingsManage, SsoManage, UnitManage, UserManage, VerificationRun,
        };
        match permission {
            Read | ApiTokenManage => true,
            PolicyWrite | PolicyAssign | AwsAccountManage | RetentionManage => match self {
                Self::SuperAdmin
                | Self::OrganizationalUnitAdmin
                | Self::ApplicationAdmin
                | Self::BackupAdmin => true,
                Self::HelpdeskAdmin | Self::ReportingAuditAdmin => false,
            },
            BackupRun | RestoreRun | VerificationRun | AlertManage => match self {
                Self::SuperAdmin
                | Self::OrganizationalUnitAdmin
                | Self::ApplicationAdmin
                | Self::BackupAdmin
                | Self::HelpdeskAdmin => true,
                Self::ReportingAuditAdmin => false,
            },
            ServiceTokenManage => match self {
                Self::SuperAdmin | Self::OrganizationalUnitAdmin | Self::ApplicationAdmin => true,
                Self::BackupAdmin | Self::HelpdeskAdmin | Self::ReportingAuditAdmin => false,
            },
            UnitManage => match self {
                Self::SuperAdmin | Self::OrganizationalUnitAdmin => true,
                Self::ApplicationAdmin
                | Self::BackupAdmin
                | Self::HelpdeskAdmin
                | Self::ReportingAuditAdmin => false,
            },
            AuditRead => match self {
                Self::SuperAdmin | Self::HelpdeskAdmin | Self::ReportingAuditAdmin => true,
                Self::OrganizationalUnitAdmin | Self::ApplicationAdmin | Self::BackupAdmin => false,
            },
            AuditExport => match self {
                Self::SuperAdmin | Self::ReportingAuditAdmin => true,
                Self::OrganizationalUnitAdmin
                | Self::ApplicationAdmin
                | Self::BackupAdmin
                | Self::HelpdeskAdmin => false,
            },
            RecoveryKitExport | SettingsManage | SessionManage | SsoManage | RoleManage
            | UserManage | RecoveryPointDelete | LegalHoldManage | ApprovalDecide => {
                matches!(self, Self::SuperAdmin)
            }
        }
    }

    /// All that it allows.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        let allowed = |permission: &Permission| self.allows(*permission);
        Permission::ALL.iter().copied().filter(allowed).collect()
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name; snake case for built-in ones, unique in the organization.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows.
    pub permissions: Permissions,
    /// Its version, for changes; 1 for built-in ones.
    pub version: i32,
    /// The organization that made it; none for built-in ones.
    pub organization_id: Option<OrganizationId>,
    /// When it was made; none for built-in ones.
    pub created_at: Option<Timestamp>,
}

impl From<BuiltInRole> for Role {
    fn from(role: BuiltInRole) -> Self {
        Self {
            id: role.id(),
            name: role.name().to_owned(),
            description: Some(role.description().to_owned()),
            permissions: role.permissions(),
            version: 1,
            organization_id: None,
            created_at: None,
        }
    }
}

/// A custom role as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDraft {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it shall allow.
    pub permissions: Permissions,
}

impl RoleDraft {
    /// Trims the texts and checks them; a role without `read` would see nothing of what it may change.
    pub fn checked(self) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::new();
        let name = checked_name("name", &self.name, NAME_LENGTH_MAX).unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        });
        problems.check(
            BuiltInRole::from_name(&name).is_none(),
            "name",
            "This is the name of a built-in role.",
        );
        let description = self
            .description
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty());
        let length = description.as_ref().map_or(0, |text| text.chars().count());
        problems.check(
            length <= DESCRIPTION_LENGTH_MAX,
            "description",
            format!("A description has at most {DESCRIPTION_LENGTH_MAX} characters."),
        );
        problems.check(
            self.permissions.contains(&Permission::Read),
            "permissions",
            "Every role needs READ.",
        );
        problems.into_result()?;
        Ok(Self {
            name,
            description,
            permissions: self.permissions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_roles_are_found_by_id_and_name_and_nothing_else_is() {
        for role in BuiltInRole::ALL {
            assert_eq!(BuiltInRole::from_id(role.id()), Some(*role));
            assert_eq!(BuiltInRole::from_name(role.name()), Some(*role));
        }
        let retired = RoleId::from_uuid(uuid::Uuid::from_u128(2));
        assert_eq!(BuiltInRole::from_id(retired), None);
        assert_eq!(BuiltInRole::from_name("Super Admin"), None);
    }

    #[test]
    fn only_the_super_admin_has_everything_and_nobody_else_changes_the_organization() {
        for role in BuiltInRole::ALL {
            let all = role.permissions().len() == Permission::ALL.len();
            assert_eq!(all, *role == BuiltInRole::SuperAdmin);
            let changes = role.allows(Permission::UserManage) || role.allows(Permission::SsoManage);
            assert_eq!(changes, *role == BuiltInRole::SuperAdmin);
        }
    }

    #[test]
    fn a_custom_role_needs_read_and_a_name_of_its_own() {
        let draft = |name: &str, permissions: &[Permission]| RoleDraft {
            name: name.to_owned(),
            description: Some("  ".to_owned()),
            permissions: permissions.iter().copied().collect(),
        };
        let good = draft(" Night shift ", &[Permission::Read, Permission::RestoreRun]);
        let checked = good.checked().unwrap();
        assert_eq!(
            (checked.name.as_str(), checked.description),
            ("Night shift", None)
        );
        assert!(draft("super_admin", &[Permission::Read]).checked().is_err());
        assert!(draft("x", &[Permission::RestoreRun]).checked().is_err());
        assert!(draft("", &[Permission::Read]).checked().is_err());
    }
}
