//! Refused sign-ins that wait for the audit log.
//!
//! Not for whom they concern. Invariant: each is taken by one transaction, which records it or leaves it where it is.

use domain::AuditEventId;
use domain::refused_sign_in::RefusedSignIn;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect, Set};

use crate::Error;
use crate::dialect::lock_rows;
use crate::entity::refused_sign_in;
use crate::time::Instant;
use crate::tx::Tx;
use crate::tx::sealed::Raw;

/// Keeps one.
pub async fn add(tx: &mut Tx, new: &RefusedSignIn) -> Result<(), Error> {
    let row = refused_sign_in::ActiveModel {
        id: Set(new.id.uuid()),
        email: Set(new.email.clone()),
        password_is_right: Set(new.password_is_right),
        address: Set(new.address.clone()),
        request_id: Set(new.request_id.clone()),
        occurred_at: Set(Instant(new.occurred_at)),
    };
    refused_sign_in::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// Takes the oldest `count` away, over all organizations, for this transaction to record.
pub async fn system_take(tx: &mut Tx, count: u64) -> Result<Vec<RefusedSignIn>, Error> {
    let mut select = refused_sign_in::Entity::find()
        .order_by_asc(refused_sign_in::Column::OccurredAt)
        .order_by_asc(refused_sign_in::Column::Id)
        .limit(count);
    lock_rows(QuerySelect::query(&mut select));
    let rows = select.all(tx.db()).await?;
    let mut taken = Vec::with_capacity(rows.len());
    for row in rows {
        let deleted = refused_sign_in::Entity::delete_by_id(row.id)
            .exec(tx.db())
            .await?;
        // Another replica may have had the lock before us: what it took is in our list and not in the table any more.
        if deleted.rows_affected == 1 {
            taken.push(to_domain(row));
        }
    }
    Ok(taken)
}

fn to_domain(row: refused_sign_in::Model) -> RefusedSignIn {
    RefusedSignIn {
        id: AuditEventId::from_uuid(row.id),
        email: row.email,
        password_is_right: row.password_is_right,
        address: row.address,
        request_id: row.request_id,
        occurred_at: row.occurred_at.0,
    }
}
