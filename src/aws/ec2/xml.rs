//! The shapes of EC2's XML answers, and what becomes of them.
//!
//! Not for sending (`sdk::query`). Invariant: what we need is required here, so an answer without it is an error and
//! never a made-up value; what we do not need is skipped.

use domain::asset::{EbsVolume, Ec2Instance, VolumeAttachment};
use domain::copy_target::StorageTier;
use domain::tag::Tags;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::capture::{SnapshotInfo, SnapshotState};
use crate::copies::{TierMove, Tiering};
use crate::inventory::{InstanceInfo, VolumeInfo};

/// A list: `<someSet><item>..</item><item>..</item></someSet>`.
#[derive(Debug, Deserialize)]
pub(crate) struct Set<T> {
    #[serde(rename = "item", default = "Vec::new")]
    pub(crate) items: Vec<T>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

/// EC2 writes an absent text as an absent or as an empty element.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// As [`text`], for numbers.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let text = Option::<String>::deserialize(from)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(serde::de::Error::custom))
        .transpose()
}

/// As [`text`], for times.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(serde::de::Error::custom))
        .transpose()
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

fn tags(set: Set<Tag>) -> Tags {
    set.items
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .collect()
}

/// Where an answer came from; ARNs need it.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) region: String,
    pub(crate) account_id: String,
}

impl Origin {
    fn partition(&self) -> &'static str {
        partition_of(&self.region)
    }
}

