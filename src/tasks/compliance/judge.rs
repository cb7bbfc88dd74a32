//! From rows to facts to verdicts, for a batch of assets of one organization.
//!
//! Not for the order of things (`compliance.rs`). Invariant: why windows have no point is read only for assets that have such
//! windows; no status depends on it.

use std::collections::BTreeMap;

use domain::compliance::history::{end, renew};
use domain::compliance::{
    Assessment, Controls, Facts, Failure, PointFacts, ReasonCode, judge, overdue_at, proof_asks,
    prove_by,
};
use domain::policy::Policy;
use domain::proof_target::ProofTarget;
use domain::recovery_point::Placement;
use domain::schedule::MissedWindows;
use domain::{AssetId, PolicyId};
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::compliance::{
    Checked, DueAsset, DuePoint, system_assigned, system_failures, system_missed, system_newest,
    system_points,
};

/// What was read of a batch.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    points: BTreeMap<AssetId, Vec<DuePoint>>,
    newest: BTreeMap<AssetId, BTreeMap<Placement, Timestamp>>,
    assigned: BTreeMap<AssetId, Timestamp>,
    missed: BTreeMap<AssetId, Vec<MissedWindows>>,
    failures: BTreeMap<AssetId, Vec<Failure>>,
    since: Timestamp,
}

impl Evidence {
    /// Reads what every asset needs.
    pub(super) async fn read(
        tx: &Tx,
        controls: &Controls,
        policies: &BTreeMap<PolicyId, Policy>,
        due: &[DueAsset],
        now: Timestamp,
    ) -> Result<Self, store::Error> {
        let protected: Vec<&DueAsset> = due
            .iter()
            .filter(|asset| !asset.is_gone && asset.policy_id.is_some())
            .collect();
        let ids: Vec<AssetId> = protected.iter().map(|asset| asset.id).collect();
        let new = protected
            .iter()
            .filter(|asset| asset.protected_since.is_none());
        let new: Vec<AssetId> = new.map(|asset| asset.id).collect();
        let since = controls.recovery_points.oldest(now);
        // A proof speaks for points of any age, so where one is asked for, all points that can be restored are read.
        let operations = policies.values().flat_map(|policy| &policy.operations);
        let oldest = if operations.into_iter().any(|one| one.proof.is_some()) {
            Timestamp::MIN
        } else {
            since
        };
        Ok(Self {
            points: system_points(tx, &ids, since, oldest).await?,
            newest: system_newest(tx, &ids).await?,
            assigned: system_assigned(tx, &new).await?,
            since,
            ..Self::default()
        })
    }

    /// Reads why windows of these assets have no point.
    async fn explain(&mut self, tx: &Tx, assets: &[AssetId]) -> Result<(), store::Error> {
        self.missed = system_missed(tx, assets, self.since).await?;
        self.failures = system_failures(tx, assets, self.since).await?;
        Ok(())
    }

    fn facts<'a>(
        &self,
        asset: &DueAsset,
        policy: Option<&'a Policy>,
        controls: &Controls,
    ) -> Facts<'a> {
        let protected_since = policy.map(|_| {
            let known = asset
                .protected_since
                .or_else(|| self.assigned.get(&asset.id).copied());
            known.unwrap_or(asset.due_at)
        });
        let asks = policy
            .zip(protected_since)
            .map_or_else(Vec::new, |(policy, since)| {
                proof_asks(policy, asset.kind, since)
            });
        let target = |placement: Placement| {
            let mut asks = asks.iter();
            let ask = asks.find(|(_, ask)| ask.placement == placement);
            ask.map(|(target, _)| *target)
        };
        let points = self.points.get(&asset.id).into_iter().flatten();
        let points: Vec<PointFacts> = points
            .map(|point| point_facts(point, target(point.placement)))
            .collect();
        let mut newest = self.newest.get(&asset.id).cloned().unwrap_or_default();
        for point in &points {
            let newest = newest.entry(point.placement).or_insert(point.taken_at);
            *newest = point.taken_at.max(*newest);
        }
        Facts {
            kind: asset.kind,
            discovered_at: asset.discovered_at,
            protected_since,
            policy,
            points,
            newest,
            proofs: asks.into_iter().map(|(_, ask)| ask).collect(),
            spread: place(asset.id, controls.recovery_points.spread()),
            missed: self.missed.get(&asset.id).cloned().unwrap_or_default(),
            failures: self.failures.get(&asset.id).cloned().unwrap_or_default(),
        }
    }
}

