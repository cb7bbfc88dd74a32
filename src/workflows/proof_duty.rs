//! Proof in time: queues verifications so that what policies ask for is proven by its deadline, and tells when it is not.
//!
//! Not for verifying (`verify_recovery_point.rs`). Invariants: nearest deadline first, within the budget; a point is at work once at
//! a time and is tried once a day; of one asset one alert at most is open, and it is cleared when nothing of the asset is late.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::alert::{Alert, AlertKind, NewAlert};
use domain::asset::AssetKind;
use domain::ids::{AlertId, AssetId, OrganizationId, PolicyId};
use domain::proof_target::ProofTarget;
use domain::recovery_point::{Placement, Proof, RecoveryPointStatus};
use domain::task::{Actor, NewTask, TaskKind, TaskSpec};
use domain::verification::Verdict;
use jiff::{SignedDuration, Timestamp};
use store::recovery_points::{Unproven, system_unproven};
use store::{alerts, policies, recovery_points, verifications};
use tasks::duty::{Duty, DutyContext, DutyError};

use crate::services::VerificationSettings;
use crate::verify_recovery_point::sweep;

/// How often it looks.
const PERIOD: SignedDuration = SignedDuration::from_secs(60);
/// The time that a budget of bytes is for.
const BUDGET_PERIOD: SignedDuration = SignedDuration::from_hours(24);
/// A point that is sound but could not be shown at the wanted level is not tried again before.
const INCOMPLETE_PAUSE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows that are read at a time.
const PAGE: u64 = 5_000;
/// Tasks that are queued for each one that may run, so that no worker waits for the next look.
const AHEAD: usize = 2;

/// The duty.
#[derive(Debug)]
pub struct ProofDuty(pub VerificationSettings);

/// A point that a policy wants proven and that is not.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    point: Unproven,
    policy: PolicyId,
    level: Proof,
    deadline: Timestamp,
}

impl Wanted {
    /// The level that a task can show: without a digest of the source there is none of the highest.
    fn reachable(&self) -> Proof {
        if self.point.has_source_digest {
            self.level
        } else {
            self.level.min(Proof::Restored)
        }
    }
}

#[async_trait]
impl Duty for ProofDuty {
    fn name(&self) -> &'static str {
        "proof"
    }

    fn period(&self) -> SignedDuration {
        PERIOD
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        let now = cx.clock.now();
        if let Err(error) = sweep(&cx.store, &self.0).await {
            tracing::warn!(%error, "the scratch place cannot be swept");
        }
        let Some(mut wanted) = wanted(cx).await? else {
            return Ok(());
        };
        wanted.sort_by_key(|one| (one.deadline, one.point.id));
        forget_ended(cx).await?;
        tell(cx, &wanted, now).await?;
        self.queue(cx, &wanted, now).await
    }
}

/// All that is wanted and not proven yet; none when the lease was lost meanwhile.
async fn wanted(cx: &DutyContext) -> Result<Option<Vec<Wanted>>, DutyError> {
    let reader = cx.store.read();
    let mut all = Vec::new();
    for policy in policies::system_list(&reader).await? {
        for (kind, target) in targets(&policy) {
            let levels: Vec<Proof> = Proof::ALL
                .iter()
                .copied()
                .filter(|level| *level < target.level)
                .collect();
            let mut after = None;
            loop {
                if !cx.has_lease() {
                    return Ok(None);
                }
                let of = (policy.id, kind);
                let page = system_unproven(&reader, of, &levels, after, PAGE).await?;
                after = page.last().map(|last| (last.taken_at, last.id));
                let is_last = u64::try_from(page.len()).unwrap_or(0) < PAGE;
                let asked = page
                    .into_iter()
                    .filter(|point| target.sample.asks_for(point.id, point.is_newest));
                all.extend(asked.map(|point| Wanted {
                    point,
                    policy: policy.id,
                    level: target.level,
                    deadline: target.within.deadline(point.taken_at),
                }));
                if is_last {
                    break;
                }
            }
        }
    }
    Ok(Some(all))
}

/// What a policy wants of its points in the vault, by kind of asset: the most of what its operations want.
fn targets(policy: &domain::policy::Policy) -> BTreeMap<AssetKind, ProofTarget> {
    let mut targets: BTreeMap<AssetKind, ProofTarget> = BTreeMap::new();
    for operation in &policy.operations {
        let Some(target) = operation
            .proof
            .filter(|_| operation.placement == Placement::Vault)
        else {
            continue;
        };
        let known = targets.entry(operation.asset_kind).or_insert(target);
        if target.level > known.level {
            *known = target;
        }
    }
    targets
}

