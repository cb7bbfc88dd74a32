//! Plans of protection: previews of drafts, and applying them.
//!
//! Not for single changes (`policy.rs`, `protection_rule.rs`). Invariant: a preview writes nothing; what it shows is limited to the
//! assets that the viewer sees.

mod draft;
mod export;
mod page;

use std::sync::Arc;

use app::protection_plans::{self as plans, ProtectionPlan as Plan, ShownChange};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::AssetId;
use domain::asset::AssetKind as Kind;
use domain::protection_plan::{AssetEffect, Forecast, LOOK_BACK_DAYS, ShortenedPoint, Transition};
use domain::protection_rule::{Decision, ProtectionSource as Source};

use crate::asset::Asset;
use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{AssetKind, ProtectionChangeAction, ProtectionChangeNoun, ProtectionEffect};
use crate::error::{UserError, outcome, read};
use crate::policy::Policy;
use crate::protection::ProtectionSource;
use crate::protection_plan::draft::ProtectionDraftInput;
use crate::protection_plan::page::page_of;
use crate::recovery_point::RecoveryPoint;
use crate::scalars::{BigInt, DateTime};
use crate::task::Task;

/// Most changes that a plan lists; the rest is counted.
const CHANGES_SHOWN: usize = 100;
/// Most differences that one change lists; the rest is counted.
const DIFFERENCES_SHOWN: usize = 100;
/// Cost of a preview: it looks at all assets of the organization.
const PREVIEW_COST: usize = 50;
/// Millionths of a USD in a cent.
const MICRO_USD_PER_CENT: u64 = 10_000;

/// A draft to look at before it is applied.
#[derive(InputObject)]
pub(crate) struct ProtectionPreviewInput {
    /// What you want.
    draft: ProtectionDraftInput,
}

/// A draft to apply as it was previewed.
#[derive(InputObject)]
pub(crate) struct ApplyProtectionInput {
    /// What you want; the same as in the preview.
    draft: ProtectionDraftInput,
    /// The hash that the preview gave; when the world has moved since, nothing is applied.
    plan_hash: String,
}

/// What a draft would do, or what to mend in it.
#[derive(SimpleObject)]
pub(crate) struct ProtectionPreview {
    /// The plan; null when there is something to mend.
    plan: Option<ProtectionPlan>,
    /// What to mend; empty when there is a plan.
    user_errors: Vec<UserError>,
}

/// Result of `applyProtection`.
#[derive(SimpleObject)]
pub(crate) struct ApplyProtectionPayload {
    /// What was applied.
    plan: Option<ProtectionPlan>,
    /// The task that brings the assets in line; null when nothing has changed, or when you do not see tasks of the organization.
    task: Option<Task>,
    /// What to mend, or what has moved since the preview; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What a draft of policies and rules does.
pub(crate) struct ProtectionPlan(Arc<Plan>);

impl From<Plan> for ProtectionPlan {
    fn from(plan: Plan) -> Self {
        Self(Arc::new(plan))
    }
}

/// What a draft of policies and rules does; counts and lists are about what you see.
#[Object(name = "ProtectionPlanSummary")]
impl ProtectionPlan {
    /// Names the plan and the state of the world that it was made for; pass it to `applyProtection`.
    async fn hash(&self) -> String {
        self.0.hash.to_string()
    }

    /// Number of policies, rules and orders that change; zero when everything is as the draft wants it.
    async fn change_count(&self) -> usize {
        self.0.changes.len()
    }

    /// What changes among policies and rules, up to 100.
    async fn changes(&self) -> Vec<ProtectionChange> {
        let changes = self.0.changes.iter().take(CHANGES_SHOWN);
        changes.map(ProtectionChange::from).collect()
    }

    /// Number of assets without a policy that get one.
    async fn assets_gained_count(&self) -> usize {
        self.0.effect.count(AssetEffect::Gained)
    }

    /// Number of assets that lose their policy.
    async fn assets_lost_count(&self) -> usize {
        self.0.effect.count(AssetEffect::Lost)
    }

    /// Number of assets that get another policy.
    async fn assets_changed_count(&self) -> usize {
        self.0.effect.count(AssetEffect::Changed)
    }

    /// The assets whose policy changes, in the order of their identifiers.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn asset_changes(
        &self,
        #[graphql(desc = "Only these effects; all when absent.")] effects: Option<
            Vec<ProtectionEffect>,
        >,
        #[graphql(desc = "How many, from the start; 1 to 100, 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the end; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<AssetProtectionChange>> {
        let request = page_request(first, after, last, before)?;
        let effects: Option<Vec<AssetEffect>> =
            effects.map(|effects| effects.into_iter().map(Into::into).collect());
        let effect = &self.0.effect;
        let wanted = effect.assets.iter().filter_map(|(id, place)| {
            let transition = *effect.transitions.get(*place)?;
            let own = transition.effect()?;
            let is_wanted = effects.as_ref().is_none_or(|some| some.contains(&own));
            is_wanted.then_some((*id, transition))
        });
        let wanted: Vec<(AssetId, Transition)> = wanted.collect();
        let total = wanted.len();
        let page = read(page_of(wanted, &request, |(id, _)| *id))?;
        Ok(Connection::new(
            page,
            Total::of(total),
            |(id, transition)| AssetProtectionChange {
                plan: Arc::clone(&self.0),
                id,
                transition,
            },
        ))
    }

