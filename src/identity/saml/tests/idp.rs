//! An identity provider for tests: drafts of answers in five styles, signed by xmlsec.
//!
//! Not a server. Invariant: a draft as it is made is accepted; a test changes exactly what it is about.

#![expect(clippy::string_slice, reason = "the messages of these tests are ASCII")]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{SystemIds, TestClock};
use jiff::{SignedDuration, Timestamp};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509Builder, X509NameBuilder};
use samael::crypto::{Crypto, CryptoProvider as _};

use crate::saml::{
    SamlBinding, SamlCertificate, SamlExpectation, SamlIdentityProvider, SamlKey, SamlRequestId,
    SamlServiceProvider,
};

pub(super) const SERVICE: &str = "https://backup.corp.test/auth/saml/p1/metadata";
pub(super) const ACS: &str = "https://backup.corp.test/auth/saml/p1/acs";
pub(super) const PROVIDER: &str = "https://idp.corp.test/entity";
pub(super) const REQUEST: &str = "_c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
pub(super) const ADMIN: &str = "admin@corp.test";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A key with its certificate.
pub(super) struct Signer {
    pub(super) private: PKey<Private>,
    pub(super) certificate: Vec<u8>,
}

impl Signer {
    fn new(private: PKey<Private>, name: &str) -> Self {
        let mut subject = X509NameBuilder::new().unwrap();
        subject.append_entry_by_text("CN", name).unwrap();
        let subject = subject.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&subject).unwrap();
        builder.set_issuer_name(&subject).unwrap();
        builder.set_pubkey(&private).unwrap();
        builder
            .set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap())
            .unwrap();
        builder
            .set_not_after(&Asn1Time::from_unix(2_000_000_000).unwrap())
            .unwrap();
        builder.sign(&private, MessageDigest::sha256()).unwrap();
        let certificate = builder.build().to_der().unwrap();
        Self {
            private,
            certificate,
        }
    }

    fn rsa(name: &str) -> Self {
        Self::rsa_of(name, 2048)
    }

    pub(super) fn rsa_of(name: &str, bits: u32) -> Self {
        Self::new(PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap(), name)
    }

    fn curve(name: &str) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = EcKey::generate(&group).unwrap();
        Self::new(PKey::from_ec_key(key).unwrap(), name)
    }

    /// Fills the first signature template of a document; none where xmlsec itself refuses to.
    fn sign(&self, xml: &str) -> Option<String> {
        let key = self.private.private_key_to_der().unwrap();
        let signed = Crypto::sign_xml(xml, &key).ok()?;
        let start = signed.find("?>").map_or(0, |at| at + 2);
        Some(signed[start..].trim().to_owned())
    }

    pub(super) fn certificate_text(&self) -> String {
        STANDARD.encode(&self.certificate)
    }
}

/// The provider's keys, and those of an attacker.
pub(super) static RSA: LazyLock<Signer> = LazyLock::new(|| Signer::rsa("idp"));
pub(super) static CURVE: LazyLock<Signer> = LazyLock::new(|| Signer::curve("idp"));
pub(super) static ATTACKER: LazyLock<Signer> = LazyLock::new(|| Signer::rsa("idp"));
static SERVICE_KEY: LazyLock<SamlKey> = LazyLock::new(|| {
    let clock = TestClock::default();
    SamlKey::generate(&SystemIds::new(clock), now()).unwrap()
});

/// The time of all tests. Far from the host's clock, so that a check against the latter would show.
pub(super) fn now() -> Timestamp {
    "2031-03-05T12:00:00Z".parse().unwrap()
}

pub(super) fn service() -> SamlServiceProvider {
    service_of(SamlBinding::Redirect)
}

pub(super) fn service_of(binding: SamlBinding) -> SamlServiceProvider {
    let certificates = [&RSA.certificate_text(), &CURVE.certificate_text()];
    let provider = SamlIdentityProvider::new(
        PROVIDER.to_owned(),
        "https://idp.corp.test/sso?tenant=a&b=c",
        binding,
        certificates
            .map(|text| SamlCertificate::parse(text).unwrap())
            .into(),
    );
    SamlServiceProvider::new(
        SERVICE.into(),
        ACS.into(),
        SERVICE_KEY.clone(),
        provider.unwrap(),
    )
}

pub(super) fn expectation() -> SamlExpectation {
    SamlExpectation::AnswerTo(SamlRequestId::of_test(REQUEST))
}

/// Which elements carry a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    Response,
    Assertion,
    Both,
}

pub(super) const SIGNED: [Signed; 3] = [Signed::Response, Signed::Assertion, Signed::Both];

