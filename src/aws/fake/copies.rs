//! Copies and tiers of the simulated AWS.
//!
//! Not for faults (`fault`). Invariant: a copy shares the bytes of its source, and what is archived can neither be copied nor read.

use async_trait::async_trait;
use domain::copy_target::StorageTier;
use jiff::SignedDuration;

use super::region::{FakeRegion, no_such};
use super::world::{FakeSnapshot, Tiers};
use crate::CLIENT_KEY_TAG;
use crate::capture::{SnapshotInfo, SnapshotState, Snapshots as _};
use crate::copies::{Copies, NewCopy, TierMove, Tiering};
use crate::ec2::with_our_tags;
use crate::error::AwsError;
use crate::sdk::call::{COPY_SNAPSHOT, Call, DESCRIBE_TIERS, MODIFY_TIER, RESTORE_TIER};

const HOURS_PER_DAY: i64 = 24;

fn wrong_state(call: &Call, message: &str) -> AwsError {
    AwsError::from_code("ec2", call.operation, "IncorrectState", message, 400)
}

#[async_trait]
impl Copies for FakeRegion {
    async fn copy_snapshot(&self, new: &NewCopy) -> Result<String, AwsError> {
        let key = std::iter::once((CLIENT_KEY_TAG.to_owned(), new.client_key.clone())).collect();
        if let Some(earlier) = self.find_snapshots(&key).await?.into_iter().next() {
            return Ok(earlier.id);
        }
        let source_id = new.source_snapshot_id.as_str();
        self.call(&COPY_SNAPSHOT, Some(source_id), |scene| {
            let id = scene.world.id("snap");
            let takes = scene.world.snapshot_takes;
            let now = scene.now;
            let elsewhere = scene.world.region(scene.account_id, &new.source_region);
            let Some(source) = elsewhere.snapshots.get(source_id).cloned() else {
                return Err(no_such(&COPY_SNAPSHOT, "Snapshot", source_id));
            };
            if !source.is_readable(now) {
                return Err(wrong_state(&COPY_SNAPSHOT, "the snapshot is not completed"));
            }
            let info = SnapshotInfo {
                arn: self.arn("snapshot", &id),
                id: id.clone(),
                volume_id: Some("vol-ffffffff".to_owned()),
                state: SnapshotState::Pending,
                progress_percent: Some(0),
                started_at: Some(now),
                encrypted: true,
                kms_key_id: Some(format!("arn:aws:kms:{}:key/ebs", self.region)),
                description: new.description.clone(),
                tags: with_our_tags(&new.tags, &new.client_key),
                ..source.info
            };
            let copy = FakeSnapshot {
                info,
                blocks: source.blocks,
                lineage: source.lineage,
                completes_at: now.checked_add(takes).ok(),
                outcome: SnapshotState::Completed,
                written: std::collections::BTreeSet::new(),
                tiers: Tiers::default(),
            };
            scene.state().snapshots.insert(id.clone(), copy);
            Ok(id)
        })
        .await
    }

    async fn tiering(&self, id: &str) -> Result<Option<Tiering>, AwsError> {
        self.call(&DESCRIBE_TIERS, Some(id), |scene| {
            let now = scene.now;
            let Some(snapshot) = scene.state().snapshots.get(id) else {
                return Ok(None);
            };
            let Tiers { archived_at, back } = snapshot.tiers;
            let last_move = match (archived_at, back) {
                (_, Some((from, _))) if from > now => Some(TierMove::Returning),
                (_, Some((_, until))) if until > now => Some(TierMove::Returned),
                (Some(at), _) if at > now => Some(TierMove::Archiving),
                (Some(_), _) => Some(TierMove::Archived),
                (None, _) => None,
            };
            let is_moving = matches!(last_move, Some(TierMove::Archiving | TierMove::Returning));
            Ok(Some(Tiering {
                tier: snapshot.tiers.at(now),
                last_move,
                progress_percent: last_move.map(|_| if is_moving { 50 } else { 100 }),
                detail: None,
                back_until: back.map(|(_, until)| until),
            }))
        })
        .await
    }

    async fn archive_snapshot(&self, id: &str) -> Result<(), AwsError> {
        self.call(&MODIFY_TIER, Some(id), |scene| {
            let (now, takes) = (scene.now, scene.world.tiering_takes);
            let Some(snapshot) = scene.state().snapshots.get_mut(id) else {
                return Err(no_such(&MODIFY_TIER, "Snapshot", id));
            };
            if !snapshot.is_readable(now) || snapshot.tiers.archived_at.is_some() {
                return Err(wrong_state(&MODIFY_TIER, "the snapshot cannot be archived"));
            }
            snapshot.tiers.archived_at = now.checked_add(takes).ok();
            Ok(())
        })
        .await
    }

    async fn bring_back_snapshot(&self, id: &str, days: u32) -> Result<(), AwsError> {
        self.call(&RESTORE_TIER, Some(id), |scene| {
            let (now, takes) = (scene.now, scene.world.tiering_takes);
            let Some(snapshot) = scene.state().snapshots.get_mut(id) else {
                return Err(no_such(&RESTORE_TIER, "Snapshot", id));
            };
            if snapshot.tiers.at(now) != StorageTier::Archive {
                return Err(wrong_state(&RESTORE_TIER, "the snapshot is not archived"));
            }
            let from = now.checked_add(takes).unwrap_or(now);
            let days = SignedDuration::from_hours(HOURS_PER_DAY * i64::from(days));
            snapshot.tiers.back = from.checked_add(days).ok().map(|until| (from, until));
            Ok(())
        })
        .await
    }
}
