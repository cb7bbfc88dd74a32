//! Who is told of what changes in the administration, and who is not even told that something did.
//!
//! Not for the streams of what is backed up, whose tests lie with their nouns. Invariant: every stream here is read up to an event
//! that must come, so that what did not come before it was really not told.

use domain::membership::{Membership, MembershipState};
use domain::role::BuiltInRole;
use domain::{ApiTokenId, OrganizationalUnitId, UserId};

use super::*;
use crate::testing::Harness;
use crate::{api_tokens, domain_proofs, invitations, memberships, profiles, roles};

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(20);

/// What a stream tells behind `start`, up to and with the first happening that `is_last`.
async fn heard(
    ctx: &Ctx,
    topic: Topic,
    start: &str,
    is_last: impl Fn(&Happening) -> bool,
) -> Vec<Happening> {
    let mut stream = Box::pin(follow(ctx, topic, Some(start.to_owned())).unwrap());
    let mut all = Vec::new();
    loop {
        let next = tokio::time::timeout(DEADLINE, stream.next()).await;
        let next = next
            .expect("an event in time")
            .expect("a stream that goes on");
        all.push(next.unwrap());
        if all.last().is_some_and(&is_last) {
            return all;
        }
    }
}

fn refused(ctx: &Ctx, topic: Topic) -> Option<Permission> {
    match follow(ctx, topic, None).err() {
        Some(Error::Forbidden(permission)) => Some(permission),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

fn id_of(ctx: &Ctx) -> UserId {
    ctx.user().unwrap().id
}

fn user(happening: &Happening) -> Option<User> {
    happening.subject.clone().and_then(Subject::user)
}

fn tells(wanted: UserId) -> impl Fn(&Happening) -> bool {
    move |happening| user(happening).is_some_and(|user| user.id == wanted)
}

#[tokio::test]
async fn each_stream_takes_what_its_list_takes() {
    let world = Harness::new().await;
    let unit = world.unit(world.root().await, "Berlin").await;
    let reader = world.person_with(&[Permission::Read]).await;
    let wanted = [
        (Topic::User, None),
        (Topic::Role, None),
        (Topic::OrganizationalUnit, None),
        (Topic::Organization, None),
        (Topic::OwnAccount, None),
        (Topic::Invitation, Some(Permission::UserManage)),
        (Topic::ServiceToken, Some(Permission::ServiceTokenManage)),
        (Topic::IdentityProvider, Some(Permission::SsoManage)),
        (Topic::DomainProof, Some(Permission::SsoManage)),
    ];
    for (topic, permission) in wanted {
        assert_eq!(refused(&reader, topic), permission, "{topic:?}");
    }
    // Even who manages people at a unit does not see all of them, and their list is refused.
    let elsewhere = world.person_at(BuiltInRole::SuperAdmin.id(), unit).await;
    assert_eq!(refused(&elsewhere, Topic::User), Some(Permission::Read));
    assert_eq!(
        refused(&elsewhere, Topic::Invitation),
        Some(Permission::UserManage)
    );
    assert_eq!(refused(&elsewhere, Topic::Role), None);
}

#[tokio::test]
async fn members_are_told_as_they_come_change_and_go() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let reader = world.person_with(&[Permission::Read]).await;
    let start = cursor(&admin).await.unwrap();
    let bob = id_of(&world.person(BuiltInRole::BackupAdmin).await);
    memberships::suspend(&admin, Some(bob)).await.unwrap();
    let until = heard(&reader, Topic::User, &start, tells(bob)).await;
    assert_eq!(until[0].change, ChangeKind::Created);
    let start = cursor(&admin).await.unwrap();
    memberships::resume(&admin, Some(bob)).await.unwrap();
    let grant = (
        Some(BuiltInRole::HelpdeskAdmin.id()),
        Some(world.root().await),
    );
    for (add, remove) in [(&[grant][..], &[][..]), (&[], &[grant])] {
        let changed = memberships::update_grants(&admin, Some(bob), add, remove).await;
        changed.unwrap();
    }
    memberships::remove(&admin, Some(bob)).await.unwrap();
    let is_gone = |one: &Happening| one.change == ChangeKind::Deleted;
    let all = heard(&reader, Topic::User, &start, is_gone).await;
    let changes: Vec<ChangeKind> = all.iter().map(|one| one.change).collect();
    assert_eq!(changes[..3], [ChangeKind::Updated; 3]);
    // By now the person is gone, so that no event shows them any more.
    assert!(all.iter().all(|one| one.subject.is_none()), "{all:?}");
}

#[tokio::test]
async fn who_is_only_invited_is_told_of_as_an_invitation_to_who_manages_people_and_as_a_person_to_nobody()
 {
    let world = Harness::new().await;
    let admin = world.admin().await;
    // Known elsewhere: the worst case, because there is a person whom a stream could show.
    let known = world.stranger().await;
    let reader = world.person_with(&[Permission::Read]).await;
    let manager = world
        .person_with(&[Permission::Read, Permission::UserManage])
        .await;
    let start = cursor(&admin).await.unwrap();
    let grant = (
        Some(BuiltInRole::BackupAdmin.id()),
        Some(world.root().await),
    );
    let invited = invitations::invite(&admin, "admin@b.test", &[grant]).await;
    let id = invited.unwrap().invitation.id;
    let shows = |one: &Happening| one.subject.is_some();
    let told = heard(&manager, Topic::Invitation, &start, shows).await;
    assert_eq!((told.len(), told[0].change), (1, ChangeKind::Created));
    let shown = told[0]
        .subject
        .clone()
        .and_then(Subject::invitation)
        .unwrap();
    assert_eq!(
        (shown.invitation.id, shown.email.as_str()),
        (id, "admin@b.test")
    );
    assert_eq!(shown.grants.len(), 1);
    invitations::resend(&admin, Some(id)).await.unwrap();
    invitations::revoke(&admin, Some(id)).await.unwrap();
    let is_gone = |one: &Happening| one.change == ChangeKind::Deleted;
    let told = heard(&manager, Topic::Invitation, &start, is_gone).await;
    let changes: Vec<ChangeKind> = told.iter().map(|one| one.change).collect();
    let wanted = [
        ChangeKind::Created,
        ChangeKind::Updated,
        ChangeKind::Deleted,
    ];
    assert_eq!(changes, wanted);
    assert_eq!(told[2].subject, None, "it is gone");
    // Whoever reads people hears nothing with a name in it, nor that anybody has gone.
    profiles::update(&reader, "Last").await.unwrap();
    let told = heard(&reader, Topic::User, &start, tells(id_of(&reader))).await;
    let of_others = &told[..told.len() - 1];
    let is_silent = |one: &Happening| one.subject.is_none() && one.change != ChangeKind::Deleted;
    assert!(of_others.iter().all(is_silent), "{of_others:?}");
    assert!(!told.iter().any(tells(id_of(&known))));
}

#[tokio::test]
async fn a_person_of_two_organizations_is_told_of_in_both_and_of_the_other_one_in_neither() {
    let world = Harness::new().await;
    let (ours, theirs) = (world.admin().await, world.stranger().await);
    let ann = world.person(BuiltInRole::BackupAdmin).await;
    let starts = [cursor(&ours).await.unwrap(), cursor(&theirs).await.unwrap()];
    let mut tx = world.services.store.begin().await.unwrap();
    let membership = Membership {
        organization_id: theirs.organization(),
        user_id: id_of(&ann),
        state: MembershipState::Active,
        invited_by: None,
        created_at: theirs.now(),
        last_active_at: None,
    };
    store::memberships::add(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    // What one organization does about the person is not the other's business.
    memberships::suspend(&theirs, Some(id_of(&ann)))
        .await
        .unwrap();
    profiles::update(&ann, "Ann Other").await.unwrap();
    let is_renamed = |one: &Happening| user(one).is_some_and(|user| user.name == "Ann Other");
    let told = heard(&ours, Topic::User, &starts[0], is_renamed).await;
    assert_eq!(
        told.len(),
        1,
        "neither the membership nor its end: {told:?}"
    );
    let told = heard(&theirs, Topic::User, &starts[1], |one| {
        one.change == ChangeKind::Created
    });
    assert_eq!(told.await.len(), 1);
    memberships::remove(&theirs, Some(id_of(&ann)))
        .await
        .unwrap();
    let told = heard(&theirs, Topic::User, &starts[1], |one| {
        one.change == ChangeKind::Deleted
    });
    let told = told.await;
    assert_eq!(told.last().and_then(user), None, "{told:?}");
    let changes: Vec<ChangeKind> = told.iter().map(|one| one.change).collect();
    assert!(changes.contains(&ChangeKind::Updated), "{changes:?}");
}

async fn rename(ctx: &Ctx, unit: OrganizationalUnitId, name: &str) {
    let renamed = organizational_units::rename(ctx, Some(unit), name, 1).await;
    renamed.unwrap();
}

#[tokio::test]
async fn a_unit_outside_of_ones_own_is_not_told_not_even_that_it_is_gone() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let start = cursor(&admin).await.unwrap();
    let (own, other) = (
        world.unit(root, "Own").await,
        world.unit(root, "Other").await,
    );
    let below = world.unit(other, "Below").await;
    rename(&admin, other, "Elsewhere").await;
    let deleted = organizational_units::delete(&admin, Some(other), None).await;
    deleted.unwrap();
    rename(&admin, own, "Mine").await;
    let helpdesk = world.person_at(BuiltInRole::HelpdeskAdmin.id(), own).await;
    let unit = |one: &Happening| {
        let unit = one.subject.clone().and_then(Subject::organizational_unit);
        unit.map(|unit| unit.id)
    };
    let is_last = |one: &Happening| one.change == ChangeKind::Updated && unit(one) == Some(own);
    let told = heard(&helpdesk, Topic::OrganizationalUnit, &start, is_last).await;
    assert!(told.iter().all(|one| unit(one) == Some(own)), "{told:?}");
    let told = heard(&admin, Topic::OrganizationalUnit, &start, is_last).await;
    let changes: Vec<_> = told.iter().map(|one| (one.change, unit(one))).collect();
    assert!(
        changes.contains(&(ChangeKind::Deleted, None)),
        "{changes:?}"
    );
    let moved = (ChangeKind::Updated, Some(below));
    assert!(
        changes.contains(&moved),
        "what lay below has moved: {changes:?}"
    );
}

#[tokio::test]
async fn a_service_token_is_told_to_who_manages_all_of_its_units_and_to_nobody_else() {
    let world = Harness::new().await;
    let (admin, root) = (world.admin().await, world.root().await);
    let (own, other) = (
        world.unit(root, "Own").await,
        world.unit(root, "Other").await,
    );
    let start = cursor(&admin).await.unwrap();
    let role = Some(BuiltInRole::BackupAdmin.id());
    let make = async |name: &str, unit: OrganizationalUnitId| -> ApiTokenId {
        let grants = [(role, Some(unit))];
        let made = service_tokens::create(&admin, name, &grants, None).await;
        made.unwrap().0.id
    };
    let hidden = make("hidden", other).await;
    service_tokens::delete(&admin, Some(hidden)).await.unwrap();
    let shown = make("shown", own).await;
    let manager = world.person_at(BuiltInRole::SuperAdmin.id(), own).await;
    let token = |one: &Happening| {
        let token = one.subject.clone().and_then(Subject::service_token);
        token.map(|token| token.id)
    };
    let is_last = |one: &Happening| token(one) == Some(shown);
    let told = heard(&manager, Topic::ServiceToken, &start, is_last).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let told = heard(&admin, Topic::ServiceToken, &start, is_last).await;
    let changes: Vec<_> = told.iter().map(|one| (one.change, token(one))).collect();
    // A deleted token is not shown as if it were still one.
    let wanted = [
        (ChangeKind::Created, None),
        (ChangeKind::Deleted, None),
        (ChangeKind::Created, Some(shown)),
    ];
    assert_eq!(changes, wanted);
}

#[tokio::test]
async fn what_is_ones_own_is_told_to_nobody_else() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let ann = world.person(BuiltInRole::SuperAdmin).await;
    let start = cursor(&admin).await.unwrap();
    let own = async |ctx: &Ctx| {
        let made = api_tokens::create(ctx, "t", None).await;
        made.unwrap().0.id
    };
    let token = own(&ann).await;
    api_tokens::delete(&ann, Some(token)).await.unwrap();
    // Another browser of the same person.
    world.admin().await;
    own(&admin).await;
    let reader = world.services.store.read();
    let told = store::events::since(&reader, ann.organization(), 0, 1_000).await;
    let told = told.unwrap();
    let of = |ctx: &Ctx| {
        let id = id_of(ctx).to_string();
        let own = told.iter().filter(|one| {
            one.topic == Topic::OwnAccount
                && one.subject == id
                && ::tasks::live::cursor(one.sequence) != start
        });
        own.map(|one| ::tasks::live::cursor(one.sequence))
            .collect::<Vec<_>>()
    };
    let last = of(&admin).pop().unwrap();
    let heard = heard(&admin, Topic::OwnAccount, &start, |one| one.cursor == last).await;
    assert_eq!(heard.len(), 2, "a session and a token: {heard:?}");
    let foreign = of(&ann);
    assert!(heard.iter().all(|one| !foreign.contains(&one.cursor)));
    assert!(foreign.len() >= 2, "made and deleted: {foreign:?}");
}

