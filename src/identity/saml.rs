//! Sign-on by SAML 2.0 (Web Browser SSO profile) as protocol logic: what a service provider sends, and which answers it believes.
//!
//! Not for who may sign on (`app`), nor for cookies and routes (`server`). Invariant: an answer passes the gate (`gate.rs`) before
//! any library that knows signatures or transforms sees it, and what two independent parsers read must be the same.
//!
//! Architecture invariant: no way leads from bytes of a browser to a [`SamlAssertion`] but [`SamlServiceProvider::accept`]. The
//! replay lock is the caller's: it inserts [`SamlAssertion::id`] once per provider, and keeps it until
//! [`SamlAssertion::usable_until`].

mod assertion;
mod conditions;
mod gate;
mod grammar;
mod identity_provider;
mod refusal;
mod request;
mod service_provider;
mod signature;
#[cfg(test)]
mod tests;
mod tree;

pub use assertion::{SamlAssertion, SamlAttributeNames};
pub use identity_provider::{
    MAXIMUM_METADATA_CHARACTERS, MetadataFault, SamlBinding, SamlCertificate, SamlIdentityProvider,
};
pub use refusal::SamlRefusal;
pub use request::{SamlRequest, SamlRequestId, relay_state_of_browser};
pub use service_provider::{SamlExpectation, SamlKey, SamlKeyError, SamlServiceProvider};

/// The longest answer that is looked at, in characters of base64 (reliability rule I8).
pub const MAXIMUM_MESSAGE_CHARACTERS: usize = 256 * 1024;
