//! Mails: queued in the transaction of what they tell, handed to the sender afterwards.
//!
//! Not for words, templates and transports (`server`). Invariant: whether an address is known is found out when its mail is
//! sent and never while somebody waits; the secret of a link exists only between being made and being sent.

use std::sync::Arc;

use domain::link::{LINK_HOURS, LinkPurpose};
use domain::mail::{MailContent, QueuedMail, SecurityChange};
use domain::sign_up::{SIGN_UP_HOURS, SignUp};
use domain::user::User;
use domain::{InvitationId, LinkId, MailId, OrganizationId, UserId};
use identity::LinkSecret;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use store::Tx;
use store::links::NewLink;

use crate::context::{Origin, Services};
use crate::error::Error;

/// How long one attempt to send may take before another sender tries, in seconds.
const ATTEMPT_SECONDS: i64 = 120;
/// First pause after a failure, in seconds; it doubles each time.
const PAUSE_SECONDS: i64 = 15;
/// Attempts before a mail is given up: about four hours.
const ATTEMPTS_MAX: u32 = 10;
/// A request that waited longer than this before it could be sent is dropped, in hours: nobody waits for it any more.
const REQUEST_HOURS_MAX: i64 = 6;

/// A mail that is ready to be written and sent.
#[derive(Debug)]
pub struct Outgoing {
    /// Its id, for [`sent`] and [`failed`].
    pub id: MailId,
    /// How often it was tried, this time included.
    pub attempts: u32,
    /// The address.
    pub recipient: String,
    /// Name of the recipient; empty when it is not known.
    pub name: String,
    /// What it says.
    pub message: Message,
}

/// What a mail says.
#[derive(Debug)]
pub enum Message {
    /// The way to a new password.
    PasswordReset {
        /// The secret of the link.
        secret: SecretString,
    },
    /// Confirms the address of a sign-up.
    Confirmation {
        /// The secret of the link.
        secret: SecretString,
        /// Name of the organization that will be made.
        organization: String,
    },
    /// Somebody signed up with an address that has an account.
    AlreadyRegistered,
    /// The way to sign in with this address from now on.
    EmailChange {
        /// The secret of the link.
        secret: SecretString,
    },
    /// Somebody wants to sign in with an address that an account has.
    AddressTaken,
    /// An organization asks the recipient to join.
    Invitation {
        /// Name of the organization.
        organization: String,
        /// Name of who invites; none for an administrator at the machine.
        invited_by: Option<String>,
        /// The secret of the invitation; see [`LinkPurpose::AcceptInvitation`].
        secret: SecretString,
        /// Until when it can be accepted.
        expires_at: Timestamp,
    },
    /// Something about the security of the account has changed.
    SecurityChanged {
        /// What.
        change: SecurityChange,
        /// When.
        at: Timestamp,
        /// From where, as far as it is known.
        address: Option<String>,
    },
}

/// Queues a mail in the transaction of its reason.
pub(crate) async fn queue(
    tx: &mut Tx,
    services: &Services,
    recipient: &str,
    content: &MailContent,
) -> Result<(), Error> {
    let (id, now) = (MailId::fresh(services.ids.as_ref()), services.clock.now());
    Ok(store::mails::add(tx, id, recipient, content, now).await?)
}

/// Tells a person that something about the security of their account has changed.
pub(crate) async fn tell_change(
    tx: &mut Tx,
    services: &Services,
    origin: &Origin,
    user: &User,
    change: SecurityChange,
) -> Result<(), Error> {
    let content = MailContent::SecurityChanged {
        change,
        at: services.clock.now(),
        address: origin.address.clone(),
    };
    queue(tx, services, &user.email, &content).await
}

/// The next mail to send; none when none is due. Mails to nobody are dropped on the way.
pub async fn next(services: &Arc<Services>) -> Result<Option<Outgoing>, Error> {
    loop {
        let now = services.clock.now();
        let until = after(now, SignedDuration::from_secs(ATTEMPT_SECONDS));
        let mut tx = services.store.begin().await?;
        let Some(mail) = store::mails::system_take_due(&mut tx, now, until).await? else {
            return Ok(None);
        };
        let outgoing = prepare(services, &mut tx, &mail).await?;
        if outgoing.is_none() {
            store::mails::system_remove(&mut tx, mail.id).await?;
        }
        tx.commit().await?;
        if outgoing.is_some() {
            return Ok(outgoing);
        }
    }
}

