//! Second factors: setting them up, being asked for them, proving again who one is.
//!
//! Not for the codes themselves (`identity`). Invariant: whoever has a factor gets no session without it; a wrong code spends a
//! try, ten in five minutes over all replicas; in an organization that asks for a factor a session without one can do nothing
//! but set one up.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access::Access;
use domain::audit::Outcome;
use domain::link::LinkPurpose;
use domain::mail::SecurityChange;
use domain::membership::Membership;
use domain::organization_settings::OrganizationSettings;
use domain::organizational_unit::UnitTree;
use domain::permission::Permission;
use domain::second_factor::{CHALLENGE_MINUTES, SecondFactors, TRY_MINUTES};
use domain::user::User;
use domain::{OrganizationId, Problem, UserId};
pub use identity::RecoveryCode;
use identity::{LinkSecret, PasswordHash, TotpSecret, qr_svg};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};

use crate::actions::{self, Action};
use crate::audit::{self, Deed};
use crate::context::{Credential, Ctx, Origin, Services};
use crate::error::Error;
use crate::mails;
use crate::own_word;
use crate::passkeys;
use crate::passwords;
use crate::sessions::{self, NewSession};
use crate::throttle::{Budget, Guesser};

/// What apps show beside the code.
const ISSUER: &str = "Holdfast";

/// A sign-in that waits for its second factor.
#[derive(Debug)]
pub struct Challenge {
    /// What [`complete`] takes.
    pub secret: LinkSecret,
    /// What the person has.
    pub factors: SecondFactors,
    /// The question to an authenticator, for people with passkeys; its token is the secret.
    pub passkey_options: Option<serde_json::Value>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A second factor, as a person gives it.
#[derive(Debug, Clone)]
pub enum Factor {
    /// The code that the authenticator app shows.
    Code(SecretString),
    /// A recovery code.
    RecoveryCode(SecretString),
    /// The answer of an authenticator.
    Passkey {
        /// The secret of the question.
        token: SecretString,
        /// The answer, as JSON.
        answer: String,
    },
}

/// What proves a person again.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The password; for people without a second factor.
    Password(SecretString),
    /// A second factor.
    Factor(Factor),
}

/// An app that is to be confirmed.
#[derive(Debug)]
pub struct TotpSetup {
    /// What is typed into an app without a camera.
    pub secret: SecretString,
    /// The address that apps read.
    pub address: SecretString,
    /// The address as a picture, SVG.
    pub picture: SecretString,
}

/// What keeps a session from everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duties {
    /// The organization asks for a second factor and this session has none.
    pub second_factor: bool,
    /// The password is older than the organization allows.
    pub new_password: bool,
}

/// What a session may do: everything that its person may, or nothing while a duty waits.
pub(crate) fn restricted(
    user: &User,
    settings: &OrganizationSettings,
    has_factor: bool,
    now: Timestamp,
    access: Access,
) -> Access {
    if (settings.mfa_required && !has_factor) || is_expired(user, settings, now) {
        let tree = UnitTree::new(access.root(), []);
        return Access::new(access.organization(), tree, BTreeSet::new());
    }
    access
}

fn is_expired(user: &User, settings: &OrganizationSettings, now: Timestamp) -> bool {
    let (Some(days), Some(at)) = (settings.password_days_max, user.password_changed_at) else {
        return false;
    };
    now.duration_since(at) >= SignedDuration::from_hours(i64::from(days) * 24)
}

/// What the session of the caller has to do before anything else.
pub async fn duties(ctx: &Ctx) -> Result<Duties, Error> {
    let (
        Some(user),
        Some(Credential::Session {
            second_factor_at, ..
        }),
    ) = (ctx.user(), ctx.credential())
    else {
        return Ok(Duties {
            second_factor: false,
            new_password: false,
        });
    };
    let found = store::organizations::lookup(&ctx.read(), ctx.organization()).await?;
    let settings = found.map(|found| found.settings).unwrap_or_default();
    let is_restricted = ctx.access().permissions().is_empty();
    Ok(Duties {
        second_factor: is_restricted && settings.mfa_required && second_factor_at.is_none(),
        new_password: is_expired(user, &settings, ctx.now()),
    })
}

