//! Rows, column by column, as `SeaORM` sees them.
//!
//! Not for anyone outside this crate. Invariant: a row has no meaning of its own; the module of its noun turns it into the
//! type of `domain`.
#![expect(
    unreachable_pub,
    reason = "SeaORM's macros make public items; the columns are described in the migrations"
)]

pub(crate) mod alert;
pub(crate) mod api_token;
pub(crate) mod approval_request;
pub(crate) mod asset;
pub(crate) mod assignment;
pub(crate) mod audit_event;
pub(crate) mod audit_log;
pub(crate) mod audit_webhook;
pub(crate) mod audit_webhook_checkpoint;
pub(crate) mod aws_account;
pub(crate) mod aws_account_region;
pub(crate) mod break_glass_admin;
pub(crate) mod ceremony;
pub(crate) mod challenge;
pub(crate) mod compliance_control;
pub(crate) mod compliance_cursor;
pub(crate) mod compliance_interval;
pub(crate) mod compliance_record;
pub(crate) mod domain_proof;
pub(crate) mod event;
pub(crate) mod expiry_mark;
pub(crate) mod idempotency_key;
pub(crate) mod identity_link;
pub(crate) mod identity_provider;
pub(crate) mod invitation;
pub(crate) mod lease;
pub(crate) mod legal_hold;
pub(crate) mod legal_hold_point;
pub(crate) mod link;
pub(crate) mod mail;
pub(crate) mod membership;
pub(crate) mod missed_window;
pub(crate) mod object_lock;
pub(crate) mod organization;
pub(crate) mod organizational_unit;
pub(crate) mod passkey;
pub(crate) mod pending_vault_lock;
pub(crate) mod policy;
pub(crate) mod protection_order;
pub(crate) mod protection_rule;
pub(crate) mod provider_session;
pub(crate) mod recovery_code;
pub(crate) mod recovery_point;
pub(crate) mod refused_sign_in;
pub(crate) mod repository;
pub(crate) mod repository_asset;
pub(crate) mod role;
pub(crate) mod role_grant;
pub(crate) mod schedule;
pub(crate) mod scim_group;
pub(crate) mod scim_member;
pub(crate) mod scim_token;
pub(crate) mod scim_user;
pub(crate) mod second_factor_try;
pub(crate) mod session;
pub(crate) mod sign_on_request;
pub(crate) mod sign_up;
pub(crate) mod task;
pub(crate) mod task_step;
pub(crate) mod terms_acceptance;
pub(crate) mod totp_secret;
pub(crate) mod used_assertion;
pub(crate) mod user;
pub(crate) mod vault_head;
pub(crate) mod vault_head_cursor;
pub(crate) mod vault_lock;
pub(crate) mod verification;
