//! The order in which rules are tried: the list of a unit, and the places in it.
//!
//! Not for rules themselves. Invariant: only the root unit's list has the two movable places.

use app::protection_rules::Place;
use async_graphql::{Context, Enum, ID, Object, OneofObject, SimpleObject};
use domain::permission::Permission as Right;
use domain::protection_rule::{EntryKey, ListEntry};
use domain::{OrganizationalUnitId, ProtectionRuleId};

use super::ProtectionRule;
use crate::context::{loaders, viewer};
use crate::node::parse;
use crate::organizational_unit::OrganizationalUnit;

/// What stands at a place of a list.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ProtectionOrderEntryKind {
    /// A rule.
    Rule,
    /// Here policies that were chosen by hand come in.
    DirectAssignments,
    /// Here the rules of all other organizational units come in, those of the unit nearest to the asset first.
    ChildUnits,
}

/// A movable place in the list of the root unit.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum ProtectionPlace {
    /// Where policies that were chosen by hand come in.
    DirectAssignments,
    /// Where the rules of all other organizational units come in.
    ChildUnits,
}

impl From<ProtectionPlace> for EntryKey {
    fn from(place: ProtectionPlace) -> Self {
        match place {
            ProtectionPlace::DirectAssignments => Self::DirectAssignments,
            ProtectionPlace::ChildUnits => Self::ChildUnits,
        }
    }
}

impl From<(OrganizationalUnitId, Vec<ListEntry>)> for ProtectionOrder {
    fn from((unit, entries): (OrganizationalUnitId, Vec<ListEntry>)) -> Self {
        Self { unit, entries }
    }
}

/// The list of an organizational unit in the order in which it is tried.
pub(crate) struct ProtectionOrder {
    unit: OrganizationalUnitId,
    entries: Vec<ListEntry>,
}

/// The list of an organizational unit in the order in which it is tried: the first entry that matches decides.
#[Object]
impl ProtectionOrder {
    /// The unit whose list it is.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let unit = loaders(ctx)?.load(self.unit).await?;
        Ok(unit.map(OrganizationalUnit))
    }

    /// The entries, at most 1,000 and two movable places. Between rules of other units those of the unit nearest to an asset come
    /// first.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn entries(&self) -> Vec<ProtectionOrderEntry> {
        let entry = |entry: &ListEntry| match entry {
            ListEntry::DirectAssignments => ProtectionOrderEntry {
                kind: ProtectionOrderEntryKind::DirectAssignments,
                rule: None,
            },
            ListEntry::ChildUnits => ProtectionOrderEntry {
                kind: ProtectionOrderEntryKind::ChildUnits,
                rule: None,
            },
            ListEntry::Rule(rule) => ProtectionOrderEntry {
                kind: ProtectionOrderEntryKind::Rule,
                rule: Some(rule.clone().into()),
            },
        };
        self.entries.iter().map(entry).collect()
    }

    /// Whether the viewer may add rules here and move them.
    async fn viewer_can_change(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(viewer(ctx)?.can_at(Right::PolicyAssign, self.unit))
    }
}

/// An entry of the list of an organizational unit.
#[derive(SimpleObject)]
pub(crate) struct ProtectionOrderEntry {
    /// What stands here.
    kind: ProtectionOrderEntryKind,
    /// The rule; null for the two movable places.
    rule: Option<ProtectionRule>,
}

/// An entry of a list: a rule, or one of the two movable places of the root unit.
#[derive(Debug, OneofObject)]
pub(crate) enum ProtectionOrderKeyInput {
    /// This rule.
    RuleId(ID),
    /// This place; in the list of the root unit only.
    Place(ProtectionPlace),
}

/// The place before this entry; an id that is malformed stands nowhere.
pub(super) fn place(before: Option<ProtectionOrderKeyInput>) -> Place {
    before.map(|before| match before {
        ProtectionOrderKeyInput::RuleId(id) => parse::<ProtectionRuleId>(&id).map(EntryKey::Rule),
        ProtectionOrderKeyInput::Place(place) => Some(place.into()),
    })
}
