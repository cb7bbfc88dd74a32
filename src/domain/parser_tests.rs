//! Properties of the readers of text in this crate: none panics, and what is accepted comes back the same.
//!
//! Not for examples, which stand beside each reader. Invariant: the list of all hand-written readers is in `docs/security.md`.

use proptest::prelude::*;
use uuid::Uuid;

use crate::audit::Hash;
use crate::aws_account::{is_account_id, is_region_name};
use crate::domain_proof::{domain_of_email, normalize_domain};
use crate::ids::{AssetId, IdentityProviderId, OrganizationId, PREFIXES, PolicyId, UserId};
use crate::organization_settings::parse_network;
use crate::role_grant::GrantSource;
use crate::user::normalize_email;

/// Text that is almost an address, a domain or a network, and some that is nothing of that.
fn almost() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[a-zA-Z0-9 .@-]{0,40}",
        "[a-zA-Z0-9]{1,5}(@[a-zA-Z0-9]{1,5}){0,2}(\\.[a-zA-Z-]{0,4}){0,4}",
        "[\u{130}\u{df}\u{3000}\u{200b}\u{ff20}a@.-]{0,20}",
        "([0-9]{1,3}\\.){3}[0-9]{1,3}(/[0-9]{1,3})?",
        "[0-9a-f:]{2,20}(/[0-9]{1,3})?",
    ]
}

/// An id in its text with up to one place changed.
fn bent(text: &str, place: usize, with: char) -> String {
    let mut all: Vec<char> = text.chars().collect();
    let place = place % all.len();
    all[place] = with;
    all.into_iter().collect()
}

proptest! {
    #[test]
    fn ids_come_back_and_are_of_one_kind(bits in any::<u128>()) {
        let id = PolicyId::from_uuid(Uuid::from_u128(bits));
        let text = id.to_string();
        prop_assert_eq!(text.parse(), Ok(id));
        prop_assert!(text.parse::<AssetId>().is_err());
        prop_assert!(text.to_ascii_uppercase().parse::<PolicyId>().is_err());
    }

    #[test]
    fn an_id_has_one_text(bits in any::<u128>(), place in any::<usize>(), with in any::<char>()) {
        let text = bent(&PolicyId::from_uuid(Uuid::from_u128(bits)).to_string(), place, with);
        if let Ok(id) = text.parse::<PolicyId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn no_text_makes_an_id_panic(text in "\\PC{0,60}", prefix in prop::sample::select(PREFIXES), tail in "[0-9a-z]{0,30}") {
        let almost = format!("{prefix}_{tail}");
        for text in [text.as_str(), &almost] {
            if let Ok(id) = text.parse::<UserId>() {
                prop_assert_eq!(id.to_string(), text);
            }
            let _ = text.parse::<OrganizationId>();
        }
    }

    #[test]
    fn an_accepted_mail_address_is_in_its_one_form(text in almost()) {
        if let Some(email) = normalize_email(&text) {
            prop_assert_eq!(normalize_email(&email), Some(email.clone()));
            prop_assert_eq!(email.matches('@').count(), 1);
            prop_assert!(!email.contains(char::is_whitespace));
            prop_assert!(!email.contains(char::is_control));
        }
    }

    #[test]
    fn an_accepted_domain_is_in_its_one_form(text in almost()) {
        for domain in [normalize_domain(&text), domain_of_email(&text)].into_iter().flatten() {
            prop_assert_eq!(normalize_domain(&domain), Some(domain.clone()));
            prop_assert!(domain.is_ascii() && domain.len() < 253);
            prop_assert!(domain.parse::<std::net::IpAddr>().is_err());
        }
    }

    #[test]
    fn an_accepted_network_comes_back(text in almost()) {
        if let Some(network) = parse_network(&text) {
            prop_assert_eq!(parse_network(&network.to_string()), Some(network));
            prop_assert_eq!(network.trunc(), network);
        }
    }

    #[test]
    fn every_network_is_read(bits in any::<u128>(), length in 0_u8..=128) {
        let network = ipnet::Ipv6Net::new(bits.into(), length).unwrap().trunc();
        prop_assert_eq!(parse_network(&network.to_string()), Some(network.into()));
    }

    #[test]
    fn sources_of_grants_come_back(bits in any::<u128>(), text in "(manual|provider:)?\\PC{0,30}") {
        let source = GrantSource::Provider(IdentityProviderId::from_uuid(Uuid::from_u128(bits)));
        prop_assert_eq!(GrantSource::from_text(&source.text()), Some(source));
        if let Some(source) = GrantSource::from_text(&text) {
            prop_assert_eq!(source.text(), text);
        }
    }

    #[test]
    fn hashes_come_back(bytes in any::<[u8; 32]>(), text in "([0-9a-fA-F]{62,66}|\\PC{0,70})") {
        let hash = Hash::from_slice(&bytes).unwrap();
        prop_assert_eq!(hash.to_string().parse(), Ok(hash));
        if let Ok(hash) = text.parse::<Hash>() {
            prop_assert_eq!(hash.to_string(), text);
        }
    }

    #[test]
    fn names_of_aws_are_plain(text in "([a-z]{0,4}-){0,5}[0-9]{0,3}|[0-9\u{660}-\u{669}]{11,13}|\\PC{0,20}") {
        if is_region_name(&text) {
            prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        }
        if is_account_id(&text) {
            prop_assert!(text.parse::<u64>().is_ok_and(|number| number < 1_000_000_000_000));
        }
    }

    #[test]
    fn a_browser_is_named_shortly_and_without_markup(start in "[A-Za-z/]{0,12}", text in "\\PC{0,300}") {
        for said in [text.clone(), format!("{start}{text}"), format!("Firefox/ {text} Linux")] {
            if let Some(name) = crate::user_agent::browser(&said) {
                prop_assert!((1..=40).contains(&name.chars().count()), "{name}");
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_')), "{name}");
            }
        }
    }
}
