//! Assignments: the choice of a policy by hand, for a batch of assets at once or for all that match by a task.
//!
//! Not for automatic choice (`protection_rule.rs`). Invariant: what an answer shows is what protects the assets then, which may be a
//! rule that comes before what was chosen by hand.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::asset::{Asset, AssetFilter};
use crate::context::viewer;
use crate::error::{UserError, outcome};
use crate::node::{parse, parse_each};
use crate::task::Task;

/// Which assets get which policy.
#[derive(InputObject)]
pub(crate) struct AssignPolicyInput {
    /// The policy.
    policy_id: ID,
    /// 1 to 100 assets; those for which another policy was chosen by hand lose it.
    asset_ids: Vec<ID>,
}

/// Result of `assignPolicy`.
#[derive(SimpleObject)]
pub(crate) struct AssignPolicyPayload {
    /// The assets as they are now, unless a protection rule comes before; null when nothing was done: the batch is carried out as a
    /// whole or not at all.
    assets: Option<Vec<Asset>>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which assets lose their policy.
#[derive(InputObject)]
pub(crate) struct UnassignPolicyInput {
    /// 1 to 100 assets.
    asset_ids: Vec<ID>,
}

/// Result of `unassignPolicy`.
#[derive(SimpleObject)]
pub(crate) struct UnassignPolicyPayload {
    /// The assets, now without a policy or with that of a protection rule; their recovery points stay.
    assets: Option<Vec<Asset>>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which policy all assets get that match.
#[derive(InputObject)]
pub(crate) struct AssignPolicyToMatchingInput {
    /// The policy.
    policy_id: ID,
    /// Which assets, of those at which you may assign policies; those that are gone from AWS never match.
    filter: AssetFilter,
    /// A text of your choice that makes sending the same request twice harmless, for 24 hours; a UUID is fine.
    idempotency_key: String,
}

/// Result of `assignPolicyToMatching`.
#[derive(SimpleObject)]
pub(crate) struct AssignPolicyToMatchingPayload {
    /// The work; its result counts the assets.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Of which assets all that match lose what was chosen by hand.
#[derive(InputObject)]
pub(crate) struct UnassignPolicyFromMatchingInput {
    /// Which assets, of those at which you may assign policies; those that are gone from AWS never match.
    filter: AssetFilter,
    /// A text of your choice that makes sending the same request twice harmless, for 24 hours; a UUID is fine.
    idempotency_key: String,
}

/// Result of `unassignPolicyFromMatching`.
#[derive(SimpleObject)]
pub(crate) struct UnassignPolicyFromMatchingPayload {
    /// The work; its result counts the assets.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of assignments.
#[derive(Default)]
pub(crate) struct AssignmentMutation;

#[Object]
impl AssignmentMutation {
    /// Assigns a policy to assets; the first run is at the next time that the policy names, never in the past.
    async fn assign_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assets get which policy.")] input: AssignPolicyInput,
    ) -> async_graphql::Result<Option<AssignPolicyPayload>> {
        let caller = viewer(ctx)?;
        let (policy, assets) = (parse(&input.policy_id), parse_each(&input.asset_ids));
        let assigned = app::assignments::assign(caller, policy, &assets).await;
        let (assets, user_errors) = outcome(assigned)?;
        Ok(Some(AssignPolicyPayload {
            assets: assets.map(|assets| assets.into_iter().map(Asset::from).collect()),
            user_errors,
        }))
    }

    /// Takes the policy away from assets.
    async fn unassign_policy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assets lose their policy.")] input: UnassignPolicyInput,
    ) -> async_graphql::Result<Option<UnassignPolicyPayload>> {
        let caller = viewer(ctx)?;
        let assets = parse_each(&input.asset_ids);
        let (assets, user_errors) = outcome(app::assignments::unassign(caller, &assets).await)?;
        Ok(Some(UnassignPolicyPayload {
            assets: assets.map(|assets| assets.into_iter().map(Asset::from).collect()),
            user_errors,
        }))
    }

    /// Assigns a policy to all assets that match, in the background.
    async fn assign_policy_to_matching(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assets get which policy.")] input: AssignPolicyToMatchingInput,
    ) -> async_graphql::Result<Option<AssignPolicyToMatchingPayload>> {
        let AssignPolicyToMatchingInput {
            policy_id,
            filter,
            idempotency_key,
        } = input;
        let (caller, policy) = (viewer(ctx)?, parse(&policy_id));
        let queued =
            app::assignments::assign_matching(caller, policy, filter.into(), &idempotency_key);
        let (task, user_errors) = outcome(queued.await)?;
        Ok(Some(AssignPolicyToMatchingPayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Takes back what was chosen by hand for all assets that match, in the background.
    async fn unassign_policy_from_matching(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which assets lose their policy.")] input: UnassignPolicyFromMatchingInput,
    ) -> async_graphql::Result<Option<UnassignPolicyFromMatchingPayload>> {
        let UnassignPolicyFromMatchingInput {
            filter,
            idempotency_key,
        } = input;
        let caller = viewer(ctx)?;
        let queued = app::assignments::unassign_matching(caller, filter.into(), &idempotency_key);
        let (task, user_errors) = outcome(queued.await)?;
        Ok(Some(UnassignPolicyFromMatchingPayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }
}
