//! The scope of a query: which organization and which of its units the caller may see.
//!
//! Not for permissions (`permission.rs`). Invariant: a finder cannot be called without a scope.

use crate::ids::{OrganizationId, OrganizationalUnitId};

/// What part of the data a caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    organization: OrganizationId,
    units: Units,
    /// Units above those that are seen, whose policies hold below.
    inherited: Vec<OrganizationalUnitId>,
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
            inherited: Vec::new(),
        }
    }

    /// Some units of the organization.
    #[must_use]
    pub const fn of_units(organization: OrganizationId, units: Vec<OrganizationalUnitId>) -> Self {
        Self {
            organization,
            units: Units::Only(units),
            inherited: Vec::new(),
        }
    }

    /// The same scope, with what holds below these units visible too.
    #[must_use]
    pub fn inheriting(mut self, units: Vec<OrganizationalUnitId>) -> Self {
        self.inherited = units;
        self
    }

    /// Units above those that are seen: their policies are seen too, for reading and assigning.
    #[must_use]
    pub fn inherited(&self) -> &[OrganizationalUnitId] {
        &self.inherited
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
