//! How long audit events are kept is a setting of the organization, and nothing of its log.
//!
//! Not for the settings (`m0013_organization_settings.rs`). Invariant: there is one place that says it.

crate::ddl::migration!("ALTER TABLE audit_logs DROP COLUMN retention_days");
