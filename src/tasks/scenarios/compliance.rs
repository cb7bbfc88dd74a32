//! Compliance over real databases: what marks an asset, what an hour of standstill leaves, two replicas and crashes in between.

use std::collections::BTreeMap;

use domain::alert::{AlertFilter, AlertKind};
use domain::asset::Asset;
use domain::compliance::history::overall;
use domain::compliance::{
    Control, Controls, ControlsOfOrganization, Period, PeriodUnit, ReasonCode,
    RecoveryPointsControl, Status, WindowCause,
};
use domain::event::Topic;
use domain::frequency::Interval;
use domain::page::{Direction, PageRequest};
use domain::policy::Policy;
use domain::protection_rule::{Decision, ProtectionSource};
use domain::recovery_point::{Placement, Proof, RecoveryPoint, RecoveryPointStatus};
use domain::retention::{Retention, RetentionUnit};
use domain::{AssetId, Clock as _, RecoveryPointId};
use jiff::{SignedDuration, Timestamp};
use store::compliance::{Freshness, Shown};
use tokio_util::sync::CancellationToken;

use super::house::House;
use crate::duty::Duty;
use crate::{Compliance, Duties, Ticker};

const HOURLY: &[(Interval, u32)] = &[(Interval::Hours { value: 1 }, 30)];
const DUTY_DAYS: u32 = 730;

fn duty() -> Compliance {
    Compliance::with_history_days(DUTY_DAYS)
}