impl ProofDuty {
    async fn queue(
        &self,
        cx: &DutyContext,
        wanted: &[Wanted],
        now: Timestamp,
    ) -> Result<(), DutyError> {
        let reader = cx.store.read();
        let since = now.saturating_sub(BUDGET_PERIOD).unwrap_or(Timestamp::MIN);
        if verifications::system_bytes_since(&reader, since).await? >= self.0.bytes_per_day {
            return Ok(());
        }
        let kind = TaskKind::VerifyRecoveryPoint;
        let (at_work, count) = store::tasks::system_points_at_work(&reader, kind).await?;
        let most = usize::try_from(self.0.concurrent_max).unwrap_or(1) * AHEAD;
        let room = most.saturating_sub(count);
        let mut chosen: BTreeMap<OrganizationId, Vec<NewTask>> = BTreeMap::new();
        let mut left = room;
        for one in wanted {
            if left == 0 {
                break;
            }
            let is_reached = one.point.proof >= one.reachable();
            if at_work.contains(&one.point.id) || is_reached || rests(cx, one, now).await? {
                continue;
            }
            let organization = one.point.organization_id;
            chosen.entry(organization).or_default().push(task(one, now));
            left -= 1;
        }
        for (_, tasks) in chosen {
            if !cx.has_lease() {
                return Ok(());
            }
            let mut tx = cx.store.begin().await?;
            ::tasks::enqueue_many(&mut tx, tasks, cx.ids.as_ref(), now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Whether the last attempt says that another one would bring nothing new, or was made today.
async fn rests(cx: &DutyContext, one: &Wanted, now: Timestamp) -> Result<bool, DutyError> {
    let reader = cx.store.read();
    let organization = one.point.organization_id;
    let last = verifications::last_of_points(&reader, organization, &[one.point.id]).await?;
    Ok(last.first().is_some_and(|last| {
        let age = now.duration_since(last.started_at);
        last.wanted >= one.reachable()
            && match last.verdict {
                Verdict::Incomplete => age < INCOMPLETE_PAUSE,
                Verdict::BrokenOff => age < BUDGET_PERIOD,
                Verdict::Running | Verdict::Proven | Verdict::Failed => false,
            }
    }))
}

fn task(one: &Wanted, now: Timestamp) -> NewTask {
    let (point, level) = (one.point.id, one.reachable());
    let spec = TaskSpec::VerifyRecoveryPoint {
        recovery_point_id: point,
        level,
    };
    let day = now.as_second().div_euclid(BUDGET_PERIOD.as_secs());
    let mut task = NewTask::new(one.point.organization_id, spec, Actor::System);
    task.asset_id = Some(one.point.asset_id);
    task.policy_id = Some(one.policy);
    task.recovery_point_id = Some(point);
    task.unique_key = Some(format!("duty/proof/{point}/{}/{day}", level.name()));
    task
}

/// Clears the alerts about failed proofs of points that have ended since: nobody can do anything about them any more.
async fn forget_ended(cx: &DutyContext) -> Result<(), DutyError> {
    let reader = cx.store.read();
    for alert in alerts::system_open(&reader, AlertKind::ProofFailed).await? {
        let Some(id) = alert.subject.recovery_point_id else {
            continue;
        };
        let point = recovery_points::lookup(&reader, alert.organization_id, id).await?;
        let has_ended = point.is_none_or(|point| point.status == RecoveryPointStatus::Expired);
        if has_ended && cx.has_lease() {
            let mut tx = cx.store.begin().await?;
            alerts::clear(&mut tx, alert.organization_id, &alert.key).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Raises the alerts of assets with a point that is late, and clears those of the others.
async fn tell(cx: &DutyContext, wanted: &[Wanted], now: Timestamp) -> Result<(), DutyError> {
    let mut late: BTreeMap<(OrganizationId, AssetId), Vec<&Wanted>> = BTreeMap::new();
    for one in wanted.iter().filter(|one| one.deadline <= now) {
        let key = (one.point.organization_id, one.point.asset_id);
        late.entry(key).or_default().push(one);
    }
    let open = alerts::system_open(&cx.store.read(), AlertKind::ProofOverdue).await?;
    let keys: BTreeSet<String> = late.keys().map(|(_, asset)| overdue_key(*asset)).collect();
    for alert in open.iter().filter(|alert| !keys.contains(&alert.key)) {
        if !cx.has_lease() {
            return Ok(());
        }
        let mut tx = cx.store.begin().await?;
        alerts::clear(&mut tx, alert.organization_id, &alert.key).await?;
        tx.commit().await?;
    }
    for ((organization, asset), points) in late {
        let alert = overdue(cx, organization, asset, &points);
        let is_told = |known: &&Alert| known.key == alert.key && known.cause == alert.cause;
        if open.iter().any(|known| is_told(&known)) {
            continue;
        }
        if !cx.has_lease() {
            return Ok(());
        }
        let mut tx = cx.store.begin().await?;
        alerts::raise(&mut tx, &alert).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn overdue_key(asset: AssetId) -> String {
    format!("proof_overdue/{asset}")
}

fn overdue(
    cx: &DutyContext,
    organization: OrganizationId,
    asset: AssetId,
    late: &[&Wanted],
) -> NewAlert {
    let count = late.len();
    let first = late.first();
    let mut cause = first.map_or_else(String::new, |first| {
        format!(
            "{count} recovery point(s) of the asset are not proven as their policy promises, the first since {}.",
            first.deadline
        )
    });
    let unreachable = late
        .iter()
        .filter(|one| one.point.proof >= one.reachable())
        .count();
    if unreachable > 0 {
        cause = format!(
            "{cause} {unreachable} of them were made without a digest of the source and can be proven RESTORED at most; the next backup \
             has one."
        );
    } else {
        cause.push_str(
            " Look whether verifications fail or wait, and whether their budget ([verification] in the configuration) is enough.",
        );
    }
    let id = AlertId::fresh(cx.ids.as_ref());
    let kind = AlertKind::ProofOverdue;
    let mut alert = NewAlert::new(id, organization, kind, overdue_key(asset), cause);
    alert.subject.asset_id = Some(asset);
    if let Some(first) = first {
        alert.subject.policy_id = Some(first.policy);
        alert.subject.recovery_point_id = Some(first.point.id);
        alert.evidence = serde_json::json!({
            "points": count,
            "wanted": first.level.name(),
            "oldest_deadline": first.deadline.to_string(),
        });
    }
    alert
}
