//! Identity providers: setting them up, trying them out, switching them on and off.
//!
//! Not for signing on (`sign_on.rs`). Invariant: the name by which a provider knows itself (issuer, entity id) never changes,
//! because people are known by it; only a provider that was tested since its settings changed can be activated; a rule grants
//! what exists.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::group_rule::{self, GroupRule};
use domain::identity_provider::{
    GROUPS_CLAIM_DEFAULT, IDENTITY_PROVIDERS_MAX, IdentityProvider, OidcProvider, ProviderSettings,
    ProviderState, SamlAttributeNames, SamlProvider,
};
use domain::limits::NAME_LENGTH_MAX;
use domain::permission::Permission;
use domain::role::BuiltInRole;
use domain::role_grant::GrantSource;
use domain::text::checked_name;
use domain::{
    IdentityProviderId, OrganizationalUnitId, Problem, ProblemCode, Problems, RoleId, SessionId,
};
use identity::saml::{SamlIdentityProvider, SamlKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use store::Tx;

use crate::actions::{self, Action};
use crate::audit;
use crate::context::{Credential, Ctx};
use crate::error::Error;
use crate::sign_on::{self, Addresses, protocol};

/// Settings as an administrator enters them.
#[derive(Debug)]
pub enum NewSettings {
    /// `OpenID` Connect.
    Oidc {
        /// The issuer, character by character as in its discovery document.
        issuer: String,
        /// Our name there.
        client_id: String,
        /// Our secret there; none for a public client, or to keep the one that is stored.
        client_secret: Option<SecretString>,
        /// The claim that holds the groups; the usual one when absent.
        groups_claim: Option<String>,
    },
    /// SAML 2.0.
    Saml {
        /// The provider's metadata, XML.
        metadata: String,
        /// Names of attributes.
        names: SamlAttributeNames,
        /// Whether the assertion itself must be signed.
        needs_signed_assertion: bool,
        /// Whether a person may start at the provider.
        allows_unsolicited: bool,
    },
}

/// A rule as an administrator enters it. Ids are `None` when malformed.
#[derive(Debug)]
pub struct NewRule {
    /// Shown name.
    pub name: String,
    /// When it matches.
    pub condition: group_rule::GroupCondition,
    /// The role that it grants.
    pub role_id: Option<RoleId>,
    /// The units from which down it grants it.
    pub unit_ids: Vec<Option<OrganizationalUnitId>>,
}

/// What an update changes; absent parts stay.
#[derive(Debug, Default)]
pub struct Changes {
    /// Shown name.
    pub name: Option<String>,
    /// Settings, as a whole.
    pub settings: Option<NewSettings>,
    /// Rules, as a whole.
    pub rules: Option<Vec<NewRule>>,
}

/// All providers of the caller's organization, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<IdentityProvider>, Error> {
    ctx.require(Permission::SsoManage)?;
    Ok(store::identity_providers::list(&ctx.read(), ctx.organization()).await?)
}

/// One provider of the caller's organization.
pub async fn lookup(ctx: &Ctx, id: IdentityProviderId) -> Result<Option<IdentityProvider>, Error> {
    ctx.require(Permission::SsoManage)?;
    Ok(store::identity_providers::lookup(&ctx.read(), ctx.organization(), id).await?)
}

/// What an administrator enters at the provider.
#[must_use]
pub fn addresses(ctx: &Ctx, id: IdentityProviderId) -> Addresses {
    ctx.services().connections.addresses(id)
}

