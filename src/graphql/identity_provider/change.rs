//! Inputs, payloads and mutations of identity providers.
//!
//! Invariant: a secret comes in by an input and leaves by none.

use app::identity_providers::{Changes, NewRule, NewSettings};
use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use domain::group_rule::GroupCondition;
use domain::identity_provider::SamlAttributeNames;
use secrecy::{ExposeSecret as _, SecretString};

use super::{IdentityProvider, SignOnEnforcement};
use crate::context::{request, send_cookie, viewer};
use crate::enums::GroupOperator;
use crate::error::{UserError, outcome};
use crate::node::{parse, parse_each};
use crate::user::IntoId;

/// Settings of a provider; exactly one.
#[derive(OneofObject)]
pub(crate) enum IdentityProviderSettingsInput {
    /// OpenID Connect.
    Oidc(OidcSettingsInput),
    /// SAML 2.0.
    Saml(SamlSettingsInput),
}

/// Settings of a provider of OpenID Connect.
#[derive(InputObject)]
pub(crate) struct OidcSettingsInput {
    /// The issuer, character by character as in its discovery document.
    issuer: String,
    /// Our name there.
    client_id: String,
    /// Our secret there: sealed at once and never shown again. Absent for a public client; in an update the stored one stays.
    client_secret: Option<String>,
    /// The claim of the ID token that holds the groups; `groups` when absent.
    groups_claim: Option<String>,
}

/// Settings of a SAML provider.
#[derive(InputObject)]
pub(crate) struct SamlSettingsInput {
    /// The provider's metadata: XML of exactly one identity provider with a signing certificate.
    metadata: String,
    /// The attribute with the e-mail address; the usual names are tried when absent.
    email_attribute: Option<String>,
    /// The attribute with the name of the person; the usual names are tried when absent.
    name_attribute: Option<String>,
    /// The attribute with the groups; the usual names are tried when absent.
    groups_attribute: Option<String>,
    /// Whether the assertion itself must be signed, not only its envelope.
    #[graphql(default)]
    needs_signed_assertion: bool,
    /// Whether a person may start at the provider; such an answer cannot be tied to a browser, so leave it off if you can.
    #[graphql(default)]
    allows_unsolicited: bool,
}

impl From<IdentityProviderSettingsInput> for NewSettings {
    fn from(input: IdentityProviderSettingsInput) -> Self {
        match input {
            IdentityProviderSettingsInput::Oidc(oidc) => Self::Oidc {
                issuer: oidc.issuer,
                client_id: oidc.client_id,
                client_secret: oidc.client_secret.map(SecretString::from),
                groups_claim: oidc.groups_claim,
            },
            IdentityProviderSettingsInput::Saml(saml) => Self::Saml {
                metadata: saml.metadata,
                names: SamlAttributeNames {
                    email: saml.email_attribute,
                    name: saml.name_attribute,
                    groups: saml.groups_attribute,
                },
                needs_signed_assertion: saml.needs_signed_assertion,
                allows_unsolicited: saml.allows_unsolicited,
            },
        }
    }
}

/// A rule that turns groups into a role.
#[derive(InputObject)]
pub(crate) struct GroupRuleInput {
    /// Name to show, unique with the provider.
    name: String,
    /// How the groups of a person are compared with the values.
    operator: GroupOperator,
    /// Names of groups, or parts of names; capitals count.
    values: Vec<String>,
    /// The role that it grants.
    role_id: ID,
    /// The units at and below which it grants the role.
    organizational_unit_ids: Vec<ID>,
}

impl From<GroupRuleInput> for NewRule {
    fn from(input: GroupRuleInput) -> Self {
        let values = input.values;
        Self {
            name: input.name,
            condition: match input.operator {
                GroupOperator::AnyOf => GroupCondition::AnyOf(values),
                GroupOperator::AllOf => GroupCondition::AllOf(values),
                GroupOperator::ContainsAnyOf => GroupCondition::ContainsAnyOf(values),
                GroupOperator::ContainsAllOf => GroupCondition::ContainsAllOf(values),
            },
            role_id: parse(&input.role_id),
            unit_ids: parse_each(&input.organizational_unit_ids),
        }
    }
}

