//! The nouns and pure rules of Holdfast: policies, frequencies, retention, tasks, ids and the clock.
//!
//! Not for I/O of any kind: no database, no network, no async. Invariant: everything here is a pure function of its
//! arguments; the time and fresh ids come in through `Clock` and `IdSource`.
//!
//! Architecture invariant: this crate imports none of ours.

pub mod access;
pub mod alert;
pub mod api_token;
pub mod approval;
pub mod asset;
pub mod asset_index;
pub mod assignment;
pub mod audit;
pub mod aws_account;
pub mod backup_window;
pub mod calendar;
pub mod clock;
pub mod compliance;
pub mod condition;
pub mod copy_target;
pub mod domain_proof;
pub mod error;
pub mod event;
pub mod expiry;
pub mod fleet;
pub mod frequency;
pub mod group_rule;
pub mod identity_provider;
pub mod ids;
pub mod invitation;
pub mod legal_hold;
pub mod life;
pub mod limits;
pub mod link;
pub mod mail;
pub mod membership;
pub mod object_lock;
pub mod organization;
pub mod organization_settings;
pub mod organizational_unit;
pub mod page;
#[cfg(test)]
mod parser_tests;
pub mod passkey;
pub mod password;
pub mod permission;
pub mod policy;
pub mod policy_template;
pub mod proof_target;
pub mod protection_plan;
pub mod protection_rule;
pub mod recovery_point;
pub mod refused_sign_in;
pub mod repository;
pub mod restore;
pub mod retention;
pub mod role;
pub mod role_grant;
pub mod schedule;
pub mod scim;
pub mod scope;
pub mod second_factor;
pub mod session;
pub mod sign_up;
pub mod tag;
pub mod task;
pub mod text;
pub mod user;
pub mod user_agent;
pub mod vault_head;
pub mod vault_lock;
pub mod verification;

pub use clock::{Clock, SystemClock, TestClock};
pub use error::{Problem, ProblemCode, Problems};
pub use ids::{
    AlertId, ApiTokenId, ApprovalRequestId, AssetId, AssignmentId, AuditEventId, AwsAccountKey,
    DomainProofId, IdSource, IdentityProviderId, InvitationId, LegalHoldId, LinkId, MailId,
    MalformedId, OrganizationId, OrganizationalUnitId, PasskeyId, PolicyId, PolicyOperationId,
    ProtectionRuleId, RecoveryPointId, RepositoryId, RoleId, ScheduleId, ScimGroupId, SessionId,
    SignUpId, SystemIds, TaskId, UserId, VerificationId,
};
