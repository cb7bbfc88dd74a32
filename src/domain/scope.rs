//! The scope of a query: which organization and which of its units the caller may see.
//!
//! Not for permissions (`permission.rs`). Invariant: a finder cannot be called without a scope.

use crate::ids::{OrganizationId, OrganizationalUnitId};

/// What part of the data a caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    organization: OrganizationId,
    units: Units,
}

/// Units of the organization that are seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Units {
    /// All of them.
    All,
    /// These, descendants included by whoever made the scope.
    Only(Vec<OrganizationalUnitId>),
}

impl Scope {
    /// The whole organization.
    #[must_use]
    pub const fn organization_wide(organization: OrganizationId) -> Self {
        Self {
            organization,
            units: Units::All,
        }
    }

    /// Some units of the organization.
    #[must_use]
    pub const fn of_units(organization: OrganizationId, units: Vec<OrganizationalUnitId>) -> Self {
        Self {
            organization,
            units: Units::Only(units),
        }
    }

    /// The organization.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The units.
    #[must_use]
    pub const fn units(&self) -> &Units {
        &self.units
    }
}
