//! Properties of the readers of headers: none panics, and none believes more than it should.
//!
//! Not for examples, which stand beside each reader. Invariant: needs no server.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::Credential;
use super::client::{address, is_trusted};
use super::graphql::{bearer, unit};
use super::negotiate::choose;

/// What a header can hold at all.
fn header() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,60}",
        "(([a-z*]{1,8}/[a-z*+-]{1,12}|text/event-stream|\\*/\\*)(;q=[0-9.]{1,5})?,? ?){0,5}",
        "(([0-9]{1,3}\\.){3}[0-9]{1,3}|[0-9a-f:]{2,20}|unknown)(, ?([0-9]{1,3}\\.){3}[0-9]{1,3}){0,4}",
    ]
}

proptest! {
    #[test]
    fn a_bearer_token_is_one_word_of_the_header(value in "(Bearer|bearer|Basic| )? {0,3}[ -~]{0,40}|\\PC{0,40}") {
        if let Some(Credential::Bearer(token)) = bearer(&value) {
            let token = token.expose_secret();
            prop_assert!(!token.is_empty() && token.trim() == token && value.contains(token));
        }
    }

    #[test]
    fn a_unit_of_a_header_is_bounded(value in "\\PC{0,200}") {
        prop_assert!(unit(&value).chars().count() <= 64);
    }

    #[test]
    fn any_accept_header_is_answered(value in header()) {
        let request = TestRequest::default().insert_header(("accept", value)).to_http_request();
        let _ = choose(&request);
    }

    #[test]
    fn nobody_chooses_an_address_without_a_trusted_proxy(values in prop::collection::vec(header(), 0..4), peer in any::<[u8; 4]>(), bits in 0_u8..=32) {
        let peer = IpAddr::from(peer);
        let mut headers = HeaderMap::new();
        for value in &values {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(HeaderName::from_static("x-forwarded-for"), value);
            }
        }
        let trusted = [format!("10.0.0.0/{}", bits.max(8)).parse().unwrap()];
        let seen = address(Some(peer), &headers, &trusted).unwrap();
        if !is_trusted(peer, &trusted) {
            prop_assert_eq!(seen, peer);
        }
        if seen != peer {
            prop_assert!(values.iter().any(|value| value.split(',').any(|one| one.trim().parse::<IpAddr>().is_ok_and(|one| one.to_canonical() == seen))));
        }
    }
}
