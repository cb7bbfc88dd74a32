//! Properties of the readers of secrets, codes, certificates and filters: none panics, and what is accepted comes back the same.
//!
//! Not for SAML documents (`saml::tests::gate`) and addresses (`safe_client::tests`). Invariant: the list of all hand-written
//! readers is in `docs/security.md`.

use data_encoding::BASE32_NOPAD;
use domain::scim::ScimFilter;
use domain::{IdSource, SystemIds, TestClock};
use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use crate::link::LinkSecret;
use crate::recovery_code::RecoveryCode;
use crate::saml::SamlCertificate;
use crate::scim::{ScimKind, filter};
use crate::secret::{ApiTokenSecret, SessionSecret};
use crate::totp::{TotpSecret, qr_svg};

#[derive(Debug)]
struct Fixed([u8; 32]);

impl IdSource for Fixed {
    fn uuid(&self) -> uuid::Uuid {
        uuid::Uuid::nil()
    }

    fn random(&self, bytes: &mut [u8]) {
        for (to, from) in bytes.iter_mut().zip(self.0.iter().cycle()) {
            *to = *from;
        }
    }
}

/// A good text with one character changed, dropped or doubled.
fn bent(text: &str, place: usize, how: u8, with: char) -> String {
    let mut all: Vec<char> = text.chars().collect();
    let place = place % all.len();
    match how % 3 {
        0 => all[place] = with,
        1 => drop(all.remove(place)),
        _ => all.insert(place, with),
    }
    all.into_iter().collect()
}

proptest! {
    #[test]
    fn secrets_come_back_and_have_one_text(seed in any::<[u8; 32]>(), place in any::<usize>(), how in any::<u8>(), with in any::<char>()) {
        let ids = Fixed(seed);
        let session = SessionSecret::fresh(&ids);
        let token = ApiTokenSecret::fresh(&ids);
        let link = LinkSecret::fresh(&ids);
        let texts = [session.text(), token.text(), link.text()].map(|text| text.expose_secret().to_owned());
        prop_assert_eq!(SessionSecret::parse(&texts[0]).map(|one| one.digest()), Some(session.digest()));
        prop_assert_eq!(ApiTokenSecret::parse(&texts[1]).map(|one| one.digest()), Some(token.digest()));
        prop_assert!(LinkSecret::parse(&texts[2]).is_some());
        let changed = bent(&texts[1], place, how, with);
        prop_assert!(changed == texts[1] || ApiTokenSecret::parse(&changed).is_none(), "{changed}");
        let changed = bent(&texts[0], place, how, with);
        if let Some(read) = SessionSecret::parse(&changed) {
            prop_assert_eq!(read.text().expose_secret(), changed.as_str());
            prop_assert_eq!(read.digest() == session.digest(), changed == texts[0]);
        }
    }

    #[test]
    fn no_text_makes_a_reader_of_secrets_panic(text in "(hf_)?(\\PC|[a-z2-7A-Z_-]){0,80}") {
        let _ = (SessionSecret::parse(&text), ApiTokenSecret::parse(&text), LinkSecret::parse(&text));
        let _ = SamlCertificate::parse(&text);
        if let Some(code) = RecoveryCode::parse(&text) {
            prop_assert_eq!(RecoveryCode::parse(code.shown().expose_secret()).map(|one| one.digest()), Some(code.digest()));
        }
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed(seed in any::<[u8; 32]>(), gaps in prop::collection::vec("[ -]{0,2}", 40)) {
        let code = RecoveryCode::fresh_set(&Fixed(seed)).remove(0);
        let shown = code.shown();
        let typed: String = shown.expose_secret().to_uppercase().chars().zip(gaps)
            .map(|(letter, gap)| format!("{letter}{gap}")).collect();
        prop_assert_eq!(RecoveryCode::parse(&typed).map(|one| one.digest()), Some(code.digest()));
    }

    #[test]
    fn codes_of_an_app_are_checked_without_panic(secret in "\\PC{0,40}", code in "[0-9 \u{660}-\u{669}]{0,12}|\\PC{0,12}", second in any::<i64>()) {
        let at = Timestamp::from_second(second % 200_000_000_000).unwrap();
        let _ = TotpSecret::from_text(secret.into()).check(&code, at, None);
        let good = TotpSecret::fresh(&SystemIds::new(TestClock::default()));
        let step = good.check(&code, at, None).unwrap();
        prop_assert!(step.is_none() || code.chars().filter(char::is_ascii_digit).count() == 6);
    }

    #[test]
    fn a_filter_means_its_text(value in "\\PC{0,60}", operator in "eq|EQ|Eq", gap in " {1,3}") {
        let quoted = serde_json::Value::from(value.as_str());
        let read = filter(ScimKind::User, Some(&format!("userName {gap}{operator} {quoted}")));
        prop_assert_eq!(read, Ok(ScimFilter::Name(value)));
    }
}

proptest! {
    // Drawing takes a second in a debug build.
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn an_address_for_apps_names_its_secret(seed in any::<[u8; 32]>(), issuer in "\\PC{1,30}", account in "\\PC{1,30}") {
        let secret = TotpSecret::fresh(&Fixed(seed));
        prop_assert!(BASE32_NOPAD.decode(secret.text().expose_secret().as_bytes()).is_ok());
        if let Ok(address) = secret.address(&issuer, &account) {
            let text = address.expose_secret();
            prop_assert!(text.starts_with("otpauth://totp/") && text.is_ascii(), "{text}");
            let wanted = format!("secret={}", secret.text().expose_secret());
            prop_assert_eq!(text.matches(wanted.as_str()).count(), 1);
            prop_assert!(qr_svg(&address).is_ok());
        }
    }
}