/// The caller's own factors.
pub async fn own(ctx: &Ctx) -> Result<SecondFactors, Error> {
    let user = ctx.user().ok_or(Error::Unauthenticated)?;
    Ok(store::second_factors::of_user(&ctx.read(), user.id).await?)
}

/// What a right password is followed by.
#[derive(Debug)]
pub(crate) enum Asked {
    /// The person has no second factor.
    Nothing,
    /// The password is another by now than when the person was read.
    TooLate,
    /// The question for a second factor.
    Factor(Challenge),
}

/// The question for a second factor of somebody whose password was right.
pub(crate) async fn challenge(
    services: &Services,
    home: &Membership,
    user: &User,
) -> Result<Asked, Error> {
    let factors = store::second_factors::of_user(&services.store.read(), user.id).await?;
    if !factors.is_needed() {
        return Ok(Asked::Nothing);
    }
    let (secret, now) = (
        LinkSecret::fresh(services.ids.as_ref()),
        services.clock.now(),
    );
    let expires_at = after(now, CHALLENGE_MINUTES);
    let digest = secret.digest(LinkPurpose::SecondFactor);
    let who = (home.organization_id, user.id);
    let mut tx = services.store.begin().await?;
    if !passwords::is_unchanged(&tx, user).await? {
        return Ok(Asked::TooLate);
    }
    store::second_factors::add_challenge(&mut tx, digest.as_bytes(), who, now, expires_at).await?;
    let passkey_options = passkeys::challenge(services, &mut tx, user.id, &secret).await?;
    tx.commit().await?;
    Ok(Asked::Factor(Challenge {
        secret,
        factors,
        passkey_options,
        expires_at,
    }))
}

/// Gives the second factor of a sign-in: the session begins.
pub async fn complete(
    services: &Arc<Services>,
    origin: &Origin,
    token: &str,
    factor: &Factor,
) -> Result<NewSession, Error> {
    let now = services.clock.now();
    let budgets = &services.throttle.budgets;
    let budget = Budget::sign_in(services.settings.sign_in_attempts_max);
    budgets.spend_address(budget, origin.address.as_deref(), now)?;
    let void = || Error::from(Problem::invalid("token", VOID));
    let secret = LinkSecret::parse(token).ok_or_else(void)?;
    let digest = secret.digest(LinkPurpose::SecondFactor);
    let reader = services.store.read();
    let found = store::second_factors::system_challenged(&reader, digest.as_bytes(), now).await?;
    let (organization, user) = found.ok_or_else(void)?;
    let found = store::users::system_lookup(&reader, user).await?;
    let user = found.ok_or_else(void)?;
    if !check(services, origin, &user, factor).await? {
        let action = actions::COMPLETE_SESSION;
        record_refused(services, origin, &user, action).await?;
        return Err(Problem::invalid("factor", WRONG).into());
    }
    let mut tx = services.store.begin().await?;
    let is_first = store::second_factors::take_challenge(&mut tx, digest.as_bytes()).await?;
    tx.commit().await?;
    if !is_first {
        return Err(void());
    }
    let action = actions::COMPLETE_SESSION;
    sessions::admit(services, origin, &user, organization, action, "token").await?;
    let session = sessions::begin(services, origin, user, organization).await?;
    let session = session.ok_or_else(void)?;
    budgets.give_back(budget, origin.address.as_deref());
    sessions::prove(&session.ctx, true, actions::COMPLETE_SESSION).await
}

