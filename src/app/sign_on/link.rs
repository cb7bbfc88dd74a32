//! Links between people here and their accounts at providers, made by the people themselves.
//!
//! Not for people whom a provider brings (`arrival.rs`). Invariant: a link takes the password and a proven session of the person, and is
//! finished by the session that began it.

use domain::identity_provider::{IdentityLink, IdentityProvider, ProviderState, SignOnPurpose};
use domain::{IdentityProviderId, Problem, ProblemCode};
use identity::{Assertion, PasswordHash};
use secrecy::SecretString;
use serde_json::json;

use super::{Begun, Taken, active, enforcement, missing, open, person, record, use_once};
use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::throttle::Guesser;

/// Begins to link the caller to their account at a provider. A stolen session must not be enough for a second way in, so the
/// password is asked for again; nor a stolen password, so whoever has a second factor has proven themselves by it.
pub async fn begin(
    ctx: &Ctx,
    provider: Option<IdentityProviderId>,
    password: &SecretString,
) -> Result<Begun, Error> {
    ctx.authorize(actions::LINK_IDENTITY).await?;
    let user = person(ctx)?;
    let services = ctx.services();
    let provider = active(services, provider).await?;
    if provider.organization_id != ctx.organization() {
        return Err(missing());
    }
    let who = Guesser::Session(&user.email);
    services.throttle.begin(who, ctx.now())?;
    let found = store::users::find_credentials_by_email(&ctx.read(), &user.email).await?;
    let hash = found
        .and_then(|(_, hash)| hash)
        .map(PasswordHash::from_stored);
    if !services.passwords.verify(password, hash).await? {
        record(
            ctx.services(),
            ctx.origin(),
            &provider,
            actions::LINK_IDENTITY,
            "wrong password",
        )
        .await?;
        return Err(Problem::invalid("password", "The password is wrong.").into());
    }
    services.throttle.succeeded(who);
    open(services, provider, SignOnPurpose::Link, Some(ctx)).await
}

/// Links the caller to the account that they have just proven to hold at the provider.
pub(crate) async fn complete(
    ctx: &Ctx,
    taken: &Taken,
    assertion: &Assertion,
) -> Result<IdentityLink, Error> {
    let user = ctx.user().ok_or(Error::Unauthenticated)?;
    let is_own = taken.request.purpose == SignOnPurpose::Link
        && taken.request.user_id == Some(user.id)
        && taken.request.organization_id == ctx.organization();
    if !is_own {
        return Err(Error::precondition(
            "state",
            "This was not begun by you as a link.",
        ));
    }
    let provider = &taken.provider;
    use_once(ctx.services(), provider, assertion.one_time.as_ref()).await?;
    let link = IdentityLink {
        organization_id: ctx.organization(),
        provider_id: provider.id,
        subject: assertion.subject.clone(),
        user_id: user.id,
        created_at: ctx.now(),
    };
    let mut tx = ctx.begin().await?;
    // Looked at first, because PostgreSQL ends a transaction at the first violation; the index decides all the same.
    let taken_by = store::identity_links::find(&tx, provider.id, &link.subject).await?;
    let own = store::identity_links::of_user(&tx, ctx.organization(), user.id).await?;
    if taken_by.is_some() || own.iter().any(|link| link.provider_id == provider.id) {
        let message = "You or this account are linked with this provider already.";
        return Err(Problem::new(ProblemCode::Taken, "identity", message).into());
    }
    store::identity_links::add(&mut tx, &link).await?;
    let summary = json!({ "provider": provider.id });
    audit::success(ctx, &mut tx, actions::LINK_IDENTITY, user.id, summary).await?;
    tx.commit().await?;
    Ok(link)
}

/// Takes the caller's account at a provider away as a way to sign on. The right to do so is the person's own; the last way in stays.
pub async fn unlink(
    ctx: &Ctx,
    provider: Option<IdentityProviderId>,
) -> Result<IdentityProviderId, Error> {
    ctx.authorize(actions::UNLINK_IDENTITY).await?;
    let unknown = || super::not_found("identityProviderId");
    let user = ctx.user().ok_or_else(unknown)?;
    let provider = provider.ok_or_else(unknown)?;
    let organization = ctx.organization();
    let by_password = user.password_changed_at.is_some()
        && enforcement::admits(ctx.services(), organization, user.id).await?;
    let mut tx = ctx.begin().await?;
    // Two accounts unlinked at once must not leave a person with neither.
    store::organizations::lock(&tx, organization).await?;
    let links = store::identity_links::of_user(&tx, organization, user.id).await?;
    let providers = store::identity_providers::list(&tx, organization).await?;
    let is_way_in = |link: &IdentityLink| {
        let is_open = |one: &IdentityProvider| one.state == ProviderState::Active;
        link.provider_id != provider
            && providers
                .iter()
                .any(|one| one.id == link.provider_id && is_open(one))
    };
    let is_own = links.iter().any(|link| link.provider_id == provider);
    if is_own && !by_password && !links.iter().any(is_way_in) {
        let message = "This is your only way to sign on here, so it stays.";
        return Err(Error::precondition("identityProviderId", message));
    }
    if !store::identity_links::remove(&mut tx, organization, provider, user.id).await? {
        return Err(unknown());
    }
    let summary = json!({ "provider": provider });
    audit::success(ctx, &mut tx, actions::UNLINK_IDENTITY, user.id, summary).await?;
    tx.commit().await?;
    Ok(provider)
}

/// The providers of the caller's organization by name, each with the caller's link to it, if there is one.
pub async fn ways(ctx: &Ctx) -> Result<Vec<(IdentityProvider, Option<IdentityLink>)>, Error> {
    if ctx.user().is_none() || ctx.access().permissions().is_empty() {
        return Ok(Vec::new());
    }
    let mut links = own(ctx).await?;
    let providers = store::identity_providers::list(&ctx.read(), ctx.organization()).await?;
    let mut ways: Vec<_> = providers
        .into_iter()
        .map(|provider| {
            let at = links
                .iter()
                .position(|link| link.provider_id == provider.id);
            let link = at.map(|at| links.swap_remove(at));
            (provider, link)
        })
        .collect();
    ways.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    Ok(ways)
}

/// The links of the caller.
pub async fn own(ctx: &Ctx) -> Result<Vec<IdentityLink>, Error> {
    let Some(user) = ctx.user().map(|user| user.id) else {
        return Ok(Vec::new());
    };
    let links = store::identity_links::of_user(&ctx.read(), ctx.organization(), user).await;
    Ok(links?)
}
