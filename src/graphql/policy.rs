//! Policies: what is backed up, how often and for how long.
//!
//! Not for which assets (`asset.rs`). Invariant: a policy that a join brought knows only its summary; any other field loads
//! the whole of it in one batch.

mod draft;
mod terms;

use app::assets::PolicySummary;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use domain::PolicyId;
use domain::permission::Permission as Right;

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{AssetKind, CatchUp, Placement, StorageTier};
use crate::error::{UserError, gone, is_conflict, outcome, read};
use crate::node::{parse, parse_all};
use crate::organizational_unit::OrganizationalUnit;
use crate::policy::draft::{Frequency, PolicyDraftInput, StartTimeInfo};
pub(crate) use crate::policy::draft::{PolicyOperationInput, RetentionDuration, RetentionInput};
use crate::policy::terms::{BackupWindow, ProofTarget};
use crate::scalars::DateTime;
use crate::user::IntoId as _;

/// A plan of what is backed up.
pub(crate) enum Policy {
    /// All of it.
    Whole(Box<domain::policy::Policy>),
    /// What a join of assets knows.
    Summary(PolicySummary),
}

impl From<domain::policy::Policy> for Policy {
    fn from(policy: domain::policy::Policy) -> Self {
        Self::Whole(Box::new(policy))
    }
}

impl From<PolicySummary> for Policy {
    fn from(summary: PolicySummary) -> Self {
        Self::Summary(summary)
    }
}

impl Noun for Policy {
    const CONNECTION: &'static str = "PolicyConnection";
    const EDGE: &'static str = "PolicyEdge";
}

impl Policy {
    /// The whole policy, loaded when only its summary is at hand. When it was deleted in between, the field that asks is an
    /// error and the rest of the answer stands.
    async fn whole(&self, ctx: &Context<'_>) -> async_graphql::Result<domain::policy::Policy> {
        match self {
            Self::Whole(policy) => Ok(domain::policy::Policy::clone(policy)),
            Self::Summary(summary) => {
                let loaded = loaders(ctx)?.load(summary.id).await?;
                loaded.ok_or_else(gone)
            }
        }
    }
}

/// A plan of what is backed up, how often and for how long.
#[Object]
impl Policy {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        match self {
            Self::Whole(policy) => policy.id.into_id(),
            Self::Summary(summary) => summary.id.into_id(),
        }
    }

    /// Name to show, unique in the organization.
    async fn name(&self) -> &str {
        match self {
            Self::Whole(policy) => &policy.name,
            Self::Summary(summary) => &summary.name,
        }
    }

    /// What the policy is for.
    async fn description(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.whole(ctx).await?.description)
    }

    /// Whether its schedules fire; false while it is paused.
    async fn is_active(&self) -> bool {
        match self {
            Self::Whole(policy) => policy.is_active,
            Self::Summary(summary) => summary.is_active,
        }
    }

    /// The unit to which the policy belongs; those below it may use it. Null when you do not see the unit.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let unit = self.whole(ctx).await?.unit_id;
        Ok(loaders(ctx)?.load(unit).await?.map(OrganizationalUnit))
    }

    /// What it does, one entry per kind of asset and place of the copy.
    async fn operations(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PolicyOperation>> {
        let operations = self.whole(ctx).await?.operations;
        Ok(operations
            .iter()
            .map(|operation| PolicyOperation::from(operation.draft()))
            .collect())
    }

    /// Counts changes; pass it as `expectedVersion` when you update.
    async fn version(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.whole(ctx).await?.version)
    }

    /// When it was made.
    async fn created_at(&self, ctx: &Context<'_>) -> async_graphql::Result<DateTime> {
        Ok(self.whole(ctx).await?.created_at.into())
    }

    /// When it was changed last.
    async fn updated_at(&self, ctx: &Context<'_>) -> async_graphql::Result<DateTime> {
        Ok(self.whole(ctx).await?.updated_at.into())
    }

    /// The runs that it has ahead, in order, as it is now; empty while it is paused. Several frequencies that are due together
    /// make one run.
    #[graphql(complexity = "page_cost(first, None, child_complexity)")]
    async fn next_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "Only those after this time; now when absent.")] after: Option<DateTime>,
    ) -> async_graphql::Result<Vec<PolicyRun>> {
        let first = page_request(first, None, None, None)?.size;
        let after = match after {
            Some(after) => after.0,
            None => viewer(ctx)?.now(),
        };
        let count = usize::try_from(first).unwrap_or(0);
        let runs = domain::calendar::coming_runs(&self.whole(ctx).await?, after, count);
        Ok(runs.into_iter().map(PolicyRun::from).collect())
    }

    /// What the viewer may do with it now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> async_graphql::Result<PolicyAbilities> {
        let caller = viewer(ctx)?;
        let write = caller.can_at(Right::PolicyWrite, self.whole(ctx).await?.unit_id);
        Ok(PolicyAbilities {
            update: write,
            pause: write,
            delete: write,
            assign: caller.can(Right::PolicyAssign),
        })
    }
}

