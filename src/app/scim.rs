//! What an identity provider may push by SCIM 2.0: people and groups of its own.
//!
//! Not for the wire form (`identity::scim`, `server`). Invariant: a provider reaches what it has pushed and nothing else; a person
//! comes with an address of a domain that the organization has proven and that nobody here has (or who is nobody's:
//! `sign_on/adoption.rs`); nothing that a provider says takes the last Super Admin away.

use std::collections::BTreeSet;

use domain::audit::Outcome;
use domain::domain_proof::domain_of_email;
use domain::identity_provider::{IdentityProvider, ProviderState};
use domain::limits::NAME_LENGTH_MAX;
use domain::membership::MembershipState;
use domain::scim::{
    SCIM_MEMBERS_MAX, SCIM_PAGE_MAX, SCIM_ROWS_MAX, ScimFilter, ScimGroup, ScimUser,
};
use domain::text::checked_name;
use domain::user::{User, normalize_email};
use domain::{IdentityProviderId, OrganizationId, Problem, ProblemCode, ScimGroupId, UserId};
use identity::ApiTokenSecret;
use identity::scim::{GroupChange, MemberChange, UserChange};
use serde_json::json;
use store::{Connection, Tx};

use crate::actions::{self, Action};
use crate::audit;
use crate::context::{Ctx, Origin, Services};
use crate::error::Error;
use crate::memberships;
use crate::sign_on::adoption::{self, Address, Newcomer, Way};
use crate::sign_on::{self, arrival};

/// An identity provider that has shown its token.
#[derive(Debug)]
pub struct ScimCaller<'a> {
    services: &'a Services,
    origin: &'a Origin,
    provider: IdentityProvider,
}

/// A person as the provider sees them.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// What the provider has pushed.
    pub scim: ScimUser,
    /// The person.
    pub user: User,
    /// Whether the person may act.
    pub active: bool,
    /// The groups that the provider has put the person into.
    pub groups: Vec<ScimGroup>,
}

/// Makes the token with which a provider pushes, in the place of an earlier one.
pub async fn create_token(
    ctx: &Ctx,
    provider: Option<IdentityProviderId>,
) -> Result<(IdentityProviderId, ApiTokenSecret), Error> {
    ctx.authorize(actions::CREATE_SCIM_TOKEN).await?;
    let missing = || sign_on::not_found("identityProviderId");
    let id = provider.ok_or_else(missing)?;
    let secret = ApiTokenSecret::fresh(ctx.ids());
    let mut tx = ctx.begin().await?;
    let found = store::identity_providers::lock(&tx, ctx.organization(), id).await?;
    found.ok_or_else(missing)?;
    let digest = secret.digest();
    store::scim::set_token(
        &mut tx,
        ctx.organization(),
        id,
        digest.as_bytes(),
        ctx.now(),
    )
    .await?;
    audit::success(ctx, &mut tx, actions::CREATE_SCIM_TOKEN, id, json!({})).await?;
    tx.commit().await?;
    Ok((id, secret))
}

/// Ends the token of a provider: it pushes nothing any more.
pub async fn delete_token(
    ctx: &Ctx,
    provider: Option<IdentityProviderId>,
) -> Result<IdentityProviderId, Error> {
    ctx.authorize(actions::DELETE_SCIM_TOKEN).await?;
    let missing = || sign_on::not_found("identityProviderId");
    let id = provider.ok_or_else(missing)?;
    let mut tx = ctx.begin().await?;
    if !store::scim::remove_token(&mut tx, ctx.organization(), id).await? {
        return Err(missing());
    }
    audit::success(ctx, &mut tx, actions::DELETE_SCIM_TOKEN, id, json!({})).await?;
    tx.commit().await?;
    Ok(id)
}

/// The provider of a bearer token; none when the token is unknown or the provider is switched off.
pub async fn recognise<'a>(
    services: &'a Services,
    origin: &'a Origin,
    bearer: &str,
) -> Result<Option<ScimCaller<'a>>, Error> {
    let Some(secret) = ApiTokenSecret::parse(bearer) else {
        return Ok(None);
    };
    let reader = services.store.read();
    let id = store::scim::system_find_token(&reader, secret.digest().as_bytes()).await?;
    let Some(id) = id else {
        return Ok(None);
    };
    let provider = store::identity_providers::system_lookup(&reader, id).await?;
    let provider = provider.filter(|found| found.state != ProviderState::Disabled);
    Ok(provider.map(|provider| ScimCaller {
        services,
        origin,
        provider,
    }))
}

