//! Legal holds: named bans on the end of recovery points.
//!
//! Not for locks, which have a time (`vault_lock.rs`). Invariant: which points a hold keeps is decided when it is made, and for
//! each new point when that is made; nothing falls out of it before it is released.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AssetId, LegalHoldId, OrganizationId, OrganizationalUnitId};
use crate::organizational_unit::UnitTree;
use crate::task::Actor;

/// Which points a hold is for, besides those that are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldCriteria {
    /// Of these assets; empty means all of the hold's unit and the units below it.
    pub asset_ids: Vec<AssetId>,
    /// Taken at or after.
    pub taken_from: Option<Timestamp>,
    /// Taken before.
    pub taken_until: Option<Timestamp>,
    /// Whether points that are made later belong to it as well, while it is open.
    pub includes_new: bool,
}

impl HoldCriteria {
    /// Whether a new point of this asset, which lies at this unit, belongs to a hold at `unit`.
    #[must_use]
    pub fn covers_new(
        &self,
        unit: OrganizationalUnitId,
        tree: &UnitTree,
        asset: (AssetId, OrganizationalUnitId),
        taken_at: Timestamp,
    ) -> bool {
        let (asset, at) = asset;
        let is_of = if self.asset_ids.is_empty() {
            tree.with_ancestors(at).contains(&unit)
        } else {
            self.asset_ids.contains(&asset)
        };
        self.includes_new
            && is_of
            && self.taken_from.is_none_or(|from| from <= taken_at)
            && self.taken_until.is_none_or(|until| taken_at < until)
    }
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// Its id.
    pub id: LegalHoldId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its points are of assets at this unit or below it.
    pub unit_id: OrganizationalUnitId,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Which points besides the listed ones; none when all were listed.
    pub criteria: Option<HoldCriteria>,
    /// Who made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was released; it keeps nothing any more.
    pub released_at: Option<Timestamp>,
}

/// Which holds a list shows; all given members must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegalHoldFilter {
    /// Open ones (`true`) or released ones (`false`) only.
    pub is_open: Option<bool>,
}

/// The units at which the assets of a hold at `unit` lie.
#[must_use]
pub fn units_of(tree: &UnitTree, unit: OrganizationalUnitId) -> BTreeSet<OrganizationalUnitId> {
    tree.with_descendants(&BTreeSet::from([unit]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(number: u128) -> OrganizationalUnitId {
        OrganizationalUnitId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn asset(number: u128) -> AssetId {
        AssetId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_new_point_belongs_to_a_hold_by_asset_or_by_unit_and_inside_of_its_times() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (root, shop, desk) = (unit(1), unit(2), unit(3));
        let tree = UnitTree::new(root, [(shop, root), (desk, shop)]);
        let now = at("2026-05-01T00:00:00Z");
        let mut criteria = HoldCriteria {
            asset_ids: Vec::new(),
            taken_from: None,
            taken_until: Some(at("2026-06-01T00:00:00Z")),
            includes_new: true,
        };
        let covers = |criteria: &HoldCriteria, at: OrganizationalUnitId, when: Timestamp| {
            criteria.covers_new(shop, &tree, (asset(9), at), when)
        };
        assert!(covers(&criteria, shop, now) && covers(&criteria, desk, now));
        assert!(!covers(&criteria, root, now));
        assert!(!covers(&criteria, desk, at("2026-06-01T00:00:00Z")));
        criteria.asset_ids = vec![asset(8)];
        assert!(!covers(&criteria, desk, now));
        criteria.asset_ids.push(asset(9));
        // A listed asset belongs to it wherever it is moved.
        assert!(covers(&criteria, root, now));
        criteria.includes_new = false;
        assert!(!covers(&criteria, desk, now));
    }
}
