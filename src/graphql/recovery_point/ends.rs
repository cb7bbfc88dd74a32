//! Mutations that move the ends of recovery points, and how long there is time to think twice.
//!
//! Not for what they mean (`app`). Invariant: later is done at once, earlier only after another person has approved.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::RecoveryPoint;
use crate::approval::{ApprovalRequestPayload, payload};
use crate::context::viewer;
use crate::error::{UserError, outcome, read};
use crate::node::{parse, parse_each};
use crate::scalars::DateTime;

/// Which recovery point is kept, and until when.
#[derive(InputObject)]
pub(crate) struct ExtendRecoveryPointRetentionInput {
    /// The recovery point.
    id: ID,
    /// Its new end; later than before.
    until: DateTime,
}

/// Which ending recovery point comes back, and until when.
#[derive(InputObject)]
pub(crate) struct UndoRecoveryPointExpiryInput {
    /// The recovery point; its status is `EXPIRING`.
    id: ID,
    /// Its new end.
    until: DateTime,
}

/// Which recovery points end now.
#[derive(InputObject)]
pub(crate) struct DeleteRecoveryPointsInput {
    /// The recovery points, up to 100.
    ids: Vec<ID>,
    /// Why; another person reads it.
    reason: String,
}

/// Which recovery points end earlier.
#[derive(InputObject)]
pub(crate) struct ShortenRecoveryPointRetentionInput {
    /// The recovery points, up to 100.
    ids: Vec<ID>,
    /// Their new end.
    until: DateTime,
    /// Why; another person reads it.
    reason: String,
}

/// Why many recovery points may end.
#[derive(InputObject)]
pub(crate) struct ReleaseExpiryBrakeInput {
    /// Why; another person reads it.
    reason: String,
}

/// Result of a change of an end.
#[derive(SimpleObject)]
pub(crate) struct RecoveryPointPayload {
    /// The recovery point as it is now; null when nothing has changed.
    recovery_point: Option<RecoveryPoint>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

fn changed(
    done: Result<domain::recovery_point::RecoveryPoint, app::Error>,
) -> async_graphql::Result<Option<RecoveryPointPayload>> {
    let (point, user_errors) = outcome(done)?;
    Ok(Some(RecoveryPointPayload {
        recovery_point: point.map(RecoveryPoint::from),
        user_errors,
    }))
}

/// How long there is time to think twice before a recovery point is gone.
#[derive(SimpleObject)]
pub(crate) struct RecoveryPointEndTerms {
    /// What ends recovery points early has to be decided within so many days.
    approval_days: i64,
    /// A recovery point that has begun to end can be taken back for so many days; its data are removed afterwards.
    undo_days: u32,
}

/// Reads about the ends of recovery points.
#[derive(Default)]
pub(crate) struct RecoveryPointEndQuery;

#[Object]
impl RecoveryPointEndQuery {
    /// How long there is time to think twice before a recovery point is gone, in this installation.
    async fn recovery_point_end_terms(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<RecoveryPointEndTerms>> {
        let terms = read(app::recovery_points::ends::terms(viewer(ctx)?))?;
        Ok(Some(RecoveryPointEndTerms {
            approval_days: terms.approval_days,
            undo_days: terms.undo_days,
        }))
    }
}

/// Mutations of the ends of recovery points.
#[derive(Default)]
pub(crate) struct RecoveryPointMutation;

#[Object]
impl RecoveryPointMutation {
    /// Keeps a recovery point longer.
    async fn extend_recovery_point_retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recovery point, and until when.")]
        input: ExtendRecoveryPointRetentionInput,
    ) -> async_graphql::Result<Option<RecoveryPointPayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        changed(app::recovery_points::ends::extend(caller, id, input.until.0).await)
    }

    /// Takes a recovery point back whose time is over, before its undo window is.
    async fn undo_recovery_point_expiry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recovery point, and until when.")]
        input: UndoRecoveryPointExpiryInput,
    ) -> async_graphql::Result<Option<RecoveryPointPayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        changed(app::recovery_points::ends::undo_expiry(caller, id, input.until.0).await)
    }

    /// Asks for recovery points to end now. When another person approves, their undo window begins.
    async fn delete_recovery_points(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recovery points, and why.")] input: DeleteRecoveryPointsInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        let (caller, ids) = (viewer(ctx)?, parse_each(&input.ids));
        let asked = app::recovery_points::ends::request_deletion(caller, ids, &input.reason);
        payload(asked.await)
    }

    /// Asks for recovery points to be kept shorter; done when another person approves.
    async fn shorten_recovery_point_retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which recovery points, until when, and why.")]
        input: ShortenRecoveryPointRetentionInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        let (caller, ids) = (viewer(ctx)?, parse_each(&input.ids));
        let (until, reason) = (input.until.0, input.reason);
        payload(app::recovery_points::ends::request_shortening(caller, ids, until, &reason).await)
    }

    /// Asks for recovery points to end that the brake holds back because nobody foresaw their end, and for repositories whose signed
    /// heads are doubted to be trusted again; done when another person approves. See the alerts `MASS_EXPIRY` and `VAULT_TAMPERED`.
    async fn release_expiry_brake(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why.")] input: ReleaseExpiryBrakeInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        payload(app::expiry_brake::request_release(viewer(ctx)?, &input.reason).await)
    }
}
