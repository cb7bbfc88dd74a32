//! Enforced sign-on: an organization whose people come through its identity providers only, and the way back in when those fail.
//!
//! Not for the providers themselves. Invariant: at least one Super Admin can always come by password: those on the list of
//! break-glass administrators, or every Super Admin when nobody on the list is one any more. So no change of roles, members or
//! providers can lock an organization out.

use std::collections::BTreeSet;

use domain::identity_provider::ProviderState;
use domain::organization::Organization;
use domain::session::Session;
use domain::{OrganizationId, Problems, UserId};
use serde_json::json;
use store::Reader;

use crate::actions;
use crate::audit;
use crate::context::{Ctx, Services};
use crate::error::Error;

/// Most break-glass administrators: few enough to be watched.
pub const BREAK_GLASS_MAX: usize = 10;

/// Whether this person may come into the organization without its identity provider.
pub(crate) async fn admits(
    services: &Services,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, Error> {
    let reader = services.store.read();
    let found = store::organizations::lookup(&reader, organization).await?;
    if found.is_none_or(|found| !found.settings.sso_enforced) {
        return Ok(true);
    }
    breaks_glass(&reader, organization, user).await
}

/// Whether this session may go on in an organization that enforces sign-on.
pub(crate) async fn admits_session(services: &Services, session: &Session) -> Result<bool, Error> {
    let reader = services.store.read();
    let organization = session.organization_id;
    if session.provider_id.is_some() {
        return Ok(true);
    }
    breaks_glass(&reader, organization, session.user_id).await
}

async fn breaks_glass(
    reader: &Reader,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, Error> {
    let admins = store::role_grants::super_admins(reader, organization).await?;
    if !admins.contains(&user) {
        return Ok(false);
    }
    let listed = store::break_glass::list(reader, organization).await?;
    let is_effective = |listed: &UserId| admins.contains(listed);
    Ok(listed.contains(&user) || !listed.iter().any(is_effective))
}

/// The break-glass administrators of the caller's organization.
pub async fn break_glass(ctx: &Ctx) -> Result<Vec<UserId>, Error> {
    ctx.require(domain::permission::Permission::SsoManage)?;
    Ok(store::break_glass::list(&ctx.read(), ctx.organization()).await?)
}

/// Switches enforcement on or off, and says who may come by password all the same. `None` is a malformed id.
pub async fn set(
    ctx: &Ctx,
    enforced: bool,
    break_glass: &[Option<UserId>],
) -> Result<Organization, Error> {
    ctx.authorize(actions::ENFORCE_SIGN_ON).await?;
    let mut tx = ctx.begin().await?;
    let id = ctx.organization();
    let found = store::organizations::lock(&tx, id).await?;
    let mut organization = found.ok_or_else(|| Error::not_found("", "organization"))?;
    let admins = store::role_grants::super_admins(&tx, id).await?;
    let listed: Vec<UserId> = break_glass.iter().flatten().copied().collect();
    let people = store::users::lookup_many(&tx, id, &listed).await?;
    let mut problems = Problems::new();
    for (index, user) in break_glass.iter().enumerate() {
        let has_password = people
            .iter()
            .any(|person| Some(person.id) == *user && person.password_changed_at.is_some());
        problems.check(
            user.is_some_and(|user| admins.contains(&user)) && has_password,
            &format!("breakGlassUserIds.{index}"),
            "This must be an active Super Admin of the whole organization who has a password.",
        );
    }
    let distinct: BTreeSet<UserId> = listed.iter().copied().collect();
    problems.check(
        distinct.len() <= BREAK_GLASS_MAX && (!enforced || !distinct.is_empty()),
        "breakGlassUserIds",
        format!("This needs 1 to {BREAK_GLASS_MAX} people while sign-on is enforced."),
    );
    let providers = store::identity_providers::list(&tx, id).await?;
    let has_active = providers
        .iter()
        .any(|one| one.state == ProviderState::Active);
    problems.check(
        !enforced || has_active,
        "enforced",
        "Activate an identity provider first.",
    );
    problems.into_result()?;
    let distinct: Vec<UserId> = distinct.into_iter().collect();
    store::break_glass::replace(&mut tx, id, &distinct, ctx.now()).await?;
    let expected = organization.version;
    organization.settings.sso_enforced = enforced;
    organization.version += 1;
    store::organizations::update(&mut tx, &organization, expected).await?;
    let summary = json!({ "enforced": enforced, "breakGlassUserIds": distinct });
    audit::success(ctx, &mut tx, actions::ENFORCE_SIGN_ON, id, summary).await?;
    tx.commit().await?;
    Ok(organization)
}
