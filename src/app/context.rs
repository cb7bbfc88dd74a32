//! Who calls, from where, and what a use case works with.
//!
//! Not for how a caller is recognised (`sessions.rs`, `api_tokens.rs`). Invariant: a [`Ctx`] exists only for a caller who was
//! recognised; its scope is the only way to the data.

use std::sync::Arc;

use domain::access::Access;
use domain::api_token::ApiToken;
use domain::audit::checkpoint::NoteKey;
use domain::audit::{Interface, Outcome};
use domain::permission::Permission;
use domain::scope::Scope;
use domain::second_factor::PROOF_MINUTES;
use domain::task::Actor;
use domain::user::User;
use domain::{
    ApiTokenId, Clock, IdSource, IdentityProviderId, OrganizationId, OrganizationalUnitId,
    SessionId,
};
use identity::{Passkeys, Passwords, SecretDigest};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use store::{Reader, Store, Tx};

use crate::actions::{Action, Needs, Proof};
use crate::activity::Activity;
use crate::error::Error;
use crate::events::{Latest, Subjects};
use crate::fleets::Fleets;
use crate::own_word;
use crate::ports::{AccountTemplates, RecoveryKits, Sealer};
use crate::settings::Settings;
use crate::sign_on::Connections;
use crate::throttle::SignInThrottle;

/// What every use case works with; one per process.
#[derive(Debug)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Source of ids and randomness.
    pub ids: Arc<dyn IdSource>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Seals access keys.
    pub sealer: Arc<dyn Sealer>,
    /// Exports the keys of the vault.
    pub recovery_kits: Arc<dyn RecoveryKits>,
    /// Documents that set AWS accounts up.
    pub templates: Arc<dyn AccountTemplates>,
    /// The ways to identity providers.
    pub connections: Connections,
    /// Checks passkeys; none where the server has no host name that they could belong to.
    pub passkeys: Option<Passkeys>,
    /// The streams of events.
    pub events: ::tasks::Events,
    /// Public half of the key that signs checkpoints of audit logs.
    pub audit_key: NoteKey,
    /// What the configuration decides.
    pub settings: Settings,
    pub(crate) throttle: SignInThrottle,
    pub(crate) subjects: Subjects,
    pub(crate) activity: Latest<Activity>,
    pub(crate) fleets: Fleets,
}

/// The parts of [`Services`] that `server` wires.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Source of ids and randomness.
    pub ids: Arc<dyn IdSource>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Seals access keys.
    pub sealer: Arc<dyn Sealer>,
    /// Exports the keys of the vault.
    pub recovery_kits: Arc<dyn RecoveryKits>,
    /// Documents that set AWS accounts up.
    pub templates: Arc<dyn AccountTemplates>,
    /// The ways to identity providers.
    pub connections: Connections,
    /// Checks passkeys; none where the server has no host name that they could belong to.
    pub passkeys: Option<Passkeys>,
    /// The streams of events.
    pub events: ::tasks::Events,
    /// Public half of the key that signs checkpoints of audit logs.
    pub audit_key: NoteKey,
    /// What the configuration decides.
    pub settings: Settings,
}

impl Services {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            store,
            clock,
            ids,
            passwords,
            sealer,
            recovery_kits,
            templates,
            connections,
            passkeys,
            events,
            audit_key,
            settings,
        } = parts;
        Arc::new(Self {
            store,
            clock,
            ids,
            passwords,
            sealer,
            recovery_kits,
            templates,
            connections,
            passkeys,
            events,
            audit_key,
            settings,
            throttle: SignInThrottle::default(),
            subjects: Subjects::default(),
            activity: Latest::default(),
            fleets: Fleets::default(),
        })
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's address, as far as it is known.
    pub address: Option<String>,
    /// What the browser or program calls itself; it can be made up.
    pub user_agent: Option<String>,
    /// The id under which the request appears in logs.
    pub request_id: String,
    /// Which door it came through, as far as the edge knows; see [`Ctx::interface`].
    pub interface: Interface,
    /// Nobody sits before the program that asks, as it says itself: no use of a session, which ends when it was idle for too long.
    pub is_unattended: bool,
    /// The unit to which the request narrows itself, as its header says; not yet looked at.
    pub unit: Option<String>,
    /// What the browser shows as a known device; not yet looked at.
    pub device: Option<DeviceToken>,
}

/// The cookie of a known device (`devices.rs`).
#[derive(Debug, Clone)]
pub struct DeviceToken(pub SecretString);

impl PartialEq for DeviceToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for DeviceToken {}