/// Proves again who the caller is; dangerous actions are open for a while. The session has a new secret.
pub async fn prove(ctx: &Ctx, proof: &Proof) -> Result<NewSession, Error> {
    ctx.authorize(actions::PROVE_SESSION).await?;
    let user = person(ctx)?;
    let services = ctx.services();
    let factors = own(ctx).await?;
    let (is_right, with_factor) = match proof {
        Proof::Factor(factor) => (check(services, ctx.origin(), user, factor).await?, true),
        Proof::Password(_) if factors.is_needed() => {
            let message = "You have a second factor: prove yourself with it.";
            return Err(Error::precondition("proof", message));
        }
        Proof::Password(password) => (is_password(ctx, user, password).await?, false),
    };
    if !is_right {
        refused(ctx, actions::PROVE_SESSION).await?;
        return Err(Problem::invalid("proof", WRONG).into());
    }
    sessions::prove(ctx, with_factor, actions::PROVE_SESSION).await
}

/// Begins to set up an authenticator app. It counts for nothing until it is confirmed.
pub async fn begin_totp(ctx: &Ctx) -> Result<TotpSetup, Error> {
    ctx.authorize(actions::BEGIN_TOTP).await?;
    let user = person(ctx)?;
    let secret = TotpSecret::fresh(ctx.ids());
    let address = secret.address(ISSUER, &user.email)?;
    let sealer = &ctx.services().sealer;
    let sealed = sealer.seal(nobody(), &purpose(user.id), secret.text())?;
    let mut tx = ctx.begin().await?;
    if !store::second_factors::begin_totp(&mut tx, user.id, &sealed, ctx.now()).await? {
        let message = "You have an authenticator app. Remove it before you set up another.";
        return Err(Error::precondition("", message));
    }
    let summary = serde_json::json!({});
    audit::success(ctx, &mut tx, actions::BEGIN_TOTP, user.id, summary).await?;
    tx.commit().await?;
    Ok(TotpSetup {
        secret: secret.text().clone(),
        picture: qr_svg(&address)?,
        address,
    })
}

/// Turns the app on, by a code that it shows. Answers fresh recovery codes, which are never shown again, and the session, which
/// counts as one with a second factor and has a new secret.
pub async fn confirm_totp(
    ctx: &Ctx,
    code: &SecretString,
) -> Result<(NewSession, Vec<RecoveryCode>), Error> {
    ctx.authorize(actions::CONFIRM_TOTP).await?;
    let user = person(ctx)?;
    let services = ctx.services();
    let found = store::second_factors::totp(&ctx.read(), user.id).await?;
    let Some(totp) = found.filter(|found| found.confirmed_at.is_none()) else {
        let message = "There is no authenticator app to confirm. Begin to set one up.";
        return Err(Error::precondition("code", message));
    };
    spend_try(services, user.id).await?;
    let secret = open(services, user.id, &totp.sealed_secret)?;
    let step = secret.check(code.expose_secret(), ctx.now(), None)?;
    let step = step.ok_or_else(|| Problem::invalid("code", WRONG))?;
    let codes = RecoveryCode::fresh_set(ctx.ids());
    let mut tx = ctx.system_begin().await?;
    let sealed = &totp.sealed_secret;
    if !store::second_factors::confirm_totp(&mut tx, user.id, sealed, step, ctx.now()).await? {
        return Err(Error::precondition(
            "code",
            "The app was confirmed just now.",
        ));
    }
    let hashes = hashes(&codes);
    store::second_factors::set_recovery_codes(&mut tx, user.id, &hashes, ctx.now()).await?;
    change(
        ctx,
        tx,
        user,
        actions::CONFIRM_TOTP,
        SecurityChange::TotpAdded,
    )
    .await?;
    let session = sessions::prove(ctx, true, actions::PROVE_SESSION).await?;
    Ok((session, codes))
}

/// Makes recovery codes anew; the old ones are void.
pub async fn create_recovery_codes(ctx: &Ctx) -> Result<Vec<RecoveryCode>, Error> {
    ctx.authorize(actions::CREATE_RECOVERY_CODES).await?;
    let user = person(ctx)?;
    if !own(ctx).await?.is_needed() {
        let message = "Recovery codes replace a second factor. Set one up first.";
        return Err(Error::precondition("", message));
    }
    let codes = RecoveryCode::fresh_set(ctx.ids());
    let mut tx = ctx.system_begin().await?;
    let hashes = hashes(&codes);
    store::second_factors::set_recovery_codes(&mut tx, user.id, &hashes, ctx.now()).await?;
    let action = actions::CREATE_RECOVERY_CODES;
    change(ctx, tx, user, action, SecurityChange::RecoveryCodesMade).await?;
    Ok(codes)
}