/// A run that a policy has ahead.
#[derive(SimpleObject)]
pub(crate) struct PolicyRun {
    /// The time that the policy names for it; it begins within five minutes of that.
    nominal_at: DateTime,
    /// Kind of the assets it is for.
    asset_kind: AssetKind,
    /// Where the copies go.
    placement: Placement,
    /// How long they are kept: the longest of the frequencies that are due.
    keep: RetentionDuration,
    /// When its window closes and what is not done is given up; null with an open end, or without a window.
    closes_at: Option<DateTime>,
}

impl From<domain::calendar::ComingRun> for PolicyRun {
    fn from(run: domain::calendar::ComingRun) -> Self {
        Self {
            nominal_at: run.nominal_at.into(),
            asset_kind: run.asset_kind.into(),
            placement: run.placement.into(),
            keep: run.keep.into(),
            closes_at: run.closes_at.map(DateTime),
        }
    }
}

/// What the viewer may do with a policy now.
#[derive(SimpleObject)]
pub(crate) struct PolicyAbilities {
    /// Change it.
    update: bool,
    /// Pause and resume it.
    pause: bool,
    /// Delete it.
    delete: bool,
    /// Assign it to assets.
    assign: bool,
}

/// One thing that a policy does.
#[derive(SimpleObject)]
pub(crate) struct PolicyOperation {
    /// Kind of the assets it is for.
    asset_kind: AssetKind,
    /// Where the copies go.
    placement: Placement,
    /// For snapshots in the account: the region into which they are copied; null when they stay in that of the asset.
    target_region: Option<String>,
    /// For snapshots in the account: the storage tier in which they are kept.
    storage_tier: StorageTier,
    /// How often, and how long each copy is kept.
    frequencies: Vec<Frequency>,
    /// Time of day and time zone at which the frequencies count.
    start: StartTimeInfo,
    /// Between which times of day its runs may work; any time when null.
    window: Option<BackupWindow>,
    /// What becomes of runs whose time has passed while nothing could start them.
    catch_up: CatchUp,
    /// How far and by when each recovery point must be proven; null when the policy promises nothing.
    proof: Option<ProofTarget>,
}

impl From<domain::policy::OperationDraft> for PolicyOperation {
    fn from(operation: domain::policy::OperationDraft) -> Self {
        let frequencies = operation.frequencies.into_iter();
        Self {
            asset_kind: operation.asset_kind.into(),
            placement: operation.placement.into(),
            target_region: operation.target.region,
            storage_tier: operation.target.tier.into(),
            frequencies: frequencies.map(Frequency::from).collect(),
            start: operation.start.into(),
            window: operation.window.map(BackupWindow::from),
            catch_up: operation.catch_up.into(),
            proof: operation.proof.map(ProofTarget::from),
        }
    }
}

/// Which policies a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct PolicyFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// Name contains this text, whatever the case.
    search: Option<String>,
    /// Active (true) or paused (false).
    is_active: Option<bool>,
}

impl From<PolicyFilter> for domain::policy::PolicyFilter {
    fn from(filter: PolicyFilter) -> Self {
        let PolicyFilter {
            id,
            search,
            is_active,
        } = filter;
        Self {
            ids: parse_all(id),
            text: search,
            is_active,
        }
    }
}

/// Root fields of policies.
#[derive(Default)]
pub(crate) struct PolicyQuery;

