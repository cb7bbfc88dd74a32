//! Verifications: what keeps its verdict, what is the newest, what was spent, and which points are still wanted.

use domain::asset::AssetKind;
use domain::page::{Direction, PageRequest};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::scope::Scope;
use domain::verification::{Evidence, Verdict, Verification, VerificationFilter};
use domain::{AssetId, PolicyId, TaskId, VerificationId};

use super::{World, at, worlds};
use crate::recovery_points::{self, system_unproven};
use crate::verifications;

impl World {
    async fn vault_point(&self, asset: AssetId, seconds: i64) -> RecoveryPoint {
        let mut point = self.point(asset, at(seconds));
        point.placement = Placement::Vault;
        self.add_point(&point).await;
        point
    }

    fn attempt(&self, point: &RecoveryPoint, seconds: i64, verdict: Verdict) -> Verification {
        let task = TaskId::fresh(self.ids.as_ref());
        let mut attempt = Verification::begun(point, task, Proof::Restored, at(seconds));
        attempt.verdict = verdict;
        if verdict != Verdict::Running {
            attempt.finished_at = Some(at(seconds + 1));
            attempt.evidence = Some(Evidence::of(serde_json::json!({ "at": seconds })));
            attempt.bytes_checked = 100;
        }
        attempt
    }

