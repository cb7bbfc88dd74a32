//! From the settings of a provider to its protocol and back: where the browser goes, and what an answer proves.
//!
//! Not for who that is here (`arrival.rs`). Invariant: everything that a request needs later is derived of the one secret that
//! the browser keeps, so nothing of it lies in the database; no network is asked while a transaction is open.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::identity_provider::{IdentityProvider, OidcProvider, ProviderSettings, SamlProvider};
use domain::{Clock, IdentityProviderId};
use identity::oidc::{Callback, LogoutNotice, RequestSecrets};
use identity::saml::{
    SamlCertificate, SamlExpectation, SamlIdentityProvider, SamlKey, SamlRequest, SamlRequestId,
    SamlServiceProvider, relay_state_of_browser,
};
use identity::{Assertion, OidcProviders, OidcSettings, SafeClient, SessionSecret, TextRecords};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::context::Services;
use crate::ports::PortError;

/// The ways to providers and their domains; one per process.
#[derive(Debug)]
pub struct Connections {
    oidc: OidcProviders,
    http: SafeClient,
    records: Arc<dyn TextRecords>,
    public_url: String,
}

impl Connections {
    /// `public_url` is where browsers reach this installation, without a slash at its end.
    #[must_use]
    pub fn new(
        http: SafeClient,
        records: Arc<dyn TextRecords>,
        public_url: &str,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            oidc: OidcProviders::new(http.clone(), clock),
            http,
            records,
            public_url: public_url.trim_end_matches('/').to_owned(),
        }
    }

    /// `OpenID` providers.
    #[must_use]
    pub const fn oidc(&self) -> &OidcProviders {
        &self.oidc
    }

    /// The client for addresses that tenants enter.
    #[must_use]
    pub const fn http(&self) -> &SafeClient {
        &self.http
    }

    /// The DNS.
    #[must_use]
    pub fn records(&self) -> &dyn TextRecords {
        self.records.as_ref()
    }

    /// The addresses of this installation that belong to a provider.
    #[must_use]
    pub fn addresses(&self, id: IdentityProviderId) -> Addresses {
        let at = |path: &str| format!("{}/auth/{path}", self.public_url);
        Addresses {
            start: at(&format!("sso/{id}")),
            depart: at(&format!("sso/{id}/go")),
            callback: at(&format!("oidc/{id}/callback")),
            back_channel_logout: at(&format!("oidc/{id}/logout")),
            consumer: at(&format!("saml/{id}/acs")),
            metadata: at(&format!("saml/{id}/metadata")),
            scim: format!("{}/scim/v2", self.public_url),
            signed_out: at("signed-out"),
        }
    }
}

/// The addresses of this installation that belong to a provider; what an administrator enters there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where a person begins to sign on.
    pub start: String,
    /// Where a browser that has begun goes on to the provider.
    pub depart: String,
    /// `OpenID` Connect: where the provider sends the browser back to.
    pub callback: String,
    /// `OpenID` Connect: where the provider tells of logouts.
    pub back_channel_logout: String,
    /// SAML: where answers go.
    pub consumer: String,
    /// SAML: our metadata, and our entity id.
    pub metadata: String,
    /// SCIM: where people and groups are pushed to.
    pub scim: String,
    /// Where a browser ends after a logout at the provider.
    pub signed_out: String,
}

/// How the browser gets to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    /// By a redirect.
    Redirect(Url),
    /// By a form that sends itself.
    Form {
        /// Where to.
        action: Url,
        /// Name and value of each field.
        fields: Vec<(&'static str, String)>,
    },
}

/// What came back from a provider by way of a browser.
#[derive(Clone)]
pub enum Answer {
    /// The query of an `OpenID` Connect callback.
    Oidc(Callback),
    /// The provider says that nobody signed on, in a word of RFC 6749, 4.1.2.1.
    OidcError(String),
    /// The form of a SAML answer.
    Saml {
        /// `SAMLResponse`.
        response: String,
        /// `RelayState`; empty when there is none.
        relay_state: String,
    },
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Oidc(_) => "Oidc(..)",
            Self::OidcError(_) => "OidcError(..)",
            Self::Saml { .. } => "Saml(..)",
        })
    }
}

