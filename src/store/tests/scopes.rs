//! Scopes: a foreign id reads exactly like a missing one.

use domain::api_token::{ApiToken, TokenOwner};
use domain::asset::AssetFilter;
use domain::assignment::Assignment;
use domain::page::PageRequest;
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::{Proof, RecoveryPointFilter, RecoveryPointStatus};
use domain::scope::Scope;
use domain::session::Session;
use domain::{ApiTokenId, AssignmentId, OrganizationalUnitId, SessionId};

use super::{World, at, worlds};
use crate::{
    Error, api_tokens, assets, assignments, audit, aws_accounts, organizational_units, policies,
    recovery_points, repositories, sessions, users,
};

#[tokio::test]
async fn foreign_ids_read_like_missing_ones() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let policy = world.add_policy("Gold").await;
        let point = world.point(asset, at(1));
        world.add_point(&point).await;
        let repository = world.repository(0);
        let event = world.audit_event(at(0));
        let mut tx = world.store.begin().await.unwrap();
        repositories::add(&mut tx, &repository).await.unwrap();
        repositories::bind_asset(&mut tx, world.id(), asset, repository.id)
            .await
            .unwrap();
        audit::record(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();

        let db = world.store.read();
        for (scope, sees) in [(world.id(), true), (other.id(), false)] {
            assert_eq!(
                assets::lookup(&db, scope, asset).await.unwrap().is_some(),
                sees
            );
            let many = assets::lookup_many(&db, scope, &[asset]).await.unwrap();
            assert_eq!(many.len() == 1, sees);
            assert_eq!(
                policies::lookup(&db, scope, policy.id)
                    .await
                    .unwrap()
                    .is_some(),
                sees
            );
            let named = policies::find_by_name(&db, scope, "Gold").await.unwrap();
            assert_eq!(named.is_some(), sees);
            let found = recovery_points::lookup(&db, scope, point.id).await.unwrap();
            assert_eq!(found.is_some(), sees);
            let last = recovery_points::last_of_assets(&db, scope, &[asset])
                .await
                .unwrap();
            assert_eq!(last.len() == 1, sees);
            let account = aws_accounts::lookup(&db, scope, world.account.id)
                .await
                .unwrap();
            assert_eq!(account.is_some(), sees);
            let user = users::lookup(&db, scope, world.user.id).await.unwrap();
            assert_eq!(user.is_some(), sees);
            let row = repositories::lookup(&db, scope, repository.id)
                .await
                .unwrap();
            assert_eq!(row.is_some(), sees);
            let bound = repositories::of_asset(&db, scope, asset).await.unwrap();
            assert_eq!(bound.is_some(), sees);
            assert_eq!(
                audit::lookup(&db, scope, event.id).await.unwrap().is_some(),
                sees
            );
            let count = assets::count(&db, scope, &AssetFilter::default())
                .await
                .unwrap();
            assert_eq!(count == 1, sees);
        }
        assert_eq!(
            organizational_units::root(&db, other.id()).await.unwrap(),
            other.unit
        );
        assert_eq!(users::count(&db, other.id()).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_foreign_organization_cannot_write() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let policy = world.add_policy("Gold").await;
        let foreign = other.add_policy("Gold").await;
        let point = world.point(asset, at(1));
        world.add_point(&point).await;
        let before = other.told().await;
        let refused = |result: Result<(), Error>| {
            let is_refused = matches!(result, Err(Error::Affected { actual: 0, .. }));
            assert!(is_refused, "{result:?}");
        };
        let (id, lost) = (other.id(), RecoveryPointStatus::Lost);
        let mut tx = world.store.begin().await.unwrap();
        refused(policies::remove(&mut tx, id, policy.id).await);
        refused(policies::set_active(&mut tx, id, policy.id, false, at(0)).await);
        let by_hand = Decision {
            policy_id: Some(foreign.id),
            source: Some(ProtectionSource::Direct),
        };
        refused(assets::set_decision(&mut tx, id, &[asset], by_hand).await);
        refused(assets::set_decision(&mut tx, world.id(), &[asset], by_hand).await);
        refused(recovery_points::set_status(&mut tx, id, point.id, lost).await);
        refused(recovery_points::set_proof(&mut tx, id, point.id, Proof::Restored, at(0)).await);
        let mut stolen = policy.clone();
        stolen.organization_id = id;
        refused(policies::update(&mut tx, &stolen, 1).await);
        let assignment = Assignment {
            id: AssignmentId::fresh(world.ids.as_ref()),
            organization_id: id,
            asset_id: asset,
            policy_id: foreign.id,
            created_at: at(0),
        };
        refused(assignments::set(&mut tx, id, &[assignment]).await);
        tx.commit().await.unwrap();
        assert_eq!(other.told().await, before);
    }
}