/// How a provider writes.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) name: &'static str,
    /// Prefixes of protocol, assertion and signature; an empty one is the default namespace.
    prefixes: [&'static str; 3],
    format: Option<&'static str>,
    attributes: &'static [(&'static str, &'static [&'static str])],
    is_typed: bool,
    has_session_end: bool,
    has_response_issuer: bool,
    is_indented: bool,
    has_declaration: bool,
}

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// Entra ID, Okta, Google Workspace, ADFS, and `SimpleSAMLphp` with Keycloak.
#[expect(clippy::too_many_lines, reason = "one table of five styles")]
pub(super) fn styles() -> [Style; 5] {
    [
        Style {
            name: "Entra ID",
            prefixes: ["samlp", "", "ds"],
            format: Some(PERSISTENT),
            attributes: &[
                (
                    "http://schemas.microsoft.com/identity/claims/displayname",
                    &["Ann & Bert"],
                ),
                (
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                    &["ann@corp.test"],
                ),
                (
                    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
                    &["backup-admins", "all"],
                ),
            ],
            is_typed: false,
            has_session_end: false,
            has_response_issuer: true,
            is_indented: false,
            has_declaration: false,
        },
        Style {
            name: "Okta",
            prefixes: ["saml2p", "saml2", "ds"],
            format: Some(EMAIL),
            attributes: &[
                ("email", &["ann@corp.test"]),
                ("name", &["Ann & Bert"]),
                ("groups", &["backup-admins", "all"]),
            ],
            is_typed: true,
            has_session_end: false,
            has_response_issuer: true,
            is_indented: false,
            has_declaration: true,
        },
        Style {
            name: "Google",
            prefixes: ["saml2p", "saml2", "ds"],
            format: Some(EMAIL),
            attributes: &[
                ("mail", &["ann@corp.test"]),
                ("displayName", &["Ann & Bert"]),
                ("Groups", &["backup-admins", "all"]),
            ],
            is_typed: true,
            has_session_end: false,
            has_response_issuer: true,
            is_indented: true,
            has_declaration: true,
        },
        Style {
            name: "ADFS",
            prefixes: ["samlp", "", ""],
            format: Some(UNSPECIFIED),
            attributes: &[
                (
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                    &["ann@corp.test"],
                ),
                (
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
                    &["Ann & Bert"],
                ),
                (
                    "http://schemas.xmlsoap.org/claims/Group",
                    &["backup-admins", "all"],
                ),
            ],
            is_typed: false,
            has_session_end: false,
            has_response_issuer: true,
            is_indented: false,
            has_declaration: false,
        },
        Style {
            name: "SimpleSAMLphp",
            prefixes: ["samlp", "saml", "ds"],
            format: None,
            attributes: &[
                ("urn:oid:0.9.2342.19200300.100.1.3", &["ann@corp.test"]),
                ("urn:oid:2.16.840.1.113730.3.1.241", &["Ann & Bert"]),
                ("memberOf", &["backup-admins", "all"]),
            ],
            is_typed: true,
            has_session_end: true,
            has_response_issuer: true,
            is_indented: false,
            has_declaration: false,
        },
    ]
}

/// An answer that is not signed yet. Every part can be changed.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) style: Style,
    pub(super) signed: Signed,
    pub(super) response_id: String,
    pub(super) assertion_id: String,
    pub(super) version: String,
    pub(super) in_response_to: Option<String>,
    pub(super) confirmed_in_response_to: Option<String>,
    pub(super) destination: Option<String>,
    pub(super) recipient: Option<String>,
    pub(super) issuer: String,
    pub(super) response_issuer: Option<String>,
    pub(super) status: String,
    pub(super) response_issued: Timestamp,
    pub(super) issued: Timestamp,
    pub(super) not_before: Timestamp,
    pub(super) not_on_or_after: Timestamp,
    pub(super) confirmed_until: Option<Timestamp>,
    pub(super) session_end: Option<Timestamp>,
    pub(super) authenticated: Timestamp,
    pub(super) method: String,
    pub(super) audiences: Vec<Vec<String>>,
    pub(super) name_id: String,
    pub(super) format: Option<String>,
    pub(super) has_conditions: bool,
    pub(super) has_statement: bool,
    /// More elements inside the assertion, after the others.
    pub(super) extra: String,
    pub(super) signature_algorithm: String,
    pub(super) digest_algorithm: String,
    pub(super) canonicalization: String,
    /// The transforms, as XML with the prefix `ds`; none writes the usual two.
    pub(super) transforms: Option<String>,
    /// The URI of the reference; none names the element.
    pub(super) reference: Option<String>,
    /// A second reference, as XML.
    pub(super) second_reference: String,
}

