//! Policies.
//!
//! Not for which assets have them (`assignments.rs`). Invariant: a change names the version it was made from, and only one
//! change of a version is ever written. A unit sees the policies of the units above it, so a finder is no proof that the
//! policy lies inside of the scope: writers ask for the right at the policy's own unit.

use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::policy::{Policy, PolicyFilter};
use domain::{OrganizationId, OrganizationalUnitId, PolicyId};
use jiff::Timestamp;
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::{IN_LIST_MAX, contains, is_storable, lock_rows, name_key};
use crate::entity::policy;
use crate::page::{Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_unit_or_above};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "policies";

/// Adds a policy; violates `policies_name` when another has the name.
pub async fn add(tx: &mut Tx, policy: &Policy) -> Result<(), Error> {
    policy::Entity::insert(row(policy)?)
        .exec_without_returning(tx.db())
        .await?;
    tx.told(
        policy.organization_id,
        Topic::Policy,
        ChangeKind::Created,
        policy.id,
    );
    Ok(())
}

/// The policy, inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: PolicyId,
) -> Result<Option<Policy>, Error> {
    let row = seen(&scope, id).one(db.db()).await?;
    row.map(to_policy).transpose()
}

/// The policy, inside the scope, held until the transaction ends: for read, decide, write.
pub async fn lock(tx: &Tx, scope: impl InScope, id: PolicyId) -> Result<Option<Policy>, Error> {
    let mut select = seen(&scope, id);
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_policy).transpose()
}

/// Those of the policies that are inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[PolicyId],
) -> Result<Vec<Policy>, Error> {
    let mut policies = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = policy::Entity::find()
            .filter(by_unit_or_above(&scope, TABLE))
            .filter(policy::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            policies.push(to_policy(row)?);
        }
    }
    Ok(policies)
}

/// All policies of all organizations, in no particular order; for duties.
pub async fn system_list(db: &impl Connection) -> Result<Vec<Policy>, Error> {
    let rows = policy::Entity::find().all(db.db()).await?;
    rows.into_iter().map(to_policy).collect()
}

/// The policy of exactly this name, inside the scope.
pub async fn find_by_name(
    db: &impl Connection,
    scope: impl InScope,
    name: &str,
) -> Result<Option<Policy>, Error> {
    if !is_storable(name) {
        return Ok(None);
    }
    let row = policy::Entity::find()
        .filter(by_unit_or_above(&scope, TABLE))
        .filter(policy::Column::Name.eq(name))
        .one(db.db())
        .await?;
    row.map(to_policy).transpose()
}

/// A page of policies, by name.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &PolicyFilter,
    page: &PageRequest,
) -> Result<Page<Policy>, Error> {
    let select = filtered(&scope, filter);
    let order = Order::by("policies.name", TABLE, "name_key", Direction::Ascending);
    let rows = fetch(db, select, &order, page, |row: &policy::Model| {
        (row.name_key.clone().into(), row.id)
    })
    .await?;
    try_map(rows, to_policy)
}

/// How many policies match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &PolicyFilter,
) -> Result<u64, Error> {
    count_up_to(db, filtered(&scope, filter), TOTAL_COUNT_MAX).await
}

/// Writes the policy as a whole when it is still at `expected_version`, else [`Error::Affected`]; violates `policies_name`
/// when another has the name. Its id, organization, unit and time of making stay.
pub async fn update(tx: &mut Tx, policy: &Policy, expected_version: i32) -> Result<(), Error> {
    let changed = policy::ActiveModel {
        id: sea_orm::NotSet,
        organization_id: sea_orm::NotSet,
        unit_id: sea_orm::NotSet,
        created_at: sea_orm::NotSet,
        ..row(policy)?
    };
    let done = policy::Entity::update_many()
        .set(changed)
        .filter(policy::Column::Id.eq(policy.id.uuid()))
        .filter(policy::Column::OrganizationId.eq(policy.organization_id.uuid()))
        .filter(policy::Column::Version.eq(expected_version))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(
        policy.organization_id,
        Topic::Policy,
        ChangeKind::Updated,
        policy.id,
    );
    Ok(())
}

/// Stops or resumes a policy, one version on.
pub async fn set_active(
    tx: &mut Tx,
    organization: OrganizationId,
    id: PolicyId,
    is_active: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let done = policy::Entity::update_many()
        .set(policy::ActiveModel {
            is_active: Set(is_active),
            updated_at: Set(Instant(now)),
            ..Default::default()
        })
        .col_expr(
            policy::Column::Version,
            sea_orm::sea_query::Expr::col(policy::Column::Version).add(1),
        )
        .filter(policy::Column::Id.eq(id.uuid()))
        .filter(policy::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(organization, Topic::Policy, ChangeKind::Updated, id);
    Ok(())
}

/// Removes a policy; violates [`crate::error::FOREIGN_KEY`] while an asset or a schedule has it.
pub async fn remove(tx: &mut Tx, organization: OrganizationId, id: PolicyId) -> Result<(), Error> {
    let done = policy::Entity::delete_many()
        .filter(policy::Column::Id.eq(id.uuid()))
        .filter(policy::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    tx.told(organization, Topic::Policy, ChangeKind::Deleted, id);
    Ok(())
}

fn seen(scope: &impl InScope, id: PolicyId) -> Select<policy::Entity> {
    policy::Entity::find_by_id(id.uuid()).filter(by_unit_or_above(scope, TABLE))
}

fn filtered(scope: &impl InScope, filter: &PolicyFilter) -> SelectStatement {
    let mut select = policy::Entity::find().filter(by_unit_or_above(scope, TABLE));
    if let Some(ids) = &filter.ids {
        select = select.filter(policy::Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let column = policy::Column::NameKey.into_expr();
        select = select.filter(contains(column, text));
    }
    if let Some(is_active) = filter.is_active {
        select = select.filter(policy::Column::IsActive.eq(is_active));
    }
    select.into_query()
}

fn row(policy: &Policy) -> Result<policy::ActiveModel, Error> {
    let at = At::new(TABLE, policy.id.uuid());
    Ok(policy::ActiveModel {
        id: Set(policy.id.uuid()),
        organization_id: Set(policy.organization_id.uuid()),
        unit_id: Set(policy.unit_id.uuid()),
        name: Set(policy.name.clone()),
        name_key: Set(name_key(&policy.name)),
        description: Set(policy.description.clone()),
        is_active: Set(policy.is_active),
        operations: Set(at.write("operations", &policy.operations)?),
        version: Set(policy.version),
        created_at: Set(Instant(policy.created_at)),
        updated_at: Set(Instant(policy.updated_at)),
    })
}

fn to_policy(row: policy::Model) -> Result<Policy, Error> {
    let at = At::new(TABLE, row.id);
    Ok(Policy {
        id: PolicyId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        unit_id: OrganizationalUnitId::from_uuid(row.unit_id),
        name: row.name,
        description: row.description,
        is_active: row.is_active,
        operations: at.read("operations", row.operations)?,
        version: row.version,
        created_at: row.created_at.0,
        updated_at: row.updated_at.0,
    })
}
