//! The newest signed head of each repository, and the doubts about it.
//!
//! Not for what a head says (`domain::vault_head`) nor for the points in it, which lie beside the repository. Invariant: the number of
//! a head only grows, and a doubt stays until two people have released it.

use domain::audit::chain::Hash;
use domain::vault_head::{StoredHead, VaultHead};
use domain::{ApprovalRequestId, OrganizationId, RepositoryId};
use sea_orm::sea_query::{ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

use crate::Error;
use crate::convert::{At, affected};
use crate::entity::vault_head::{ActiveModel, Column, Entity, Model};
use crate::entity::vault_head_cursor;
use crate::time::{Instant, timestamp};
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

const TABLE: &str = "vault_heads";

/// The newest head of the repository that the database knows.
pub async fn lookup(
    db: &impl Connection,
    organization: OrganizationId,
    repository: RepositoryId,
) -> Result<Option<StoredHead>, Error> {
    let row = Entity::find_by_id(repository.uuid())
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .one(db.db())
        .await?;
    row.map(to_head).transpose()
}

/// The heads of the organization that are doubted and that nobody released yet, by repository.
pub async fn doubted(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Vec<StoredHead>, Error> {
    let rows = Entity::find()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::DoubtedAt.is_not_null())
        .filter(Column::ReleasedBy.is_null())
        .order_by_asc(Column::RepositoryId)
        .all(db.db())
        .await?;
    rows.into_iter().map(to_head).collect()
}

/// Writes a head over an older one and ends the doubt about that; one that another replica wrote meanwhile stays.
pub async fn set(tx: &mut Tx, head: &VaultHead, note: &str) -> Result<(), Error> {
    let at = At::new(TABLE, head.repository_id.uuid());
    let row = ActiveModel {
        repository_id: Set(head.repository_id.uuid()),
        organization_id: Set(head.organization_id.uuid()),
        number: Set(at.bigint("number", head.number)?),
        hash: Set(head.hash().to_string()),
        note: Set(note.to_owned()),
        made_at: Set(Instant(head.made_at)),
        doubt: Set(None),
        doubted_at: Set(None),
        released_by: Set(None),
    };
    let replace = OnConflict::column(Column::RepositoryId)
        .update_columns([
            Column::Number,
            Column::Hash,
            Column::Note,
            Column::MadeAt,
            Column::Doubt,
            Column::DoubtedAt,
            Column::ReleasedBy,
        ])
        .action_and_where(Column::Number.lt(at.bigint("number", head.number)?))
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Writes down why the head of the repository is not trusted; what was doubted first stays.
pub async fn doubt(
    tx: &mut Tx,
    (organization, repository): (OrganizationId, RepositoryId),
    why: &str,
) -> Result<(), Error> {
    let now = Instant(tx.now());
    let row = ActiveModel {
        repository_id: Set(repository.uuid()),
        organization_id: Set(organization.uuid()),
        number: Set(0),
        hash: Set(Hash::START.to_string()),
        note: Set(String::new()),
        made_at: Set(now),
        doubt: Set(Some(why.to_owned())),
        doubted_at: Set(Some(now)),
        released_by: Set(None),
    };
    let mark = OnConflict::column(Column::RepositoryId)
        .update_columns([Column::Doubt, Column::DoubtedAt, Column::ReleasedBy])
        .action_and_where(
            Column::DoubtedAt
                .is_null()
                .or(Column::ReleasedBy.is_not_null()),
        )
        .to_owned();
    Entity::insert(row)
        .on_conflict(mark)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Says by which decision of two people the doubt about the repository ends; the next head is founded on the rows as they are.
pub async fn release(
    tx: &mut Tx,
    (organization, repository): (OrganizationId, RepositoryId),
    by: ApprovalRequestId,
) -> Result<(), Error> {
    let done = Entity::update_many()
        .set(ActiveModel {
            released_by: Set(Some(by.uuid())),
            ..Default::default()
        })
        .filter(Column::RepositoryId.eq(repository.uuid()))
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .filter(Column::DoubtedAt.is_not_null())
        .exec(tx.db())
        .await?;
    affected(1, done.rows_affected)
}

/// Up to which event the changes of points have reached the heads; none before the first look.
pub async fn system_cursor(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<Option<i64>, Error> {
    let row = vault_head_cursor::Entity::find_by_id(organization.uuid())
        .one(db.db())
        .await?;
    Ok(row.map(|row| row.sequence))
}

/// Says that the heads have all changes up to this event.
pub async fn system_follow(
    tx: &mut Tx,
    organization: OrganizationId,
    sequence: i64,
) -> Result<(), Error> {
    use vault_head_cursor::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        organization_id: Set(organization.uuid()),
        sequence: Set(sequence),
    };
    let replace = OnConflict::column(Column::OrganizationId)
        .update_column(Column::Sequence)
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Forgets every head of the organization, as if none had been made: for tests that make points older than they are.
///
/// # Panics
/// When the database does not do it.
#[cfg(any(test, feature = "testing"))]
#[expect(clippy::expect_used, reason = "a test cannot go on without it")]
pub async fn forget_all(tx: &mut Tx, organization: OrganizationId) {
    let done = Entity::delete_many()
        .filter(Column::OrganizationId.eq(organization.uuid()))
        .exec(tx.db())
        .await;
    done.expect("a statement");
}

fn to_head(row: Model) -> Result<StoredHead, Error> {
    let at = At::new(TABLE, row.repository_id);
    Ok(StoredHead {
        repository_id: RepositoryId::from_uuid(row.repository_id),
        organization_id: OrganizationId::from_uuid(row.organization_id),
        number: at.size("number", row.number)?,
        hash: at.known("hash", row.hash.parse().ok())?,
        note: row.note,
        doubt: row.doubt,
        doubted_at: timestamp(row.doubted_at),
        released_by: row.released_by.map(ApprovalRequestId::from_uuid),
    })
}
