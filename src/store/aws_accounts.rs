//! Linked AWS accounts and their regions.
//!
//! Not for reaching them (`aws`). Invariant: an account is written with its regions, one version on, and only one change of
//! a version is ever written. What checks find (states of regions) is no change of the link and moves no version.

use std::collections::BTreeMap;

use domain::asset::AssetKind;
use domain::aws_account::{AwsAccount, AwsAccountFilter, AwsAccountRegion, AwsAccountStatus};
use domain::event::{ChangeKind, Topic};
use domain::limits::TOTAL_COUNT_MAX;
use domain::page::{Direction, Page, PageRequest};
use domain::{AwsAccountKey, OrganizationId, OrganizationalUnitId};
use jiff::Timestamp;
use sea_orm::sea_query::{Cond, OnConflict, SelectStatement};
use sea_orm::{
    ColumnTrait, EntityTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Set,
};
use uuid::Uuid;

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::{IN_LIST_MAX, contains, lock_rows, name_key};
use crate::entity::{asset, aws_account, aws_account_region};
use crate::page::{Order, count_up_to, fetch};
use crate::scope::{InScope, by_unit};
use crate::time::{Instant, optional, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "aws_accounts";

/// Adds an account with its regions; violates `aws_accounts_account_id` when the organization has linked it already.
pub async fn add(tx: &mut Tx, account: &AwsAccount) -> Result<(), Error> {
    aws_account::Entity::insert(row(account)?)
        .exec_without_returning(tx.db())
        .await?;
    put_regions(tx, account).await?;
    tx.told(
        account.organization_id,
        Topic::AwsAccount,
        ChangeKind::Created,
        account.id,
    );
    Ok(())
}

/// The account, inside the scope.
pub async fn lookup(
    db: &impl Connection,
    scope: impl InScope,
    id: AwsAccountKey,
) -> Result<Option<AwsAccount>, Error> {
    let row = seen(&scope, id).one(db.db()).await?;
    one(db, row).await
}

/// The account, inside the scope, held until the transaction ends: for read, decide, write.
pub async fn lock(
    tx: &Tx,
    scope: impl InScope,
    id: AwsAccountKey,
) -> Result<Option<AwsAccount>, Error> {
    let mut select = seen(&scope, id);
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    one(tx, row).await
}

/// The organization's account with this AWS number, linked or no longer, held until the transaction ends.
pub async fn lock_number(
    tx: &Tx,
    organization: OrganizationId,
    account_id: &str,
) -> Result<Option<AwsAccount>, Error> {
    let mut select = aws_account::Entity::find()
        .filter(aws_account::Column::OrganizationId.eq(organization.uuid()))
        .filter(aws_account::Column::AccountId.eq(account_id));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    one(tx, row).await
}

/// Those of the accounts that are inside the scope, in no particular order.
pub async fn lookup_many(
    db: &impl Connection,
    scope: impl InScope,
    ids: &[AwsAccountKey],
) -> Result<Vec<AwsAccount>, Error> {
    let mut rows = Vec::new();
    for chunk in ids.chunks(IN_LIST_MAX) {
        let found = aws_account::Entity::find()
            .filter(by_unit(&scope, TABLE))
            .filter(aws_account::Column::Id.is_in(chunk.iter().map(|id| id.uuid())))
            .all(db.db())
            .await?;
        rows.extend(found);
    }
    with_regions(db, rows).await
}

/// A page of accounts, by name.
pub async fn list(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AwsAccountFilter,
    page: &PageRequest,
) -> Result<Page<AwsAccount>, Error> {
    let order = Order::by("aws_accounts.name", TABLE, "name_key", Direction::Ascending);
    let select = filtered(&scope, filter);
    let page = fetch(db, select, &order, page, |row: &aws_account::Model| {
        (row.name_key.clone().into(), row.id)
    })
    .await?;
    let (cursors, rows): (Vec<String>, Vec<aws_account::Model>) = page.items.into_iter().unzip();
    let accounts = with_regions(db, rows).await?;
    Ok(Page {
        items: cursors.into_iter().zip(accounts).collect(),
        has_previous: page.has_previous,
        has_next: page.has_next,
    })
}

/// How many accounts match, counted up to [`TOTAL_COUNT_MAX`].
pub async fn count(
    db: &impl Connection,
    scope: impl InScope,
    filter: &AwsAccountFilter,
) -> Result<u64, Error> {
    count_up_to(db, filtered(&scope, filter), TOTAL_COUNT_MAX).await
}

/// The accounts of all organizations that are linked and not unlinked, oldest first; for duties.
pub async fn system_list_connected(db: &impl Connection) -> Result<Vec<AwsAccount>, Error> {
    let rows = aws_account::Entity::find()
        .filter(aws_account::Column::Status.ne(AwsAccountStatus::Disconnected.name()))
        .order_by_asc(aws_account::Column::CreatedAt)
        .order_by_asc(aws_account::Column::Id)
        .all(db.db())
        .await?;
    with_regions(db, rows).await
}

/// Writes the account and its regions as a whole when it is still at `expected_version`, else [`Error::Affected`]. Its id,
/// organization, unit, number and time of making stay.
pub async fn update(tx: &mut Tx, account: &AwsAccount, expected_version: i32) -> Result<(), Error> {
    let changed = aws_account::ActiveModel {
        id: NotSet,
        organization_id: NotSet,
        unit_id: NotSet,
        account_id: NotSet,
        created_at: NotSet,
        ..row(account)?
    };
    let done = aws_account::Entity::update_many()
        .set(changed)
        .filter(by_id(account.organization_id, account.id))
        .filter(aws_account::Column::Version.eq(expected_version))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    let kept = account.regions.iter().map(|region| region.region.as_str());
    aws_account_region::Entity::delete_many()
        .filter(aws_account_region::Column::AwsAccountId.eq(account.id.uuid()))
        .filter(aws_account_region::Column::Region.is_not_in(kept))
        .exec(tx.db())
        .await?;
    put_regions(tx, account).await?;
    tx.told(
        account.organization_id,
        Topic::AwsAccount,
        ChangeKind::Updated,
        account.id,
    );
    Ok(())
}

/// Puts an account and its assets into a unit, and tells every session, because what they see changes.
pub async fn set_unit(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AwsAccountKey,
    unit: OrganizationalUnitId,
) -> Result<(), Error> {
    let done = aws_account::Entity::update_many()
        .set(aws_account::ActiveModel {
            unit_id: Set(unit.uuid()),
            ..Default::default()
        })
        .filter(by_id(organization, id))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)?;
    asset::Entity::update_many()
        .set(asset::ActiveModel {
            unit_id: Set(unit.uuid()),
            ..Default::default()
        })
        .filter(asset::Column::OrganizationId.eq(organization.uuid()))
        .filter(asset::Column::AwsAccountId.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    tx.told(
        organization,
        Topic::Session,
        ChangeKind::Updated,
        organization,
    );
    Ok(())
}

/// Sets whether the account can be used; an unlinked one stays unlinked.
pub async fn set_status(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AwsAccountKey,
    status: AwsAccountStatus,
) -> Result<(), Error> {
    let done = aws_account::Entity::update_many()
        .set(aws_account::ActiveModel {
            status: Set(status.name().to_owned()),
            ..Default::default()
        })
        .filter(by_id(organization, id))
        .filter(
            aws_account::Column::Status
                .is_not_in([AwsAccountStatus::Disconnected.name(), status.name()]),
        )
        .exec(tx.db())
        .await?;
    if done.rows_affected > 0 {
        tx.told(organization, Topic::AwsAccount, ChangeKind::Updated, id);
    }
    Ok(())
}

/// Sets whether a region can be used and what it lacks; nothing when the region is no longer looked after.
pub async fn set_region_state(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AwsAccountKey,
    region: &str,
    status: AwsAccountStatus,
    missing_permissions: &[String],
) -> Result<(), Error> {
    let missing = At::new("aws_account_regions", id.uuid())
        .write("missing_permissions", &missing_permissions)?;
    let changed = aws_account_region::ActiveModel {
        status: Set(status.name().to_owned()),
        missing_permissions: Set(missing),
        ..Default::default()
    };
    write_region(tx, organization, id, region, changed).await
}

/// Remembers when the region's inventory was read to the end; nothing when the region is no longer looked after.
pub async fn set_inventoried(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AwsAccountKey,
    region: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let changed = aws_account_region::ActiveModel {
        inventoried_at: Set(Some(Instant(at))),
        ..Default::default()
    };
    write_region(tx, organization, id, region, changed).await
}

async fn write_region(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AwsAccountKey,
    region: &str,
    changed: aws_account_region::ActiveModel,
) -> Result<(), Error> {
    let done = aws_account_region::Entity::update_many()
        .set(changed)
        .filter(aws_account_region::Column::AwsAccountId.eq(id.uuid()))
        .filter(aws_account_region::Column::OrganizationId.eq(organization.uuid()))
        .filter(aws_account_region::Column::Region.eq(region))
        .exec(tx.db())
        .await?;
    if done.rows_affected > 0 {
        tx.told(organization, Topic::AwsAccount, ChangeKind::Updated, id);
    }
    Ok(())
}

async fn put_regions(tx: &Tx, account: &AwsAccount) -> Result<(), Error> {
    use aws_account_region::Column;
    if account.regions.is_empty() {
        return Ok(());
    }
    let rows: Vec<aws_account_region::ActiveModel> = account
        .regions
        .iter()
        .map(|region| region_row(account, region))
        .collect::<Result<_, _>>()?;
    let update = OnConflict::columns([Column::AwsAccountId, Column::Region])
        .update_columns([
            Column::AssetKinds,
            Column::Status,
            Column::MissingPermissions,
            Column::InventoriedAt,
        ])
        .to_owned();
    aws_account_region::Entity::insert_many(rows)
        .on_conflict(update)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

fn by_id(organization: OrganizationId, id: AwsAccountKey) -> Cond {
    Cond::all()
        .add(aws_account::Column::Id.eq(id.uuid()))
        .add(aws_account::Column::OrganizationId.eq(organization.uuid()))
}

fn seen(scope: &impl InScope, id: AwsAccountKey) -> Select<aws_account::Entity> {
    aws_account::Entity::find_by_id(id.uuid()).filter(by_unit(scope, TABLE))
}

fn filtered(scope: &impl InScope, filter: &AwsAccountFilter) -> SelectStatement {
    use aws_account::Column;
    let mut select = aws_account::Entity::find().filter(by_unit(scope, TABLE));
    if let Some(ids) = &filter.ids {
        select = select.filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
    }
    if let Some(statuses) = &filter.statuses {
        select = select.filter(Column::Status.is_in(statuses.iter().map(|status| status.name())));
    }
    if let Some(text) = filter.text.as_deref().filter(|text| !text.is_empty()) {
        let either = Cond::any()
            .add(contains(Column::NameKey.into_expr(), text))
            .add(contains(Column::AccountId.into_expr(), text));
        select = select.filter(either);
    }
    select.into_query()
}

async fn one(
    db: &impl Connection,
    row: Option<aws_account::Model>,
) -> Result<Option<AwsAccount>, Error> {
    let accounts = with_regions(db, row.into_iter().collect()).await?;
    Ok(accounts.into_iter().next())
}

/// The accounts of the rows, in their order, with the regions of all of them read at once.
async fn with_regions(
    db: &impl Connection,
    rows: Vec<aws_account::Model>,
) -> Result<Vec<AwsAccount>, Error> {
    let mut regions: BTreeMap<Uuid, Vec<AwsAccountRegion>> = BTreeMap::new();
    for chunk in rows.chunks(IN_LIST_MAX) {
        let found = aws_account_region::Entity::find()
            .filter(aws_account_region::Column::AwsAccountId.is_in(chunk.iter().map(|row| row.id)))
            .order_by_asc(aws_account_region::Column::Region)
            .all(db.db())
            .await?;
        for row in found {
            regions
                .entry(row.aws_account_id)
                .or_default()
                .push(to_region(row)?);
        }
    }
    rows.into_iter()
        .map(|row| {
            let regions = regions.remove(&row.id).unwrap_or_default();
            to_account(row, regions)
        })
        .collect()
}

fn row(account: &AwsAccount) -> Result<aws_account::ActiveModel, Error> {
    let at = At::new(TABLE, account.id.uuid());
    Ok(aws_account::ActiveModel {
        id: Set(account.id.uuid()),
        organization_id: Set(account.organization_id.uuid()),
        unit_id: Set(account.unit_id.uuid()),
        account_id: Set(account.account_id.clone()),
        name: Set(account.name.clone()),
        name_key: Set(name_key(&account.name)),
        access: Set(at.write("access", &account.access)?),
        status: Set(account.status.name().to_owned()),
        version: Set(account.version),
        created_at: Set(Instant(account.created_at)),
    })
}

fn region_row(
    account: &AwsAccount,
    region: &AwsAccountRegion,
) -> Result<aws_account_region::ActiveModel, Error> {
    let at = At::new("aws_account_regions", account.id.uuid());
    Ok(aws_account_region::ActiveModel {
        aws_account_id: Set(account.id.uuid()),
        region: Set(region.region.clone()),
        organization_id: Set(account.organization_id.uuid()),
        asset_kinds: Set(at.write("asset_kinds", &region.asset_kinds)?),
        status: Set(region.status.name().to_owned()),
        missing_permissions: Set(at.write("missing_permissions", &region.missing_permissions)?),
        inventoried_at: Set(optional(region.inventoried_at)),
    })
}

fn to_account(
    row: aws_account::Model,
    regions: Vec<AwsAccountRegion>,
) -> Result<AwsAccount, Error> {
    let at = At::new(TABLE, row.id);
    Ok(AwsAccount {
        id: AwsAccountKey::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        unit_id: OrganizationalUnitId::from_uuid(row.unit_id),
        account_id: row.account_id,
        name: row.name,
        access: at.read("access", row.access)?,
        status: at.known("status", AwsAccountStatus::from_name(&row.status))?,
        regions,
        version: row.version,
        created_at: row.created_at.0,
    })
}

fn to_region(row: aws_account_region::Model) -> Result<AwsAccountRegion, Error> {
    let at = At::new("aws_account_regions", row.aws_account_id);
    Ok(AwsAccountRegion {
        region: row.region,
        asset_kinds: at.read::<Vec<AssetKind>>("asset_kinds", row.asset_kinds)?,
        status: at.known("status", AwsAccountStatus::from_name(&row.status))?,
        missing_permissions: at.read("missing_permissions", row.missing_permissions)?,
        inventoried_at: timestamp(row.inventoried_at),
    })
}
