//! API tokens: bearer secrets of programs that act for a person.
//!
//! Not for browser sessions. Invariant: a token has the role of its user as it is at the time of use, so it can never allow
//! more; its secret is handed out once.

use std::sync::Arc;

use domain::access::Access;
use domain::api_token::{ApiToken, TokenOwner};
use domain::limits::NAME_LENGTH_MAX;
use domain::page::{Page, PageRequest};
use domain::text::checked_name;
use domain::{ApiTokenId, Problem, ProblemCode, Problems};
use identity::{ApiTokenSecret, SecretDigest};
use jiff::{SignedDuration, Timestamp};

use crate::actions;
use crate::audit;
use crate::context::{Caller, Credential, Ctx, Origin, Services};
use crate::error::Error;
use crate::recognition::{self, Kind};

/// A token's last use is written at most this often, in seconds.
const TOUCH_SECONDS: i64 = 60;
/// Most living tokens of one person: a list that a person can still look through.
const TOKENS_MAX: usize = 100;
/// Days of a token when its maker names none.
pub const DAYS_DEFAULT: u32 = 90;

/// Makes a token for the caller.
pub async fn create(
    ctx: &Ctx,
    name: &str,
    days: Option<u32>,
) -> Result<(ApiToken, ApiTokenSecret), Error> {
    ctx.authorize(actions::CREATE_API_TOKEN).await?;
    let Some(user) = ctx.user() else {
        return Err(Error::precondition("", "Only a person can have a token."));
    };
    let days = days.unwrap_or(DAYS_DEFAULT);
    let most = ctx.services().settings.api_token_days_max;
    let mut problems = Problems::new();
    let name = match checked_name("name", name, NAME_LENGTH_MAX) {
        Ok(name) => name,
        Err(problem) => {
            problems.push(problem);
            String::new()
        }
    };
    problems.check(
        (1..=most).contains(&days),
        "days",
        format!("A token lives 1 to {most} days."),
    );
    problems.into_result()?;
    let now = ctx.now();
    let life = SignedDuration::from_hours(i64::from(days) * 24);
    let secret = ApiTokenSecret::fresh(ctx.ids());
    let token = ApiToken {
        id: ApiTokenId::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        owner: TokenOwner::User(user.id),
        created_by: Some(user.id),
        name,
        created_at: now,
        expires_at: now.saturating_add(life).unwrap_or(Timestamp::MAX),
        last_used_at: None,
        revoked_at: None,
    };
    let mut tx = ctx.begin().await?;
    let living = store::api_tokens::count_living(&tx, ctx.organization(), user.id, now).await?;
    if living >= TOKENS_MAX {
        let message = format!("You have {TOKENS_MAX} tokens already. Delete one first.");
        return Err(Problem::new(ProblemCode::LimitReached, "name", message).into());
    }
    store::api_tokens::add(&mut tx, &token, secret.digest().as_bytes()).await?;
    let summary = serde_json::json!({ "name": token.name, "expiresAt": token.expires_at });
    audit::success(ctx, &mut tx, actions::CREATE_API_TOKEN, token.id, summary).await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// Ends a token of the caller.
pub async fn delete(ctx: &Ctx, id: Option<ApiTokenId>) -> Result<ApiTokenId, Error> {
    ctx.authorize(actions::DELETE_API_TOKEN).await?;
    let missing = || Error::not_found("id", "API token");
    let id = id.ok_or_else(missing)?;
    let mut tx = ctx.begin().await?;
    let token = store::api_tokens::lookup(&tx, ctx.organization(), id).await?;
    let own = token.filter(|token| {
        token.user_id().is_some() && token.user_id() == ctx.user().map(|user| user.id)
    });
    let token = own
        .filter(|token| token.revoked_at.is_none())
        .ok_or_else(missing)?;
    store::api_tokens::revoke(&mut tx, ctx.organization(), id, ctx.now()).await?;
    let summary = serde_json::json!({ "name": token.name });
    audit::success(ctx, &mut tx, actions::DELETE_API_TOKEN, id, summary).await?;
    tx.commit().await?;
    Ok(id)
}

/// The caller's own tokens that have not been deleted, newest first.
pub async fn list(ctx: &Ctx, page: &PageRequest) -> Result<Page<ApiToken>, Error> {
    let user = ctx.user().ok_or(Error::Unauthenticated)?;
    Ok(store::api_tokens::list(&ctx.read(), ctx.organization(), user.id, page).await?)
}

/// How many tokens the caller has, counted up to the cap.
pub async fn count(ctx: &Ctx) -> Result<u64, Error> {
    let user = ctx.user().ok_or(Error::Unauthenticated)?;
    Ok(store::api_tokens::count(&ctx.read(), ctx.organization(), user.id).await?)
}

/// One of the caller's own tokens.
pub async fn lookup(ctx: &Ctx, id: ApiTokenId) -> Result<Option<ApiToken>, Error> {
    let token = store::api_tokens::lookup(&ctx.read(), ctx.organization(), id).await?;
    let own = |token: &ApiToken| {
        token.user_id().is_some() && token.user_id() == ctx.user().map(|user| user.id)
    };
    Ok(token.filter(|token| own(token) && token.revoked_at.is_none()))
}

/// Recognises a bearer token; none when it is unknown, ended or deleted.
pub async fn recognise(
    services: &Arc<Services>,
    origin: &Origin,
    secret: &str,
) -> Result<Option<Ctx>, Error> {
    let Some(secret) = ApiTokenSecret::parse(secret) else {
        return Ok(None);
    };
    recognition::recognise(services, secret.digest(), Kind::ApiToken, origin).await
}

/// Whoever a token stands for with what they may do now, while the token lives; a use of it.
pub(crate) async fn caller(
    services: &Services,
    digest: SecretDigest,
    origin: &Origin,
) -> Result<Option<(Caller, Access)>, Error> {
    let reader = services.store.read();
    let found = store::api_tokens::system_find_by_hash(&reader, digest.as_bytes()).await?;
    let now = services.clock.now();
    let Some(token) = found.filter(|token| token.is_alive(now)) else {
        return Ok(None);
    };
    let credential = Credential::ApiToken {
        id: token.id,
        digest,
        expires_at: token.expires_at,
    };
    let found = recognition::bearer(services, token.clone(), credential, origin).await?;
    if found.is_some() {
        touch(services, &token).await?;
    }
    Ok(found)
}

async fn touch(services: &Services, token: &ApiToken) -> Result<(), Error> {
    let now = services.clock.now();
    let is_fresh = |at: Timestamp| now.duration_since(at).as_secs() < TOUCH_SECONDS;
    if token.last_used_at.is_some_and(is_fresh) {
        return Ok(());
    }
    let mut tx = services.store.begin().await?;
    store::api_tokens::touch(&mut tx, token.id, now).await?;
    Ok(tx.commit().await?)
}
