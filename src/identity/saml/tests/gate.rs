//! The gate never panics, whatever it is given, and says what is wrong (T-39).

use proptest::prelude::*;

use super::idp::*;
use crate::saml::refusal::SamlRefusal;
use crate::saml::{SamlIdentityProvider, gate, tree};

fn refusal_of(xml: &str) -> SamlRefusal {
    service()
        .accept_now(&encode(xml), &expectation(), now())
        .unwrap_err()
}

#[test]
fn a_refusal_names_its_reason() {
    let draft = Draft::new(&styles()[1], Signed::Both);
    let xml = draft.sign();
    let encrypted = "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"/></saml2p:Response>";
    let cases = [
        (
            xml.replace("ann@", "<!---->ann@"),
            SamlRefusal::Construct("a comment"),
        ),
        (
            xml.replacen("<saml2p", "<!DOCTYPE a><saml2p", 1),
            SamlRefusal::Construct("a document type"),
        ),
        (
            xml.replace("</saml2p:Response>", encrypted),
            SamlRefusal::Encrypted,
        ),
        (
            draft
                .with(|draft| draft.status = "urn:x:Responder".into())
                .sign(),
            SamlRefusal::Status,
        ),
        (
            xml.replace("_r1d2e3f4", "_a1b2c3d4"),
            SamlRefusal::DuplicateId,
        ),
        (
            xml.replace("URI=\"#_a1b2c3d4\"", "URI=\"#_r1d2e3f4\""),
            SamlRefusal::Reference,
        ),
        (
            xml.replace("#rsa-sha256", "#rsa-sha1"),
            SamlRefusal::Algorithm("signature"),
        ),
        (
            xml.replace("IssueInstant=\"2031", "IssueInstant=\"262142"),
            SamlRefusal::Value("IssueInstant"),
        ),
        ("<a/>".into(), SamlRefusal::Namespace),
        (String::new(), SamlRefusal::NotXml),
        (
            xml.replace(">ann@corp.test<", ">bob@corp.test<"),
            SamlRefusal::Signature,
        ),
    ];
    for (xml, expected) in cases {
        assert_eq!(refusal_of(&xml), expected);
    }
    let large = "A".repeat(crate::saml::MAXIMUM_MESSAGE_CHARACTERS + 4);
    assert_eq!(gate::pass(&large).unwrap_err(), SamlRefusal::TooLarge);
    assert_eq!(gate::pass("A\nAA").unwrap_err(), SamlRefusal::NotBase64);
}

#[test]
fn too_deep_and_too_many_elements_are_refused() {
    let deep = "<a>".repeat(60_000);
    assert_eq!(refusal_of(&deep), SamlRefusal::Namespace);
    let values = "<saml:AttributeValue/>".repeat(9_000);
    let draft = Draft::new(&styles()[4], Signed::Assertion).with(|draft| {
        draft.extra = format!("<saml:AttributeStatement><saml:Attribute Name=\"x\">{values}</saml:Attribute></saml:AttributeStatement>");
    });
    let unsigned = draft.response(&draft.assertion(&RSA), &RSA);
    assert_eq!(
        gate::pass(&encode(&unsigned)).unwrap_err(),
        SamlRefusal::TooLarge
    );
}

/// A valid answer with some bytes replaced, removed or repeated.
fn mutated() -> impl Strategy<Value = String> {
    let edits = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            any::<u8>(),
            0..4_u8,
            0..40_usize,
        ),
        1..6,
    );
    (0..5_usize, edits).prop_map(|(style, edits)| {
        let draft = Draft::new(&styles()[style], Signed::Both);
        let mut bytes = draft.response(&draft.assertion(&RSA), &RSA).into_bytes();
        for (index, byte, kind, length) in edits {
            let at = index.index(bytes.len());
            let end = (at + length).min(bytes.len());
            match kind {
                0 => bytes[at] = byte & 0x7f,
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
                _insert => bytes.insert(at, b"<>&\"'=/!?-[]"[usize::from(byte) % 12]),
            }
            if bytes.is_empty() {
                bytes.push(b'<');
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A thousand cases in CI; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: usual.cases.max(1_000),
        failure_persistence: None,
        ..usual
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,400}") {
        let _refused = gate::pass(&text);
        let _refused = tree::parse(&text);
        let _refused = SamlIdentityProvider::from_metadata(&text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = openssl::base64::encode_block(&bytes);
        prop_assert!(gate::pass(&text).is_err());
    }

    #[test]
    fn a_mutated_answer_is_read_or_refused(xml in mutated()) {
        let _refused = gate::pass(&encode(&xml));
    }

    #[test]
    fn markup_is_read_or_refused(xml in "(<(samlp:Response|saml:Assertion|ds:Signature|a)( xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"| ID=\"_a\")?/?>|</(samlp:Response|a)>|<!--|-->|<!DOCTYPE|<\\?|&amp;|&#|x){0,30}") {
        let _refused = tree::parse(&xml);
        let _refused = SamlIdentityProvider::from_metadata(&xml);
    }
}