/// Adds a provider, as a draft.
pub async fn create(
    ctx: &Ctx,
    name: &str,
    settings: NewSettings,
    rules: Vec<NewRule>,
) -> Result<IdentityProvider, Error> {
    ctx.authorize(actions::CREATE_IDENTITY_PROVIDER).await?;
    let id = IdentityProviderId::fresh(ctx.ids());
    let mut problems = Problems::new();
    let name = checked_name("name", name, NAME_LENGTH_MAX).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    let settings = match made(ctx, id, settings, None).await {
        Ok(settings) => Some(settings),
        Err(Error::Problems(all)) => {
            problems.absorb(Err(all));
            None
        }
        Err(error) => return Err(error),
    };
    problems.into_result()?;
    let settings = settings.ok_or_else(|| Error::precondition("settings", "This is needed."))?;
    let mut tx = ctx.begin().await?;
    let others = store::identity_providers::list(&tx, ctx.organization()).await?;
    if others.len() >= IDENTITY_PROVIDERS_MAX {
        let message = format!("There are {IDENTITY_PROVIDERS_MAX} providers already.");
        return Err(Problem::new(ProblemCode::LimitReached, "name", message).into());
    }
    let provider = IdentityProvider {
        id,
        organization_id: ctx.organization(),
        name,
        settings,
        rules: checked_rules(ctx, &tx, rules).await?,
        state: ProviderState::Draft,
        version: 1,
        created_at: ctx.now(),
    };
    check_name(&others, &provider)?;
    store::identity_providers::add(&mut tx, &provider).await?;
    let summary = summary(&provider);
    audit::success(ctx, &mut tx, actions::CREATE_IDENTITY_PROVIDER, id, summary).await?;
    tx.commit().await?;
    Ok(provider)
}

/// Changes a provider that is still at this version. New settings make it a draft again: it must be tested anew.
pub async fn update(
    ctx: &Ctx,
    id: Option<IdentityProviderId>,
    expected_version: i32,
    changes: Changes,
) -> Result<IdentityProvider, Error> {
    ctx.authorize(actions::UPDATE_IDENTITY_PROVIDER).await?;
    let id = id.ok_or_else(missing)?;
    let reader = ctx.read();
    let before = store::identity_providers::lookup(&reader, ctx.organization(), id).await?;
    let before = before.ok_or_else(missing)?;
    let settings = match changes.settings {
        Some(new) => Some(made(ctx, id, new, Some(&before.settings)).await?),
        None => None,
    };
    let (tx, mut provider) = locked(ctx, id).await?;
    let mut tx = tx;
    if provider.version != expected_version {
        return Err(Error::stale("expectedVersion", provider.version));
    }
    if let Some(name) = changes.name {
        provider.name = checked_name("name", &name, NAME_LENGTH_MAX)?;
    }
    if let Some(rules) = changes.rules {
        provider.rules = checked_rules(ctx, &tx, rules).await?;
    }
    if let Some(settings) = settings {
        if provider.state == ProviderState::Active {
            keep_one_active(&tx, &provider).await?;
        }
        provider.settings = settings;
        provider.state = ProviderState::Draft;
    }
    let others = store::identity_providers::list(&tx, ctx.organization()).await?;
    check_name(&others, &provider)?;
    write(
        ctx,
        &mut tx,
        &mut provider,
        actions::UPDATE_IDENTITY_PROVIDER,
    )
    .await?;
    tx.commit().await?;
    Ok(provider)
}

/// Lets a provider sign people on that was tested since its settings changed.
pub async fn activate(
    ctx: &Ctx,
    id: Option<IdentityProviderId>,
) -> Result<IdentityProvider, Error> {
    ctx.authorize(actions::ACTIVATE_IDENTITY_PROVIDER).await?;
    let (mut tx, mut provider) = locked(ctx, id.ok_or_else(missing)?).await?;
    if provider.state == ProviderState::Draft {
        let message =
            "Test the provider first: its settings have changed since it was tested last.";
        return Err(Error::precondition("id", message));
    }
    provider.state = ProviderState::Active;
    write(
        ctx,
        &mut tx,
        &mut provider,
        actions::ACTIVATE_IDENTITY_PROVIDER,
    )
    .await?;
    tx.commit().await?;
    Ok(provider)
}