#[Object]
impl PolicyQuery {
    /// Policies, by name.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which policies.")] filter: Option<PolicyFilter>,
    ) -> async_graphql::Result<Option<Connection<Policy>>> {
        let caller = viewer(ctx)?;
        let page = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let page = read(app::policies::list(caller, &filter, &page).await)?;
        Ok(Some(Connection::new(
            page,
            Total::Policies(filter),
            Policy::from,
        )))
    }

    /// One policy; null when there is none that you may see.
    async fn policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the policy.")] id: ID,
    ) -> async_graphql::Result<Option<Policy>> {
        Policy::find(ctx, &id).await
    }

    /// The runs that a policy with these operations would have ahead, while somebody writes it; null while no policy can have them.
    #[graphql(complexity = "page_cost(first, None, child_complexity)")]
    async fn policy_draft_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the policy would do.")] operations: Vec<PolicyOperationInput>,
        #[graphql(desc = "How many, 1 to 100; 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "Only those after this time; now when absent.")] after: Option<DateTime>,
    ) -> async_graphql::Result<Option<Vec<PolicyRun>>> {
        let caller = viewer(ctx)?;
        let first = page_request(first, None, None, None)?.size;
        let after = after.map_or_else(|| caller.now(), |after| after.0);
        let count = usize::try_from(first).unwrap_or(0);
        let drafts = operations.into_iter().map(Into::into).collect();
        let runs = read(app::policies::runs_of_draft(caller, drafts, after, count))?;
        Ok(runs.map(|runs| runs.into_iter().map(PolicyRun::from).collect()))
    }

    /// Policies that most organizations begin with, the most careful first: send name, description and operations of one to
    /// `createPolicy`, as they are or changed.
    async fn policy_templates(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<PolicyTemplate>>> {
        let templates = read(app::policies::templates(viewer(ctx)?))?;
        Ok(Some(
            templates.into_iter().map(PolicyTemplate::from).collect(),
        ))
    }
}

/// A policy that most organizations could begin with.
#[derive(SimpleObject)]
pub(crate) struct PolicyTemplate {
    /// Name to show.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// What it would do.
    operations: Vec<PolicyOperation>,
}

impl From<domain::policy::PolicyDraft> for PolicyTemplate {
    fn from(draft: domain::policy::PolicyDraft) -> Self {
        Self {
            name: draft.name,
            description: draft.description,
            operations: draft
                .operations
                .into_iter()
                .map(PolicyOperation::from)
                .collect(),
        }
    }
}

/// A new policy.
#[derive(InputObject)]
pub(crate) struct CreatePolicyInput {
    /// The organizational unit to which the policy belongs; your topmost one when absent.
    organizational_unit_id: Option<ID>,
    /// The policy as you want it.
    draft: PolicyDraftInput,
}

/// Result of `createPolicy`.
#[derive(SimpleObject)]
pub(crate) struct CreatePolicyPayload {
    /// The new policy; assign it to assets to start it.
    policy: Option<Policy>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which policy is copied, and what differs.
#[derive(InputObject)]
pub(crate) struct ClonePolicyInput {
    /// The policy to copy.
    id: ID,
    /// Name of the new one, unique in the organization, 1 to 100 characters.
    name: String,
    /// The organizational unit to which the new one belongs; that of the other when absent.
    organizational_unit_id: Option<ID>,
}

/// Result of `clonePolicy`.
#[derive(SimpleObject)]
pub(crate) struct ClonePolicyPayload {
    /// The new policy; no asset has it yet.
    policy: Option<Policy>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A change of a policy.
#[derive(InputObject)]
pub(crate) struct UpdatePolicyInput {
    /// The policy.
    id: ID,
    /// The version that you have read; the change is refused when there is a later one.
    expected_version: i32,
    /// The whole policy as you want it; what is not in here is gone.
    draft: PolicyDraftInput,
}

/// Result of `updatePolicy`.
#[derive(SimpleObject)]
pub(crate) struct UpdatePolicyPayload {
    /// The changed policy; on a conflict the policy as it is.
    policy: Option<Policy>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which policy is deleted.
#[derive(InputObject)]
pub(crate) struct DeletePolicyInput {
    /// The policy.
    id: ID,
    /// Take it away from all assets first; else it is refused while any has it.
    #[graphql(default)]
    unassign: bool,
}

/// Result of `deletePolicy`.
#[derive(SimpleObject)]
pub(crate) struct DeletePolicyPayload {
    /// Identifier of the policy that is gone; recovery points that it made stay.
    deleted_policy_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which policy is paused.
#[derive(InputObject)]
pub(crate) struct PausePolicyInput {
    /// The policy.
    id: ID,
}

/// Result of `pausePolicy`.
#[derive(SimpleObject)]
pub(crate) struct PausePolicyPayload {
    /// The policy, now paused.
    policy: Option<Policy>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which policy goes on.
#[derive(InputObject)]
pub(crate) struct ResumePolicyInput {
    /// The policy.
    id: ID,
}

/// Result of `resumePolicy`.
#[derive(SimpleObject)]
pub(crate) struct ResumePolicyPayload {
    /// The policy, now active.
    policy: Option<Policy>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of policies.
#[derive(Default)]
pub(crate) struct PolicyMutation;

#[Object]
impl PolicyMutation {
    /// Adds a policy.
    async fn create_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new policy.")] input: CreatePolicyInput,
    ) -> async_graphql::Result<Option<CreatePolicyPayload>> {
        let unit = input.organizational_unit_id.as_ref().map(parse);
        let created = app::policies::create(viewer(ctx)?, unit, input.draft.into()).await;
        let (policy, user_errors) = outcome(created)?;
        Ok(Some(CreatePolicyPayload {
            policy: policy.map(Policy::from),
            user_errors,
        }))
    }

