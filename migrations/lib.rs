//! Database migrations, one file per step; the same text makes SQLite and PostgreSQL tables.
//!
//! Not for queries (`store`). Invariant: a released migration never changes; a new step gets a new file with the next
//! number. Tables are written in SQL with a few placeholders (`ddl.rs`), because the two databases differ in types only
//! and the SQL is what a reader of a broken database looks at.

mod ddl;
mod m0001_organizations;
mod m0002_users;
mod m0003_aws_accounts;
mod m0004_policies;
mod m0005_assets;
mod m0006_repositories;
mod m0007_recovery_points;
mod m0008_tasks;
mod m0009_events;
mod m0010_audit;
mod m0011_memberships;
mod m0012_service_tokens;
mod m0013_organization_settings;
mod m0014_mails;
mod m0015_sign_ups;
mod m0016_second_factors;
mod m0017_identity_providers;
mod m0018_break_glass;
mod m0019_scim;
mod m0020_audit_chain;
mod m0021_passkeys;
mod m0027_refused_sign_ins;
mod m0028_audit_retention;
mod m0030_task_deadlines;
mod m0032_protection_rules;
mod m0035_recovery_points_by_policy;
mod m0037_point_lives;
mod m0038_legal_holds;
mod m0039_approval_requests;
mod m0040_vault_locks;
mod m0041_alerts;
mod m0042_verifications;
mod m0043_compliance;
mod m0050_object_locks;
mod m0051_pending_vault_locks;
mod m0052_vault_heads;
mod m0054_recovery_point_places;
mod m0056_session_browsers;
mod m0057_counts;
mod m0058_audit_webhooks;
mod m0060_asset_search;
mod m0061_own_words;
mod m0063_arrivals;
mod m0064_suspensions;
mod m0065_proof_counts;

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

/// All steps, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_organizations::Migration),
            Box::new(m0002_users::Migration),
            Box::new(m0003_aws_accounts::Migration),
            Box::new(m0004_policies::Migration),
            Box::new(m0005_assets::Migration),
            Box::new(m0006_repositories::Migration),
            Box::new(m0007_recovery_points::Migration),
            Box::new(m0008_tasks::Migration),
            Box::new(m0009_events::Migration),
            Box::new(m0010_audit::Migration),
            Box::new(m0011_memberships::Migration),
            Box::new(m0012_service_tokens::Migration),
            Box::new(m0013_organization_settings::Migration),
            Box::new(m0014_mails::Migration),
            Box::new(m0015_sign_ups::Migration),
            Box::new(m0016_second_factors::Migration),
            Box::new(m0017_identity_providers::Migration),
            Box::new(m0018_break_glass::Migration),
            Box::new(m0019_scim::Migration),
            Box::new(m0020_audit_chain::Migration),
            Box::new(m0021_passkeys::Migration),
            Box::new(m0027_refused_sign_ins::Migration),
            Box::new(m0028_audit_retention::Migration),
            Box::new(m0030_task_deadlines::Migration),
            Box::new(m0032_protection_rules::Migration),
            Box::new(m0035_recovery_points_by_policy::Migration),
            Box::new(m0037_point_lives::Migration),
            Box::new(m0038_legal_holds::Migration),
            Box::new(m0039_approval_requests::Migration),
            Box::new(m0040_vault_locks::Migration),
            Box::new(m0041_alerts::Migration),
            Box::new(m0042_verifications::Migration),
            Box::new(m0043_compliance::Migration),
            Box::new(m0050_object_locks::Migration),
            Box::new(m0051_pending_vault_locks::Migration),
            Box::new(m0052_vault_heads::Migration),
            Box::new(m0054_recovery_point_places::Migration),
            Box::new(m0056_session_browsers::Migration),
            Box::new(m0057_counts::Migration),
            Box::new(m0058_audit_webhooks::Migration),
            Box::new(m0060_asset_search::Migration),
            Box::new(m0061_own_words::Migration),
            Box::new(m0063_arrivals::Migration),
            Box::new(m0064_suspensions::Migration),
            Box::new(m0065_proof_counts::Migration),
        ]
    }
}