/// Stops a provider from signing people on and ends the sessions that came through it: what it says counts no more. The session that
/// asks stays, so that whoever came through it can still set things right.
pub async fn deactivate(
    ctx: &Ctx,
    id: Option<IdentityProviderId>,
) -> Result<IdentityProvider, Error> {
    ctx.authorize(actions::DEACTIVATE_IDENTITY_PROVIDER).await?;
    let (mut tx, mut provider) = locked(ctx, id.ok_or_else(missing)?).await?;
    if provider.state != ProviderState::Active {
        return Err(Error::precondition("id", "The provider is not active."));
    }
    keep_one_active(&tx, &provider).await?;
    provider.state = ProviderState::Disabled;
    provider.version += 1;
    store::identity_providers::update(&mut tx, &provider).await?;
    let own = match ctx.credential() {
        Some(Credential::Session { id, .. }) => Some(*id),
        Some(Credential::ApiToken { .. }) | None => None,
    };
    let summary = ended(ctx, &mut tx, &provider, own).await?;
    let action = actions::DEACTIVATE_IDENTITY_PROVIDER;
    audit::success(ctx, &mut tx, action, provider.id, summary).await?;
    tx.commit().await?;
    Ok(provider)
}

/// Removes a provider with its links, with what its rules granted and with the sessions that came through it. The people stay.
/// Whoever came through it does not remove it: their session would end, and the way back with it.
pub async fn delete(
    ctx: &Ctx,
    id: Option<IdentityProviderId>,
) -> Result<IdentityProviderId, Error> {
    ctx.authorize(actions::DELETE_IDENTITY_PROVIDER).await?;
    let (mut tx, provider) = locked(ctx, id.ok_or_else(missing)?).await?;
    let organization = ctx.organization();
    if provider.state == ProviderState::Active {
        keep_one_active(&tx, &provider).await?;
    }
    let source = GrantSource::Provider(provider.id);
    store::role_grants::remove_of_source(&mut tx, organization, source).await?;
    if store::role_grants::super_admins(&tx, organization)
        .await?
        .is_empty()
    {
        let message = "The last Super Admin has the role by a rule of this provider. Grant it to somebody by hand first.";
        return Err(Error::precondition("id", message));
    }
    if came_through(ctx, provider.id) {
        let message = "You came through this provider, and your session would end with it. Sign in another way first.";
        return Err(Error::precondition("id", message));
    }
    let summary = ended(ctx, &mut tx, &provider, None).await?;
    store::identity_providers::remove(&mut tx, organization, provider.id).await?;
    audit::success(
        ctx,
        &mut tx,
        actions::DELETE_IDENTITY_PROVIDER,
        provider.id,
        summary,
    )
    .await?;
    tx.commit().await?;
    Ok(provider.id)
}

fn came_through(ctx: &Ctx, provider: IdentityProviderId) -> bool {
    match ctx.credential() {
        Some(Credential::Session { provider_id, .. }) => *provider_id == Some(provider),
        Some(Credential::ApiToken { .. }) | None => false,
    }
}

/// Ends the sessions that came through a provider but this one; answers what is audited.
async fn ended(
    ctx: &Ctx,
    tx: &mut Tx,
    provider: &IdentityProvider,
    kept: Option<SessionId>,
) -> Result<serde_json::Value, Error> {
    let (organization, now) = (ctx.organization(), ctx.now());
    let ended = store::sessions::revoke_all_of_provider(tx, organization, provider.id, kept, now);
    let mut summary = summary(provider);
    if let Some(fields) = summary.as_object_mut() {
        fields.insert("endedSessions".to_owned(), json!(ended.await?));
    }
    Ok(summary)
}

fn missing() -> Error {
    sign_on::not_found("id")
}

/// The lock of the organization first, then that of the provider, so that no two changes pass each other.
async fn locked(ctx: &Ctx, id: IdentityProviderId) -> Result<(Tx, IdentityProvider), Error> {
    let tx = ctx.begin().await?;
    store::organizations::lock(&tx, ctx.organization()).await?;
    let found = store::identity_providers::lock(&tx, ctx.organization(), id).await?;
    Ok((tx, found.ok_or_else(missing)?))
}

async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    provider: &mut IdentityProvider,
    action: Action,
) -> Result<(), Error> {
    provider.version += 1;
    store::identity_providers::update(tx, provider).await?;
    audit::success(ctx, tx, action, provider.id, summary(provider)).await
}

