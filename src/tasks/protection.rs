//! Brings assets in line with what protects them: rules, what was chosen by hand, and their order.
//!
//! Not for what the rules say (`domain::protection_rule`). Invariant: everything here holds the organization's lock
//! (`store::protection_rules::lock`), so a decision is always written by the rules that are in force when its transaction commits.

use std::collections::BTreeMap;

use domain::asset::Asset;
use domain::policy::Policy;
use domain::protection_rule::{Decision, ProtectionRuleFilter, RuleBook};
use domain::task::{Actor, NewTask, TaskSpec, TaskStatus};
use domain::{AssetId, IdSource, OrganizationId, OrganizationalUnitId, PolicyId, TaskId};
use jiff::Timestamp;
use store::protection_rules::ApplyState;
use store::{Connection, Tx};

use crate::scheduler::{schedule_assets, unschedule_assets};

/// Assets that one transaction brings in line: small enough that nobody waits long for it.
pub const CHUNK: u16 = 500;

/// The rules of an organization as they are in force.
#[derive(Debug)]
pub struct Rules {
    organization: OrganizationId,
    generation: i64,
    book: RuleBook,
}

/// The rules of an organization, with what the policies in them can do.
pub async fn book(
    db: &impl Connection,
    organization: OrganizationId,
) -> Result<RuleBook, store::Error> {
    let list = store::protection_rules::order_list(db, organization).await?;
    let tree = store::organizational_units::tree(db, organization).await?;
    let mut named: Vec<PolicyId> = list.rules().map(|rule| rule.policy_id).collect();
    named.sort_unstable();
    named.dedup();
    let policies = store::policies::lookup_many(db, organization, &named).await?;
    Ok(RuleBook::new(&list, tree, &policies))
}

impl Rules {
    /// Locks the organization's protection and reads its rules.
    pub async fn lock(tx: &mut Tx, organization: OrganizationId) -> Result<Self, store::Error> {
        let state = store::protection_rules::lock(tx, organization).await?;
        Self::load(tx, organization, &state).await
    }

    /// Locks the organization's protection; reads its rules only when they are not those of `known`.
    pub async fn current<'a>(
        tx: &mut Tx,
        organization: OrganizationId,
        known: &'a mut Option<Self>,
    ) -> Result<&'a mut Self, store::Error> {
        let state = store::protection_rules::lock(tx, organization).await?;
        Self::at(tx, organization, &state, known).await
    }

    /// As [`Rules::current`], for who has the lock.
    pub async fn at<'a>(
        tx: &Tx,
        organization: OrganizationId,
        state: &ApplyState,
        known: &'a mut Option<Self>,
    ) -> Result<&'a mut Self, store::Error> {
        let is_current = |rules: &Self| {
            rules.organization == organization && rules.generation == state.generation
        };
        let rules = match known.take().filter(is_current) {
            Some(rules) => rules,
            None => Self::load(tx, organization, state).await?,
        };
        Ok(known.insert(rules))
    }

    async fn load(
        tx: &Tx,
        organization: OrganizationId,
        state: &ApplyState,
    ) -> Result<Self, store::Error> {
        Ok(Self {
            organization,
            generation: state.generation,
            book: book(tx, organization).await?,
        })
    }

    /// Gives these assets, which the transaction has locked, what the rules say: writes what differs and moves their schedules
    /// along. Answers how many differed; the assets are up to date then.
    pub async fn settle(
        &mut self,
        tx: &mut Tx,
        assets: &mut [Asset],
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Result<usize, store::Error> {
        let decisions = self.decide(tx, assets).await?;
        let mut moved: BTreeMap<Decision, Vec<AssetId>> = BTreeMap::new();
        let mut given: BTreeMap<Option<PolicyId>, Vec<Asset>> = BTreeMap::new();
        for (asset, decision) in assets.iter_mut().zip(decisions) {
            if asset.decision().kept() == decision.kept() {
                continue;
            }
            moved.entry(decision).or_default().push(asset.id);
            let is_new = asset.policy_id != decision.policy_id;
            (asset.policy_id, asset.rule_id) = decision.kept();
            if is_new {
                let same = given.entry(decision.policy_id).or_default();
                same.push(asset.clone());
            }
        }
        let organization = self.organization;
        for (decision, assets) in &moved {
            store::assets::set_decision(tx, organization, assets, *decision).await?;
        }
        let policies: Vec<PolicyId> = given.keys().copied().flatten().collect();
        let policies = lookup(tx, organization, &policies).await?;
        for (policy, assets) in &given {
            if let Some(policy) = policy.and_then(|id| policies.get(&id)) {
                schedule_assets(tx, policy, assets, ids, now).await?;
            } else {
                let assets: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
                unschedule_assets(tx, organization, &assets).await?;
            }
        }
        Ok(moved.values().map(Vec::len).sum())
    }

    async fn decide(&mut self, tx: &Tx, assets: &[Asset]) -> Result<Vec<Decision>, store::Error> {
        let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let chosen = store::assignments::of_assets(tx, self.organization, &ids).await?;
        let chosen: BTreeMap<AssetId, PolicyId> = chosen
            .into_iter()
            .map(|one| (one.asset_id, one.policy_id))
            .collect();
        let mut unknown: Vec<PolicyId> = chosen.values().copied().collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|policy| !self.book.knows(*policy));
        if !unknown.is_empty() {
            let policies = lookup(tx, self.organization, &unknown).await?;
            let policies: Vec<Policy> = policies.into_values().collect();
            self.book.learn(&policies);
        }
        let mut units: BTreeMap<OrganizationalUnitId, Vec<OrganizationalUnitId>> = BTreeMap::new();
        for asset in assets {
            let above = units.entry(asset.unit_id);
            above.or_insert_with(|| self.book.units(asset.unit_id));
        }
        let subjects = assets.iter().map(|asset| {
            let units = units.get(&asset.unit_id).map_or(&[][..], Vec::as_slice);
            (asset.facts(units), chosen.get(&asset.id).copied())
        });
        Ok(self.book.decide_many(&subjects.collect::<Vec<_>>()))
    }
}

