//! The vault lock of the organization.
//!
//! Not for legal holds (`legal_hold.rs`). Invariant: tighter at once, looser by two people.

use app::vault_locks::Applied;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use domain::vault_lock::LockTerms;

use crate::approval::{ApprovalRequest, ApprovalRequestPayload, payload};
use crate::context::viewer;
use crate::error::{UserError, outcome, read};
use crate::scalars::DateTime;

/// Who may loosen a vault lock.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::vault_lock::LockMode")]
pub(crate) enum VaultLockMode {
    /// Two people together.
    Governance,
    /// Nobody. Takes a store that refuses deletes itself; no store of this version is asked to.
    Compliance,
}

/// How long every recovery point of the organization is kept at least.
#[derive(SimpleObject)]
#[graphql(name = "VaultLock")]
pub(crate) struct VaultLock {
    /// Who may loosen it.
    mode: VaultLockMode,
    /// Days from the instant that a recovery point shows.
    minimum_retention_days: u32,
    /// When it was applied first.
    locked_at: DateTime,
    /// When it was changed last.
    updated_at: DateTime,
}

impl From<domain::vault_lock::VaultLock> for VaultLock {
    fn from(lock: domain::vault_lock::VaultLock) -> Self {
        Self {
            mode: lock.terms.mode.into(),
            minimum_retention_days: lock.terms.minimum_days,
            locked_at: lock.locked_at.into(),
            updated_at: lock.updated_at.into(),
        }
    }
}

/// Root fields of the vault lock.
#[derive(Default)]
pub(crate) struct VaultLockQuery;

#[Object]
impl VaultLockQuery {
    /// The vault lock of the organization; null when there is none.
    async fn vault_lock(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<VaultLock>> {
        let lock = read(app::vault_locks::own(viewer(ctx)?).await)?;
        Ok(lock.map(VaultLock::from))
    }
}

/// What the vault lock shall ask for.
#[derive(InputObject)]
pub(crate) struct ApplyVaultLockInput {
    /// Who may loosen it.
    mode: VaultLockMode,
    /// How long every recovery point is kept at least, in days, 1 to 36,500.
    minimum_retention_days: u32,
    /// Why; another person reads it when this loosens the lock.
    reason: String,
}

/// Result of `applyVaultLock`.
#[derive(SimpleObject)]
pub(crate) struct ApplyVaultLockPayload {
    /// The lock as it holds now; null when nothing has changed.
    vault_lock: Option<VaultLock>,
    /// Set when the change loosens the lock and waits for another person; nothing has changed yet.
    approval_request: Option<ApprovalRequest>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Why the vault lock shall go.
#[derive(InputObject)]
pub(crate) struct RemoveVaultLockInput {
    /// Why.
    reason: String,
}

/// Mutations of the vault lock.
#[derive(Default)]
pub(crate) struct VaultLockMutation;

#[Object]
impl VaultLockMutation {
    /// Sets how long every recovery point is kept at least. More holds at once, for existing recovery points as well; less waits
    /// for another person and is for new ones only.
    async fn apply_vault_lock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the lock shall ask for.")] input: ApplyVaultLockInput,
    ) -> async_graphql::Result<Option<ApplyVaultLockPayload>> {
        let terms = LockTerms {
            mode: input.mode.into(),
            minimum_days: input.minimum_retention_days,
        };
        let applied = app::vault_locks::apply(viewer(ctx)?, terms, &input.reason).await;
        let (applied, user_errors) = outcome(applied)?;
        let (vault_lock, approval_request) = match applied {
            Some(Applied::Now(lock)) => (Some(lock.into()), None),
            Some(Applied::Waits(request)) => (None, Some(ApprovalRequest(*request))),
            None => (None, None),
        };
        Ok(Some(ApplyVaultLockPayload {
            vault_lock,
            approval_request,
            user_errors,
        }))
    }

    /// Asks for the removal of a governance lock; recovery points that are locked stay so.
    async fn remove_vault_lock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why.")] input: RemoveVaultLockInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        payload(app::vault_locks::request_removal(viewer(ctx)?, &input.reason).await)
    }
}
