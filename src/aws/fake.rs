//! A simulated AWS in memory, for fast tests of everything above this crate.
//!
//! Not for tests of how AWS itself answers (`tests/it/aws.rs` runs against awsim). Invariant: it is deterministic: ids
//! are counted, the time comes from the injected clock, faults hit the same calls every time.
//!
//! ```
//! # use std::sync::Arc;
//! use aws::fake::{Effect, FakeAws, Fault, SeedVolume, When};
//! use aws::ErrorClass;
//!
//! let aws = FakeAws::new(Arc::new(domain::clock::TestClock::default()));
//! aws.add_role("arn:aws:iam::111111111111:role/BackupAccess", Some("external-id"));
//! let volume = SeedVolume::blank(1).tagged("Name", "data").with_block(3, 0xab);
//! let volume_id = aws.add_volume("111111111111", "eu-west-1", volume);
//! aws.inject(Fault::new("GetSnapshotBlock", When::Nth(2), Effect::Fail(ErrorClass::Throttled)));
//! assert!(volume_id.starts_with("vol-"));
//! ```

mod blocks;
mod copies;
mod fault;
mod keys;
mod region;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::asset::{Ec2Instance, VolumeAttachment};
use domain::clock::Clock;
use domain::tag::Tags;
use jiff::SignedDuration;
use parking_lot::Mutex;

pub use fault::{Effect, Fault, When};
pub use keys::KeyState;
pub use world::SeedVolume;

use crate::access::{AwsAccess, ObjectStoreConfig};
use crate::account::{CallerIdentity, ExternalIdProof};
use crate::blocks::BLOCK_BYTES;
use crate::error::{AwsError, ErrorClass};
use crate::inventory::{InstanceInfo, VolumeInfo};
use crate::sdk::call::{ASSUME_ROLE, CALLER_IDENTITY, Call};
use crate::{Aws, MANAGED_TAG, Region};
use fault::error_of;
use keys::FakeKeyWrapper;
use region::FakeRegion;
use world::{FakeVolume, World};

/// The account of [`AwsAccess::Own`].
pub const OWN_ACCOUNT: &str = "999999999999";

/// A block full of one byte.
#[must_use]
pub fn block_of(byte: u8) -> Bytes {
    Bytes::from(vec![byte; BLOCK_BYTES])
}

/// A simulated AWS. Clones share everything.
#[derive(Debug, Clone)]
pub struct FakeAws {
    world: Arc<Mutex<World>>,
    clock: Arc<dyn Clock>,
}