/// A new identity provider.
#[derive(InputObject)]
pub(crate) struct CreateIdentityProviderInput {
    /// Name to show, unique in the organization.
    name: String,
    /// How it is reached.
    settings: IdentityProviderSettingsInput,
    /// What its groups grant; may come later.
    rules: Option<Vec<GroupRuleInput>>,
}

/// What changes of an identity provider; absent parts stay.
#[derive(InputObject)]
pub(crate) struct UpdateIdentityProviderInput {
    /// The provider.
    id: ID,
    /// The version that the change was made from.
    expected_version: i32,
    /// Name to show.
    name: Option<String>,
    /// Settings, as a whole. They make the provider a draft again, which signs nobody on until it was tested and activated;
    /// issuer, client and entity id cannot change.
    settings: Option<IdentityProviderSettingsInput>,
    /// Rules, as a whole; they count from each person's next sign-on.
    rules: Option<Vec<GroupRuleInput>>,
}

/// Input of `testIdentityProvider`.
#[derive(InputObject)]
pub(crate) struct TestIdentityProviderInput {
    /// The provider.
    id: ID,
}

/// Input of `activateIdentityProvider`.
#[derive(InputObject)]
pub(crate) struct ActivateIdentityProviderInput {
    /// The provider.
    id: ID,
}

/// Input of `deactivateIdentityProvider`.
#[derive(InputObject)]
pub(crate) struct DeactivateIdentityProviderInput {
    /// The provider.
    id: ID,
}

/// Input of `deleteIdentityProvider`.
#[derive(InputObject)]
pub(crate) struct DeleteIdentityProviderInput {
    /// The provider.
    id: ID,
}

/// Result of a change of an identity provider.
#[derive(SimpleObject)]
pub(crate) struct IdentityProviderPayload {
    /// The provider as it is now; null when nothing was done.
    identity_provider: Option<IdentityProvider>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

impl IdentityProviderPayload {
    fn of(
        done: Result<domain::identity_provider::IdentityProvider, app::Error>,
    ) -> async_graphql::Result<Option<Self>> {
        let (provider, user_errors) = outcome(done)?;
        Ok(Some(Self {
            identity_provider: provider.map(IdentityProvider),
            user_errors,
        }))
    }
}

/// Result of `deleteIdentityProvider`.
#[derive(SimpleObject)]
pub(crate) struct DeleteIdentityProviderPayload {
    /// Identifier of the provider that is gone.
    deleted_identity_provider_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Where a browser goes on.
#[derive(SimpleObject)]
pub(crate) struct SignOnLocationPayload {
    /// Address to open in this browser, which has got a cookie for it; works once, for 10 minutes.
    location: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which account of the viewer becomes a way to sign on.
#[derive(InputObject)]
pub(crate) struct LinkIdentityInput {
    /// The provider that has the account.
    identity_provider_id: ID,
    /// The viewer's password here: a stolen session shall not be enough for a second way in.
    password: String,
}

/// Which link ends.
#[derive(InputObject)]
pub(crate) struct UnlinkIdentityInput {
    /// The provider that has the account.
    identity_provider_id: ID,
}

/// Result of `unlinkIdentity`.
#[derive(SimpleObject)]
pub(crate) struct UnlinkIdentityPayload {
    /// The provider whose account is no way to sign on any more.
    unlinked_identity_provider_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Whether people must come through an identity provider.
#[derive(InputObject)]
pub(crate) struct EnforceSignOnInput {
    /// Whether they must.
    enforced: bool,
    /// Super Admins who may sign in by password all the same, at most 10; at least one while sign-on is enforced.
    break_glass_user_ids: Vec<ID>,
}

/// Result of `enforceSignOn`.
#[derive(SimpleObject)]
pub(crate) struct EnforceSignOnPayload {
    /// How it is now; null when nothing was done.
    enforcement: Option<SignOnEnforcement>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `createScimToken`.
#[derive(InputObject)]
pub(crate) struct CreateScimTokenInput {
    /// The provider that pushes people and groups.
    identity_provider_id: ID,
}

/// Input of `deleteScimToken`.
#[derive(InputObject)]
pub(crate) struct DeleteScimTokenInput {
    /// The provider that pushes people and groups.
    identity_provider_id: ID,
}

/// Result of `createScimToken`.
#[derive(SimpleObject)]
pub(crate) struct CreateScimTokenPayload {
    /// The provider whose token it is.
    identity_provider_id: Option<ID>,
    /// The token, for `Authorization: Bearer`: shown here once and never again.
    secret: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Result of `deleteScimToken`.
#[derive(SimpleObject)]
pub(crate) struct DeleteScimTokenPayload {
    /// The provider that has no token any more.
    identity_provider_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of identity providers.
#[derive(Default)]
pub(crate) struct IdentityProviderMutation;

#[Object]
impl IdentityProviderMutation {
    /// Adds an identity provider as a draft. Next: enter its addresses at the provider, test it, activate it. Whoever sets one up
    /// decides whom it signs on, so this and its kin take every right in the whole organization.
    async fn create_identity_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new provider.")] input: CreateIdentityProviderInput,
    ) -> async_graphql::Result<Option<IdentityProviderPayload>> {
        let caller = viewer(ctx)?;
        let rules = input.rules.unwrap_or_default();
        let rules = rules.into_iter().map(NewRule::from).collect();
        let settings = input.settings.into();
        let made = app::identity_providers::create(caller, &input.name, settings, rules).await;
        IdentityProviderPayload::of(made)
    }

