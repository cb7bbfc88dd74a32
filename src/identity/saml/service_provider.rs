//! Our side of one connection: names, key, metadata, requests, and the check of answers.
//!
//! Not the store of requests and used assertions (`store`). Invariant: samael is called in one place, after the gate, with an
//! explicit list of algorithms, pinned certificates and at most one request id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::IdSource;
use jiff::{SignedDuration, Timestamp};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509Builder, X509NameBuilder};
use quick_xml::Writer;
use quick_xml::events::BytesText;
use samael::crypto::AllowedSignatureAlgorithm;
use samael::key_info::{KeyInfo, X509Data};
use samael::metadata::{EntityDescriptor, IdpSsoDescriptor, KeyDescriptor};
use samael::schema::Assertion;
use samael::service_provider::ServiceProvider;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::assertion::{SamlAssertion, SamlAttributeNames};
use super::conditions::Check;
use super::gate::{self, Answer};
use super::identity_provider::SamlIdentityProvider;
use super::refusal::SamlRefusal;
use super::request::{self, SamlRequest, SamlRequestId};

/// Bits of our signing key.
const KEY_BITS: u32 = 3072;
/// How long our certificate is good: it carries a key and vouches for nothing, and a change breaks the provider's settings.
const CERTIFICATE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365 * 10);
/// Samael compares with the host's clock; we compare with ours, so that its answer never depends on the time.
const BOUNDLESS_DAYS: i64 = 36_500;

const ALGORITHMS: [AllowedSignatureAlgorithm; 6] = [
    AllowedSignatureAlgorithm::RsaSha256,
    AllowedSignatureAlgorithm::RsaSha384,
    AllowedSignatureAlgorithm::RsaSha512,
    AllowedSignatureAlgorithm::EcdsaSha256,
    AllowedSignatureAlgorithm::EcdsaSha384,
    AllowedSignatureAlgorithm::EcdsaSha512,
];

/// Our key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum SamlKeyError {
    /// OpenSSL refused.
    #[error("the signing key cannot be used: {0}")]
    Key(#[from] ErrorStack),
    /// The request could not be written.
    #[error("the request could not be signed")]
    Request,
}

/// Our signing key for one connection, with its self-signed certificate.
#[derive(Clone)]
pub struct SamlKey {
    private: PKey<Private>,
    certificate: Vec<u8>,
}

impl std::fmt::Debug for SamlKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SamlKey(..)")
    }
}

impl SamlKey {
    /// Makes a key; takes some tenths of a second of one core.
    pub fn generate(ids: &dyn IdSource, now: Timestamp) -> Result<Self, SamlKeyError> {
        let private = PKey::from_rsa(Rsa::generate(KEY_BITS)?)?;
        let mut name = X509NameBuilder::new()?;
        name.append_entry_by_text("CN", "Holdfast SAML")?;
        let name = name.build();
        let mut serial = [0_u8; 16];
        ids.random(&mut serial);
        let end = now
            .saturating_add(CERTIFICATE_LIFE)
            .unwrap_or(Timestamp::MAX);
        let mut certificate = X509Builder::new()?;
        certificate.set_version(2)?;
        certificate.set_serial_number(BigNum::from_slice(&serial)?.to_asn1_integer()?.as_ref())?;
        certificate.set_subject_name(&name)?;
        certificate.set_issuer_name(&name)?;
        certificate.set_not_before(Asn1Time::from_unix(now.as_second())?.as_ref())?;
        certificate.set_not_after(Asn1Time::from_unix(end.as_second())?.as_ref())?;
        certificate.set_pubkey(&private)?;
        certificate.sign(&private, MessageDigest::sha256())?;
        Ok(Self {
            private,
            certificate: certificate.build().to_der()?,
        })
    }

    /// A key that was kept: PKCS#8 and certificate, both DER.
    pub fn from_der(private: &[u8], certificate: Vec<u8>) -> Result<Self, SamlKeyError> {
        Ok(Self {
            private: PKey::private_key_from_der(private)?,
            certificate,
        })
    }

    /// The private key in PKCS#8 DER. Seal it before it is stored.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SamlKeyError> {
        Ok(Zeroizing::new(self.private.private_key_to_pkcs8()?))
    }

    /// The certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) const fn private_key(&self) -> &PKey<Private> {
        &self.private
    }
}

