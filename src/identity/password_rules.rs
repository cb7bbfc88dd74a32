//! Which passwords are good enough, rule by rule.
//!
//! Not for hashing (`password.rs`). Invariant: a password is never cut, trimmed or changed in any way before it is hashed;
//! every rule is answered, so that a form can show all of them at once.

use std::collections::BTreeSet;

use domain::limits::{PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN};
pub use domain::organization_settings::PasswordProfile;
pub use domain::password::{CheckedRule, PasswordRule};
use domain::{Problem, Problems};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

use crate::leaked_passwords::LeakedPasswords;

/// Shortest password of the profile `nist`, in characters (SP 800-63B-4, passwords as the only factor).
const NIST_LENGTH_MIN: usize = 15;
/// Longest password of the profile `nist`, in characters: long enough for any phrase, short enough to hash.
const NIST_LENGTH_MAX: usize = 128;
/// Shortest word of the context that counts, in characters: shorter ones lie in half of all passwords by chance.
const CONTEXT_WORD_MIN: usize = 4;
/// Below this a password is one that attackers try: under 10^10 guesses, with their lists, patterns and substitutions.
const SCORE_MIN: Score = Score::Four;
/// Words that every password of this service could be guessed to contain.
const OWN_WORDS: &[&str] = &["holdfast"];

/// Who the password is for: what an attacker would try first.
#[derive(Debug, Clone, Copy, Default)]
pub struct PasswordContext<'a> {
    /// E-mail address.
    pub email: &'a str,
    /// Name of the person.
    pub name: &'a str,
    /// Name of the organization.
    pub organization: &'a str,
    /// Passwords that have leaked somewhere, where the operator has a list of them.
    pub leaked: Option<&'a LeakedPasswords>,
}

impl PasswordContext<'_> {
    fn words(&self) -> BTreeSet<String> {
        let (local, domain) = self.email.split_once('@').unwrap_or((self.email, ""));
        let company = domain.split('.').next().unwrap_or_default();
        std::iter::once(local)
            .chain(std::iter::once(company))
            .chain(local.split(['.', '-', '_', '+']))
            .chain(self.name.split_whitespace())
            .chain(self.organization.split_whitespace())
            .chain(OWN_WORDS.iter().copied())
            .map(str::to_lowercase)
            .filter(|word| word.chars().count() >= CONTEXT_WORD_MIN)
            .collect()
    }
}

/// Every rule of the profile, and whether the password keeps it.
#[must_use]
pub fn password_rules(
    profile: PasswordProfile,
    password: &SecretString,
    context: PasswordContext<'_>,
) -> Vec<CheckedRule> {
    let text = password.expose_secret();
    PasswordRule::ALL
        .iter()
        .filter(|rule| applies(profile, **rule))
        .map(|rule| CheckedRule {
            rule: *rule,
            text: sentence(profile, *rule),
            lengths: matches!(rule, PasswordRule::Length).then(|| lengths(profile)),
            holds: holds(profile, *rule, text, context),
        })
        .collect()
}

/// Checks a new password at `field`; all problems at once.
pub fn check_password(
    profile: PasswordProfile,
    field: &str,
    password: &SecretString,
    context: PasswordContext<'_>,
) -> Result<(), Vec<Problem>> {
    let mut problems = Problems::new();
    for checked in password_rules(profile, password, context) {
        problems.check(checked.holds, field, checked.text);
    }
    problems.into_result()
}

const fn applies(profile: PasswordProfile, rule: PasswordRule) -> bool {
    match rule {
        PasswordRule::Length | PasswordRule::NotCommon | PasswordRule::NoContext => true,
        PasswordRule::LowerCase
        | PasswordRule::UpperCase
        | PasswordRule::Digit
        | PasswordRule::Special
        | PasswordRule::NoWhiteSpace => matches!(profile, PasswordProfile::Standard),
    }
}

const fn lengths(profile: PasswordProfile) -> (usize, usize) {
    match profile {
        PasswordProfile::Standard => (PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX),
        PasswordProfile::Nist => (NIST_LENGTH_MIN, NIST_LENGTH_MAX),
    }
}

fn sentence(profile: PasswordProfile, rule: PasswordRule) -> String {
    let (least, most) = lengths(profile);
    match rule {
        PasswordRule::Length => format!("A password has {least} to {most} characters."),
        PasswordRule::LowerCase => "A password needs a lower-case letter.".to_owned(),
        PasswordRule::UpperCase => "A password needs an upper-case letter.".to_owned(),
        PasswordRule::Digit => "A password needs a digit.".to_owned(),
        PasswordRule::Special => {
            "A password needs a special character, such as - or !.".to_owned()
        }
        PasswordRule::NoWhiteSpace => {
            "A password must not contain spaces or control characters.".to_owned()
        }
        PasswordRule::NotCommon => {
            "A password must not be a common or leaked one, nor easy to guess by a pattern such as 12345.".to_owned()
        }
        PasswordRule::NoContext => {
            "A password must not contain your name, your e-mail address, your organization's name or Holdfast."
                .to_owned()
        }
    }
}

