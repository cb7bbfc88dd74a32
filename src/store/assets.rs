//! Assets: finding them.
//!
//! Not for reading AWS. What an inventory saw is written by `assets/inventory.rs`. Invariant: a list is a range of one of the
//! two indexes (organization, name, id) and (organization, discovery, id), so its cost does not grow with the fleet.

use domain::asset::{Asset, AssetFilter, AssetKind, AssetOrder};
use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::protection_rule::Decision;
use domain::tag::Tags;
use domain::{
    AssetId, AwsAccountKey, OrganizationId, OrganizationalUnitId, PolicyId, ProtectionRuleId,
};
use sea_orm::sea_query::{Cond, Expr, Func, Order as SqlOrder, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Set,
};
use uuid::Uuid;

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::{Backend, IN_LIST_MAX, contains, is_storable, lock_rows};
use crate::entity::{asset, policy};
use crate::page::{Key, Order, count_up_to, fetch, try_map};
use crate::scope::{InScope, by_unit};
use crate::time::timestamp;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

mod inventory;
mod overview;

pub use inventory::{Place, SEEN_AT_ACCURACY_HOURS, Upserted, mark_unseen_deleted, upsert_seen};
#[cfg(test)]
pub(crate) use overview::with_policy_and_last_point;
pub use overview::{AssetRow, LastPoint, PolicySummary, list_with_policy_and_last_point};

const TABLE: &str = "assets";

/// The asset, inside the scope, also when it is gone from AWS.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: AssetId,
) -> Result<Option<Asset>, Error> {
    let row = seen(&scope, id).one(db.db()).await?;
    row.map(to_asset).transpose()
}

/// The asset, inside the scope, held until the transaction ends: for read, decide, write.
pub async fn lock(tx: &Tx, scope: impl InScope, id: AssetId) -> Result<Option<Asset>, Error> {
    let mut select = seen(&scope, id);
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_asset).transpose()
}

/// Those of the assets that are inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[AssetId],
) -> Result<Vec<Asset>, Error> {
    let mut assets = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let rows = asset::Entity::find()
            .filter(by_unit(&scope, TABLE))
            .filter(asset::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        for row in rows {
            assets.push(to_asset(row)?);
        }
    }
    Ok(assets)
}

/// The asset with this id of AWS, inside the scope.
pub async fn find_by_native_id(
    db: &impl Connection,
    scope: impl InScope,
    account: AwsAccountKey,
    region: &str,
    kind: AssetKind,
    native_id: &str,
) -> Result<Option<Asset>, Error> {
    if !is_storable(region) || !is_storable(native_id) {
        return Ok(None);
    }
    let row = asset::Entity::find()
        .filter(by_unit(&scope, TABLE))
        .filter(asset::Column::AwsAccountId.eq(account.uuid()))
        .filter(asset::Column::Region.eq(region))
        .filter(asset::Column::Kind.eq(kind.name()))
        .filter(asset::Column::NativeId.eq(native_id))
        .one(db.db())
        .await?;
    row.map(to_asset).transpose()
}

/// A page of assets.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AssetFilter,
    order: AssetOrder,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Asset>, Error> {
    let select = filtered(asset::Entity::find(), db.backend(), &scope, filter);
    let place = |row: &asset::Model| place(order, row);
    let rows = fetch(db, select, &ordered(order, direction), page, place).await?;
    try_map(rows, to_asset)
}

/// How many assets match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AssetFilter,
) -> Result<u64, Error> {
    let select = filtered(asset::Entity::find(), db.backend(), &scope, filter);
    count_up_to(db, select, TOTAL_COUNT_MAX).await
}

/// Those of the assets that are the organization's, in the order of their ids, held until the transaction ends.
pub async fn lock_many(
    tx: &Tx,
    organization: OrganizationId,
    ids: &[AssetId],
) -> Result<Vec<Asset>, Error> {
    let mut ids: Vec<AssetId> = ids.to_vec();
    ids.sort_unstable();
    let mut assets = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let ids = asset::Column::Id.is_in(chunk.iter().map(|id| id.uuid()));
        assets.extend(lock_where(tx, organization, ids, u64::MAX >> 1).await?);
    }
    Ok(assets)
}

/// The next assets of the organization behind `after`, in the order of their ids, held until the transaction ends.
pub async fn lock_next(
    tx: &Tx,
    organization: OrganizationId,
    after: Option<AssetId>,
    count: u64,
) -> Result<Vec<Asset>, Error> {
    let after = after.map_or_else(Uuid::nil, AssetId::uuid);
    lock_where(tx, organization, asset::Column::Id.gt(after), count).await
}

/// The next assets that match behind `after`, in the order of their ids, held until the transaction ends.
pub async fn lock_matching(
    tx: &Tx,
    scope: impl InScope,
    filter: &AssetFilter,
    after: Option<AssetId>,
    count: u64,
) -> Result<Vec<Asset>, Error> {
    let after = after.map_or_else(Uuid::nil, AssetId::uuid);
    let mut select = filtered(asset::Entity::find(), tx.backend(), &scope, filter);
    select
        .and_where(asset::Column::Id.gt(after))
        .order_by((asset::Entity, asset::Column::Id), SqlOrder::Asc)
        .limit(count);
    lock_rows(&mut select);
    let rows = asset::Model::find_by_statement(tx.db().get_database_backend().build(&select))
        .all(tx.db())
        .await?;
    rows.into_iter().map(to_asset).collect()
}