    /// Makes a new policy that does what another does; assets keep the one that they have.
    async fn clone_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy, and what differs.")] input: ClonePolicyInput,
    ) -> async_graphql::Result<Option<ClonePolicyPayload>> {
        let unit = input.organizational_unit_id.as_ref().map(parse);
        let cloned = app::policies::clone(viewer(ctx)?, parse(&input.id), unit, input.name).await;
        let (policy, user_errors) = outcome(cloned)?;
        Ok(Some(ClonePolicyPayload {
            policy: policy.map(Policy::from),
            user_errors,
        }))
    }

    /// Changes a policy; its schedules follow at once and never run for a time that has passed.
    async fn update_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdatePolicyInput,
    ) -> async_graphql::Result<Option<UpdatePolicyPayload>> {
        let caller = viewer(ctx)?;
        let UpdatePolicyInput {
            id,
            expected_version,
            draft,
        } = input;
        let id = parse::<PolicyId>(&id);
        let updated = app::policies::update(caller, id, draft.into(), expected_version).await;
        let (mut policy, user_errors) = outcome(updated)?;
        if let Some(id) = id.filter(|_| is_conflict(&user_errors)) {
            policy = read(app::policies::lookup(caller, id).await)?;
        }
        Ok(Some(UpdatePolicyPayload {
            policy: policy.map(Policy::from),
            user_errors,
        }))
    }

    /// Deletes a policy and its schedules; recovery points that it made are kept as long as they were meant to be.
    async fn delete_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy is deleted.")] input: DeletePolicyInput,
    ) -> async_graphql::Result<Option<DeletePolicyPayload>> {
        let caller = viewer(ctx)?;
        let deleted = app::policies::delete(caller, parse(&input.id), input.unassign).await;
        let (id, user_errors) = outcome(deleted)?;
        Ok(Some(DeletePolicyPayload {
            deleted_policy_id: id.map(super::user::IntoId::into_id),
            user_errors,
        }))
    }

    /// Pauses a policy: its schedules do not fire, and times that pass meanwhile count as missed.
    async fn pause_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy is paused.")] input: PausePolicyInput,
    ) -> async_graphql::Result<Option<PausePolicyPayload>> {
        let paused = app::policies::set_active(viewer(ctx)?, parse(&input.id), false).await;
        let (policy, user_errors) = outcome(paused)?;
        Ok(Some(PausePolicyPayload {
            policy: policy.map(Policy::from),
            user_errors,
        }))
    }

    /// Ends a pause: schedules go on with their next time.
    async fn resume_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy goes on.")] input: ResumePolicyInput,
    ) -> async_graphql::Result<Option<ResumePolicyPayload>> {
        let resumed = app::policies::set_active(viewer(ctx)?, parse(&input.id), true).await;
        let (policy, user_errors) = outcome(resumed)?;
        Ok(Some(ResumePolicyPayload {
            policy: policy.map(Policy::from),
            user_errors,
        }))
    }
}