    /// Recovery points that would expire earlier if they followed the changed policies, newest first. Applying the plan leaves them as
    /// they are: it is for recovery points of the future.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn recovery_points_to_shorten(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the start; 1 to 100, 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the end; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Connection<RecoveryPointShortening>> {
        let request = page_request(first, after, last, before)?;
        let points = read(plans::shortened_points(viewer(ctx)?, &self.0).await)?;
        let total = points.len();
        let page = read(page_of(points, &request, |one| one.point.id))?;
        Ok(Connection::new(
            page,
            Total::of(total),
            RecoveryPointShortening,
        ))
    }

    /// What policies do now.
    async fn forecast_before(&self) -> ProtectionForecast {
        self.0.effect.totals().0.into()
    }

    /// What policies would do.
    async fn forecast_after(&self) -> ProtectionForecast {
        self.0.effect.totals().1.into()
    }

    /// The forecasts of each kind of asset that has a policy before or after.
    async fn forecasts(&self) -> Vec<KindForecast> {
        let all = self.0.effect.forecasts.iter();
        all.map(|(kind, (before, after))| KindForecast::new(*kind, *before, *after))
            .collect()
    }
}

/// One policy, rule or order that changes.
#[derive(SimpleObject)]
#[graphql(name = "ProtectionChangeItem")]
pub(crate) struct ProtectionChange {
    /// What happens.
    action: ProtectionChangeAction,
    /// To what.
    noun: ProtectionChangeNoun,
    /// Name of the policy or rule; of an order that of the first rule in it that moves.
    name: String,
    /// What differs in an update or an order, up to 100 places; empty for what is new or goes.
    differences: Vec<ProtectionDifference>,
    /// Number of places that differ.
    difference_count: usize,
}

impl From<&ShownChange> for ProtectionChange {
    fn from(change: &ShownChange) -> Self {
        let shown = change.differences.iter().take(DIFFERENCES_SHOWN);
        let difference = |one: &domain::protection_plan::Difference| ProtectionDifference {
            path: one.path.clone(),
            before: one.before.clone(),
            after: one.after.clone(),
        };
        Self {
            action: change.action.into(),
            noun: change.noun.into(),
            name: change.name.clone(),
            differences: shown.map(difference).collect(),
            difference_count: change.differences.len(),
        }
    }
}

/// One place at which a policy, rule or order differs.
#[derive(SimpleObject)]
#[graphql(name = "ProtectionDifferenceItem")]
pub(crate) struct ProtectionDifference {
    /// Way to the place; list indexes are decimal numbers.
    path: Vec<String>,
    /// What is there; null when nothing is.
    before: Option<String>,
    /// What will be there; null when nothing will.
    after: Option<String>,
}

/// An asset whose policy changes.
pub(crate) struct AssetProtectionChange {
    plan: Arc<Plan>,
    id: AssetId,
    transition: Transition,
}

impl Noun for AssetProtectionChange {
    const CONNECTION: &'static str = "AssetProtectionChangeItemConnection";
    const EDGE: &'static str = "AssetProtectionChangeItemEdge";
}

/// An asset whose policy changes.
#[Object(name = "AssetProtectionChangeItem")]
impl AssetProtectionChange {
    /// The asset; null when it is gone meanwhile.
    async fn asset(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Asset>> {
        Ok(loaders(ctx)?.load(self.id).await?.map(Asset::from))
    }

    /// What happens to it.
    async fn effect(&self) -> Option<ProtectionEffect> {
        self.transition.effect().map(Into::into)
    }

    /// What protects it now.
    async fn before(&self) -> PlannedProtection {
        PlannedProtection::new(&self.plan, self.transition.before)
    }

    /// What would protect it.
    async fn after(&self) -> PlannedProtection {
        PlannedProtection::new(&self.plan, self.transition.after)
    }
}

/// What protects an asset on one side of a plan.
#[derive(SimpleObject)]
#[graphql(name = "PlannedProtectionInfo")]
pub(crate) struct PlannedProtection {
    /// The policy, as the plan leaves it; null when nothing protects the asset.
    policy: Option<Policy>,
    /// What decides so.
    source: ProtectionSource,
    /// Name of the rule that decides, if it is one.
    rule_name: Option<String>,
}

impl PlannedProtection {
    fn new(plan: &Plan, decision: Decision) -> Self {
        let policy = decision.policy_id.and_then(|id| plan.policy(id));
        let rule = decision.source.and_then(|source| plan.rule_name(source));
        Self {
            policy: policy.cloned().map(Policy::from),
            source: match decision.source {
                None => ProtectionSource::None,
                Some(Source::Direct) => ProtectionSource::Direct,
                Some(Source::Rule(_)) => ProtectionSource::Rule,
            },
            rule_name: rule.map(str::to_owned),
        }
    }
}

/// A recovery point that would expire earlier.
pub(crate) struct RecoveryPointShortening(ShortenedPoint);

impl Noun for RecoveryPointShortening {
    const CONNECTION: &'static str = "RecoveryPointShorteningItemConnection";
    const EDGE: &'static str = "RecoveryPointShorteningItemEdge";
}

/// A recovery point that would expire earlier if it followed a changed policy.
#[Object(name = "RecoveryPointShorteningItem")]
impl RecoveryPointShortening {
    /// The recovery point as it is.
    async fn recovery_point(&self) -> RecoveryPoint {
        self.0.point.clone().into()
    }

