//! Rows and queries: the only crate that speaks to the database.
//!
//! Not for rules (`domain`), rights or use cases (`app`). Invariant: whatever is written goes through one [`Tx`], and what
//! subscribers are told of it is committed with it.
//!
//! # How to call it
//! - [`Store`] is a cheap clone. `store.read()` gives a [`Reader`] at once (no await, no transaction: each query sees what is
//!   committed when it runs; writing through it is refused by the database). `store.begin().await?` gives a [`Tx`].
//! - What is done for a tenant goes through `store.read_in(organization)` and `store.begin_in(organization)`: on PostgreSQL the
//!   database then refuses rows of others itself (decision 0008). `read` and `begin` are for the service's own work.
//! - Finders take `&impl Connection` and therefore work on both; writers take `&mut Tx`. Dropping a `Tx` rolls it back.
//!   Never await AWS, the vault or mail while a `Tx` is open: on SQLite it holds the only writer.
//! - Read, decide, write: use the `lock` finders (`policies::lock`, ...) in a `Tx`, or two of them can both decide on the
//!   old row on PostgreSQL. On SQLite the transaction alone is enough (one writer, BEGIN IMMEDIATE).
//! - Finders are scoped: by `&Scope` or an `OrganizationId` ([`scope::InScope`]) where units matter, else by the
//!   organization. A foreign id is answered exactly like a missing one. Finders named `system_*` see all organizations; only duties and sign-in call them.
//! - The store tells events (`Tx::tell`) of the rows it writes; callers never do. [`Store::changed`] wakes after commits, of
//!   other replicas too where [`Store::listen`] runs.
//! - Times are `jiff::Timestamp`, cut to microseconds on the way in; ids and times come from the caller.
//!
//! # How to add a noun
//! 1. `migrations/mNNNN_things.rs`: the table, `organization_id` in it, an index per order of its lists. A unique index is
//!    named table, underscore, its columns without `organization_id`: [`Error::Constraint`] carries that name on both databases.
//! 2. `entity/thing.rs`: the row, column by column; documents as `Json`, times as [`time::Instant`].
//! 3. `things.rs`: `add`, `lookup`, `list`, ... returning the type of `domain/thing.rs`; rows never leave this crate.
//! 4. Tests beside it, with `testing::fresh()`; `cargo test -p store` runs them on SQLite, and on PostgreSQL as well when
//!    `TEST_DATABASE_URL` is set.

mod convert;
pub mod dialect;
mod entity;
pub mod error;
mod page;
mod read_pool;
pub mod scope;
pub mod store;
pub mod time;
pub mod tx;

pub mod access;
pub mod alerts;
pub mod api_tokens;
pub mod approvals;
pub mod assets;
pub mod assignments;
pub mod audit;
pub mod aws_accounts;
pub mod break_glass;
pub mod compliance;
pub mod domain_proofs;
pub mod events;
pub mod expiry_marks;
pub mod idempotency;
pub mod identity_links;
pub mod identity_providers;
pub mod invitations;
pub mod leases;
pub mod legal_holds;
pub mod links;
pub mod mails;
pub mod memberships;
pub mod object_locks;
pub mod organizational_units;
pub mod organizations;
pub mod overviews;
pub mod passkeys;
pub mod policies;
pub mod protection_rules;
pub mod provider_sessions;
pub mod recovery_points;
pub mod refused_sign_ins;
pub mod repositories;
pub mod role_grants;
pub mod roles;
pub mod schedules;
pub mod scim;
pub mod second_factors;
pub mod sessions;
pub mod sign_on_requests;
pub mod sign_ups;
pub mod task_steps;
pub mod tasks;
pub mod users;
pub mod vault_heads;
pub mod vault_locks;
pub mod verifications;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use dialect::Backend;
pub use dialect::row_level_security::RowLevelSecurity;
pub use error::Error;
pub use store::{DatabaseConfig, LeaseClock, Store};
pub use tx::{Connection, Reader, Tx};