    async fn set(&self, attempt: &Verification) {
        let mut tx = self.store.begin_in(self.id()).await.unwrap();
        verifications::set(&mut tx, attempt).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn kept(&self, id: VerificationId) -> Option<Verification> {
        let reader = self.store.read_in(self.id());
        verifications::lookup(&reader, self.id(), id).await.unwrap()
    }
}

#[tokio::test]
async fn an_attempt_is_written_over_until_it_has_a_verdict() {
    for world in worlds().await {
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let point = world.vault_point(asset, 1).await;
        let running = world.attempt(&point, 10, Verdict::Running);
        world.set(&running).await;
        assert_eq!(world.kept(running.id).await, Some(running.clone()));
        for verdict in [
            Verdict::BrokenOff,
            Verdict::Proven,
            Verdict::BrokenOff,
            Verdict::Failed,
        ] {
            let mut next = world.attempt(&point, 10, verdict);
            (next.id, next.task_id) = (running.id, running.task_id);
            world.set(&next).await;
        }
        let kept = world.kept(running.id).await.unwrap();
        assert_eq!((kept.verdict, kept.bytes_checked), (Verdict::Proven, 100));
        assert_eq!(
            kept.evidence,
            Some(Evidence::of(serde_json::json!({ "at": 10 })))
        );
    }
}

#[tokio::test]
async fn the_newest_attempt_the_newest_damage_and_the_bytes_of_a_day_are_found() {
    for world in worlds().await {
        let other = world.neighbour().await;
        let assets = world
            .add_assets(&[("vol-1", ""), ("vol-2", "")], at(0))
            .await;
        let (one, two) = (
            world.vault_point(assets[0], 1).await,
            world.vault_point(assets[1], 2).await,
        );
        let spent = async |from| {
            verifications::system_bytes_since(&world.store.read(), from)
                .await
                .unwrap()
        };
        let before = spent(at(0)).await;
        let attempts = [
            world.attempt(&one, 10, Verdict::Failed),
            world.attempt(&one, 20, Verdict::Failed),
            world.attempt(&one, 30, Verdict::Proven),
            world.attempt(&two, 40, Verdict::Incomplete),
        ];
        for attempt in &attempts {
            world.set(attempt).await;
        }
        let reader = world.store.read();
        let mut last = verifications::last_of_points(&reader, world.id(), &[one.id, two.id])
            .await
            .unwrap();
        last.sort_by_key(|attempt| attempt.started_at);
        assert_eq!(last, attempts[2..]);
        let failed = verifications::last_failed_of_asset(&reader, world.id(), assets[0]).await;
        assert_eq!(failed.unwrap().as_ref(), Some(&attempts[1]));
        let failed = verifications::last_failed_of_point(&reader, world.id(), two.id).await;
        assert_eq!(failed.unwrap(), None);
        assert_eq!(spent(at(0)).await - before, 400);
        assert_eq!(spent(at(40)).await, 100);

        let foreign = verifications::last_of_points(&reader, other.id(), &[one.id]).await;
        assert_eq!(foreign.unwrap(), []);
        let foreign = verifications::last_failed_of_asset(&reader, other.id(), assets[0]).await;
        assert_eq!(foreign.unwrap(), None);
        let filter = VerificationFilter {
            recovery_point_ids: Some(vec![one.id]),
            verdicts: Some(vec![Verdict::Failed]),
            started_from: Some(at(15)),
            ..VerificationFilter::default()
        };
        let page = PageRequest::default();
        let scope = Scope::of_units(world.id(), vec![world.unit.id]);
        let order = Direction::Descending;
        let found = verifications::list(&reader, &scope, &filter, order, &page).await;
        assert_eq!(found.unwrap().into_nodes(), attempts[1..2]);
        let nowhere = Scope::of_units(world.id(), Vec::new());
        let any = VerificationFilter::default();
        assert_eq!(
            verifications::count(&reader, &nowhere, &any).await.unwrap(),
            0
        );
    }
}

#[tokio::test]
async fn what_proves_a_point_stays_as_long_as_the_point() {
    for world in worlds().await {
        let asset = world.add_assets(&[("vol-1", "")], at(0)).await[0];
        let (living, ended) = (
            world.vault_point(asset, 1).await,
            world.vault_point(asset, 2).await,
        );
        let attempts = [
            world.attempt(&living, 10, Verdict::Proven),
            world.attempt(&ended, 10, Verdict::Proven),
            world.attempt(&ended, 30, Verdict::Proven),
        ];
        for attempt in &attempts {
            world.set(attempt).await;
        }
        let mut tx = world.store.begin().await.unwrap();
        let expired = RecoveryPointStatus::Expired;
        recovery_points::set_status(&mut tx, world.id(), ended.id, expired)
            .await
            .unwrap();
        assert_eq!(
            verifications::system_purge(&mut tx, at(20), 10)
                .await
                .unwrap(),
            1
        );
        tx.commit().await.unwrap();
        assert!(world.kept(attempts[0].id).await.is_some());
        assert_eq!(world.kept(attempts[1].id).await, None);
        assert!(world.kept(attempts[2].id).await.is_some());
    }
}

#[tokio::test]
async fn unproven_points_of_a_policy_come_oldest_first_and_know_their_followers() {
    for world in worlds().await {
        let assets = world
            .add_assets(&[("vol-1", ""), ("vol-2", "")], at(0))
            .await;
        let policy = PolicyId::fresh(world.ids.as_ref());
        let mut points = Vec::new();
        for (asset, seconds, proof) in [
            (assets[0], 1, Proof::ChecksumsMatch),
            (assets[1], 2, Proof::None),
            (assets[0], 3, Proof::ChecksumsMatch),
            (assets[0], 4, Proof::ContentMatches),
        ] {
            let mut point = world.point(asset, at(seconds));
            point.placement = Placement::Vault;
            point.policy_id = Some(policy);
            point.proof = proof;
            point.source_digest = (seconds == 3).then(|| "ab".to_owned());
            world.add_point(&point).await;
            points.push(point);
        }
        // Copies in the account, of another policy and of none are nobody's business here.
        let mut in_account = world.point(assets[0], at(9));
        in_account.policy_id = Some(policy);
        world.add_point(&in_account).await;
        world.vault_point(assets[1], 1).await;
        let levels = [Proof::None, Proof::ChecksumsMatch];
        let reader = world.store.read();
        let of = (policy, AssetKind::EbsVolume);
        let all = system_unproven(&reader, of, &levels, None, 10)
            .await
            .unwrap();
        let seen: Vec<_> = all
            .iter()
            .map(|one| (one.id, one.is_newest, one.has_source_digest))
            .collect();
        assert_eq!(
            seen,
            [
                (points[0].id, false, false),
                (points[1].id, true, false),
                (points[2].id, false, true)
            ]
        );
        let first = system_unproven(&reader, of, &levels, None, 1)
            .await
            .unwrap();
        let place = Some((first[0].taken_at, first[0].id));
        let rest = system_unproven(&reader, of, &levels, place, 10)
            .await
            .unwrap();
        assert_eq!(rest, all[1..]);
        let of = (policy, AssetKind::Ec2Instance);
        assert_eq!(
            system_unproven(&reader, of, &levels, None, 10)
                .await
                .unwrap(),
            []
        );
    }
}
