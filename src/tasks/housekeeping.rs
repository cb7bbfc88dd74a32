//! Housekeeping: removes what nobody can ask for any more.
//!
//! Not for recovery points (`workflows`). Invariant: only what is past its documented life goes, in small transactions.

use async_trait::async_trait;
use domain::limits::EVENT_RETENTION_DAYS;
use domain::sign_up::SIGN_UP_HOURS;
use jiff::SignedDuration;

use crate::duty::{Duty, DutyContext, DutyError};

/// Rows removed in one transaction.
const BATCH: u64 = 5_000;

/// The duty that removes events of the outbox after `EVENT_RETENTION_DAYS`, links that ended, sign-ups that nobody confirmed, and
/// sign-ons and used messages a day after their end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Housekeeping;

#[async_trait]
impl Duty for Housekeeping {
    fn name(&self) -> &'static str {
        "housekeeping"
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_hours(1)
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        let until = cx.clock.now() - SignedDuration::from_hours(24 * EVENT_RETENTION_DAYS);
        while cx.has_lease() {
            let mut tx = cx.store.begin().await?;
            let removed = store::events::system_purge(&mut tx, until, BATCH).await?;
            tx.commit().await?;
            if removed < BATCH {
                break;
            }
        }
        let now = cx.clock.now();
        let mut tx = cx.store.begin().await?;
        store::links::system_remove_ended(&mut tx, now).await?;
        store::second_factors::system_remove_ended(&mut tx, now).await?;
        let until = now - SignedDuration::from_hours(SIGN_UP_HOURS);
        store::sign_ups::system_remove_old(&mut tx, until).await?;
        // A day of leave for clocks that disagree; sign-ons live for minutes, so these are few.
        let until = now - SignedDuration::from_hours(24);
        store::sign_on_requests::system_remove_ended(&mut tx, until).await?;
        Ok(tx.commit().await?)
    }
}