async fn lock_where(
    tx: &Tx,
    organization: OrganizationId,
    condition: Expr,
    count: u64,
) -> Result<Vec<Asset>, Error> {
    let mut select = asset::Entity::find()
        .filter(asset::Column::OrganizationId.eq(organization.uuid()))
        .filter(condition)
        .order_by_asc(asset::Column::Id)
        .limit(count);
    lock_rows(QuerySelect::query(&mut select));
    let rows = select.all(tx.db()).await?;
    rows.into_iter().map(to_asset).collect()
}

/// Writes down what protects these assets; [`Error::Affected`] unless they and the policy are the organization's own.
pub async fn set_decision(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: &[AssetId],
    decision: Decision,
) -> Result<(), Error> {
    let (policy, rule) = decision.kept();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let mut update = asset::Entity::update_many()
            .set(asset::ActiveModel {
                policy_id: Set(policy.map(PolicyId::uuid)),
                rule_id: Set(rule.map(ProtectionRuleId::uuid)),
                ..Default::default()
            })
            .filter(asset::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .filter(asset::Column::OrganizationId.eq(organization.uuid()));
        if let Some(policy) = policy {
            let own = Query::select()
                .column(policy::Column::OrganizationId)
                .from(policy::Entity)
                .and_where(policy::Column::Id.eq(policy.uuid()))
                .take();
            update = update.filter(asset::Column::OrganizationId.in_subquery(own));
        }
        let done = update.exec(tx.db()).await?;
        affected(u64::try_from(chunk.len()).unwrap_or(0), done.rows_affected)?;
    }
    for id in ids {
        tx.told(organization, Topic::Asset, ChangeKind::Updated, id);
    }
    Ok(())
}

fn seen(scope: &impl InScope, id: AssetId) -> Select<asset::Entity> {
    asset::Entity::find_by_id(id.uuid()).filter(by_unit(scope, TABLE))
}

pub(crate) fn ordered(order: AssetOrder, direction: Direction) -> Order {
    match order {
        AssetOrder::Name => Order::by("assets.name", TABLE, "name_key", direction),
        AssetOrder::DiscoveredAt => {
            Order::by("assets.discovered_at", TABLE, "discovered_at", direction)
        }
    }
}

fn place(order: AssetOrder, row: &asset::Model) -> (Key, Uuid) {
    let key = match order {
        AssetOrder::Name => row.name_key.clone().into(),
        AssetOrder::DiscoveredAt => row.discovered_at.0.into(),
    };
    (key, row.id)
}

pub(crate) fn filtered(
    mut select: Select<asset::Entity>,
    backend: Backend,
    scope: &impl InScope,
    filter: &AssetFilter,
) -> SelectStatement {
    use asset::Column;
    select = select.filter(by_unit(scope, TABLE));
    if let Some(ids) = &filter.ids {
        select = select.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(kinds) = &filter.kinds {
        select = select.filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.name())));
    }
    if let Some(units) = &filter.unit_ids {
        select = select.filter(Column::UnitId.is_in(units.iter().map(|id| id.uuid())));
    }
    if let Some(accounts) = &filter.aws_account_ids {
        select = select.filter(Column::AwsAccountId.is_in(accounts.iter().map(|id| id.uuid())));
    }
    if let Some(regions) = &filter.regions {
        let regions = regions.iter().filter(|region| is_storable(region));
        select = select.filter(Column::Region.is_in(regions));
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        // Ids of AWS are ASCII, so the database's own `lower` knows all their letters.
        let native_id = Func::lower(Column::NativeId.into_expr()).into();
        let either = Cond::any()
            .add(contains(Column::NameKey.into_expr(), text))
            .add(contains(native_id, text));
        select = select.filter(either);
    }
    if let Some(is_protected) = filter.is_protected {
        select = select.filter(if is_protected {
            Column::PolicyId.is_not_null()
        } else {
            Column::PolicyId.is_null()
        });
    }
    if let Some(policies) = &filter.policy_ids {
        select = select.filter(Column::PolicyId.is_in(policies.iter().map(|id| id.uuid())));
    }
    if let Some(rules) = &filter.rule_ids {
        select = select.filter(Column::RuleId.is_in(rules.iter().map(|id| id.uuid())));
    }
    if !filter.include_deleted {
        select = select.filter(Column::DeletedAt.is_null());
    }
    if let Some((key, value)) = &filter.tag {
        select = select.filter(backend.has_pair(TABLE, "tags", key, value.as_deref()));
    }
    if let Some(compliance) = &filter.compliance {
        select = select.filter(crate::compliance::stands(compliance));
    }
    select.into_query()
}

fn to_asset(row: asset::Model) -> Result<Asset, Error> {
    let at = At::new(TABLE, row.id);
    Ok(Asset {
        id: AssetId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        unit_id: OrganizationalUnitId::from_uuid(row.unit_id),
        aws_account_id: AwsAccountKey::from_uuid(row.aws_account_id),
        region: row.region,
        kind: at.known("kind", AssetKind::from_name(&row.kind))?,
        native_id: row.native_id,
        arn: row.arn,
        name: row.name,
        tags: at.read::<Tags>("tags", row.tags)?,
        details: at.read("details", row.details)?,
        policy_id: row.policy_id.map(PolicyId::from_uuid),
        rule_id: row.rule_id.map(ProtectionRuleId::from_uuid),
        discovered_at: row.discovered_at.0,
        seen_at: row.seen_at.0,
        deleted_at: timestamp(row.deleted_at),
    })
}
