//! Which passwords are good enough.
//!
//! Not for hashing (`password.rs`). Invariant: a password is never cut, trimmed or changed in any way before it is hashed.

use domain::limits::{PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN};
use domain::{Problem, Problems};
use secrecy::{ExposeSecret as _, SecretString};

/// Shortest password of the profile `nist`, in characters (SP 800-63B-4, passwords as the only factor).
const NIST_LENGTH_MIN: usize = 15;
/// Longest password of the profile `nist`, in characters: long enough for any phrase, short enough to hash.
const NIST_LENGTH_MAX: usize = 128;

/// A set of rules for passwords.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PasswordProfile {
    /// 14 to 64 characters with a lower-case and an upper-case letter, a digit and a special character, no white space.
    #[default]
    Standard,
    /// 15 characters or more, whatever they are.
    Nist,
}

/// Checks a new password of `email` at `field`; all problems at once.
pub fn check_password(
    profile: PasswordProfile,
    field: &str,
    password: &SecretString,
    email: &str,
) -> Result<(), Vec<Problem>> {
    let text = password.expose_secret();
    let mut problems = Problems::new();
    let (least, most) = match profile {
        PasswordProfile::Standard => (PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX),
        PasswordProfile::Nist => (NIST_LENGTH_MIN, NIST_LENGTH_MAX),
    };
    let length = text.chars().count();
    problems.check(
        (least..=most).contains(&length),
        field,
        format!("A password has {least} to {most} characters, this one has {length}."),
    );
    match profile {
        PasswordProfile::Standard => check_composition(&mut problems, field, text),
        PasswordProfile::Nist => {}
    }
    // The part before the @ is the first thing that an attacker tries.
    let local = email.split('@').next().unwrap_or_default();
    let contains_name =
        local.chars().count() >= 4 && text.to_lowercase().contains(&local.to_lowercase());
    problems.check(
        !contains_name,
        field,
        "A password must not contain the name of the e-mail address.",
    );
    problems.into_result()
}

fn check_composition(problems: &mut Problems, field: &str, text: &str) {
    let has = |test: fn(char) -> bool| text.chars().any(test);
    problems.check(
        has(char::is_lowercase),
        field,
        "A password needs a lower-case letter.",
    );
    problems.check(
        has(char::is_uppercase),
        field,
        "A password needs an upper-case letter.",
    );
    problems.check(has(char::is_numeric), field, "A password needs a digit.");
    problems.check(
        has(|c| !c.is_alphanumeric() && !c.is_whitespace()),
        field,
        "A password needs a special character, such as - or !.",
    );
    problems.check(
        !has(char::is_whitespace) && !has(char::is_control),
        field,
        "A password must not contain spaces or control characters.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(profile: PasswordProfile, text: &str) -> usize {
        let password = SecretString::from(text);
        check_password(profile, "password", &password, "annabel@corp.example")
            .err()
            .map_or(0, |problems| problems.len())
    }

    #[test]
    fn the_standard_profile_wants_four_classes_and_14_characters() {
        for (text, count) in [
            ("Correct-Horse-7", 0),
            ("Correct-Horse7", 0),
            ("Correct-Hors7", 1),
            ("correct-horse-7", 1),
            ("CORRECT-HORSE-7", 1),
            ("Correct-Horse-x", 1),
            ("CorrectHorse777", 1),
            ("Correct Horse-7", 1),
            ("short", 4),
            ("Annabel-Horse-7", 1),
        ] {
            assert_eq!(faults(PasswordProfile::Standard, text), count, "{text}");
        }
        let long = format!("Aa-7{}", "x".repeat(60));
        assert_eq!(faults(PasswordProfile::Standard, &long), 0);
        assert_eq!(faults(PasswordProfile::Standard, &format!("{long}x")), 1);
    }

    #[test]
    fn the_nist_profile_wants_length_only() {
        assert_eq!(faults(PasswordProfile::Nist, "correct horse battery"), 0);
        assert_eq!(faults(PasswordProfile::Nist, "correct horse"), 1);
        assert_eq!(
            faults(PasswordProfile::Nist, "i am annabel and that is it"),
            1
        );
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(faults(PasswordProfile::Nist, &"ä".repeat(15)), 0);
        assert_eq!(faults(PasswordProfile::Nist, &"ä".repeat(14)), 1);
    }
}
