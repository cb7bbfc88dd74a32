//! What is particular to a kind of asset, and tags.
//!
//! Invariant: these mirror what AWS told at the last inventory, without interpretation.

use async_graphql::{InputObject, SimpleObject};

/// A tag of a resource in AWS.
#[derive(SimpleObject)]
pub(crate) struct TagItem {
    /// Key of the tag, unique at its resource.
    key: String,
    /// Value of the tag; may be empty.
    value: String,
}

impl From<(&str, &str)> for TagItem {
    fn from((key, value): (&str, &str)) -> Self {
        Self {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }
}

/// A tag to set.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct TagInput {
    /// Key of the tag, 1 to 128 characters.
    pub(crate) key: String,
    /// Value of the tag, up to 256 characters.
    pub(crate) value: String,
}

/// An EBS volume as AWS described it at the last inventory.
#[derive(SimpleObject)]
pub(crate) struct EbsVolumeInfo {
    /// Availability zone, such as `eu-west-1a`.
    availability_zone: String,
    /// Size in GiB.
    size_gib: u32,
    /// Type, such as `gp3`.
    volume_type: String,
    /// Provisioned operations per second, where the type has them.
    iops: Option<u32>,
    /// Provisioned throughput in MiB/s, where the type has it.
    throughput_mibps: Option<u32>,
    /// Whether AWS encrypts it.
    encrypted: bool,
    /// Key that encrypts it.
    kms_key_id: Option<String>,
    /// State, such as `in-use`.
    state: String,
    /// Instances that it is attached to.
    attachments: Vec<VolumeAttachmentInfo>,
}

impl From<&domain::asset::EbsVolume> for EbsVolumeInfo {
    fn from(volume: &domain::asset::EbsVolume) -> Self {
        let domain::asset::EbsVolume {
            availability_zone,
            size_gib,
            volume_type,
            iops,
            throughput_mibps,
            encrypted,
            kms_key_id,
            state,
            attachments,
        } = volume.clone();
        Self {
            availability_zone,
            size_gib,
            volume_type,
            iops,
            throughput_mibps,
            encrypted,
            kms_key_id,
            state,
            attachments: attachments.into_iter().map(Into::into).collect(),
        }
    }
}

/// A volume's place at an instance.
#[derive(SimpleObject)]
pub(crate) struct VolumeAttachmentInfo {
    /// Identifier of the instance at AWS, such as `i-0abc`.
    instance_native_id: String,
    /// Name of the device, such as `/dev/xvda`.
    device: String,
}

impl From<domain::asset::VolumeAttachment> for VolumeAttachmentInfo {
    fn from(attachment: domain::asset::VolumeAttachment) -> Self {
        Self {
            instance_native_id: attachment.instance_id,
            device: attachment.device,
        }
    }
}

/// An EC2 instance as AWS described it at the last inventory.
#[derive(SimpleObject)]
pub(crate) struct Ec2InstanceInfo {
    /// Type, such as `m7g.large`.
    instance_type: String,
    /// State, such as `running`.
    state: String,
    /// Availability zone, such as `eu-west-1a`.
    availability_zone: String,
    /// Network, if any.
    vpc_native_id: Option<String>,
    /// Subnet, if any.
    subnet_native_id: Option<String>,
    /// Image that it was started from.
    image_native_id: Option<String>,
    /// Its volumes.
    volumes: Vec<InstanceVolumeInfo>,
}

impl From<&domain::asset::Ec2Instance> for Ec2InstanceInfo {
    fn from(instance: &domain::asset::Ec2Instance) -> Self {
        let domain::asset::Ec2Instance {
            instance_type,
            state,
            availability_zone,
            vpc_id,
            subnet_id,
            image_id,
            volumes,
        } = instance.clone();
        let volume = |(device, volume_native_id)| InstanceVolumeInfo {
            device,
            volume_native_id,
        };
        Self {
            instance_type,
            state,
            availability_zone,
            vpc_native_id: vpc_id,
            subnet_native_id: subnet_id,
            image_native_id: image_id,
            volumes: volumes.into_iter().map(volume).collect(),
        }
    }
}

/// A volume of an instance.
#[derive(SimpleObject)]
pub(crate) struct InstanceVolumeInfo {
    /// Name of the device, such as `/dev/xvda`.
    device: String,
    /// Identifier of the volume at AWS, such as `vol-0abc`.
    volume_native_id: String,
}
