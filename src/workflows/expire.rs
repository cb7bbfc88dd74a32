//! Ends the recovery points of an organization whose retention is over: first into the undo window, after it for good.
//!
//! | step     | do                                                                                           | undo         |
//! |----------|----------------------------------------------------------------------------------------------|--------------|
//! | `expire` | believe a time, plan (forecast, brake, last good point), begin what is due, remove what is over | forward-only |
//!
//! Not for freeing space (`prune`), nor for the rules (`domain::expiry`, `domain::life`). Invariant: on any doubt nothing ends, and
//! nothing that the signed head of its repository keeps; a row says that its removal began before its copy goes, and that it has ended only after that.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws::Region;
use domain::alert::{AlertKind, NewAlert};
use domain::expiry::{self, ClockDoubt, Plan, Situation};
use domain::ids::{AlertId, AssetId, RecoveryPointId, RepositoryId};
use domain::life::Held;
use domain::recovery_point::{Placement, RecoveryPoint, RecoveryPointStatus};
use domain::task::TaskKind;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::recovery_points::life;
use store::{alerts, expiry_marks, legal_holds, organizations, recovery_points};
use tasks::{Step, StepContext, TaskError, Workflow};
use vault::SnapshotId;

use crate::reconcile::is_of_one;
use crate::services::Services;
use crate::vault_heads::{self, Look, Standing};
use crate::vaults::blocking;
use crate::{failure, patience, rows};

const EXPIRE: &str = "expire";
/// Points that one run looks at: more than end on any day.
const DUE_MAX: u64 = 10_000;
/// Points that begin to end in one transaction.
const BATCH: usize = 100;
/// Key of the alert of the brake.
const BRAKE_ALERT: &str = "mass_expiry";
/// Key of the alert of the clocks.
const CLOCK_ALERT: &str = "clocks_disagree/expiry";

/// The workflow.
pub(crate) struct ExpireRecoveryPoints {
    services: Arc<Services>,
}

impl ExpireRecoveryPoints {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for ExpireRecoveryPoints {
    fn kind(&self) -> TaskKind {
        TaskKind::ExpireRecoveryPoints
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(Expire(self.services.clone()))]
    }

    /// Two runs at once would both count themselves within the brake.
    fn concurrency_limit(&self) -> Option<u32> {
        Some(1)
    }
}

struct Expire(Arc<Services>);

/// What a run looks at.
struct Known {
    now: Timestamp,
    due: Vec<RecoveryPoint>,
    ending: Vec<RecoveryPoint>,
    plan: Plan,
}

#[async_trait]
impl Step for Expire {
    fn name(&self) -> &'static str {
        EXPIRE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let high_water = expiry_marks::lookup(&cx.store.read(), cx.organization).await?;
        let now = believed(cx, high_water).await?;
        let high_water = high_water.unwrap_or_else(|| expiry::first_high_water(now));
        let mut known = self.plan(cx, now, high_water).await?;
        self.ask_heads(cx, &mut known).await?;
        tell_of_brake(cx, &known.plan).await?;
        let begun = begin(cx, &known).await?;
        let removed = self.remove(cx, &known).await?;
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        expiry_marks::raise(&mut tx, cx.organization, seen_until(&known)).await?;
        tx.commit().await?;
        Ok(json!({
            "begun": begun,
            "expired": removed,
            "kept_as_last_good": known.plan.last_good.len(),
            "held_back": known.plan.braked.len(),
        }))
    }
}

/// The time that is believed; an alert and a failed task when there is none.
async fn believed(cx: &StepContext, high_water: Option<Timestamp>) -> Result<Timestamp, TaskError> {
    let clocks = [cx.clock.now(), rows::database_now(cx).await?];
    let [now, _] = clocks;
    let high_water = high_water.unwrap_or_else(|| expiry::first_high_water(now));
    let mut tx = cx.store.begin().await?;
    let doubt = match expiry::believed(&clocks, high_water) {
        Ok(now) => {
            alerts::clear(&mut tx, cx.organization, CLOCK_ALERT).await?;
            tx.commit().await?;
            return Ok(now);
        }
        Err(doubt) => doubt,
    };
    let advice = match doubt {
        ClockDoubt::Differ(_) => "Check NTP.",
        ClockDoubt::Jumped { .. } => {
            "When the server was switched off for so long, have releaseExpiryBrake approved; else mend its clock."
        }
    };
    let text = format!("No recovery point ends: {doubt}. {advice}");
    raise(cx, &mut tx, AlertKind::ClocksDisagree, CLOCK_ALERT, &text).await?;
    tx.commit().await?;
    Err(TaskError::fail("CLOCKS_DISAGREE", text))
}

