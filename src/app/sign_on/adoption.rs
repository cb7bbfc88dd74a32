//! Adoption: a person whom an invitation or a former membership has left behind becomes one of the organization that has proven
//! the domain of their address.
//!
//! Not for whom a provider knows already (`arrival.rs`). Invariant: only a row that is nobody's is adopted: no password, no second
//! factor, no membership but invitations that wait, no account at another provider. Whoever is somebody somewhere links their
//! account themselves; an address alone never finds them.

use domain::UserId;
use domain::identity_provider::IdentityProvider;
use domain::membership::{Membership, MembershipState};
use domain::user::User;
use domain::{Problem, ProblemCode};
use store::{Connection, Tx};

use crate::context::Services;
use crate::error::Error;

/// What an address is here.
#[derive(Debug)]
pub(crate) enum Address {
    /// Nobody has it.
    Free,
    /// A person has it who is nobody's, and may be adopted.
    Left(User),
    /// Somebody has it.
    Taken,
}

/// By what a provider brings a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It pushes them: its own links of the past are void, because it names the person anew.
    Push,
    /// They sign on with a subject that is not linked: a link that is there is of another subject, so of somebody else.
    SignOn,
}

/// Looks an address up for a provider whose organization has proven the domain. `db` sees all organizations.
pub(crate) async fn look_up(
    db: &impl Connection,
    provider: &IdentityProvider,
    email: &str,
    way: Way,
) -> Result<Address, Error> {
    let Some((user, hash)) = store::users::find_credentials_by_email(db, email).await? else {
        return Ok(Address::Free);
    };
    let factors = store::second_factors::of_user(db, user.id).await?;
    let memberships = store::memberships::system_list_of_user(db, user.id).await?;
    let links = store::identity_links::system_list_of_user(db, user.id).await?;
    let is_own = |id| way == Way::Push && id == provider.id;
    let is_somebody = hash.is_some()
        || factors.is_needed()
        || memberships.iter().any(|one| one.state.has_joined())
        || links.iter().any(|link| !is_own(link.provider_id));
    Ok(if is_somebody {
        Address::Taken
    } else {
        Address::Left(user)
    })
}

/// A person whom a provider brings.
#[derive(Debug)]
pub(crate) struct Newcomer<'a> {
    /// Name to show.
    pub(crate) name: String,
    /// Their address, of a domain that the organization has proven.
    pub(crate) email: &'a str,
    /// Who was left behind with it.
    pub(crate) left: Option<User>,
}

/// Makes a new or an adopted person, without a password, an active member. What waits of an invitation by this organization ends
/// with its grants: the provider's rules say what the person may do. Invitations of others go on waiting.
pub(crate) async fn settle(
    services: &Services,
    tx: &mut Tx,
    provider: &IdentityProvider,
    newcomer: Newcomer<'_>,
) -> Result<User, Error> {
    let (organization, now) = (provider.organization_id, services.clock.now());
    let Newcomer { name, email, left } = newcomer;
    let user = User {
        id: left
            .as_ref()
            .map_or_else(|| UserId::fresh(services.ids.as_ref()), |left| left.id),
        name,
        email: email.to_owned(),
        password_changed_at: None,
        // Whoever has proven the domain decides who has its mailboxes.
        email_confirmed_at: Some(now),
        created_at: left.as_ref().map_or(now, |left| left.created_at),
    };
    if left.is_none() {
        store::users::add(tx, &user, None).await?;
    } else {
        clear(services, tx, provider, user.id).await?;
    }
    let membership = Membership {
        organization_id: organization,
        user_id: user.id,
        state: MembershipState::Active,
        invited_by: None,
        created_at: now,
        last_active_at: None,
    };
    store::memberships::add(tx, &membership).await?;
    // After the membership: before it this organization does not see the person.
    if left.is_some() && !store::users::adopt(tx, user.id, &user.name, now).await? {
        return Err(Problem::new(ProblemCode::Conflict, "emails", "Try again.").into());
    }
    Ok(user)
}

/// Nothing of what a row was in this organization comes back with it.
async fn clear(
    services: &Services,
    tx: &mut Tx,
    provider: &IdentityProvider,
    user: UserId,
) -> Result<(), Error> {
    let organization = provider.organization_id;
    let now = services.clock.now();
    store::sessions::revoke_all(tx, organization, user, now).await?;
    store::api_tokens::revoke_all_of_user(tx, organization, user, now).await?;
    store::identity_links::remove(tx, organization, provider.id, user).await?;
    if store::memberships::lock(tx, organization, user)
        .await?
        .is_some()
    {
        store::memberships::remove(tx, organization, user).await?;
    }
    Ok(())
}
