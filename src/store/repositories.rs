//! Vault repositories, and which asset's copies lie in which.
//!
//! Not for what lies inside (`vault`). Invariant: an asset is bound to one repository for good; the first binding wins.

use domain::asset::AssetKind;
use domain::repository::VaultRepository;
use domain::{AssetId, AwsAccountKey, OrganizationId, RepositoryId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::dialect::{is_storable, lock_rows};
use crate::entity::{repository, repository_asset};
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "repositories";

/// Adds a repository; violates `repositories_aws_account_id_region_asset_kind_shard` or `repositories_id` when another task
/// was faster.
pub async fn add(tx: &mut Tx, repository: &VaultRepository) -> Result<(), Error> {
    let at = At::new(TABLE, repository.id.uuid());
    let row = repository::ActiveModel {
        id: Set(repository.id.uuid()),
        organization_id: Set(repository.organization_id.uuid()),
        aws_account_id: Set(repository.aws_account_id.uuid()),
        region: Set(repository.region.clone()),
        asset_kind: Set(repository.asset_kind.name().to_owned()),
        shard: Set(repository.shard),
        location: Set(repository.location.clone()),
        wrapped_key: Set(repository.wrapped_key.clone()),
        stored_bytes: Set(at.bigint("stored_bytes", repository.stored_bytes)?),
        created_at: Set(Instant(repository.created_at)),
    };
    repository::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The repository, in this organization.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    id: RepositoryId,
) -> Result<Option<VaultRepository>, Error> {
    let row = repository::Entity::find_by_id(id.uuid())
        .filter(repository::Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_repository).transpose()
}

/// The shards that hold assets of this account, region and kind, oldest first.
pub async fn find_for(
    db: &impl Connection,
    organization: OrganizationId,
    account: AwsAccountKey,
    region: &str,
    kind: AssetKind,
) -> Result<Vec<VaultRepository>, Error> {
    if !is_storable(region) {
        return Ok(Vec::new());
    }
    let rows = repository::Entity::find()
        .filter(repository::Column::OrganizationId.eq(organization.uuid()))
        .filter(repository::Column::AwsAccountId.eq(account.uuid()))
        .filter(repository::Column::Region.eq(region))
        .filter(repository::Column::AssetKind.eq(kind.name()))
        .order_by_asc(repository::Column::Shard)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_repository).collect()
}

/// All repositories of the organization, oldest first.
pub async fn list(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<VaultRepository>, Error> {
    let rows = repository::Entity::find()
        .filter(repository::Column::OrganizationId.eq(organization.uuid()))
        .order_by_asc(repository::Column::CreatedAt)
        .order_by_asc(repository::Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_repository).collect()
}

/// All repositories of all organizations, oldest first; for duties.
pub async fn system_list(db: &impl Connection) -> Result<Vec<VaultRepository>, Error> {
    let rows = repository::Entity::find()
        .order_by_asc(repository::Column::CreatedAt)
        .order_by_asc(repository::Column::Id)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_repository).collect()
}

/// The repository that the asset is bound to.
pub async fn of_asset(
    db: &impl Connection,
    organization: OrganizationId,
    asset: AssetId,
) -> Result<Option<VaultRepository>, Error> {
    let bound = Query::select()
        .column(repository_asset::Column::RepositoryId)
        .from(repository_asset::Entity)
        .and_where(repository_asset::Column::AssetId.eq(asset.uuid()))
        .and_where(repository_asset::Column::OrganizationId.eq(organization.uuid()))
        .take();
    let row = repository::Entity::find()
        .filter(repository::Column::OrganizationId.eq(organization.uuid()))
        .filter(repository::Column::Id.in_subquery(bound))
        .one(db.db())
        .await?;
    row.map(to_repository).transpose()
}

/// Binds the asset to the repository unless it is bound already; answers the one it is bound to now.
pub async fn bind_asset(
    tx: &mut Tx,
    organization: OrganizationId,
    asset: AssetId,
    repository: RepositoryId,
) -> Result<RepositoryId, Error> {
    let row = repository_asset::ActiveModel {
        asset_id: Set(asset.uuid()),
        organization_id: Set(organization.uuid()),
        repository_id: Set(repository.uuid()),
        bound_at: Set(Instant(tx.now())),
    };
    let keep = OnConflict::column(repository_asset::Column::AssetId)
        .do_nothing()
        .to_owned();
    repository_asset::Entity::insert(row)
        .on_conflict(keep)
        .exec_without_returning(tx.db())
        .await?;
    let bound = of_asset(tx, organization, asset).await?;
    bound
        .map(|bound| bound.id)
        .ok_or_else(|| Error::inconsistent("repository_assets", asset, "repository_id"))
}

/// Lets the asset be bound anew; what it has in the repository stays there.
pub async fn unbind_asset(
    tx: &mut Tx,
    organization: OrganizationId,
    asset: AssetId,
    repository: RepositoryId,
) -> Result<(), Error> {
    repository_asset::Entity::delete_many()
        .filter(repository_asset::Column::AssetId.eq(asset.uuid()))
        .filter(repository_asset::Column::OrganizationId.eq(organization.uuid()))
        .filter(repository_asset::Column::RepositoryId.eq(repository.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Sets how many bytes the repository holds.
pub async fn set_stored_bytes(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RepositoryId,
    bytes: u64,
) -> Result<(), Error> {
    let bytes = At::new(TABLE, id.uuid()).bigint("stored_bytes", bytes)?;
    let done = repository::Entity::update_many()
        .set(repository::ActiveModel {
            stored_bytes: Set(bytes),
            ..Default::default()
        })
        .filter(repository::Column::Id.eq(id.uuid()))
        .filter(repository::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// Adds to how many bytes the repository holds; sums of backups that end together are not lost.
pub async fn add_stored_bytes(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RepositoryId,
    bytes: u64,
) -> Result<(), Error> {
    let bytes = At::new(TABLE, id.uuid()).bigint("stored_bytes", bytes)?;
    let done = repository::Entity::update_many()
        .col_expr(
            repository::Column::StoredBytes,
            Expr::col(repository::Column::StoredBytes).add(bytes),
        )
        .filter(repository::Column::Id.eq(id.uuid()))
        .filter(repository::Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// The repository, in this organization, held until the transaction ends: for read, decide, write.
pub async fn lock(
    tx: &Tx,
    organization: OrganizationId,
    id: RepositoryId,
) -> Result<Option<VaultRepository>, Error> {
    let mut select = repository::Entity::find_by_id(id.uuid())
        .filter(repository::Column::OrganizationId.eq(organization.uuid()));
    lock_rows(QuerySelect::query(&mut select));
    let row = select.one(tx.db()).await?;
    row.map(to_repository).transpose()
}

fn to_repository(row: repository::Model) -> Result<VaultRepository, Error> {
    let at = At::new(TABLE, row.id);
    Ok(VaultRepository {
        id: RepositoryId::from_uuid(row.id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        aws_account_id: AwsAccountKey::from_uuid(row.aws_account_id),
        region: row.region,
        asset_kind: at.known("asset_kind", AssetKind::from_name(&row.asset_kind))?,
        shard: row.shard,
        location: row.location,
        wrapped_key: row.wrapped_key,
        stored_bytes: at.size("stored_bytes", row.stored_bytes)?,
        created_at: row.created_at.0,
    })
}