/// Removes the app; with the last factor the recovery codes go as well.
pub async fn delete_totp(ctx: &Ctx) -> Result<(), Error> {
    ctx.authorize(actions::DELETE_TOTP).await?;
    let user = person(ctx)?;
    let factors = own(ctx).await?;
    if factors.totp_since.is_none() {
        return Err(Error::precondition("", "You have no authenticator app."));
    }
    let mut tx = ctx.system_begin().await?;
    store::second_factors::remove_totp(&mut tx, user.id).await?;
    if factors.passkeys == 0 {
        store::second_factors::remove_recovery_codes(&mut tx, user.id).await?;
    }
    store::second_factors::remove_challenges(&mut tx, user.id).await?;
    change(
        ctx,
        tx,
        user,
        actions::DELETE_TOTP,
        SecurityChange::TotpRemoved,
    )
    .await
}

/// Removes the second factors of a member who lost them, and ends the member's sessions. For Super Admins. Of people who belong
/// to another organization too nobody but themselves may: their account is not this organization's alone.
pub async fn reset(ctx: &Ctx, user: Option<UserId>) -> Result<User, Error> {
    ctx.authorize(actions::RESET_SECOND_FACTORS).await?;
    let missing = || Error::not_found("userId", "user");
    let user = user.ok_or_else(missing)?;
    let all = Permission::ALL.iter().copied().collect();
    if !ctx.access().covers(&all, ctx.access().root()) {
        let message = "Only a Super Admin can remove the second factors of others.";
        return Err(Error::precondition("userId", message));
    }
    let mut tx = ctx.system_begin().await?;
    let found = store::users::lookup(&tx, ctx.organization(), user).await?;
    let found = found.ok_or_else(missing)?;
    if own_word::belongs_elsewhere(&tx, ctx.organization(), user).await? {
        let message = "This person belongs to another organization too, so the second factors are theirs alone to remove.";
        return Err(Error::precondition("userId", message));
    }
    store::second_factors::remove_all(&mut tx, user).await?;
    store::sessions::system_revoke_all_of_user(&mut tx, user, ctx.now()).await?;
    let change = SecurityChange::SecondFactorsReset;
    mails::tell_change(&mut tx, ctx.services(), ctx.origin(), &found, change).await?;
    let summary = serde_json::json!({});
    let action = actions::RESET_SECOND_FACTORS;
    audit::success(ctx, &mut tx, action, user, summary).await?;
    tx.commit().await?;
    Ok(found)
}

const VOID: &str = "This sign-in took too long or was finished. Sign in again.";
const WRONG: &str = "This is not right, or was used before.";

/// Checks a second factor and uses it up. Spends one of the person's tries first.
async fn check(
    services: &Services,
    origin: &Origin,
    user: &User,
    factor: &Factor,
) -> Result<bool, Error> {
    spend_try(services, user.id).await?;
    let now = services.clock.now();
    match factor {
        Factor::Code(code) => {
            let found = store::second_factors::totp(&services.store.read(), user.id).await?;
            let Some(totp) = found.filter(|found| found.confirmed_at.is_some()) else {
                return Ok(false);
            };
            let secret = open(services, user.id, &totp.sealed_secret)?;
            let Some(step) = secret.check(code.expose_secret(), now, totp.last_step)? else {
                return Ok(false);
            };
            let mut tx = services.store.begin().await?;
            let is_first = store::second_factors::use_step(&mut tx, user.id, step).await?;
            tx.commit().await?;
            Ok(is_first)
        }
        Factor::RecoveryCode(code) => {
            let Some(code) = RecoveryCode::parse(code.expose_secret()) else {
                return Ok(false);
            };
            let digest = code.digest();
            let mut tx = services.store.begin().await?;
            let hash = digest.as_bytes();
            let is_right =
                store::second_factors::use_recovery_code(&mut tx, user.id, hash, now).await?;
            if is_right {
                let change = SecurityChange::RecoveryCodeUsed;
                mails::tell_change(&mut tx, services, origin, user, change).await?;
            }
            tx.commit().await?;
            Ok(is_right)
        }
        Factor::Passkey { token, answer } => passkeys::check(services, user, token, answer).await,
    }
}

