//! Mails that wait to be sent.
//!
//! Not for sending (`server`). Invariant: a mail is handed out to one sender at a time; one that was sent is removed.

use domain::MailId;
use domain::mail::{MailContent, QueuedMail};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::Error;
use crate::convert::At;
use crate::dialect::lock_rows;
use crate::entity::mail;
use crate::time::Instant;
use crate::tx::Tx;
use crate::tx::sealed::Raw;

/// Queues a mail and wakes whoever sends.
pub async fn add(
    tx: &mut Tx,
    id: MailId,
    recipient: &str,
    content: &MailContent,
    now: Timestamp,
) -> Result<(), Error> {
    let at = At::new("mails", id.uuid());
    let row = mail::ActiveModel {
        id: Set(id.uuid()),
        recipient: Set(recipient.to_owned()),
        content: Set(at.write("content", content)?),
        created_at: Set(Instant(now)),
        attempts: Set(0),
        next_attempt_at: Set(Instant(now)),
    };
    mail::Entity::insert(row)
        .exec_without_returning(tx.db())
        .await?;
    tx.wake();
    Ok(())
}

/// Takes the mail that has waited longest; nobody else gets it before `until`.
pub async fn system_take_due(
    tx: &mut Tx,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<QueuedMail>, Error> {
    let mut select = mail::Entity::find()
        .filter(mail::Column::NextAttemptAt.lte(Instant(now)))
        .order_by_asc(mail::Column::NextAttemptAt)
        .order_by_asc(mail::Column::Id)
        .limit(1);
    lock_rows(QuerySelect::query(&mut select));
    let Some(row) = select.one(tx.db()).await? else {
        return Ok(None);
    };
    let attempts = row.attempts.saturating_add(1);
    mail::Entity::update_many()
        .set(mail::ActiveModel {
            attempts: Set(attempts),
            next_attempt_at: Set(Instant(until)),
            ..Default::default()
        })
        .filter(mail::Column::Id.eq(row.id))
        .exec(tx.db())
        .await?;
    let at = At::new("mails", row.id);
    let attempts = u32::try_from(attempts).ok();
    Ok(Some(QueuedMail {
        id: MailId::from_uuid(row.id),
        recipient: row.recipient,
        content: at.read("content", row.content)?,
        created_at: row.created_at.0,
        attempts: at.known("attempts", attempts)?,
    }))
}

/// Puts off the next attempt.
pub async fn system_put_off(tx: &mut Tx, id: MailId, until: Timestamp) -> Result<(), Error> {
    mail::Entity::update_many()
        .set(mail::ActiveModel {
            next_attempt_at: Set(Instant(until)),
            ..Default::default()
        })
        .filter(mail::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Removes a mail that was sent or given up.
pub async fn system_remove(tx: &mut Tx, id: MailId) -> Result<(), Error> {
    mail::Entity::delete_by_id(id.uuid()).exec(tx.db()).await?;
    Ok(())
}
