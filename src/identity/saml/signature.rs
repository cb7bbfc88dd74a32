//! What a signature of an answer may look like, before any library computes it.
//!
//! Not the verification (samael, by xmlsec). Invariant: a signature that passes covers exactly the element that holds it, by
//! its ID, through the two transforms that cannot choose or change content (xmldsig-core 4.4.3; saml-core 5.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::grammar::{EXCLUSIVE_C14N, Kind};
use super::refusal::SamlRefusal;
use super::tree::Node;

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Signature algorithms that are believed: no SHA-1, no HMAC (a public key is not a secret), no DSA.
const SIGNATURE_ALGORITHMS: [&str; 6] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
];

/// Digest algorithms with the bytes of a digest.
const DIGEST_ALGORITHMS: [(&str, usize); 3] = [
    ("http://www.w3.org/2001/04/xmlenc#sha256", 32),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", 48),
    ("http://www.w3.org/2001/04/xmlenc#sha512", 64),
];

/// The fewest bytes of a signature value: ECDSA on P-256 has 64.
const MINIMUM_SIGNATURE_BYTES: usize = 64;

/// Whether the element is signed; refused when its signature is not of the one accepted shape.
pub(super) fn is_signed(element: &Node) -> Result<bool, SamlRefusal> {
    let Some(signature) = element.child(Kind::Signature) else {
        return Ok(false);
    };
    let info = signature.only(Kind::SignedInfo)?;
    check_canonicalization(info.only(Kind::CanonicalizationMethod)?)?;
    let method = info.only(Kind::SignatureMethod)?.required("Algorithm")?;
    if !SIGNATURE_ALGORITHMS.contains(&method) {
        return Err(SamlRefusal::Algorithm("signature"));
    }
    let reference = info.only(Kind::Reference)?;
    let id = element.required("ID")?;
    if reference.required("URI")?.strip_prefix('#') != Some(id) {
        return Err(SamlRefusal::Reference);
    }
    check_transforms(reference.only(Kind::Transforms)?)?;
    check_digest(reference)?;
    match bytes(signature.only(Kind::SignatureValue)?) {
        Some(value) if value.len() >= MINIMUM_SIGNATURE_BYTES => Ok(true),
        Some(_) | None => Err(SamlRefusal::Value("SignatureValue")),
    }
}

fn check_canonicalization(method: &Node) -> Result<(), SamlRefusal> {
    let is_exclusive = method.required("Algorithm")? == EXCLUSIVE_C14N;
    is_exclusive
        .then_some(())
        .ok_or(SamlRefusal::Algorithm("canonicalization"))
}

fn check_transforms(transforms: &Node) -> Result<(), SamlRefusal> {
    let mut expected = [ENVELOPED, EXCLUSIVE_C14N].into_iter();
    for transform in transforms.all(Kind::Transform) {
        let algorithm = transform.required("Algorithm")?;
        let is_expected = expected.next() == Some(algorithm);
        let parameter = transform.child(Kind::InclusiveNamespaces);
        let is_plain = match parameter {
            Some(list) => {
                algorithm == EXCLUSIVE_C14N && is_prefix_list(list.required("PrefixList")?)
            }
            None => true,
        };
        if !(is_expected && is_plain) {
            return Err(SamlRefusal::Transforms);
        }
    }
    expected
        .next()
        .is_none()
        .then_some(())
        .ok_or(SamlRefusal::Transforms)
}

fn check_digest(reference: &Node) -> Result<(), SamlRefusal> {
    let method = reference.only(Kind::DigestMethod)?.required("Algorithm")?;
    let Some((_, length)) = DIGEST_ALGORITHMS.iter().find(|(name, _)| *name == method) else {
        return Err(SamlRefusal::Algorithm("digest"));
    };
    let digest = bytes(reference.only(Kind::DigestValue)?);
    digest
        .is_some_and(|digest| digest.len() == *length)
        .then_some(())
        .ok_or(SamlRefusal::Value("DigestValue"))
}

fn is_prefix_list(text: &str) -> bool {
    let is_prefix_character = |c: char| c.is_ascii_alphanumeric() || " _-.#".contains(c);
    text.len() <= 256 && text.chars().all(is_prefix_character)
}

/// Base64 with the line breaks that signers insert.
fn bytes(node: &Node) -> Option<Vec<u8>> {
    let joined: String = node
        .text()
        .chars()
        .filter(|character| !" \t\r\n".contains(*character))
        .collect();
    STANDARD.decode(joined).ok()
}