/// While sign-on is enforced, one provider stays active; the organization is locked.
async fn keep_one_active(tx: &Tx, provider: &IdentityProvider) -> Result<(), Error> {
    let organization = store::organizations::lookup(tx, provider.organization_id).await?;
    if organization.is_none_or(|found| !found.settings.sso_enforced) {
        return Ok(());
    }
    let all = store::identity_providers::list(tx, provider.organization_id).await?;
    let is_other = |one: &&IdentityProvider| one.id != provider.id;
    if all
        .iter()
        .filter(is_other)
        .any(|one| one.state == ProviderState::Active)
    {
        return Ok(());
    }
    let message =
        "Sign-on is enforced and this is the only active provider. Switch enforcement off first.";
    Err(Error::precondition("id", message))
}

/// Looked at first, because PostgreSQL ends a transaction at a violation; the index decides all the same.
fn check_name(others: &[IdentityProvider], provider: &IdentityProvider) -> Result<(), Error> {
    let is_twin = |one: &IdentityProvider| one.id != provider.id && one.name == provider.name;
    if others.iter().any(is_twin) {
        let message = "Another provider has this name.";
        return Err(Problem::new(ProblemCode::Taken, "name", message).into());
    }
    Ok(())
}

/// Without secrets: what is audited.
fn summary(provider: &IdentityProvider) -> serde_json::Value {
    let rules: Vec<&str> = provider
        .rules
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    json!({
        "name": provider.name,
        "state": provider.state.name(),
        "authority": provider.settings.authority(),
        "rules": rules,
    })
}

/// Checks settings and seals their secrets; `old` keeps secrets and keys, and its kind and authority must not change.
async fn made(
    ctx: &Ctx,
    id: IdentityProviderId,
    new: NewSettings,
    old: Option<&ProviderSettings>,
) -> Result<ProviderSettings, Error> {
    let settings = match new {
        NewSettings::Oidc {
            issuer,
            client_id,
            client_secret,
            groups_claim,
        } => {
            let kept = match old {
                Some(ProviderSettings::Oidc(old)) => old.sealed_secret.clone(),
                Some(ProviderSettings::Saml(_)) | None => None,
            };
            let sealed_secret = match client_secret {
                Some(secret) => Some(seal(ctx, id, &secret)?),
                None => kept,
            };
            let oidc = OidcProvider {
                issuer,
                client_id,
                sealed_secret,
                groups_claim: groups_claim.unwrap_or_else(|| GROUPS_CLAIM_DEFAULT.to_owned()),
            };
            check_oidc(ctx, &oidc)?;
            ProviderSettings::Oidc(oidc)
        }
        NewSettings::Saml {
            metadata,
            names,
            needs_signed_assertion,
            allows_unsolicited,
        } => {
            let peer = SamlIdentityProvider::from_metadata(&metadata).map_err(|fault| {
                Error::from(Problem::invalid(
                    "settings.saml.metadata",
                    format!("{fault}."),
                ))
            })?;
            let (own_certificate, sealed_key) = match old {
                Some(ProviderSettings::Saml(old)) => {
                    (old.own_certificate.clone(), old.sealed_key.clone())
                }
                Some(ProviderSettings::Oidc(_)) | None => fresh_key(ctx, id).await?,
            };
            let certificates = peer.certificates().iter();
            let saml = SamlProvider {
                entity_id: peer.entity_id().to_owned(),
                sign_on_address: peer.sign_on_address().to_string(),
                binding: peer.binding(),
                certificates: certificates.map(|one| STANDARD.encode(one.der())).collect(),
                names,
                needs_signed_assertion,
                allows_unsolicited,
                own_certificate,
                sealed_key,
            };
            let mut problems = Problems::new();
            problems.absorb(saml.validate());
            inside(problems, "settings.saml")?;
            ProviderSettings::Saml(saml)
        }
    };
    if old.is_some_and(|old| !is_same_authority(old, &settings)) {
        let message = "Issuer, client and entity id stay as they are: people are known by them. Add another provider instead.";
        return Err(Problem::invalid("settings", message).into());
    }
    Ok(settings)
}

