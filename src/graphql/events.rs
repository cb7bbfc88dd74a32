//! Subscriptions: changes as they happen, and those that were missed.
//!
//! Not for how events travel (`tasks::live`) or whether the caller may still see them (`app::events`). Invariant: an event
//! carries the thing as it is when it is read, never as it was, and a cursor with which the stream goes on after it.

use std::str::FromStr;

use app::events::Happening;
use async_graphql::{Context, SimpleObject, Subscription};
use domain::event::Topic;
use futures_util::{Stream, StreamExt as _};

use crate::activity::ActivitySummary;
use crate::asset::{Asset, AssetFilter};
use crate::audit_event::AuditEvent;
use crate::aws_account::{AwsAccount, AwsAccountFilter};
use crate::context::viewer;
use crate::enums::ChangeKind;
use crate::error::{read, top_level};
use crate::policy::{Policy, PolicyFilter};
use crate::recovery_point::{RecoveryPoint, RecoveryPointFilter};
use crate::task::{Task, TaskFilter};

macro_rules! events {
    ($($(#[$doc:meta])* $event:ident { $(#[$subject_doc:meta])* $field:ident: $subject:ty })*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(crate) struct $event {
            /// Pass it as `after` to go on behind this event without a gap; valid for 7 days.
            cursor: String,
            /// What happened.
            kind: ChangeKind,
            $(#[$subject_doc])*
            $field: Option<$subject>,
        }
    )*};
}

events! {
    /// A change of a task.
    TaskEvent {
        /// The task as it is now.
        task: Task
    }
    /// A change of an asset.
    AssetEvent {
        /// The asset as it is now; null when it is gone from Holdfast.
        asset: Asset
    }
    /// A change of a recovery point.
    RecoveryPointEvent {
        /// The recovery point as it is now.
        recovery_point: RecoveryPoint
    }
    /// A change of a policy.
    PolicyEvent {
        /// The policy as it is now; null when it was deleted.
        policy: Policy
    }
    /// A change of a linked AWS account.
    AwsAccountEvent {
        /// The link as it is now.
        aws_account: AwsAccount
    }
    /// A new record in the audit log.
    AuditLogEvent {
        /// The record.
        audit_event: AuditEvent
    }
}

/// Events of one topic; `pick` answers the node, or none for what the filter hides. A thing that is gone is told to everyone,
/// because nothing is left that a filter could look at.
fn stream<N, E>(
    ctx: &Context<'_>,
    topic: Topic,
    after: Option<String>,
    pick: impl Fn(Subject) -> Option<N> + Send,
    event: impl Fn(String, ChangeKind, Option<N>) -> E + Send,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<E>> + Send> {
    let happenings = read(app::events::follow(viewer(ctx)?, topic, after))?;
    let shown = move |happening: Result<Happening, app::Error>| {
        let told = match happening {
            Err(error) => Some(Err(top_level(&error))),
            Ok(Happening {
                cursor,
                change,
                subject,
            }) => match subject {
                Some(subject) => {
                    pick(subject).map(|node| Ok(event(cursor, change.into(), Some(node))))
                }
                None if change == domain::event::ChangeKind::Deleted => {
                    Some(Ok(event(cursor, change.into(), None)))
                }
                None => None,
            },
        };
        futures_util::future::ready(told)
    };
    Ok(happenings.filter_map(shown))
}

macro_rules! pick {
    ($variant:ident, $filter:ident) => {{
        let filter = $filter.map(Into::into);
        move |subject| match subject {
            Subject::$variant(found)
                if filter
                    .as_ref()
                    .is_none_or(|filter| app::matching::$variant(filter, &found)) =>
            {
                Some((*found).into())
            }
            _ => None,
        }
    }};
}
