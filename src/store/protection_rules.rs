//! Protection rules and their order.
//!
//! Not for what they decide (`domain::protection_rule`) or for carrying it out (`tasks::protection`). Invariant: whoever changes
//! rules, their order, what is chosen by hand, or what protects an asset holds the organization's lock ([`lock`]) before any row
//! of assets or policies, so that two of them never write over each other and never wait in a circle.

use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::protection_rule::{ListEntry, ProtectionRule, ProtectionRuleFilter, RuleList};
use domain::{OrganizationId, OrganizationalUnitId, PolicyId, ProtectionRuleId};
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Select, Set};

use crate::convert::{At, affected};
use crate::dialect::{IN_LIST_MAX, contains, name_key};
use crate::entity::protection_rule;
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_unit_or_above};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};
use crate::{Error, organizational_units};

mod order;

pub use order::{ApplyState, advance, changed, lock, place, set_task};

const TABLE: &str = "protection_rules";

/// Adds a rule at the end of its unit's list ([`place`] puts it elsewhere); violates `protection_rules_name` when another has
/// the name.
pub async fn add(tx: &mut Tx, rule: &ProtectionRule) -> Result<(), Error> {
    let position = order::end(tx, rule.organization_id, rule.unit_id).await?;
    let row = protection_rule::ActiveModel {
        position: Set(position),
        ..row(rule)?
    };
    protection_rule::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    told(tx, rule.organization_id, ChangeKind::Created, rule.id);
    Ok(())
}

/// Writes a rule as a whole when it is still at `expected_version`, else [`Error::Affected`]; violates `protection_rules_name`
/// when another has the name. Its id, organization, unit, place and time of making stay.
pub async fn update(
    tx: &mut Tx,
    rule: &ProtectionRule,
    expected_version: i32,
) -> Result<(), Error> {
    let changed = protection_rule::ActiveModel {
        id: sea_orm::NotSet,
        organization_id: sea_orm::NotSet,
        unit_id: sea_orm::NotSet,
        created_at: sea_orm::NotSet,
        ..row(rule)?
    };
    let done = protection_rule::Entity::update_many()
        .set(changed)
        .filter(protection_rule::Column::Id.eq(rule.id.uuid()))
        .filter(protection_rule::Column::OrganizationId.eq(rule.organization_id.uuid()))
        .filter(protection_rule::Column::Version.eq(expected_version))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    told(tx, rule.organization_id, ChangeKind::Updated, rule.id);
    Ok(())
}

/// Removes a rule.
pub async fn remove(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ProtectionRuleId,
) -> Result<(), Error> {
    let done = protection_rule::Entity::delete_many()
        .filter(protection_rule::Column::Id.eq(id.uuid()))
        .filter(protection_rule::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    told(tx, organization, ChangeKind::Deleted, id);
    Ok(())
}

/// The rule, inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: ProtectionRuleId,
) -> Result<Option<ProtectionRule>, Error> {
    let row = protection_rule::Entity::find_by_id(id.uuid())
        .filter(by_unit_or_above(&scope, TABLE))
        .one(db.db())
        .await?;
    row.map(to_rule).transpose()
}

/// Those of the rules that are inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[ProtectionRuleId],
) -> Result<Vec<ProtectionRule>, Error> {
    let mut rules = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = protection_rule::Entity::find()
            .filter(by_unit_or_above(&scope, TABLE))
            .filter(protection_rule::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            rules.push(to_rule(row)?);
        }
    }
    Ok(rules)
}

/// A page of rules, by name.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &ProtectionRuleFilter,
    page: &PageRequest,
) -> Result<Page<ProtectionRule>, Error> {
    let select = filtered(&scope, filter);
    let order = Order::by(
        "protection_rules.name",
        TABLE,
        "name_key",
        Direction::Ascending,
    );
    let rows = fetch(db, select, &order, page, |row: &protection_rule::Model| {
        (row.name_key.clone().into(), row.id)
    })
    .await?;
    try_map(rows, to_rule)
}

/// How many rules match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &ProtectionRuleFilter,
) -> Result<u64, Error> {
    count_up_to(db, filtered(&scope, filter), TOTAL_COUNT_MAX).await
}