/// What an answer must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SamlExpectation {
    /// This one request.
    AnswerTo(SamlRequestId),
    /// None: the person started at the provider. Only where the provider's settings allow it.
    Unsolicited,
}

/// Our side of the connection to one identity provider.
#[derive(Debug, Clone)]
pub struct SamlServiceProvider {
    entity_id: String,
    acs_url: String,
    key: SamlKey,
    identity_provider: SamlIdentityProvider,
    names: SamlAttributeNames,
    needs_signed_assertion: bool,
}

impl SamlServiceProvider {
    /// A connection. `entity_id` and `acs_url` are addresses of ours and hold no character that XML escapes.
    #[must_use]
    pub fn new(
        entity_id: String,
        acs_url: String,
        key: SamlKey,
        identity_provider: SamlIdentityProvider,
    ) -> Self {
        Self {
            entity_id,
            acs_url,
            key,
            identity_provider,
            names: SamlAttributeNames::default(),
            needs_signed_assertion: false,
        }
    }

    /// Reads attributes under these names.
    #[must_use]
    pub fn with_names(mut self, names: SamlAttributeNames) -> Self {
        self.names = names;
        self
    }

    /// Refuses answers of which only the envelope is signed.
    #[must_use]
    pub const fn with_signed_assertion(mut self, is_needed: bool) -> Self {
        self.needs_signed_assertion = is_needed;
        self
    }

    /// Our name.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where answers go.
    #[must_use]
    pub fn acs_url(&self) -> &str {
        &self.acs_url
    }

    /// The other side.
    #[must_use]
    pub const fn identity_provider(&self) -> &SamlIdentityProvider {
        &self.identity_provider
    }

    pub(super) const fn key(&self) -> &SamlKey {
        &self.key
    }

    /// A signed request.
    pub fn request(
        &self,
        id: &SamlRequestId,
        relay_state: &str,
        now: Timestamp,
    ) -> Result<SamlRequest, SamlKeyError> {
        request::make(self, id, relay_state, now)
    }

