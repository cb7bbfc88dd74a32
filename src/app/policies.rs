//! Policies: what is backed up, how often and for how long.
//!
//! Not for which assets (`assignments.rs`). Invariant: the schedules of a policy change in the transaction of the policy; an
//! edit keeps the ids of its operations, so a window that has fired never fires again.

use std::collections::BTreeSet;

use domain::asset::{AssetFilter, AssetKind};
use domain::calendar::ComingRun;
use domain::limits::NAME_LENGTH_MAX;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::policy::{
    OperationDraft, Policy, PolicyDraft, PolicyFilter, PolicyOperation, validate_operations,
};
use domain::protection_rule::ProtectionRuleFilter;
use domain::text::checked_name;
use domain::{
    AssetId, OrganizationId, OrganizationalUnitId, PolicyId, PolicyOperationId, Problem,
    ProblemCode,
};
use jiff::Timestamp;
use store::Tx;

use crate::actions::{self, Action};
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::organizational_units::place;
use ::tasks::protection::{CHUNK, Rules, apply_later};

mod parts;

pub(crate) use parts::{add, remove, replace};

/// Adds a policy; its schedules begin when it is assigned.
pub async fn create(
    ctx: &Ctx,
    unit: Option<Option<OrganizationalUnitId>>,
    draft: PolicyDraft,
) -> Result<Policy, Error> {
    ctx.authorize(actions::CREATE_POLICY).await?;
    draft.validate().map_err(under_draft)?;
    let tx = ctx.begin().await?;
    let needed = Permission::PolicyWrite;
    let unit = place(ctx, &tx, needed, "organizationalUnitId", unit).await?;
    let name = name_of("draft.name", &draft)?;
    let policy = fresh(ctx, unit, name, draft);
    add(ctx, tx, &policy).await?.commit().await?;
    Ok(policy)
}

/// Adds a policy that does what another does, under another name; at the unit of the other when none is named.
pub async fn clone(
    ctx: &Ctx,
    id: Option<PolicyId>,
    unit: Option<Option<OrganizationalUnitId>>,
    name: String,
) -> Result<Policy, Error> {
    let action = actions::CLONE_POLICY;
    ctx.authorize(action).await?;
    let mut tx = ctx.begin().await?;
    let original = lock(ctx, &mut tx, id).await?;
    let draft = PolicyDraft {
        name,
        ..original.draft()
    };
    let name = name_of("name", &draft)?;
    // What was allowed when the original was written may not be any more.
    draft.validate()?;
    let unit = match unit {
        None => original.unit_id,
        named => {
            place(
                ctx,
                &tx,
                Permission::PolicyWrite,
                "organizationalUnitId",
                named,
            )
            .await?
        }
    };
    let mut tx = ctx.authorize_at(tx, action, [unit]).await?;
    let policy = fresh(ctx, unit, name, draft);
    taken("name", store::policies::add(&mut tx, &policy).await)?;
    let summary = serde_json::json!({ "original": original.id, "policy": summary(&policy) });
    audit::success(ctx, &mut tx, action, policy.id, summary).await?;
    tx.commit().await?;
    Ok(policy)
}

fn fresh(ctx: &Ctx, unit: OrganizationalUnitId, name: String, draft: PolicyDraft) -> Policy {
    let now = ctx.now();
    Policy {
        id: PolicyId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        unit_id: unit,
        name,
        description: described(draft.description),
        is_active: true,
        operations: operations_of(ctx, draft.operations, &[]),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Changes a policy as a whole, when it is still at the version that the caller read.
pub async fn update(
    ctx: &Ctx,
    id: Option<PolicyId>,
    draft: PolicyDraft,
    expected_version: i32,
) -> Result<Policy, Error> {
    ctx.authorize(actions::UPDATE_POLICY).await?;
    draft.validate().map_err(under_draft)?;
    let mut tx = ctx.begin().await?;
    let before = lock(ctx, &mut tx, id).await?;
    let tx = ctx
        .authorize_at(tx, actions::UPDATE_POLICY, [before.unit_id])
        .await?;
    if before.version != expected_version {
        return Err(Error::stale("expectedVersion", before.version));
    }
    let after = Policy {
        name: name_of("draft.name", &draft)?,
        description: described(draft.description),
        operations: operations_of(ctx, draft.operations, &before.operations),
        ..before.clone()
    };
    let mut tx = tx;
    let after = parts::change(ctx, &mut tx, &before, after).await?;
    tx.commit().await?;
    Ok(after)
}

/// Stops (`false`) or resumes (`true`) the schedules of a policy; windows that pass meanwhile are recorded as missed.
pub async fn set_active(ctx: &Ctx, id: Option<PolicyId>, is_active: bool) -> Result<Policy, Error> {
    let action = parts::activity(is_active);
    ctx.authorize(action).await?;
    let mut tx = ctx.begin().await?;
    let before = lock(ctx, &mut tx, id).await?;
    let mut tx = ctx.authorize_at(tx, action, [before.unit_id]).await?;
    if before.is_active == is_active {
        return Ok(before);
    }
    let after = Policy {
        is_active,
        ..before
    };
    let summary = serde_json::json!({ "name": after.name });
    let after = parts::write(ctx, &mut tx, action, after, summary).await?;
    tx.commit().await?;
    Ok(after)
}

/// Removes a policy. While it was chosen by hand for assets, this is refused unless `unassign` says to take it away from them
/// first; while a rule gives it, it is refused in any case, because the rule would protect nothing.
pub async fn delete(ctx: &Ctx, id: Option<PolicyId>, unassign: bool) -> Result<PolicyId, Error> {
    ctx.authorize(actions::DELETE_POLICY).await?;
    let mut tx = ctx.begin().await?;
    let policy = lock(ctx, &mut tx, id).await?;
    let mut tx = ctx
        .authorize_at(tx, actions::DELETE_POLICY, [policy.unit_id])
        .await?;
    let organization = ctx.organization();
    check_rules(&tx, organization, policy.id).await?;
    let assigned = store::assignments::list_of_policy(&tx, organization, policy.id).await?;
    if !assigned.is_empty() && !unassign {
        let message = format!(
            "{} assets have this policy. Take it away from them first, or set `unassign`.",
            assigned.len()
        );
        return Err(Error::precondition("id", message));
    }
    let unassigned = parts::take_away(ctx, &mut tx, policy.id).await?;
    parts::erase(ctx, &mut tx, &policy, unassigned).await?;
    tx.commit().await?;
    Ok(policy.id)
}

/// Refuses while a rule gives the policy.
async fn check_rules(tx: &Tx, organization: OrganizationId, policy: PolicyId) -> Result<(), Error> {
    let filter = ProtectionRuleFilter {
        policy_ids: Some(vec![policy]),
        ..ProtectionRuleFilter::default()
    };
    let count = store::protection_rules::count(tx, organization, &filter).await?;
    if count == 0 {
        return Ok(());
    }
    let message = format!(
        "{count} protection rules assign this policy. Give them another policy or delete them first."
    );
    Err(Error::precondition("id", message))
}

/// Refuses while assets have the policy by a rule that is gone: a task is taking it away from them.
async fn check_assets(
    tx: &Tx,
    organization: OrganizationId,
    policy: PolicyId,
) -> Result<(), Error> {
    let filter = AssetFilter {
        policy_ids: Some(vec![policy]),
        include_deleted: true,
        ..AssetFilter::default()
    };
    if store::assets::count(tx, organization, &filter).await? == 0 {
        return Ok(());
    }
    let message = "A change of protection rules is still being applied to assets with this policy. Try again in a moment.";
    Err(Error::precondition("id", message))
}

/// One policy.
pub async fn lookup(ctx: &Ctx, id: PolicyId) -> Result<Option<Policy>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::policies::lookup(&ctx.read(), ctx.scope(), id).await?)
}