impl Draft {
    pub(super) fn new(style: &Style, signed: Signed) -> Self {
        let before = |minutes: i64| now() - SignedDuration::from_mins(minutes);
        let after = |minutes: i64| now() + SignedDuration::from_mins(minutes);
        Self {
            signed,
            response_id: "_r1d2e3f4".into(),
            assertion_id: "_a1b2c3d4".into(),
            version: "2.0".into(),
            in_response_to: Some(REQUEST.into()),
            confirmed_in_response_to: Some(REQUEST.into()),
            destination: Some(ACS.into()),
            recipient: Some(ACS.into()),
            issuer: PROVIDER.into(),
            response_issuer: style.has_response_issuer.then(|| PROVIDER.into()),
            status: "urn:oasis:names:tc:SAML:2.0:status:Success".into(),
            response_issued: now(),
            issued: now(),
            not_before: before(5),
            // Entra ID and ADFS allow an hour.
            not_on_or_after: after(if style.prefixes[1].is_empty() { 60 } else { 5 }),
            confirmed_until: Some(after(5)),
            session_end: style.has_session_end.then(|| after(480)),
            authenticated: before(30),
            method: "urn:oasis:names:tc:SAML:2.0:cm:bearer".into(),
            audiences: vec![vec![SERVICE.into()]],
            name_id: "ann@corp.test".into(),
            format: style.format.map(Into::into),
            has_conditions: true,
            has_statement: true,
            extra: String::new(),
            signature_algorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256".into(),
            digest_algorithm: "http://www.w3.org/2001/04/xmlenc#sha256".into(),
            canonicalization: EXCLUSIVE.into(),
            transforms: None,
            reference: None,
            second_reference: String::new(),
            style: style.clone(),
        }
    }