fn holds(
    profile: PasswordProfile,
    rule: PasswordRule,
    text: &str,
    context: PasswordContext<'_>,
) -> bool {
    let has = |test: fn(char) -> bool| text.chars().any(test);
    match rule {
        PasswordRule::Length => {
            let (least, most) = lengths(profile);
            (least..=most).contains(&text.chars().count())
        }
        PasswordRule::LowerCase => has(char::is_lowercase),
        PasswordRule::UpperCase => has(char::is_uppercase),
        PasswordRule::Digit => has(char::is_numeric),
        PasswordRule::Special => has(|c| !c.is_alphanumeric() && !c.is_whitespace()),
        PasswordRule::NoWhiteSpace => !has(char::is_whitespace) && !has(char::is_control),
        PasswordRule::NotCommon => !is_common(text) && !is_leaked(text, context.leaked),
        PasswordRule::NoContext => {
            let lower = Zeroizing::new(text.to_lowercase());
            !context.words().iter().any(|word| lower.contains(word))
        }
    }
}

fn is_common(text: &str) -> bool {
    zxcvbn(text, &[]).score() < SCORE_MIN
}

/// A list that cannot be read keeps nobody from setting a password: the other rules hold, and the log says it.
fn is_leaked(text: &str, list: Option<&LeakedPasswords>) -> bool {
    let Some(list) = list else { return false };
    list.contains(&SecretString::from(text))
        .unwrap_or_else(|error| {
            tracing::error!(%error, "the list of leaked passwords cannot be read");
            false
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(profile: PasswordProfile, text: &str) -> Vec<PasswordRule> {
        let context = PasswordContext {
            email: "annabel.lee@corporation.example",
            name: "Bella Lee",
            organization: "Nightwatch Ltd",
            leaked: None,
        };
        let rules = password_rules(profile, &SecretString::from(text), context);
        let failing = check_password(profile, "password", &SecretString::from(text), context);
        let broken: Vec<PasswordRule> = rules
            .iter()
            .filter(|checked| !checked.holds)
            .map(|checked| checked.rule)
            .collect();
        assert_eq!(failing.err().map_or(0, |all| all.len()), broken.len());
        broken
    }

    #[test]
    fn the_standard_profile_wants_four_classes_and_14_characters() {
        use PasswordRule::{Digit, Length, LowerCase, NoWhiteSpace, NotCommon, Special, UpperCase};
        for (text, rules) in [
            ("Correct-Horse-7", vec![]),
            ("Correct-Horse7", vec![]),
            ("Crrect-Horse7", vec![Length]),
            ("correct-horse-7", vec![UpperCase]),
            ("CORRECT-HORSE-7", vec![LowerCase]),
            ("Correct-Horse-x", vec![Digit]),
            ("CorrectHorseKazoo7", vec![Special]),
            ("Correct Horse-7", vec![NoWhiteSpace]),
            (
                "shorter",
                vec![Length, UpperCase, Digit, Special, NotCommon],
            ),
        ] {
            assert_eq!(broken(PasswordProfile::Standard, text), rules, "{text}");
        }
        let long = format!("Correct-Horse-7{}", "-battery".repeat(6) + "x");
        assert_eq!(broken(PasswordProfile::Standard, &long), []);
        assert_eq!(
            broken(PasswordProfile::Standard, &format!("{long}x")),
            [Length]
        );
    }

    #[test]
    fn the_nist_profile_wants_length_and_nothing_guessable() {
        let nist = PasswordProfile::Nist;
        assert_eq!(broken(nist, "correct horse battery"), []);
        assert_eq!(broken(nist, "Correct-Horse7"), [PasswordRule::Length]);
        let long = "a staple in a battery ".repeat(6);
        assert_eq!(broken(nist, &long), [PasswordRule::Length]);
    }

    #[test]
    fn what_an_attacker_tries_first_is_refused() {
        for text in [
            "Password123456!",
            "P@ssw0rd-2024!!",
            "Qwertyuiop1234!",
            "Letmein-1234567",
        ] {
            let broken = broken(PasswordProfile::Standard, text);
            assert_eq!(broken, [PasswordRule::NotCommon], "{text}");
        }
        for text in [
            "aaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "abcdefghijklmnopqr",
            "rqponmlkjihgfedcba",
            "12345678901234567890",
            "passwordpassword",
        ] {
            let broken = broken(PasswordProfile::Nist, text);
            assert_eq!(broken, [PasswordRule::NotCommon], "{text}");
        }
    }

    #[test]
    fn words_of_the_context_are_refused() {
        for text in [
            "i am annabel and that is it",
            "BELLA is my first name",
            "the corporation pays me",
            "i work at nightwatch",
            "a holdfast of my own",
        ] {
            let broken = broken(PasswordProfile::Nist, text);
            assert_eq!(broken, [PasswordRule::NoContext], "{text}");
        }
        // Words of three letters lie everywhere.
        assert_eq!(
            broken(PasswordProfile::Nist, "sleeping under an elm tree"),
            []
        );
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        let letters = "äöüßéèêñçøåæœłđ";
        assert_eq!(broken(PasswordProfile::Nist, letters), []);
        let short: String = letters.chars().skip(1).collect();
        assert_eq!(
            broken(PasswordProfile::Nist, &short),
            [PasswordRule::Length]
        );
    }

    #[test]
    fn a_leaked_password_is_refused_where_there_is_a_list() {
        let leaked = "Correct-Horse-7";
        let list = crate::leaked_passwords::tests::list_of(&[leaked.to_owned()], "\r\n");
        let context = PasswordContext {
            leaked: Some(&list),
            ..PasswordContext::default()
        };
        let check = |text: &str| {
            let password = SecretString::from(text);
            check_password(PasswordProfile::Standard, "password", &password, context)
        };
        assert_eq!(check(leaked).unwrap_err().len(), 1);
        assert!(check("Correct-Horse-8").is_ok());
    }
}