fn hour(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

impl House {
    /// Hourly windows over three hours, judged at their end.
    async fn hourly_controls(&self) {
        let hours = |value| Period {
            value,
            unit: PeriodUnit::Hours,
        };
        let controls = Controls {
            recovery_points: RecoveryPointsControl {
                enabled: true,
                look_back: hours(3),
                window: hours(1),
                keep: Retention {
                    value: 7,
                    unit: RetentionUnit::Days,
                },
                settle_minutes: 0,
            },
            ..Controls::default()
        };
        let all = ControlsOfOrganization {
            organization_id: self.organization,
            controls,
            version: 2,
            updated_at: Some(self.clock.now()),
        };
        let mut tx = self.store.begin().await.unwrap();
        store::compliance::set_controls(&mut tx, &all, 1)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn assign(&self, policy: &Policy, assets: &[Asset]) {
        let mut tx = self.store.begin().await.unwrap();
        let assets: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let decision = Decision {
            policy_id: Some(policy.id),
            source: Some(ProtectionSource::Direct),
        };
        store::assets::set_decision(&mut tx, self.organization, &assets, decision)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn point(&self, asset: &Asset) -> RecoveryPointId {
        let now = self.clock.now();
        let point = RecoveryPoint {
            id: RecoveryPointId::fresh(&*self.ids),
            organization_id: self.organization,
            asset_id: asset.id,
            policy_id: None,
            task_id: None,
            placement: Placement::InAccount,
            status: RecoveryPointStatus::Available,
            proof: Proof::None,
            proven_at: None,
            taken_at: now,
            expires_at: Some(now + hour(24 * 30)),
            size_bytes: 1,
            added_bytes: 1,
            is_full: true,
            repository_id: None,
            snapshot_id: Some(format!("snap-{}", self.ids.uuid())),
            base_snapshot_id: None,
            content_digest: None,
            source_digest: None,
            region: None,
            tier: domain::copy_target::StorageTier::Standard,
            life: domain::life::Life::default(),
        };
        let mut tx = self.store.begin().await.unwrap();
        store::recovery_points::add(&mut tx, &point).await.unwrap();
        tx.commit().await.unwrap();
        point.id
    }

    async fn judge(&self) -> usize {
        duty().catch_up(&self.by_hand()).await.unwrap()
    }

    async fn shown(&self, assets: &[Asset]) -> BTreeMap<AssetId, Shown> {
        let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let (reader, now) = (self.store.read(), self.clock.now());
        store::compliance::lookup_many(&reader, self.organization, &ids, now)
            .await
            .unwrap()
    }

    async fn status(&self, asset: &Asset) -> Status {
        let all = self.shown(std::slice::from_ref(asset)).await;
        all[&asset.id].record.status()
    }

    /// Every hour a point of each asset and a turn of the duty.
    async fn hours(&self, assets: &[Asset], count: i64) {
        for _ in 0..count {
            for asset in assets {
                self.point(asset).await;
            }
            self.judge().await;
            self.clock.advance(hour(1));
        }
        self.judge().await;
    }
}

#[tokio::test]
async fn after_a_stopped_hour_the_truth_is_told_at_once() {
    for house in House::all().await {
        let assets = house.assets(2).await;
        let policy = house.policy(HOURLY, &assets).await;
        house.hourly_controls().await;
        house.assign(&policy, &assets).await;
        house.hours(&assets, 4).await;
        assert_eq!(house.status(&assets[0]).await, Status::In);
        let stopped = house.clock.now();
        // An hour and more: no scheduler, no worker, no duty.
        house.clock.advance(hour(2) + SignedDuration::from_mins(5));
        // Even before anything has run again, nothing stale is shown.
        let shown = house.shown(&assets).await;
        for asset in &assets {
            let record = &shown[&asset.id].record;
            assert_eq!(record.status(), Status::Unknown);
            let standing = &record.standings[&Control::RecoveryPoints];
            assert_eq!(standing.reasons[0].code, ReasonCode::CheckOverdue);
        }
        // The scheduler starts and records what was missed; the duty says so.
        let fired = house.scheduler().fire_due(&CancellationToken::new()).await;
        assert_eq!(fired.unwrap().missed, 2);
        house.judge().await;
        let shown = house.shown(&assets).await;
        let record = &shown[&assets[0].id].record;
        assert_eq!(record.status(), Status::Out);
        let reason = &record.standings[&Control::RecoveryPoints].reasons[0];
        assert_eq!(reason.code, ReasonCode::WindowsWithoutPoint);
        let causes: Vec<_> = reason
            .windows
            .iter()
            .map(|window| (window.cause, window.detail.as_deref()))
            .collect();
        assert!(
            causes.contains(&(WindowCause::Missed, Some("downtime"))),
            "{causes:?}"
        );
        // The record says what was known when: in until the first look that did not come, then unknown, then out.
        let range = (stopped - hour(3), house.clock.now() + hour(1));
        let (reader, now) = (house.store.read(), house.clock.now());
        let intervals = store::compliance::intervals_of_asset(
            &reader,
            house.organization,
            assets[0].id,
            range,
            now + SignedDuration::from_secs(1),
        );
        let intervals = intervals.await.unwrap();
        let last: Vec<Status> = intervals
            .iter()
            .rev()
            .take(3)
            .map(|one| overall(&one.statuses))
            .collect();
        assert_eq!(last, [Status::Out, Status::Unknown, Status::In]);
        for pair in intervals.windows(2) {
            assert_eq!(pair[0].until, pair[1].from);
        }
        assert!(intervals[intervals.len() - 3].until <= stopped + hour(1));
    }
}

#[tokio::test]
async fn whatever_changes_a_verdict_is_noticed_and_nothing_else_costs_anything() {
    for house in House::all().await {
        let assets = house.assets(3).await;
        let policy = house.policy(HOURLY, &assets).await;
        house.hourly_controls().await;
        assert_eq!(house.judge().await, 3, "new ones");
        assert_eq!(house.status(&assets[0]).await, Status::Out);
        assert_eq!(house.judge().await, 0, "nothing has happened");
        house.assign(&policy, &assets).await;
        assert_eq!(house.judge().await, 3);
        assert_eq!(house.status(&assets[0]).await, Status::Unknown, "seeding");
        house.hours(&assets, 3).await;
        assert_eq!(house.status(&assets[0]).await, Status::In);
        assert_eq!(house.judge().await, 0);
        // A point is found damaged.
        house.clock.advance(SignedDuration::from_mins(1));
        let point = house.point(&assets[0]).await;
        house.clock.advance(hour(1));
        house.point(&assets[1]).await;
        house.judge().await;
        let mut tx = house.store.begin().await.unwrap();
        let damaged = RecoveryPointStatus::Damaged;
        store::recovery_points::set_status(&mut tx, house.organization, point, damaged)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(house.judge().await, 1);
        let shown = house.shown(&assets).await;
        let record = &shown[&assets[0].id].record;
        let reason = &record.standings[&Control::RecoveryPoints].reasons[0];
        assert_eq!(reason.windows[0].cause, WindowCause::PointBroken);
        // The policy is paused.
        let mut tx = house.store.begin().await.unwrap();
        let now = house.clock.now();
        store::policies::set_active(&mut tx, house.organization, policy.id, false, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(house.judge().await, 3);
        let shown = house.shown(&assets).await;
        let standing = &shown[&assets[1].id].record.standings[&Control::Protected];
        assert_eq!(standing.reasons[0].code, ReasonCode::PolicyInactive);
        // An asset goes: its record ends, its history stays.
        let seen = std::collections::BTreeSet::new();
        let accounts = store::aws_accounts::system_list_connected(&house.store.read()).await;
        let account = accounts.unwrap().remove(0);
        let place = store::assets::Place {
            account: &account,
            region: "eu-west-1",
            kind: domain::asset::AssetKind::EbsVolume,
        };
        house.clock.advance(SignedDuration::from_secs(1));
        let mut tx = house.store.begin().await.unwrap();
        let now = house.clock.now();
        store::assets::mark_unseen_deleted(&mut tx, &place, &seen, now, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(house.judge().await, 3);
        assert!(house.shown(&assets).await.is_empty());
        let (reader, range) = (house.store.read(), (now - hour(24), now + hour(1)));
        let intervals = store::compliance::intervals_of_asset(
            &reader,
            house.organization,
            assets[0].id,
            range,
            now,
        );
        let intervals = intervals.await.unwrap();
        assert_eq!(intervals.last().unwrap().until, now);
    }
}

#[tokio::test]
async fn subscribers_are_told_of_assets_that_stand_otherwise() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        let policy = house.policy(HOURLY, &assets).await;
        house.hourly_controls().await;
        house.judge().await;
        let told = async || {
            let events =
                store::events::since(&house.store.read(), house.organization, 0, 10_000).await;
            let events = events.unwrap();
            let own = events.iter().filter(|event| {
                event.topic == Topic::Compliance && event.subject == assets[0].id.to_string()
            });
            own.count()
        };
        assert_eq!(told().await, 1);
        house.judge().await;
        assert_eq!(told().await, 1, "no change, no event");
        house.assign(&policy, &assets).await;
        house.judge().await;
        assert_eq!(told().await, 2);
        assert_eq!(house.judge().await, 0, "one's own events mark nothing");
    }
}

#[tokio::test]
async fn events_that_were_removed_before_anybody_looked_make_all_assets_due() {
    for house in House::all().await {
        let assets = house.assets(4).await;
        house.judge().await;
        let policy = house.policy(HOURLY, &assets).await;
        house.assign(&policy, &assets).await;
        // Nobody looks for longer than events are kept.
        house.clock.advance(hour(24 * 9));
        let mut tx = house.store.begin().await.unwrap();
        let until = house.clock.now() - hour(24 * 7);
        store::events::system_purge(&mut tx, until, 10_000)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(house.judge().await, 4);
        let shown = house.shown(&assets).await;
        let standing = &shown[&assets[3].id].record.standings[&Control::Protected];
        assert_eq!(standing.status, Status::In);
        assert_eq!(house.judge().await, 0);
    }
}

#[tokio::test]
async fn two_replicas_and_a_crash_in_between_lose_nothing_and_judge_alike() {
    for house in House::all().await {
        let assets = house.assets(40).await;
        let policy = house.policy(HOURLY, &assets).await;
        house.hourly_controls().await;
        house.assign(&policy, &assets).await;
        house.hours(&assets, 3).await;
        let now = house.clock.now();
        for asset in &assets[..20] {
            house.point(asset).await;
        }
        // A replica has marked them and died before it wrote its place; another dies with records locked.
        let marks = assets.iter().map(|asset| asset.id).collect::<Vec<_>>();
        let mut tx = house.store.begin().await.unwrap();
        store::compliance::system_mark(&mut tx, house.organization, &marks, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = house.store.begin().await.unwrap();
        let locked = store::compliance::system_lock_due(&mut tx, now, 10)
            .await
            .unwrap();
        assert_eq!(locked.len(), 10);
        drop(tx);
        house.clock.advance(hour(1));
        let (one, two) = (house.by_hand(), house.by_hand());
        let (first, second) = (duty(), duty());
        let (first, second) = tokio::join!(first.catch_up(&one), second.catch_up(&two));
        // Together they did all of it; on PostgreSQL they may do so at the same time.
        assert!(first.unwrap() + second.unwrap() >= 40);
        house.judge().await;
        let shown = house.shown(&assets).await;
        for (index, asset) in assets.iter().enumerate() {
            let wanted = if index < 20 { Status::In } else { Status::Out };
            assert_eq!(shown[&asset.id].record.status(), wanted, "{index}");
        }
        let (reader, now) = (house.store.read(), house.clock.now());
        let fresh = store::compliance::freshness(&reader, house.organization, now).await;
        let fresh: Freshness = fresh.unwrap();
        assert_eq!(fresh.stopped_at, None);
    }
}

#[tokio::test]
async fn a_dead_scheduler_rings_one_alert_per_policy_until_points_come() {
    for house in House::all().await {
        let assets = house.assets(3).await;
        let policy = house.policy(HOURLY, &assets).await;
        house.hourly_controls().await;
        house.assign(&policy, &assets).await;
        house.hours(&assets, 2).await;
        let turn = async || duty().run(&house.by_hand()).await.unwrap();
        let open = async || {
            let filter = AlertFilter {
                kinds: Some(vec![AlertKind::BackupOverdue]),
                is_open: Some(true),
                ..AlertFilter::default()
            };
            let page = PageRequest::default();
            let reader = house.store.read();
            let list = store::alerts::list(
                &reader,
                house.organization,
                &filter,
                Direction::Ascending,
                &page,
            );
            list.await.unwrap().into_nodes()
        };
        turn().await;
        assert!(open().await.is_empty());
        let now = house.clock.now();
        // The last points are an hour old; half an hour later they are overdue, with nobody there to fire anything.
        house.clock.advance(SignedDuration::from_mins(31));
        let oldest = async || {
            let (reader, now) = (house.store.read(), house.clock.now());
            store::compliance::system_oldest_overdue(&reader, now)
                .await
                .unwrap()
        };
        assert_eq!(oldest().await, Some(now + SignedDuration::from_mins(30)));
        turn().await;
        turn().await;
        let alerts = open().await;
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0].evidence["assets"], 3);
        assert_eq!(alerts[0].occurrences, 1, "the same news is told once");
        house.point(&assets[0]).await;
        turn().await;
        assert_eq!(open().await[0].evidence["assets"], 2);
        for asset in &assets[1..] {
            house.point(asset).await;
        }
        turn().await;
        assert!(open().await.is_empty());
        assert_eq!(oldest().await, None);
    }
}

#[tokio::test]
async fn intervals_go_after_the_days_of_the_configuration() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        house.judge().await;
        let policy = house.policy(HOURLY, &assets).await;
        house.clock.advance(SignedDuration::from_secs(10));
        house.assign(&policy, &assets).await;
        house.judge().await;
        let begin = house.clock.now();
        let first = async || {
            let (reader, now) = (house.store.read(), house.clock.now());
            let range = (Timestamp::UNIX_EPOCH, now + hour(1));
            let all = store::compliance::intervals_of_asset(
                &reader,
                house.organization,
                assets[0].id,
                range,
                now + SignedDuration::from_secs(1),
            );
            let all = all.await.unwrap();
            all[0].from
        };
        assert_eq!(first().await, begin - SignedDuration::from_secs(10));
        let short = Compliance::with_history_days(30);
        house.clock.advance(hour(24 * 29));
        short.run(&house.by_hand()).await.unwrap();
        assert_eq!(first().await, begin - SignedDuration::from_secs(10));
        // The first one ended a day after its last look: what nobody looks at is not known.
        house.clock.advance(hour(24 * 3));
        short.run(&house.by_hand()).await.unwrap();
        assert!(
            first().await >= begin - SignedDuration::from_secs(10) + SignedDuration::from_secs(1)
        );
    }
}

#[tokio::test]
async fn the_duty_runs_by_itself() {
    for house in House::all().await {
        let assets = house.assets(1).await;
        let ticker = Ticker::start().unwrap();
        let clock = std::sync::Arc::new(house.clock.clone());
        let duties = Duties::new(house.store.clone(), clock, house.ids.clone()).with(duty());
        let stop = CancellationToken::new();
        let running = duties.run(ticker.every_ten_seconds(), stop.clone());
        let looked = async {
            while house
                .shown(&assets)
                .await
                .values()
                .all(|one| one.checked_at.is_none())
            {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            stop.cancel();
        };
        let minute = std::time::Duration::from_secs(60);
        tokio::time::timeout(minute, async { tokio::join!(running, looked) })
            .await
            .unwrap();
        assert_eq!(house.status(&assets[0]).await, Status::Out);
    }
}
