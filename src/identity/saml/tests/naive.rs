//! A naive service provider: some signature verifies, and the first subject of the document is believed.
//!
//! It shows that hostile messages are not harmless. Invariant: it makes the mistakes that are in the advisories, on purpose.

use quick_xml::Reader;
use quick_xml::events::Event;
use samael::crypto::{Crypto, CryptoProvider as _, ReduceMode};
use samael::metadata::EntityDescriptor;
use samael::service_provider::ServiceProvider;

use super::idp::*;

/// Whom a reader takes for signed on that verifies the first signature only.
pub(super) fn signature_somewhere(xml: &str) -> Option<String> {
    let certificate = RSA.certificate.clone().into();
    Crypto::verify_signed_xml(xml, &certificate, Some("ID")).ok()?;
    first_subject(xml)
}

/// Whom a reader takes for signed on that checks no signature when there is none.
pub(super) fn nothing_checked(xml: &str) -> Option<String> {
    first_subject(xml)
}

/// Whether samael alone, as its documentation shows it, believes the message.
pub(super) fn samael_alone(xml: &str) -> bool {
    let metadata = format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{PROVIDER}\"><IDPSSODescriptor><KeyDescriptor use=\"signing\">\
         <KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>",
        RSA.certificate_text()
    );
    let provider = ServiceProvider {
        entity_id: Some(SERVICE.to_owned()),
        acs_url: Some(ACS.to_owned()),
        idp_metadata: metadata.parse::<EntityDescriptor>().unwrap(),
        allow_idp_initiated: true,
        max_issue_delay: chrono::Duration::days(36_500),
        max_clock_skew: chrono::Duration::days(36_500),
        ..ServiceProvider::default()
    };
    provider
        .parse_xml_response_with_mode(xml, None, ReduceMode::default())
        .is_ok()
}

/// The first `NameID`, up to the first comment: what a reader of the first text node gets.
fn first_subject(xml: &str) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let mut is_inside = false;
    let mut subject = String::new();
    loop {
        #[expect(clippy::wildcard_enum_match_arm, reason = "what a naive reader does")]
        match reader.read_event().ok()? {
            Event::Start(start) if start.local_name().as_ref() == b"NameID" => is_inside = true,
            Event::Text(text) if is_inside => {
                subject.push_str(&text.decode().ok()?);
                return Some(subject);
            }
            Event::Eof => return None,
            _other => {}
        }
    }
}