/// What a caller was recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A browser session.
    Session {
        /// Its id.
        id: SessionId,
        /// Digest of its secret.
        digest: SecretDigest,
        /// When it ends at the latest.
        expires_at: Timestamp,
        /// The identity provider through which the person came.
        provider_id: Option<IdentityProviderId>,
        /// When the person last proved who they are.
        proven_at: Option<Timestamp>,
        /// When they last did so by a password or a factor of their own.
        own_proof_at: Option<Timestamp>,
        /// When a second factor was given in it.
        second_factor_at: Option<Timestamp>,
    },
    /// An API token.
    ApiToken {
        /// Its id.
        id: ApiTokenId,
        /// Digest of its secret.
        digest: SecretDigest,
        /// When it ends.
        expires_at: Timestamp,
    },
}

impl Credential {
    /// When it ends at the latest.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        match self {
            Self::Session { expires_at, .. } | Self::ApiToken { expires_at, .. } => *expires_at,
        }
    }

    /// The id of the session or token, as text.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Session { id, .. } => id.to_string(),
            Self::ApiToken { id, .. } => id.to_string(),
        }
    }
}

/// A recognised caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Caller {
    /// A person, by browser or by token.
    User {
        /// Who.
        user: User,
        /// By what.
        credential: Credential,
    },
    /// A program, by a service token that belongs to no person.
    Service {
        /// Which token.
        token: ApiToken,
        /// By what; the same token.
        credential: Credential,
    },
    /// The service itself, or an administrator at the machine.
    System,
}

/// The context of one call: first argument of every use case.
#[derive(Debug, Clone)]
pub struct Ctx {
    services: Arc<Services>,
    caller: Caller,
    access: Arc<Access>,
    scope: Arc<Scope>,
    origin: Origin,
}

impl Ctx {
    /// The context of a recognised caller.
    pub(crate) fn new(
        services: Arc<Services>,
        caller: Caller,
        access: Access,
        origin: Origin,
    ) -> Self {
        let scope = Arc::new(access.scope());
        Self {
            services,
            caller,
            access: Arc::new(access),
            scope,
            origin,
        }
    }

    /// The context of the service itself, with every right in one organization.
    #[must_use]
    pub fn system(services: Arc<Services>, organization: OrganizationId, origin: Origin) -> Self {
        // The service needs no unit of its own: its rights hold above all units.
        let above_all = OrganizationalUnitId::from_uuid(uuid::Uuid::nil());
        let access = Access::full(organization, above_all);
        Self::new(services, Caller::System, access, origin)
    }

    /// What the use cases work with.
    #[must_use]
    pub const fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// Who calls.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The person who calls; none for the service itself.
    #[must_use]
    pub const fn user(&self) -> Option<&User> {
        match &self.caller {
            Caller::User { user, .. } => Some(user),
            Caller::Service { .. } | Caller::System => None,
        }
    }

    /// What the caller was recognised by; none for the service itself.
    #[must_use]
    pub const fn credential(&self) -> Option<&Credential> {
        match &self.caller {
            Caller::User { credential, .. } | Caller::Service { credential, .. } => {
                Some(credential)
            }
            Caller::System => None,
        }
    }

