//! Leases of duties: which replica may do one, and not before when.
//!
//! Not for tasks (their rows carry their own). Invariant: a lease is had by one owner; each taking gives a larger token.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Set};

use crate::Error;
use crate::entity::lease;
use crate::time::Instant;
use crate::tx::sealed::Raw;
use crate::tx::{Connection, Tx};

/// Takes the lease `name` until `until`, when it has ended before `now`, or when its end lies after `implausible`: a clock
/// that once ran ahead must not stop a duty for years. Answers the fencing token.
pub async fn system_take(
    tx: &mut Tx,
    name: &str,
    owner: &str,
    (now, until, implausible): (Timestamp, Timestamp, Timestamp),
) -> Result<Option<i64>, Error> {
    let first = lease::ActiveModel {
        name: Set(name.to_owned()),
        owner: Set(owner.to_owned()),
        token: Set(0),
        expires_at: Set(Instant(now)),
    };
    lease::Entity::insert_many([first])
        .on_conflict_do_nothing_on([lease::Column::Name])
        .exec_without_returning(tx.db())
        .await?;
    let taken = lease::Entity::update_many()
        .col_expr(lease::Column::Token, Expr::col(lease::Column::Token).add(1))
        .set(lease::ActiveModel {
            owner: Set(owner.to_owned()),
            expires_at: Set(Instant(until)),
            ..Default::default()
        })
        .filter(lease::Column::Name.eq(name))
        .filter(
            Condition::any()
                .add(lease::Column::ExpiresAt.lte(Instant(now)))
                .add(lease::Column::ExpiresAt.gt(Instant(implausible))),
        )
        .exec_with_returning(tx.db())
        .await?;
    Ok(taken.into_iter().next().map(|row| row.token))
}

/// When the lease ends; none when it was never taken.
pub async fn system_end(db: &impl Connection, name: &str) -> Result<Option<Timestamp>, Error> {
    let row = lease::Entity::find_by_id(name.to_owned())
        .one(db.db())
        .await?;
    Ok(row.map(|row| row.expires_at.0))
}

/// Moves the end of a lease that is still had: onwards to keep it, or to the time when it may be taken again. False when the
/// token is no longer the newest.
pub async fn system_set_end(
    tx: &mut Tx,
    name: &str,
    token: i64,
    until: Timestamp,
) -> Result<bool, Error> {
    let outcome = lease::Entity::update_many()
        .set(lease::ActiveModel {
            expires_at: Set(Instant(until)),
            ..Default::default()
        })
        .filter(lease::Column::Name.eq(name))
        .filter(lease::Column::Token.eq(token))
        .exec(tx.db())
        .await?;
    Ok(outcome.rows_affected == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[tokio::test]
    async fn a_lease_has_one_owner_and_a_growing_token() {
        for store in crate::testing::all().await {
            let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
            let minute = SignedDuration::from_mins(1);
            let times = |at: Timestamp| (at, at + minute, at + minute * 10);
            let mut tx = store.begin().await.unwrap();
            let first = system_take(&mut tx, "rescue", "a", times(now))
                .await
                .unwrap();
            assert_eq!(first, Some(1));
            let other = system_take(&mut tx, "rescue", "b", times(now))
                .await
                .unwrap();
            assert_eq!(other, None);
            assert!(
                system_set_end(&mut tx, "rescue", 1, now + minute * 2)
                    .await
                    .unwrap()
            );
            let later = times(now + minute * 2);
            let second = system_take(&mut tx, "rescue", "b", later).await.unwrap();
            assert_eq!(second, Some(2));
            assert!(!system_set_end(&mut tx, "rescue", 1, now).await.unwrap());
            // A clock that ran a year ahead for a moment.
            let year = times(now + SignedDuration::from_hours(24 * 365));
            assert_eq!(
                system_take(&mut tx, "rescue", "c", year).await.unwrap(),
                Some(3)
            );
            let back = times(now + minute * 3);
            assert_eq!(
                system_take(&mut tx, "rescue", "d", back).await.unwrap(),
                Some(4)
            );
            tx.commit().await.unwrap();
        }
    }
}
