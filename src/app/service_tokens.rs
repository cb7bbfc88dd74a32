//! Service tokens: bearer secrets that belong to no person and have grants of their own.
//!
//! Not for personal tokens and for recognising either (`api_tokens.rs`). Invariant: a person makes them, and gives them at each
//! unit no more than the person may do there; whoever does not manage all units of a token does not see it.

use domain::api_token::{ApiToken, TokenOwner};
use domain::limits::{NAME_LENGTH_MAX, ROLE_GRANTS_MAX};
use domain::permission::Permission;
use domain::role_grant::RoleAt;
use domain::text::checked_name;
use domain::{ApiTokenId, Problem, ProblemCode, Problems};
use identity::ApiTokenSecret;
use jiff::{SignedDuration, Timestamp};

use crate::actions;
use crate::api_tokens::DAYS_DEFAULT;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::memberships::{SentGrant, resolve};

/// Most service tokens of one organization that were not deleted: a list that a person can still look through.
const SERVICE_TOKENS_MAX: usize = 100;

/// Makes a service token.
pub async fn create(
    ctx: &Ctx,
    name: &str,
    grants: &[SentGrant],
    days: Option<u32>,
) -> Result<(ApiToken, ApiTokenSecret), Error> {
    let action = actions::CREATE_SERVICE_TOKEN;
    ctx.authorize(action).await?;
    // A token that could make its own successors would never end.
    let Some(maker) = ctx.user() else {
        return Err(Error::precondition(
            "",
            "Only a person makes service tokens.",
        ));
    };
    let days = days.unwrap_or(DAYS_DEFAULT);
    let name = check(ctx, name, grants, days)?;
    let mut tx = ctx.begin().await?;
    let locked = store::organizations::lock(&tx, ctx.organization()).await?;
    locked.ok_or_else(|| Error::not_found("", "organization"))?;
    let mut granted: Vec<RoleAt> = Vec::new();
    for (index, sent) in grants.iter().enumerate() {
        let grant = resolve(ctx, &tx, &format!("grants.{index}"), *sent).await?;
        if !granted.contains(&grant) {
            granted.push(grant);
        }
    }
    let units = granted.iter().map(|grant| grant.unit_id);
    tx = ctx.authorize_at(tx, action, units).await?;
    let known = store::api_tokens::list_of_services(&tx, ctx.organization()).await?;
    if known.len() >= SERVICE_TOKENS_MAX {
        let message = format!(
            "An organization has at most {SERVICE_TOKENS_MAX} service tokens. Delete one first."
        );
        return Err(Problem::new(ProblemCode::LimitReached, "name", message).into());
    }
    let (now, secret) = (ctx.now(), ApiTokenSecret::fresh(ctx.ids()));
    let life = SignedDuration::from_hours(i64::from(days) * 24);
    let token = ApiToken {
        id: ApiTokenId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        owner: TokenOwner::Service(granted.clone()),
        created_by: Some(maker.id),
        name,
        created_at: now,
        expires_at: now.saturating_add(life).unwrap_or(Timestamp::MAX),
        last_used_at: None,
        revoked_at: None,
    };
    store::api_tokens::add(&mut tx, &token, secret.digest().as_bytes()).await?;
    let summary = serde_json::json!({
        "name": token.name, "grants": granted, "expiresAt": token.expires_at,
    });
    audit::success(ctx, &mut tx, action, token.id, summary).await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// Ends a service token; programs that use it are refused from now on.
pub async fn delete(ctx: &Ctx, id: Option<ApiTokenId>) -> Result<ApiTokenId, Error> {
    let action = actions::DELETE_SERVICE_TOKEN;
    ctx.authorize(action).await?;
    let missing = || Error::not_found("id", "service token");
    let id = id.ok_or_else(missing)?;
    let mut tx = ctx.begin().await?;
    let token = store::api_tokens::lookup(&tx, ctx.organization(), id).await?;
    let token = token
        .filter(|token| token.revoked_at.is_none() && manages(ctx, token))
        .ok_or_else(missing)?;
    store::api_tokens::revoke(&mut tx, ctx.organization(), id, ctx.now()).await?;
    let summary = serde_json::json!({ "name": token.name });
    audit::success(ctx, &mut tx, action, id, summary).await?;
    tx.commit().await?;
    Ok(id)
}

/// The service tokens that the caller manages, newest first; those that have run out are among them until they are deleted.
pub async fn list(ctx: &Ctx) -> Result<Vec<ApiToken>, Error> {
    ctx.require(Permission::ServiceTokenManage)?;
    let mut tokens = store::api_tokens::list_of_services(&ctx.read(), ctx.organization()).await?;
    tokens.retain(|token| manages(ctx, token));
    Ok(tokens)
}

/// Whether a service token is the caller's to see: whether they manage every unit of it.
pub(crate) fn manages(ctx: &Ctx, token: &ApiToken) -> bool {
    let needed = Permission::ServiceTokenManage;
    match &token.owner {
        TokenOwner::User(_) => false,
        TokenOwner::Service(grants) => grants.iter().all(|at| ctx.can_at(needed, at.unit_id)),
    }
}

fn check(ctx: &Ctx, name: &str, grants: &[SentGrant], days: u32) -> Result<String, Error> {
    let most = ctx.services().settings.api_token_days_max;
    let mut problems = Problems::new();
    let name = checked_name("name", name, NAME_LENGTH_MAX).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    problems.check(
        (1..=most).contains(&days),
        "days",
        format!("A token lives 1 to {most} days."),
    );
    problems.check(
        (1..=ROLE_GRANTS_MAX).contains(&grants.len()),
        "grants",
        format!("A service token needs 1 to {ROLE_GRANTS_MAX} grants."),
    );
    problems.into_result()?;
    Ok(name)
}

#[cfg(test)]
mod tests;
