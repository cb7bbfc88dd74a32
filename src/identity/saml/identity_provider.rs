//! The identity provider of an organization: entity id, sign-on address, and the certificates that are pinned.
//!
//! Not its users. Invariant: a [`SamlIdentityProvider`] has an entity id and at least one sound signing certificate, however it
//! came to be (metadata, by hand, or out of the database), because samael checks no signature at all without one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use domain::identity_provider::SamlBinding;
use jiff::Timestamp;
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::Id;
use openssl::x509::X509;
use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use serde::{Deserialize, Serialize};
use url::Url;

/// The longest metadata document that is read, in characters.
pub const MAXIMUM_METADATA_CHARACTERS: usize = 512 * 1024;
/// The most certificates of a provider: two during a rollover, and some air.
const MAXIMUM_CERTIFICATES: usize = 10;
/// The most characters of an entity id (saml-core 8.3.6).
const MAXIMUM_ENTITY_ID_CHARACTERS: usize = 1024;
/// The shortest RSA key, in bits (NIST SP 800-131A).
const MINIMUM_RSA_BITS: u32 = 2048;
/// The shortest key on an elliptic curve, in bits.
const MINIMUM_EC_BITS: u32 = 256;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// What is wrong with the settings of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataFault {
    /// More characters than [`MAXIMUM_METADATA_CHARACTERS`].
    #[error("the metadata are larger than {MAXIMUM_METADATA_CHARACTERS} characters")]
    TooLarge,
    /// Not XML, or with a document type.
    #[error("the metadata are not plain XML")]
    NotXml,
    /// No provider, or several.
    #[error("the metadata describe {0} identity providers; exactly one is needed")]
    Providers(usize),
    /// No entity id.
    #[error("the entityID is missing or longer than {MAXIMUM_ENTITY_ID_CHARACTERS} characters")]
    EntityId,
    /// Neither redirect nor POST, or not an address.
    #[error(
        "a SingleSignOnService with HTTP-Redirect or HTTP-POST and an https address is missing"
    )]
    SignOnAddress,
    /// No certificate, so nothing could be checked.
    #[error("a signing certificate is missing; without one no answer could be checked")]
    NoCertificate,
    /// Too many certificates.
    #[error("more than {MAXIMUM_CERTIFICATES} signing certificates")]
    Certificates,
    /// A certificate that cannot be read.
    #[error("a certificate is not X.509 in base64")]
    Certificate,
    /// A key that is too weak.
    #[error(
        "a certificate has a weak key; RSA of {MINIMUM_RSA_BITS} bits or a curve of {MINIMUM_EC_BITS} bits is needed"
    )]
    WeakKey,
}

/// A pinned certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlCertificate {
    der: Vec<u8>,
    is_curve: bool,
    not_after: Timestamp,
    fingerprint: String,
}

impl SamlCertificate {
    /// Reads base64 of DER, with or without PEM frame and line breaks.
    pub fn parse(text: &str) -> Result<Self, MetadataFault> {
        let joined: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("-----"))
            .flat_map(str::chars)
            .filter(|character| !character.is_whitespace())
            .collect();
        let der = STANDARD
            .decode(joined)
            .map_err(|_foreign| MetadataFault::Certificate)?;
        Self::from_der(der)
    }

    fn from_der(der: Vec<u8>) -> Result<Self, MetadataFault> {
        let unreadable = |_error| MetadataFault::Certificate;
        let certificate = X509::from_der(&der).map_err(unreadable)?;
        let key = certificate.public_key().map_err(unreadable)?;
        let minimum = if key.id() == Id::RSA {
            MINIMUM_RSA_BITS
        } else if key.id() == Id::EC {
            MINIMUM_EC_BITS
        } else {
            return Err(MetadataFault::WeakKey);
        };
        if key.bits() < minimum {
            return Err(MetadataFault::WeakKey);
        }
        let digest = certificate
            .digest(MessageDigest::sha256())
            .map_err(unreadable)?;
        Ok(Self {
            is_curve: key.id() == Id::EC,
            not_after: end_of(&certificate).ok_or(MetadataFault::Certificate)?,
            fingerprint: hex::encode(digest),
            der,
        })
    }

    /// Whether the key lies on an elliptic curve; otherwise it is RSA.
    pub(super) const fn is_curve(&self) -> bool {
        self.is_curve
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When it expires. Reported, not enforced: the pinned key counts, and a provider that forgot must not lock everybody out.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// SHA-256 of the DER in lower-case hexadecimal, as administrators compare it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

fn end_of(certificate: &X509) -> Option<Timestamp> {
    let epoch = Asn1Time::from_unix(0).ok()?;
    let distance = epoch.diff(certificate.not_after()).ok()?;
    let seconds = i64::from(distance.days) * 86_400 + i64::from(distance.secs);
    Timestamp::from_second(seconds).ok()
}

/// An identity provider whose answers can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct SamlIdentityProvider {
    entity_id: String,
    sign_on_address: Url,
    binding: SamlBinding,
    certificates: Vec<SamlCertificate>,
}

