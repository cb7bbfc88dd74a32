//! Answers of five identity providers are accepted, and mean what they say.

use jiff::SignedDuration;

use super::idp::*;
use crate::saml::{SamlAttributeNames, SamlExpectation, SamlRefusal};

const ALGORITHMS: [(&str, &str, bool); 5] = [
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        false,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        false,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "http://www.w3.org/2001/04/xmlenc#sha512",
        false,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        false,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        true,
    ),
];

#[test]
fn seventy_five_answers_of_five_providers_are_accepted() {
    let service = service();
    let mut accepted = 0;
    for style in styles() {
        for signed in SIGNED {
            for (signature, digest, is_curve) in ALGORITHMS {
                let draft = Draft::new(&style, signed).with(|draft| {
                    draft.signature_algorithm = signature.into();
                    draft.digest_algorithm = digest.into();
                });
                let xml = draft.sign_by(if is_curve { &CURVE } else { &RSA });
                let answer = service.accept_now(&encode(&xml), &expectation(), now());
                let assertion = answer.unwrap_or_else(|refusal| {
                    panic!("{} {signed:?} {signature}: {refusal}\n{xml}", style.name)
                });
                assert_eq!(assertion.subject, "ann@corp.test");
                assert_eq!(assertion.id, "_a1b2c3d4");
                assert_eq!(assertion.email.as_deref(), Some("ann@corp.test"));
                assert_eq!(assertion.name.as_deref(), Some("Ann & Bert"));
                assert_eq!(assertion.groups, ["backup-admins", "all"]);
                assert_eq!(assertion.session_index.as_deref(), Some("_s1"));
                assert_eq!(assertion.subject_format, draft.format);
                assert_eq!(assertion.usable_until, now() + SignedDuration::from_mins(5));
                accepted += 1;
            }
        }
    }
    assert_eq!(accepted, 75);
}

#[test]
fn an_answer_is_usable_for_ten_minutes_even_if_its_provider_allows_an_hour() {
    let draft = Draft::new(&styles()[0], Signed::Both).with(|draft| {
        draft.confirmed_until = Some(now() + SignedDuration::from_hours(1));
    });
    let answer = encode(&draft.sign());
    let accept = |minutes: i64, seconds: i64| {
        let at = now() + SignedDuration::from_secs(60 * minutes + seconds);
        service().accept_now(&answer, &expectation(), at)
    };
    let ten_minutes = now() + SignedDuration::from_mins(10);
    assert_eq!(accept(0, 0).unwrap().usable_until, ten_minutes);
    assert!(accept(10, 59).is_ok());
    assert_eq!(accept(11, 0), Err(SamlRefusal::Time("response")));
    assert!(accept(-1, 0).is_ok());
    assert_eq!(accept(-1, -1), Err(SamlRefusal::Time("response")));
}

#[test]
fn an_unsolicited_answer_passes_only_where_it_is_expected_and_names_no_request() {
    let unsolicited = Draft::new(&styles()[1], Signed::Both).with(|draft| {
        draft.in_response_to = None;
        draft.confirmed_in_response_to = None;
    });
    let answer = encode(&unsolicited.sign());
    let accept = |expected: &SamlExpectation, answer: &str| {
        service().accept_now(answer, expected, now()).map(|_| ())
    };
    assert_eq!(accept(&SamlExpectation::Unsolicited, &answer), Ok(()));
    assert_eq!(
        accept(&expectation(), &answer),
        Err(SamlRefusal::InResponseTo)
    );
    let of_another = encode(&Draft::new(&styles()[1], Signed::Both).sign());
    let refused = accept(&SamlExpectation::Unsolicited, &of_another);
    assert_eq!(refused, Err(SamlRefusal::InResponseTo));
    let half = unsolicited.with(|draft| draft.confirmed_in_response_to = Some(REQUEST.into()));
    let refused = accept(&SamlExpectation::Unsolicited, &encode(&half.sign()));
    assert_eq!(refused, Err(SamlRefusal::InResponseTo));
}

