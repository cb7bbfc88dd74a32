//! The documents of a provider: discovery and keys.
//!
//! Not for remembering them (`oidc.rs`). Invariant: the issuer in the document equals the configured one byte by byte, and every
//! place that a browser is sent to is as checked as those that we call ourselves.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalProviderMetadata, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdToken, IdTokenFields, ProviderMetadata, StandardErrorResponse,
    StandardTokenResponse,
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::id_token::Extra;
use super::{
    AuthType, Client, ClientId, ClientSecret, IssuerUrl, OidcError, OidcSettings, RedirectUrl, Url,
};
use crate::safe_client::{SafeClient, SafeClientError};

/// What the library's metadata lacks and we need.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Additional {
    end_session_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Additional {}

pub(super) type Metadata = ProviderMetadata<
    Additional,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

pub(super) type Token =
    IdToken<Extra, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

type Fields = IdTokenFields<
    Extra,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

pub(super) type RelyingParty = Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The documents of one provider.
#[derive(Debug, Clone)]
pub struct Discovered {
    metadata: Metadata,
}

impl Discovered {
    /// Fetches both documents.
    pub(super) async fn fetch(http: &SafeClient, issuer: &str) -> Result<Self, OidcError> {
        http.rules().check(issuer).map_err(SafeClientError::from)?;
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|error| unusable(&error))?;
        let metadata = Metadata::discover_async(issuer, http)
            .await
            .map_err(discovery_error)?;
        let found = Self { metadata };
        found.check(http)?;
        Ok(found)
    }

    /// The same with keys fetched again.
    pub(super) async fn with_new_keys(&self, http: &SafeClient) -> Result<Self, OidcError> {
        let keys = CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), http)
            .await
            .map_err(discovery_error)?;
        Ok(Self {
            metadata: self.metadata.clone().set_jwks(keys),
        })
    }

    fn check(&self, http: &SafeClient) -> Result<(), OidcError> {
        let browser = [
            Some(self.metadata.authorization_endpoint().as_str()),
            self.additional().end_session_endpoint.as_deref(),
        ];
        for url in browser.into_iter().flatten() {
            http.rules().check(url).map_err(SafeClientError::from)?;
        }
        if self.metadata.token_endpoint().is_none() {
            return Err(OidcError::Discovery(
                "there is no token_endpoint".to_owned(),
            ));
        }
        Ok(())
    }

    fn additional(&self) -> &Additional {
        self.metadata.additional_metadata()
    }

    pub(super) fn keys(&self) -> &CoreJsonWebKeySet {
        self.metadata.jwks()
    }

    /// Whether the provider says that it sends its issuer in every answer (RFC 9207, 3).
    pub(super) fn sends_issuer(&self) -> bool {
        self.additional()
            .authorization_response_iss_parameter_supported
    }

    /// Where a browser ends its session at the provider.
    pub(super) fn end_session_url(&self) -> Option<Url> {
        let text = self.additional().end_session_endpoint.as_deref()?;
        Url::parse(text).ok()
    }

    /// Our client at this provider.
    pub(super) fn client(&self, settings: &OidcSettings) -> Result<RelyingParty, OidcError> {
        let redirect =
            RedirectUrl::new(settings.redirect_uri.clone()).map_err(|error| unusable(&error))?;
        let secret = settings
            .client_secret
            .as_ref()
            .map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let client = RelyingParty::from_provider_metadata(
            self.metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            secret,
        );
        Ok(client
            .set_redirect_uri(redirect)
            .set_auth_type(self.auth_type()))
    }

    /// Basic is the default of the standard; some providers take the secret in the body only.
    fn auth_type(&self) -> AuthType {
        let methods = self.metadata.token_endpoint_auth_methods_supported();
        let has = |wanted| methods.is_some_and(|methods| methods.contains(&wanted));
        if has(CoreClientAuthMethod::ClientSecretPost)
            && !has(CoreClientAuthMethod::ClientSecretBasic)
        {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        }
    }
}

fn unusable(error: &dyn std::fmt::Display) -> OidcError {
    OidcError::Discovery(error.to_string())
}

/// Foreign texts (a page instead of a document) stay out of the message.
fn discovery_error(error: openidconnect::DiscoveryError<SafeClientError>) -> OidcError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's list is open and grows"
    )]
    match error {
        openidconnect::DiscoveryError::Request(inner) => OidcError::Unreachable(inner),
        openidconnect::DiscoveryError::Response(status, ..) => {
            OidcError::Discovery(format!("HTTP status {}", status.as_u16()))
        }
        openidconnect::DiscoveryError::Parse(_) => {
            OidcError::Discovery("a document is not what it should be".to_owned())
        }
        openidconnect::DiscoveryError::UrlParse(_) => {
            OidcError::Discovery("the issuer is no URL".to_owned())
        }
        openidconnect::DiscoveryError::Validation(_) => OidcError::Discovery(
            "the document names another issuer; it must be equal, character by character"
                .to_owned(),
        ),
        _ => OidcError::Discovery("the documents could not be read".to_owned()),
    }
}
