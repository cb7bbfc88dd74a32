//! One region of the simulated AWS.
//!
//! Not for setting it up (`fake`). Invariant: every call is counted and goes past the programmed faults before it does
//! anything, under the same names as the calls of the real one.

use std::sync::Arc;

use async_trait::async_trait;
use domain::clock::Clock;
use domain::tag::Tags;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::fault::{Effect, error_of};
use super::world::{FakeSnapshot, FakeVolume, RegionState, World};
use crate::capture::{NewSnapshot, SnapshotInfo, SnapshotState, Snapshots};
use crate::ec2::with_our_tags;
use crate::error::{AwsError, ErrorClass};
use crate::inventory::{InstanceInfo, Inventory, Page, VolumeInfo};
use crate::permissions::{PermissionGap, Permissions, Purpose};
use crate::rebuild::{NewVolume, Volumes};
use crate::sdk::call::{
    CREATE_SNAPSHOT, CREATE_VOLUME, CUSTOMER_CALLS, Call, DELETE_SNAPSHOT, DELETE_VOLUME,
    DESCRIBE_INSTANCES, DESCRIBE_REGIONS, DESCRIBE_SNAPSHOTS, DESCRIBE_VOLUMES, DESCRIBE_ZONES,
};
use crate::{CLIENT_KEY_TAG, Region};

/// One region of one simulated account.
#[derive(Debug)]
pub(super) struct FakeRegion {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) account_id: String,
    pub(super) region: String,
}

/// What a call works on.
pub(super) struct Scene<'a> {
    pub(super) world: &'a mut World,
    pub(super) now: Timestamp,
    pub(super) account_id: &'a str,
    region: &'a str,
}

impl Scene<'_> {
    pub(super) fn state(&mut self) -> &mut RegionState {
        self.world.region(self.account_id, self.region)
    }
}

impl FakeRegion {
    /// Makes a call: counts it, strikes it with faults, checks permissions, does the work. Other tasks get their turn
    /// first, as they would while a real call is under way.
    pub(super) async fn call<T>(
        &self,
        call: &Call,
        snapshot_id: Option<&str>,
        work: impl FnOnce(&mut Scene<'_>) -> Result<T, AwsError> + Send,
    ) -> Result<T, AwsError> {
        tokio::task::yield_now().await;
        let mut world = self.world.lock();
        let effect = world.strike(call, &self.account_id);
        if let Some(action) = world.denied_action(call, &self.account_id) {
            let error = error_of(call, ErrorClass::AccessDenied);
            return Err(error.explained(format!("not authorized to perform {action}")));
        }
        let mut scene = Scene {
            world: &mut world,
            now: self.clock.now(),
            account_id: &self.account_id,
            region: &self.region,
        };
        match effect {
            Some(Effect::Fail(class)) => return Err(error_of(call, class)),
            Some(Effect::Vanish) => {
                if let Some(id) = snapshot_id {
                    scene.state().snapshots.remove(id);
                }
            }
            Some(Effect::LoseAnswer) | None => {}
        }
        let outcome = work(&mut scene);
        if effect == Some(Effect::LoseAnswer) && outcome.is_ok() {
            return Err(error_of(call, ErrorClass::Transient));
        }
        outcome
    }

    pub(super) fn arn(&self, kind: &str, id: &str) -> String {
        let (region, account) = (&self.region, &self.account_id);
        match kind {
            "snapshot" => format!("arn:aws:ec2:{region}::{kind}/{id}"),
            _ => format!("arn:aws:ec2:{region}:{account}:{kind}/{id}"),
        }
    }
}

pub(super) fn no_such(call: &Call, what: &str, id: &str) -> AwsError {
    let code = format!("Invalid{what}.NotFound");
    AwsError::from_code(
        "ec2",
        call.operation,
        &code,
        format!("'{id}' does not exist"),
        400,
    )
}

/// A page of sorted items; the token is the number of items before it.
pub(super) fn page_of<T>(
    call: &Call,
    mut items: Vec<T>,
    token: Option<&str>,
    size: usize,
) -> Result<Page<T>, AwsError> {
    let start: usize = match token {
        None => 0,
        Some(token) => token.parse().map_err(|_number| {
            AwsError::new(
                ErrorClass::TokenExpired,
                call.service,
                call.operation,
                "this page token is not valid",
            )
        })?,
    };
    let end = start.saturating_add(size.max(1));
    let next = (end < items.len()).then(|| end.to_string());
    items.truncate(end);
    Ok(Page {
        items: items.into_iter().skip(start).collect(),
        next,
    })
}

fn carries(own: &Tags, wanted: &Tags) -> bool {
    wanted
        .iter()
        .all(|(key, value)| own.get(key) == Some(value))
}

#[async_trait]
impl Inventory for FakeRegion {
    async fn volumes_page(&self, token: Option<&str>) -> Result<Page<VolumeInfo>, AwsError> {
        self.call(&DESCRIBE_VOLUMES, None, |scene| {
            let size = scene.world.page_size;
            let all = scene.state().volumes.values();
            let all = all.map(|volume| volume.info.clone()).collect();
            page_of(&DESCRIBE_VOLUMES, all, token, size)
        })
        .await
    }