async fn raise(
    cx: &StepContext,
    tx: &mut store::Tx,
    kind: AlertKind,
    key: &str,
    text: &str,
) -> Result<(), TaskError> {
    let id = AlertId::fresh(cx.ids.as_ref());
    let mut alert = NewAlert::new(id, cx.organization, kind, key, text);
    alert.subject.task_id = Some(cx.task.id);
    alerts::raise(tx, &alert).await?;
    Ok(())
}

async fn tell_of_brake(cx: &StepContext, plan: &Plan) -> Result<(), TaskError> {
    let mut tx = cx.store.begin().await?;
    if plan.braked.is_empty() {
        alerts::clear(&mut tx, cx.organization, BRAKE_ALERT).await?;
    } else {
        let text = format!(
            "{} recovery points with {} bytes would end and nobody foresaw it. They are kept until releaseExpiryBrake was \
             approved. Check the retention of the policies first.",
            plan.braked_amount.points, plan.braked_amount.bytes
        );
        raise(cx, &mut tx, AlertKind::MassExpiry, BRAKE_ALERT, &text).await?;
        cx.warn(text);
    }
    tx.commit().await?;
    Ok(())
}

/// How far this run has seen: a list that was cut leaves the rest to be foreseen by the next one.
fn seen_until(known: &Known) -> Timestamp {
    let is_cut = u64::try_from(known.due.len()).unwrap_or(u64::MAX) >= DUE_MAX;
    let last = known.due.last().and_then(|point| point.expires_at);
    match last.filter(|_| is_cut) {
        Some(last) => last - SignedDuration::from_micros(1),
        None => known.now,
    }
}

/// Puts what is due into the undo window, and looks again at each point under the lock that holds and approvals take as well.
async fn begin(cx: &StepContext, known: &Known) -> Result<usize, TaskError> {
    let mut begun = 0;
    for ids in known.plan.begin.chunks(BATCH) {
        if cx.is_cancelled() {
            return Err(patience::stopped(cx));
        }
        let mut tx = cx.store.begin().await?;
        organizations::lock(&tx, cx.organization).await?;
        let points = life::lock_many(&tx, cx.organization, ids).await?;
        let held = legal_holds::held_among(&tx, cx.organization, ids).await?;
        for point in points {
            match point.ending(known.now, Held(held.contains(&point.id))) {
                Ok(after) => {
                    life::set_life(&mut tx, point.status, &after).await?;
                    begun += 1;
                }
                Err(why) => tracing::debug!(point = %point.id, %why, "a point stays after all"),
            }
        }
        cx.check_lease()?;
        tx.commit().await?;
    }
    Ok(begun)
}

impl Expire {
    async fn plan(
        &self,
        cx: &StepContext,
        now: Timestamp,
        high_water: Timestamp,
    ) -> Result<Known, TaskError> {
        let reader = cx.store.read();
        let due = life::due(&reader, cx.organization, now, DUE_MAX).await?;
        let since = now - self.0.settings.undo();
        let ending = life::ending(&reader, cx.organization, since, now, DUE_MAX).await?;
        let points = due.iter().chain(&ending);
        let assets: BTreeSet<AssetId> = points.map(|point| point.asset_id).collect();
        let listed: Vec<AssetId> = assets.iter().copied().collect();
        let good = life::good_of_assets(&reader, cx.organization, &listed).await?;
        let protected = rows::protected_assets(cx, &assets).await?;
        let plan = expiry::plan(&Situation {
            now,
            high_water,
            due: &due,
            ending: &ending,
            good: &good,
            all: life::amount(&reader, cx.organization).await?,
            protected: &protected,
        });
        Ok(Known {
            now,
            due,
            ending,
            plan,
        })
    }

    /// Leaves out what the signed head of its repository keeps, whatever the rows say; a head that is doubted keeps everything.
    async fn ask_heads(&self, cx: &StepContext, known: &mut Known) -> Result<(), TaskError> {
        let look = Look::of(&self.0, cx);
        let points: BTreeMap<RecoveryPointId, &RecoveryPoint> = known
            .due
            .iter()
            .chain(&known.ending)
            .map(|point| (point.id, point))
            .collect();
        let wanted = known.plan.begin.iter().chain(&known.plan.remove);
        let wanted: Vec<&RecoveryPoint> = wanted.filter_map(|id| points.get(id)).copied().collect();
        let mut heads: BTreeMap<RepositoryId, Option<Standing>> = BTreeMap::new();
        let mut kept = BTreeSet::new();
        // One warning for each reason: a doubted head may keep very many points.
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for point in wanted {
            if point.placement != Placement::Vault {
                continue;
            }
            let Some((repository, snapshot)) = point.repository_id.zip(point.snapshot_id.as_ref())
            else {
                continue;
            };
            if let Entry::Vacant(entry) = heads.entry(repository) {
                entry.insert(self.standing(cx, &look, repository).await?);
            }
            let standing = heads.get(&repository).and_then(Option::as_ref);
            let why = standing.map_or_else(
                || Some("the head of its repository cannot be read".to_owned()),
                |standing| standing.keeps(snapshot),
            );
            if let Some(why) = why {
                *reasons.entry(why).or_default() += 1;
                kept.insert(point.id);
            }
        }
        for (why, points) in reasons {
            cx.warn(format!("{points} recovery points stay: {why}."));
        }
        known.plan.begin.retain(|id| !kept.contains(id));
        known.plan.remove.retain(|id| !kept.contains(id));
        Ok(())
    }

