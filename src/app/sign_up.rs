//! Sign-up: from a stranger with a mailbox to the Super Admin of an organization of their own.
//!
//! Not for invitations. Invariant: until the address is confirmed there is no account; asking costs and answers the same whether
//! the address is known or not; whoever confirms has both the mailbox and the password, so nobody can plant an account with a
//! password of theirs on somebody else's address.

use std::sync::Arc;

use domain::audit::Outcome;
use domain::link::LinkPurpose;
use domain::mail::MailContent;
use domain::organization::{KeySource, Organization};
use domain::sign_up::SignUp;
use domain::user::{User, normalize_email};
use domain::{Problem, Problems, SignUpId, UserId};
use identity::{LinkSecret, PasswordHash};
use secrecy::SecretString;
use store::Tx;

use crate::actions;
use crate::audit::{self, Deed};
use crate::context::{Origin, Services};
use crate::error::Error;
use crate::mails;
use crate::organizations::{self, NewOrganization};
use crate::throttle::Budget;

/// What a stranger says about themselves.
#[derive(Debug, Clone)]
pub struct NewSignUp {
    /// Name of the person.
    pub name: String,
    /// E-mail address, in any case of letters.
    pub email: String,
    /// The password.
    pub password: SecretString,
    /// Name of the organization to be made.
    pub organization_name: String,
    /// The version of the terms that the person accepts.
    pub terms_version: String,
}

/// Asks for an account. The answer is the same whether the address is known or not.
pub async fn request(
    services: &Arc<Services>,
    origin: &Origin,
    new: NewSignUp,
) -> Result<(), Error> {
    must_be_open(services)?;
    let now = services.clock.now();
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::SIGN_UP, origin.address.as_deref(), now)?;
    let terms_version = new.terms_version.clone();
    let new = as_organization(new);
    let mut problems = Problems::new();
    let checked = match organizations::check(services, &new) {
        Err(Error::Problems(found)) => {
            problems.absorb(Err(found.into_iter().map(in_form).collect()));
            None
        }
        other => Some(other?),
    };
    check_terms(services, &mut problems, &terms_version);
    problems.into_result()?;
    let Some(checked) = checked else {
        return Ok(());
    };
    budgets.spend(Budget::SIGN_UP_OF_ACCOUNT, &checked.email, now)?;
    let hash = services.passwords.hash(&new.password).await?;
    let sign_up = SignUp {
        id: SignUpId::fresh(services.ids.as_ref()),
        email: checked.email,
        name: checked.user_name,
        organization_name: checked.name,
        terms_version,
        address: origin.address.clone(),
        created_at: now,
    };
    let mut tx = services.store.begin().await?;
    store::sign_ups::add(&mut tx, &sign_up, hash.as_str()).await?;
    let content = MailContent::SignedUp {
        sign_up_id: sign_up.id,
    };
    mails::queue(&mut tx, services, &sign_up.email, &content).await?;
    Ok(tx.commit().await?)
}

