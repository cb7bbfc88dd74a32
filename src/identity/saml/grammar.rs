//! The elements that an answer may consist of: name, place, number and attributes.
//!
//! Not the whole of SAML: only what the Web Browser SSO profile needs and identity providers send (saml-core-2.0-os,
//! saml-profiles-2.0-os 4.1.4.2, xmldsig-core). Invariant: what is not in this table is refused.

/// `urn:oasis:names:tc:SAML:2.0:protocol`.
pub(super) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// `urn:oasis:names:tc:SAML:2.0:assertion`.
pub(super) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// XML signatures.
pub(super) const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive canonicalization: the algorithm, and the namespace of its parameter.
pub(super) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Where `xsi:type` comes from.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Claims of Active Directory Federation Services.
const ADFS_CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2009/09/identity/claims";
/// Attribute profile of Shibboleth.
const X500_PROFILE: &str = "urn:oasis:names:tc:SAML:2.0:profiles:attribute:X500";

/// Namespaces that may be declared. A relative one would make canonicalization fail silently, and with it the digest.
pub(super) const NAMESPACES: [&str; 9] = [
    PROTOCOL,
    ASSERTION,
    SIGNATURES,
    EXCLUSIVE_C14N,
    SCHEMA_INSTANCE,
    "http://www.w3.org/2001/XMLSchema",
    "http://www.w3.org/2001/04/xmlenc#",
    ADFS_CLAIMS,
    X500_PROFILE,
];

/// Attributes with a prefix that may stand on an element: element, namespace, name.
pub(super) const QUALIFIED_ATTRIBUTES: [(Kind, &str, &str); 4] = [
    (Kind::AttributeValue, SCHEMA_INSTANCE, "type"),
    (Kind::SubjectConfirmationData, SCHEMA_INSTANCE, "type"),
    (Kind::Attribute, ADFS_CLAIMS, "OriginalIssuer"),
    (Kind::Attribute, X500_PROFILE, "Encoding"),
];

/// Attributes that are times. Samael computes with them before anything of ours does, so they must be sane by then.
pub(super) const TIMES: [&str; 5] = [
    "IssueInstant",
    "NotBefore",
    "NotOnOrAfter",
    "AuthnInstant",
    "SessionNotOnOrAfter",
];

/// An element of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Response,
    Status,
    StatusCode,
    StatusMessage,
    Assertion,
    Issuer,
    Subject,
    NameId,
    SubjectConfirmation,
    SubjectConfirmationData,
    Conditions,
    AudienceRestriction,
    Audience,
    OneTimeUse,
    AuthnStatement,
    SubjectLocality,
    AuthnContext,
    AuthnContextClassRef,
    AuthenticatingAuthority,
    AttributeStatement,
    Attribute,
    AttributeValue,
    Signature,
    SignedInfo,
    CanonicalizationMethod,
    SignatureMethod,
    Reference,
    Transforms,
    Transform,
    InclusiveNamespaces,
    DigestMethod,
    DigestValue,
    SignatureValue,
    KeyInfo,
    KeyName,
    X509Data,
    X509Certificate,
    X509SubjectName,
    X509IssuerSerial,
    X509IssuerName,
    X509SerialNumber,
    KeyValue,
    RsaKeyValue,
    Modulus,
    Exponent,
}

/// What the table says of an element.
#[derive(Debug)]
pub(super) struct Rule {
    /// Which element.
    pub(super) kind: Kind,
    /// Its namespace.
    pub(super) namespace: &'static str,
    /// Its local name.
    pub(super) name: &'static str,
    /// Its attributes without prefix.
    pub(super) attributes: &'static [&'static str],
    /// Its children, with the least and the greatest number of each.
    pub(super) children: &'static [(Kind, usize, usize)],
    /// Whether it holds text.
    pub(super) has_text: bool,
}

/// The most values of an attribute, and attributes of a statement: groups of a large organization, and some air.
const MANY: usize = 2_000;

const fn branch(
    kind: Kind,
    namespace: &'static str,
    name: &'static str,
    attributes: &'static [&'static str],
    children: &'static [(Kind, usize, usize)],
) -> Rule {
    Rule {
        kind,
        namespace,
        name,
        attributes,
        children,
        has_text: false,
    }
}