    /// When it would expire.
    async fn would_expire_at(&self) -> DateTime {
        self.0.would_expire_at.into()
    }
}

/// What policies do to assets of one kind, before and after.
#[derive(SimpleObject)]
#[graphql(name = "KindForecastItem")]
pub(crate) struct KindForecast {
    /// The kind.
    asset_kind: AssetKind,
    /// Now.
    before: ProtectionForecast,
    /// With the draft.
    after: ProtectionForecast,
}

impl KindForecast {
    fn new(kind: Kind, before: Forecast, after: Forecast) -> Self {
        Self {
            asset_kind: kind.into(),
            before: before.into(),
            after: after.into(),
        }
    }
}

/// What policies do. Storage and cost are estimates: from the sizes of the assets, from how much your recovery points added lately, and
/// from prices in US East (N. Virginia), at the state that policies reach when they have run for a whole retention.
#[derive(SimpleObject)]
#[graphql(name = "ProtectionForecastInfo")]
pub(crate) struct ProtectionForecast {
    /// Backup tasks a day, on average.
    tasks_per_day: f64,
    /// Backup tasks that would have run over the last 30 days.
    runs_in_last30_days: BigInt,
    /// Recovery points of those that would still be kept.
    recovery_points_kept: BigInt,
    /// Estimated bytes in the vault.
    vault_bytes: BigInt,
    /// Estimated bytes of snapshots in the AWS accounts of the assets, those that increments build on among them.
    snapshot_bytes: BigInt,
    /// Estimated cost of storage and of reading a month, in US dollars.
    cost_usd_per_month: f64,
}

impl From<Forecast> for ProtectionForecast {
    fn from(forecast: Forecast) -> Self {
        let days = u32::try_from(LOOK_BACK_DAYS).unwrap_or(1).max(1);
        let cents = forecast.micro_usd_per_month.div_ceil(MICRO_USD_PER_CENT);
        Self {
            tasks_per_day: float(forecast.runs) / f64::from(days),
            runs_in_last30_days: BigInt(forecast.runs),
            recovery_points_kept: BigInt(forecast.kept),
            vault_bytes: BigInt(forecast.vault_bytes),
            snapshot_bytes: BigInt(forecast.snapshot_bytes),
            cost_usd_per_month: float(cents) / 100.0,
        }
    }
}

/// As a number with a fraction; what is beyond four billion is only "very much".
fn float(value: u64) -> f64 {
    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
}

/// Reads of plans.
#[derive(Default)]
pub(crate) struct ProtectionPlanQuery;

#[Object]
impl ProtectionPlanQuery {
    /// The policies and rules of your units as JSON in the form of `ProtectionDraftInput`: a complete draft that changes nothing. For
    /// tools that keep them as files.
    async fn protection_document(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<String>> {
        let existing = read(plans::existing(viewer(ctx)?).await)?;
        Ok(Some(ProtectionDraftInput::from(existing).document()))
    }

    /// What a draft of policies and rules would do; nothing is saved. Apply it with the hash of its plan.
    #[graphql(complexity = "PREVIEW_COST + child_complexity")]
    async fn protection_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft.")] input: ProtectionPreviewInput,
    ) -> async_graphql::Result<Option<ProtectionPreview>> {
        let caller = viewer(ctx)?;
        let previewed = plans::preview(caller, &input.draft.into()).await;
        let (plan, user_errors) = outcome(previewed)?;
        Ok(Some(ProtectionPreview {
            plan: plan.map(ProtectionPlan::from),
            user_errors,
        }))
    }
}

/// Mutations of plans.
#[derive(Default)]
pub(crate) struct ProtectionPlanMutation;

#[Object]
impl ProtectionPlanMutation {
    /// Does what the preview of the same draft said, all of it or nothing. Refused with `CONFLICT` when policies, rules or the affected
    /// assets are not as they were; the messages say which.
    async fn apply_protection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft, and the hash of its plan.")] input: ApplyProtectionInput,
    ) -> async_graphql::Result<Option<ApplyProtectionPayload>> {
        let caller = viewer(ctx)?;
        let ApplyProtectionInput { draft, plan_hash } = input;
        let applied = plans::apply(caller, &draft.into(), &plan_hash).await;
        let (applied, user_errors) = outcome(applied)?;
        let (plan, task) = applied.map_or((None, None), |one| (Some(one.plan), one.task));
        Ok(Some(ApplyProtectionPayload {
            plan: plan.map(ProtectionPlan::from),
            task: task.map(Task::from),
            user_errors,
        }))
    }
}