    /// A copy with one change.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut draft = self.clone();
        change(&mut draft);
        draft
    }

    /// The signed document.
    pub(super) fn sign(&self) -> String {
        self.sign_by(&RSA)
    }

    /// The document, signed by another key.
    pub(super) fn sign_by(&self, signer: &Signer) -> String {
        self.try_sign(signer).unwrap()
    }

    /// The document; none where xmlsec refuses to sign it.
    pub(super) fn try_sign(&self, signer: &Signer) -> Option<String> {
        let mut assertion = self.assertion(signer);
        if self.signed != Signed::Response {
            assertion = signer.sign(&assertion)?;
        }
        let mut response = self.response(&assertion, signer);
        if self.signed != Signed::Assertion {
            response = signer.sign(&response)?;
        }
        if self.style.has_declaration {
            response.insert_str(0, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        }
        Some(response)
    }

    fn line(&self) -> &'static str {
        if self.style.is_indented { "\n  " } else { "" }
    }

    pub(super) fn response(&self, assertion: &str, signer: &Signer) -> String {
        let prefix = self.style.prefixes[0];
        let issuer = self.response_issuer.as_ref();
        let issuer = issuer.map(|issuer| {
            format!(
                "<i:Issuer xmlns:i=\"{}\">{issuer}</i:Issuer>",
                super::super::grammar::ASSERTION
            )
        });
        let signature =
            (self.signed != Signed::Assertion).then(|| self.template(&self.response_id, signer));
        format!(
            "<{prefix}:Response xmlns:{prefix}=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{}\" Version=\"{}\" IssueInstant=\"{}\"{}{}>{line}{}{}{line}\
             <{prefix}:Status><{prefix}:StatusCode Value=\"{}\"/></{prefix}:Status>{line}{assertion}</{prefix}:Response>",
            self.response_id,
            self.version,
            self.response_issued,
            optional("Destination", self.destination.as_deref()),
            optional("InResponseTo", self.in_response_to.as_deref()),
            issuer.unwrap_or_default(),
            signature.unwrap_or_default(),
            self.status,
            line = self.line(),
        )
    }

    pub(super) fn assertion(&self, signer: &Signer) -> String {
        let (p, namespace) = names(
            self.style.prefixes[1],
            "urn:oasis:names:tc:SAML:2.0:assertion",
        );
        let signature =
            (self.signed != Signed::Response).then(|| self.template(&self.assertion_id, signer));
        let line = self.line();
        format!(
            "<{p}Assertion {namespace} ID=\"{}\" Version=\"{}\" IssueInstant=\"{}\">{line}<{p}Issuer>{}</{p}Issuer>{}{line}{}{}{}{}{}</{p}Assertion>",
            self.assertion_id,
            self.version,
            self.issued,
            self.issuer,
            signature.unwrap_or_default(),
            self.subject(p),
            self.conditions(p),
            self.statement(p),
            self.attributes(p),
            self.extra,
        )
    }

    fn subject(&self, p: &str) -> String {
        format!(
            "<{p}Subject><{p}NameID{}>{}</{p}NameID><{p}SubjectConfirmation Method=\"{}\"><{p}SubjectConfirmationData{}{}{}/></{p}SubjectConfirmation></{p}Subject>",
            optional("Format", self.format.as_deref()),
            self.name_id,
            self.method,
            optional(
                "NotOnOrAfter",
                self.confirmed_until.map(|at| at.to_string()).as_deref()
            ),
            optional("Recipient", self.recipient.as_deref()),
            optional("InResponseTo", self.confirmed_in_response_to.as_deref()),
        )
    }

    fn conditions(&self, p: &str) -> String {
        if !self.has_conditions {
            return String::new();
        }
        let audiences = self.audiences.iter().map(|audiences| {
            let audiences = audiences
                .iter()
                .map(|one| format!("<{p}Audience>{one}</{p}Audience>"));
            format!(
                "<{p}AudienceRestriction>{}</{p}AudienceRestriction>",
                audiences.collect::<String>()
            )
        });
        format!(
            "<{p}Conditions NotBefore=\"{}\" NotOnOrAfter=\"{}\">{}</{p}Conditions>",
            self.not_before,
            self.not_on_or_after,
            audiences.collect::<String>(),
        )
    }

    fn statement(&self, p: &str) -> String {
        if !self.has_statement {
            return String::new();
        }
        format!(
            "<{p}AuthnStatement AuthnInstant=\"{}\" SessionIndex=\"_s1\"{}><{p}AuthnContext><{p}AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</{p}AuthnContextClassRef></{p}AuthnContext></{p}AuthnStatement>",
            self.authenticated,
            optional(
                "SessionNotOnOrAfter",
                self.session_end.map(|at| at.to_string()).as_deref()
            ),
        )
    }

    fn attributes(&self, p: &str) -> String {
        let typed = if self.style.is_typed {
            " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\""
        } else {
            ""
        };
        let attributes = self.style.attributes.iter().map(|(name, values)| {
            let values = values.iter().map(|value| {
                format!("<{p}AttributeValue{typed}>{}</{p}AttributeValue>", value.replace('&', "&amp;"))
            });
            format!(
                "<{p}Attribute Name=\"{name}\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:basic\">{}</{p}Attribute>",
                values.collect::<String>()
            )
        });
        format!(
            "<{p}AttributeStatement>{}</{p}AttributeStatement>",
            attributes.collect::<String>()
        )
    }

    /// A signature to be filled.
    fn template(&self, id: &str, signer: &Signer) -> String {
        let (p, namespace) = names(self.style.prefixes[2], "http://www.w3.org/2000/09/xmldsig#");
        let usual = format!(
            "<ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/>"
        );
        let transforms = self.transforms.clone().unwrap_or(usual).replace("ds:", p);
        let reference = self.reference.clone().unwrap_or_else(|| format!("#{id}"));
        format!(
            "<{p}Signature {namespace}><{p}SignedInfo><{p}CanonicalizationMethod Algorithm=\"{}\"/><{p}SignatureMethod Algorithm=\"{}\"/>\
             <{p}Reference URI=\"{reference}\"><{p}Transforms>{transforms}</{p}Transforms><{p}DigestMethod Algorithm=\"{}\"/><{p}DigestValue></{p}DigestValue></{p}Reference>{}\
             </{p}SignedInfo><{p}SignatureValue></{p}SignatureValue><{p}KeyInfo><{p}X509Data><{p}X509Certificate>{}</{p}X509Certificate></{p}X509Data></{p}KeyInfo></{p}Signature>",
            self.canonicalization,
            self.signature_algorithm,
            self.digest_algorithm,
            self.second_reference.replace("ds:", p),
            signer.certificate_text(),
        )
    }
}

fn names(prefix: &str, namespace: &str) -> (&'static str, String) {
    match prefix {
        "" => ("", format!("xmlns=\"{namespace}\"")),
        "saml" => ("saml:", format!("xmlns:saml=\"{namespace}\"")),
        "saml2" => ("saml2:", format!("xmlns:saml2=\"{namespace}\"")),
        _ds => ("ds:", format!("xmlns:ds=\"{namespace}\"")),
    }
}

fn optional(name: &str, value: Option<&str>) -> String {
    value
        .map(|value| format!(" {name}=\"{value}\""))
        .unwrap_or_default()
}

/// The form field.
pub(super) fn encode(xml: &str) -> String {
    STANDARD.encode(xml)
}
