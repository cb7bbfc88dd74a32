//! What an identity provider has proven about a person: the common result of OpenID Connect and SAML.
//!
//! Not for who that is here (`app::sign_on`). Invariant: an [`Assertion`] exists only after every check of its protocol; its
//! e-mail address is a claim, not an identity: a person is known by (provider, subject) alone (reliability.md I7).

use jiff::Timestamp;

/// Longest subject, in bytes (`OpenID` Connect Core 1.0, section 2, `sub`: 255; SAML's persistent id: 256).
pub const SUBJECT_BYTES_MAX: usize = 256;
/// Most groups that are looked at; the rest of a longer list is left out.
pub const GROUPS_MAX: usize = 1_000;
/// Longest name of a group, in bytes; longer ones are left out.
pub const GROUP_BYTES_MAX: usize = 256;

/// A proven sign-on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Who, in the words of the provider: `sub` or `NameID`.
    pub subject: String,
    /// The address that the provider claims.
    pub email: Option<String>,
    /// Whether the provider says that it has verified the address.
    pub email_verified: bool,
    /// The name to show.
    pub name: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// The session at the provider (`sid`, `SessionIndex`), for logout.
    pub session_index: Option<String>,
    /// The id of the message, when it may be used once only and nothing else sees to that.
    pub one_time: Option<OneTime>,
}

/// The id of a message that may be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTime {
    /// The id, unique with its provider.
    pub id: String,
    /// When the message runs out, skew included: its id need not be remembered for longer.
    pub expires_at: Timestamp,
}

/// Keeps what fits of a list of groups, without twins, in order.
#[must_use]
pub fn bounded_groups(groups: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = groups
        .into_iter()
        .filter(|group| !group.is_empty() && group.len() <= GROUP_BYTES_MAX)
        .take(GROUPS_MAX)
        .collect();
    kept.sort_unstable();
    kept.dedup();
    kept
}
