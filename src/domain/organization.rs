//! Organizations (tenants).
//!
//! Not for who belongs to them (`membership.rs`) nor for their units. Invariant: a change of settings names the version it was
//! made from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::OrganizationId;
use crate::organization_settings::OrganizationSettings;

/// Who wraps the master keys of an organization's repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeySource {
    /// The root key file of this installation.
    Local,
    /// A key in AWS KMS.
    AwsKms {
        /// ARN of the key.
        key_arn: String,
    },
}

/// A tenant; everything else belongs to exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Shown name.
    pub name: String,
    /// Who wraps its keys.
    pub key_source: KeySource,
    /// What its Super Admins decide.
    pub settings: OrganizationSettings,
    /// Version of the settings, for changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
}
