//! Who arrives: the person of a proven sign-on, made at their first one, with what the provider's rules grant now.
//!
//! Not for the proof (`protocol.rs`). Invariant: (provider, subject) finds a person and nothing else does; a new person comes with
//! an address of a domain that the organization has proven and that nobody here has, or a row that is nobody's (`adoption.rs`); rules
//! never take the last Super Admin's role away (reliability.md I7).

use std::collections::BTreeSet;

use domain::UserId;
use domain::domain_proof::domain_of_email;
use domain::group_rule::granted;
use domain::identity_provider::{IdentityLink, IdentityProvider};
use domain::limits::NAME_LENGTH_MAX;
use domain::membership::MembershipState;
use domain::role::BuiltInRole;
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::scim::ScimFilter;
use domain::text::checked_name;
use domain::user::{User, normalize_email};
use identity::Assertion;
use serde_json::json;
use store::Tx;

use super::adoption::{self, Address, Newcomer, Way};
use crate::actions;
use crate::context::{Origin, Services};
use crate::error::Error;
use crate::scim;

/// The person, or why nobody arrives; the text is for the audit log and for administrators.
pub(super) type Arrival = Result<User, &'static str>;

/// Finds or makes the person and brings their grants up to date; all of it, or nothing when nobody arrives.
pub(super) async fn arrive(
    services: &Services,
    origin: &Origin,
    provider: &IdentityProvider,
    assertion: &Assertion,
) -> Result<Arrival, Error> {
    let organization = provider.organization_id;
    let mut tx = services.store.begin().await?;
    store::organizations::lock(&tx, organization).await?;
    let link = store::identity_links::find(&tx, provider.id, &assertion.subject).await?;
    let is_new = link.is_none();
    let found = match link {
        Some(link) => known(&tx, provider, link.user_id).await?,
        None => match pushed(services, &mut tx, provider, &assertion.subject).await? {
            Some(user) => known(&tx, provider, user).await?,
            None => make(services, origin, &mut tx, provider, assertion).await?,
        },
    };
    let user = match found {
        Ok(user) => user,
        Err(reason) => {
            tx.rollback().await?;
            return Ok(Err(reason));
        }
    };
    let is_pushed = store::scim::user(&tx, provider.id, user.id)
        .await?
        .is_some();
    // Whoever was pushed has the groups that were pushed, so that one source decides.
    let groups = if is_pushed {
        scim::names_of_groups(&tx, provider.id, user.id).await?
    } else {
        assertion.groups.clone()
    };
    apply_rules(services, origin, &mut tx, provider, user.id, &groups).await?;
    let grants = store::role_grants::of_users(&tx, organization, &[user.id]).await?;
    if grants.is_empty() {
        // What a known person loses is lost; a stranger without a role leaves no trace.
        if is_new {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        return Ok(Err("no rule grants a role to this person"));
    }
    tx.commit().await?;
    Ok(Ok(user))
}

/// The person whom this provider has pushed with the subject as `externalId` or `userName`, linked from now on: both names are the
/// provider's own, so this links nobody by an address that somebody else could have.
async fn pushed(
    services: &Services,
    tx: &mut Tx,
    provider: &IdentityProvider,
    subject: &str,
) -> Result<Option<UserId>, Error> {
    let by_id = ScimFilter::ExternalId(subject.to_owned());
    let by_name = ScimFilter::Name(subject.to_owned());
    for filter in [by_id, by_name] {
        // Two people of one externalId are nobody.
        let (found, total) = store::scim::users(tx, provider.id, &filter, 0, 1).await?;
        let Some(found) = found.first().filter(|_| total == 1) else {
            continue;
        };
        let own = store::identity_links::of_user(tx, provider.organization_id, found.user_id);
        if own
            .await?
            .iter()
            .any(|link| link.provider_id == provider.id)
        {
            continue;
        }
        let link = IdentityLink {
            organization_id: provider.organization_id,
            provider_id: provider.id,
            subject: subject.to_owned(),
            user_id: found.user_id,
            created_at: services.clock.now(),
        };
        store::identity_links::add(tx, &link).await?;
        return Ok(Some(found.user_id));
    }
    Ok(None)
}

async fn known(tx: &Tx, provider: &IdentityProvider, id: UserId) -> Result<Arrival, Error> {
    let organization = provider.organization_id;
    let membership = store::memberships::lookup(tx, organization, id).await?;
    if membership.is_none_or(|found| found.state != MembershipState::Active) {
        return Ok(Err("no active membership"));
    }
    let user = store::users::lookup(tx, organization, id).await?;
    Ok(user.ok_or("no active membership"))
}

/// Makes a person. An address is only taken from a provider of the organization that has proven its domain, so that nobody can
/// sit on the addresses of others.
async fn make(
    services: &Services,
    origin: &Origin,
    tx: &mut Tx,
    provider: &IdentityProvider,
    assertion: &Assertion,
) -> Result<Arrival, Error> {
    let Some(email) = assertion.email.as_deref().and_then(normalize_email) else {
        return Ok(Err("the provider sends no e-mail address"));
    };
    if !assertion.email_verified {
        return Ok(Err(
            "the provider does not say that the address is verified",
        ));
    }
    let owner = match domain_of_email(&email) {
        Some(domain) => store::domain_proofs::system_owner(tx, &domain).await?,
        None => None,
    };
    if owner != Some(provider.organization_id) {
        return Ok(Err("the domain of the address is not proven"));
    }
    let left = match adoption::look_up(tx, provider, &email, Way::SignOn).await? {
        Address::Free => None,
        Address::Left(user) => Some(user),
        Address::Taken => {
            return Ok(Err(
                "a person with this address is here already and not linked",
            ));
        }
    };
    let is_adopted = left.is_some();
    let name = assertion.name.as_deref().unwrap_or(&email);
    let name: String = name.chars().take(NAME_LENGTH_MAX).collect();
    let newcomer = Newcomer {
        name: checked_name("name", &name, NAME_LENGTH_MAX).unwrap_or_else(|_odd| email.clone()),
        email: &email,
        left,
    };
    let user = adoption::settle(services, tx, provider, newcomer).await?;
    let link = IdentityLink {
        organization_id: provider.organization_id,
        provider_id: provider.id,
        subject: assertion.subject.clone(),
        user_id: user.id,
        created_at: services.clock.now(),
    };
    store::identity_links::add(tx, &link).await?;
    let mut event = super::event(services, origin, provider, actions::PROVISION_USER);
    event.outcome = domain::audit::Outcome::Success;
    event.target = Some(user.id.to_string());
    event.summary = json!({ "provider": provider.id, "email": user.email, "adopted": is_adopted });
    store::audit::record(tx, &event).await?;
    Ok(Ok(user))
}

/// Makes the grants of this provider what its rules say for these groups. Grants by hand and of other providers stay. The caller
/// holds the lock of the organization.
pub(crate) async fn apply_rules(
    services: &Services,
    origin: &Origin,
    tx: &mut Tx,
    provider: &IdentityProvider,
    user: UserId,
    groups: &[String],
) -> Result<(), Error> {
    let organization = provider.organization_id;
    let wanted = existing(tx, provider, groups).await?;
    let grants = store::role_grants::of_users(tx, organization, &[user]).await?;
    let source = GrantSource::Provider(provider.id);
    let has: BTreeSet<RoleAt> = grants
        .iter()
        .filter(|grant| grant.source == source)
        .map(|grant| grant.role_at)
        .collect();
    let of = |role_at: RoleAt| RoleGrant {
        user_id: user,
        role_at,
        source,
    };
    let now = services.clock.now();
    let added: Vec<RoleAt> = wanted.difference(&has).copied().collect();
    for role_at in &added {
        store::role_grants::add(tx, organization, &of(*role_at), now).await?;
    }
    let mut removed = Vec::new();
    for role_at in has.difference(&wanted) {
        store::role_grants::remove(tx, organization, &of(*role_at)).await?;
        let is_super_admin = role_at.role_id == BuiltInRole::SuperAdmin.id();
        let admins = store::role_grants::super_admins(tx, organization).await?;
        if is_super_admin && admins.is_empty() {
            store::role_grants::add(tx, organization, &of(*role_at), now).await?;
        } else {
            removed.push(*role_at);
        }
    }
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    let mut event = super::event(services, origin, provider, actions::APPLY_GROUP_RULES);
    event.outcome = domain::audit::Outcome::Success;
    event.target = Some(user.to_string());
    event.summary = json!({ "provider": provider.id, "added": added, "removed": removed });
    Ok(store::audit::record(tx, &event).await?)
}

/// What the rules grant, without roles and units that are gone.
async fn existing(
    tx: &Tx,
    provider: &IdentityProvider,
    groups: &[String],
) -> Result<BTreeSet<RoleAt>, Error> {
    let organization = provider.organization_id;
    let custom = store::roles::list(tx, organization).await?;
    let tree = store::organizational_units::tree(tx, organization).await?;
    let all = granted(&provider.rules, groups).into_iter();
    let all = all.map(|(role_id, unit_id)| RoleAt { role_id, unit_id });
    let exists = |at: &RoleAt| {
        let has_role = BuiltInRole::from_id(at.role_id).is_some()
            || custom.iter().any(|role| role.id == at.role_id);
        has_role && tree.contains(at.unit_id)
    };
    Ok(all.filter(exists).collect())
}
