//! Streams of events, with the caller's rights checked again for every event.
//!
//! Not for how events travel (`tasks::live`). Invariant: an event is handed out only while the session or token lives and the
//! caller's rights are those that the stream was opened with; else the stream ends with [`Error::Unauthenticated`].

mod subject;

use async_stream::try_stream;
use domain::event::{ChangeKind, Event, Topic};
use domain::permission::Permission;
use domain::user::User;
use domain::{OrganizationId, Problem, ProblemCode};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;

use crate::context::{Ctx, Services};
use crate::error::Error;
pub use crate::events::subject::Subject;
pub(crate) use crate::events::subject::{Latest, Subjects};
use crate::{organizational_units, recognition, service_tokens};
use ::tasks::LiveError;

/// Rights are read anew when they were read longer ago than this, in seconds. A revocation on any replica is an event of its
/// own and is seen at once; this is the net below it.
const RECHECK_SECONDS: i64 = 5;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// Opaque place in the stream: go on behind it with `after`.
    pub cursor: String,
    /// What happened.
    pub change: ChangeKind,
    /// What it happened to, as it is now; none when it is gone or the caller may not see it.
    pub subject: Option<Subject>,
}

/// The present place in the caller's stream.
pub async fn cursor(ctx: &Ctx) -> Result<String, Error> {
    ctx.require(Permission::Read)?;
    Ok(ctx.services().events.head(ctx.organization()).await?)
}

/// What happens to things of `topic` from now on, or behind the cursor `after`.
pub fn follow(
    ctx: &Ctx,
    topic: Topic,
    after: Option<String>,
) -> Result<impl Stream<Item = Result<Happening, Error>> + Send + use<>, Error> {
    ctx.require(match topic {
        Topic::Audit => Permission::AuditRead,
        Topic::Invitation => Permission::UserManage,
        Topic::ServiceToken => Permission::ServiceTokenManage,
        Topic::IdentityProvider | Topic::DomainProof => Permission::SsoManage,
        Topic::Task
        | Topic::Asset
        | Topic::RecoveryPoint
        | Topic::Policy
        | Topic::ProtectionRule
        | Topic::AwsAccount
        | Topic::Alert
        | Topic::Compliance
        | Topic::LegalHold
        | Topic::User
        | Topic::Role
        | Topic::OrganizationalUnit
        | Topic::Organization
        | Topic::OwnAccount
        | Topic::Session => Permission::Read,
        Topic::Approval => Permission::ApprovalDecide,
    })?;
    if topic == Topic::User {
        // As their list: of people only those are told who see the whole organization.
        ctx.require_at(Permission::Read, ctx.access().root())?;
    }
    let mut rights = Rights::of(ctx.clone());
    let feed = feed(ctx, &[topic], after);
    Ok(try_stream! {
        futures_util::pin_mut!(feed);
        while let Some(event) = feed.next().await {
            let event = event?;
            rights.check(&event).await?;
            if event.topic == topic {
                let told = happening(&rights.ctx, &event).await?;
                if let Some(told) = told {
                    yield told;
                }
            }
        }
    })
}

/// What the caller is told of an event; none when not even that it happened is theirs to know.
async fn happening(ctx: &Ctx, event: &Event) -> Result<Option<Happening>, Error> {
    if !is_told(ctx, event) {
        return Ok(None);
    }
    let services = ctx.services();
    let subject = services.subjects.of(&services.store, ctx.scope(), event);
    let subject = match subject.await? {
        Some(Subject::ServiceToken(token)) if !service_tokens::manages(ctx, &token) => {
            return Ok(None);
        }
        // A deleted token stays as a record, which no list shows.
        Some(Subject::ServiceToken(token)) if token.revoked_at.is_some() => None,
        subject => subject,
    };
    Ok(Some(Happening {
        cursor: ::tasks::live::cursor(event.sequence),
        change: event.change,
        subject,
    }))
}

/// Whether the name alone of what an event is about allows to tell it, which is all that is left of what is gone.
fn is_told(ctx: &Ctx, event: &Event) -> bool {
    match event.topic {
        Topic::OwnAccount => ctx
            .user()
            .is_some_and(|user| event.subject == user.id.to_string()),
        Topic::OrganizationalUnit => {
            let unit = event.subject.parse();
            unit.is_ok_and(|unit| organizational_units::sees(ctx, unit))
        }
        Topic::Task
        | Topic::Asset
        | Topic::RecoveryPoint
        | Topic::Policy
        | Topic::ProtectionRule
        | Topic::AwsAccount
        | Topic::Session
        | Topic::Audit
        | Topic::Alert
        | Topic::Compliance
        | Topic::LegalHold
        | Topic::Approval
        | Topic::User
        | Topic::Invitation
        | Topic::Role
        | Topic::ServiceToken
        | Topic::IdentityProvider
        | Topic::DomainProof
        | Topic::Organization => true,
    }
}

/// Whom changes of rights and ends of sessions concern, in one organization, behind the cursor `after`: ids for [`concerns`].
pub fn standing(
    services: &Services,
    organization: OrganizationId,
    after: String,
) -> impl Stream<Item = Result<String, Error>> + Send + use<> {
    let topics = vec![Topic::Session];
    let events = services.events.subscribe(organization, topics, Some(after));
    events.map(|event| Ok(event?.subject))
}

/// Whether an event of the topic `Session` with this subject is about the caller: their session or token, their person, or all of
/// their organization.
#[must_use]
pub fn concerns(ctx: &Ctx, subject: &str) -> bool {
    let is_user = |user: &User| subject == user.id.to_string();
    ctx.credential()
        .is_some_and(|credential| subject == credential.id())
        || ctx.user().is_some_and(is_user)
        || subject == ctx.organization().to_string()
}

/// The rights that a stream was opened with, and when they were read last.
pub(crate) struct Rights {
    ctx: Ctx,
    read_at: Timestamp,
}

impl Rights {
    pub(crate) fn of(ctx: Ctx) -> Self {
        let read_at = ctx.now();
        Self { ctx, read_at }
    }

    /// Ends the stream when the caller may no longer see this event.
    pub(crate) async fn check(&mut self, event: &Event) -> Result<(), Error> {
        let Some(credential) = self.ctx.credential() else {
            return Ok(());
        };
        let now = self.ctx.now();
        if now >= credential.expires_at() {
            return Err(Error::Unauthenticated);
        }
        let is_about_caller = event.topic == Topic::Session && concerns(&self.ctx, &event.subject);
        let is_old = now.duration_since(self.read_at).as_secs() >= RECHECK_SECONDS;
        if !is_about_caller && !is_old {
            return Ok(());
        }
        if !recognition::still_stands(&self.ctx).await? {
            return Err(Error::Unauthenticated);
        }
        self.read_at = now;
        Ok(())
    }
}

/// The organization's events of these topics and those about sessions, from now on or behind `after`.
pub(crate) fn feed(
    ctx: &Ctx,
    topics: &[Topic],
    after: Option<String>,
) -> impl Stream<Item = Result<Event, Error>> + Send + use<> {
    let topics = [topics, &[Topic::Session]].concat();
    let events = ctx
        .services()
        .events
        .subscribe(ctx.organization(), topics, after);
    events.map(|event| event.map_err(Error::from))
}

impl From<LiveError> for Error {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::UnknownCursor => {
                Problem::invalid("after", "This is no cursor of this stream.").into()
            }
            LiveError::CursorTooOld => {
                let message = "This cursor is too old: read the lists anew and go on from there.";
                Problem::new(ProblemCode::PreconditionFailed, "after", message).into()
            }
            LiveError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests;