async fn spend_try(services: &Services, user: UserId) -> Result<(), Error> {
    let now = services.clock.now();
    let mut tx = services.store.begin().await?;
    let until = after(now, TRY_MINUTES);
    let wait = store::second_factors::spend_try(&mut tx, user, now, until).await?;
    tx.commit().await?;
    wait.map_or(Ok(()), |until| {
        let rest = until.duration_since(now).as_secs().max(1);
        Err(Error::TooManyAttempts {
            retry_after_seconds: u64::try_from(rest).unwrap_or(1),
        })
    })
}

async fn is_password(ctx: &Ctx, user: &User, password: &SecretString) -> Result<bool, Error> {
    let services = ctx.services();
    let who = Guesser::Session(&user.email);
    services.throttle.begin(who, ctx.now())?;
    let found = store::users::find_credentials_by_email(&ctx.read(), &user.email).await?;
    let hash = found.and_then(|(_, hash)| hash);
    let hash = hash.map(PasswordHash::from_stored);
    let is_right = services.passwords.verify(password, hash).await?;
    if is_right {
        services.throttle.succeeded(who);
    }
    Ok(is_right)
}

/// The person of a browser session: factors are theirs to change, and no program's.
pub(crate) fn person(ctx: &Ctx) -> Result<&User, Error> {
    if let (Some(user), Some(Credential::Session { .. })) = (ctx.user(), ctx.credential()) {
        return Ok(user);
    }
    let message = "Second factors belong to a person in a browser session.";
    Err(Error::precondition("", message))
}

fn open(services: &Services, user: UserId, sealed: &str) -> Result<TotpSecret, Error> {
    let secret = services.sealer.open(nobody(), &purpose(user), sealed)?;
    Ok(TotpSecret::from_text(secret))
}

/// Factors belong to a person, whatever the organizations.
const fn nobody() -> OrganizationId {
    OrganizationId::from_uuid(uuid::Uuid::nil())
}

fn purpose(user: UserId) -> String {
    format!("totp:{user}")
}

pub(crate) fn hashes(codes: &[RecoveryCode]) -> Vec<Vec<u8>> {
    let digest = |code: &RecoveryCode| code.digest().as_bytes().to_vec();
    codes.iter().map(digest).collect()
}

/// Tells the person and the audit logs, and commits.
pub(crate) async fn change(
    ctx: &Ctx,
    mut tx: store::Tx,
    user: &User,
    action: Action,
    change: SecurityChange,
) -> Result<(), Error> {
    let services = ctx.services();
    mails::tell_change(&mut tx, services, ctx.origin(), user, change).await?;
    let deed = Deed {
        user: user.id,
        action,
        outcome: Outcome::Success,
        origin: ctx.origin(),
        summary: serde_json::json!({}),
    };
    audit::deed(services, &mut tx, deed).await?;
    Ok(tx.commit().await?)
}

async fn refused(ctx: &Ctx, action: Action) -> Result<(), Error> {
    let target = ctx.user().map(|user| user.id.to_string());
    let event = audit::event(ctx, action, target, Outcome::Refused);
    let mut tx = ctx.begin().await?;
    store::audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

async fn record_refused(
    services: &Services,
    origin: &Origin,
    user: &User,
    action: Action,
) -> Result<(), Error> {
    let deed = Deed {
        user: user.id,
        action,
        outcome: Outcome::Refused,
        origin,
        summary: serde_json::json!({ "reason": "wrong second factor" }),
    };
    let mut tx = services.store.begin().await?;
    audit::deed(services, &mut tx, deed).await?;
    Ok(tx.commit().await?)
}

pub(crate) fn after(now: Timestamp, minutes: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_mins(minutes))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
