//! Grants: who has which role, and from which unit down.
//!
//! Not for what the role allows (`role.rs`). Invariant: a grant at a unit covers its descendants and nothing else.

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationalUnitId, RoleId, UserId};

/// Who made a grant; only its maker takes it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantSource {
    /// A person with the right to do so.
    Manual,
    /// A rule of an identity provider, evaluated at sign-on.
    Provider,
}

impl GrantSource {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Provider => "provider",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Manual, Self::Provider]
            .into_iter()
            .find(|source| source.name() == name)
    }
}

/// A role at a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleAt {
    /// The role.
    pub role_id: RoleId,
    /// The unit from which down it holds.
    pub unit_id: OrganizationalUnitId,
}

/// A role of a person at a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleGrant {
    /// Whose.
    pub user_id: UserId,
    /// Which role, and where.
    pub role_at: RoleAt,
    /// Who made it.
    pub source: GrantSource,
}
