//! Requests are signed, carry our addresses and nothing of the person; our metadata say the same.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{SystemIds, TestClock};
use openssl::x509::X509;
use samael::crypto::{Crypto, CryptoProvider as _, UrlVerifier};
use samael::metadata::EntityDescriptor;
use samael::schema::AuthnRequest;

use super::idp::*;
use crate::saml::{SamlBinding, SamlKey, SamlRequest, SamlRequestId, relay_state_of_browser};
use crate::secret::SessionSecret;

fn secret() -> SessionSecret {
    SessionSecret::fresh(&SystemIds::new(TestClock::default()))
}

fn id() -> SamlRequestId {
    SamlRequestId::of_browser(&secret())
}

#[test]
fn a_redirect_carries_a_signed_request_and_keeps_the_providers_own_parameters() {
    let (id, service) = (id(), service());
    let SamlRequest::Redirect(url) = service.request(&id, "state&1", now()).unwrap() else {
        panic!("a form");
    };
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!((query["tenant"].as_str(), query["b"].as_str()), ("a", "c"));
    assert_eq!(query["RelayState"], "state&1");
    assert_eq!(
        query["SigAlg"],
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    );
    let verifier = UrlVerifier::from_x509(&service.key().certificate().to_vec().into()).unwrap();
    assert!(verifier.verify_signed_request_url(&url).unwrap());
    let mut forged = url.clone();
    forged.set_query(Some(
        &url.query()
            .unwrap()
            .replace("RelayState=state", "RelayState=other"),
    ));
    assert!(!verifier.verify_signed_request_url(&forged).unwrap());
}

#[test]
fn a_form_carries_a_request_with_an_enveloped_signature() {
    let (id, service) = (id(), service_of(SamlBinding::Post));
    let SamlRequest::Post { action, request } = service.request(&id, "state", now()).unwrap()
    else {
        panic!("a redirect");
    };
    assert_eq!(action.as_str(), "https://idp.corp.test/sso?tenant=a&b=c");
    let xml = String::from_utf8(STANDARD.decode(request).unwrap()).unwrap();
    let certificate = service.key().certificate().to_vec().into();
    Crypto::verify_signed_xml(&xml, &certificate, Some("ID")).unwrap();
    assert!(!xml.contains("#sha1"));
    let request: AuthnRequest = xml.parse().unwrap();
    assert_eq!(request.id, id.as_str());
    assert_eq!(request.assertion_consumer_service_url.as_deref(), Some(ACS));
    assert_eq!(request.issuer_value().as_deref(), Some(SERVICE));
    assert!(
        Crypto::verify_signed_xml(xml.replace("/acs", "/evil"), &certificate, Some("ID")).is_err()
    );
}

#[test]
fn a_request_id_has_160_bits_that_only_the_browsers_secret_gives() {
    let ids: BTreeSet<String> = (0..1_000).map(|_| id().as_str().to_owned()).collect();
    assert_eq!(ids.len(), 1_000);
    assert!(ids.iter().all(|id| id.len() == 41 && id.starts_with('_')));
    let secret = secret();
    assert_eq!(
        SamlRequestId::of_browser(&secret),
        SamlRequestId::of_browser(&secret)
    );
    let state = relay_state_of_browser(&secret);
    assert_eq!(state.len(), 64);
    let id = SamlRequestId::of_browser(&secret);
    assert!(!state.starts_with(id.as_str().get(1..).unwrap()));
}

#[test]
fn our_metadata_name_our_addresses_and_our_certificate() {
    let service = service();
    let xml = service.metadata().unwrap();
    let metadata: EntityDescriptor = xml.parse().unwrap();
    assert_eq!(metadata.entity_id.as_deref(), Some(SERVICE));
    let role = &metadata.sp_sso_descriptors.unwrap()[0];
    assert_eq!(role.assertion_consumer_services[0].location, ACS);
    assert_eq!(role.authn_requests_signed, Some(true));
    let keys = role.key_descriptors.as_ref().unwrap();
    assert_eq!(keys.len(), 1);
    let text = &keys[0].key_info.x509_data.as_ref().unwrap().certificates[0];
    let certificate = X509::from_der(&STANDARD.decode(text).unwrap()).unwrap();
    assert_eq!(certificate.to_der().unwrap(), service.key().certificate());
    assert!(
        certificate
            .verify(&certificate.public_key().unwrap())
            .unwrap()
    );
}

#[test]
fn a_key_survives_its_storage() {
    let clock = TestClock::default();
    let key = SamlKey::generate(&SystemIds::new(clock), now()).unwrap();
    let again = SamlKey::from_der(&key.to_pkcs8().unwrap(), key.certificate().to_vec()).unwrap();
    assert_eq!(*again.to_pkcs8().unwrap(), *key.to_pkcs8().unwrap());
    assert!(!format!("{key:?}").contains("PRIVATE"));
}
