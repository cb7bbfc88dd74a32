//! Use cases: authorise, check, write, audit and enqueue in one transaction.
//!
//! Not for doing slow work (that is a task) and not for wire shapes (`graphql`). Invariant: every use case takes a [`Ctx`]
//! first and asks it for exactly one right before it reads or writes anything; every change writes an audit event in the
//! transaction of the change.
//!
//! Architecture invariant: this crate never calls AWS or the vault; what it needs of them comes through `ports.rs`.
//!
//! How to add a use case: an [`actions::Action`] when it changes something, a function in the file of its noun, a test with
//! a foreign id and one with too small a role, and a field in `graphql`.

pub mod actions;
pub mod activity;
pub mod alerts;
pub mod api_tokens;
pub mod approvals;
pub mod assets;
pub mod assignments;
pub mod audit;
pub mod aws_accounts;
pub mod backups;
pub mod calendar;
pub mod compliance;
pub mod context;
pub mod devices;
pub mod domain_proofs;
pub mod email_changes;
pub mod error;
pub mod events;
pub mod expiry_brake;
pub mod fleets;
mod idempotency;
pub mod identity_providers;
pub mod invitations;
pub mod legal_holds;
pub mod mails;
pub mod matching;
pub mod memberships;
pub mod organization_settings;
pub mod organizational_units;
pub mod organizations;
pub mod overviews;
mod own_word;
pub mod passkeys;
pub mod passwords;
pub mod policies;
pub mod ports;
pub mod profiles;
pub mod protection_plans;
pub mod protection_rules;
pub mod recognition;
pub mod recovery_kits;
pub mod recovery_points;
pub mod refused_sign_ins;
pub mod remedies;
pub mod restores;
pub mod roles;
pub mod scim;
pub mod second_factors;
pub mod service_tokens;
pub mod sessions;
pub mod settings;
pub mod sign_on;
pub mod sign_up;
pub mod tasks;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod throttle;
pub mod users;
pub mod vault_locks;
pub mod verifications;

pub use context::{Caller, Credential, Ctx, Origin, Services};
pub use error::Error;
pub use settings::Settings;