    /// The metadata that the administrator gives to the identity provider.
    pub fn metadata(&self) -> Result<String, std::io::Error> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        writer
            .create_element("md:EntityDescriptor")
            .with_attribute(("xmlns:md", "urn:oasis:names:tc:SAML:2.0:metadata"))
            .with_attribute(("entityID", self.entity_id.as_str()))
            .write_inner_content(|writer| self.write_role(writer))?;
        Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned())
    }

    fn write_role(&self, writer: &mut Writer<Vec<u8>>) -> Result<(), std::io::Error> {
        let role = writer
            .create_element("md:SPSSODescriptor")
            .with_attribute(("protocolSupportEnumeration", super::grammar::PROTOCOL))
            .with_attribute(("AuthnRequestsSigned", "true"))
            .with_attribute(("WantAssertionsSigned", "true"));
        role.write_inner_content(|writer| {
            let key = writer.create_element("md:KeyDescriptor");
            key.with_attribute(("use", "signing"))
                .write_inner_content(|writer| {
                    let info = writer.create_element("ds:KeyInfo");
                    let info = info.with_attribute(("xmlns:ds", super::grammar::SIGNATURES));
                    info.write_inner_content(|writer| {
                        writer
                            .create_element("ds:X509Data")
                            .write_inner_content(|writer| {
                                let certificate = STANDARD.encode(&self.key.certificate);
                                let text = BytesText::new(&certificate);
                                writer
                                    .create_element("ds:X509Certificate")
                                    .write_text_content(text)?;
                                Ok(())
                            })?;
                        Ok(())
                    })?;
                    Ok(())
                })?;
            writer
                .create_element("md:AssertionConsumerService")
                .with_attribute(("Binding", samael::metadata::HTTP_POST_BINDING))
                .with_attribute(("Location", self.acs_url.as_str()))
                .with_attribute(("index", "0"))
                .with_attribute(("isDefault", "true"))
                .write_empty()?;
            Ok(())
        })?;
        Ok(())
    }

    /// Checks an answer as it came in the form field `SAMLResponse`. Computes on a thread for blocking work.
    pub async fn accept(
        &self,
        encoded: String,
        expectation: SamlExpectation,
        now: Timestamp,
    ) -> Result<SamlAssertion, SamlRefusal> {
        let service = self.clone();
        spawn_blocking(move || service.accept_now(&encoded, &expectation, now))
            .await
            .unwrap_or(Err(SamlRefusal::Interrupted))
    }

    pub(super) fn accept_now(
        &self,
        encoded: &str,
        expectation: &SamlExpectation,
        now: Timestamp,
    ) -> Result<SamlAssertion, SamlRefusal> {
        let answer = gate::pass(encoded)?;
        if self.needs_signed_assertion && !answer.is_assertion_signed {
            return Err(SamlRefusal::AssertionUnsigned);
        }
        let check = Check {
            service: self,
            expectation,
            now,
        };
        check.response(&answer)?;
        let verified = self.verify(&answer, expectation)?;
        let usable_until = check.assertion(&verified)?;
        SamlAssertion::from_verified(&verified, &answer, usable_until, &self.names)
    }

    /// Verifies with the pinned certificates of each kind of key. Apart, because samael gives up at a key that does not fit the
    /// algorithm, and a provider that moves from RSA to a curve has both for a while.
    fn verify(
        &self,
        answer: &Answer,
        expectation: &SamlExpectation,
    ) -> Result<Assertion, SamlRefusal> {
        for is_curve in [false, true] {
            let pinned = self.identity_provider.certificates().iter();
            let pinned = pinned.filter(|one| one.is_curve() == is_curve);
            let certificates: Vec<String> = pinned.map(|one| STANDARD.encode(one.der())).collect();
            // Samael checks no signature at all when it is given no certificate.
            if certificates.is_empty() {
                continue;
            }
            if let Ok(verified) = self.verify_with(certificates, answer, expectation) {
                return Ok(verified);
            }
        }
        Err(SamlRefusal::Signature)
    }

    /// The one call of samael. Its default reduce mode keeps only what a pinned certificate signed.
    fn verify_with(
        &self,
        certificates: Vec<String>,
        answer: &Answer,
        expectation: &SamlExpectation,
    ) -> Result<Assertion, SamlRefusal> {
        let boundless = chrono::Duration::days(BOUNDLESS_DAYS);
        let provider = ServiceProvider {
            entity_id: Some(self.entity_id.clone()),
            acs_url: Some(self.acs_url.clone()),
            idp_metadata: self.descriptor(certificates),
            allow_idp_initiated: *expectation == SamlExpectation::Unsolicited,
            max_issue_delay: boundless,
            max_clock_skew: boundless,
            allowed_signature_algorithms: Some(ALGORITHMS.to_vec()),
            ..ServiceProvider::default()
        };
        let ids = match expectation {
            SamlExpectation::AnswerTo(id) => vec![id.as_str()],
            SamlExpectation::Unsolicited => Vec::new(),
        };
        let verified = provider.parse_xml_response(&answer.xml, Some(&ids));
        verified.map_err(|error| {
            tracing::debug!(%error, "samael refused an answer that had passed the gate");
            SamlRefusal::Signature
        })
    }

    /// Pinned certificates in samael's shape.
    fn descriptor(&self, certificates: Vec<String>) -> EntityDescriptor {
        let provider = &self.identity_provider;
        let key = KeyDescriptor {
            key_use: Some("signing".to_owned()),
            key_info: KeyInfo {
                id: None,
                x509_data: Some(X509Data { certificates }),
            },
            encryption_methods: None,
        };
        let role = IdpSsoDescriptor {
            id: None,
            valid_until: None,
            cache_duration: None,
            protocol_support_enumeration: None,
            error_url: None,
            signature: None,
            key_descriptors: vec![key],
            organization: None,
            contact_people: Vec::new(),
            artifact_resolution_service: Vec::new(),
            single_logout_services: Vec::new(),
            manage_name_id_services: Vec::new(),
            name_id_formats: Vec::new(),
            want_authn_requests_signed: None,
            single_sign_on_services: Vec::new(),
            name_id_mapping_services: Vec::new(),
            assertion_id_request_services: Vec::new(),
            attribute_profiles: Vec::new(),
            attributes: Vec::new(),
        };
        EntityDescriptor {
            entity_id: Some(provider.entity_id().to_owned()),
            idp_sso_descriptors: Some(vec![role]),
            ..EntityDescriptor::default()
        }
    }
}