const fn text(
    kind: Kind,
    namespace: &'static str,
    name: &'static str,
    attributes: &'static [&'static str],
) -> Rule {
    Rule {
        kind,
        namespace,
        name,
        attributes,
        children: &[],
        has_text: true,
    }
}

const NAME_QUALIFIERS: [&str; 4] = ["Format", "NameQualifier", "SPNameQualifier", "SPProvidedID"];

static RULES: [Rule; 45] = [
    branch(
        Kind::Response,
        PROTOCOL,
        "Response",
        &[
            "ID",
            "Version",
            "IssueInstant",
            "Destination",
            "InResponseTo",
            "Consent",
        ],
        &[
            (Kind::Issuer, 0, 1),
            (Kind::Signature, 0, 1),
            (Kind::Status, 1, 1),
            (Kind::Assertion, 1, 1),
        ],
    ),
    branch(
        Kind::Status,
        PROTOCOL,
        "Status",
        &[],
        &[(Kind::StatusCode, 1, 1), (Kind::StatusMessage, 0, 1)],
    ),
    branch(Kind::StatusCode, PROTOCOL, "StatusCode", &["Value"], &[]),
    text(Kind::StatusMessage, PROTOCOL, "StatusMessage", &[]),
    branch(
        Kind::Assertion,
        ASSERTION,
        "Assertion",
        &["ID", "Version", "IssueInstant"],
        &[
            (Kind::Issuer, 1, 1),
            (Kind::Signature, 0, 1),
            (Kind::Subject, 1, 1),
            (Kind::Conditions, 1, 1),
            (Kind::AuthnStatement, 1, 4),
            (Kind::AttributeStatement, 0, 4),
        ],
    ),
    text(Kind::Issuer, ASSERTION, "Issuer", &NAME_QUALIFIERS),
    branch(
        Kind::Subject,
        ASSERTION,
        "Subject",
        &[],
        &[(Kind::NameId, 1, 1), (Kind::SubjectConfirmation, 1, 1)],
    ),
    text(Kind::NameId, ASSERTION, "NameID", &NAME_QUALIFIERS),
    branch(
        Kind::SubjectConfirmation,
        ASSERTION,
        "SubjectConfirmation",
        &["Method"],
        &[(Kind::SubjectConfirmationData, 1, 1)],
    ),
    branch(
        Kind::SubjectConfirmationData,
        ASSERTION,
        "SubjectConfirmationData",
        &[
            "NotBefore",
            "NotOnOrAfter",
            "Recipient",
            "InResponseTo",
            "Address",
        ],
        &[],
    ),
    branch(
        Kind::Conditions,
        ASSERTION,
        "Conditions",
        &["NotBefore", "NotOnOrAfter"],
        &[(Kind::AudienceRestriction, 1, 4), (Kind::OneTimeUse, 0, 1)],
    ),
    branch(
        Kind::AudienceRestriction,
        ASSERTION,
        "AudienceRestriction",
        &[],
        &[(Kind::Audience, 1, 16)],
    ),
    text(Kind::Audience, ASSERTION, "Audience", &[]),
    branch(Kind::OneTimeUse, ASSERTION, "OneTimeUse", &[], &[]),
    branch(
        Kind::AuthnStatement,
        ASSERTION,
        "AuthnStatement",
        &["AuthnInstant", "SessionIndex", "SessionNotOnOrAfter"],
        &[(Kind::SubjectLocality, 0, 1), (Kind::AuthnContext, 1, 1)],
    ),
    branch(
        Kind::SubjectLocality,
        ASSERTION,
        "SubjectLocality",
        &["Address", "DNSName"],
        &[],
    ),
    branch(
        Kind::AuthnContext,
        ASSERTION,
        "AuthnContext",
        &[],
        &[
            (Kind::AuthnContextClassRef, 0, 1),
            (Kind::AuthenticatingAuthority, 0, 16),
        ],
    ),
    text(
        Kind::AuthnContextClassRef,
        ASSERTION,
        "AuthnContextClassRef",
        &[],
    ),
    text(
        Kind::AuthenticatingAuthority,
        ASSERTION,
        "AuthenticatingAuthority",
        &[],
    ),
    branch(
        Kind::AttributeStatement,
        ASSERTION,
        "AttributeStatement",
        &[],
        &[(Kind::Attribute, 1, MANY)],
    ),
    branch(
        Kind::Attribute,
        ASSERTION,
        "Attribute",
        &["Name", "NameFormat", "FriendlyName"],
        &[(Kind::AttributeValue, 0, MANY)],
    ),
    text(Kind::AttributeValue, ASSERTION, "AttributeValue", &[]),
    branch(
        Kind::Signature,
        SIGNATURES,
        "Signature",
        &[],
        &[
            (Kind::SignedInfo, 1, 1),
            (Kind::SignatureValue, 1, 1),
            (Kind::KeyInfo, 0, 1),
        ],
    ),
    branch(
        Kind::SignedInfo,
        SIGNATURES,
        "SignedInfo",
        &[],
        &[
            (Kind::CanonicalizationMethod, 1, 1),
            (Kind::SignatureMethod, 1, 1),
            (Kind::Reference, 1, 1),
        ],
    ),
    branch(
        Kind::CanonicalizationMethod,
        SIGNATURES,
        "CanonicalizationMethod",
        &["Algorithm"],
        &[],
    ),
    branch(
        Kind::SignatureMethod,
        SIGNATURES,
        "SignatureMethod",
        &["Algorithm"],
        &[],
    ),
    branch(
        Kind::Reference,
        SIGNATURES,
        "Reference",
        &["URI"],
        &[
            (Kind::Transforms, 1, 1),
            (Kind::DigestMethod, 1, 1),
            (Kind::DigestValue, 1, 1),
        ],
    ),
    branch(
        Kind::Transforms,
        SIGNATURES,
        "Transforms",
        &[],
        &[(Kind::Transform, 2, 2)],
    ),
    branch(
        Kind::Transform,
        SIGNATURES,
        "Transform",
        &["Algorithm"],
        &[(Kind::InclusiveNamespaces, 0, 1)],
    ),
    branch(
        Kind::InclusiveNamespaces,
        EXCLUSIVE_C14N,
        "InclusiveNamespaces",
        &["PrefixList"],
        &[],
    ),
    branch(
        Kind::DigestMethod,
        SIGNATURES,
        "DigestMethod",
        &["Algorithm"],
        &[],
    ),
    text(Kind::DigestValue, SIGNATURES, "DigestValue", &[]),
    text(Kind::SignatureValue, SIGNATURES, "SignatureValue", &[]),
    branch(
        Kind::KeyInfo,
        SIGNATURES,
        "KeyInfo",
        &[],
        &[
            (Kind::KeyName, 0, 1),
            (Kind::X509Data, 0, 4),
            (Kind::KeyValue, 0, 1),
        ],
    ),
    text(Kind::KeyName, SIGNATURES, "KeyName", &[]),
    branch(
        Kind::X509Data,
        SIGNATURES,
        "X509Data",
        &[],
        &[
            (Kind::X509Certificate, 1, 4),
            (Kind::X509SubjectName, 0, 4),
            (Kind::X509IssuerSerial, 0, 4),
        ],
    ),
    text(Kind::X509Certificate, SIGNATURES, "X509Certificate", &[]),
    text(Kind::X509SubjectName, SIGNATURES, "X509SubjectName", &[]),
    branch(
        Kind::X509IssuerSerial,
        SIGNATURES,
        "X509IssuerSerial",
        &[],
        &[(Kind::X509IssuerName, 1, 1), (Kind::X509SerialNumber, 1, 1)],
    ),
    text(Kind::X509IssuerName, SIGNATURES, "X509IssuerName", &[]),
    text(Kind::X509SerialNumber, SIGNATURES, "X509SerialNumber", &[]),
    branch(
        Kind::KeyValue,
        SIGNATURES,
        "KeyValue",
        &[],
        &[(Kind::RsaKeyValue, 1, 1)],
    ),
    branch(
        Kind::RsaKeyValue,
        SIGNATURES,
        "RSAKeyValue",
        &[],
        &[(Kind::Modulus, 1, 1), (Kind::Exponent, 1, 1)],
    ),
    text(Kind::Modulus, SIGNATURES, "Modulus", &[]),
    text(Kind::Exponent, SIGNATURES, "Exponent", &[]),
];

/// The rule of an element; none for one that no answer needs.
pub(super) fn rule(namespace: &str, name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.name == name && rule.namespace == namespace)
}

/// The local name of an element, for refusals.
pub(super) fn name_of(kind: Kind) -> &'static str {
    RULES
        .iter()
        .find(|rule| rule.kind == kind)
        .map_or("an element", |rule| rule.name)
}
