//! Every mutation of the lists of the administration tells who follows them, made from the examples of `audited.rs`.
//!
//! Not for who is told (`app::events`). Invariant: a mutation of these nouns that is new in the schema is named here, or the test
//! says so.

use std::sync::Mutex;
use std::time::Duration;

use domain::event::{ChangeKind, Event, Topic};
use futures_util::StreamExt as _;

use super::audited::{EXAMPLES, run_all};
use super::stage;
use super::world::Tenant;
use crate::checks::sample::Sdl;

/// What each mutation tells at least.
const TOLD: &[(&str, Topic, ChangeKind)] = &[
    ("createSession", Topic::OwnAccount, ChangeKind::Updated),
    ("createApiToken", Topic::OwnAccount, ChangeKind::Updated),
    ("deleteApiToken", Topic::OwnAccount, ChangeKind::Updated),
    ("claimDomain", Topic::DomainProof, ChangeKind::Created),
    (
        "createIdentityProvider",
        Topic::IdentityProvider,
        ChangeKind::Created,
    ),
    (
        "updateIdentityProvider",
        Topic::IdentityProvider,
        ChangeKind::Updated,
    ),
    (
        "deleteIdentityProvider",
        Topic::IdentityProvider,
        ChangeKind::Deleted,
    ),
    ("updateUserGrants", Topic::User, ChangeKind::Updated),
    ("suspendUser", Topic::User, ChangeKind::Updated),
    ("suspendUser", Topic::OwnAccount, ChangeKind::Updated),
    ("resumeUser", Topic::User, ChangeKind::Updated),
    ("removeUser", Topic::User, ChangeKind::Deleted),
    (
        "createOrganizationalUnit",
        Topic::OrganizationalUnit,
        ChangeKind::Created,
    ),
    (
        "renameOrganizationalUnit",
        Topic::OrganizationalUnit,
        ChangeKind::Updated,
    ),
    (
        "moveOrganizationalUnit",
        Topic::OrganizationalUnit,
        ChangeKind::Updated,
    ),
    (
        "deleteOrganizationalUnit",
        Topic::OrganizationalUnit,
        ChangeKind::Deleted,
    ),
    ("createRole", Topic::Role, ChangeKind::Created),
    ("updateRole", Topic::Role, ChangeKind::Updated),
    ("deleteRole", Topic::Role, ChangeKind::Deleted),
    (
        "updateOrganizationSettings",
        Topic::Organization,
        ChangeKind::Updated,
    ),
    (
        "createServiceToken",
        Topic::ServiceToken,
        ChangeKind::Created,
    ),
    (
        "deleteServiceToken",
        Topic::ServiceToken,
        ChangeKind::Deleted,
    ),
    ("inviteUser", Topic::Invitation, ChangeKind::Created),
    ("resendInvitation", Topic::Invitation, ChangeKind::Updated),
    ("revokeInvitation", Topic::Invitation, ChangeKind::Deleted),
    ("updateProfile", Topic::User, ChangeKind::Updated),
    ("updateProfile", Topic::OwnAccount, ChangeKind::Updated),
    ("applyVaultLock", Topic::Organization, ChangeKind::Updated),
    (
        "deleteOtherSessions",
        Topic::OwnAccount,
        ChangeKind::Updated,
    ),
    ("deleteSession", Topic::OwnAccount, ChangeKind::Updated),
    ("switchOrganization", Topic::OwnAccount, ChangeKind::Updated),
];

/// Mutations of these nouns that tell nothing in the world of the examples, each with the reason.
const SILENT: &[(&str, &str)] = &[
    ("createScimToken", "no page shows whether there is one"),
    ("deleteScimToken", "no page shows whether there is one"),
    ("deleteUserSessions", "their suspension has ended them all"),
    ("removeVaultLock", "it waits for a second person first"),
];

/// Words in the names of the mutations that must be named here.
const NOUNS: &[&str] = &[
    "User",
    "Invitation",
    "Role",
    "OrganizationalUnit",
    "ServiceToken",
    "ApiToken",
    "ScimToken",
    "IdentityProvider",
    "Domain",
    "Organization",
    "VaultLock",
    "Session",
    "Profile",
];

#[tokio::test]
async fn every_mutation_of_the_administration_tells_who_follows_its_list() {
    let (stage, _) = stage().await;
    let sdl = Sdl::new();
    let own = Tenant::new(&stage, stage.world.admin().await, "own").await;
    let (events, organization) = (&stage.world.services.events, own.ctx.organization());
    let begun = Mutex::new(Vec::new());
    run_all(&stage, &own, &sdl, async |name, _, _| {
        let head = events.head(organization).await.unwrap();
        begun.lock().unwrap().push((name.to_owned(), head));
    })
    .await;
    let begun = begun.into_inner().unwrap();
    let end = events.head(organization).await.unwrap();
    let mut faults = Vec::new();
    for (name, topic, change) in TOLD {
        let place = begun.iter().position(|(one, _)| one == name).unwrap();
        let (from, until) = (
            &begun[place].1,
            begun.get(place + 1).map_or(&end, |(_, head)| head),
        );
        let mut told: Vec<Event> = Vec::new();
        if from != until {
            let stream = events.subscribe(organization, Vec::new(), Some(from.clone()));
            let mut stream = Box::pin(stream);
            while told
                .last()
                .is_none_or(|last| format!("e{:x}", last.sequence) != *until)
            {
                let next = tokio::time::timeout(Duration::from_secs(20), stream.next()).await;
                told.push(next.unwrap().unwrap().unwrap());
            }
        }
        if !told
            .iter()
            .any(|one| (one.topic, one.change) == (*topic, *change))
        {
            faults.push(format!("{name} does not tell {change:?} of {topic:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_mutation_of_the_administration_is_forgotten() {
    let named: Vec<&str> = TOLD
        .iter()
        .map(|(name, ..)| *name)
        .chain(SILENT.iter().map(|(name, _)| *name))
        .collect();
    for (name, _) in EXAMPLES {
        let is_meant = NOUNS.iter().any(|noun| name.contains(noun));
        assert!(!is_meant || named.contains(name), "add {name} to told.rs");
    }
}