/// The form in the database.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    entity_id: String,
    sign_on_address: String,
    binding: SamlBinding,
    certificates: Vec<String>,
}

impl TryFrom<Stored> for SamlIdentityProvider {
    type Error = MetadataFault;

    fn try_from(stored: Stored) -> Result<Self, MetadataFault> {
        let certificates = stored
            .certificates
            .iter()
            .map(|text| SamlCertificate::parse(text));
        Self::new(
            stored.entity_id,
            &stored.sign_on_address,
            stored.binding,
            certificates.collect::<Result<_, _>>()?,
        )
    }
}

impl From<SamlIdentityProvider> for Stored {
    fn from(provider: SamlIdentityProvider) -> Self {
        let certificates = provider.certificates.iter();
        Self {
            certificates: certificates.map(|one| STANDARD.encode(&one.der)).collect(),
            entity_id: provider.entity_id,
            sign_on_address: provider.sign_on_address.into(),
            binding: provider.binding,
        }
    }
}

impl SamlIdentityProvider {
    /// A provider whose settings were typed in.
    pub fn new(
        entity_id: String,
        sign_on_address: &str,
        binding: SamlBinding,
        certificates: Vec<SamlCertificate>,
    ) -> Result<Self, MetadataFault> {
        let length = entity_id.chars().count();
        if length == 0
            || length > MAXIMUM_ENTITY_ID_CHARACTERS
            || entity_id.contains(char::is_control)
        {
            return Err(MetadataFault::EntityId);
        }
        if certificates.is_empty() {
            return Err(MetadataFault::NoCertificate);
        }
        if certificates.len() > MAXIMUM_CERTIFICATES {
            return Err(MetadataFault::Certificates);
        }
        Ok(Self {
            entity_id,
            sign_on_address: web_address(sign_on_address)?,
            binding,
            certificates,
        })
    }

    /// Reads the metadata of one provider. Their signature is not checked: an administrator vouches for them.
    pub fn from_metadata(xml: &str) -> Result<Self, MetadataFault> {
        if xml.len() > MAXIMUM_METADATA_CHARACTERS {
            return Err(MetadataFault::TooLarge);
        }
        let mut found = Found::read(xml)?;
        if found.providers != 1 {
            return Err(MetadataFault::Providers(found.providers));
        }
        let entity_id = found.entity_id.take().ok_or(MetadataFault::EntityId)?;
        let redirect = found
            .address
            .take()
            .map(|address| (address, SamlBinding::Redirect));
        let post = found
            .post_address
            .take()
            .map(|address| (address, SamlBinding::Post));
        let (address, binding) = redirect.or(post).ok_or(MetadataFault::SignOnAddress)?;
        let mut certificates: Vec<SamlCertificate> = Vec::new();
        for text in &found.certificates {
            let certificate = SamlCertificate::parse(text)?;
            if !certificates.contains(&certificate) {
                certificates.push(certificate);
            }
        }
        Self::new(entity_id, &address, binding, certificates)
    }

    /// The provider's name of itself.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where requests go.
    #[must_use]
    pub const fn sign_on_address(&self) -> &Url {
        &self.sign_on_address
    }

