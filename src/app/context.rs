//! Who calls, from where, and what a use case works with.
//!
//! Not for how a caller is recognised (`sessions.rs`, `api_tokens.rs`). Invariant: a [`Ctx`] exists only for a caller who was
//! recognised; its scope is the only way to the data.

use std::sync::Arc;

use domain::audit::{Interface, Outcome};
use domain::permission::{Permission, Role};
use domain::scope::Scope;
use domain::task::Actor;
use domain::user::User;
use domain::{ApiTokenId, Clock, IdSource, OrganizationId, SessionId};
use identity::{Passwords, SecretDigest};
use jiff::Timestamp;
use store::{Reader, Store, Tx};

use crate::actions::{Action, Needs};
use crate::activity::Activity;
use crate::error::Error;
use crate::events::{Latest, Subjects};
use crate::ports::{AccountTemplates, RecoveryKits, Sealer};
use crate::settings::Settings;
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
    /// The streams of events.
    pub events: ::tasks::Events,
    /// What the configuration decides.
    pub settings: Settings,
    pub(crate) throttle: SignInThrottle,
    pub(crate) subjects: Subjects,
    pub(crate) activity: Latest<Activity>,
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
    /// The streams of events.
    pub events: ::tasks::Events,
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
            events,
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
            events,
            settings,
            throttle: SignInThrottle::default(),
            subjects: Subjects::default(),
            activity: Latest::default(),
        })
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's address, as far as it is known.
    pub address: Option<String>,
    /// The id under which the request appears in logs.
    pub request_id: String,
    /// Which door it came through, as far as the edge knows; see [`Ctx::interface`].
    pub interface: Interface,
}

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
    /// The service itself, or an administrator at the machine.
    System,
}

/// The context of one call: first argument of every use case.
#[derive(Debug, Clone)]
pub struct Ctx {
    services: Arc<Services>,
    caller: Caller,
    scope: Scope,
    origin: Origin,
}

impl Ctx {
    /// The context of a person. Units come with a later issue: until then everyone sees the whole organization.
    pub(crate) fn of_user(
        services: Arc<Services>,
        user: User,
        credential: Credential,
        origin: Origin,
    ) -> Self {
        let scope = Scope::organization_wide(user.organization_id);
        let caller = Caller::User { user, credential };
        Self {
            services,
            caller,
            scope,
            origin,
        }
    }

    /// The context of the service itself, with every right in one organization.
    #[must_use]
    pub fn system(services: Arc<Services>, organization: OrganizationId, origin: Origin) -> Self {
        Self {
            services,
            caller: Caller::System,
            scope: Scope::organization_wide(organization),
            origin,
        }
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
            Caller::System => None,
        }
    }

    /// What the caller was recognised by; none for the service itself.
    #[must_use]
    pub const fn credential(&self) -> Option<&Credential> {
        match &self.caller {
            Caller::User { credential, .. } => Some(credential),
            Caller::System => None,
        }
    }

    /// Who acts, for tasks and the audit log.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        match &self.caller {
            Caller::User { user, .. } => Actor::User(user.id),
            Caller::System => Actor::System,
        }
    }

    /// Which door the request came through. A session is a browser's and a token a program's, unless the edge knows better.
    #[must_use]
    pub const fn interface(&self) -> Interface {
        match (self.origin.interface, &self.caller) {
            (Interface::System | Interface::Api, Caller::User { credential, .. }) => {
                match credential {
                    Credential::Session { .. } => Interface::Console,
                    Credential::ApiToken { .. } => Interface::Api,
                }
            }
            (interface, Caller::User { .. } | Caller::System) => interface,
        }
    }

    /// What part of the data the caller sees.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The organization.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
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

    /// The role; the service itself acts as a Super Admin.
    #[must_use]
    pub fn role(&self) -> Role {
        self.user().map_or(Role::SuperAdmin, |user| user.role)
    }

    /// Whether the caller has this right.
    #[must_use]
    pub fn can(&self, permission: Permission) -> bool {
        self.role().allows(permission)
    }

    /// Refuses a caller who lacks this right; for reads.
    pub fn require(&self, permission: Permission) -> Result<(), Error> {
        if self.can(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden(permission))
        }
    }

    /// Refuses a caller who lacks the right that this action needs, and writes the refusal into the audit log.
    pub(crate) async fn authorize(&self, action: Action) -> Result<(), Error> {
        let needed = match action.needs {
            Needs::Nothing => return Ok(()),
            Needs::OfTask => Permission::Read,
            Needs::One(permission) => permission,
        };
        self.authorize_as(action, needed).await
    }

    /// As [`Self::authorize`], for an action whose right depends on its target.
    pub(crate) async fn authorize_as(
        &self,
        action: Action,
        needed: Permission,
    ) -> Result<(), Error> {
        if self.can(needed) {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let event = crate::audit::event(self, action, None, Outcome::Refused);
        store::audit::record(&mut tx, &event).await?;
        tx.commit().await?;
        Err(Error::Forbidden(needed))
    }

    /// Begins the one transaction of a use case that writes.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.services.store.begin().await?)
    }

    /// The read pool.
    pub(crate) fn read(&self) -> Reader {
        self.services.store.read()
    }
}
