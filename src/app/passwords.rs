//! Passwords: changing one's own, and setting a new one by a link in a mail.
//!
//! Not for signing in (`sessions.rs`). Invariant: a new password ends every session of the person; asking for a link costs and
//! answers the same for known and unknown addresses; a link never signs anybody in.

use std::sync::Arc;

use domain::audit::Outcome;
use domain::link::LinkPurpose;
use domain::mail::{MailContent, SecurityChange};
use domain::organization_settings::PasswordProfile;
use domain::password::CheckedRule;
use domain::user::{User, normalize_email};
use domain::{Problem, Problems};
use identity::{LinkSecret, PasswordContext, PasswordHash, check_password, password_rules};
use secrecy::{ExposeSecret as _, SecretString};
use store::Tx;

use crate::actions;
use crate::audit::{self, Deed};
use crate::context::{Credential, Ctx, Origin, Services};
use crate::error::Error;
use crate::mails;
use crate::sessions::{self, NewSession};
use crate::throttle::{Budget, Guesser};

/// Asks for a link that sets a new password. The answer is the same whether the address is known or not.
pub async fn request_reset(
    services: &Arc<Services>,
    origin: &Origin,
    email: &str,
) -> Result<(), Error> {
    let wanted = || Problem::invalid("email", "This is not an e-mail address.");
    let email = normalize_email(email).ok_or_else(wanted)?;
    let now = services.clock.now();
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::RECOVERY, origin.address.as_deref(), now)?;
    budgets.spend(Budget::RESET_OF_ACCOUNT, &email, now)?;
    let mut tx = services.store.begin().await?;
    mails::queue(
        &mut tx,
        services,
        &email,
        &MailContent::PasswordResetRequested,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Sets a new password by a link. Every session ends; whoever has a second factor still needs it to sign in.
pub async fn reset(
    services: &Arc<Services>,
    origin: &Origin,
    token: &str,
    password: &SecretString,
) -> Result<(), Error> {
    let now = services.clock.now();
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::LINK, origin.address.as_deref(), now)?;
    let void = || Error::from(Problem::invalid("token", VOID_LINK));
    let secret = LinkSecret::parse(token).ok_or_else(void)?;
    let digest = secret.digest(LinkPurpose::ResetPassword);
    // The password is judged before the link is used up, so that a bad one costs no second mail.
    let reader = services.store.read();
    let found =
        store::links::system_find(&reader, LinkPurpose::ResetPassword, digest.as_bytes(), now)
            .await?;
    let (_, email) = found.ok_or_else(void)?;
    let user = person(services, &email).await?.ok_or_else(void)?.0;
    check(services, "password", password, &user).await?;
    let hash = services.passwords.hash(password).await?;
    let mut tx = services.store.begin().await?;
    let used =
        store::links::system_use(&mut tx, LinkPurpose::ResetPassword, digest.as_bytes(), now)
            .await?;
    if used != Some((user.id, user.email.clone())) {
        return Err(void());
    }
    set(services, &mut tx, &user, &hash).await?;
    let change = SecurityChange::PasswordReset;
    mails::tell_change(&mut tx, services, origin, &user, change).await?;
    let deed = Deed {
        user: user.id,
        action: actions::RESET_PASSWORD,
        outcome: Outcome::Success,
        origin,
        summary: serde_json::json!({}),
    };
    audit::deed(services, &mut tx, deed).await?;
    Ok(tx.commit().await?)
}

/// Changes the caller's own password. All sessions end; the answer is a new one for this browser.
pub async fn change(
    ctx: &Ctx,
    old: &SecretString,
    new: &SecretString,
) -> Result<NewSession, Error> {
    ctx.authorize(actions::CHANGE_PASSWORD).await?;
    let (Some(user), Some(Credential::Session { .. })) = (ctx.user(), ctx.credential()) else {
        let message = "A password is changed by the person, in a browser session.";
        return Err(Error::precondition("", message));
    };
    let services = ctx.services();
    let who = Guesser::Session(&user.email);
    services.throttle.begin(who, ctx.now())?;
    let found = person(services, &user.email).await?;
    let (read, hash) = found.unwrap_or_else(|| (user.clone(), None));
    if !services.passwords.verify(old, hash).await? {
        return refuse(ctx, user).await;
    }
    services.throttle.succeeded(who);
    check(services, "newPassword", new, user).await?;
    if old.expose_secret() == new.expose_secret() {
        return Err(Problem::invalid("newPassword", "This is your password already.").into());
    }
    let hash = services.passwords.hash(new).await?;
    let mut tx = ctx.system_begin().await?;
    if !is_unchanged(&tx, &read).await? {
        tx.rollback().await?;
        return refuse(ctx, user).await;
    }
    let renewed = set(services, &mut tx, user, &hash).await?;
    let change = SecurityChange::PasswordChanged;
    mails::tell_change(&mut tx, services, ctx.origin(), user, change).await?;
    let deed = Deed {
        user: user.id,
        action: actions::CHANGE_PASSWORD,
        outcome: Outcome::Success,
        origin: ctx.origin(),
        summary: serde_json::json!({}),
    };
    audit::deed(services, &mut tx, deed).await?;
    tx.commit().await?;
    let fresh = sessions::begin(services, ctx.origin(), renewed, ctx.organization()).await?;
    let fresh = fresh.ok_or(Error::Unauthenticated)?;
    // A second factor that was given counts on.
    match ctx.credential() {
        Some(Credential::Session {
            second_factor_at: Some(_),
            ..
        }) => sessions::prove(&fresh.ctx, true, actions::PROVE_SESSION).await,
        Some(Credential::Session { .. } | Credential::ApiToken { .. }) | None => Ok(fresh),
    }
}

