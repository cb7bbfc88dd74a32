//! Metadata of providers: what is taken, what is refused, and that it survives the database.

use super::idp::*;
use crate::saml::{MetadataFault, SamlBinding, SamlCertificate, SamlIdentityProvider};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

fn key(kind: &str, certificate: &str) -> String {
    format!(
        "<KeyDescriptor{kind}><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>\n  {certificate}\n</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    )
}

fn address(binding: &str, location: &str) -> String {
    format!("<SingleSignOnService Binding=\"{binding}\" Location=\"{location}\"/>")
}

fn document(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{PROVIDER}\">{content}</EntityDescriptor>"
    )
}

fn role(content: &str) -> String {
    format!(
        "<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\" cacheDuration=\"PT1H\">{content}</IDPSSODescriptor>"
    )
}

fn parse(content: &str) -> Result<SamlIdentityProvider, MetadataFault> {
    SamlIdentityProvider::from_metadata(&document(content))
}

#[test]
fn metadata_as_entra_id_writes_them_are_understood() {
    let signing = key(" use=\"signing\"", &RSA.certificate_text());
    let next = key("", &CURVE.certificate_text());
    let encryption = key(" use=\"encryption\"", &ATTACKER.certificate_text());
    let foreign = format!(
        "<RoleDescriptor xmlns:fed=\"urn:fed\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"fed:SecurityTokenServiceType\">{}</RoleDescriptor>",
        key(" use=\"signing\"", &ATTACKER.certificate_text())
    );
    let content = format!(
        "{foreign}{}",
        role(&format!(
            "{signing}{next}{encryption}{signing}{}{}",
            address(POST, "https://idp.corp.test/post"),
            address(REDIRECT, "https://idp.corp.test/sso?a=1&amp;b=2"),
        ))
    );
    let provider = parse(&content).unwrap();
    assert_eq!(provider.entity_id(), PROVIDER);
    assert_eq!(provider.binding(), SamlBinding::Redirect);
    assert_eq!(
        provider.sign_on_address().as_str(),
        "https://idp.corp.test/sso?a=1&b=2"
    );
    let ders: Vec<&[u8]> = provider
        .certificates()
        .iter()
        .map(SamlCertificate::der)
        .collect();
    assert_eq!(
        ders,
        [RSA.certificate.as_slice(), CURVE.certificate.as_slice()]
    );
    assert_eq!(provider.expires_at().unwrap().as_second(), 2_000_000_000);
    assert_eq!(provider.certificates()[0].fingerprint().len(), 64);
    let stored = serde_json::to_string(&provider).unwrap();
    assert_eq!(
        serde_json::from_str::<SamlIdentityProvider>(&stored).unwrap(),
        provider
    );
}

#[test]
fn a_provider_without_certificate_exists_neither_in_metadata_nor_in_the_database() {
    let sound = address(REDIRECT, "https://idp.corp.test/sso");
    assert_eq!(parse(&role(&sound)), Err(MetadataFault::NoCertificate));
    let encryption = key(" use=\"encryption\"", &RSA.certificate_text());
    let only_encryption = role(&format!("{encryption}{sound}"));
    assert_eq!(parse(&only_encryption), Err(MetadataFault::NoCertificate));
    let stored = format!(
        "{{\"entityId\":\"{PROVIDER}\",\"signOnAddress\":\"https://idp.corp.test/\",\"binding\":\"REDIRECT\",\"certificates\":[]}}"
    );
    let refused = serde_json::from_str::<SamlIdentityProvider>(&stored).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("signing certificate is missing")
    );
}

#[test]
fn unusable_metadata_are_refused_with_the_reason() {
    let signing = key(" use=\"signing\"", &RSA.certificate_text());
    let sound = address(REDIRECT, "https://idp.corp.test/sso");
    let both = role(&format!("{signing}{sound}"));
    let weak = Signer::rsa_of("weak", 1024).certificate_text();
    let cases = [
        (
            document(&format!("{both}{both}")),
            MetadataFault::Providers(2),
        ),
        (document(""), MetadataFault::Providers(0)),
        (
            document(&both).replace(&format!(" entityID=\"{PROVIDER}\""), ""),
            MetadataFault::EntityId,
        ),
        (
            document(&both).replace(PROVIDER, ""),
            MetadataFault::EntityId,
        ),
        (document(&role(&signing)), MetadataFault::SignOnAddress),
        (
            document(&role(&format!(
                "{signing}{}",
                address(REDIRECT, "http://idp.corp.test/")
            ))),
            MetadataFault::SignOnAddress,
        ),
        (
            document(&role(&format!(
                "{signing}{}",
                address(REDIRECT, "javascript:alert(1)")
            ))),
            MetadataFault::SignOnAddress,
        ),
        (
            document(&role(&format!(
                "{signing}{}",
                address("urn:soap", "https://idp.corp.test/")
            ))),
            MetadataFault::SignOnAddress,
        ),
        (
            document(&role(&format!("{}{sound}", key("", "AAAA")))),
            MetadataFault::Certificate,
        ),
        (
            document(&role(&format!("{}{sound}", key("", &weak)))),
            MetadataFault::WeakKey,
        ),
        (
            document(&both).replacen("<Entity", "<!DOCTYPE a><Entity", 1),
            MetadataFault::NotXml,
        ),
        (
            document(&both).replace("</EntityDescriptor>", ""),
            MetadataFault::NotXml,
        ),
        ("<a>".repeat(200_000), MetadataFault::TooLarge),
    ];
    for (xml, expected) in cases {
        assert_eq!(
            SamlIdentityProvider::from_metadata(&xml),
            Err(expected),
            "{xml:.300}"
        );
    }
    assert!(parse(&both).is_ok());
}

#[test]
fn a_certificate_may_be_pasted_with_its_frame() {
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----\r\n",
        RSA.certificate_text()
    );
    assert_eq!(SamlCertificate::parse(&pem).unwrap().der(), RSA.certificate);
}
