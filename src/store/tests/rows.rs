//! Rows of single nouns: what goes in comes out, and what guards them.

use domain::asset::AssetKind;
use domain::aws_account::{AwsAccountFilter, AwsAccountRegion, AwsAccountStatus};
use domain::page::PageRequest;
use domain::policy::PolicyFilter;
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::{PolicyId, TaskId};
use futures_util::future::join_all;

use super::{World, at, worlds};
use crate::idempotency::{self, Claim};
use crate::recovery_points::life;
use crate::{
    Error, assets, aws_accounts, organizations, policies, recovery_points, repositories, users,
};

#[tokio::test]
async fn organizations_users_and_policies_come_back_whole() {
    for world in worlds().await {
        let db = world.store.read();
        let found = organizations::lookup(&db, world.id()).await.unwrap();
        assert_eq!(found.as_ref(), Some(&world.organization));
        let all = organizations::system_list(&db).await.unwrap();
        assert_eq!(all, std::slice::from_ref(&world.organization));
        let found = users::find_credentials_by_email(&db, &world.user.email)
            .await
            .unwrap();
        assert_eq!(found, Some((world.user.clone(), Some("hash".into()))));
        for unknown in ["nobody@corp.example", "\0"] {
            assert_eq!(
                users::find_credentials_by_email(&db, unknown)
                    .await
                    .unwrap(),
                None
            );
        }
        let mut policy = world.policy("Gold");
        policy.description = Some("what \"for\"\n🦀".into());
        let mut tx = world.store.begin().await.unwrap();
        policies::add(&mut tx, &policy).await.unwrap();
        tx.commit().await.unwrap();
        let found = policies::lookup(&db, world.id(), policy.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&policy));
        let mut tx = world.store.begin().await.unwrap();
        policies::set_active(&mut tx, world.id(), policy.id, false, at(9))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let found = policies::lookup(&db, world.id(), policy.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.is_active, found.version, found.updated_at),
            (false, 2, at(9))
        );
        let filter = PolicyFilter {
            is_active: Some(true),
            ..PolicyFilter::default()
        };
        assert_eq!(policies::count(&db, world.id(), &filter).await.unwrap(), 0);
        let filter = PolicyFilter {
            text: Some("OL".into()),
            ..PolicyFilter::default()
        };
        assert_eq!(policies::count(&db, world.id(), &filter).await.unwrap(), 1);
        let missing = PolicyId::fresh(world.ids.as_ref());
        assert_eq!(
            policies::lookup(&db, world.id(), missing).await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn accounts_come_back_with_their_regions() {
    for world in worlds().await {
        let db = world.store.read();
        let id = world.account.id;
        let found = aws_accounts::lookup(&db, world.id(), id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&world.account));
        let mut account = world.account.clone();
        account.regions.insert(
            0,
            AwsAccountRegion {
                region: "ap-south-1".into(),
                asset_kinds: AssetKind::ALL.to_vec(),
                status: AwsAccountStatus::Pending,
                missing_permissions: Vec::new(),
                inventoried_at: None,
            },
        );
        account.version = 2;
        let mut tx = world.store.begin().await.unwrap();
        aws_accounts::update(&mut tx, &account, 1).await.unwrap();
        let missing = ["ebs:ListSnapshotBlocks".to_owned()];
        let degraded = AwsAccountStatus::Degraded;
        aws_accounts::set_region_state(&mut tx, world.id(), id, "ap-south-1", degraded, &missing)
            .await
            .unwrap();
        aws_accounts::set_inventoried(&mut tx, world.id(), id, "ap-south-1", at(3))
            .await
            .unwrap();
        aws_accounts::set_inventoried(&mut tx, world.id(), id, "us-east-1", at(3))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        account.regions[0].status = degraded;
        account.regions[0].missing_permissions = missing.to_vec();
        account.regions[0].inventoried_at = Some(at(3));
        let found = aws_accounts::lookup(&db, world.id(), id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&account));
        let (filter, page) = (AwsAccountFilter::default(), PageRequest::default());
        let list = aws_accounts::list(&db, world.id(), &filter, &page)
            .await
            .unwrap();
        assert_eq!(list.into_nodes(), [account.clone()]);

        account.regions.remove(0);
        account.status = AwsAccountStatus::Disconnected;
        let mut tx = world.store.begin().await.unwrap();
        aws_accounts::update(&mut tx, &account, 2).await.unwrap();
        // A check that ends after the account was unlinked does not link it again.
        let connected = AwsAccountStatus::Connected;
        aws_accounts::set_status(&mut tx, world.id(), id, connected)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let found = aws_accounts::lookup(&db, world.id(), id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found, account);
        assert_eq!(aws_accounts::system_list_connected(&db).await.unwrap(), []);
        let filter = AwsAccountFilter {
            statuses: Some(vec![connected]),
            ..filter
        };
        assert_eq!(
            aws_accounts::count(&db, world.id(), &filter).await.unwrap(),
            0
        );
    }
}

