//! Refused sign-ins, from the answer to the audit log.
//!
//! Not for deciding who is refused (`sessions.rs`). Invariant: keeping one is the same work for every address; whom it concerns is
//! looked up later, in the background, in the transaction that records it.

use domain::AuditEventId;
use domain::audit::{AuditEvent, Interface, Outcome};
use domain::refused_sign_in::RefusedSignIn;
use domain::task::Actor;
use store::Tx;

use crate::actions;
use crate::context::{Origin, Services};
use crate::error::Error;
use crate::sessions::home_of;

/// How many are recorded in one transaction.
const BATCH: u64 = 100;

/// Keeps a refused sign-in for [`record_all`].
pub(crate) async fn keep(
    services: &Services,
    origin: &Origin,
    email: String,
    password_is_right: bool,
) -> Result<(), Error> {
    let refused = RefusedSignIn {
        id: AuditEventId::fresh(services.ids.as_ref()),
        email,
        password_is_right,
        address: origin.address.clone(),
        request_id: origin.request_id.clone(),
        occurred_at: services.clock.now(),
    };
    let mut tx = services.store.begin().await?;
    store::refused_sign_ins::add(&mut tx, &refused).await?;
    Ok(tx.commit().await?)
}

/// Moves what was kept into the audit logs of the organizations that it concerns; the rest concerns nobody and goes.
///
/// For a timer, never for a change of the database: what a sign-in causes at once would slow the next one down and tell.
pub async fn record_all(services: &Services) -> Result<(), Error> {
    loop {
        let mut tx = services.store.begin().await?;
        let taken = store::refused_sign_ins::system_take(&mut tx, BATCH).await?;
        for refused in &taken {
            record(&mut tx, refused).await?;
        }
        tx.commit().await?;
        if u64::try_from(taken.len()).unwrap_or(u64::MAX) < BATCH {
            return Ok(());
        }
    }
}

/// There is no actor: nobody proved who it was.
async fn record(tx: &mut Tx, refused: &RefusedSignIn) -> Result<(), Error> {
    let found = store::users::find_credentials_by_email(tx, &refused.email).await?;
    let Some((user, _)) = found else {
        return Ok(());
    };
    let Some(home) = home_of(tx, &user).await? else {
        return Ok(());
    };
    let reason = if refused.password_is_right {
        "no active membership"
    } else {
        "wrong password"
    };
    let event = AuditEvent {
        id: refused.id,
        organization_id: home.organization_id,
        occurred_at: refused.occurred_at,
        actor: Actor::System,
        interface: Interface::Console,
        action: actions::CREATE_SESSION.name.to_owned(),
        target: Some(user.id.to_string()),
        outcome: Outcome::Refused,
        summary: serde_json::json!({ "reason": reason }),
        address: refused.address.clone(),
        request_id: refused.request_id.clone(),
    };
    Ok(store::audit::record(tx, &event).await?)
}
