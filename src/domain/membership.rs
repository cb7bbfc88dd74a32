//! Memberships: who belongs to which organization, and whether they may act in it now.
//!
//! Not for what they may do (`role_grant.rs`). Invariant: only an active member acts; a person is at most once a member of an
//! organization.

use jiff::Timestamp;

use crate::ids::{OrganizationId, UserId};

/// Whether a member may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipState {
    /// Asked to join, has not answered yet.
    Invited,
    /// May sign in and act.
    Active,
    /// May not act until an administrator resumes the membership, or the identity provider that suspended it.
    Suspended,
}

impl MembershipState {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Invited, Self::Active, Self::Suspended];

    /// Whether the person has joined, suspended or not. An invitation is no membership: anybody can send one, and whoever sends it
    /// learns nothing of the person, and decides nothing for them.
    #[must_use]
    pub const fn has_joined(self) -> bool {
        match self {
            Self::Invited => false,
            Self::Active | Self::Suspended => true,
        }
    }

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// A person's belonging to an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person.
    pub user_id: UserId,
    /// Whether they may act.
    pub state: MembershipState,
    /// Who invited them; none for the first one and for those an identity provider brought.
    pub invited_by: Option<UserId>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were last seen in this organization, accurate to a minute.
    pub last_active_at: Option<Timestamp>,
}
