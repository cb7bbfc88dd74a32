//! What an event is about, read once for all who are told of it.
//!
//! Not a cache of things: an entry belongs to one event. Invariant: a thing is read after its event was committed, so what a
//! subscriber sees is never older than the event; the table has a bound.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::OrganizationId;
use domain::alert::Alert;
use domain::approval::ApprovalRequest;
use domain::asset::Asset;
use domain::audit::Recorded;
use domain::aws_account::AwsAccount;
use domain::event::{Event, Topic};
use domain::legal_hold::LegalHold;
use domain::policy::Policy;
use domain::protection_rule::ProtectionRule;
use domain::recovery_point::RecoveryPoint;
use domain::scope::{Scope, Units};
use domain::task::Task;
use store::approvals::Seen;
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
    /// A protection rule.
    ProtectionRule(Box<ProtectionRule>),
    /// A linked AWS account.
    AwsAccount(Box<AwsAccount>),
    /// A record of the audit log.
    AuditEvent(Box<Recorded>),
    /// An alert.
    Alert(Box<Alert>),
    /// A legal hold.
    LegalHold(Box<LegalHold>),
    /// A change that waits for a second person.
    ApprovalRequest(Box<ApprovalRequest>),
}

impl Subject {
    /// The task, if it is one.
    #[must_use]
    pub fn task(self) -> Option<Task> {
        let Self::Task(task) = self else { return None };
        Some(*task)
    }

    /// The asset, if it is one.
    #[must_use]
    pub fn asset(self) -> Option<Asset> {
        let Self::Asset(asset) = self else {
            return None;
        };
        Some(*asset)
    }

    /// The recovery point, if it is one.
    #[must_use]
    pub fn recovery_point(self) -> Option<RecoveryPoint> {
        let Self::RecoveryPoint(point) = self else {
            return None;
        };
        Some(*point)
    }

    /// The policy, if it is one.
    #[must_use]
    pub fn policy(self) -> Option<Policy> {
        let Self::Policy(policy) = self else {
            return None;
        };
        Some(*policy)
    }

    /// The protection rule, if it is one.
    #[must_use]
    pub fn protection_rule(self) -> Option<ProtectionRule> {
        let Self::ProtectionRule(rule) = self else {
            return None;
        };
        Some(*rule)
    }

    /// The linked AWS account, if it is one.
    #[must_use]
    pub fn aws_account(self) -> Option<AwsAccount> {
        let Self::AwsAccount(account) = self else {
            return None;
        };
        Some(*account)
    }

    /// The record of the audit log, if it is one.
    #[must_use]
    pub fn audit_event(self) -> Option<Recorded> {
        let Self::AuditEvent(event) = self else {
            return None;
        };
        Some(*event)
    }

    /// The alert, if it is one.
    #[must_use]
    pub fn alert(self) -> Option<Alert> {
        let Self::Alert(alert) = self else {
            return None;
        };
        Some(*alert)
    }

    /// The legal hold, if it is one.
    #[must_use]
    pub fn legal_hold(self) -> Option<LegalHold> {
        let Self::LegalHold(hold) = self else {
            return None;
        };
        Some(*hold)
    }

    /// The approval request, if it is one.
    #[must_use]
    pub fn approval_request(self) -> Option<ApprovalRequest> {
        let Self::ApprovalRequest(request) = self else {
            return None;
        };
        Some(*request)
    }
}

/// Values that belong to the latest events, each made once for all who ask.
#[derive(Debug)]
pub(crate) struct Latest<T> {
    cells: Mutex<Cells<T>>,
}

/// One value per sequence number and organization.
type Cells<T> = BTreeMap<(i64, OrganizationId), Arc<OnceCell<T>>>;

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            cells: Mutex::default(),
        }
    }
}

impl<T> Latest<T> {
    /// The value that belongs to an event, perhaps still to be made.
    pub(crate) fn cell(&self, organization: OrganizationId, sequence: i64) -> Arc<OnceCell<T>> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = Arc::clone(cells.entry((sequence, organization)).or_default());
        while cells.len() > EVENTS_MAX {
            cells.pop_first();
        }
        cell
    }
}

/// The subjects of the latest events.
pub(crate) type Subjects = Latest<Option<Subject>>;

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
            Units::Only(_) => read(&store.read_in(scope.organization()), scope, event).await,
            Units::All => {
                let cell = self.cell(event.organization_id, event.sequence);
                let subject = cell.get_or_try_init(|| async {
                    let whole = Scope::organization_wide(event.organization_id);
                    read(&store.read_in(event.organization_id), &whole, event).await
                });
                Ok(subject.await?.clone())
            }
        }
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
            found!(Task, id => store::tasks::lookup(reader, scope, id))
        }
        Topic::Asset | Topic::Compliance => {
            found!(Asset, id => store::assets::lookup(reader, scope, id))
        }
        Topic::RecoveryPoint => {
            found!(RecoveryPoint, id => store::recovery_points::lookup(reader, scope, id))
        }
        Topic::Policy => found!(Policy, id => store::policies::lookup(reader, scope, id)),
        Topic::ProtectionRule => {
            found!(ProtectionRule, id => store::protection_rules::lookup(reader, scope, id))
        }
        Topic::AwsAccount => {
            found!(AwsAccount, id => store::aws_accounts::lookup(reader, scope, id))
        }
        Topic::Audit => {
            found!(AuditEvent, id => store::audit::lookup(reader, scope.organization(), id))
        }
        Topic::Alert => found!(Alert, id => store::alerts::lookup(reader, scope, id)),
        Topic::LegalHold => {
            found!(LegalHold, id => store::legal_holds::lookup(reader, scope, id))
        }
        // Only whoever may decide follows these, and sees all of them.
        Topic::Approval => {
            found!(ApprovalRequest, id => store::approvals::lookup(reader, scope.organization(), Seen::All, id))
        }
        // Nothing of these is shown in a stream.
        Topic::Session => None,
    })
}
