//! Figures over the fleet: each counts what it says, inside the scope.

use domain::OrganizationalUnitId;
use domain::asset::AssetFilter;
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::{Placement, Proof, RecoveryPointStatus};
use domain::scope::Scope;

use super::{at, worlds};
use crate::overviews::{
    DayOfAsset, PointsOfDay, by_policy, by_proof, days_of_asset, points_ended, points_taken,
    protection,
};

/// Seconds of a day.
const DAY: i64 = 86_400;

#[tokio::test]
async fn protection_is_counted_inside_the_scope() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let assets = world
            .add_assets(&[("vol-1", ""), ("vol-2", ""), ("vol-3", "")], at(0))
            .await;
        let policy = world.add_policy("Gold").await;
        let mut tx = world.store.begin().await.unwrap();
        let decision = Decision {
            policy_id: Some(policy.id),
            source: Some(ProtectionSource::Direct),
        };
        crate::assets::set_decision(&mut tx, world.id(), &[assets[0]], decision)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let db = world.store.read();
        let counts = protection(&db, world.id()).await.unwrap();
        assert_eq!(counts.len(), 1);
        assert_eq!((counts[0].assets, counts[0].protected), (3, 1));
        assert_eq!(counts[0].aws_account_id, world.account.id);
        assert!(protection(&db, other.id()).await.unwrap().is_empty());
        let nowhere = OrganizationalUnitId::fresh(world.ids.as_ref());
        let scope = Scope::of_units(world.id(), vec![nowhere]);
        assert!(protection(&db, &scope).await.unwrap().is_empty());

        let all = AssetFilter::default();
        let counts = by_policy(&db, world.id(), &all).await.unwrap();
        assert_eq!(counts, [(None, 2), (Some(policy.id), 1)].into());
        let bare = AssetFilter {
            is_protected: Some(false),
            ..AssetFilter::default()
        };
        let counts = by_policy(&db, world.id(), &bare).await.unwrap();
        assert_eq!(counts, [(None, 2)].into());
        for (unit, found) in [(world.account.unit_id, 3), (nowhere, 0)] {
            let of_unit = AssetFilter {
                unit_ids: Some(vec![unit]),
                ..AssetFilter::default()
            };
            let counts = by_policy(&db, world.id(), &of_unit).await.unwrap();
            assert_eq!(counts.values().sum::<u64>(), found);
            assert_eq!(
                crate::assets::count(&db, world.id(), &of_unit)
                    .await
                    .unwrap(),
                found
            );
        }
        assert!(by_policy(&db, other.id(), &all).await.unwrap().is_empty());
        assert!(by_policy(&db, &scope, &all).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_is_proven_is_counted_of_what_can_be_restored_inside_the_scope() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let proofs = [
            Proof::None,
            Proof::Restored,
            Proof::Restored,
            Proof::Restored,
        ];
        for (second, proof) in proofs.into_iter().enumerate() {
            let mut point = world.point(asset, at(i64::try_from(second).unwrap()));
            point.proof = proof;
            if second == 3 {
                point.status = RecoveryPointStatus::Damaged;
            }
            world.add_point(&point).await;
        }
        let db = world.store.read();
        let counts = by_proof(&db, world.id()).await.unwrap();
        assert_eq!(counts, [(Proof::None, 1), (Proof::Restored, 2)].into());
        assert!(by_proof(&db, other.id()).await.unwrap().is_empty());
        let nowhere = OrganizationalUnitId::fresh(world.ids.as_ref());
        let scope = Scope::of_units(world.id(), vec![nowhere]);
        assert!(by_proof(&db, &scope).await.unwrap().is_empty());
        let here = Scope::of_units(world.id(), vec![world.account.unit_id]);
        assert_eq!(by_proof(&db, &here).await.unwrap(), counts);
    }
}

#[tokio::test]
async fn days_have_the_points_of_the_vault_and_lose_those_that_ended() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let mut points = Vec::new();
        for (number, seconds) in [0, 1, DAY].into_iter().enumerate() {
            let mut point = world.point(asset, at(seconds));
            point.placement = Placement::Vault;
            point.size_bytes = 100;
            point.added_bytes = 10;
            point.snapshot_id = Some(format!("snap-{number}"));
            points.push(point);
        }
        points[0].status = RecoveryPointStatus::Expired;
        points[0].expires_at = Some(at(2 * DAY));
        points[1].proof = Proof::ChecksumsMatch;
        for point in &points {
            world.add_point(point).await;
        }
        // A snapshot in the account is no byte of the vault.
        world.add_point(&world.point(asset, at(DAY))).await;

        let db = world.store.read();
        let day = |seconds: i64| at(seconds).to_string().chars().take(10).collect::<String>();
        let of = |seconds, points: u64| PointsOfDay {
            day: day(seconds),
            size_bytes: 100 * points,
            added_bytes: 10 * points,
        };
        let mut taken = points_taken(&db, world.id()).await.unwrap();
        taken.sort_by(|a, b| a.day.cmp(&b.day));
        assert_eq!(taken, [of(0, 2), of(DAY, 1)]);
        assert_eq!(
            points_ended(&db, world.id()).await.unwrap(),
            [of(2 * DAY, 1)]
        );
        assert!(points_taken(&db, other.id()).await.unwrap().is_empty());

        let days = days_of_asset(&db, world.id(), asset, at(0)).await.unwrap();
        let of_asset = |seconds, available, proven| DayOfAsset {
            day: day(seconds),
            available,
            proven,
        };
        assert_eq!(days, [of_asset(0, 1, 1), of_asset(DAY, 2, 0)]);
        let later = days_of_asset(&db, world.id(), asset, at(DAY))
            .await
            .unwrap();
        assert_eq!(later, [of_asset(DAY, 2, 0)]);
        assert!(
            days_of_asset(&db, other.id(), asset, at(0))
                .await
                .unwrap()
                .is_empty()
        );
    }
}