/// Why the protocol did not work out. For logs, the audit log and administrators; holds no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{0}")]
    Oidc(#[from] identity::oidc::OidcError),
    #[error("{0}")]
    Saml(#[from] identity::saml::SamlRefusal),
    #[error("{0}")]
    Key(#[from] identity::saml::SamlKeyError),
    #[error("the settings of the provider cannot be used: {0}")]
    Settings(String),
    #[error("the provider says: {0}")]
    Provider(String),
    #[error("the answer does not fit the kind of the provider")]
    Kind,
    #[error("the answer does not belong to this request (RelayState)")]
    RelayState,
}

impl From<PortError> for Fault {
    fn from(error: PortError) -> Self {
        Self::Settings(error.to_string())
    }
}

/// What the secrets of a provider are sealed for.
pub(crate) fn purpose(id: IdentityProviderId) -> String {
    format!("identity provider {id}")
}

/// Where the browser with this secret goes.
pub(crate) async fn depart(
    services: &Services,
    provider: &IdentityProvider,
    secret: &SessionSecret,
) -> Result<Departure, Fault> {
    match &provider.settings {
        ProviderSettings::Oidc(oidc) => {
            let settings = oidc_settings(services, provider, oidc)?;
            let secrets = RequestSecrets::derived(secret);
            let url = services.connections.oidc.begin(&settings, &secrets).await?;
            Ok(Departure::Redirect(url))
        }
        ProviderSettings::Saml(saml) => {
            let service = saml_service(services, provider, saml)?;
            let relay_state = relay_state_of_browser(secret);
            let id = SamlRequestId::of_browser(secret);
            let request = service.request(&id, &relay_state, services.clock.now())?;
            Ok(match request {
                SamlRequest::Redirect(url) => Departure::Redirect(url),
                SamlRequest::Post { action, request } => Departure::Form {
                    action,
                    fields: vec![("SAMLRequest", request), ("RelayState", relay_state)],
                },
            })
        }
    }
}

/// What an answer to the request of this secret proves; without a secret the person began at the provider.
pub(crate) async fn prove(
    services: &Services,
    provider: &IdentityProvider,
    secret: Option<&SessionSecret>,
    answer: &Answer,
) -> Result<Assertion, Fault> {
    match (&provider.settings, answer) {
        (ProviderSettings::Oidc(oidc), Answer::Oidc(callback)) => {
            let settings = oidc_settings(services, provider, oidc)?;
            let secrets = RequestSecrets::derived(secret.ok_or(Fault::Kind)?);
            let oidc = &services.connections.oidc;
            Ok(oidc
                .complete(&settings, &secrets, callback)
                .await?
                .assertion)
        }
        (ProviderSettings::Oidc(_), Answer::OidcError(word)) => {
            Err(Fault::Provider(word.chars().take(60).collect()))
        }
        (
            ProviderSettings::Saml(saml),
            Answer::Saml {
                response,
                relay_state,
            },
        ) => {
            let service = saml_service(services, provider, saml)?;
            let expectation = match secret {
                Some(secret) if relay_state_of_browser(secret) == *relay_state => {
                    SamlExpectation::AnswerTo(SamlRequestId::of_browser(secret))
                }
                Some(_) => return Err(Fault::RelayState),
                None if saml.allows_unsolicited => SamlExpectation::Unsolicited,
                None => return Err(Fault::Kind),
            };
            let now = services.clock.now();
            let accepted = service.accept(response.clone(), expectation, now).await?;
            Ok(accepted.into())
        }
        (ProviderSettings::Oidc(_), Answer::Saml { .. })
        | (ProviderSettings::Saml(_), Answer::Oidc(_) | Answer::OidcError(_)) => Err(Fault::Kind),
    }
}

/// What a back-channel logout token says.
pub(crate) async fn read_logout(
    services: &Services,
    provider: &IdentityProvider,
    token: &str,
) -> Result<LogoutNotice, Fault> {
    match &provider.settings {
        ProviderSettings::Oidc(oidc) => {
            let settings = oidc_settings(services, provider, oidc)?;
            let oidc = &services.connections.oidc;
            Ok(oidc.read_logout_token(&settings, token).await?)
        }
        ProviderSettings::Saml(_) => Err(Fault::Kind),
    }
}

/// Where a browser ends its session at the provider too; none when the provider has no such place.
pub(crate) async fn logout_url(
    services: &Services,
    provider: &IdentityProvider,
) -> Result<Option<Url>, Fault> {
    match &provider.settings {
        ProviderSettings::Oidc(oidc) => {
            let settings = oidc_settings(services, provider, oidc)?;
            let back_to = services.connections.addresses(provider.id).signed_out;
            let oidc = &services.connections.oidc;
            Ok(oidc.logout_url(&settings, None, &back_to).await?)
        }
        ProviderSettings::Saml(_) => Ok(None),
    }
}

/// Our metadata for a SAML provider, in every state of it; none for another kind.
pub(crate) fn metadata(
    services: &Services,
    provider: &IdentityProvider,
) -> Result<Option<String>, Fault> {
    let ProviderSettings::Saml(saml) = &provider.settings else {
        return Ok(None);
    };
    let service = saml_service(services, provider, saml)?;
    let text = service.metadata();
    text.map(Some)
        .map_err(|error| Fault::Settings(error.to_string()))
}

fn oidc_settings(
    services: &Services,
    provider: &IdentityProvider,
    oidc: &OidcProvider,
) -> Result<OidcSettings, Fault> {
    let open = |sealed: &String| {
        let purpose = purpose(provider.id);
        services
            .sealer
            .open(provider.organization_id, &purpose, sealed)
    };
    Ok(OidcSettings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: oidc.sealed_secret.as_ref().map(open).transpose()?,
        groups_claim: oidc.groups_claim.clone(),
        redirect_uri: services.connections.addresses(provider.id).callback,
    })
}

fn saml_service(
    services: &Services,
    provider: &IdentityProvider,
    saml: &SamlProvider,
) -> Result<SamlServiceProvider, Fault> {
    let unusable = |error: &dyn fmt::Display| Fault::Settings(error.to_string());
    let peer = peer(saml).map_err(|error| unusable(&error))?;
    let purpose = purpose(provider.id);
    let key = services
        .sealer
        .open(provider.organization_id, &purpose, &saml.sealed_key)?;
    let decode = |text: &str| STANDARD.decode(text).map_err(|error| unusable(&error));
    let private = zeroize::Zeroizing::new(decode(key.expose_secret())?);
    let key = SamlKey::from_der(&private, decode(&saml.own_certificate)?)?;
    let addresses = services.connections.addresses(provider.id);
    let service = SamlServiceProvider::new(addresses.metadata, addresses.consumer, key, peer);
    Ok(service
        .with_names(saml.names.clone())
        .with_signed_assertion(saml.needs_signed_assertion))
}

/// The other side of a SAML connection.
pub(crate) fn peer(
    saml: &SamlProvider,
) -> Result<SamlIdentityProvider, identity::saml::MetadataFault> {
    let certificates = saml
        .certificates
        .iter()
        .map(|text| SamlCertificate::parse(text));
    SamlIdentityProvider::new(
        saml.entity_id.clone(),
        &saml.sign_on_address,
        saml.binding,
        certificates.collect::<Result<_, _>>()?,
    )
}
