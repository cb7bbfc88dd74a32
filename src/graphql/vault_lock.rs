//! The vault lock of the organization.
//!
//! Not for legal holds (`legal_hold.rs`). Invariant: tighter at once, looser by two people.

use app::vault_locks::Applied;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use domain::limits::LOCK_COOLING_OFF_HOURS;
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
    /// Nobody. Takes buckets with S3 Object Lock for all vaults of the organization, which then refuse deletes themselves.
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

/// A compliance lock that does not hold yet.
#[derive(SimpleObject)]
#[graphql(name = "PendingVaultLock")]
pub(crate) struct PendingVaultLock {
    /// How long every recovery point will be kept at least, in days.
    minimum_retention_days: u32,
    /// When it was asked for.
    requested_at: DateTime,
    /// From when on it holds. Until then `withdrawVaultLock` takes it back, and afterwards nobody.
    holds_at: DateTime,
}

impl From<domain::vault_lock::PendingLock> for PendingVaultLock {
    fn from(lock: domain::vault_lock::PendingLock) -> Self {
        Self {
            minimum_retention_days: lock.minimum_days,
            requested_at: lock.requested_at.into(),
            holds_at: lock.holds_at.into(),
        }
    }
}

/// What the vaults of the organization can promise.
#[derive(SimpleObject)]
#[graphql(name = "VaultLockSupport")]
pub(crate) struct VaultLockSupport {
    /// The strictest lock that can be applied: COMPLIANCE when every vault stands on a bucket with S3 Object Lock that was seen to
    /// keep what it was asked to; a folder offers GOVERNANCE.
    strongest_mode: VaultLockMode,
    /// What stands against COMPLIANCE; empty when nothing does.
    missing: Vec<String>,
    /// When all vaults were tried last; null when one never was.
    probed_at: Option<DateTime>,
    /// How long a compliance lock can be taken back, in hours.
    cooling_off_hours: i64,
}

impl From<domain::object_lock::LockSupport> for VaultLockSupport {
    fn from(support: domain::object_lock::LockSupport) -> Self {
        Self {
            strongest_mode: support.strongest.into(),
            missing: support.missing,
            probed_at: support.probed_at.map(DateTime::from),
            cooling_off_hours: LOCK_COOLING_OFF_HOURS,
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

    /// The compliance lock that the organization waits for; null when it waits for none.
    async fn pending_vault_lock(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<PendingVaultLock>> {
        let lock = read(app::vault_locks::own_pending(viewer(ctx)?).await)?;
        Ok(lock.map(PendingVaultLock::from))
    }

    /// What the vaults of the organization can promise.
    async fn vault_lock_support(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<VaultLockSupport>> {
        let support = read(app::vault_locks::own_support(viewer(ctx)?).await)?;
        Ok(Some(support.into()))
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
    /// For COMPLIANCE, which nobody ever takes back once it holds: the words `lock for N days for good`, N being the days.
    confirmation: Option<String>,
}

/// Result of `applyVaultLock`.
#[derive(SimpleObject)]
pub(crate) struct ApplyVaultLockPayload {
    /// The lock as it holds now; null when nothing has changed.
    vault_lock: Option<VaultLock>,
    /// Set when the change loosens the lock and waits for another person; nothing has changed yet.
    approval_request: Option<ApprovalRequest>,
    /// Set for COMPLIANCE: it holds later, and nothing has changed yet.
    pending_vault_lock: Option<PendingVaultLock>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Why the vault lock shall go.
#[derive(InputObject)]
pub(crate) struct RemoveVaultLockInput {
    /// Why.
    reason: String,
}

/// Why the pending vault lock shall not come to hold.
#[derive(InputObject)]
pub(crate) struct WithdrawVaultLockInput {
    /// Why, for the audit log.
    reason: String,
}

/// Result of `withdrawVaultLock`.
#[derive(SimpleObject)]
pub(crate) struct WithdrawVaultLockPayload {
    /// The lock that was taken back.
    pending_vault_lock: Option<PendingVaultLock>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of the vault lock.
#[derive(Default)]
pub(crate) struct VaultLockMutation;

#[Object]
impl VaultLockMutation {
    /// Sets how long every recovery point is kept at least. More holds at once, for existing recovery points as well; less waits
    /// for another person and is for new ones only. COMPLIANCE holds after `vaultLockSupport.coolingOffHours` and is for ever.
    async fn apply_vault_lock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the lock shall ask for.")] input: ApplyVaultLockInput,
    ) -> async_graphql::Result<Option<ApplyVaultLockPayload>> {
        let terms = LockTerms {
            mode: input.mode.into(),
            minimum_days: input.minimum_retention_days,
        };
        let confirmed = input.confirmation.as_deref();
        let applied = app::vault_locks::apply(viewer(ctx)?, terms, &input.reason, confirmed).await;
        let (applied, user_errors) = outcome(applied)?;
        let mut payload = ApplyVaultLockPayload {
            vault_lock: None,
            approval_request: None,
            pending_vault_lock: None,
            user_errors,
        };
        match applied {
            Some(Applied::Now(lock)) => payload.vault_lock = Some(lock.into()),
            Some(Applied::Waits(request)) => {
                payload.approval_request = Some(ApprovalRequest(*request));
            }
            Some(Applied::Pending(lock)) => payload.pending_vault_lock = Some(lock.into()),
            None => {}
        }
        Ok(Some(payload))
    }

    /// Asks for the removal of a governance lock; recovery points that are locked stay so.
    async fn remove_vault_lock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why.")] input: RemoveVaultLockInput,
    ) -> async_graphql::Result<Option<ApprovalRequestPayload>> {
        payload(app::vault_locks::request_removal(viewer(ctx)?, &input.reason).await)
    }

    /// Takes back a compliance lock that does not hold yet; what held before goes on.
    async fn withdraw_vault_lock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why.")] input: WithdrawVaultLockInput,
    ) -> async_graphql::Result<Option<WithdrawVaultLockPayload>> {
        let done = app::vault_locks::withdraw(viewer(ctx)?, &input.reason).await;
        let (lock, user_errors) = outcome(done)?;
        Ok(Some(WithdrawVaultLockPayload {
            pending_vault_lock: lock.map(PendingVaultLock::from),
            user_errors,
        }))
    }
}
