//! Passkeys of the caller: registering, naming and removing them; and the questions that authenticators answer.
//!
//! Not for what an answer opens (`second_factors.rs`). Invariant: a question is one person's, works for five minutes and is taken away by
//! its first answer, right or wrong; a counter that does not grow is refused as a cloned key.

use domain::limits::NAME_LENGTH_MAX;
use domain::link::LinkPurpose;
use domain::mail::SecurityChange;
use domain::passkey::{CeremonyKind, PASSKEYS_MAX, Passkey};
use domain::second_factor::CHALLENGE_MINUTES;
use domain::text::checked_name;
use domain::user::User;
use domain::{PasskeyId, Problem, ProblemCode, UserId};
use identity::{LinkSecret, PasskeyError, Passkeys, RecoveryCode, StoredPasskey};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use store::Tx;
use store::passkeys::KeptPasskey;

use crate::actions;
use crate::audit;
use crate::context::{Ctx, Services};
use crate::error::Error;
use crate::second_factors::{after, change, hashes, person};
use crate::sessions::{self, NewSession};

const VOID: &str = "This question took too long or was answered. Begin again.";
const WRONG: &str = "This is no answer of an authenticator to this question.";

/// A question to an authenticator.
#[derive(Debug)]
pub struct Question {
    /// What comes back with the answer.
    pub secret: LinkSecret,
    /// For `navigator.credentials`, as JSON.
    pub options: Value,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A passkey that was registered.
#[derive(Debug)]
pub struct Registered {
    /// The passkey.
    pub passkey: Passkey,
    /// The session, which counts as one with a second factor and has a new secret.
    pub session: NewSession,
    /// Codes that replace a factor that is lost, when this is the first one; never shown again.
    pub recovery_codes: Option<Vec<RecoveryCode>>,
}

/// The passkeys of the caller, oldest first.
pub async fn list(ctx: &Ctx) -> Result<Vec<Passkey>, Error> {
    let user = ctx.user().ok_or(Error::Unauthenticated)?;
    let kept = store::passkeys::of_user(&ctx.read(), user.id).await?;
    Ok(kept.into_iter().map(|one| one.passkey).collect())
}

/// Asks an authenticator for a new passkey.
pub async fn begin(ctx: &Ctx) -> Result<Question, Error> {
    ctx.authorize(actions::BEGIN_PASSKEY).await?;
    let user = person(ctx)?;
    let services = ctx.services();
    let known = store::passkeys::of_user(&ctx.read(), user.id).await?;
    check_room(&known)?;
    let known: Vec<StoredPasskey> = known.iter().map(stored).collect();
    let asked =
        wired(services)?.begin_registration(user.id.uuid(), &user.email, &user.name, &known);
    let asked = asked?;
    let kind = CeremonyKind::Registration;
    let mut tx = ctx.begin().await?;
    let question = ask(
        services,
        &mut tx,
        user.id,
        kind,
        asked.options,
        &asked.state,
    )
    .await?;
    audit::success(ctx, &mut tx, actions::BEGIN_PASSKEY, user.id, json!({})).await?;
    tx.commit().await?;
    Ok(question)
}

/// Adds the passkey that the authenticator made.
pub async fn create(
    ctx: &Ctx,
    token: &SecretString,
    name: &str,
    answer: &str,
) -> Result<Registered, Error> {
    ctx.authorize(actions::CREATE_PASSKEY).await?;
    let user = person(ctx)?;
    let services = ctx.services();
    let name = checked_name("name", name, NAME_LENGTH_MAX)?;
    let answer = read(answer)?;
    let state = take(services, user.id, token, CeremonyKind::Registration).await?;
    let made = wired(services)?.finish_registration(&answer, &state);
    let made = made.map_err(wrong)?;
    let passkey = Passkey {
        id: PasskeyId::fresh(ctx.ids()),
        user_id: user.id,
        name,
        created_at: ctx.now(),
        last_used_at: None,
    };
    let mut tx = ctx.system_begin().await?;
    // Two at once must not both be the first, nor both the last that there is room for.
    store::users::system_lock(&tx, user.id).await?;
    check_room(&store::passkeys::of_user(&tx, user.id).await?)?;
    let had = store::second_factors::of_user(&tx, user.id).await?;
    let added = store::passkeys::add(&mut tx, &passkey, &made.credential_id, &made.document).await;
    added.map_err(|error| {
        if error.is_constraint("passkeys_credential_id") {
            let message = "This passkey is registered already.";
            return Problem::new(ProblemCode::Taken, "answer", message).into();
        }
        Error::from(error)
    })?;
    let codes = (!had.is_needed()).then(|| RecoveryCode::fresh_set(ctx.ids()));
    if let Some(codes) = &codes {
        let (hashes, now) = (hashes(codes), ctx.now());
        store::second_factors::set_recovery_codes(&mut tx, user.id, &hashes, now).await?;
    }
    let action = actions::CREATE_PASSKEY;
    change(ctx, tx, user, action, SecurityChange::PasskeyAdded).await?;
    Ok(Registered {
        passkey,
        session: sessions::prove(ctx, true, actions::PROVE_SESSION).await?,
        recovery_codes: codes,
    })
}

/// Gives a passkey another name. `None` is a malformed id.
pub async fn rename(ctx: &Ctx, id: Option<PasskeyId>, name: &str) -> Result<Passkey, Error> {
    ctx.authorize(actions::RENAME_PASSKEY).await?;
    let user = person(ctx)?;
    let name = checked_name("name", name, NAME_LENGTH_MAX)?;
    let id = id.ok_or_else(missing)?;
    let mut tx = ctx.begin().await?;
    if !store::passkeys::rename(&mut tx, user.id, id, &name).await? {
        return Err(missing());
    }
    let all = store::passkeys::of_user(&tx, user.id).await?;
    let found = all.into_iter().find(|one| one.passkey.id == id);
    let summary = json!({ "name": name });
    audit::success(ctx, &mut tx, actions::RENAME_PASSKEY, id, summary).await?;
    store::memberships::tell_own(&mut tx, user.id).await?;
    tx.commit().await?;
    found.map(|one| one.passkey).ok_or_else(missing)
}

/// Removes a passkey; with the last factor the recovery codes go as well. `None` is a malformed id.
pub async fn delete(ctx: &Ctx, id: Option<PasskeyId>) -> Result<PasskeyId, Error> {
    ctx.authorize(actions::DELETE_PASSKEY).await?;
    let user = person(ctx)?;
    let id = id.ok_or_else(missing)?;
    let mut tx = ctx.system_begin().await?;
    if !store::passkeys::remove(&mut tx, user.id, id).await? {
        return Err(missing());
    }
    if !store::second_factors::of_user(&tx, user.id)
        .await?
        .is_needed()
    {
        store::second_factors::remove_recovery_codes(&mut tx, user.id).await?;
    }
    let action = actions::DELETE_PASSKEY;
    change(ctx, tx, user, action, SecurityChange::PasskeyRemoved).await?;
    Ok(id)
}

/// Asks an authenticator for a proof of who the caller is, for `second_factors::prove`.
pub async fn begin_proof(ctx: &Ctx) -> Result<Question, Error> {
    ctx.authorize(actions::BEGIN_PASSKEY_PROOF).await?;
    let user = person(ctx)?;
    let secret = LinkSecret::fresh(ctx.ids());
    let mut tx = ctx.begin().await?;
    let options = challenge(ctx.services(), &mut tx, user.id, &secret).await?;
    let options = options.ok_or_else(|| Error::precondition("", "You have no passkey."))?;
    let action = actions::BEGIN_PASSKEY_PROOF;
    audit::success(ctx, &mut tx, action, user.id, json!({})).await?;
    tx.commit().await?;
    Ok(Question {
        secret,
        options,
        expires_at: after(ctx.now(), CHALLENGE_MINUTES),
    })
}

/// The options of a question for a signature by one of the person's passkeys, kept under this secret; none for people without one.
pub(crate) async fn challenge(
    services: &Services,
    tx: &mut Tx,
    user: UserId,
    secret: &LinkSecret,
) -> Result<Option<Value>, Error> {
    let known = store::passkeys::of_user(tx, user).await?;
    let (Some(passkeys), false) = (&services.passkeys, known.is_empty()) else {
        return Ok(None);
    };
    let known: Vec<StoredPasskey> = known.iter().map(stored).collect();
    let asked = passkeys.begin_authentication(&known)?;
    let digest = secret.digest(LinkPurpose::Passkey);
    let until = after(services.clock.now(), CHALLENGE_MINUTES);
    let kind = CeremonyKind::Authentication;
    store::passkeys::ask(tx, digest.as_bytes(), user, kind, &asked.state, until).await?;
    Ok(Some(asked.options))
}

/// Whether this is the answer of one of the person's passkeys to the question under this secret, which is used up either way.
pub(crate) async fn check(
    services: &Services,
    user: &User,
    token: &SecretString,
    answer: &str,
) -> Result<bool, Error> {
    let Ok(answer) = serde_json::from_str::<Value>(answer) else {
        return Ok(false);
    };
    let kind = CeremonyKind::Authentication;
    let state = match take(services, user.id, token, kind).await {
        Ok(state) => state,
        Err(Error::Problems(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let known = store::passkeys::of_user(&services.store.read(), user.id).await?;
    let all: Vec<StoredPasskey> = known.iter().map(stored).collect();
    let used = match wired(services)?.finish_authentication(&answer, &state, &all) {
        Ok(used) => used,
        Err(PasskeyError::Answer(reason)) => {
            tracing::info!(user = %user.id, reason, "an answer of an authenticator was refused");
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    let Some(before) = known
        .iter()
        .find(|one| one.credential_id == used.credential_id)
    else {
        return Ok(false);
    };
    let now = services.clock.now();
    let mut tx = services.store.begin().await?;
    let is_first = store::passkeys::record_use(&mut tx, before, &used.document, now).await?;
    tx.commit().await?;
    Ok(is_first)
}

async fn ask(
    services: &Services,
    tx: &mut Tx,
    user: UserId,
    kind: CeremonyKind,
    options: Value,
    state: &Value,
) -> Result<Question, Error> {
    let secret = LinkSecret::fresh(services.ids.as_ref());
    let digest = secret.digest(LinkPurpose::Passkey);
    let expires_at = after(services.clock.now(), CHALLENGE_MINUTES);
    store::passkeys::ask(tx, digest.as_bytes(), user, kind, state, expires_at).await?;
    Ok(Question {
        secret,
        options,
        expires_at,
    })
}

/// Takes the question away before its answer is looked at: there is no second try at the same one.
async fn take(
    services: &Services,
    user: UserId,
    token: &SecretString,
    kind: CeremonyKind,
) -> Result<Value, Error> {
    let void = || Error::from(Problem::invalid("token", VOID));
    let secret = LinkSecret::parse(token.expose_secret()).ok_or_else(void)?;
    let digest = secret.digest(LinkPurpose::Passkey);
    let now = services.clock.now();
    let mut tx = services.store.begin().await?;
    let state = store::passkeys::take(&mut tx, digest.as_bytes(), user, kind, now).await?;
    tx.commit().await?;
    state.ok_or_else(void)
}

fn check_room(known: &[KeptPasskey]) -> Result<(), Error> {
    if known.len() < PASSKEYS_MAX {
        return Ok(());
    }
    let message = format!("You have {PASSKEYS_MAX} passkeys already. Remove one first.");
    Err(Problem::new(ProblemCode::LimitReached, "", message).into())
}

fn wired(services: &Services) -> Result<&Passkeys, Error> {
    services.passkeys.as_ref().ok_or_else(|| {
        let message = "Passkeys belong to a host name, and this server is reached by an address.";
        Error::precondition("", message)
    })
}

fn stored(kept: &KeptPasskey) -> StoredPasskey {
    StoredPasskey {
        credential_id: kept.credential_id.clone(),
        document: kept.document.clone(),
    }
}

fn read(answer: &str) -> Result<Value, Error> {
    serde_json::from_str(answer).map_err(|_malformed| Problem::invalid("answer", WRONG).into())
}

fn wrong(error: PasskeyError) -> Error {
    match error {
        PasskeyError::Answer(_) => Problem::invalid("answer", WRONG).into(),
        PasskeyError::NoHostName | PasskeyError::Internal(_) => error.into(),
    }
}

fn missing() -> Error {
    Error::not_found("id", "passkey")
}

#[cfg(test)]
mod tests;
