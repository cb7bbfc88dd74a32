//! Rights at units, against a model that walks every path.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::scope::Units;

fn unit(number: usize) -> OrganizationalUnitId {
    OrganizationalUnitId::from_uuid(Uuid::from_u128(u128::try_from(number).unwrap() + 1))
}

fn organization() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(7))
}

/// A tree in which unit `n + 1` hangs below one of the units `0..=n`, and grants of some rights at some units.
#[derive(Debug, Clone)]
struct Case {
    parents: Vec<usize>,
    grants: Vec<(usize, BTreeSet<Permission>)>,
}

impl Case {
    fn tree(&self) -> UnitTree {
        let pairs = self.parents.iter().enumerate();
        UnitTree::new(
            unit(0),
            pairs.map(|(at, parent)| (unit(at + 1), unit(*parent))),
        )
    }

    fn access(&self) -> Access {
        let held = self.grants.iter().map(|(at, permissions)| Held {
            unit_id: unit(*at),
            permissions: permissions.clone(),
        });
        Access::new(organization(), self.tree(), held.collect())
    }

    fn size(&self) -> usize {
        self.parents.len() + 1
    }

    /// The model: the unit itself and everything above it, by the numbers.
    fn above(&self, mut at: usize) -> Vec<usize> {
        let mut chain = vec![at];
        while at > 0 {
            at = self.parents[at - 1];
            chain.push(at);
        }
        chain
    }

    fn can(&self, permission: Permission, at: usize, context: usize) -> bool {
        let above = self.above(at);
        above.contains(&context)
            && self
                .grants
                .iter()
                .any(|(granted, held)| above.contains(granted) && held.contains(&permission))
    }
}

fn case() -> impl Strategy<Value = Case> {
    let rights = prop::collection::btree_set(prop::sample::select(Permission::ALL), 0..6);
    (1_usize..12).prop_flat_map(move |size| {
        let parents: Vec<_> = (0..size).map(|at| 0..=at.min(3)).collect();
        let grants = prop::collection::vec((0..=size, rights.clone()), 0..5);
        (parents, grants).prop_map(|(parents, grants)| Case { parents, grants })
    })
}

proptest! {
    #[test]
    fn rights_at_units_are_those_of_the_model(case in case(), context in 0_usize..12) {
        let context = context % case.size();
        let access = case.access();
        for permission in Permission::ALL {
            for at in 0..case.size() {
                prop_assert_eq!(access.can_at(*permission, unit(at)), case.can(*permission, at, 0));
            }
        }
        let sees = (0..case.size()).any(|at| case.can(Permission::Read, at, context));
        let narrowed = access.narrowed(unit(context));
        prop_assert_eq!(narrowed.is_some(), sees);
        let Some(narrowed) = narrowed else { return Ok(()) };
        for permission in Permission::ALL {
            for at in 0..case.size() {
                prop_assert_eq!(
                    narrowed.can_at(*permission, unit(at)),
                    case.can(*permission, at, context)
                );
            }
            let anywhere = (0..case.size()).any(|at| case.can(*permission, at, context));
            let expected = if permission.is_organization_wide() {
                case.can(*permission, 0, context)
            } else if permission.is_personal() {
                case.grants.iter().any(|(_, held)| held.contains(permission))
            } else {
                anywhere
            };
            prop_assert_eq!(narrowed.can(*permission), expected, "{:?}", permission);
        }
    }

    #[test]
    fn the_scope_is_exactly_where_read_holds(case in case(), context in 0_usize..12) {
        let context = context % case.size();
        let Some(access) = case.access().narrowed(unit(context)) else { return Ok(()) };
        let sees: BTreeMap<OrganizationalUnitId, bool> = (0..case.size())
            .map(|at| (unit(at), case.can(Permission::Read, at, context)))
            .collect();
        let scope = access.scope();
        match scope.units() {
            Units::All => prop_assert!(sees.values().all(|sees| *sees)),
            Units::Only(units) => {
                let expected = sees.iter().filter(|(_, sees)| **sees).map(|(unit, _)| *unit);
                prop_assert_eq!(units.clone(), expected.collect::<Vec<_>>());
                for above in scope.inherited() {
                    prop_assert!(!sees[above], "what is seen is not inherited");
                }
            }
        }
    }

    #[test]
    fn nobody_covers_more_than_they_hold(case in case(), at in 0_usize..12) {
        let at = unit(at % case.size());
        let access = case.access();
        let own = access.permissions_at(at);
        prop_assert!(access.covers(&own, at));
        for missing in Permission::ALL.iter().filter(|right| !own.contains(right)) {
            prop_assert!(!access.covers(&BTreeSet::from([*missing]), at));
        }
    }

    #[test]
    fn a_grant_gives_nothing_outside_of_its_subtree(case in case()) {
        let access = case.access();
        for at in 0..case.size() {
            let covered = case.grants.iter().any(|(granted, _)| case.above(at).contains(granted));
            if !covered {
                prop_assert!(access.permissions_at(unit(at)).is_empty());
            }
        }
    }
}

#[test]
fn rows_in_a_circle_end_and_give_nothing() {
    let tree = UnitTree::new(unit(0), [(unit(1), unit(2)), (unit(2), unit(1))]);
    let held = Held {
        unit_id: unit(3),
        permissions: Permission::ALL.iter().copied().collect(),
    };
    let access = Access::new(organization(), tree, BTreeSet::from([held]));
    assert!(!access.can_at(Permission::Read, unit(1)));
}

#[test]
fn a_root_grant_reaches_units_that_are_not_known_and_others_do_not() {
    let full = Access::full(organization(), unit(0));
    assert!(full.can_at(Permission::PolicyWrite, unit(99)));
    assert_eq!(full.scope(), Scope::organization_wide(organization()));
    let case = Case {
        parents: vec![0],
        grants: vec![(1, BTreeSet::from([Permission::Read]))],
    };
    assert!(!case.access().can_at(Permission::Read, unit(99)));
}
