//! Identity providers: objects and root fields.
//!
//! Not for signing on, which is done by browsers under `/auth` (`server`). Invariant: no secret of a provider is ever shown.

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::IdentityProviderId;
use domain::group_rule::GroupCondition;
use domain::identity_provider::ProviderSettings;
use domain::permission::Permission;

use crate::context::{loaders, viewer};
use crate::enums::{GroupOperator, IdentityProviderState};
use crate::error::read;
use crate::node::parse;
use crate::organizational_unit::OrganizationalUnit;
use crate::role::Role;
use crate::scalars::DateTime;
use crate::user::{IntoId as _, User};

mod change;

pub(crate) use change::IdentityProviderMutation;

/// A service outside that says who people are.
pub(crate) struct IdentityProvider(pub(crate) domain::identity_provider::IdentityProvider);

impl IdentityProvider {
    /// The provider with this id; null when it is malformed, missing, foreign, or not the caller's to see.
    pub(crate) async fn find(ctx: &Context<'_>, id: &ID) -> async_graphql::Result<Option<Self>> {
        let caller = viewer(ctx)?;
        match parse::<IdentityProviderId>(id) {
            Some(id) if caller.can(Permission::SsoManage) => {
                Ok(read(app::identity_providers::lookup(caller, id).await)?.map(Self))
            }
            Some(_) | None => Ok(None),
        }
    }
}

/// A service outside that says who people are, by OpenID Connect or SAML 2.0.
#[Object]
impl IdentityProvider {
    /// Globally unique identifier; part of the addresses below.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name to show, unique in the organization.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it signs people on.
    async fn state(&self) -> IdentityProviderState {
        self.0.state.into()
    }

    /// What to enter at the provider.
    async fn addresses(&self, ctx: &Context<'_>) -> async_graphql::Result<ProviderAddresses> {
        let all = app::identity_providers::addresses(viewer(ctx)?, self.0.id);
        Ok(ProviderAddresses {
            start: all.start,
            callback: all.callback,
            back_channel_logout: all.back_channel_logout,
            assertion_consumer: all.consumer,
            metadata: all.metadata,
            signed_out: all.signed_out,
            scim: all.scim,
        })
    }

    /// Settings of OpenID Connect; null for a SAML provider.
    async fn oidc(&self) -> Option<OidcSettings> {
        match &self.0.settings {
            ProviderSettings::Oidc(oidc) => Some(OidcSettings {
                issuer: oidc.issuer.clone(),
                client_id: oidc.client_id.clone(),
                has_client_secret: oidc.sealed_secret.is_some(),
                groups_claim: oidc.groups_claim.clone(),
            }),
            ProviderSettings::Saml(_) => None,
        }
    }

    /// Settings of SAML; null for an OpenID provider.
    async fn saml(&self) -> Option<SamlSettings> {
        match &self.0.settings {
            ProviderSettings::Saml(saml) => Some(SamlSettings {
                entity_id: saml.entity_id.clone(),
                sign_on_address: saml.sign_on_address.clone(),
                certificates: saml.certificates.clone(),
                email_attribute: saml.names.email.clone(),
                name_attribute: saml.names.name.clone(),
                groups_attribute: saml.names.groups.clone(),
                needs_signed_assertion: saml.needs_signed_assertion,
                allows_unsolicited: saml.allows_unsolicited,
            }),
            ProviderSettings::Oidc(_) => None,
        }
    }

    /// What the provider's groups grant; a person gets what all matching rules grant together.
    async fn rules(&self) -> Vec<GroupRule> {
        self.0.rules.iter().cloned().map(GroupRule).collect()
    }