/// The mail was handed over: nothing of it stays.
pub async fn sent(services: &Services, id: MailId) -> Result<(), Error> {
    let mut tx = services.store.begin().await?;
    store::mails::system_remove(&mut tx, id).await?;
    Ok(tx.commit().await?)
}

/// The mail could not be handed over: it is tried again later, or given up (answers true).
pub async fn failed(services: &Services, id: MailId, attempts: u32) -> Result<bool, Error> {
    let mut tx = services.store.begin().await?;
    let is_given_up = attempts >= ATTEMPTS_MAX;
    if is_given_up {
        store::mails::system_remove(&mut tx, id).await?;
    } else {
        let doublings = attempts.saturating_sub(1).min(16);
        let pause = PAUSE_SECONDS.checked_shl(doublings).unwrap_or(i64::MAX);
        let until = after(services.clock.now(), SignedDuration::from_secs(pause));
        store::mails::system_put_off(&mut tx, id, until).await?;
    }
    tx.commit().await?;
    Ok(is_given_up)
}

async fn prepare(
    services: &Services,
    tx: &mut Tx,
    mail: &QueuedMail,
) -> Result<Option<Outgoing>, Error> {
    let found = store::users::find_credentials_by_email(tx, &mail.recipient).await?;
    // A person without a password signs on elsewhere and has none to set anew.
    let (user, has_password) = match found {
        Some((user, hash)) => (Some(user), hash.is_some()),
        None => (None, false),
    };
    let message = match (&mail.content, &user) {
        (MailContent::PasswordResetRequested, Some(user)) if has_password => {
            if is_forgotten(services, mail) {
                return Ok(None);
            }
            let purpose = LinkPurpose::ResetPassword;
            let secret = make_link(services, tx, user.id, &user.email, purpose).await?;
            Message::PasswordReset { secret }
        }
        (MailContent::PasswordResetRequested, Some(_) | None) => return Ok(None),
        (MailContent::SignedUp { .. } | MailContent::ConfirmationRequested, user) => {
            return confirmation(services, tx, mail, user.as_ref(), has_password).await;
        }
        (MailContent::EmailChangeRequested { user_id }, user) => {
            match email_change(services, tx, mail, *user_id, user.as_ref()).await? {
                Some(message) => message,
                None => return Ok(None),
            }
        }
        (
            MailContent::Invited {
                organization_id,
                invitation_id,
            },
            _,
        ) => match invitation(services, tx, *organization_id, *invitation_id).await? {
            Some(message) => message,
            None => return Ok(None),
        },
        (
            MailContent::SecurityChanged {
                change,
                at,
                address,
            },
            _,
        ) => Message::SecurityChanged {
            change: *change,
            at: *at,
            address: address.clone(),
        },
    };
    Ok(Some(Outgoing {
        id: mail.id,
        attempts: mail.attempts,
        recipient: mail.recipient.clone(),
        name: user.map(|user| user.name).unwrap_or_default(),
        message,
    }))
}

/// Whether a request has waited for so long that nobody waits for its answer any more.
fn is_forgotten(services: &Services, mail: &QueuedMail) -> bool {
    let age = services.clock.now().duration_since(mail.created_at);
    age > SignedDuration::from_hours(REQUEST_HOURS_MAX)
}

/// What the mailbox reads with which a person wants to sign in: the link, or that it has an account. None when nobody wants it
/// any more.
async fn email_change(
    services: &Services,
    tx: &mut Tx,
    mail: &QueuedMail,
    wanted_by: UserId,
    owner: Option<&User>,
) -> Result<Option<Message>, Error> {
    if is_forgotten(services, mail) {
        return Ok(None);
    }
    if owner.is_some() {
        return Ok(Some(Message::AddressTaken));
    }
    if store::users::system_lookup(tx, wanted_by).await?.is_none() {
        return Ok(None);
    }
    let purpose = LinkPurpose::ChangeEmail;
    let secret = make_link(services, tx, wanted_by, &mail.recipient, purpose).await?;
    Ok(Some(Message::EmailChange { secret }))
}

