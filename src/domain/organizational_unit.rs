//! Organizational units: the tree that limits what members see.
//!
//! Not for what they may do in it (`access.rs`). Invariant: every organization has one root unit named "Global"; whatever rows
//! say, walking up ends after [`UNIT_DEPTH_MAX`] steps.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{OrganizationId, OrganizationalUnitId};
use crate::limits::UNIT_DEPTH_MAX;

/// Name of every organization's root unit.
pub const ROOT_UNIT_NAME: &str = "Global";

/// A part of an organization that limits what its members see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationalUnit {
    /// Its id.
    pub id: OrganizationalUnitId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The unit above; none for the root.
    pub parent_id: Option<OrganizationalUnitId>,
    /// Shown name, unique among its siblings.
    pub name: String,
    /// Its version, for changes.
    pub version: i32,
}

/// The units of one organization and who lies above whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitTree {
    root: OrganizationalUnitId,
    parents: BTreeMap<OrganizationalUnitId, OrganizationalUnitId>,
}

impl UnitTree {
    /// The tree below `root` of these (unit, parent) pairs.
    #[must_use]
    pub fn new(
        root: OrganizationalUnitId,
        parents: impl IntoIterator<Item = (OrganizationalUnitId, OrganizationalUnitId)>,
    ) -> Self {
        let parents = parents.into_iter().filter(|(unit, _)| *unit != root);
        Self {
            root,
            parents: parents.collect(),
        }
    }

    /// The tree of these units; none without a root.
    #[must_use]
    pub fn of(units: &[OrganizationalUnit]) -> Option<Self> {
        let root = units.iter().find(|unit| unit.parent_id.is_none())?.id;
        let parents = units
            .iter()
            .filter_map(|unit| unit.parent_id.map(|parent| (unit.id, parent)));
        Some(Self::new(root, parents))
    }

    /// The unit above all.
    #[must_use]
    pub const fn root(&self) -> OrganizationalUnitId {
        self.root
    }

    /// Whether the unit is in the tree.
    #[must_use]
    pub fn contains(&self, unit: OrganizationalUnitId) -> bool {
        unit == self.root || self.parents.contains_key(&unit)
    }

    /// The unit, its parent and so on up to the root. A unit that the tree does not know lies below the root only.
    #[must_use]
    pub fn with_ancestors(&self, unit: OrganizationalUnitId) -> Vec<OrganizationalUnitId> {
        let mut chain = vec![unit];
        let mut at = unit;
        for _ in 0..UNIT_DEPTH_MAX {
            let Some(parent) = self.parents.get(&at) else {
                break;
            };
            chain.push(*parent);
            at = *parent;
        }
        if !chain.contains(&self.root) {
            chain.push(self.root);
        }
        chain
    }

    /// Whether `unit` is `above` or lies below it.
    #[must_use]
    pub fn is_within(&self, unit: OrganizationalUnitId, above: OrganizationalUnitId) -> bool {
        self.with_ancestors(unit).contains(&above)
    }

    /// The units of these and below them.
    #[must_use]
    pub fn with_descendants(
        &self,
        tops: &BTreeSet<OrganizationalUnitId>,
    ) -> BTreeSet<OrganizationalUnitId> {
        let is_below = |unit: &OrganizationalUnitId| {
            self.with_ancestors(*unit)
                .iter()
                .any(|above| tops.contains(above))
        };
        let known = self.parents.keys().copied().chain([self.root]);
        known.filter(is_below).collect()
    }

    /// How many units lie above this one; 0 for the root.
    #[must_use]
    pub fn depth(&self, unit: OrganizationalUnitId) -> usize {
        self.with_ancestors(unit).len().saturating_sub(1)
    }

    /// How many levels lie below this one.
    #[must_use]
    pub fn height(&self, unit: OrganizationalUnitId) -> usize {
        let own = self.depth(unit);
        let below = self.with_descendants(&BTreeSet::from([unit]));
        let deepest = below.iter().map(|unit| self.depth(*unit)).max();
        deepest.unwrap_or(own).saturating_sub(own)
    }
}