    /// Version, which an update names so that it overwrites nothing unseen.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When the provider was added.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// Addresses of this installation that belong to one provider.
#[derive(SimpleObject)]
#[graphql(name = "ProviderAddressesInfo")]
pub(crate) struct ProviderAddresses {
    /// Where a person begins to sign on; also a good bookmark, and the provider's "initiate login" address.
    start: String,
    /// OpenID Connect: redirect URI.
    callback: String,
    /// OpenID Connect: back-channel logout URI.
    back_channel_logout: String,
    /// SAML: assertion consumer service, for HTTP-POST.
    assertion_consumer: String,
    /// SAML: our metadata, and our entity id.
    metadata: String,
    /// OpenID Connect: post-logout redirect URI.
    signed_out: String,
    /// SCIM 2.0: base address.
    scim: String,
}

/// Settings of a provider of OpenID Connect.
#[derive(SimpleObject)]
#[graphql(name = "OidcSettingsInfo")]
pub(crate) struct OidcSettings {
    /// The issuer, character by character as in its discovery document.
    issuer: String,
    /// Our name there.
    client_id: String,
    /// Whether a client secret is stored; it is never shown.
    has_client_secret: bool,
    /// The claim of the ID token that holds the groups.
    groups_claim: String,
}

/// Settings of a SAML provider.
#[derive(SimpleObject)]
#[graphql(name = "SamlSettingsInfo")]
pub(crate) struct SamlSettings {
    /// The provider's name of itself.
    entity_id: String,
    /// Where requests go.
    sign_on_address: String,
    /// The pinned certificates, DER in base64.
    certificates: Vec<String>,
    /// The attribute with the e-mail address; null tries the usual names.
    email_attribute: Option<String>,
    /// The attribute with the name of the person; null tries the usual names.
    name_attribute: Option<String>,
    /// The attribute with the groups; null tries the usual names.
    groups_attribute: Option<String>,
    /// Whether the assertion itself must be signed, not only its envelope.
    needs_signed_assertion: bool,
    /// Whether a person may start at the provider.
    allows_unsolicited: bool,
}

/// A rule that turns groups into a role.
pub(crate) struct GroupRule(domain::group_rule::GroupRule);

/// A rule of an identity provider that turns groups into a role at organizational units.
#[Object(name = "GroupRuleItem")]
impl GroupRule {
    /// Name to show, unique with the provider.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How the groups of a person are compared with the values.
    async fn operator(&self) -> GroupOperator {
        match &self.0.condition {
            GroupCondition::Equals(_) | GroupCondition::AnyOf(_) => GroupOperator::AnyOf,
            GroupCondition::AllOf(_) => GroupOperator::AllOf,
            GroupCondition::ContainsAnyOf(_) => GroupOperator::ContainsAnyOf,
            GroupCondition::ContainsAllOf(_) => GroupOperator::ContainsAllOf,
        }
    }

    /// Names of groups, or parts of names.
    async fn values(&self) -> Vec<String> {
        match &self.0.condition {
            GroupCondition::Equals(value) => vec![value.clone()],
            GroupCondition::AnyOf(values)
            | GroupCondition::AllOf(values)
            | GroupCondition::ContainsAnyOf(values)
            | GroupCondition::ContainsAllOf(values) => values.clone(),
        }
    }

    /// The role that it grants; null when the role was removed meanwhile, and then it grants nothing.
    async fn role(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Role>> {
        Ok(loaders(ctx)?.load(self.0.role_id).await?.map(Role))
    }

    /// The units at and below which it grants the role; units that were removed meanwhile are left out.
    async fn organizational_units(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Vec<OrganizationalUnit>> {
        let mut units = Vec::new();
        for id in &self.0.unit_ids {
            units.extend(loaders(ctx)?.load(*id).await?.map(OrganizationalUnit));
        }
        Ok(units)
    }
}

/// Who need not come through an identity provider while that is enforced.
#[derive(SimpleObject)]
#[graphql(name = "SignOnEnforcementInfo")]
pub(crate) struct SignOnEnforcement {
    /// Whether people must come through an identity provider.
    enforced: bool,
    /// Super Admins who may sign in by password all the same; when none of them is one any more, every Super Admin may.
    break_glass_users: Vec<User>,
}

impl SignOnEnforcement {
    async fn of(caller: &app::Ctx) -> Result<Self, app::Error> {
        let listed = app::sign_on::enforcement::break_glass(caller).await?;
        let users = app::users::lookup_many(caller, &listed).await?;
        let own = app::organizations::own(caller).await?;
        Ok(Self {
            enforced: own.is_some_and(|own| own.settings.sso_enforced),
            break_glass_users: users.into_iter().map(User).collect(),
        })
    }
}

/// Root fields of identity providers.
#[derive(Default)]
pub(crate) struct IdentityProviderQuery;

#[Object]
impl IdentityProviderQuery {
    /// The identity providers of the organization, by name; at most 20. Takes `SSO_MANAGE`.
    async fn identity_providers(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<IdentityProvider>>> {
        let all = read(app::identity_providers::list(viewer(ctx)?).await)?;
        Ok(Some(all.into_iter().map(IdentityProvider).collect()))
    }

    /// Whether people must come through an identity provider. Takes `SSO_MANAGE`.
    async fn sign_on_enforcement(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<SignOnEnforcement>> {
        read(SignOnEnforcement::of(viewer(ctx)?).await).map(Some)
    }
}