#[tokio::test]
async fn an_asset_stays_with_the_repository_of_its_first_binding() {
    for world in worlds().await {
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let shards = [world.repository(0), world.repository(1)];
        let mut tx = world.store.begin().await.unwrap();
        for repository in &shards {
            repositories::add(&mut tx, repository).await.unwrap();
        }
        for repository in &shards {
            let bound = repositories::bind_asset(&mut tx, world.id(), asset, repository.id).await;
            assert_eq!(bound.unwrap(), shards[0].id);
        }
        repositories::add_stored_bytes(&mut tx, world.id(), shards[0].id, 7)
            .await
            .unwrap();
        repositories::add_stored_bytes(&mut tx, world.id(), shards[0].id, 5)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let db = world.store.read();
        let bound = repositories::of_asset(&db, world.id(), asset)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((bound.id, bound.stored_bytes), (shards[0].id, 12));
        let (account, kind) = (world.account.id, AssetKind::EbsVolume);
        let found = repositories::find_for(&db, world.id(), account, "eu-west-1", kind).await;
        let found: Vec<_> = found.unwrap().into_iter().map(|one| one.id).collect();
        assert_eq!(found, shards.map(|one| one.id));
        let mut tx = world.store.begin().await.unwrap();
        let twin = repositories::add(&mut tx, &world.repository(1))
            .await
            .unwrap_err();
        let name = "repositories_aws_account_id_region_asset_kind_shard";
        assert!(twin.is_constraint(name), "{twin:?}");
    }
}

async fn add_points(world: &World) -> Vec<RecoveryPoint> {
    let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
    let mut points = Vec::new();
    for (second, expires) in [(1, Some(50)), (2, None), (3, Some(10)), (4, Some(99))] {
        let mut point = world.point(asset, at(second));
        point.expires_at = expires.map(at);
        world.add_point(&point).await;
        points.push(point);
    }
    points
}

#[tokio::test]
async fn points_are_due_when_their_retention_is_over() {
    for world in worlds().await {
        let points = add_points(&world).await;
        let db = world.store.read();
        let foreseen = |point: &RecoveryPoint| {
            let mut point = point.clone();
            point.life.foreseen_end = point.expires_at;
            point
        };
        let due = life::due(&db, world.id(), at(50), 100).await.unwrap();
        assert_eq!(due, [foreseen(&points[2]), foreseen(&points[0])]);
        let first = life::due(&db, world.id(), at(50), 1).await.unwrap();
        assert_eq!(first, [foreseen(&points[2])]);
        let mut tx = world.store.begin().await.unwrap();
        let expired = RecoveryPointStatus::Expired;
        recovery_points::set_status(&mut tx, world.id(), points[2].id, expired)
            .await
            .unwrap();
        recovery_points::set_status(&mut tx, world.id(), points[2].id, expired)
            .await
            .unwrap();
        let late = recovery_points::set_available(&mut tx, world.id(), points[2].id, None).await;
        assert!(matches!(late, Err(Error::Affected { .. })), "{late:?}");
        tx.commit().await.unwrap();
        let due = life::due(&db, world.id(), at(50), 100).await.unwrap();
        assert_eq!(due, [foreseen(&points[0])]);
    }
}