    async fn instances_page(&self, token: Option<&str>) -> Result<Page<InstanceInfo>, AwsError> {
        self.call(&DESCRIBE_INSTANCES, None, |scene| {
            let size = scene.world.page_size;
            let all = scene.state().instances.values().cloned().collect();
            page_of(&DESCRIBE_INSTANCES, all, token, size)
        })
        .await
    }
}

#[async_trait]
impl Snapshots for FakeRegion {
    async fn create_snapshot(&self, new: &NewSnapshot) -> Result<SnapshotInfo, AwsError> {
        let key = std::iter::once((CLIENT_KEY_TAG.to_owned(), new.client_key.clone())).collect();
        if let Some(earlier) = self.find_snapshots(&key).await?.into_iter().next() {
            return Ok(earlier);
        }
        self.call(&CREATE_SNAPSHOT, None, |scene| {
            let id = scene.world.id("snap");
            let takes = scene.world.snapshot_takes;
            let outcome = if scene.world.snapshots_fail {
                SnapshotState::Error
            } else {
                SnapshotState::Completed
            };
            let now = scene.now;
            let state = scene.state();
            let Some(volume) = state.volumes.get(&new.volume_id) else {
                return Err(no_such(&CREATE_SNAPSHOT, "Volume", &new.volume_id));
            };
            let info = SnapshotInfo {
                arn: self.arn("snapshot", &id),
                id: id.clone(),
                volume_id: Some(new.volume_id.clone()),
                size_gib: volume.info.volume.size_gib,
                state: SnapshotState::Pending,
                state_message: None,
                progress_percent: Some(0),
                started_at: Some(now),
                encrypted: volume.info.volume.encrypted,
                kms_key_id: volume.info.volume.kms_key_id.clone(),
                description: new.description.clone(),
                tier: domain::copy_target::StorageTier::Standard,
                tags: with_our_tags(&new.tags, &new.client_key),
            };
            let snapshot = FakeSnapshot {
                info,
                blocks: volume.blocks.clone(),
                lineage: volume.lineage.clone(),
                completes_at: now.checked_add(takes).ok(),
                outcome,
                written: std::collections::BTreeSet::new(),
                tiers: super::world::Tiers::default(),
            };
            let info = snapshot.info_at(now);
            state.snapshots.insert(id, snapshot);
            Ok(info)
        })
        .await
    }

    async fn snapshot(&self, id: &str) -> Result<Option<SnapshotInfo>, AwsError> {
        self.call(&DESCRIBE_SNAPSHOTS, Some(id), |scene| {
            let now = scene.now;
            let found = scene.state().snapshots.get(id);
            Ok(found.map(|snapshot| snapshot.info_at(now)))
        })
        .await
    }

    async fn find_snapshots(&self, tags: &Tags) -> Result<Vec<SnapshotInfo>, AwsError> {
        self.call(&DESCRIBE_SNAPSHOTS, None, |scene| {
            let now = scene.now;
            let all = scene.state().snapshots.values();
            let found = all.filter(|one| carries(&one.info.tags, tags));
            Ok(found.map(|one| one.info_at(now)).collect())
        })
        .await
    }

