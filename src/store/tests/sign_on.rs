//! Identity providers, links, sign-ons under way and domains: what is unique, what is taken once, and what a neighbour sees.

use std::sync::Arc;

use domain::domain_proof::DomainProof;
use domain::group_rule::{GroupCondition, GroupRule};
use domain::identity_provider::{
    IdentityLink, IdentityProvider, OidcProvider, ProviderSession, ProviderSettings, ProviderState,
    SignOnPurpose, SignOnRequest,
};
use domain::session::Session;
use domain::{Clock, DomainProofId, IdentityProviderId, RoleId, SessionId, TestClock};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};

use super::{World, at, worlds};
use crate::{
    DatabaseConfig, Store, domain_proofs, identity_links, identity_providers, provider_sessions,
    sessions, sign_on_requests,
};

fn provider(world: &World, name: &str) -> IdentityProvider {
    IdentityProvider {
        id: IdentityProviderId::fresh(world.ids.as_ref()),
        organization_id: world.id(),
        name: name.to_owned(),
        settings: ProviderSettings::Oidc(OidcProvider {
            issuer: "https://idp.example".to_owned(),
            client_id: "holdfast".to_owned(),
            sealed_secret: Some("sealed".to_owned()),
            groups_claim: "groups".to_owned(),
        }),
        rules: vec![GroupRule {
            name: "Admins".to_owned(),
            condition: GroupCondition::AnyOf(vec!["ops".to_owned()]),
            role_id: RoleId::fresh(world.ids.as_ref()),
            unit_ids: vec![world.unit.id],
        }],
        state: ProviderState::Draft,
        version: 1,
        created_at: at(0),
    }
}

pub(super) async fn add_provider(world: &World, name: &str) -> IdentityProvider {
    let provider = provider(world, name);
    let mut tx = world.store.begin().await.unwrap();
    identity_providers::add(&mut tx, &provider).await.unwrap();
    tx.commit().await.unwrap();
    provider
}

fn request(provider: &IdentityProvider) -> SignOnRequest {
    SignOnRequest {
        organization_id: provider.organization_id,
        provider_id: provider.id,
        purpose: SignOnPurpose::SignOn,
        user_id: None,
        created_at: at(0),
        expires_at: at(600),
    }
}

#[tokio::test]
async fn providers_come_back_whole_and_belong_to_one_organization() {
    for world in worlds().await {
        let neighbour = world.neighbour().await;
        let mut ours = add_provider(&world, "Corp").await;
        add_provider(&neighbour, "Corp").await;
        let db = world.store.read();
        assert_eq!(
            identity_providers::lookup(&db, world.id(), ours.id)
                .await
                .unwrap(),
            Some(ours.clone())
        );
        assert_eq!(
            identity_providers::lookup(&db, neighbour.id(), ours.id)
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            identity_providers::list(&db, world.id()).await.unwrap(),
            std::slice::from_ref(&ours)
        );
        let mut tx = world.store.begin().await.unwrap();
        let twin = identity_providers::add(&mut tx, &provider(&world, "Corp"))
            .await
            .unwrap_err();
        assert!(twin.is_constraint("identity_providers_name"), "{twin:?}");
        drop(tx);
        // A change is written once per version, and by its own organization only.
        ours.state = ProviderState::Tested;
        ours.version = 2;
        let foreign = IdentityProvider {
            organization_id: neighbour.id(),
            ..ours.clone()
        };
        let mut tx = world.store.begin().await.unwrap();
        assert!(identity_providers::update(&mut tx, &foreign).await.is_err());
        assert!(
            identity_providers::remove(&mut tx, neighbour.id(), ours.id)
                .await
                .is_err()
        );
        identity_providers::update(&mut tx, &ours).await.unwrap();
        assert!(identity_providers::update(&mut tx, &ours).await.is_err());
        tx.commit().await.unwrap();
        assert_eq!(
            identity_providers::lookup(&db, world.id(), ours.id)
                .await
                .unwrap(),
            Some(ours)
        );
    }
}