    /// How requests travel.
    #[must_use]
    pub const fn binding(&self) -> SamlBinding {
        self.binding
    }

    /// The pinned certificates; never empty.
    #[must_use]
    pub fn certificates(&self) -> &[SamlCertificate] {
        &self.certificates
    }

    /// When the last certificate expires; from then on the provider can hardly sign.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.certificates
            .iter()
            .map(SamlCertificate::not_after)
            .max()
    }
}

/// An address that a browser may be sent to. Plain http only on this host, for development.
fn web_address(text: &str) -> Result<Url, MetadataFault> {
    let url = Url::parse(text.trim()).map_err(|_malformed| MetadataFault::SignOnAddress)?;
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_local);
    let has_user = !url.username().is_empty() || url.password().is_some();
    (is_safe && !has_user && url.fragment().is_none())
        .then_some(url)
        .ok_or(MetadataFault::SignOnAddress)
}

/// What was found while reading metadata. Federations write much that we do not need, so unknown elements are passed over.
#[derive(Default)]
struct Found {
    path: Vec<String>,
    providers: usize,
    entity: Option<String>,
    entity_id: Option<String>,
    is_signing: bool,
    certificates: Vec<String>,
    address: Option<String>,
    post_address: Option<String>,
}

impl Found {
    fn read(xml: &str) -> Result<Self, MetadataFault> {
        let mut reader = NsReader::from_str(xml.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        let mut found = Self::default();
        loop {
            let (namespace, event) = reader
                .read_resolved_event()
                .map_err(|_malformed| MetadataFault::NotXml)?;
            let is_metadata =
                matches!(namespace, ResolveResult::Bound(uri) if uri.0 == METADATA.as_bytes());
            match event {
                Event::Start(start) => found.start(is_metadata, &start)?,
                Event::End(_) => {
                    found.path.pop();
                }
                Event::Text(text) => {
                    let text = text.decode().map_err(|_invalid| MetadataFault::NotXml)?;
                    found.text(&text);
                }
                Event::DocType(_) => return Err(MetadataFault::NotXml),
                Event::Eof if found.path.is_empty() => return Ok(found),
                Event::Eof => return Err(MetadataFault::NotXml),
                Event::Empty(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::GeneralRef(_) => {}
            }
        }
    }

    fn start(&mut self, is_metadata: bool, start: &BytesStart<'_>) -> Result<(), MetadataFault> {
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        let inside_provider = self.path.iter().any(|open| open == "IDPSSODescriptor");
        match name.as_str() {
            "EntityDescriptor" if is_metadata => self.entity = attribute(start, "entityID")?,
            "IDPSSODescriptor" if is_metadata => {
                self.providers += 1;
                self.entity_id.clone_from(&self.entity);
            }
            "KeyDescriptor" if is_metadata => {
                self.is_signing = attribute(start, "use")?.is_none_or(|r#use| r#use == "signing");
            }
            "SingleSignOnService" if is_metadata && inside_provider => {
                let location = attribute(start, "Location")?;
                match attribute(start, "Binding")?.as_deref() {
                    Some(REDIRECT) if self.address.is_none() => self.address = location,
                    Some(POST) if self.post_address.is_none() => self.post_address = location,
                    Some(_) | None => {}
                }
            }
            "X509Certificate" if inside_provider && self.is_signing && self.is_inside_key() => {
                self.certificates.push(String::new());
            }
            _other => {}
        }
        self.path.push(name);
        Ok(())
    }

    fn is_inside_key(&self) -> bool {
        self.path.iter().any(|open| open == "KeyDescriptor")
    }

    fn text(&mut self, text: &str) {
        let is_certificate = self
            .path
            .last()
            .is_some_and(|open| open == "X509Certificate");
        if is_certificate
            && self.is_signing
            && self.is_inside_key()
            && let Some(certificate) = self.certificates.last_mut()
        {
            certificate.push_str(text);
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, MetadataFault> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_malformed| MetadataFault::NotXml)?;
        if attribute.key.as_ref() == name.as_bytes() {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            return value
                .map(|value| Some(value.into_owned()))
                .map_err(|_malformed| MetadataFault::NotXml);
        }
    }
    Ok(None)
}
