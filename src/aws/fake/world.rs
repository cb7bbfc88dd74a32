//! What the simulated AWS holds: accounts, regions, volumes, snapshots and their blocks.
//!
//! Not for the calls (`region`). Invariant: a block map never changes once it belongs to a completed snapshot; volumes
//! and snapshots share the bytes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::asset::EbsVolume;
use domain::copy_target::StorageTier;
use domain::tag::Tags;
use jiff::{SignedDuration, Timestamp};

use super::fault::{Effect, Fault};
use crate::capture::{SnapshotInfo, SnapshotState};
use crate::inventory::{InstanceInfo, VolumeInfo};
use crate::sdk::call::Call;

/// Blocks by index.
pub(super) type BlockMap = BTreeMap<u32, Bytes>;

/// Everything.
#[derive(Debug)]
pub(super) struct World {
    pub(super) regions: BTreeMap<(String, String), RegionState>,
    pub(super) roles: BTreeMap<String, Option<String>>,
    pub(super) denied: BTreeSet<(String, String)>,
    pub(super) faults: Vec<Fault>,
    pub(super) calls: BTreeMap<String, u64>,
    pub(super) bytes_read: u64,
    pub(super) keys: BTreeMap<String, super::KeyState>,
    pub(super) wrapped: BTreeMap<Vec<u8>, super::keys::Wrapped>,
    pub(super) stores: BTreeMap<String, std::sync::Arc<vault::MemoryStore>>,
    pub(super) page_size: usize,
    pub(super) snapshot_takes: SignedDuration,
    pub(super) snapshots_fail: bool,
    pub(super) tiering_takes: SignedDuration,
    next_id: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            regions: BTreeMap::new(),
            roles: BTreeMap::new(),
            denied: BTreeSet::new(),
            faults: Vec::new(),
            calls: BTreeMap::new(),
            bytes_read: 0,
            keys: BTreeMap::new(),
            wrapped: BTreeMap::new(),
            stores: BTreeMap::new(),
            page_size: 1_000,
            snapshot_takes: SignedDuration::ZERO,
            snapshots_fail: false,
            tiering_takes: SignedDuration::ZERO,
            next_id: 0,
        }
    }

    /// A fresh number, for ids.
    pub(super) fn number(&mut self) -> u64 {
        self.next_id = self.next_id.saturating_add(1);
        self.next_id
    }

    /// A fresh id in AWS's form.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}-{:017x}", self.number())
    }

    pub(super) fn region(&mut self, account_id: &str, region: &str) -> &mut RegionState {
        let key = (account_id.to_owned(), region.to_owned());
        self.regions.entry(key).or_default()
    }

    /// Counts a call and finds the fault that strikes it, if any.
    pub(super) fn strike(&mut self, call: &Call, account_id: &str) -> Option<Effect> {
        let count = self.calls.entry(call.operation.to_owned()).or_default();
        *count = count.saturating_add(1);
        let mut struck = None;
        for fault in &mut self.faults {
            let effect = fault.strike(call, account_id);
            struck = struck.or(effect);
        }
        struck
    }

    /// The first action of a call that this account's role is not allowed.
    pub(super) fn denied_action(&self, call: &Call, account_id: &str) -> Option<&'static str> {
        let denied = |action: &&&str| {
            self.denied
                .contains(&(account_id.to_owned(), (**action).to_owned()))
        };
        call.actions.iter().find(denied).copied()
    }
}

/// One region of one account.
#[derive(Debug, Default)]
pub(super) struct RegionState {
    pub(super) volumes: BTreeMap<String, FakeVolume>,
    pub(super) instances: BTreeMap<String, InstanceInfo>,
    pub(super) snapshots: BTreeMap<String, FakeSnapshot>,
}

/// A volume.
#[derive(Debug, Clone)]
pub(super) struct FakeVolume {
    pub(super) info: VolumeInfo,
    pub(super) blocks: BlockMap,
    /// Volumes and snapshots that descend from each other share it; only they can be compared.
    pub(super) lineage: String,
}

/// A snapshot.
#[derive(Debug, Clone)]
pub(super) struct FakeSnapshot {
    pub(super) info: SnapshotInfo,
    pub(super) blocks: BlockMap,
    pub(super) lineage: String,
    /// When EC2 completes it; none while it is written block by block.
    pub(super) completes_at: Option<Timestamp>,
    /// What EC2 makes of it then.
    pub(super) outcome: SnapshotState,
    /// Indexes that were written through the direct API.
    pub(super) written: BTreeSet<u32>,
    /// Its way through the tiers.
    pub(super) tiers: Tiers,
}

/// The way of a snapshot through the tiers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tiers {
    /// From when on it is in the archive.
    pub(super) archived_at: Option<Timestamp>,
    /// From when until when it is back.
    pub(super) back: Option<(Timestamp, Timestamp)>,
}

impl Tiers {
    /// The tier at `now`.
    pub(super) fn at(self, now: Timestamp) -> StorageTier {
        let is_archived = self.archived_at.is_some_and(|at| at <= now);
        let is_back = self
            .back
            .is_some_and(|(from, until)| (from..until).contains(&now));
        if is_archived && !is_back {
            StorageTier::Archive
        } else {
            StorageTier::Standard
        }
    }
}

impl FakeSnapshot {
    /// As it is at `now`.
    pub(super) fn info_at(&self, now: Timestamp) -> SnapshotInfo {
        let mut info = self.info.clone();
        info.tier = self.tiers.at(now);
        if self.completes_at.is_some_and(|at| at <= now) {
            info.state = self.outcome;
            info.progress_percent = Some(100);
        }
        info
    }

    pub(super) fn is_readable(&self, now: Timestamp) -> bool {
        let info = self.info_at(now);
        info.state == SnapshotState::Completed && info.tier == StorageTier::Standard
    }
}

/// A volume that a test puts into the simulated AWS.
#[derive(Debug, Clone)]
pub struct SeedVolume {
    /// Size in GiB.
    pub size_gib: u32,
    /// Its tags.
    pub tags: Tags,
    /// Whether it is encrypted, and with which key.
    pub kms_key_id: Option<String>,
    /// Blocks that were written; each of exactly 512 KiB.
    pub blocks: BTreeMap<u32, Bytes>,
}

impl SeedVolume {
    /// A blank volume.
    #[must_use]
    pub fn blank(size_gib: u32) -> Self {
        Self {
            size_gib,
            tags: Tags::default(),
            kms_key_id: None,
            blocks: BTreeMap::new(),
        }
    }

    /// The same with a tag.
    #[must_use]
    pub fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.0.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The same with a block full of one byte.
    #[must_use]
    pub fn with_block(mut self, index: u32, byte: u8) -> Self {
        self.blocks.insert(index, super::block_of(byte));
        self
    }

    pub(super) fn describe(&self, region: &str) -> EbsVolume {
        EbsVolume {
            availability_zone: format!("{region}a"),
            size_gib: self.size_gib,
            volume_type: "gp3".to_owned(),
            iops: Some(3_000),
            throughput_mibps: Some(125),
            encrypted: self.kms_key_id.is_some(),
            kms_key_id: self.kms_key_id.clone(),
            state: "available".to_owned(),
            attachments: Vec::new(),
        }
    }
}
