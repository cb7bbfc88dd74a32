//! What an accepted answer says: who signed on, and what the provider tells of them.
//!
//! Not what that person may do here (`app`). Invariant: every value was read from verified content, and the pre-parser read the
//! same.

pub use domain::identity_provider::SamlAttributeNames;
use jiff::Timestamp;
use samael::schema::Assertion as Verified;

use super::conditions::CLOCK_SKEW;
use super::gate::Answer;
use super::grammar::Kind;
use super::refusal::SamlRefusal;
use crate::assertion::{Assertion, OneTime, SUBJECT_BYTES_MAX, bounded_groups};

const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// Names under which identity providers send an e-mail address, in the order in which they are tried.
const EMAIL_NAMES: [&str; 6] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "email",
    "mail",
    "emailAddress",
    "Email",
];
/// Names under which they send the name of a person.
const NAME_NAMES: [&str; 6] = [
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "displayName",
    "name",
    "cn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
];
/// Names under which they send groups.
const GROUP_NAMES: [&str; 6] = [
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.xmlsoap.org/claims/Group",
    "groups",
    "group",
    "memberOf",
    "Groups",
];

/// An accepted answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlAssertion {
    /// The assertion's id: to be used once per provider.
    pub id: String,
    /// Until when it may be used, without the tolerance for clocks; the replay lock must last longer.
    pub usable_until: Timestamp,
    /// Who: the `NameID`, which together with the provider is the identity (rule I7).
    pub subject: String,
    /// The format of the `NameID`, as the provider names it.
    pub subject_format: Option<String>,
    /// The e-mail address that the provider claims. Not a proof, and never a key.
    pub email: Option<String>,
    /// The name of the person.
    pub name: Option<String>,
    /// The groups, in the order of the provider, each once.
    pub groups: Vec<String>,
    /// The session at the provider, for logout.
    pub session_index: Option<String>,
}

impl SamlAssertion {
    /// Takes what we use out of a verified assertion, and compares it with what the gate read.
    pub(super) fn from_verified(
        verified: &Verified,
        answer: &Answer,
        usable_until: Timestamp,
        names: &SamlAttributeNames,
    ) -> Result<Self, SamlRefusal> {
        let read = answer.assertion()?;
        if read.required("ID")? != verified.id {
            return Err(SamlRefusal::Differs("ID"));
        }
        let name_id = verified
            .subject
            .as_ref()
            .and_then(|subject| subject.name_id.as_ref());
        let Some(name_id) = name_id else {
            return Err(SamlRefusal::Missing("Subject", "NameID"));
        };
        let subject = name_id.value.trim().to_owned();
        let read_subject = read.only(Kind::Subject)?.only(Kind::NameId)?;
        if read_subject.text() != subject
            || read_subject.attribute("Format") != name_id.format.as_deref()
        {
            return Err(SamlRefusal::Differs("NameID"));
        }
        let length = subject.len();
        if length == 0 || length > SUBJECT_BYTES_MAX || subject.contains(char::is_control) {
            return Err(SamlRefusal::Value("NameID"));
        }
        if name_id.format.as_deref() == Some(TRANSIENT) {
            return Err(SamlRefusal::Transient);
        }
        let attributes = Attributes::agreed(verified, answer)?;
        let is_email = name_id.format.as_deref() == Some(EMAIL_FORMAT);
        let email = attributes.first(names.email.as_deref(), &EMAIL_NAMES);
        let statement = verified.authn_statements.as_deref().and_then(<[_]>::first);
        Ok(Self {
            id: verified.id.clone(),
            usable_until,
            email: email.or_else(|| is_email.then(|| subject.clone())),
            name: attributes.first(names.name.as_deref(), &NAME_NAMES),
            groups: attributes.all(names.groups.as_deref(), &GROUP_NAMES),
            session_index: statement.and_then(|statement| statement.session_index.clone()),
            subject_format: name_id.format.clone(),
            subject,
        })
    }
}

/// Attributes by name, in the order of the message.
struct Attributes(Vec<(String, Vec<String>)>);

impl Attributes {
    fn agreed(verified: &Verified, answer: &Answer) -> Result<Self, SamlRefusal> {
        let statements = verified.attribute_statements.iter().flatten();
        let attributes = statements.flat_map(|statement| &statement.attributes);
        let verified: Vec<(String, Vec<String>)> = attributes
            .map(|attribute| {
                let name = attribute.name.clone().unwrap_or_default();
                let values = attribute
                    .values
                    .iter()
                    .filter_map(|value| value.value.as_deref());
                (name, clean(values))
            })
            .collect();
        let mut read = Vec::new();
        for statement in answer.assertion()?.all(Kind::AttributeStatement) {
            for attribute in statement.all(Kind::Attribute) {
                let name = attribute.attribute("Name").unwrap_or_default().to_owned();
                let values = attribute.all(Kind::AttributeValue);
                read.push((name, clean(values.map(super::tree::Node::text))));
            }
        }
        (verified == read)
            .then_some(Self(verified))
            .ok_or(SamlRefusal::Differs("attributes"))
    }

    fn values(&self, chosen: Option<&str>, usual: &[&str]) -> impl Iterator<Item = &String> {
        let of = |name: &str| {
            self.0
                .iter()
                .filter(move |(known, _)| known == name)
                .flat_map(|(_, values)| values)
                .collect::<Vec<_>>()
        };
        let found = match chosen {
            Some(name) => of(name),
            None => usual
                .iter()
                .map(|name| of(name))
                .find(|values| !values.is_empty())
                .unwrap_or_default(),
        };
        found.into_iter()
    }

    fn first(&self, chosen: Option<&str>, usual: &[&str]) -> Option<String> {
        self.values(chosen, usual).next().cloned()
    }

    fn all(&self, chosen: Option<&str>, usual: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for value in self.values(chosen, usual) {
            if !all.contains(value) {
                all.push(value.clone());
            }
        }
        all
    }
}

fn clean<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    values
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect()
}

impl From<SamlAssertion> for Assertion {
    /// The common form. SAML has no flag for verified addresses: the organization trusts what its provider signs, within the
    /// domains that it has proven, and an address is never an identity.
    fn from(accepted: SamlAssertion) -> Self {
        let end = accepted.usable_until.saturating_add(CLOCK_SKEW);
        Self {
            subject: accepted.subject,
            email_verified: accepted.email.is_some(),
            email: accepted.email,
            name: accepted.name,
            groups: bounded_groups(accepted.groups),
            session_index: accepted.session_index,
            one_time: Some(OneTime {
                id: accepted.id,
                expires_at: end.unwrap_or(Timestamp::MAX),
            }),
        }
    }
}
