//! Another address for a person: it is what they sign in with, and where their mails go.
//!
//! Not for the first address (`sign_up.rs`, `invitations.rs`). Invariant: an address becomes a person's only when the person, in a
//! session, brings the link that was sent to it; asking costs and answers the same whether somebody has it already or not.

use domain::Problem;
use domain::audit::Outcome;
use domain::link::LinkPurpose;
use domain::mail::{MailContent, SecurityChange};
use domain::user::{User, normalize_email};
use identity::LinkSecret;

use crate::actions;
use crate::audit::{self, Deed};
use crate::context::{Credential, Ctx};
use crate::error::Error;
use crate::mails;
use crate::throttle::Budget;

const VOID_LINK: &str = "This link is not valid any more: it works once, within an hour, for whoever asked for it. Ask for a new one.";
const TAKEN: &str = "This address has an account of its own by now.";

/// Asks for another address: a link goes to it. Takes a password, because whoever has none is known by an identity provider.
pub async fn request(ctx: &Ctx, email: &str) -> Result<(), Error> {
    ctx.authorize(actions::REQUEST_EMAIL_CHANGE).await?;
    let user = person(ctx)?;
    let email = normalize_email(email)
        .ok_or_else(|| Problem::invalid("email", "This is not an e-mail address."))?;
    if email == user.email {
        return Err(Problem::invalid("email", "This is your address already.").into());
    }
    let services = ctx.services();
    let own = store::users::find_credentials_by_email(&ctx.system_read(), &user.email).await?;
    if own.is_none_or(|(_, hash)| hash.is_none()) {
        let message = "You come through an identity provider and have no password here, so your address is not for you to change.";
        return Err(Error::precondition("", message));
    }
    let budgets = &services.throttle.budgets;
    budgets.spend(Budget::EMAIL_CHANGE, &user.id.to_string(), ctx.now())?;
    budgets.spend(Budget::CHANGE_TO_ACCOUNT, &email, ctx.now())?;
    let mut tx = ctx.system_begin().await?;
    let content = MailContent::EmailChangeRequested { user_id: user.id };
    mails::queue(&mut tx, services, &email, &content).await?;
    let deed = Deed {
        user: user.id,
        action: actions::REQUEST_EMAIL_CHANGE,
        outcome: Outcome::Success,
        origin: ctx.origin(),
        summary: serde_json::json!({ "from": user.email, "to": email }),
    };
    audit::deed(services, &mut tx, deed).await?;
    Ok(tx.commit().await?)
}

/// Makes the address the person's that the link went to. The address until then is told; links that went to it are void.
pub async fn confirm(ctx: &Ctx, token: &str) -> Result<User, Error> {
    ctx.authorize(actions::CONFIRM_EMAIL_CHANGE).await?;
    let user = person(ctx)?;
    let (services, now) = (ctx.services(), ctx.now());
    let budgets = &services.throttle.budgets;
    budgets.spend_address(Budget::LINK, ctx.origin().address.as_deref(), now)?;
    let void = || Error::from(Problem::invalid("token", VOID_LINK));
    let secret = LinkSecret::parse(token).ok_or_else(void)?;
    let digest = secret.digest(LinkPurpose::ChangeEmail);
    let mut tx = ctx.system_begin().await?;
    let used = store::links::system_use(&mut tx, LinkPurpose::ChangeEmail, digest.as_bytes(), now);
    // Somebody else's link stays unused: the transaction is lost with the error.
    let Some((_, email)) = used.await?.filter(|(whose, _)| *whose == user.id) else {
        return Err(void());
    };
    match store::users::set_email(&mut tx, user.id, &email, now).await {
        Err(error) if error.is_constraint("users_email") => {
            return Err(Problem::invalid("token", TAKEN).into());
        }
        changed => changed?,
    }
    store::links::system_remove_of_user(&mut tx, user.id).await?;
    let change = SecurityChange::EmailChanged;
    mails::tell_change(&mut tx, services, ctx.origin(), user, change).await?;
    let deed = Deed {
        user: user.id,
        action: actions::CONFIRM_EMAIL_CHANGE,
        outcome: Outcome::Success,
        origin: ctx.origin(),
        summary: serde_json::json!({ "from": user.email, "to": email }),
    };
    audit::deed(services, &mut tx, deed).await?;
    tx.commit().await?;
    Ok(User {
        email,
        email_confirmed_at: Some(now),
        ..user.clone()
    })
}

/// The person of a browser session: a token must not take the account away from whoever made it.
fn person(ctx: &Ctx) -> Result<&User, Error> {
    match (ctx.user(), ctx.credential()) {
        (Some(user), Some(Credential::Session { .. })) => Ok(user),
        (Some(_) | None, Some(Credential::Session { .. } | Credential::ApiToken { .. }) | None) => {
            let message = "An address is changed by the person, in a browser session.";
            Err(Error::precondition("", message))
        }
    }
}

#[cfg(test)]
mod tests;
