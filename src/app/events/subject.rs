//! What an event is about, read once for all who are told of it.
//!
//! Not a cache of things: an entry belongs to one event. Invariant: a thing is read after its event was committed, so what a
//! subscriber sees is never older than the event; the table has a bound.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::OrganizationId;
use domain::asset::Asset;
use domain::audit::AuditEvent;
use domain::aws_account::AwsAccount;
use domain::event::{Event, Topic};
use domain::policy::Policy;
use domain::recovery_point::RecoveryPoint;
use domain::scope::{Scope, Units};
use domain::task::Task;
use store::{Reader, Store};
use tokio::sync::OnceCell;

use crate::error::Error;

/// Most events whose subjects are remembered: more than are on their way to subscribers at any time.
const EVENTS_MAX: usize = 1_024;

/// What an event is about, as it is when it is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A task.
    Task(Box<Task>),
    /// An asset.
    Asset(Box<Asset>),
    /// A recovery point.
    RecoveryPoint(Box<RecoveryPoint>),
    /// A policy.
    Policy(Box<Policy>),
    /// A linked AWS account.
    AwsAccount(Box<AwsAccount>),
    /// A record of the audit log.
    AuditEvent(Box<AuditEvent>),
}

type Shared = Arc<OnceCell<Option<Subject>>>;

/// The subjects of the latest events.
#[derive(Debug, Default)]
pub(crate) struct Subjects {
    latest: Mutex<BTreeMap<(i64, OrganizationId), Shared>>,
}

impl Subjects {
    /// The subject of `event` in `scope`; none when it is gone or not to be seen. Callers who see the whole organization share
    /// one read.
    pub(crate) async fn of(
        &self,
        store: &Store,
        scope: &Scope,
        event: &Event,
    ) -> Result<Option<Subject>, Error> {
        match scope.units() {
            Units::Only(_) => read(&store.read(), scope, event).await,
            Units::All => {
                let shared = self.shared(event);
                let subject = shared.get_or_try_init(|| async {
                    let whole = Scope::organization_wide(event.organization_id);
                    read(&store.read(), &whole, event).await
                });
                Ok(subject.await?.clone())
            }
        }
    }

    fn shared(&self, event: &Event) -> Shared {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (event.sequence, event.organization_id);
        let shared = Arc::clone(latest.entry(key).or_default());
        while latest.len() > EVENTS_MAX {
            latest.pop_first();
        }
        shared
    }
}

async fn read(reader: &Reader, scope: &Scope, event: &Event) -> Result<Option<Subject>, Error> {
    /// Reads what the text names; a text that is no id names nothing.
    macro_rules! found {
        ($variant:ident, $id:ident => $lookup:expr) => {
            match event.subject.parse() {
                Ok($id) => $lookup
                    .await?
                    .map(|found| Subject::$variant(Box::new(found))),
                Err(domain::MalformedId { .. }) => None,
            }
        };
    }
    Ok(match event.topic {
        Topic::Task => {
            found!(Task, id => store::tasks::lookup(reader, scope.organization(), id))
        }
        Topic::Asset => found!(Asset, id => store::assets::lookup(reader, scope, id)),
        Topic::RecoveryPoint => {
            found!(RecoveryPoint, id => store::recovery_points::lookup(reader, scope, id))
        }
        Topic::Policy => found!(Policy, id => store::policies::lookup(reader, scope, id)),
        Topic::AwsAccount => {
            found!(AwsAccount, id => store::aws_accounts::lookup(reader, scope, id))
        }
        Topic::Audit => {
            found!(AuditEvent, id => store::audit::lookup(reader, scope.organization(), id))
        }
        Topic::Session => None,
    })
}
