//! Organizations: how one is made, by `holdfast init` or by whoever signs up, and the caller's own.
//!
//! Not for the way of a sign-up (`sign_up.rs`). Invariant: an organization is born with its root unit and one Super Admin.

use std::sync::Arc;

use domain::limits::NAME_LENGTH_MAX;
use domain::membership::{Membership, MembershipState};
use domain::organization::{KeySource, Organization};
use domain::organization_settings::OrganizationSettings;
use domain::organizational_unit::{OrganizationalUnit, ROOT_UNIT_NAME};
use domain::role::BuiltInRole;
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::text::checked_name;
use domain::user::{User, normalize_email};
use domain::{OrganizationId, OrganizationalUnitId, Problem, ProblemCode, Problems, UserId};
use identity::{PasswordContext, check_password};
use secrecy::SecretString;
use store::Tx;

use crate::context::{Ctx, Services};
use crate::error::Error;

/// The first organization and its Super Admin.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Name of the organization.
    pub name: String,
    /// Who wraps its vault keys.
    pub key_source: KeySource,
    /// Name of the Super Admin.
    pub user_name: String,
    /// E-mail address of the Super Admin.
    pub email: String,
    /// Password of the Super Admin.
    pub password: SecretString,
}

/// Makes an organization with its root unit and Super Admin. Called at the machine, so there is no caller to authorise.
pub async fn bootstrap(
    services: &Arc<Services>,
    new: NewOrganization,
) -> Result<(Organization, User), Error> {
    let checked = check(services, &new)?;
    let hash = services.passwords.hash(&new.password).await?;
    let now = services.clock.now();
    let user = User {
        id: UserId::fresh(services.ids.as_ref()),
        name: checked.user_name,
        email: checked.email,
        password_changed_at: Some(now),
        email_confirmed_at: Some(now),
        created_at: now,
    };
    let mut tx = services.store.begin().await?;
    let added = store::users::add(&mut tx, &user, Some(hash.as_str())).await;
    match added {
        Err(error) if error.is_constraint("users_email") => {
            let message = "Another user has this e-mail address.";
            return Err(Problem::new(ProblemCode::Taken, "email", message).into());
        }
        added => added?,
    }
    let organization = found(services, &mut tx, checked.name, new.key_source, user.id).await?;
    tx.commit().await?;
    Ok((organization, user))
}

/// Makes an organization with its root unit; this person becomes its Super Admin.
pub(crate) async fn found(
    services: &Services,
    tx: &mut Tx,
    name: String,
    key_source: KeySource,
    founder: UserId,
) -> Result<Organization, Error> {
    let (ids, now) = (services.ids.as_ref(), services.clock.now());
    let organization = Organization {
        id: OrganizationId::fresh(ids),
        name,
        key_source,
        settings: OrganizationSettings::default(),
        version: 1,
        created_at: now,
    };
    let unit = OrganizationalUnit {
        id: OrganizationalUnitId::fresh(ids),
        organization_id: organization.id,
        parent_id: None,
        name: ROOT_UNIT_NAME.to_owned(),
        version: 1,
    };
    store::organizations::add(tx, &organization, &unit).await?;
    let membership = Membership {
        organization_id: organization.id,
        user_id: founder,
        state: MembershipState::Active,
        invited_by: None,
        created_at: now,
        last_active_at: None,
    };
    store::memberships::add(tx, &membership).await?;
    let grant = RoleGrant {
        user_id: founder,
        role_at: RoleAt {
            role_id: BuiltInRole::SuperAdmin.id(),
            unit_id: unit.id,
        },
        source: GrantSource::Manual,
    };
    store::role_grants::add(tx, organization.id, &grant, now).await?;
    Ok(organization)
}

/// The names and the address of a new organization, as they are kept.
pub(crate) struct Checked {
    pub(crate) name: String,
    pub(crate) user_name: String,
    pub(crate) email: String,
}

/// Checks names, address and password.
pub(crate) fn check(services: &Services, new: &NewOrganization) -> Result<Checked, Error> {
    let mut problems = Problems::new();
    let mut name_of = |field: &str, text: &str| {
        checked_name(field, text, NAME_LENGTH_MAX).unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        })
    };
    let name = name_of("name", &new.name);
    let user_name = name_of("userName", &new.user_name);
    let email = normalize_email(&new.email);
    problems.check(email.is_some(), "email", "This is not an e-mail address.");
    let email = email.unwrap_or_default();
    let profile = services.settings.password_profile;
    let context = PasswordContext {
        email: &email,
        name: &user_name,
        organization: &name,
        leaked: services.settings.leaked_passwords.as_deref(),
    };
    problems.absorb(check_password(profile, "password", &new.password, context));
    problems.into_result()?;
    Ok(Checked {
        name,
        user_name,
        email,
    })
}

/// The caller's organization.
pub async fn own(ctx: &Ctx) -> Result<Option<Organization>, Error> {
    Ok(store::organizations::lookup(&ctx.read(), ctx.organization()).await?)
}

/// Whether this installation has no organization yet.
pub async fn is_empty(services: &Services) -> Result<bool, Error> {
    let all = store::organizations::system_list(&services.store.read()).await?;
    Ok(all.is_empty())
}