#[tokio::test]
async fn roles_providers_domains_and_the_organization_are_told_with_what_they_are_now() {
    let world = Harness::new().await;
    let admin = world.admin().await;
    let start = cursor(&admin).await.unwrap();
    let draft = domain::role::RoleDraft {
        name: "Night shift".to_owned(),
        description: None,
        permissions: [Permission::Read].into(),
    };
    let role = roles::create(&admin, draft).await.unwrap();
    let shows = |one: &Happening| one.subject.is_some();
    let told = heard(&admin, Topic::Role, &start, shows)
        .await
        .pop()
        .unwrap();
    let subject = told.subject.and_then(Subject::role);
    assert_eq!((told.change, subject), (ChangeKind::Created, Some(role)));
    let claim = domain_proofs::claim(&admin, "a.test").await.unwrap();
    world
        .records
        .add(&claim.record_name(), &claim.record_text());
    let proven = domain_proofs::prove(&admin, Some(claim.id)).await.unwrap();
    let is_proof = |one: &Happening| one.change == ChangeKind::Updated;
    let told = heard(&admin, Topic::DomainProof, &start, is_proof).await;
    let subject = told[1].subject.clone().and_then(Subject::domain_proof);
    assert_eq!(subject, Some(proven));
    domain_proofs::release(&admin, Some(claim.id))
        .await
        .unwrap();
    let is_gone = |one: &Happening| one.change == ChangeKind::Deleted;
    let told = heard(&admin, Topic::DomainProof, &start, is_gone).await;
    assert_eq!(told.len(), 3);
    let change = crate::organization_settings::SettingsChange {
        name: Some("Other".to_owned()),
        ..crate::organization_settings::SettingsChange::default()
    };
    let changed = crate::organization_settings::update(&admin, change, 1).await;
    let told = heard(&admin, Topic::Organization, &start, shows).await;
    let subject = told[0].subject.clone().and_then(Subject::organization);
    assert_eq!(subject, Some(changed.unwrap()));
}