impl ScimCaller<'_> {
    /// A page of people, and how many there are in all. `start` counts from 0.
    pub async fn users(
        &self,
        filter: &ScimFilter,
        start: u64,
        count: u64,
    ) -> Result<(Vec<Pushed>, u64), Error> {
        let reader = self.services.store.read_in(self.organization());
        let count = count.min(SCIM_PAGE_MAX);
        let found = store::scim::users(&reader, self.provider.id, filter, start, count).await?;
        let mut pushed = Vec::new();
        for scim in found.0 {
            pushed.extend(self.pushed(&reader, scim).await?);
        }
        Ok((pushed, found.1))
    }

    /// One person.
    pub async fn user(&self, id: Option<UserId>) -> Result<Pushed, Error> {
        let reader = self.services.store.read_in(self.organization());
        let scim = self.scim_user(&reader, id).await?;
        self.pushed(&reader, scim).await?.ok_or_else(no_user)
    }

    /// Adds a person.
    pub async fn create_user(&self, new: UserChange) -> Result<Pushed, Error> {
        let name = new.user_name.unwrap_or_default();
        let mut tx = self.locked().await?;
        self.check_name(&tx, &name, None).await?;
        let (_, total) = store::scim::users(&tx, self.provider.id, &ScimFilter::All, 0, 1).await?;
        if total >= SCIM_ROWS_MAX {
            let message = format!("There are {SCIM_ROWS_MAX} people already.");
            return Err(Problem::new(ProblemCode::LimitReached, "userName", message).into());
        }
        let (email, left) = self
            .own_address(new.email.as_deref().unwrap_or(&name))
            .await?;
        let (now, is_adopted) = (self.services.clock.now(), left.is_some());
        let shown: String = new
            .name
            .as_deref()
            .unwrap_or(&name)
            .chars()
            .take(NAME_LENGTH_MAX)
            .collect();
        let newcomer = Newcomer {
            name: checked_name("displayName", &shown, NAME_LENGTH_MAX)?,
            email: &email,
            left,
        };
        let user = adoption::settle(self.services, &mut tx, &self.provider, newcomer).await?;
        let scim = ScimUser {
            provider_id: self.provider.id,
            organization_id: self.provider.organization_id,
            user_id: user.id,
            user_name: name,
            external_id: new.external_id.flatten(),
            created_at: now,
            changed_at: now,
        };
        store::scim::add_user(&mut tx, &scim).await?;
        if new.active == Some(false) {
            self.set_active(&mut tx, user.id, false).await?;
        }
        let summary = json!({ "email": user.email, "adopted": is_adopted });
        self.record(&mut tx, actions::SCIM_PUSH_USER, user.id, summary)
            .await?;
        let pushed = self.pushed(&tx, scim).await?.ok_or_else(no_user)?;
        tx.commit().await?;
        Ok(pushed)
    }

    /// Changes a person. Name and address of a person here are the person's own: they are taken at the first push only.
    pub async fn update_user(
        &self,
        id: Option<UserId>,
        change: UserChange,
    ) -> Result<Pushed, Error> {
        let mut tx = self.locked().await?;
        let mut scim = self.scim_user(&tx, id).await?;
        if let Some(name) = change.user_name {
            self.check_name(&tx, &name, Some(scim.user_id)).await?;
            scim.user_name = name;
        }
        if let Some(external_id) = change.external_id {
            scim.external_id = external_id;
        }
        scim.changed_at = self.services.clock.now();
        store::scim::update_user(&mut tx, &scim).await?;
        if let Some(active) = change.active {
            self.set_active(&mut tx, scim.user_id, active).await?;
        }
        let summary = json!({ "active": change.active });
        self.record(&mut tx, actions::SCIM_PUSH_USER, scim.user_id, summary)
            .await?;
        let pushed = self.pushed(&tx, scim).await?.ok_or_else(no_user)?;
        tx.commit().await?;
        Ok(pushed)
    }

    /// Takes a person out of the organization, as an administrator does; the provider may bring them again. Whom an administrator
    /// has suspended stays suspended, so that bringing them again is no way around it.
    pub async fn delete_user(&self, id: Option<UserId>) -> Result<(), Error> {
        let mut tx = self.locked().await?;
        let user = self.scim_user(&tx, id).await?.user_id;
        let organization = self.provider.organization_id;
        let now = self.services.clock.now();
        store::identity_links::remove(&mut tx, organization, self.provider.id, user).await?;
        store::scim::remove_user(&mut tx, self.provider.id, user).await?;
        if self.is_held(&tx, user).await? {
            self.apply_rules(&mut tx, user).await?;
            store::api_tokens::revoke_all_of_user(&mut tx, organization, user, now).await?;
        } else {
            memberships::leave(&mut tx, organization, user, now).await?;
        }
        self.keep_an_admin(&tx).await?;
        self.record(&mut tx, actions::SCIM_REMOVE_USER, user, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// A page of groups, and how many there are in all. `start` counts from 0.
    pub async fn groups(
        &self,
        filter: &ScimFilter,
        start: u64,
        count: u64,
    ) -> Result<(Vec<(ScimGroup, Vec<UserId>)>, u64), Error> {
        let reader = self.services.store.read_in(self.organization());
        let count = count.min(SCIM_PAGE_MAX);
        let found = store::scim::groups(&reader, self.provider.id, filter, start, count).await?;
        let mut groups = Vec::new();
        for group in found.0 {
            let members = store::scim::members(&reader, group.id).await?;
            groups.push((group, members));
        }
        Ok((groups, found.1))
    }

    /// One group with its members.
    pub async fn group(&self, id: Option<ScimGroupId>) -> Result<(ScimGroup, Vec<UserId>), Error> {
        let reader = self.services.store.read_in(self.organization());
        let group = self.scim_group(&reader, id).await?;
        let members = store::scim::members(&reader, group.id).await?;
        Ok((group, members))
    }

    /// Adds a group.
    pub async fn create_group(&self, new: GroupChange) -> Result<(ScimGroup, Vec<UserId>), Error> {
        let name = new.display_name.clone().unwrap_or_default();
        let mut tx = self.locked().await?;
        self.check_group(&tx, &name, None).await?;
        let (_, total) = store::scim::groups(&tx, self.provider.id, &ScimFilter::All, 0, 1).await?;
        if total >= SCIM_ROWS_MAX {
            let message = format!("There are {SCIM_ROWS_MAX} groups already.");
            return Err(Problem::new(ProblemCode::LimitReached, "displayName", message).into());
        }
        let now = self.services.clock.now();
        let group = ScimGroup {
            id: ScimGroupId::fresh(self.services.ids.as_ref()),
            provider_id: self.provider.id,
            organization_id: self.provider.organization_id,
            display_name: name,
            external_id: new.external_id.flatten(),
            created_at: now,
            changed_at: now,
        };
        store::scim::add_group(&mut tx, &group).await?;
        let members = self
            .change_members(&mut tx, &group, &new.members, false)
            .await?;
        self.record(
            &mut tx,
            actions::SCIM_PUSH_GROUP,
            group.id,
            json!({ "members": members.len() }),
        )
        .await?;
        tx.commit().await?;
        Ok((group, members))
    }

    /// Changes a group; rules count for its people at once.
    pub async fn update_group(
        &self,
        id: Option<ScimGroupId>,
        change: GroupChange,
    ) -> Result<(ScimGroup, Vec<UserId>), Error> {
        let mut tx = self.locked().await?;
        let mut group = self.scim_group(&tx, id).await?;
        let mut is_renamed = false;
        if let Some(name) = change.display_name {
            self.check_group(&tx, &name, Some(group.id)).await?;
            is_renamed = name != group.display_name;
            group.display_name = name;
        }
        if let Some(external_id) = change.external_id {
            group.external_id = external_id;
        }
        group.changed_at = self.services.clock.now();
        store::scim::update_group(&mut tx, &group).await?;
        let members = self
            .change_members(&mut tx, &group, &change.members, is_renamed)
            .await?;
        self.record(
            &mut tx,
            actions::SCIM_PUSH_GROUP,
            group.id,
            json!({ "members": members.len() }),
        )
        .await?;
        tx.commit().await?;
        Ok((group, members))
    }

    /// Removes a group; its people lose what it granted.
    pub async fn delete_group(&self, id: Option<ScimGroupId>) -> Result<(), Error> {
        let mut tx = self.locked().await?;
        let group = self.scim_group(&tx, id).await?;
        let members = store::scim::members(&tx, group.id).await?;
        store::scim::remove_group(&mut tx, self.provider.id, group.id).await?;
        for user in members {
            self.apply_rules(&mut tx, user).await?;
        }
        self.record(&mut tx, actions::SCIM_REMOVE_GROUP, group.id, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    const fn organization(&self) -> OrganizationId {
        self.provider.organization_id
    }

    /// Begins with the lock of the organization, so that no two changes pass each other.
    async fn locked(&self) -> Result<Tx, Error> {
        let tx = self.services.store.begin_in(self.organization()).await?;
        store::organizations::lock(&tx, self.provider.organization_id).await?;
        Ok(tx)
    }

    async fn scim_user(&self, db: &impl Connection, id: Option<UserId>) -> Result<ScimUser, Error> {
        let id = id.ok_or_else(no_user)?;
        let found = store::scim::user(db, self.provider.id, id).await?;
        found.ok_or_else(no_user)
    }

    async fn scim_group(
        &self,
        db: &impl Connection,
        id: Option<ScimGroupId>,
    ) -> Result<ScimGroup, Error> {
        let missing = || Error::not_found("id", "group");
        let id = id.ok_or_else(missing)?;
        let found = store::scim::group(db, self.provider.id, id).await?;
        found.ok_or_else(missing)
    }

    async fn pushed(&self, db: &impl Connection, scim: ScimUser) -> Result<Option<Pushed>, Error> {
        let organization = self.provider.organization_id;
        let user = store::users::lookup(db, organization, scim.user_id).await?;
        let membership = store::memberships::lookup(db, organization, scim.user_id).await?;
        let groups = store::scim::groups_of_user(db, self.provider.id, scim.user_id).await?;
        let active = membership.is_some_and(|found| found.state == MembershipState::Active);
        Ok(user.map(|user| Pushed {
            scim,
            user,
            active,
            groups,
        }))
    }

    async fn check_name(&self, tx: &Tx, name: &str, own: Option<UserId>) -> Result<(), Error> {
        let filter = ScimFilter::Name(name.to_owned());
        let (found, _) = store::scim::users(tx, self.provider.id, &filter, 0, 1).await?;
        if found.iter().any(|one| Some(one.user_id) != own) {
            return Err(taken("userName", "Another person has this userName."));
        }
        Ok(())
    }

    async fn check_group(
        &self,
        tx: &Tx,
        name: &str,
        own: Option<ScimGroupId>,
    ) -> Result<(), Error> {
        let filter = ScimFilter::Name(name.to_owned());
        let (found, _) = store::scim::groups(tx, self.provider.id, &filter, 0, 1).await?;
        if found.iter().any(|one| Some(one.id) != own) {
            return Err(taken("displayName", "Another group has this displayName."));
        }
        Ok(())
    }

    /// The address, of a domain of ours, and whoever was left behind with it; refused when somebody has it.
    async fn own_address(&self, text: &str) -> Result<(String, Option<User>), Error> {
        let email = normalize_email(text).ok_or_else(|| {
            let message = "A person needs an e-mail address: in emails, or as the userName.";
            Error::from(Problem::invalid("emails", message))
        })?;
        // Addresses and domains are one list over all organizations.
        let everybody = self.services.store.read();
        let owner = match domain_of_email(&email) {
            Some(domain) => store::domain_proofs::system_owner(&everybody, &domain).await?,
            None => None,
        };
        if owner != Some(self.provider.organization_id) {
            let message = "The domain of the address is not proven for this organization.";
            return Err(Problem::invalid("emails", message).into());
        }
        match adoption::look_up(&everybody, &self.provider, &email, Way::Push).await? {
            Address::Free => Ok((email, None)),
            Address::Left(user) => Ok((email, Some(user))),
            Address::Taken => {
                let message = "A person with this address is here already. They can link their account themselves.";
                Err(taken("emails", message))
            }
        }
    }

    /// Suspends, or lifts what this provider has suspended; a suspended person's sessions end. What an administrator has suspended
    /// stays, and the answer says so.
    async fn set_active(&self, tx: &mut Tx, user: UserId, active: bool) -> Result<(), Error> {
        let (organization, provider) = (self.provider.organization_id, self.provider.id);
        let found = store::memberships::lock(tx, organization, user).await?;
        let state = found.map(|found| found.state);
        let by = store::memberships::suspended_by(tx, organization, user).await?;
        if active && state == Some(MembershipState::Suspended) && by == Some(provider) {
            store::memberships::set_state(tx, organization, user, MembershipState::Active).await?;
        }
        if !active && state == Some(MembershipState::Active) {
            store::memberships::suspend_by(tx, organization, user, provider).await?;
            let now = self.services.clock.now();
            store::sessions::revoke_all(tx, organization, user, now).await?;
            self.keep_an_admin(tx).await?;
        }
        Ok(())
    }

    /// Whether somebody other than this provider has suspended the person.
    async fn is_held(&self, tx: &Tx, user: UserId) -> Result<bool, Error> {
        let organization = self.provider.organization_id;
        let found = store::memberships::lock(tx, organization, user).await?;
        let by = store::memberships::suspended_by(tx, organization, user).await?;
        let is_suspended = found.is_some_and(|one| one.state == MembershipState::Suspended);
        Ok(is_suspended && by != Some(self.provider.id))
    }

    async fn keep_an_admin(&self, tx: &Tx) -> Result<(), Error> {
        let admins = store::role_grants::super_admins(tx, self.provider.organization_id).await?;
        if admins.is_empty() {
            let message = "This is the last Super Admin of the organization.";
            return Err(Error::precondition("active", message));
        }
        Ok(())
    }

    /// Applies the changes in order, and the rules to everybody whom they concern; answers who is a member then.
    async fn change_members(
        &self,
        tx: &mut Tx,
        group: &ScimGroup,
        changes: &[MemberChange],
        is_renamed: bool,
    ) -> Result<Vec<UserId>, Error> {
        let before = store::scim::members(tx, group.id).await?;
        let before: BTreeSet<UserId> = before.into_iter().collect();
        let mut members = before.clone();
        for change in changes {
            match change {
                MemberChange::Add(ids) => members.extend(self.known(tx, ids).await?),
                // Who is unknown is not a member, so there is nothing to do.
                MemberChange::Remove(ids) => {
                    let gone: BTreeSet<UserId> =
                        ids.iter().filter_map(|id| id.parse().ok()).collect();
                    members.retain(|member| !gone.contains(member));
                }
                MemberChange::Replace(ids) => members = self.known(tx, ids).await?,
            }
        }
        if members.len() > SCIM_MEMBERS_MAX {
            let message = format!("A group has at most {SCIM_MEMBERS_MAX} members.");
            return Err(Problem::new(ProblemCode::LimitReached, "members", message).into());
        }
        let list: Vec<UserId> = members.iter().copied().collect();
        store::scim::set_members(tx, group, &list).await?;
        let concerned: Vec<UserId> = if is_renamed {
            before.union(&members).copied().collect()
        } else {
            before.symmetric_difference(&members).copied().collect()
        };
        for user in concerned {
            self.apply_rules(tx, user).await?;
        }
        Ok(list)
    }

    async fn known(&self, tx: &Tx, ids: &[String]) -> Result<BTreeSet<UserId>, Error> {
        let mut known = BTreeSet::new();
        for id in ids {
            let user = match id.parse().ok() {
                Some(id) => store::scim::user(tx, self.provider.id, id).await?,
                None => None,
            };
            let missing = || Error::from(Problem::invalid("members", "There is no such person."));
            known.insert(user.ok_or_else(missing)?.user_id);
        }
        Ok(known)
    }

    async fn apply_rules(&self, tx: &mut Tx, user: UserId) -> Result<(), Error> {
        let groups = names_of_groups(tx, self.provider.id, user).await?;
        let provider = &self.provider;
        arrival::apply_rules(self.services, self.origin, tx, provider, user, &groups).await
    }

    async fn record(
        &self,
        tx: &mut Tx,
        action: Action,
        target: impl ToString + Send,
        mut summary: serde_json::Value,
    ) -> Result<(), Error> {
        if let Some(summary) = summary.as_object_mut() {
            summary.insert("provider".to_owned(), json!(self.provider.id));
        }
        let mut event = sign_on::event(self.services, self.origin, &self.provider, action);
        event.outcome = Outcome::Success;
        event.target = Some(target.to_string());
        event.summary = summary;
        Ok(store::audit::record(tx, &event).await?)
    }
}

/// The names of the groups into which a provider has put a person.
pub(crate) async fn names_of_groups(
    tx: &Tx,
    provider: IdentityProviderId,
    user: UserId,
) -> Result<Vec<String>, Error> {
    let groups = store::scim::groups_of_user(tx, provider, user).await?;
    Ok(groups.into_iter().map(|group| group.display_name).collect())
}

fn no_user() -> Error {
    Error::not_found("id", "person")
}

fn taken(field: &str, message: &str) -> Error {
    Problem::new(ProblemCode::Taken, field, message).into()
}

#[cfg(test)]
mod tests;
