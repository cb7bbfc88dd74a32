//! Closed sets that are about people and how they sign on, each a mirror of one in `domain`.
//!
//! Not for rules about them. Invariant: as of `enums.rs`.

use async_graphql::Enum;

/// Whether a member of the organization may act.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::membership::MembershipState")]
pub(crate) enum MembershipState {
    /// Asked to join, has not answered yet.
    Invited,
    /// May sign in and act.
    Active,
    /// May not act until an administrator resumes the membership, or the identity provider that suspended it.
    Suspended,
}

/// Who made a grant.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum GrantSource {
    /// A person with the right to do so.
    Manual,
    /// A rule of an identity provider, evaluated at sign-on.
    Provider,
}

/// A set of rules for new passwords.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::organization_settings::PasswordProfile")]
pub(crate) enum PasswordProfile {
    /// 14 to 64 characters with a lower-case and an upper-case letter, a digit and a special character, no white space.
    Standard,
    /// 15 characters or more, whatever they are.
    Nist,
}

/// A rule for new passwords.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::password::PasswordRule")]
pub(crate) enum PasswordRule {
    /// Neither too short nor too long.
    Length,
    /// A lower-case letter.
    LowerCase,
    /// An upper-case letter.
    UpperCase,
    /// A digit.
    Digit,
    /// A special character.
    Special,
    /// No white space and no control characters.
    NoWhiteSpace,
    /// Not on the list of common passwords, no run or repetition.
    NotCommon,
    /// Without the names of the person, the organization and the service.
    NoContext,
}

impl From<domain::role_grant::GrantSource> for GrantSource {
    fn from(source: domain::role_grant::GrantSource) -> Self {
        match source {
            domain::role_grant::GrantSource::Manual => Self::Manual,
            domain::role_grant::GrantSource::Provider(_) => Self::Provider,
        }
    }
}

/// Whether an identity provider signs people on.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::identity_provider::ProviderState")]
pub(crate) enum IdentityProviderState {
    /// Set up or changed; never tested since.
    Draft,
    /// An administrator has signed on through it by way of a test.
    Tested,
    /// Signs people on.
    Active,
    /// Switched off; may be activated again.
    Disabled,
}

/// How a rule compares the groups of a person with its values. Capitals count.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[expect(
    clippy::enum_variant_names,
    reason = "the operators of clumio.md 1.18 by their names"
)]
pub(crate) enum GroupOperator {
    /// The person is in at least one of these groups.
    AnyOf,
    /// The person is in all of these groups.
    AllOf,
    /// The name of one of the person's groups contains at least one of these texts.
    ContainsAnyOf,
    /// For each of these texts there is a group of the person whose name contains it.
    ContainsAllOf,
}