    async fn delete_snapshot(&self, id: &str) -> Result<(), AwsError> {
        self.call(&DELETE_SNAPSHOT, Some(id), |scene| {
            scene.state().snapshots.remove(id);
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Volumes for FakeRegion {
    async fn create_volume(&self, new: &NewVolume) -> Result<VolumeInfo, AwsError> {
        let key = std::iter::once((CLIENT_KEY_TAG.to_owned(), new.client_token.clone())).collect();
        if let Some(earlier) = self.find_volumes(&key).await?.into_iter().next() {
            return Ok(earlier);
        }
        self.call(&CREATE_VOLUME, Some(&new.snapshot_id), |scene| {
            let id = scene.world.id("vol");
            let now = scene.now;
            let state = scene.state();
            let Some(snapshot) = state.snapshots.get(&new.snapshot_id) else {
                return Err(no_such(&CREATE_VOLUME, "Snapshot", &new.snapshot_id));
            };
            if !snapshot.is_readable(now) {
                return Err(AwsError::from_code(
                    "ec2",
                    CREATE_VOLUME.operation,
                    "IncorrectState",
                    "the snapshot is not completed",
                    400,
                ));
            }
            let encrypted = new.encrypted.unwrap_or(snapshot.info.encrypted);
            let own_key = new.kms_key_id.clone();
            let info = VolumeInfo {
                arn: self.arn("volume", &id),
                id: id.clone(),
                snapshot_id: Some(new.snapshot_id.clone()),
                created_at: Some(now),
                tags: with_our_tags(&new.tags, &new.client_token),
                volume: domain::asset::EbsVolume {
                    availability_zone: new.availability_zone.clone(),
                    size_gib: new.size_gib.unwrap_or(snapshot.info.size_gib),
                    volume_type: new.volume_type.name().to_owned(),
                    iops: new.iops,
                    throughput_mibps: new.throughput_mibps,
                    encrypted: encrypted || own_key.is_some(),
                    kms_key_id: own_key.or_else(|| snapshot.info.kms_key_id.clone()),
                    state: "available".to_owned(),
                    attachments: Vec::new(),
                },
            };
            let volume = FakeVolume {
                info: info.clone(),
                blocks: snapshot.blocks.clone(),
                lineage: snapshot.lineage.clone(),
            };
            state.volumes.insert(id, volume);
            Ok(info)
        })
        .await
    }

    async fn volume(&self, id: &str) -> Result<Option<VolumeInfo>, AwsError> {
        self.call(&DESCRIBE_VOLUMES, None, |scene| {
            let found = scene.state().volumes.get(id);
            Ok(found.map(|volume| volume.info.clone()))
        })
        .await
    }

    async fn find_volumes(&self, tags: &Tags) -> Result<Vec<VolumeInfo>, AwsError> {
        self.call(&DESCRIBE_VOLUMES, None, |scene| {
            let all = scene.state().volumes.values();
            let found = all.filter(|one| carries(&one.info.tags, tags));
            Ok(found.map(|one| one.info.clone()).collect())
        })
        .await
    }

    async fn delete_volume(&self, id: &str) -> Result<(), AwsError> {
        self.call(&DELETE_VOLUME, None, |scene| {
            scene.state().volumes.remove(id);
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Permissions for FakeRegion {
    async fn missing_permissions(
        &self,
        purposes: &[Purpose],
    ) -> Result<Vec<PermissionGap>, AwsError> {
        let world = self.world.lock();
        let mut gaps: Vec<PermissionGap> = CUSTOMER_CALLS
            .iter()
            .filter(|call| purposes.iter().any(|purpose| serves(*purpose, call)))
            .filter_map(|call| world.denied_action(call, &self.account_id))
            .map(|action| PermissionGap {
                action: action.to_owned(),
                message: "not authorized".to_owned(),
            })
            .collect();
        gaps.sort();
        gaps.dedup();
        Ok(gaps)
    }
}

fn serves(purpose: Purpose, call: &Call) -> bool {
    let calls: &[&str] = match purpose {
        Purpose::Inventory => &[
            "DescribeVolumes",
            "DescribeInstances",
            "DescribeAvailabilityZones",
            "DescribeRegions",
        ],
        Purpose::Snapshots => &[
            "DescribeSnapshots",
            "CreateSnapshot",
            "DeleteSnapshot",
            "CopySnapshot",
            "DescribeSnapshotTierStatus",
            "ModifySnapshotTier",
        ],
        Purpose::ReadBlocks => &[
            "ListSnapshotBlocks",
            "ListChangedBlocks",
            "GetSnapshotBlock",
        ],
        Purpose::Restore => &[
            "CreateVolume",
            "DeleteVolume",
            "StartSnapshot",
            "PutSnapshotBlock",
            "CompleteSnapshot",
            "RestoreSnapshotTier",
        ],
    };
    calls.contains(&call.operation)
}

#[async_trait]
impl Region for FakeRegion {
    fn name(&self) -> &str {
        &self.region
    }

    async fn availability_zones(&self) -> Result<Vec<String>, AwsError> {
        self.call(&DESCRIBE_ZONES, None, |_scene| {
            let zones = ["a", "b", "c"].into_iter();
            Ok(zones.map(|zone| format!("{}{zone}", self.region)).collect())
        })
        .await
    }

    async fn enabled_regions(&self) -> Result<Vec<String>, AwsError> {
        self.call(&DESCRIBE_REGIONS, None, |scene| {
            let keys = scene.world.regions.keys();
            let own = keys.filter(|(account, _)| *account == self.account_id);
            Ok(own.map(|(_, region)| region.clone()).collect())
        })
        .await
    }
}