/// A thing of ours that is still there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// The account.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// The snapshot or volume.
    pub id: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl FakeAws {
    /// An empty AWS whose time is that of `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            world: Arc::new(Mutex::new(World::new())),
            clock,
        }
    }

    /// Adds a role; without an external id it trusts everybody, which is what a proof must find out.
    pub fn add_role(&self, arn: &str, external_id: Option<&str>) {
        let external_id = external_id.map(str::to_owned);
        self.world.lock().roles.insert(arn.to_owned(), external_id);
    }

    /// Adds a volume and gives its id.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn add_volume(&self, account_id: &str, region: &str, seed: SeedVolume) -> String {
        let mut world = self.world.lock();
        let id = world.id("vol");
        let volume = FakeVolume {
            info: VolumeInfo {
                arn: format!("arn:aws:ec2:{region}:{account_id}:volume/{id}"),
                id: id.clone(),
                snapshot_id: None,
                created_at: Some(self.clock.now()),
                tags: seed.tags.clone(),
                volume: seed.describe(region),
            },
            blocks: seed.blocks,
            lineage: id.clone(),
        };
        let volumes = &mut world.region(account_id, region).volumes;
        volumes.insert(id.clone(), volume);
        id
    }

    /// Adds a running instance with these volumes attached and gives its id.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn add_instance(
        &self,
        account_id: &str,
        region: &str,
        tags: Tags,
        volume_ids: &[&str],
    ) -> String {
        let mut world = self.world.lock();
        let id = world.id("i");
        let state = world.region(account_id, region);
        let mut volumes = Vec::new();
        for (letter, volume_id) in ('a'..='z').zip(volume_ids) {
            let device = format!("/dev/sd{letter}");
            if let Some(volume) = state.volumes.get_mut(*volume_id) {
                "in-use".clone_into(&mut volume.info.volume.state);
                volume.info.volume.attachments.push(VolumeAttachment {
                    instance_id: id.clone(),
                    device: device.clone(),
                });
                volumes.push((device, (*volume_id).to_owned()));
            }
        }
        let instance = InstanceInfo {
            arn: format!("arn:aws:ec2:{region}:{account_id}:instance/{id}"),
            id: id.clone(),
            launched_at: Some(self.clock.now()),
            tags,
            instance: Ec2Instance {
                instance_type: "m7g.large".to_owned(),
                state: "running".to_owned(),
                availability_zone: format!("{region}a"),
                vpc_id: Some("vpc-1".to_owned()),
                subnet_id: Some("subnet-1".to_owned()),
                image_id: Some("ami-1".to_owned()),
                volumes,
            },
        };
        state.instances.insert(id.clone(), instance);
        id
    }

    /// Writes a block of a volume (`None` = as if it was never written); false when there is no such volume.
    pub fn write(&self, volume_id: &str, index: u32, data: Option<Bytes>) -> bool {
        self.with_volume(volume_id, |volume| match data {
            Some(data) => {
                volume.blocks.insert(index, data);
            }
            None => {
                volume.blocks.remove(&index);
            }
        })
    }

    /// Replaces the tags of a volume; false when there is no such volume.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn set_tags(&self, volume_id: &str, tags: Tags) -> bool {
        self.with_volume(volume_id, |volume| volume.info.tags = tags)
    }

    fn with_volume(&self, volume_id: &str, change: impl FnOnce(&mut FakeVolume)) -> bool {
        let mut world = self.world.lock();
        let mut regions = world.regions.values_mut();
        let found = regions.find_map(|state| state.volumes.get_mut(volume_id));
        found.map(change).is_some()
    }

    /// Removes a volume, as its owner would.
    pub fn remove_volume(&self, volume_id: &str) {
        for state in self.world.lock().regions.values_mut() {
            state.volumes.remove(volume_id);
        }
    }

    /// Removes a snapshot, as its owner would.
    pub fn remove_snapshot(&self, snapshot_id: &str) {
        for state in self.world.lock().regions.values_mut() {
            state.snapshots.remove(snapshot_id);
        }
    }

    /// The blocks of a volume.
    #[must_use]
    pub fn blocks_of_volume(&self, volume_id: &str) -> Option<BTreeMap<u32, Bytes>> {
        let world = self.world.lock();
        let mut regions = world.regions.values();
        let found = regions.find_map(|state| state.volumes.get(volume_id));
        found.map(|volume| volume.blocks.clone())
    }

    /// How long a snapshot is pending, on the injected clock. At first it is not.
    pub fn set_snapshot_duration(&self, takes: SignedDuration) {
        self.world.lock().snapshot_takes = takes;
    }

    /// Whether new snapshots end in the state `error`.
    pub fn set_snapshots_fail(&self, fail: bool) {
        self.world.lock().snapshots_fail = fail;
    }

    /// How long a snapshot takes into the archive and back, on the injected clock. At first no time.
    pub fn set_tiering_duration(&self, takes: SignedDuration) {
        self.world.lock().tiering_takes = takes;
    }

    /// The blocks of a snapshot.
    #[must_use]
    pub fn blocks_of_snapshot(&self, region: &str, id: &str) -> Option<BTreeMap<u32, Bytes>> {
        let world = self.world.lock();
        let mut regions = world.regions.iter().filter(|((_, name), _)| name == region);
        let found = regions.find_map(|(_, state)| state.snapshots.get(id));
        found.map(|snapshot| snapshot.blocks.clone())
    }

    /// Adds a region that the account may use, with nothing in it.
    pub fn enable_region(&self, account_id: &str, region: &str) {
        self.world.lock().region(account_id, region);
    }

    /// Items of a page of any list; 1,000 at first.
    pub fn set_page_size(&self, size: usize) {
        self.world.lock().page_size = size;
    }

    /// Takes an IAM action, such as `ec2:CreateSnapshot`, from the role of an account.
    pub fn deny(&self, account_id: &str, action: &str) {
        let denied = (account_id.to_owned(), action.to_owned());
        self.world.lock().denied.insert(denied);
    }

    /// Gives all actions back to the role of an account.
    pub fn allow_all(&self, account_id: &str) {
        let mut world = self.world.lock();
        world.denied.retain(|(account, _)| account != account_id);
    }

    /// Adds a KMS key or changes its state.
    pub fn set_key(&self, key_arn: &str, state: KeyState) {
        self.world.lock().keys.insert(key_arn.to_owned(), state);
    }

    /// Adds a fault.
    pub fn inject(&self, fault: Fault) {
        self.world.lock().faults.push(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.world.lock().faults.clear();
    }

    /// Calls of an operation (AWS's name) so far, failed ones included.
    #[must_use]
    pub fn calls(&self, operation: &str) -> u64 {
        let world = self.world.lock();
        world.calls.get(operation).copied().unwrap_or_default()
    }

    /// Bytes of blocks that were read so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.world.lock().bytes_read
    }

    /// Everything of ours that is still there: what a finished task must have cleared away, or meant to keep.
    #[must_use]
    pub fn leftovers(&self) -> Vec<Leftover> {
        let world = self.world.lock();
        let mut left = Vec::new();
        for ((account_id, region), state) in &world.regions {
            let snapshots = state.snapshots.iter().map(|(id, one)| (id, &one.info.tags));
            let volumes = state.volumes.iter().map(|(id, one)| (id, &one.info.tags));
            for (id, tags) in snapshots.chain(volumes) {
                if tags.get(MANAGED_TAG).is_some() {
                    left.push(Leftover {
                        account_id: account_id.clone(),
                        region: region.clone(),
                        id: id.clone(),
                        tags: tags.0.clone(),
                    });
                }
            }
        }
        left
    }

    /// The account behind an access, if the access opens.
    fn open(&self, call: &Call, access: &AwsAccess) -> Result<String, AwsError> {
        let account_id = match access {
            AwsAccess::Own => OWN_ACCOUNT.to_owned(),
            AwsAccess::StaticKeys { access_key_id, .. } => access_key_id.clone(),
            AwsAccess::AssumeRole {
                role_arn,
                external_id,
            } => {
                if !self.trusts(role_arn, Some(external_id)) {
                    return Err(error_of(&ASSUME_ROLE, ErrorClass::AccessDenied));
                }
                role_arn.split(':').nth(4).unwrap_or_default().to_owned()
            }
        };
        match self.world.lock().strike(call, &account_id) {
            Some(Effect::Fail(class)) => Err(error_of(call, class)),
            Some(Effect::LoseAnswer | Effect::Vanish) | None => Ok(account_id),
        }
    }

    fn trusts(&self, role_arn: &str, external_id: Option<&str>) -> bool {
        match self.world.lock().roles.get(role_arn) {
            Some(Some(wanted)) => external_id == Some(wanted.as_str()),
            Some(None) => true,
            None => false,
        }
    }
}

