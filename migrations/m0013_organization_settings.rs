//! Settings of organizations, and versions of what can be changed by two people at once.
//!
//! Not for what the installation decides (configuration). Invariant: missing settings have the defaults of `domain`.

crate::ddl::migration!(
    "ALTER TABLE organizations ADD COLUMN settings {json} NOT NULL DEFAULT '{}'",
    "ALTER TABLE organizations ADD COLUMN version {int} NOT NULL DEFAULT 1",
    "ALTER TABLE organizational_units ADD COLUMN version {int} NOT NULL DEFAULT 1",
);
