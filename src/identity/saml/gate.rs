//! The gate: what an answer must look like before samael, libxml and xmlsec see it (reliability rule I8).
//!
//! Not a proof of anything: nothing here is verified. Invariant: what passes has one response, one assertion, two different
//! IDs, at least one signature, and each signature covers its own parent; so there is nothing to wrap and nothing to fetch.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::MAXIMUM_MESSAGE_CHARACTERS;
use super::grammar::Kind;
use super::refusal::SamlRefusal;
use super::signature;
use super::tree::{self, Node};

/// The most characters of an ID.
const MAXIMUM_ID_CHARACTERS: usize = 256;

/// An answer that may be verified.
#[derive(Debug)]
pub(super) struct Answer {
    /// The document, as it came.
    pub(super) xml: String,
    /// The same, as the pre-parser read it.
    pub(super) response: Node,
    /// Whether the assertion has a signature of its own.
    pub(super) is_assertion_signed: bool,
}

impl Answer {
    /// The assertion, as the pre-parser read it.
    pub(super) fn assertion(&self) -> Result<&Node, SamlRefusal> {
        self.response.only(Kind::Assertion)
    }
}

/// Lets an answer through, as it came in the form field `SAMLResponse`.
pub(super) fn pass(encoded: &str) -> Result<Answer, SamlRefusal> {
    if encoded.len() > MAXIMUM_MESSAGE_CHARACTERS {
        return Err(SamlRefusal::TooLarge);
    }
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|_foreign| SamlRefusal::NotBase64)?;
    let xml = String::from_utf8(bytes).map_err(|_invalid| SamlRefusal::NotUtf8)?;
    pass_document(xml)
}

fn pass_document(xml: String) -> Result<Answer, SamlRefusal> {
    let response = tree::parse(&xml)?;
    let assertion = response.only(Kind::Assertion)?;
    let response_id = id(&response)?;
    if response_id == id(assertion)? {
        return Err(SamlRefusal::DuplicateId);
    }
    for element in [&response, assertion] {
        if element.required("Version")? != "2.0" {
            return Err(SamlRefusal::Value("Version"));
        }
    }
    let is_response_signed = signature::is_signed(&response)?;
    let is_assertion_signed = signature::is_signed(assertion)?;
    if !(is_response_signed || is_assertion_signed) {
        return Err(SamlRefusal::Unsigned);
    }
    Ok(Answer {
        xml,
        response,
        is_assertion_signed,
    })
}

/// An ID that every parser reads alike: an `NCName` of ASCII.
fn id(element: &Node) -> Result<&str, SamlRefusal> {
    let id = element.required("ID")?;
    let mut characters = id.chars();
    let starts_well = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let goes_on_well = characters.all(|next| next.is_ascii_alphanumeric() || "_-.".contains(next));
    (starts_well && goes_on_well && id.len() <= MAXIMUM_ID_CHARACTERS)
        .then_some(id)
        .ok_or(SamlRefusal::Value("ID"))
}