fn check_oidc(ctx: &Ctx, oidc: &OidcProvider) -> Result<(), Error> {
    let mut problems = Problems::new();
    problems.absorb(oidc.validate());
    let http = ctx.services().connections.http();
    if let Err(refusal) = http.rules().check(&oidc.issuer) {
        problems.push(Problem::invalid("issuer", refusal.to_string()));
    }
    inside(problems, "settings.oidc")
}

fn is_same_authority(old: &ProviderSettings, new: &ProviderSettings) -> bool {
    match (old, new) {
        (ProviderSettings::Oidc(old), ProviderSettings::Oidc(new)) => {
            old.issuer == new.issuer && old.client_id == new.client_id
        }
        (ProviderSettings::Saml(old), ProviderSettings::Saml(new)) => {
            old.entity_id == new.entity_id
        }
        (ProviderSettings::Oidc(_), ProviderSettings::Saml(_))
        | (ProviderSettings::Saml(_), ProviderSettings::Oidc(_)) => false,
    }
}

/// The problems, with the path of the input that they lie in.
fn inside(problems: Problems, path: &str) -> Result<(), Error> {
    let Err(all) = problems.into_result() else {
        return Ok(());
    };
    let prefixed = all.into_iter().map(|mut problem| {
        let path = path.split('.').map(str::to_owned);
        problem.field = path.chain(problem.field).collect();
        problem
    });
    Err(Error::Problems(prefixed.collect()))
}

fn seal(ctx: &Ctx, id: IdentityProviderId, secret: &SecretString) -> Result<String, Error> {
    let sealer = &ctx.services().sealer;
    Ok(sealer.seal(ctx.organization(), &protocol::purpose(id), secret)?)
}

/// A key of our own for one connection: certificate, and the private key sealed.
async fn fresh_key(ctx: &Ctx, id: IdentityProviderId) -> Result<(String, String), Error> {
    let (services, now) = (ctx.services().clone(), ctx.now());
    // Finding the primes takes some tenths of a second.
    let made = tokio::task::spawn_blocking(move || SamlKey::generate(services.ids.as_ref(), now));
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| Error::Internal(error);
    let key = made.await.map_err(|error| failed(Box::new(error)))?;
    let key = key.map_err(|error| failed(Box::new(error)))?;
    let private = key.to_pkcs8().map_err(|error| failed(Box::new(error)))?;
    let private = SecretString::from(STANDARD.encode(private.as_slice()));
    debug_assert!(!private.expose_secret().is_empty());
    Ok((STANDARD.encode(key.certificate()), seal(ctx, id, &private)?))
}

/// Checks that rules are sound and grant what exists.
async fn checked_rules(ctx: &Ctx, tx: &Tx, new: Vec<NewRule>) -> Result<Vec<GroupRule>, Error> {
    let organization = ctx.organization();
    let custom = store::roles::list(tx, organization).await?;
    let tree = store::organizational_units::tree(tx, organization).await?;
    let mut problems = Problems::new();
    let mut rules = Vec::new();
    for (index, rule) in new.into_iter().enumerate() {
        let has_role = |id: &RoleId| {
            BuiltInRole::from_id(*id).is_some() || custom.iter().any(|role| role.id == *id)
        };
        let role_id = rule.role_id.filter(has_role);
        problems.check(
            role_id.is_some(),
            &format!("rules.{index}.roleId"),
            "There is no such role.",
        );
        let mut unit_ids = Vec::new();
        for (place, unit) in rule.unit_ids.into_iter().enumerate() {
            let unit = unit.filter(|unit| tree.contains(*unit));
            let field = format!("rules.{index}.unitIds.{place}");
            problems.check(
                unit.is_some(),
                &field,
                "There is no such organizational unit.",
            );
            unit_ids.extend(unit);
        }
        if let Some(role_id) = role_id {
            rules.push(GroupRule {
                name: rule.name.trim().to_owned(),
                condition: rule.condition,
                role_id,
                unit_ids,
            });
        }
    }
    problems.into_result()?;
    group_rule::validate(&rules)?;
    Ok(rules)
}

#[cfg(test)]
mod tests;