/// The lists of all units in the scope and above it, in the order in which they are tried.
pub async fn order_list(db: &impl Connection, scope: impl InScope) -> Result<RuleList, Error> {
    let organization = scope.organization();
    let root = organizational_units::root(db, organization).await?.id;
    let rows = protection_rule::Entity::find()
        .filter(by_unit_or_above(&scope, TABLE))
        .order_by_asc(protection_rule::Column::Position)
        .order_by_asc(protection_rule::Column::Id)
        .all(db.db())
        .await?;
    let mut entries = Vec::new();
    for row in rows {
        let position = row.position;
        entries.push((position, ListEntry::Rule(to_rule(row)?)));
    }
    let movable = order::movable(db, organization).await?;
    entries.extend([
        (movable.direct, ListEntry::DirectAssignments),
        (movable.child_units, ListEntry::ChildUnits),
    ]);
    entries.sort_by_key(|(position, _)| *position);
    let placed = entries.into_iter().map(|(_, entry)| {
        let unit = match &entry {
            ListEntry::Rule(rule) => rule.unit_id,
            ListEntry::DirectAssignments | ListEntry::ChildUnits => root,
        };
        (unit, entry)
    });
    Ok(RuleList::of(root, placed))
}

/// Gives the rules of a unit to another, behind what that has. Nobody is told: only the unit changes.
pub async fn reassign(
    tx: &mut Tx,
    organization: OrganizationId,
    from: OrganizationalUnitId,
    to: OrganizationalUnitId,
) -> Result<(), Error> {
    let end = order::end(tx, organization, to).await?;
    let first = order::first(tx, organization, from).await?;
    let shift = end.saturating_sub(first);
    protection_rule::Entity::update_many()
        .col_expr(
            protection_rule::Column::UnitId,
            sea_orm::sea_query::Expr::val(to.uuid()),
        )
        .col_expr(
            protection_rule::Column::Position,
            protection_rule::Column::Position.into_expr().add(shift),
        )
        .filter(protection_rule::Column::OrganizationId.eq(organization.uuid()))
        .filter(protection_rule::Column::UnitId.eq(from.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

fn filtered(scope: &impl InScope, filter: &ProtectionRuleFilter) -> SelectStatement {
    use protection_rule::Column;
    let mut select: Select<protection_rule::Entity> =
        protection_rule::Entity::find().filter(by_unit_or_above(scope, TABLE));
    if let Some(ids) = &filter.ids {
        select = select.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(units) = &filter.unit_ids {
        select = select.filter(Column::UnitId.is_in(units.iter().map(|id| id.uuid())));
    }
    if let Some(policies) = &filter.policy_ids {
        select = select.filter(Column::PolicyId.is_in(policies.iter().map(|id| id.uuid())));
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        select = select.filter(contains(Column::NameKey.into_expr(), text));
    }
    if let Some(is_active) = filter.is_active {
        select = select.filter(Column::IsActive.eq(is_active));
    }
    select.into_query()
}

fn told(tx: &mut Tx, organization: OrganizationId, change: ChangeKind, id: ProtectionRuleId) {
    tx.told(organization, Topic::ProtectionRule, change, id);
}

/// Everything but the place.
fn row(rule: &ProtectionRule) -> Result<protection_rule::ActiveModel, Error> {
    let at = At::new(TABLE, rule.id.uuid());
    Ok(protection_rule::ActiveModel {
        id: Set(rule.id.uuid()),
        organization_id: Set(rule.organization_id.uuid()),
        unit_id: Set(rule.unit_id.uuid()),
        name: Set(rule.name.clone()),
        name_key: Set(name_key(&rule.name)),
        condition: Set(at.write("condition", &rule.condition)?),
        policy_id: Set(rule.policy_id.uuid()),
        is_active: Set(rule.is_active),
        position: sea_orm::NotSet,
        version: Set(rule.version),
        created_at: Set(Instant(rule.created_at)),
        updated_at: Set(Instant(rule.updated_at)),
    })
}

fn to_rule(row: protection_rule::Model) -> Result<ProtectionRule, Error> {
    let at = At::new(TABLE, row.id);
    Ok(ProtectionRule {
        id: ProtectionRuleId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        unit_id: OrganizationalUnitId::from_uuid(row.unit_id),
        name: row.name,
        condition: at.read("condition", row.condition)?,
        policy_id: PolicyId::from_uuid(row.policy_id),
        is_active: row.is_active,
        version: row.version,
        created_at: row.created_at.0,
        updated_at: row.updated_at.0,
    })
}
