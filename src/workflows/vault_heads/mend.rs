//! What follows when rows, head and vault differ: rows go back, people are told, and it is on record.
//!
//! Not for finding it (`domain::vault_head::compare`). Invariant: change, alert and audit record are one transaction.

use std::collections::BTreeSet;

use domain::alert::NewAlert;
use domain::audit::{AuditEvent, Interface, Outcome};
use domain::ids::{AlertId, AuditEventId, LegalHoldId};
use domain::legal_hold::LegalHold;
use domain::recovery_point::{Proof, RecoveryPointStatus};
use domain::repository::VaultRepository;
use domain::task::{Actor, NewTask, TaskSpec};
use domain::vault_head::compare::{Finding, Wrong};
use domain::vault_head::{StoredHead, alert_key};
use serde_json::{Value, json};
use store::recovery_points::life;
use store::{Tx, alerts, audit, legal_holds, organizational_units, organizations, vault_heads};

use super::{HeadFailure, KIND, Look};

/// Points that an alert names.
const NAMED_MAX: usize = 20;
/// Under these actions it is on record.
const PUT_BACK: &str = "put_back_recovery_points";
const DOUBT: &str = "doubt_vault_head";
/// What a hold is called whose row is gone.
const LOST_HOLD: &str = "Put back from the head of the vault";

fn key(what: &str, row: &VaultRepository) -> String {
    alert_key(what, row.id)
}

/// Raises the alert of this key and records the action.
async fn tell(
    look: &Look<'_>,
    tx: &mut Tx,
    row: &VaultRepository,
    (what, action, cause): (&str, Option<&str>, String),
    evidence: Value,
) -> Result<(), store::Error> {
    let id = AlertId::fresh(look.ids);
    let mut alert = NewAlert::new(id, row.organization_id, KIND, key(what, row), cause);
    alert.subject.aws_account_id = Some(row.aws_account_id);
    alert.evidence = evidence.clone();
    alerts::raise(tx, &alert).await?;
    let Some(action) = action else { return Ok(()) };
    let event = AuditEvent {
        id: AuditEventId::fresh(look.ids),
        organization_id: row.organization_id,
        occurred_at: look.clock.now(),
        actor: Actor::System,
        interface: Interface::System,
        action: action.to_owned(),
        target: Some(row.id.to_string()),
        outcome: Outcome::Success,
        summary: evidence,
        address: None,
        request_id: String::new(),
    };
    audit::record(tx, &event).await
}

/// Puts rows back to what the head says; whether there was any that could be.
pub(super) async fn put_back(
    look: &Look<'_>,
    row: &VaultRepository,
    findings: &[Finding],
) -> Result<bool, HeadFailure> {
    if findings.is_empty() {
        return Ok(false);
    }
    let is_any = findings.iter().any(|finding| finding.mended.is_some());
    let named = findings.iter().take(NAMED_MAX);
    let named: Vec<Value> = named
        .map(|finding| json!({ "id": finding.line.point_id, "wrong": finding.wrong }))
        .collect();
    let evidence = json!({ "repository_id": row.id, "count": findings.len(), "points": named });
    let cause = format!(
        "The database said of {} recovery points less than the signed head of their repository, and nobody had agreed to that: \
         somebody changed rows. They were put back. Find out who can write to the database.",
        findings.len()
    );
    let mut tx = look.store.begin().await?;
    organizations::lock(&tx, row.organization_id).await?;
    for finding in findings {
        put_one_back(look, &mut tx, row, finding).await?;
    }
    let action = is_any.then_some(PUT_BACK);
    tell(look, &mut tx, row, ("rows", action, cause), evidence).await?;
    tx.commit().await?;
    Ok(is_any)
}

async fn put_one_back(
    look: &Look<'_>,
    tx: &mut Tx,
    row: &VaultRepository,
    finding: &Finding,
) -> Result<(), store::Error> {
    let Some(mended) = &finding.mended else {
        return Ok(());
    };
    life::put_back(tx, mended).await?;
    for hold in &finding.holds {
        let lost = lost_hold(look, tx, row, *hold).await?;
        legal_holds::put_back(tx, &lost, mended.id).await?;
    }
    if finding.wrong.contains(&Wrong::Ended) && mended.status == RecoveryPointStatus::Creating {
        let spec = TaskSpec::VerifyRecoveryPoint {
            recovery_point_id: mended.id,
            level: Proof::ChecksumsMatch,
        };
        let mut task = NewTask::new(row.organization_id, spec, Actor::System);
        task.asset_id = Some(mended.asset_id);
        task.recovery_point_id = Some(mended.id);
        tasks::enqueue(tx, task, look.ids, look.clock.now()).await?;
    }
    Ok(())
}

/// A hold as it is made anew when its row is gone.
async fn lost_hold(
    look: &Look<'_>,
    tx: &Tx,
    row: &VaultRepository,
    id: LegalHoldId,
) -> Result<LegalHold, store::Error> {
    let root = organizational_units::root(tx, row.organization_id).await?;
    Ok(LegalHold {
        id,
        organization_id: row.organization_id,
        unit_id: root.id,
        name: LOST_HOLD.to_owned(),
        reason: "Its row was removed from the database.".to_owned(),
        criteria: None,
        created_by: Actor::System,
        created_at: look.clock.now(),
        released_at: None,
    })
}

/// The rows fit the head again: the alert ends once somebody has seen it.
pub(super) async fn forget_mended(
    look: &Look<'_>,
    row: &VaultRepository,
) -> Result<(), HeadFailure> {
    let mut tx = look.store.begin().await?;
    alerts::clear_acknowledged(&mut tx, row.organization_id, &key("rows", row)).await?;
    Ok(tx.commit().await?)
}

/// Writes down that the head is not trusted, and tells people what to do.
pub(super) async fn doubt(
    look: &Look<'_>,
    row: &VaultRepository,
    stored: Option<&StoredHead>,
    why: &str,
) -> Result<(), HeadFailure> {
    let is_new = stored.is_none_or(|stored| stored.doubt.as_deref() != Some(why));
    let cause = format!(
        "The signed head of a repository is not what it must be: {why}. Nothing is deleted in that repository until \
         releaseExpiryBrake was approved. Compare its recovery points with what you expect first."
    );
    let evidence = json!({ "repository_id": row.id, "doubt": why });
    let mut tx = look.store.begin().await?;
    vault_heads::doubt(&mut tx, (row.organization_id, row.id), why).await?;
    let action = is_new.then_some(DOUBT);
    tell(look, &mut tx, row, ("head", action, cause), evidence).await?;
    Ok(tx.commit().await?)
}

/// Raises an alert about snapshots that the head lists and the vault does not hold, or ends it when there are none.
pub(crate) async fn tell_of_missing(
    look: &Look<'_>,
    row: &VaultRepository,
    missing: &BTreeSet<String>,
) -> Result<(), HeadFailure> {
    let mut tx = look.store.begin().await?;
    if missing.is_empty() {
        alerts::clear(&mut tx, row.organization_id, &key("snapshots", row)).await?;
        return Ok(tx.commit().await?);
    }
    let cause = format!(
        "{} recovery points are gone from the vault before their time: something other than Holdfast removed them.",
        missing.len()
    );
    let named: Vec<&String> = missing.iter().take(NAMED_MAX).collect();
    let evidence = json!({ "repository_id": row.id, "count": missing.len(), "points": named });
    tell(look, &mut tx, row, ("snapshots", None, cause), evidence).await?;
    Ok(tx.commit().await?)
}