async fn lookup(
    tx: &Tx,
    organization: OrganizationId,
    ids: &[PolicyId],
) -> Result<BTreeMap<PolicyId, Policy>, store::Error> {
    let found = store::policies::lookup_many(tx, organization, ids).await?;
    Ok(found
        .into_iter()
        .map(|policy| (policy.id, policy))
        .collect())
}

/// After a change of what the rules could decide: makes sure that a task brings every asset in line. One that has not come to its
/// end already does it, however many changes there are.
pub async fn apply_later(
    tx: &mut Tx,
    organization: OrganizationId,
    actor: Actor,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<TaskId, store::Error> {
    let state = store::protection_rules::lock(tx, organization).await?;
    store::protection_rules::changed(tx, organization).await?;
    on_its_way(tx, organization, &state, actor, (ids, now)).await
}

/// Makes sure that rules which are not applied yet have a task on its way: one may have been stopped, or have given up.
pub async fn heal(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<(), store::Error> {
    let state = store::protection_rules::lock(tx, organization).await?;
    if !state.is_applied() {
        on_its_way(tx, organization, &state, Actor::System, (ids, now)).await?;
    }
    Ok(())
}

/// The task that applies the rules; a new one unless one goes on.
async fn on_its_way(
    tx: &mut Tx,
    organization: OrganizationId,
    state: &ApplyState,
    actor: Actor,
    (ids, now): (&dyn IdSource, Timestamp),
) -> Result<TaskId, store::Error> {
    if let Some(waiting) = state.task_id {
        let known = store::tasks::lookup(tx, organization, waiting).await?;
        let goes_on = |status: TaskStatus| !status.is_final() && status != TaskStatus::Aborting;
        if known.is_some_and(|task| goes_on(task.status)) {
            return Ok(waiting);
        }
    }
    let new = NewTask {
        concurrency_key: Some(format!("{organization}:apply_protection")),
        ..NewTask::new(organization, TaskSpec::ApplyProtection, actor)
    };
    let queued = crate::enqueue(tx, new, ids, now).await?;
    store::protection_rules::set_task(tx, organization, queued.task_id).await?;
    Ok(queued.task_id)
}

/// As [`apply_later`], after a change that matters to rules only, such as a move of a unit; none when there are no rules.
pub async fn apply_rules_later(
    tx: &mut Tx,
    organization: OrganizationId,
    actor: Actor,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<Option<TaskId>, store::Error> {
    let all = ProtectionRuleFilter::default();
    if store::protection_rules::count(tx, organization, &all).await? == 0 {
        store::protection_rules::lock(tx, organization).await?;
        store::protection_rules::changed(tx, organization).await?;
        return Ok(None);
    }
    Ok(Some(apply_later(tx, organization, actor, ids, now).await?))
}
