//! What a service provider asks: `AuthnRequest`, signed, by redirect or by form.
//!
//! Not the page that sends the form (`server`). Invariant: every request has an id of 160 bits that only the browser's secret
//! gives, and a signature with SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use samael::crypto::sign_url;
use samael::metadata::HTTP_POST_BINDING;
use samael::schema::{AuthnRequest, Issuer, NameIdPolicy};
use samael::signature::{DigestAlgorithm, Signature};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::identity_provider::SamlBinding;
use super::service_provider::{SamlKeyError, SamlServiceProvider};
use crate::secret::SessionSecret;

/// Bytes of an id: 160 bits (saml-core 1.3.4 asks for 128 at least).
const ID_BYTES: usize = 20;

/// The id of a request; an answer must name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlRequestId(String);

impl SamlRequestId {
    /// The id that belongs to the secret of a browser: who has the cookie has asked, and nobody else knows what to answer. The
    /// secret cannot be found from the id.
    #[must_use]
    pub fn of_browser(secret: &SessionSecret) -> Self {
        let digest = derived("request id", secret);
        Self(format!(
            "_{}",
            hex::encode(digest.get(..ID_BYTES).unwrap_or(&digest))
        ))
    }

    #[cfg(test)]
    pub(super) fn of_test(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The relay state that belongs to the secret of a browser.
#[must_use]
pub fn relay_state_of_browser(secret: &SessionSecret) -> String {
    hex::encode(derived("relay state", secret))
}

fn derived(purpose: &str, secret: &SessionSecret) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"holdfast saml ");
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(secret.text().expose_secret().as_bytes());
    hash.finalize().into()
}

/// How a browser carries the request to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SamlRequest {
    /// Answer with a redirect to this address.
    Redirect(Url),
    /// Answer with a form that sends these fields there. Escape both values.
    Post {
        /// The form's action.
        action: Url,
        /// The field `SAMLRequest`.
        request: String,
    },
}

pub(super) fn make(
    service: &SamlServiceProvider,
    id: &SamlRequestId,
    relay_state: &str,
    now: Timestamp,
) -> Result<SamlRequest, SamlKeyError> {
    let provider = service.identity_provider();
    let action = provider.sign_on_address();
    let mut request = AuthnRequest {
        id: id.as_str().to_owned(),
        version: "2.0".to_owned(),
        issue_instant: chrono::DateTime::from_timestamp_micros(now.as_microsecond())
            .ok_or(SamlKeyError::Request)?,
        destination: Some(action.to_string()),
        assertion_consumer_service_url: Some(service.acs_url().to_owned()),
        protocol_binding: Some(HTTP_POST_BINDING.to_owned()),
        issuer: Some(Issuer {
            value: Some(service.entity_id().to_owned()),
            ..Issuer::default()
        }),
        name_id_policy: Some(NameIdPolicy {
            allow_create: Some(true),
            ..NameIdPolicy::default()
        }),
        ..AuthnRequest::default()
    };
    match provider.binding() {
        SamlBinding::Redirect => {
            let plain = request.redirect(relay_state).ok().flatten();
            let plain = plain.ok_or(SamlKeyError::Request)?;
            redirect(action, &plain, service).map(SamlRequest::Redirect)
        }
        SamlBinding::Post => {
            let mut signature =
                Signature::template(id.as_str(), &service.key().certificate().to_vec().into());
            for reference in &mut signature.signed_info.reference {
                reference.digest_method.algorithm = DigestAlgorithm::Sha256;
            }
            request.signature = Some(signature);
            let der = service.key().private_key().private_key_to_der()?;
            let xml = request
                .to_signed_xml(&der)
                .map_err(|_error| SamlKeyError::Request)?;
            Ok(SamlRequest::Post {
                action: action.clone(),
                request: STANDARD.encode(xml),
            })
        }
    }
}

/// Signs the fields of SAML only (saml-bindings 3.4.4.1) and puts them after the provider's own parameters. Samael would sign
/// those as well, and providers would refuse.
fn redirect(action: &Url, plain: &Url, service: &SamlServiceProvider) -> Result<Url, SamlKeyError> {
    let mut fields = plain.clone();
    let is_ours = |name: &str| matches!(name, "SAMLRequest" | "RelayState");
    let ours = plain.query_pairs().filter(|(name, _)| is_ours(name));
    fields.query_pairs_mut().clear().extend_pairs(ours);
    let signed = sign_url(fields, service.key().private_key());
    let signed = signed.map_err(|_error| SamlKeyError::Request)?;
    let signed = signed.query().unwrap_or_default();
    let mut url = action.clone();
    let query = match action.query() {
        Some(own) if !own.is_empty() => format!("{own}&{signed}"),
        Some(_) | None => signed.to_owned(),
    };
    url.set_query(Some(&query));
    Ok(url)
}
