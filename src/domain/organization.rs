//! Organizations (tenants) and their units.
//!
//! Not for who belongs to them (`user.rs`). Invariant: every organization has one root unit named "Global".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, OrganizationalUnitId};

/// Name of every organization's root unit.
pub const ROOT_UNIT_NAME: &str = "Global";

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
    /// When it was made.
    pub created_at: Timestamp,
}

/// A part of an organization that limits what its members see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationalUnit {
    /// Its id.
    pub id: OrganizationalUnitId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The unit above; none for the root.
    pub parent_id: Option<OrganizationalUnitId>,
    /// Shown name, unique among its siblings.
    pub name: String,
}
