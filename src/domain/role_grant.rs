//! Grants: who has which role, and from which unit down.
//!
//! Not for what the role allows (`role.rs`). Invariant: a grant at a unit covers its descendants and nothing else.

use serde::{Deserialize, Serialize};

use crate::ids::{IdentityProviderId, OrganizationalUnitId, RoleId, UserId};

/// What stands before the id of a provider in the database.
const PROVIDER_PREFIX: &str = "provider:";

/// Who made a grant; only its maker takes it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantSource {
    /// A person with the right to do so.
    Manual,
    /// A rule of this identity provider, evaluated at sign-on.
    Provider(IdentityProviderId),
}

impl GrantSource {
    /// The text in the database: `manual`, or `provider:` and the provider's id.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Manual => "manual".to_owned(),
            Self::Provider(id) => format!("{PROVIDER_PREFIX}{id}"),
        }
    }

    /// The source of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        if text == "manual" {
            return Some(Self::Manual);
        }
        let id = text.strip_prefix(PROVIDER_PREFIX)?;
        id.parse().ok().map(Self::Provider)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_survives_the_round_trip_through_text() {
        let provider =
            GrantSource::Provider(IdentityProviderId::from_uuid(uuid::Uuid::from_u128(7)));
        for source in [GrantSource::Manual, provider] {
            assert_eq!(GrantSource::from_text(&source.text()), Some(source));
        }
        for text in ["", "provider", "provider:", "provider:org_0", "Manual"] {
            assert_eq!(GrantSource::from_text(text), None, "{text}");
        }
    }
}
