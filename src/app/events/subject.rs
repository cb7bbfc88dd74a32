//! What an event is about, read once for all who are told of it.
//!
//! Not a cache of things: an entry belongs to one event. Invariant: a thing is read after its event was committed, so what a
//! subscriber sees is never older than the event; the table has a bound.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::alert::Alert;
use domain::api_token::ApiToken;
use domain::approval::ApprovalRequest;
use domain::asset::Asset;
use domain::audit::Recorded;
use domain::aws_account::AwsAccount;
use domain::domain_proof::DomainProof;
use domain::event::{Event, Topic};
use domain::identity_provider::IdentityProvider;
use domain::legal_hold::LegalHold;
use domain::organization::Organization;
use domain::organizational_unit::OrganizationalUnit;
use domain::policy::Policy;
use domain::protection_rule::ProtectionRule;
use domain::recovery_point::RecoveryPoint;
use domain::role::Role;
use domain::scope::{Scope, Units};
use domain::task::Task;
use domain::user::User;
use domain::{InvitationId, OrganizationId};
use store::approvals::Seen;
use store::{Reader, Store};
use tokio::sync::OnceCell;

use crate::error::Error;
use crate::invitations::{self, Invited};

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
    /// A member.
    User(Box<User>),
    /// An open invitation.
    Invitation(Box<Invited>),
    /// A role.
    Role(Box<Role>),
    /// An organizational unit.
    OrganizationalUnit(Box<OrganizationalUnit>),
    /// A service token.
    ServiceToken(Box<ApiToken>),
    /// An identity provider.
    IdentityProvider(Box<IdentityProvider>),
    /// A claimed domain.
    DomainProof(Box<DomainProof>),
    /// The caller's organization.
    Organization(Box<Organization>),
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

    /// The member, if it is one.
    #[must_use]
    pub fn user(self) -> Option<User> {
        let Self::User(person) = self else {
            return None;
        };
        Some(*person)
    }

    /// The open invitation, if it is one.
    #[must_use]
    pub fn invitation(self) -> Option<Invited> {
        let Self::Invitation(invitation) = self else {
            return None;
        };
        Some(*invitation)
    }

    /// The role, if it is one.
    #[must_use]
    pub fn role(self) -> Option<Role> {
        let Self::Role(role) = self else {
            return None;
        };
        Some(*role)
    }

    /// The organizational unit, if it is one.
    #[must_use]
    pub fn organizational_unit(self) -> Option<OrganizationalUnit> {
        let Self::OrganizationalUnit(unit) = self else {
            return None;
        };
        Some(*unit)
    }

    /// The service token, if it is one.
    #[must_use]
    pub fn service_token(self) -> Option<ApiToken> {
        let Self::ServiceToken(token) = self else {
            return None;
        };
        Some(*token)
    }

    /// The identity provider, if it is one.
    #[must_use]
    pub fn identity_provider(self) -> Option<IdentityProvider> {
        let Self::IdentityProvider(provider) = self else {
            return None;
        };
        Some(*provider)
    }

    /// The claimed domain, if it is one.
    #[must_use]
    pub fn domain_proof(self) -> Option<DomainProof> {
        let Self::DomainProof(proof) = self else {
            return None;
        };
        Some(*proof)
    }

    /// The organization, if it is one.
    #[must_use]
    pub fn organization(self) -> Option<Organization> {
        let Self::Organization(organization) = self else {
            return None;
        };
        Some(*organization)
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

async fn invitation(
    reader: &Reader,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<Subject>, Error> {
    let waiting = invitations::waiting(reader, organization).await?;
    let found = waiting.into_iter().find(|one| one.invitation.id == id);
    Ok(found.map(|found| Subject::Invitation(Box::new(found))))
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
        // Who is only invited is no member, and so is not found.
        Topic::User => {
            found!(User, id => store::users::lookup(reader, scope.organization(), id))
        }
        Topic::Invitation => match event.subject.parse() {
            Ok(id) => invitation(reader, scope.organization(), id).await?,
            Err(domain::MalformedId { .. }) => None,
        },
        Topic::Role => {
            found!(Role, id => store::roles::lookup(reader, scope.organization(), id))
        }
        // `follow` asks whether the caller sees the unit, or manages the token.
        Topic::OrganizationalUnit => {
            found!(OrganizationalUnit, id => store::organizational_units::lookup(reader, scope.organization(), id))
        }
        Topic::ServiceToken => {
            found!(ServiceToken, id => store::api_tokens::lookup(reader, scope.organization(), id))
        }
        Topic::IdentityProvider => {
            found!(IdentityProvider, id => store::identity_providers::lookup(reader, scope.organization(), id))
        }
        Topic::DomainProof => {
            found!(DomainProof, id => store::domain_proofs::lookup(reader, scope.organization(), id))
        }
        Topic::Organization => store::organizations::lookup(reader, scope.organization())
            .await?
            .map(|found| Subject::Organization(Box::new(found))),
        // Nothing of these is shown in a stream.
        Topic::Session | Topic::OwnAccount => None,
    })
}
