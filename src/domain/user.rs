//! People.
//!
//! Not for what they are in an organization (`membership.rs`), passwords and sessions (`identity`). Invariant: an e-mail address is kept trimmed and in lower case, and is
//! unique over the installation.

use jiff::Timestamp;

use crate::ids::UserId;
use crate::limits::EMAIL_LENGTH_MAX;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Shown name.
    pub name: String,
    /// Address, trimmed and in lower case.
    pub email: String,
    /// When the password was set last; none for a person without one.
    pub password_changed_at: Option<Timestamp>,
    /// When the person proved that the address is theirs; none until then.
    pub email_confirmed_at: Option<Timestamp>,
    /// When the person was added.
    pub created_at: Timestamp,
}

/// Trims and lower-cases an address; `None` when it cannot be one (RFC 5321 limits, one `@`, no white space).
#[must_use]
pub fn normalize_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let fits = email.len() <= EMAIL_LENGTH_MAX && !local.is_empty() && local.len() <= 64;
    let plain =
        !email.contains(|c: char| c.is_whitespace() || c.is_control()) && !local.contains('@');
    let dotted = domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    (fits && plain && dotted).then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_lower_cased() {
        assert_eq!(
            normalize_email("  Ann@Corp.Example "),
            Some("ann@corp.example".to_owned())
        );
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        for text in [
            "",
            "ann",
            "@corp",
            "ann@",
            "a b@c.d",
            "a@b@c.d",
            "a@-b.c",
            "a@b..c",
            "a@b.c\n x",
        ] {
            assert_eq!(normalize_email(text), None, "{text:?}");
        }
        assert_eq!(normalize_email(&format!("{}@c.d", "a".repeat(65))), None);
    }
}