    /// Changes an identity provider or its rules.
    async fn update_identity_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateIdentityProviderInput,
    ) -> async_graphql::Result<Option<IdentityProviderPayload>> {
        let caller = viewer(ctx)?;
        let rules = input.rules;
        let changes = Changes {
            name: input.name,
            settings: input.settings.map(NewSettings::from),
            rules: rules.map(|rules| rules.into_iter().map(NewRule::from).collect()),
        };
        let (id, version) = (parse(&input.id), input.expected_version);
        let changed = app::identity_providers::update(caller, id, version, changes).await;
        IdentityProviderPayload::of(changed)
    }

    /// Tries an identity provider out: sign on there in this browser; nobody is signed on here. A draft that works becomes TESTED.
    async fn test_identity_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: TestIdentityProviderInput,
    ) -> async_graphql::Result<Option<SignOnLocationPayload>> {
        let begun = app::sign_on::begin_test(viewer(ctx)?, parse(&input.id)).await;
        go_on(ctx, begun)
    }

    /// Lets an identity provider sign people on that was tested since its settings changed.
    async fn activate_identity_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: ActivateIdentityProviderInput,
    ) -> async_graphql::Result<Option<IdentityProviderPayload>> {
        let done = app::identity_providers::activate(viewer(ctx)?, parse(&input.id)).await;
        IdentityProviderPayload::of(done)
    }

    /// Stops an identity provider from signing people on and ends the sessions that came through it, but the one of this request.
    async fn deactivate_identity_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: DeactivateIdentityProviderInput,
    ) -> async_graphql::Result<Option<IdentityProviderPayload>> {
        let done = app::identity_providers::deactivate(viewer(ctx)?, parse(&input.id)).await;
        IdentityProviderPayload::of(done)
    }

