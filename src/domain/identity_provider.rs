//! Identity providers of an organization, and what is remembered of sign-ons through them.
//!
//! Not for the protocols (`identity`). Invariant: only an active provider signs people on, and only one that was tested can be
//! activated; a change of what identifies it makes it a draft again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Problems;
use crate::group_rule::GroupRule;
use crate::ids::{IdentityProviderId, OrganizationId, SessionId, UserId};

/// Most providers of one organization: one page of a list.
pub const IDENTITY_PROVIDERS_MAX: usize = 20;
/// How long a sign-on may take from its start to the provider's answer, in minutes (reliability.md I8).
pub const SIGN_ON_MINUTES: i64 = 10;
/// Longest issuer, client id or claim name, in characters.
pub const SETTING_LENGTH_MAX: usize = 500;
/// The claim that holds the groups unless the organization names another.
pub const GROUPS_CLAIM_DEFAULT: &str = "groups";

/// Where a provider stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderState {
    /// Set up or changed; never tested since.
    Draft,
    /// An administrator has signed on through it by way of a test.
    Tested,
    /// Signs people on.
    Active,
    /// Switched off by an administrator; may be activated again.
    Disabled,
}

impl ProviderState {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Draft, Self::Tested, Self::Active, Self::Disabled];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Tested => "tested",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// How a provider is reached. Secrets in it are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProviderSettings {
    /// `OpenID` Connect.
    Oidc(OidcProvider),
    /// SAML 2.0.
    Saml(SamlProvider),
}

impl ProviderSettings {
    /// The name by which a provider knows itself: issuer or entity id. It never changes, because people are known by it.
    #[must_use]
    pub fn authority(&self) -> &str {
        match self {
            Self::Oidc(oidc) => &oidc.issuer,
            Self::Saml(saml) => &saml.entity_id,
        }
    }
}

/// An `OpenID` provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcProvider {
    /// The issuer, character by character as in its discovery document.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there, sealed; none for a public client.
    pub sealed_secret: Option<String>,
    /// The claim that holds the groups.
    pub groups_claim: String,
}

impl OidcProvider {
    /// Checks lengths and characters; whether the issuer can be called is `identity`'s to say.
    pub fn validate(&self) -> Result<(), Vec<crate::Problem>> {
        let mut problems = Problems::new();
        for (field, text) in [
            ("issuer", &self.issuer),
            ("clientId", &self.client_id),
            ("groupsClaim", &self.groups_claim),
        ] {
            let length = text.chars().count();
            let fits =
                (1..=SETTING_LENGTH_MAX).contains(&length) && !text.chars().any(char::is_control);
            problems.check(
                fits,
                field,
                format!(
                    "This needs 1 to {SETTING_LENGTH_MAX} characters and no control characters."
                ),
            );
        }
        problems.into_result()
    }
}

/// How a SAML request travels to the provider (saml-bindings 3.4 and 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SamlBinding {
    /// In the address, with a detached signature.
    Redirect,
    /// In a form that sends itself, with an enveloped signature.
    Post,
}

/// The names of SAML attributes, where a provider uses others than the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SamlAttributeNames {
    /// The attribute with the e-mail address; none tries the usual names.
    pub email: Option<String>,
    /// The attribute with the name of the person; none tries the usual names.
    pub name: Option<String>,
    /// The attribute with the groups; none tries the usual names.
    pub groups: Option<String>,
}

/// A SAML provider, and our side of the connection to it. `identity` checks what comes from the provider's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlProvider {
    /// The provider's name of itself.
    pub entity_id: String,
    /// Where requests go.
    pub sign_on_address: String,
    /// How they travel.
    pub binding: SamlBinding,
    /// The pinned certificates, DER in base64.
    pub certificates: Vec<String>,
    /// Names of attributes.
    pub names: SamlAttributeNames,
    /// Whether the assertion itself must be signed, not only its envelope.
    pub needs_signed_assertion: bool,
    /// Whether a person may start at the provider; then an answer belongs to no request.
    pub allows_unsolicited: bool,
    /// Our certificate at this provider, DER in base64.
    pub own_certificate: String,
    /// Our private key at this provider, PKCS#8 in base64, sealed.
    pub sealed_key: String,
}

impl SamlProvider {
    /// Checks the lengths of what a person typed in.
    pub fn validate(&self) -> Result<(), Vec<crate::Problem>> {
        let mut problems = Problems::new();
        for (field, text) in [
            ("emailAttribute", &self.names.email),
            ("nameAttribute", &self.names.name),
            ("groupsAttribute", &self.names.groups),
        ] {
            let fits = |text: &String| {
                (1..=SETTING_LENGTH_MAX).contains(&text.chars().count())
                    && !text.chars().any(char::is_control)
            };
            problems.check(
                text.as_ref().is_none_or(fits),
                field,
                format!(
                    "This needs 1 to {SETTING_LENGTH_MAX} characters and no control characters."
                ),
            );
        }
        problems.into_result()
    }
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Its id; part of the address it answers to.
    pub id: IdentityProviderId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Shown name, unique in the organization.
    pub name: String,
    /// How it is reached.
    pub settings: ProviderSettings,
    /// What its groups grant, in order.
    pub rules: Vec<GroupRule>,
    /// Where it stands.
    pub state: ProviderState,
    /// Rises with each change.
    pub version: i32,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What a sign-on is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOnPurpose {
    /// A session begins.
    SignOn,
    /// An administrator tries the provider out; nobody is signed on.
    Test,
    /// A signed-in person makes the provider a way to sign on as themselves.
    Link,
}

impl SignOnPurpose {
    /// All of them.
    pub const ALL: &[Self] = &[Self::SignOn, Self::Test, Self::Link];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignOn => "sign_on",
            Self::Test => "test",
            Self::Link => "link",
        }
    }

    /// The purpose of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|purpose| purpose.name() == name)
    }
}

/// A sign-on that was begun and not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOnRequest {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The provider that must answer.
    pub provider_id: IdentityProviderId,
    /// What for.
    pub purpose: SignOnPurpose,
    /// Who began it; none for a sign-on.
    pub user_id: Option<UserId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it is too late to answer.
    pub expires_at: Timestamp,
}

/// A person as a provider knows them: the only thing that a sign-on is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLink {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// The person, in the provider's words.
    pub subject: String,
    /// The person, in ours.
    pub user_id: UserId,
    /// When the two were linked.
    pub created_at: Timestamp,
}

/// The provider's side of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSession {
    /// Our session.
    pub session_id: SessionId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// The person, in the provider's words.
    pub subject: String,
    /// The provider's name of the session, for its logout.
    pub session_index: Option<String>,
}