/// Asks for another link. The answer is the same whether somebody signed up with the address or not.
pub async fn request_confirmation(
    services: &Arc<Services>,
    origin: &Origin,
    email: &str,
) -> Result<(), Error> {
    must_be_open(services)?;
    let wanted = || Problem::invalid("email", "This is not an e-mail address.");
    let email = normalize_email(email).ok_or_else(wanted)?;
    let now = services.clock.now();
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::RECOVERY, origin.address.as_deref(), now)?;
    budgets.spend(Budget::SIGN_UP_OF_ACCOUNT, &email, now)?;
    let mut tx = services.store.begin().await?;
    mails::queue(
        &mut tx,
        services,
        &email,
        &MailContent::ConfirmationRequested,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Confirms the address with the link, by whoever knows the password: makes the person, the organization and its root unit.
/// Signs nobody in.
pub async fn confirm(
    services: &Arc<Services>,
    origin: &Origin,
    token: &str,
    password: &SecretString,
) -> Result<Organization, Error> {
    let now = services.clock.now();
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::LINK, origin.address.as_deref(), now)?;
    let void = || Error::from(Problem::invalid("token", VOID_LINK));
    let secret = LinkSecret::parse(token).ok_or_else(void)?;
    let digest = secret.digest(LinkPurpose::ConfirmEmail);
    let reader = services.store.read();
    let found = store::sign_ups::system_find(&reader, digest.as_bytes(), now).await?;
    let (sign_up, hash) = found.ok_or_else(void)?;
    budgets.spend(Budget::LINK, &sign_up.id.to_string(), now)?;
    let stored = PasswordHash::from_stored(hash.clone());
    if !services.passwords.verify(password, Some(stored)).await? {
        return Err(Problem::invalid("password", WRONG_PASSWORD).into());
    }
    let mut tx = services.store.begin().await?;
    if !store::sign_ups::system_take(&mut tx, digest.as_bytes()).await? {
        return Err(void());
    }
    let Some(user) = account(services, &mut tx, &sign_up, &hash).await? else {
        return Err(void());
    };
    store::sign_ups::system_remove_of_email(&mut tx, &sign_up.email).await?;
    let (version, at) = (&sign_up.terms_version, sign_up.created_at);
    let address = sign_up.address.as_deref();
    store::sign_ups::accept_terms(&mut tx, user, version, at, address).await?;
    let (name, key_source) = (sign_up.organization_name.clone(), KeySource::Local);
    let made = organizations::found(services, &mut tx, name, key_source, user).await?;
    let deed = Deed {
        user,
        action: actions::CONFIRM_SIGN_UP,
        outcome: Outcome::Success,
        origin,
        summary: serde_json::json!({ "organization": made.id, "termsVersion": version }),
    };
    audit::deed(services, &mut tx, deed).await?;
    tx.commit().await?;
    Ok(made)
}

/// Whether these are the present terms, for whoever becomes a person here.
pub(crate) fn check_terms(services: &Services, problems: &mut Problems, version: &str) {
    let current = &services.settings.sign_up.terms_version;
    let message = format!("Accept the present terms; their version is \"{current}\".");
    problems.check(version == current, "termsVersion", message);
}

const VOID_LINK: &str = "This link is not valid any more: it works once, within an hour. Ask for another one, or sign up again.";
const WRONG_PASSWORD: &str = "This is not the password with which this address was signed up. If it was not you, sign up anew.";

/// The account of a confirmed address; none when somebody has it already. A person who is known by an invitation only becomes
/// a full one.
async fn account(
    services: &Services,
    tx: &mut Tx,
    sign_up: &SignUp,
    hash: &str,
) -> Result<Option<UserId>, Error> {
    let now = services.clock.now();
    if let Some((known, _)) = store::users::find_credentials_by_email(tx, &sign_up.email).await? {
        let is_done = store::users::complete(tx, known.id, &sign_up.name, hash, now).await?;
        return Ok(is_done.then_some(known.id));
    }
    let user = User {
        id: UserId::fresh(services.ids.as_ref()),
        name: sign_up.name.clone(),
        email: sign_up.email.clone(),
        password_changed_at: Some(now),
        email_confirmed_at: Some(now),
        created_at: now,
    };
    match store::users::add(tx, &user, Some(hash)).await {
        // Somebody else was faster; the transaction is lost with the error.
        Err(error) if error.is_constraint("users_email") => {
            Err(Problem::invalid("token", VOID_LINK).into())
        }
        added => Ok(added.map(|()| Some(user.id))?),
    }
}

fn must_be_open(services: &Services) -> Result<(), Error> {
    if services.settings.sign_up.is_open {
        return Ok(());
    }
    let message = "Sign-up is closed here. Ask an administrator for an invitation.";
    Err(Error::precondition("", message))
}

fn as_organization(new: NewSignUp) -> NewOrganization {
    NewOrganization {
        name: new.organization_name,
        key_source: KeySource::Local,
        user_name: new.name,
        email: new.email,
        password: new.password,
    }
}

/// The form calls the person's name `name` and the organization's `organizationName`.
fn in_form(mut problem: Problem) -> Problem {
    for step in &mut problem.field {
        let name = match step.as_str() {
            "name" => "organizationName",
            "userName" => "name",
            other => other,
        };
        *step = name.to_owned();
    }
    problem
}

#[cfg(test)]
mod tests;