/// Refuses whoever changes the password without knowing the old one, and records it.
async fn refuse(ctx: &Ctx, user: &User) -> Result<NewSession, Error> {
    let mut tx = ctx.begin().await?;
    let target = Some(user.id.to_string());
    let event = audit::event(ctx, actions::CHANGE_PASSWORD, target, Outcome::Refused);
    store::audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Err(Problem::invalid("currentPassword", "This is not your password.").into())
}

/// Whether the password is still the one that stood beside this person when they were read. Holds the person until the transaction
/// ends, so that a new one comes after what follows from this one, and ends it.
pub(crate) async fn is_unchanged(tx: &Tx, read: &User) -> Result<bool, Error> {
    let found = store::users::system_lock(tx, read.id).await?;
    Ok(found.is_some_and(|found| found.password_changed_at == read.password_changed_at))
}

const VOID_LINK: &str =
    "This link is not valid any more: it works once, within an hour. Ask for a new one.";

/// The person of an address and the hash of their password.
async fn person(
    services: &Services,
    email: &str,
) -> Result<Option<(User, Option<PasswordHash>)>, Error> {
    let found = store::users::find_credentials_by_email(&services.store.read(), email).await?;
    Ok(found.map(|(user, hash)| (user, hash.map(PasswordHash::from_stored))))
}

/// The rules of a profile as sentences, for a form.
#[must_use]
pub fn rules(profile: PasswordProfile) -> Vec<CheckedRule> {
    let nothing = SecretString::from("");
    password_rules(profile, &nothing, PasswordContext::default())
}

/// What the rules of every organization of the caller ask of a new password; none for programs.
pub async fn own_rules(ctx: &Ctx) -> Result<Vec<CheckedRule>, Error> {
    let mut shown = Vec::new();
    let Some(user) = ctx.user() else {
        return Ok(shown);
    };
    for (profile, _) in profiles(ctx.services(), user).await? {
        for rule in rules(profile) {
            if !shown.contains(&rule) {
                shown.push(rule);
            }
        }
    }
    Ok(shown)
}

/// Profile and name of every organization to which the person belongs; the installation's profile where there is none. Who has only
/// invited them has no say in their password.
async fn profiles(
    services: &Services,
    user: &User,
) -> Result<Vec<(PasswordProfile, String)>, Error> {
    let reader = services.store.read();
    let mut found = Vec::new();
    for membership in store::memberships::system_list_of_user(&reader, user.id).await? {
        if !membership.state.has_joined() {
            continue;
        }
        let one = store::organizations::lookup(&reader, membership.organization_id).await?;
        found.extend(one.map(|one| (one.settings.password_profile, one.name)));
    }
    if found.is_empty() {
        found.push((services.settings.password_profile, String::new()));
    }
    Ok(found)
}

/// Checks a new password by the rules of every organization to which the person belongs: one password opens them all.
async fn check(
    services: &Services,
    field: &str,
    password: &SecretString,
    user: &User,
) -> Result<(), Error> {
    let mut problems = Problems::new();
    let mut checked = Vec::new();
    for (profile, organization) in &profiles(services, user).await? {
        let context = PasswordContext {
            email: &user.email,
            name: &user.name,
            organization,
            leaked: services.settings.leaked_passwords.as_deref(),
        };
        for problem in check_password(*profile, field, password, context)
            .err()
            .into_iter()
            .flatten()
        {
            if !checked.contains(&problem) {
                checked.push(problem.clone());
                problems.push(problem);
            }
        }
    }
    Ok(problems.into_result()?)
}

/// Replaces the hash, ends every session and makes every link void; answers the person with the new password. Writes the person first,
/// which holds them: see [`is_unchanged`].
async fn set(
    services: &Services,
    tx: &mut Tx,
    user: &User,
    hash: &PasswordHash,
) -> Result<User, Error> {
    let now = services.clock.now();
    store::users::set_password_hash(tx, user.id, hash.as_str(), now).await?;
    store::sessions::system_revoke_all_of_user(tx, user.id, now).await?;
    store::second_factors::remove_challenges(tx, user.id).await?;
    store::links::system_remove_of_user(tx, user.id).await?;
    let renewed = store::users::system_lookup(tx, user.id).await?;
    renewed.ok_or(Error::Unauthenticated)
}

#[cfg(test)]
mod tests;
