//! What a caller may do at which unit.
//!
//! Not for roles and their names (`role.rs`). Invariant: a right holds at a unit when a grant at it or above it includes the
//! right and the unit lies inside of the request's unit context; nothing is ever held at a unit of another organization,
//! because the grants are of one.

use std::collections::BTreeSet;

use crate::ids::{OrganizationId, OrganizationalUnitId};
use crate::organizational_unit::UnitTree;
use crate::permission::{Permission, Permissions};
use crate::scope::Scope;

/// Rights that hold from a unit down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// From here down.
    pub unit_id: OrganizationalUnitId,
    /// These.
    pub permissions: Permissions,
}

/// All that a caller may do in one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    organization: OrganizationId,
    tree: UnitTree,
    held: BTreeSet<Held>,
    /// The unit to which the request narrows itself; none is the root.
    context: Option<OrganizationalUnitId>,
}

impl Access {
    /// The access that these rights give. `tree` may lack units when all rights hold at the root and there is no context.
    #[must_use]
    pub fn new(organization: OrganizationId, tree: UnitTree, held: BTreeSet<Held>) -> Self {
        Self {
            organization,
            tree,
            held,
            context: None,
        }
    }

    /// Every right in the whole organization.
    #[must_use]
    pub fn full(organization: OrganizationId, root: OrganizationalUnitId) -> Self {
        let held = Held {
            unit_id: root,
            permissions: Permission::ALL.iter().copied().collect(),
        };
        Self::new(
            organization,
            UnitTree::new(root, []),
            BTreeSet::from([held]),
        )
    }

    /// The same access inside of one unit only; none when the caller sees nothing there, which reads like a unit that does
    /// not exist.
    #[must_use]
    pub fn narrowed(mut self, unit: OrganizationalUnitId) -> Option<Self> {
        if !self.tree.contains(unit) {
            return None;
        }
        if unit != self.tree.root() {
            self.context = Some(unit);
        }
        let sees = !self.tops(Permission::Read).is_empty();
        sees.then_some(self)
    }

    /// The organization.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// The root unit.
    #[must_use]
    pub const fn root(&self) -> OrganizationalUnitId {
        self.tree.root()
    }

    /// The unit to which the request narrows itself, if it does.
    #[must_use]
    pub const fn context(&self) -> Option<OrganizationalUnitId> {
        self.context
    }

    /// Whether the right holds at this unit.
    #[must_use]
    pub fn can_at(&self, permission: Permission, unit: OrganizationalUnitId) -> bool {
        let above = self.tree.with_ancestors(unit);
        let is_inside = self.context.is_none_or(|context| above.contains(&context));
        is_inside
            && self
                .held
                .iter()
                .any(|held| above.contains(&held.unit_id) && held.permissions.contains(&permission))
    }

    /// Whether the right holds at all: somewhere inside of the context, or at the root when it is organization-wide.
    #[must_use]
    pub fn can(&self, permission: Permission) -> bool {
        if permission.is_organization_wide() {
            return self.can_at(permission, self.tree.root());
        }
        let anywhere = || {
            let mut held = self.held.iter();
            held.any(|held| held.permissions.contains(&permission))
        };
        if permission.is_personal() {
            return anywhere();
        }
        !self.tops(permission).is_empty()
    }

    /// All rights that hold at all.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        let can = |permission: &Permission| self.can(*permission);
        Permission::ALL.iter().copied().filter(can).collect()
    }

    /// All rights that hold at this unit.
    #[must_use]
    pub fn permissions_at(&self, unit: OrganizationalUnitId) -> Permissions {
        let can = |permission: &Permission| self.can_at(*permission, unit);
        Permission::ALL.iter().copied().filter(can).collect()
    }

    /// Whether the caller may hand these rights out at this unit: nobody grants more than they hold.
    #[must_use]
    pub fn covers(&self, permissions: &Permissions, unit: OrganizationalUnitId) -> bool {
        permissions.is_subset(&self.permissions_at(unit))
    }

    /// The topmost units at which the right holds.
    #[must_use]
    pub fn tops(&self, permission: Permission) -> BTreeSet<OrganizationalUnitId> {
        let held = self
            .held
            .iter()
            .filter(|held| held.permissions.contains(&permission))
            .map(|held| held.unit_id);
        let candidates = held.chain(self.context);
        let holding: BTreeSet<OrganizationalUnitId> = candidates
            .filter(|unit| self.can_at(permission, *unit))
            .collect();
        let is_top = |unit: &OrganizationalUnitId| {
            let above = self.tree.with_ancestors(*unit);
            !above.iter().skip(1).any(|above| holding.contains(above))
        };
        holding.iter().copied().filter(is_top).collect()
    }

    /// What the caller sees: the subtrees in which `read` holds, and above them what is inherited from there.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let tops = self.tops(Permission::Read);
        if tops.contains(&self.tree.root()) {
            return Scope::organization_wide(self.organization);
        }
        let above: BTreeSet<OrganizationalUnitId> = tops
            .iter()
            .flat_map(|unit| self.tree.with_ancestors(*unit))
            .collect();
        let units = self.tree.with_descendants(&tops);
        let inherited = above.difference(&units).copied().collect();
        Scope::of_units(self.organization, units.into_iter().collect()).inheriting(inherited)
    }
}

#[cfg(test)]
mod tests;
