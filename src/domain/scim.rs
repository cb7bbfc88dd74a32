//! People and groups as an identity provider has pushed them (SCIM 2.0, RFC 7643).
//!
//! Not for the wire form (`server`). Invariant: `userName` and the names of groups are compared without regard to case
//! (RFC 7643, 4.1.1), `externalId` with regard to it.

use jiff::Timestamp;

use crate::ids::{IdentityProviderId, OrganizationId, ScimGroupId, UserId};

/// Longest name or id that a provider may give, in characters.
pub const SCIM_TEXT_MAX: usize = 256;
/// Most members of one group, and most operations of one PATCH.
pub const SCIM_MEMBERS_MAX: usize = 1_000;
/// Most people and most groups that one provider may push.
pub const SCIM_ROWS_MAX: u64 = 10_000;
/// Most resources of one page.
pub const SCIM_PAGE_MAX: u64 = 100;

/// The form in which names are compared.
#[must_use]
pub fn scim_key(name: &str) -> String {
    name.to_lowercase()
}

/// A person whom a provider has pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimUser {
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person here; the resource's id.
    pub user_id: UserId,
    /// The provider's name of the person.
    pub user_name: String,
    /// The provider's id of the person.
    pub external_id: Option<String>,
    /// When the person was pushed.
    pub created_at: Timestamp,
    /// When the provider changed it last.
    pub changed_at: Timestamp,
}

/// A group that a provider has pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimGroup {
    /// Its id.
    pub id: ScimGroupId,
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name, which group rules compare.
    pub display_name: String,
    /// The provider's id of the group.
    pub external_id: Option<String>,
    /// When the group was pushed.
    pub created_at: Timestamp,
    /// When the provider changed it last.
    pub changed_at: Timestamp,
}

/// What a list is narrowed to: the filters that providers send (RFC 7644, 3.4.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ScimFilter {
    /// Everything.
    #[default]
    All,
    /// The resource of this name.
    Name(String),
    /// The resource of this id at the provider.
    ExternalId(String),
}