/// The partition of a region ("AWS partitions", ARN reference).
pub(crate) fn partition_of(region: &str) -> &'static str {
    match region.split('-').next().unwrap_or_default() {
        "cn" => "aws-cn",
        "eusc" => "aws-eusc",
        "us" if region.starts_with("us-gov-") => "aws-us-gov",
        "us" if region.starts_with("us-isob-") => "aws-iso-b",
        "us" if region.starts_with("us-isof-") => "aws-iso-f",
        "us" if region.starts_with("us-iso-") => "aws-iso",
        "eu" if region.starts_with("eu-isoe-") => "aws-iso-e",
        _ => "aws",
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Volumes {
    #[serde(default)]
    pub(crate) volume_set: Set<Volume>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Volume {
    #[serde(rename = "volumeId")]
    id: String,
    size: u32,
    #[serde(default, deserialize_with = "text")]
    snapshot_id: Option<String>,
    availability_zone: String,
    status: String,
    #[serde(default, deserialize_with = "time")]
    create_time: Option<Timestamp>,
    #[serde(rename = "volumeType")]
    kind: String,
    #[serde(default, deserialize_with = "number")]
    iops: Option<u32>,
    #[serde(default, deserialize_with = "number")]
    throughput: Option<u32>,
    encrypted: bool,
    #[serde(default, deserialize_with = "text")]
    kms_key_id: Option<String>,
    #[serde(default)]
    attachment_set: Set<Attachment>,
    #[serde(default)]
    tag_set: Set<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    // Absent for volumes of managed services (such as Fargate).
    #[serde(default, deserialize_with = "text")]
    instance_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    device: Option<String>,
}

impl Volume {
    pub(crate) fn into_info(self, origin: &Origin) -> VolumeInfo {
        let attachments = self.attachment_set.items.into_iter();
        let attachments = attachments
            .filter_map(|attachment| {
                Some(VolumeAttachment {
                    instance_id: attachment.instance_id?,
                    device: attachment.device.unwrap_or_default(),
                })
            })
            .collect();
        VolumeInfo {
            arn: format!(
                "arn:{}:ec2:{}:{}:volume/{}",
                origin.partition(),
                origin.region,
                origin.account_id,
                self.id
            ),
            id: self.id,
            snapshot_id: self.snapshot_id,
            created_at: self.create_time,
            tags: tags(self.tag_set),
            volume: EbsVolume {
                availability_zone: self.availability_zone,
                size_gib: self.size,
                volume_type: self.kind,
                iops: self.iops,
                throughput_mibps: self.throughput,
                encrypted: self.encrypted,
                kms_key_id: self.kms_key_id,
                state: self.status,
                attachments,
            },
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instances {
    #[serde(default)]
    pub(crate) reservation_set: Set<Reservation>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reservation {
    #[serde(default)]
    pub(crate) instances_set: Set<Instance>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instance {
    #[serde(rename = "instanceId")]
    id: String,
    #[serde(default, deserialize_with = "text")]
    image_id: Option<String>,
    #[serde(rename = "instanceState")]
    state: InstanceState,
    #[serde(rename = "instanceType")]
    kind: String,
    #[serde(default, deserialize_with = "time")]
    launch_time: Option<Timestamp>,
    placement: Placement,
    #[serde(default, deserialize_with = "text")]
    subnet_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    vpc_id: Option<String>,
    #[serde(default)]
    block_device_mapping: Set<Mapping>,
    #[serde(default)]
    tag_set: Set<Tag>,
}

#[derive(Debug, Deserialize)]
struct InstanceState {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Placement {
    availability_zone: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    device_name: String,
    ebs: Option<MappedVolume>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MappedVolume {
    volume_id: String,
}

impl Instance {
    /// Whether it is gone for good: AWS still lists it for about an hour.
    pub(crate) fn is_terminated(&self) -> bool {
        self.state.name == "terminated"
    }

    pub(crate) fn into_info(self, origin: &Origin) -> InstanceInfo {
        let mappings = self.block_device_mapping.items.into_iter();
        let volumes = mappings
            .filter_map(|mapping| Some((mapping.device_name, mapping.ebs?.volume_id)))
            .collect();
        InstanceInfo {
            arn: format!(
                "arn:{}:ec2:{}:{}:instance/{}",
                origin.partition(),
                origin.region,
                origin.account_id,
                self.id
            ),
            id: self.id,
            launched_at: self.launch_time,
            tags: tags(self.tag_set),
            instance: Ec2Instance {
                instance_type: self.kind,
                state: self.state.name,
                availability_zone: self.placement.availability_zone,
                vpc_id: self.vpc_id,
                subnet_id: self.subnet_id,
                image_id: self.image_id,
                volumes,
            },
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshots {
    #[serde(default)]
    pub(crate) snapshot_set: Set<Snapshot>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    #[serde(rename = "snapshotId")]
    id: String,
    #[serde(default, deserialize_with = "text")]
    volume_id: Option<String>,
    status: String,
    #[serde(default, deserialize_with = "text")]
    status_message: Option<String>,
    #[serde(default, deserialize_with = "time")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "text")]
    progress: Option<String>,
    volume_size: u32,
    #[serde(default)]
    description: String,
    #[serde(default)]
    encrypted: bool,
    #[serde(default, deserialize_with = "text")]
    kms_key_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    storage_tier: Option<String>,
    #[serde(default)]
    tag_set: Set<Tag>,
}

/// What AWS calls a tier; absent in answers about a snapshot that is new.
fn tier_of(name: Option<&str>) -> StorageTier {
    name.and_then(StorageTier::from_name).unwrap_or_default()
}

impl Snapshot {
    pub(crate) fn into_info(self, origin: &Origin) -> SnapshotInfo {
        let state = match self.status.as_str() {
            "pending" => SnapshotState::Pending,
            "completed" => SnapshotState::Completed,
            "error" => SnapshotState::Error,
            // `recoverable` (recycle bin), `recovering`, and what AWS adds later: its blocks cannot be relied on.
            _ => SnapshotState::Unavailable,
        };
        let percent = self
            .progress
            .as_deref()
            .map(|text| text.trim_end_matches('%'));
        SnapshotInfo {
            // ARNs of snapshots have no account (service authorization reference of EC2).
            arn: format!(
                "arn:{}:ec2:{}::snapshot/{}",
                origin.partition(),
                origin.region,
                self.id
            ),
            id: self.id,
            volume_id: self.volume_id,
            size_gib: self.volume_size,
            state,
            state_message: self.status_message,
            progress_percent: percent.and_then(|text| text.parse().ok()),
            started_at: self.start_time,
            encrypted: self.encrypted,
            kms_key_id: self.kms_key_id,
            description: self.description,
            tier: tier_of(self.storage_tier.as_deref()),
            tags: tags(self.tag_set),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Copied {
    pub(crate) snapshot_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tiers {
    #[serde(default)]
    pub(crate) snapshot_tier_status_set: Set<TierStatus>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TierStatus {
    pub(crate) snapshot_id: String,
    #[serde(default, deserialize_with = "text")]
    storage_tier: Option<String>,
    #[serde(default, deserialize_with = "text")]
    last_tiering_operation_status: Option<String>,
    #[serde(default, deserialize_with = "text")]
    last_tiering_operation_status_detail: Option<String>,
    #[serde(default, deserialize_with = "number")]
    last_tiering_progress: Option<u32>,
    #[serde(default, deserialize_with = "time")]
    restore_expiry_time: Option<Timestamp>,
}

impl TierStatus {
    pub(crate) fn into_tiering(self) -> Tiering {
        // What AWS adds later says nothing to us; the tier itself does.
        let last_move = match self.last_tiering_operation_status.as_deref() {
            Some("archival-in-progress") => Some(TierMove::Archiving),
            Some("archival-completed") => Some(TierMove::Archived),
            Some("archival-failed") => Some(TierMove::ArchivingFailed),
            Some("temporary-restore-in-progress" | "permanent-restore-in-progress") => {
                Some(TierMove::Returning)
            }
            Some("temporary-restore-completed" | "permanent-restore-completed") => {
                Some(TierMove::Returned)
            }
            Some("temporary-restore-failed" | "permanent-restore-failed") => {
                Some(TierMove::ReturningFailed)
            }
            _ => None,
        };
        Tiering {
            tier: tier_of(self.storage_tier.as_deref()),
            last_move,
            progress_percent: self
                .last_tiering_progress
                .and_then(|percent| percent.try_into().ok()),
            detail: self.last_tiering_operation_status_detail,
            back_until: self.restore_expiry_time,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Zones {
    #[serde(default)]
    pub(crate) availability_zone_info: Set<Zone>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Zone {
    pub(crate) zone_name: String,
    pub(crate) zone_state: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Regions {
    #[serde(default)]
    pub(crate) region_info: Set<RegionItem>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegionItem {
    pub(crate) region_name: String,
}

/// An answer of which nothing is needed.
#[derive(Debug, Deserialize)]
pub(crate) struct Done {}

#[cfg(test)]
#[path = "xml/tests.rs"]
mod tests;