#[tokio::test]
async fn a_scope_of_units_sees_only_theirs() {
    for world in worlds().await {
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let point = world.point(asset, at(1));
        world.add_point(&point).await;
        let policy = world.add_policy("Gold").await;
        let elsewhere = OrganizationalUnitId::fresh(world.ids.as_ref());
        let db = world.store.read();
        for (units, sees) in [
            (vec![world.unit.id], true),
            (vec![elsewhere, world.unit.id], true),
            (vec![elsewhere], false),
            (vec![], false),
        ] {
            let scope = &Scope::of_units(world.id(), units);
            assert_eq!(
                assets::lookup(&db, scope, asset).await.unwrap().is_some(),
                sees
            );
            assert_eq!(
                policies::lookup(&db, scope, policy.id)
                    .await
                    .unwrap()
                    .is_some(),
                sees
            );
            let found = recovery_points::lookup(&db, scope, point.id).await.unwrap();
            assert_eq!(found.is_some(), sees);
            let last = recovery_points::last_of_assets(&db, scope, &[asset])
                .await
                .unwrap();
            assert_eq!(last.len() == 1, sees);
            let filter = RecoveryPointFilter::default();
            let count = recovery_points::count(&db, scope, &filter).await.unwrap();
            assert_eq!(count == 1, sees);
        }
    }
}

fn session(world: &World) -> Session {
    Session {
        id: SessionId::fresh(world.ids.as_ref()),
        organization_id: world.id(),
        user_id: world.user.id,
        created_at: at(0),
        last_seen_at: at(0),
        expires_at: at(100),
        provider_id: None,
        proven_at: None,
        own_proof_at: None,
        second_factor_at: None,
        browser: Some("Firefox on Linux".to_owned()),
        address: None,
        revoked_at: None,
    }
}

fn token(world: &World) -> ApiToken {
    ApiToken {
        id: ApiTokenId::fresh(world.ids.as_ref()),
        organization_id: world.id(),
        owner: TokenOwner::User(world.user.id),
        created_by: Some(world.user.id),
        name: "ci".into(),
        created_at: at(0),
        expires_at: at(100),
        last_used_at: None,
        revoked_at: None,
    }
}

#[tokio::test]
async fn sessions_are_found_by_hash_and_end_in_their_own_organization_only() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let (mut wanted, db) = (session(&world), world.store.read());
        let mut tx = world.store.begin().await.unwrap();
        sessions::add(&mut tx, &wanted, &[1; 32]).await.unwrap();
        sessions::touch(&mut tx, wanted.id, None, at(5))
            .await
            .unwrap();
        sessions::revoke(&mut tx, other.id(), wanted.id, at(7))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        wanted.last_seen_at = at(5);
        let found = sessions::system_find_by_hash(&db, &[1; 32]).await.unwrap();
        assert_eq!(found.as_ref(), Some(&wanted));
        assert_eq!(
            sessions::system_find_by_hash(&db, &[2; 32]).await.unwrap(),
            None
        );
        let list = async |now| sessions::list_of_user(&db, world.id(), world.user.id, now).await;
        assert_eq!(list(at(99)).await.unwrap(), std::slice::from_ref(&wanted));
        assert_eq!(list(at(100)).await.unwrap(), []);

        let before = world.told().await.len();
        let mut tx = world.store.begin().await.unwrap();
        sessions::revoke(&mut tx, world.id(), wanted.id, at(8))
            .await
            .unwrap();
        sessions::revoke(&mut tx, world.id(), wanted.id, at(9))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // Its streams, and its person's account; the second time nothing.
        assert_eq!(world.told().await.len(), before + 2);
        wanted.revoked_at = Some(at(8));
        let found = sessions::system_find_by_hash(&db, &[1; 32]).await.unwrap();
        assert_eq!(found, Some(wanted));
        assert_eq!(list(at(9)).await.unwrap(), []);
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(
            sessions::system_remove_ended(&mut tx, at(100))
                .await
                .unwrap(),
            0
        );
        assert_eq!(
            sessions::system_remove_ended(&mut tx, at(101))
                .await
                .unwrap(),
            1
        );
    }
}

#[tokio::test]
async fn tokens_are_found_by_hash_and_end_in_their_own_organization_only() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let (mut wanted, db) = (token(&world), world.store.read());
        let mut tx = world.store.begin().await.unwrap();
        api_tokens::add(&mut tx, &wanted, &[1; 32]).await.unwrap();
        api_tokens::touch(&mut tx, wanted.id, at(6)).await.unwrap();
        api_tokens::revoke(&mut tx, other.id(), wanted.id, at(7))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        wanted.last_used_at = Some(at(6));
        let found = api_tokens::system_find_by_hash(&db, &[1; 32])
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(&wanted));
        let living = async |now| {
            let count = api_tokens::count_living(&db, world.id(), world.user.id, now).await;
            count.unwrap()
        };
        assert_eq!((living(at(99)).await, living(at(100)).await), (1, 0));
        let page = PageRequest::default();
        let list = async || {
            let list = api_tokens::list(&db, world.id(), world.user.id, &page).await;
            list.unwrap().into_nodes()
        };
        assert_eq!(list().await, std::slice::from_ref(&wanted));

        let before = world.told().await.len();
        let mut tx = world.store.begin().await.unwrap();
        api_tokens::revoke(&mut tx, world.id(), wanted.id, at(8))
            .await
            .unwrap();
        api_tokens::revoke(&mut tx, world.id(), wanted.id, at(9))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // Its streams, and its person's account; the second time nothing.
        assert_eq!(world.told().await.len(), before + 2);
        wanted.revoked_at = Some(at(8));
        let found = api_tokens::lookup(&db, world.id(), wanted.id)
            .await
            .unwrap();
        assert_eq!(found, Some(wanted));
        assert_eq!(list().await, []);
        assert_eq!(living(at(9)).await, 0);
    }
}