#[async_trait]
impl Aws for FakeAws {
    async fn region(
        &self,
        access: &AwsAccess,
        region: &str,
        _session_name: &str,
    ) -> Result<Arc<dyn Region>, AwsError> {
        let account_id = self.open(&ASSUME_ROLE, access)?;
        Ok(Arc::new(FakeRegion {
            world: Arc::clone(&self.world),
            clock: Arc::clone(&self.clock),
            account_id,
            region: region.to_owned(),
        }))
    }

    async fn prove_identity(&self, access: &AwsAccess) -> Result<CallerIdentity, AwsError> {
        let account_id = self.open(&CALLER_IDENTITY, access)?;
        Ok(CallerIdentity {
            arn: format!("arn:aws:sts::{account_id}:assumed-role/BackupAccess/holdfast"),
            user_id: format!("AROA{account_id}:holdfast"),
            account_id,
        })
    }

    async fn prove_external_id(&self, access: &AwsAccess) -> Result<ExternalIdProof, AwsError> {
        let AwsAccess::AssumeRole {
            role_arn,
            external_id,
        } = access
        else {
            return Err(error_of(&ASSUME_ROLE, ErrorClass::InvalidRequest));
        };
        let opens = self.trusts(role_arn, Some(external_id));
        Ok(ExternalIdProof {
            opens_with_external_id: opens,
            refuses_without_external_id: !self.trusts(role_arn, None),
            refuses_wrong_external_id: !self.trusts(role_arn, Some("wrong")),
            refusal: (!opens).then(|| "not authorized to perform sts:AssumeRole".to_owned()),
        })
    }

    async fn key_wrapper(
        &self,
        access: &AwsAccess,
        key_arn: &str,
    ) -> Result<Arc<dyn vault::KeyWrapper>, AwsError> {
        crate::kms::region_of(key_arn)?;
        Ok(Arc::new(FakeKeyWrapper {
            account_id: self.open(&ASSUME_ROLE, access)?,
            world: Arc::clone(&self.world),
            key_arn: key_arn.to_owned(),
        }))
    }

    async fn object_store(
        &self,
        access: &AwsAccess,
        store: &ObjectStoreConfig,
    ) -> Result<Arc<dyn vault::ObjectStore>, AwsError> {
        let account_id = self.open(&ASSUME_ROLE, access)?;
        let place = format!("{account_id}/{}/{}", store.bucket, store.prefix);
        let mut world = self.world.lock();
        let store = world
            .stores
            .entry(place)
            .or_insert_with(|| Arc::new(vault::MemoryStore::new()));
        let store: Arc<dyn vault::ObjectStore> = Arc::<vault::MemoryStore>::clone(store);
        Ok(store)
    }
}

#[cfg(test)]
#[path = "fake/tests.rs"]
mod tests;