/// Several policies at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[PolicyId]) -> Result<Vec<Policy>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::policies::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// A page of policies.
pub async fn list(
    ctx: &Ctx,
    filter: &PolicyFilter,
    page: &PageRequest,
) -> Result<Page<Policy>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::policies::list(&ctx.read(), ctx.scope(), filter, page).await?)
}

/// Drafts that most organizations begin with.
pub fn templates(ctx: &Ctx) -> Result<Vec<PolicyDraft>, Error> {
    ctx.require(Permission::Read)?;
    Ok(domain::policy_template::templates())
}

/// The first `count` runs after `after` that a policy with these operations would make; none when no policy can have them.
pub fn runs_of_draft(
    ctx: &Ctx,
    operations: Vec<OperationDraft>,
    after: Timestamp,
    count: usize,
) -> Result<Option<Vec<ComingRun>>, Error> {
    ctx.require(Permission::Read)?;
    if validate_operations(&operations).is_err() {
        return Ok(None);
    }
    let operations = operations_of(ctx, operations, &[]);
    Ok(Some(domain::calendar::runs_of(&operations, after, count)))
}

/// How many policies match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &PolicyFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::policies::count(&ctx.read(), ctx.scope(), filter).await?)
}

/// The policy, held until the transaction ends, and before it what protects the organization's assets.
async fn lock(ctx: &Ctx, tx: &mut Tx, id: Option<PolicyId>) -> Result<Policy, Error> {
    let missing = || Error::not_found("id", "policy");
    let id = id.ok_or_else(missing)?;
    store::protection_rules::lock(tx, ctx.organization()).await?;
    store::policies::lock(tx, ctx.scope(), id)
        .await?
        .ok_or_else(missing)
}

/// Drafts become operations; one for the same kind and place as before keeps its id.
pub(crate) fn operations_of(
    ctx: &Ctx,
    drafts: Vec<OperationDraft>,
    before: &[PolicyOperation],
) -> Vec<PolicyOperation> {
    let operation = |draft: OperationDraft| {
        let twin = before
            .iter()
            .find(|old| old.asset_kind == draft.asset_kind && old.placement == draft.placement);
        PolicyOperation {
            id: twin.map_or_else(|| PolicyOperationId::fresh(ctx.ids()), |twin| twin.id),
            asset_kind: draft.asset_kind,
            placement: draft.placement,
            target: draft.target,
            frequencies: draft.frequencies,
            start: draft.start,
            window: draft.window,
            catch_up: draft.catch_up,
            proof: draft.proof,
        }
    };
    drafts.into_iter().map(operation).collect()
}

fn name_of(field: &str, draft: &PolicyDraft) -> Result<String, Error> {
    Ok(checked_name(field, &draft.name, NAME_LENGTH_MAX)?)
}

/// An empty description is none.
pub(crate) fn described(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

fn under_draft(problems: Vec<Problem>) -> Error {
    let nested = problems.into_iter().map(|problem| problem.under("draft"));
    Error::Problems(nested.collect())
}

fn taken<T>(field: &str, result: Result<T, store::Error>) -> Result<T, Error> {
    result.map_err(|error| {
        if error.is_constraint("policies_name") {
            let message = "Another policy has this name.";
            Problem::new(ProblemCode::Taken, field, message).into()
        } else {
            error.into()
        }
    })
}

fn summary(policy: &Policy) -> serde_json::Value {
    serde_json::json!({
        "name": policy.name,
        "version": policy.version,
        "operations": policy.operations,
    })
}

#[cfg(test)]
mod tests;