#[tokio::test]
async fn a_request_is_taken_once_however_many_ask() {
    for world in worlds().await {
        let provider = add_provider(&world, "Corp").await;
        let request = request(&provider);
        let mut tx = world.store.begin().await.unwrap();
        sign_on_requests::add(&mut tx, &request, b"hash")
            .await
            .unwrap();
        assert_eq!(
            sign_on_requests::count_of_provider(&tx, provider.id, at(0))
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            sign_on_requests::count_of_provider(&tx, provider.id, at(600))
                .await
                .unwrap(),
            0
        );
        tx.commit().await.unwrap();
        let taken = join_all((0..8).map(|_| async {
            let mut tx = world.store.begin().await.unwrap();
            let taken = sign_on_requests::take(&mut tx, b"hash").await.unwrap();
            tx.commit().await.unwrap();
            taken
        }))
        .await;
        let got: Vec<_> = taken.into_iter().flatten().collect();
        assert_eq!(got, [request]);
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(
            sign_on_requests::take(&mut tx, b"other").await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn a_message_is_used_once_per_provider_however_many_ask() {
    for world in worlds().await {
        let (one, other) = (
            add_provider(&world, "One").await,
            add_provider(&world, "Other").await,
        );
        let used = join_all((0..8).map(|_| async {
            let mut tx = world.store.begin().await.unwrap();
            let is_first = sign_on_requests::use_assertion(&mut tx, one.id, "a-1", at(60))
                .await
                .unwrap();
            tx.commit().await.unwrap();
            is_first
        }))
        .await;
        assert_eq!(used.into_iter().filter(|is_first| *is_first).count(), 1);
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            sign_on_requests::use_assertion(&mut tx, other.id, "a-1", at(60))
                .await
                .unwrap()
        );
        assert!(
            !sign_on_requests::use_assertion(&mut tx, one.id, "\0", at(60))
                .await
                .unwrap()
        );
        sign_on_requests::add(&mut tx, &request(&one), b"old")
            .await
            .unwrap();
        // What has run out is forgotten, and nothing before.
        assert_eq!(
            sign_on_requests::system_remove_ended(&mut tx, at(60))
                .await
                .unwrap(),
            0
        );
        assert!(
            !sign_on_requests::use_assertion(&mut tx, one.id, "a-1", at(60))
                .await
                .unwrap()
        );
        assert_eq!(
            sign_on_requests::system_remove_ended(&mut tx, at(601))
                .await
                .unwrap(),
            3
        );
    }
}

#[tokio::test]
async fn a_subject_is_one_person_per_provider() {
    for world in worlds().await {
        let (one, other) = (
            add_provider(&world, "One").await,
            add_provider(&world, "Other").await,
        );
        let link = |provider: &IdentityProvider, subject: &str| IdentityLink {
            organization_id: world.id(),
            provider_id: provider.id,
            subject: subject.to_owned(),
            user_id: world.user.id,
            created_at: at(0),
        };
        let mut tx = world.store.begin().await.unwrap();
        identity_links::add(&mut tx, &link(&one, "ann"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let db = world.store.read();
        assert_eq!(
            identity_links::find(&db, one.id, "ann").await.unwrap(),
            Some(link(&one, "ann"))
        );
        // The same subject of another provider is somebody else; so is another spelling.
        for (provider, subject) in [
            (&other, "ann"),
            (&one, "Ann"),
            (&one, "ann "),
            (&one, ""),
            (&one, "\0"),
        ] {
            assert_eq!(
                identity_links::find(&db, provider.id, subject)
                    .await
                    .unwrap(),
                None,
                "{subject:?}"
            );
        }
        for subject in ["ann", "bob"] {
            let mut tx = world.store.begin().await.unwrap();
            assert!(
                identity_links::add(&mut tx, &link(&one, subject))
                    .await
                    .is_err(),
                "{subject}"
            );
        }
        let mut tx = world.store.begin().await.unwrap();
        identity_links::add(&mut tx, &link(&other, "ann"))
            .await
            .unwrap();
        assert_eq!(
            identity_links::of_user(&tx, world.id(), world.user.id)
                .await
                .unwrap()
                .len(),
            2
        );
    }
}

#[tokio::test]
async fn a_link_is_seen_and_removed_by_its_own_organization() {
    for world in worlds().await {
        let provider = add_provider(&world, "One").await;
        let link = IdentityLink {
            organization_id: world.id(),
            provider_id: provider.id,
            subject: "ann".to_owned(),
            user_id: world.user.id,
            created_at: at(0),
        };
        let stranger = world.neighbour().await;
        let mut tx = world.store.begin().await.unwrap();
        identity_links::add(&mut tx, &link).await.unwrap();
        assert!(
            identity_links::of_user(&tx, stranger.id(), world.user.id)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            !identity_links::remove(&mut tx, stranger.id(), provider.id, world.user.id)
                .await
                .unwrap()
        );
        assert!(
            identity_links::remove(&mut tx, world.id(), provider.id, world.user.id)
                .await
                .unwrap()
        );
        assert_eq!(
            identity_links::find(&tx, provider.id, "ann").await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn a_provider_finds_its_own_sessions_only() {
    for world in worlds().await {
        let (one, other) = (
            add_provider(&world, "One").await,
            add_provider(&world, "Other").await,
        );
        let mut tx = world.store.begin().await.unwrap();
        let mut ids = Vec::new();
        for (number, (provider, subject, index)) in [
            (&one, "ann", Some("s-1")),
            (&one, "ann", Some("s-2")),
            (&one, "bob", None),
            (&other, "ann", Some("s-1")),
        ]
        .into_iter()
        .enumerate()
        {
            let session = Session {
                id: SessionId::fresh(world.ids.as_ref()),
                organization_id: world.id(),
                user_id: world.user.id,
                created_at: at(0),
                last_seen_at: at(0),
                expires_at: at(60),
                provider_id: None,
                proven_at: None,
                own_proof_at: None,
                second_factor_at: None,
                browser: Some("Firefox on Linux".to_owned()),
                address: None,
                revoked_at: None,
            };
            sessions::add(&mut tx, &session, &[u8::try_from(number).unwrap(); 32])
                .await
                .unwrap();
            let side = ProviderSession {
                session_id: session.id,
                organization_id: world.id(),
                provider_id: provider.id,
                subject: subject.to_owned(),
                session_index: index.map(str::to_owned),
            };
            provider_sessions::add(&mut tx, &side).await.unwrap();
            assert_eq!(
                provider_sessions::lookup(&tx, world.id(), session.id)
                    .await
                    .unwrap(),
                Some(side)
            );
            ids.push(session.id);
        }
        tx.commit().await.unwrap();
        let db = world.store.read();
        for (subject, index, count) in [
            (Some("ann"), None, 2),
            (Some("ann"), Some("s-2"), 1),
            (None, Some("s-1"), 1),
            (Some("bob"), Some("s-1"), 0),
            (None, None, 0),
            (Some("\0"), None, 0),
            (None, Some("\0"), 0),
        ] {
            let found = provider_sessions::named(&db, one.id, subject, index)
                .await
                .unwrap();
            assert_eq!(found.len(), count, "{subject:?} {index:?}");
            assert!(found.iter().all(|side| side.provider_id == one.id));
        }
    }
}

#[tokio::test]
async fn a_domain_is_proven_for_one_organization() {
    for world in worlds().await {
        let neighbour = world.neighbour().await;
        let claim = |world: &World| DomainProof {
            id: DomainProofId::fresh(world.ids.as_ref()),
            organization_id: world.id(),
            domain: "corp.example".to_owned(),
            token: "token".to_owned(),
            created_at: at(0),
            proven_at: None,
        };
        let (ours, theirs) = (claim(&world), claim(&neighbour));
        let mut tx = world.store.begin().await.unwrap();
        for proof in [&ours, &theirs] {
            domain_proofs::add(&mut tx, proof).await.unwrap();
        }
        // A claim alone grants nothing.
        assert_eq!(
            domain_proofs::system_owner(&tx, "corp.example")
                .await
                .unwrap(),
            None
        );
        domain_proofs::prove(&mut tx, &ours, at(1)).await.unwrap();
        tx.commit().await.unwrap();
        let db = world.store.read();
        assert_eq!(
            domain_proofs::system_owner(&db, "corp.example")
                .await
                .unwrap(),
            Some(world.id())
        );
        for unknown in ["Corp.example", "example", "\0"] {
            let owner = domain_proofs::system_owner(&db, unknown).await;
            assert_eq!(owner.unwrap(), None);
        }
        let mut tx = world.store.begin().await.unwrap();
        let taken = domain_proofs::prove(&mut tx, &theirs, at(2))
            .await
            .unwrap_err();
        assert!(
            taken.is_constraint("domain_proofs_proven_domain"),
            "{taken:?}"
        );
        drop(tx);
        let mut tx = world.store.begin().await.unwrap();
        let twin = domain_proofs::add(&mut tx, &claim(&world))
            .await
            .unwrap_err();
        assert!(twin.is_constraint("domain_proofs_domain"), "{twin:?}");
        drop(tx);
        assert_eq!(
            domain_proofs::lookup(&db, neighbour.id(), ours.id)
                .await
                .unwrap(),
            None
        );
        let mut tx = world.store.begin().await.unwrap();
        assert!(
            domain_proofs::remove(&mut tx, neighbour.id(), ours.id)
                .await
                .is_err()
        );
        domain_proofs::remove(&mut tx, world.id(), ours.id)
            .await
            .unwrap();
        domain_proofs::prove(&mut tx, &theirs, at(3)).await.unwrap();
        assert_eq!(
            domain_proofs::list(&tx, neighbour.id()).await.unwrap()[0].proven_at,
            Some(at(3))
        );
    }
}

/// T-37: a thousand messages, each sent four times at once over two replicas, and once more after a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_messages_count_once_over_two_replicas_and_a_restart() {
    const MESSAGES: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("replay.db");
    let sqlite = DatabaseConfig::new(format!("sqlite:{}", file.display()));
    let configs = [Some(sqlite), crate::testing::empty_postgres().await];
    for config in configs.into_iter().flatten() {
        let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
        let open = async || Store::open(&config, clock.clone()).await.unwrap();
        let one = open().await;
        one.migrate().await.unwrap();
        let other = open().await;
        let world = World::build(one.clone()).await;
        let provider = add_provider(&world, "Corp").await.id;
        let use_it = |store: Store, message: usize| async move {
            let mut tx = store.begin().await.unwrap();
            let id = format!("_message-{message}");
            let is_first = sign_on_requests::use_assertion(&mut tx, provider, &id, at(600)).await;
            tx.commit().await.unwrap();
            (message, is_first.unwrap())
        };
        // The four of a message follow one another, so they are under way together.
        let posts = (0..MESSAGES * 4).map(|n| {
            let store = if n % 2 == 0 { &one } else { &other };
            use_it(store.clone(), n / 4)
        });
        let answers: Vec<_> = stream::iter(posts).buffer_unordered(12).collect().await;
        assert_eq!(answers.len(), MESSAGES * 4);
        let mut accepted: Vec<_> = answers.into_iter().filter(|(_, first)| *first).collect();
        accepted.sort_unstable();
        let once: Vec<_> = (0..MESSAGES).map(|message| (message, true)).collect();
        assert_eq!(accepted, once, "each message once");
        drop((world, one, other));
        let restarted = open().await;
        let again = (0..MESSAGES).map(|message| use_it(restarted.clone(), message));
        let again: Vec<_> = stream::iter(again).buffer_unordered(4).collect().await;
        assert!(
            again.iter().all(|(_, first)| !first),
            "none after a restart"
        );
        assert!(
            use_it(restarted.clone(), MESSAGES).await.1,
            "a new one is taken"
        );
    }
}