fn point_facts(point: &DuePoint, target: Option<ProofTarget>) -> PointFacts {
    PointFacts {
        id: point.id,
        placement: point.placement,
        taken_at: point.taken_at,
        expires_at: point.expires_at,
        state: point.state,
        is_proven: target.is_some_and(|target| point.proof >= target.level),
        prove_by: target.and_then(|target| prove_by(&target, point.id, point.taken_at)),
    }
}

/// How much later this asset's windows are judged than others': always at the same place within `width`.
fn place(asset: AssetId, width: SignedDuration) -> SignedDuration {
    // The low half of a UUIDv7 is random.
    let (_, low) = asset.uuid().as_u64_pair();
    let share = i64::try_from(low & 0xffff).unwrap_or(0);
    SignedDuration::from_secs(width.as_secs().saturating_mul(share) >> 16)
}

/// Judges the assets and says what becomes of their records.
pub(super) async fn judge_all(
    tx: &Tx,
    controls: &Controls,
    policies: &BTreeMap<PolicyId, Policy>,
    mut evidence: Evidence,
    due: Vec<DueAsset>,
    now: Timestamp,
) -> Result<Vec<Checked>, store::Error> {
    let policy_of = |asset: &DueAsset| asset.policy_id.and_then(|id| policies.get(&id));
    let mut judged = BTreeMap::new();
    let mut unexplained = Vec::new();
    for asset in due.iter().filter(|asset| !asset.is_gone) {
        let facts = evidence.facts(asset, policy_of(asset), controls);
        let assessment = judge(controls, &facts, now);
        if has_missing_windows(&assessment) {
            unexplained.push(asset.id);
        }
        judged.insert(asset.id, (assessment, facts));
    }
    if !unexplained.is_empty() {
        evidence.explain(tx, &unexplained).await?;
        for asset in due.iter().filter(|asset| unexplained.contains(&asset.id)) {
            let facts = evidence.facts(asset, policy_of(asset), controls);
            let assessment = judge(controls, &facts, now);
            judged.insert(asset.id, (assessment, facts));
        }
    }
    let close = |asset: DueAsset| {
        let verdict = judged.remove(&asset.id);
        checked(&asset, verdict, now)
    };
    Ok(due.into_iter().map(close).collect())
}

fn checked(asset: &DueAsset, verdict: Option<(Assessment, Facts<'_>)>, now: Timestamp) -> Checked {
    let before = asset.before.as_ref();
    let mut checked = Checked {
        asset_id: asset.id,
        organization_id: asset.organization_id,
        record: None,
        protected_since: None,
        overdue_at: None,
        ended: Vec::new(),
        is_news: before.is_some(),
    };
    let Some((assessment, facts)) = verdict else {
        checked.ended = before.map_or_else(Vec::new, |before| end(before, now));
        return checked;
    };
    let (record, ended) = renew(before, assessment, now);
    checked.is_news = before.is_none_or(|before| before.status() != record.status());
    checked.protected_since = facts.protected_since;
    checked.overdue_at = overdue_at(&facts);
    checked.record = Some(record);
    checked.ended = ended;
    checked
}

fn has_missing_windows(assessment: &Assessment) -> bool {
    let reasons = assessment.verdicts.values();
    let mut reasons = reasons.flat_map(|verdict| &verdict.reasons);
    reasons.any(|reason| reason.code == ReasonCode::WindowsWithoutPoint)
}