/// Makes a link of the person, to this address; earlier ones for the same purpose are void.
async fn make_link(
    services: &Services,
    tx: &mut Tx,
    user: UserId,
    email: &str,
    purpose: LinkPurpose,
) -> Result<SecretString, Error> {
    let (ids, now) = (services.ids.as_ref(), services.clock.now());
    let secret = LinkSecret::fresh(ids);
    let link = NewLink {
        id: LinkId::fresh(ids),
        user_id: user,
        email: email.to_owned(),
        purpose,
        created_at: now,
        expires_at: after(now, SignedDuration::from_hours(LINK_HOURS)),
    };
    store::links::system_remove_of_purpose(tx, user, purpose).await?;
    store::links::add(tx, &link, secret.digest(purpose).as_bytes()).await?;
    Ok(secret.text().clone())
}

/// What somebody who signed up reads: the link, or that the address has an account. None when there is no such sign-up.
async fn confirmation(
    services: &Services,
    tx: &mut Tx,
    mail: &QueuedMail,
    user: Option<&User>,
    has_password: bool,
) -> Result<Option<Outgoing>, Error> {
    let now = services.clock.now();
    let since = after(now, SignedDuration::from_hours(-SIGN_UP_HOURS));
    let found = match &mail.content {
        MailContent::SignedUp { sign_up_id } => {
            let found = store::sign_ups::system_lookup(tx, *sign_up_id).await?;
            found.filter(|found| found.created_at > since)
        }
        MailContent::ConfirmationRequested
        | MailContent::PasswordResetRequested
        | MailContent::EmailChangeRequested { .. }
        | MailContent::Invited { .. }
        | MailContent::SecurityChanged { .. } => {
            store::sign_ups::system_newest(tx, &mail.recipient, since).await?
        }
    };
    let Some(SignUp {
        id,
        name,
        organization_name,
        ..
    }) = found
    else {
        return Ok(None);
    };
    // A person who is known by an invitation only has no account yet.
    let is_full = |user: &&User| has_password || user.email_confirmed_at.is_some();
    let (name, message) = if let Some(user) = user.filter(is_full) {
        (user.name.clone(), Message::AlreadyRegistered)
    } else {
        let secret = LinkSecret::fresh(services.ids.as_ref());
        let digest = secret.digest(LinkPurpose::ConfirmEmail);
        store::sign_ups::set_secret(tx, id, digest.as_bytes(), now).await?;
        let secret = secret.text().clone();
        let message = Message::Confirmation {
            secret,
            organization: organization_name,
        };
        (name, message)
    };
    Ok(Some(Outgoing {
        id: mail.id,
        attempts: mail.attempts,
        recipient: mail.recipient.clone(),
        name,
        message,
    }))
}

/// What an invitation says, with a fresh secret; earlier ones of the same invitation are void. None when it is not open.
async fn invitation(
    services: &Services,
    tx: &mut Tx,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<Message>, Error> {
    let (ids, now) = (services.ids.as_ref(), services.clock.now());
    let found = store::invitations::lookup(tx, organization, id).await?;
    let Some(open) = found.filter(|found| found.is_open(now)) else {
        return Ok(None);
    };
    let Some(organization) = store::organizations::lookup(tx, organization).await? else {
        return Ok(None);
    };
    let inviter = match open.invited_by {
        Some(inviter) => store::users::system_lookup(tx, inviter).await?,
        None => None,
    };
    let secret = LinkSecret::fresh(ids);
    let digest = secret.digest(LinkPurpose::AcceptInvitation);
    store::invitations::set_secret(tx, organization.id, id, digest.as_bytes()).await?;
    Ok(Some(Message::Invitation {
        organization: organization.name,
        invited_by: inviter.map(|inviter| inviter.name),
        secret: secret.text().clone(),
        expires_at: open.expires_at,
    }))
}

fn after(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.saturating_add(pause).unwrap_or(Timestamp::MAX)
}