    /// Removes an identity provider with its links, with what its rules granted and with the sessions that came through it. The people
    /// stay. Refused in a session that came through it.
    async fn delete_identity_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] input: DeleteIdentityProviderInput,
    ) -> async_graphql::Result<Option<DeleteIdentityProviderPayload>> {
        let done = app::identity_providers::delete(viewer(ctx)?, parse(&input.id)).await;
        let (id, user_errors) = outcome(done)?;
        Ok(Some(DeleteIdentityProviderPayload {
            deleted_identity_provider_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }

    /// Makes the viewer's account at a provider a way to sign on as the viewer: sign on there in this browser.
    async fn link_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] input: LinkIdentityInput,
    ) -> async_graphql::Result<Option<SignOnLocationPayload>> {
        let caller = viewer(ctx)?;
        let (id, password) = (
            parse(&input.identity_provider_id),
            SecretString::from(input.password),
        );
        let begun = app::sign_on::link::begin(caller, id, &password).await;
        go_on(ctx, begun)
    }

    /// Takes the viewer's account at a provider away as a way to sign on.
    async fn unlink_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] input: UnlinkIdentityInput,
    ) -> async_graphql::Result<Option<UnlinkIdentityPayload>> {
        let id = parse(&input.identity_provider_id);
        let (id, user_errors) = outcome(app::sign_on::link::unlink(viewer(ctx)?, id).await)?;
        Ok(Some(UnlinkIdentityPayload {
            unlinked_identity_provider_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }

    /// Makes the token with which an identity provider pushes people and groups by SCIM 2.0, in the place of an earlier one.
    async fn create_scim_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose token.")] input: CreateScimTokenInput,
    ) -> async_graphql::Result<Option<CreateScimTokenPayload>> {
        let id = parse(&input.identity_provider_id);
        let (made, user_errors) = outcome(app::scim::create_token(viewer(ctx)?, id).await)?;
        let (id, secret) = made.unzip();
        Ok(Some(CreateScimTokenPayload {
            identity_provider_id: id.map(IntoId::into_id),
            secret: secret.map(|secret| secret.text().expose_secret().to_owned()),
            user_errors,
        }))
    }

    /// Ends the token of an identity provider: it pushes nothing any more.
    async fn delete_scim_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose token.")] input: DeleteScimTokenInput,
    ) -> async_graphql::Result<Option<DeleteScimTokenPayload>> {
        let id = parse(&input.identity_provider_id);
        let (id, user_errors) = outcome(app::scim::delete_token(viewer(ctx)?, id).await)?;
        Ok(Some(DeleteScimTokenPayload {
            identity_provider_id: id.map(IntoId::into_id),
            user_errors,
        }))
    }

    /// Decides whether people must come through an identity provider, and who need not. Sessions that did not come through one end,
    /// except those of break-glass administrators; API tokens go on.
    async fn enforce_sign_on(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How it shall be.")] input: EnforceSignOnInput,
    ) -> async_graphql::Result<Option<EnforceSignOnPayload>> {
        let caller = viewer(ctx)?;
        let users = parse_each(&input.break_glass_user_ids);
        let done = app::sign_on::enforcement::set(caller, input.enforced, &users).await;
        let (done, user_errors) = outcome(done)?;
        let enforcement = match done {
            Some(_) => outcome(SignOnEnforcement::of(caller).await)?.0,
            None => None,
        };
        Ok(Some(EnforceSignOnPayload {
            enforcement,
            user_errors,
        }))
    }
}

/// Gives the browser the cookie of its sign-on and the address where it goes on.
fn go_on(
    ctx: &Context<'_>,
    begun: Result<app::sign_on::Begun, app::Error>,
) -> async_graphql::Result<Option<SignOnLocationPayload>> {
    let request = request(ctx)?;
    let (begun, user_errors) = outcome(begun)?;
    let location = begun.map(|begun| {
        let cookie = request
            .cookie
            .set_sign_on(begun.secret.text(), begun.expires_at);
        send_cookie(ctx, cookie);
        request
            .services
            .connections
            .addresses(begun.provider.id)
            .depart
    });
    Ok(Some(SignOnLocationPayload {
        location,
        user_errors,
    }))
}
