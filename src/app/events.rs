//! Streams of events, with the caller's rights checked again for every event.
//!
//! Not for how events travel (`tasks::live`). Invariant: an event is handed out only while the session or token lives and the
//! caller's role is the one that the stream was opened with; else the stream ends with [`Error::Unauthenticated`].

mod subject;

use async_stream::try_stream;
use domain::event::{ChangeKind, Event, Topic};
use domain::permission::Permission;
use domain::{Problem, ProblemCode};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;

use crate::context::{Caller, Credential, Ctx};
use crate::error::Error;
pub use crate::events::subject::Subject;
pub(crate) use crate::events::subject::{Latest, Subjects};
use crate::{api_tokens, sessions};

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
    let bounds = store::events::bounds(&ctx.read(), ctx.organization()).await?;
    let newest = bounds.map_or(0, |(_, newest)| newest);
    Ok(shown(newest))
}

/// What happens to things of `topic` from now on, or behind the cursor `after`.
pub fn follow(
    ctx: &Ctx,
    topic: Topic,
    after: Option<String>,
) -> Result<impl Stream<Item = Result<Happening, Error>> + Send + use<>, Error> {
    ctx.require(match topic {
        Topic::Audit => Permission::AuditRead,
        Topic::Task
        | Topic::Asset
        | Topic::RecoveryPoint
        | Topic::Policy
        | Topic::AwsAccount
        | Topic::Session => Permission::Read,
    })?;
    let after = after.as_deref().map(parsed).transpose()?;
    let mut rights = Rights::of(ctx.clone());
    let feed = feed(ctx.clone(), after);
    Ok(try_stream! {
        futures_util::pin_mut!(feed);
        while let Some(event) = feed.next().await {
            let event = event?;
            rights.check(&event).await?;
            if event.topic == topic {
                let services = rights.ctx.services();
                let subject = services.subjects.of(&services.store, rights.ctx.scope(), &event);
                yield Happening {
                    cursor: shown(event.sequence),
                    change: event.change,
                    subject: subject.await?,
                };
            }
        }
    })
}

/// Completes when the caller's session or token has ended, or its rights have changed: then its sockets are to be closed.
pub async fn ended(ctx: &Ctx) -> Result<(), Error> {
    let mut rights = Rights::of(ctx.clone());
    let feed = feed(ctx.clone(), None);
    futures_util::pin_mut!(feed);
    while let Some(event) = feed.next().await {
        if matches!(rights.check(&event?).await, Err(Error::Unauthenticated)) {
            return Ok(());
        }
    }
    Ok(())
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
        let Caller::User { user, credential } = self.ctx.caller() else {
            return Ok(());
        };
        let now = self.ctx.now();
        if now >= credential.expires_at() {
            return Err(Error::Unauthenticated);
        }
        let is_about_caller = event.topic == Topic::Session
            && (event.subject == credential.id() || event.subject == user.id.to_string());
        let is_old = now.duration_since(self.read_at).as_secs() >= RECHECK_SECONDS;
        if !is_about_caller && !is_old {
            return Ok(());
        }
        let services = self.ctx.services();
        let alive = match credential {
            Credential::Session { digest, .. } => {
                sessions::alive(services, digest).await?.map(|(_, user)| user)
            }
            Credential::ApiToken { digest, .. } => {
                api_tokens::alive(services, digest).await?.map(|(_, user)| user)
            }
        };
        if alive.is_none_or(|now| now.role != user.role) {
            return Err(Error::Unauthenticated);
        }
        self.read_at = now;
        Ok(())
    }
}

/// The organization's events from now on, or behind `after`.
pub(crate) fn feed(ctx: Ctx, after: Option<i64>) -> impl Stream<Item = Result<Event, Error>> + Send {
    try_stream! {
        let store = ctx.services().store.clone();
        let mut changed = store.changed();
        let bounds = store::events::bounds(&store.read(), ctx.organization()).await?;
        let mut last = after.unwrap_or_else(|| bounds.map_or(0, |(_, newest)| newest));
        loop {
            changed.mark_unchanged();
            let events = store::events::since(&store.read(), ctx.organization(), last, 500).await?;
            let is_empty = events.is_empty();
            for event in events {
                last = event.sequence;
                yield event;
            }
            if is_empty {
                let _ = tokio::time::timeout(std::time::Duration::from_secs(5), changed.changed()).await;
            }
        }
    }
}

/// A cursor as clients see it. They must not count on more than that it is a text.
fn shown(sequence: i64) -> String {
    format!("e{sequence:x}")
}

fn parsed(cursor: &str) -> Result<i64, Error> {
    let digits = cursor.strip_prefix('e').filter(|digits| !digits.starts_with(['+', '-']));
    digits
        .and_then(|digits| i64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| Problem::invalid("after", "This is no cursor of this stream.").into())
}

/// A cursor that is older than the events that are kept.
fn too_old() -> Error {
    let message = "This cursor is too old: read the lists anew and go on from there.";
    Problem::new(ProblemCode::PreconditionFailed, "after", message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_way_through_text_and_nothing_else_is_one() {
        for sequence in [0, 1, 255, i64::MAX] {
            assert_eq!(parsed(&shown(sequence)).unwrap(), sequence);
        }
        for text in ["", "e", "1", "e-1", "e+1", "ex", "e8000000000000000"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