    /// The head of a repository, brought in line with the rows first; none when it cannot be read.
    async fn standing(
        &self,
        cx: &StepContext,
        look: &Look<'_>,
        repository: RepositoryId,
    ) -> Result<Option<Standing>, TaskError> {
        let row = rows::repository(cx, repository).await?;
        match vault_heads::keep(look, &row).await.map_err(TaskError::from) {
            Ok(standing) => Ok(Some(standing)),
            Err(error) if is_of_one(&error) => {
                cx.warn(error.message);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the copies of the points whose undo window is over.
    async fn remove(&self, cx: &StepContext, known: &Known) -> Result<u64, TaskError> {
        let total = u64::try_from(known.plan.remove.len()).unwrap_or(u64::MAX);
        let mut removed = 0_u64;
        for id in &known.plan.remove {
            let Some(point) = known.ending.iter().find(|point| point.id == *id) else {
                continue;
            };
            if cx.is_cancelled() {
                return Err(patience::stopped(cx));
            }
            match self.end(cx, point, known.now).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => keep_going(cx, point, error)?,
            }
            cx.progress(removed, total);
        }
        Ok(removed)
    }

    /// Ends one point: it says so, then its snapshots go, then its row ends. False when something keeps it after all.
    async fn end(
        &self,
        cx: &StepContext,
        point: &RecoveryPoint,
        now: Timestamp,
    ) -> Result<bool, TaskError> {
        if !self.begin_removal(cx, point.id, now).await? {
            return Ok(false);
        }
        match (point.placement, &point.snapshot_id) {
            (Placement::Vault, Some(snapshot)) => {
                let snapshot: SnapshotId =
                    snapshot.parse().map_err(|error| failure::vault(&error))?;
                let repository = rows::open_repository(&self.0, cx, point).await?;
                let repository = repository.with_fence(patience::fence(cx));
                cx.check_lease()?;
                let forgotten = blocking(move || repository.forget(&[snapshot])).await;
                forgotten.map_err(|error| failure::vault(&error))?;
            }
            (Placement::InAccount, Some(_)) => {
                let (region, snapshot) = rows::snapshot_of(&self.0, cx, point).await?;
                delete(cx, region.as_ref(), &snapshot).await?;
            }
            (Placement::Vault | Placement::InAccount, None) => {}
        }
        if let Some(base) = &point.base_snapshot_id {
            let asset = rows::asset(cx, point.asset_id).await?;
            let region = rows::region(&self.0, cx, &asset).await?;
            delete(cx, region.as_ref(), base).await?;
        }
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        if point.base_snapshot_id.is_some() {
            recovery_points::set_base_snapshot(&mut tx, cx.organization, point.id, None).await?;
        }
        let ended = RecoveryPointStatus::Expired;
        recovery_points::set_status(&mut tx, cx.organization, point.id, ended).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Writes down that the copy goes, when nothing keeps it at this moment.
    async fn begin_removal(
        &self,
        cx: &StepContext,
        id: RecoveryPointId,
        now: Timestamp,
    ) -> Result<bool, TaskError> {
        let mut tx = cx.store.begin().await?;
        organizations::lock(&tx, cx.organization).await?;
        let Some(point) = recovery_points::lookup(&tx, cx.organization, id).await? else {
            return Ok(false);
        };
        let held = legal_holds::held_among(&tx, cx.organization, &[id]).await?;
        let held = Held(held.contains(&id));
        match point.removing(now, self.0.settings.undo(), held) {
            Ok(after) => life::set_life(&mut tx, point.status, &after).await?,
            Err(why) => {
                tracing::debug!(point = %id, %why, "a point stays after all");
                return Ok(false);
            }
        }
        cx.check_lease()?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn delete(cx: &StepContext, region: &dyn Region, snapshot: &str) -> Result<(), TaskError> {
    cx.check_lease()?;
    let deleted = region.delete_snapshot(snapshot).await;
    deleted.map_err(|error| failure::aws(&error))
}

/// One point that cannot be ended must not keep the others; the next run tries it again.
fn keep_going(cx: &StepContext, point: &RecoveryPoint, error: TaskError) -> Result<(), TaskError> {
    match error.remedy {
        tasks::Remedy::LetGo | tasks::Remedy::Abort => Err(error),
        tasks::Remedy::Retry(..) | tasks::Remedy::Fail | tasks::Remedy::Block => {
            cx.warn(format!(
                "The point {} could not be ended. {}",
                point.id, error.message
            ));
            Ok(())
        }
    }
}
