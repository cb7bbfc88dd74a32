//! Housekeeping: removes what nobody can ask for any more.
//!
//! Not for recovery points (`workflows`) nor records of the audit log (`app::audit`). Invariant: only what is past its documented
//! life goes, in small transactions, and only while the lease of the duty holds.

use async_trait::async_trait;
use domain::limits::{
    ENDED_SESSION_DAYS, ENDED_TOKEN_DAYS, EVENT_RETENTION_DAYS, LEFT_PERSON_DAYS,
    RUN_OUT_INVITATION_DAYS,
};
use domain::sign_up::SIGN_UP_HOURS;
use jiff::{SignedDuration, Timestamp};

use crate::duty::{Duty, DutyContext, DutyError};

/// Rows removed in one transaction.
const BATCH: u64 = 5_000;

/// The duty that removes, hourly:
/// - ended tasks with their steps, cleared alerts, verifications of points that are gone, and records of missed windows, after the history of the configuration;
/// - events of the outbox after `EVENT_RETENTION_DAYS`, idempotency keys after `IDEMPOTENCY_KEY_HOURS`, sessions
///   `ENDED_SESSION_DAYS` after their end;
/// - links that ended, sign-ups that nobody confirmed, and sign-ons and used messages a day after their end;
/// - API tokens `ENDED_TOKEN_DAYS` after their end, invitations `RUN_OUT_INVITATION_DAYS` after they ran out, and people of whom nothing
///   is left, `LEFT_PERSON_DAYS` after they were added.
#[derive(Debug, Clone, Copy)]
pub struct Housekeeping {
    history: SignedDuration,
}

impl Housekeeping {
    /// Keeps ended tasks, cleared alerts and missed windows for so many days.
    #[must_use]
    pub fn with_history_days(days: u32) -> Self {
        Self {
            history: days_long(i64::from(days)),
        }
    }
}

#[async_trait]
impl Duty for Housekeeping {
    fn name(&self) -> &'static str {
        "housekeeping"
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_hours(1)
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        let now = cx.clock.now();
        let history = before(now, self.history);
        remove(
            cx,
            Kept::Events,
            before(now, days_long(EVENT_RETENTION_DAYS)),
        )
        .await?;
        remove(cx, Kept::Tasks, history).await?;
        remove(cx, Kept::MissedWindows, history).await?;
        remove(cx, Kept::Alerts, history).await?;
        remove(cx, Kept::Verifications, history).await?;
        let tokens = before(now, days_long(ENDED_TOKEN_DAYS));
        remove(cx, Kept::Tokens, tokens).await?;
        invitations(cx, before(now, days_long(RUN_OUT_INVITATION_DAYS))).await?;
        let people = before(now, days_long(LEFT_PERSON_DAYS));
        remove(cx, Kept::LeftPeople, people).await?;
        credentials(cx, now).await
    }
}

/// What there can be millions of.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Events,
    Tasks,
    MissedWindows,
    Alerts,
    Verifications,
    Tokens,
    LeftPeople,
}

/// Ends invitations that ran out before `until`: one transaction each, because each locks its organization.
async fn invitations(cx: &DutyContext, until: Timestamp) -> Result<(), DutyError> {
    let reader = cx.store.read();
    for invitation in store::invitations::system_list_run_out(&reader, until, BATCH).await? {
        if !cx.has_lease() {
            break;
        }
        let mut tx = cx.store.begin().await?;
        store::organizations::lock(&tx, invitation.organization_id).await?;
        store::invitations::remove_run_out(&mut tx, &invitation, until).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What signs people in and on: few rows, so one transaction.
async fn credentials(cx: &DutyContext, now: Timestamp) -> Result<(), DutyError> {
    let mut tx = cx.store.begin().await?;
    store::idempotency::system_remove_old(&mut tx, now).await?;
    let sessions = before(now, days_long(ENDED_SESSION_DAYS));
    store::sessions::system_remove_ended(&mut tx, sessions).await?;
    store::links::system_remove_ended(&mut tx, now).await?;
    store::second_factors::system_remove_ended(&mut tx, now).await?;
    store::passkeys::system_remove_ended(&mut tx, now).await?;
    let unconfirmed = before(now, SignedDuration::from_hours(SIGN_UP_HOURS));
    store::sign_ups::system_remove_old(&mut tx, unconfirmed).await?;
    // A day of leave for clocks that disagree; sign-ons live for minutes, so these are few.
    let sign_ons = before(now, SignedDuration::from_hours(24));
    store::sign_on_requests::system_remove_ended(&mut tx, sign_ons).await?;
    Ok(tx.commit().await?)
}

/// Removes what is from before `until`, in batches, until one finds less than it may remove.
async fn remove(cx: &DutyContext, what: Kept, until: Timestamp) -> Result<(), DutyError> {
    while cx.has_lease() {
        let mut tx = cx.store.begin().await?;
        let removed = match what {
            Kept::Events => store::events::system_purge(&mut tx, until, BATCH).await?,
            Kept::Tasks => store::tasks::system_purge(&mut tx, until, BATCH).await?,
            Kept::MissedWindows => {
                store::schedules::system_purge_missed(&mut tx, until, BATCH).await?
            }
            Kept::Verifications => {
                store::verifications::system_purge(&mut tx, until, BATCH).await?
            }
            Kept::Tokens => store::api_tokens::system_purge(&mut tx, until, BATCH).await?,
            Kept::LeftPeople => store::users::system_remove_left(&mut tx, until, BATCH).await?,
            Kept::Alerts => store::alerts::system_purge(&mut tx, until, BATCH).await?,
        };
        tx.commit().await?;
        if removed < BATCH {
            break;
        }
    }
    Ok(())
}

fn days_long(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn before(now: Timestamp, age: SignedDuration) -> Timestamp {
    now.saturating_sub(age).unwrap_or(Timestamp::MIN)
}