#[tokio::test]
async fn points_are_found_by_asset_repository_and_task() {
    for world in worlds().await {
        let points = add_points(&world).await;
        let repository = world.repository(0);
        let task = TaskId::fresh(world.ids.as_ref());
        let mut kept = world.point(points[0].asset_id, at(9));
        kept.placement = Placement::Vault;
        kept.status = RecoveryPointStatus::Creating;
        kept.repository_id = Some(repository.id);
        kept.task_id = Some(task);
        let mut tx = world.store.begin().await.unwrap();
        repositories::add(&mut tx, &repository).await.unwrap();
        recovery_points::add(&mut tx, &kept).await.unwrap();
        tx.commit().await.unwrap();
        let db = world.store.read();
        let (id, asset, vault) = (world.id(), kept.asset_id, Placement::Vault);
        let latest = recovery_points::latest_available_of(&db, id, asset, vault)
            .await
            .unwrap();
        assert_eq!(latest, None);
        let mut tx = world.store.begin().await.unwrap();
        recovery_points::set_available(&mut tx, id, kept.id, Some("ab".into()))
            .await
            .unwrap();
        recovery_points::set_proof(&mut tx, id, kept.id, Proof::ChecksumsMatch, at(11))
            .await
            .unwrap();
        recovery_points::set_base_snapshot(&mut tx, id, kept.id, Some("snap-b".into()))
            .await
            .unwrap();
        // The same snapshot of the same repository cannot be adopted twice.
        tx.commit().await.unwrap();
        let mut tx = world.store.begin().await.unwrap();
        let mut twin = kept.clone();
        twin.id = domain::RecoveryPointId::fresh(world.ids.as_ref());
        let twin = recovery_points::add(&mut tx, &twin).await.unwrap_err();
        assert!(
            twin.is_constraint("recovery_points_repository_id_snapshot_id"),
            "{twin:?}"
        );
        drop(tx);
        kept.status = RecoveryPointStatus::Available;
        kept.content_digest = Some("ab".into());
        kept.proof = Proof::ChecksumsMatch;
        kept.proven_at = Some(at(11));
        kept.base_snapshot_id = Some("snap-b".into());
        let latest = recovery_points::latest_available_of(&db, id, asset, vault)
            .await
            .unwrap();
        assert_eq!(latest.as_ref(), Some(&kept));
        let all = recovery_points::all_of_repository(&db, id, repository.id)
            .await
            .unwrap();
        assert_eq!(all, [kept.clone()]);
        assert_eq!(
            recovery_points::of_task(&db, id, task).await.unwrap(),
            [kept.clone()]
        );
        let living = recovery_points::living_of_asset(&db, id, asset, Placement::InAccount).await;
        assert_eq!(living.unwrap().len(), 4);
        let found = assets::find_by_native_id(
            &db,
            id,
            world.account.id,
            "eu-west-1",
            AssetKind::EbsVolume,
            "vol-1",
        );
        assert_eq!(found.await.unwrap().unwrap().id, asset);
    }
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_input() {
    for world in worlds().await {
        let task = TaskId::fresh(world.ids.as_ref());
        let id = world.id();
        let mut tx = world.store.begin().await.unwrap();
        let fresh = idempotency::claim(&mut tx, id, "k", &[1], at(0))
            .await
            .unwrap();
        assert_eq!(fresh, Claim::Fresh);
        idempotency::bind(&mut tx, id, "k", task).await.unwrap();
        tx.commit().await.unwrap();
        let day = 24 * 3_600;
        for (hash, second, wanted) in [
            (1_u8, 10, Claim::Same(Some(task))),
            (2, 10, Claim::Different),
            (1, day - 1, Claim::Same(Some(task))),
            (2, day, Claim::Fresh),
            (2, day + 1, Claim::Same(None)),
        ] {
            let mut tx = world.store.begin().await.unwrap();
            let claim = idempotency::claim(&mut tx, id, "k", &[hash], at(second))
                .await
                .unwrap();
            assert_eq!(claim, wanted, "{hash} at {second}");
            tx.commit().await.unwrap();
        }
        let other = world.neighbour().await;
        let mut tx = other.store.begin().await.unwrap();
        let own = idempotency::claim(&mut tx, other.id(), "k", &[9], at(0))
            .await
            .unwrap();
        assert_eq!(own, Claim::Fresh);
        assert_eq!(
            idempotency::system_remove_old(&mut tx, at(3 * day))
                .await
                .unwrap(),
            2
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_same_request_at_the_same_time_one_does_the_work() {
    for world in worlds().await {
        let one = || async {
            let mut tx = world.store.begin().await.unwrap();
            let claim = idempotency::claim(&mut tx, world.id(), "k", &[1], at(0))
                .await
                .unwrap();
            if claim == Claim::Fresh {
                let task = TaskId::fresh(world.ids.as_ref());
                idempotency::bind(&mut tx, world.id(), "k", task)
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
            claim
        };
        let claims = join_all((0..8).map(|_| one())).await;
        let fresh = claims
            .iter()
            .filter(|claim| **claim == Claim::Fresh)
            .count();
        assert_eq!(fresh, 1);
        let bound = idempotency::find(&world.store.read(), world.id(), "k")
            .await
            .unwrap();
        let same = claims
            .iter()
            .filter(|claim| **claim == Claim::Same(bound))
            .count();
        assert_eq!(same, 7);
    }
}