#[test]
fn a_provider_may_be_held_to_signed_assertions() {
    let strict = service().with_signed_assertion(true);
    let accept = |signed| {
        let answer = encode(&Draft::new(&styles()[2], signed).sign());
        strict
            .accept_now(&answer, &expectation(), now())
            .map(|_| ())
    };
    assert_eq!(
        accept(Signed::Response),
        Err(SamlRefusal::AssertionUnsigned)
    );
    assert_eq!(accept(Signed::Assertion), Ok(()));
    assert_eq!(accept(Signed::Both), Ok(()));
}

#[test]
fn attributes_of_other_names_are_read_when_the_administrator_names_them() {
    let names = SamlAttributeNames {
        email: Some("absent".into()),
        name: Some("memberOf".into()),
        groups: Some("urn:oid:0.9.2342.19200300.100.1.3".into()),
    };
    let answer = encode(&Draft::new(&styles()[4], Signed::Both).sign());
    let service = service().with_names(names);
    let assertion = service.accept_now(&answer, &expectation(), now()).unwrap();
    assert_eq!(assertion.email, None);
    assert_eq!(assertion.name.as_deref(), Some("backup-admins"));
    assert_eq!(assertion.groups, ["ann@corp.test"]);
}

#[test]
fn many_groups_fit() {
    let groups =
        (0..1_500).map(|n| format!("<saml:AttributeValue>group-{n}</saml:AttributeValue>"));
    let groups: String = groups.collect();
    let draft = Draft::new(&styles()[4], Signed::Both).with(|draft| {
        draft.extra = format!(
            "<saml:AttributeStatement><saml:Attribute Name=\"groups\">{groups}</saml:Attribute></saml:AttributeStatement>"
        );
    });
    let answer = encode(&draft.sign());
    let assertion = service()
        .accept_now(&answer, &expectation(), now())
        .unwrap();
    assert_eq!(assertion.groups.len(), 1_500);
}

#[test]
fn the_common_form_can_be_used_once() {
    let answer = encode(&Draft::new(&styles()[1], Signed::Both).sign());
    let accepted = service()
        .accept_now(&answer, &expectation(), now())
        .unwrap();
    let common = crate::Assertion::from(accepted);
    let once = common.one_time.unwrap();
    assert_eq!(once.id, "_a1b2c3d4");
    assert_eq!(once.expires_at, now() + SignedDuration::from_secs(6 * 60));
    assert_eq!(common.groups, ["all", "backup-admins"]);
}

#[tokio::test]
async fn the_check_runs_off_the_threads_of_the_server() {
    let answer = encode(&Draft::new(&styles()[0], Signed::Assertion).sign());
    let assertion = service()
        .accept(answer, expectation(), now())
        .await
        .unwrap();
    assert_eq!(assertion.subject, "ann@corp.test");
}

/// T-37: however a message is dressed for its way, it is one message: refused, or accepted under the same id.
#[test]
fn another_encoding_of_an_answer_is_the_same_answer() {
    let xml = Draft::new(&styles()[0], Signed::Both).sign();
    let plain = encode(&xml);
    let broken = |width: usize, end: &str| {
        let lines = plain.as_bytes().chunks(width);
        let lines: Vec<_> = lines
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        lines.join(end)
    };
    let dressed = [
        plain.clone(),
        broken(76, "\r\n"),
        broken(64, "\n"),
        format!("{plain}\n"),
        format!(" {plain}"),
        plain.trim_end_matches('=').to_owned(),
        format!("{plain}===="),
        plain.replace('+', "-").replace('/', "_"),
        plain.replace('+', " "),
        encode(&format!("{xml}\n")),
        encode(&format!("\n{xml}")),
        encode(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}")),
        encode(&format!("\u{feff}{xml}")),
        encode(&format!("{xml}<!-- again -->")),
    ];
    let mut accepted = 0;
    for answer in &dressed {
        if let Ok(assertion) = service().accept_now(answer, &expectation(), now()) {
            let one: crate::Assertion = assertion.into();
            assert_eq!(one.one_time.map(|one| one.id).as_deref(), Some("_a1b2c3d4"));
            accepted += 1;
        }
    }
    assert!(accepted >= 1, "the plain one at least");
}