    /// Who acts, for tasks and the audit log.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match &self.caller {
            Caller::User { user, .. } => Actor::User(user.id),
            Caller::Service { token, .. } => Actor::ServiceToken(token.id),
            Caller::System => Actor::System,
        }
    }

    /// Which door the request came through. A session is a browser's and a token a program's, unless the edge knows better.
    #[must_use]
    pub const fn interface(&self) -> Interface {
        match (self.origin.interface, &self.caller) {
            (
                Interface::System | Interface::Api,
                Caller::User { credential, .. } | Caller::Service { credential, .. },
            ) => match credential {
                Credential::Session { .. } => Interface::Console,
                Credential::ApiToken { .. } => Interface::Api,
            },
            (interface, Caller::User { .. } | Caller::Service { .. } | Caller::System) => interface,
        }
    }

    /// What part of the data the caller sees.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What the caller may do at which unit.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The organization.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.scope.organization()
    }

    /// Where the request comes from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// Source of ids and randomness.
    #[must_use]
    pub fn ids(&self) -> &dyn IdSource {
        self.services.ids.as_ref()
    }

    /// Whether the caller has this right somewhere; an organization-wide one at the root unit.
    #[must_use]
    pub fn can(&self, permission: Permission) -> bool {
        self.access.can(permission)
    }

    /// Whether the caller has this right at this unit.
    #[must_use]
    pub fn can_at(&self, permission: Permission, unit: OrganizationalUnitId) -> bool {
        self.access.can_at(permission, unit)
    }

    /// Refuses a browser session whose person has not proven who they are lately: a session that was left open, or stolen,
    /// must not do what lasts. Tokens pass: they were made on such a proof, for what their rights say.
    pub(crate) fn require_proof(&self) -> Result<(), Error> {
        match self.credential() {
            Some(Credential::Session { proven_at, .. }) => self.require_fresh(*proven_at),
            Some(Credential::ApiToken { .. }) | None => Ok(()),
        }
    }

    /// Refuses a proof that was given too long ago, or never.
    pub(crate) fn require_fresh(&self, proven_at: Option<Timestamp>) -> Result<(), Error> {
        let limit = SignedDuration::from_mins(PROOF_MINUTES);
        let is_recent = |at: Timestamp| self.now().duration_since(at) < limit;
        if proven_at.is_some_and(is_recent) {
            Ok(())
        } else {
            Err(Error::ProofNeeded)
        }
    }

    /// Refuses a caller who has this right nowhere; for reads, whose rows the scope chooses.
    pub fn require(&self, permission: Permission) -> Result<(), Error> {
        if self.can(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden(permission))
        }
    }

    /// Refuses a caller who lacks this right at this unit; for reads.
    pub fn require_at(
        &self,
        permission: Permission,
        unit: OrganizationalUnitId,
    ) -> Result<(), Error> {
        if self.can_at(permission, unit) {
            Ok(())
        } else {
            Err(Error::Forbidden(permission))
        }
    }

    /// Refuses a caller who has the right that this action needs nowhere, and writes the refusal into the audit log; and a session
    /// without the proof that the action needs. What the action changes lies at a unit: ask [`Self::authorize_at`] once it is
    /// known.
    pub(crate) async fn authorize(&self, action: Action) -> Result<(), Error> {
        let missing = match action.needs {
            Needs::Nothing => None,
            Needs::OfTask => Some(Permission::Read).filter(|read| !self.can(*read)),
            Needs::One(permission) => Some(permission).filter(|needed| !self.can(*needed)),
            Needs::Every => self.missing_at_root(),
        };
        if let Some(missing) = missing {
            return self.refuse(action, missing).await;
        }
        match action.proof {
            Proof::Nothing => Ok(()),
            Proof::Fresh => self.require_proof(),
            Proof::OwnWord | Proof::FreshOwnWord => own_word::require(self, action.proof).await,
        }
    }

    fn missing_at_root(&self) -> Option<Permission> {
        let root = self.access.root();
        let all = Permission::ALL.iter().copied();
        all.into_iter().find(|right| !self.can_at(*right, root))
    }

    /// Refuses a caller who lacks the right that this action needs at one of these units, and writes the refusal into the audit
    /// log. Takes the open transaction and gives it back, because a refusal is written by one of its own.
    pub(crate) async fn authorize_at(
        &self,
        tx: Tx,
        action: Action,
        units: impl IntoIterator<Item = OrganizationalUnitId> + Send,
    ) -> Result<Tx, Error> {
        let needed = match action.needs {
            // Every right at the root was asked for already.
            Needs::Nothing | Needs::Every => return Ok(tx),
            Needs::OfTask => Permission::Read,
            Needs::One(permission) => permission,
        };
        self.authorize_as(tx, action, needed, units).await
    }

    /// As [`Self::authorize_at`], for an action whose right depends on its target.
    pub(crate) async fn authorize_as(
        &self,
        tx: Tx,
        action: Action,
        needed: Permission,
        units: impl IntoIterator<Item = OrganizationalUnitId> + Send,
    ) -> Result<Tx, Error> {
        if units.into_iter().all(|unit| self.can_at(needed, unit)) {
            return Ok(tx);
        }
        tx.rollback().await?;
        self.refuse(action, needed).await?;
        Err(Error::Forbidden(needed))
    }

    async fn refuse(&self, action: Action, needed: Permission) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let event = crate::audit::event(self, action, None, Outcome::Refused);
        store::audit::record(&mut tx, &event).await?;
        tx.commit().await?;
        Err(Error::Forbidden(needed))
    }

    /// Begins the one transaction of a use case that writes in the caller's organization.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.services.store.begin_in(self.organization()).await?)
    }

    /// The read pool, for what is of the caller's organization.
    pub(crate) fn read(&self) -> Reader {
        self.services.store.read_in(self.organization())
    }

    /// As [`Self::begin`], over all organizations: an account, its sessions and its second factors are a person's, who may be a
    /// member of several. The database does not keep tenants apart here, so each query names whose rows it means.
    pub(crate) async fn system_begin(&self) -> Result<Tx, Error> {
        Ok(self.services.store.begin().await?)
    }

    /// As [`Self::read`], over all organizations; see [`Self::system_begin`].
    pub(crate) fn system_read(&self) -> Reader {
        self.services.store.read()
    }
}
