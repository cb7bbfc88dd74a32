//! Assets: things in AWS that can be protected.
//!
//! Not for how they are read (`aws`) or backed up (`workflows`). Invariant: an asset is named by (account, region, kind,
//! native id), and its row outlives the thing in AWS, because recovery points point at it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::compliance::StandingFilter;
use crate::condition::Facts;
use crate::ids::{
    AssetId, AwsAccountKey, OrganizationId, OrganizationalUnitId, PolicyId, ProtectionRuleId,
};
use crate::protection_rule::{Decision, ProtectionSource};
use crate::tag::Tags;

/// AWS service and kind of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    /// An EBS volume.
    EbsVolume,
    /// An EC2 instance.
    Ec2Instance,
}

impl AssetKind {
    /// All of them.
    pub const ALL: &[Self] = &[Self::EbsVolume, Self::Ec2Instance];

    /// The name in the database and in the vault.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EbsVolume => "ebs_volume",
            Self::Ec2Instance => "ec2_instance",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether recovery points of this kind can be made today.
    #[must_use]
    pub const fn can_be_backed_up(self) -> bool {
        match self {
            Self::EbsVolume => true,
            Self::Ec2Instance => false,
        }
    }
}

/// A thing in AWS.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The unit.
    pub unit_id: OrganizationalUnitId,
    /// The linked account.
    pub aws_account_id: AwsAccountKey,
    /// Such as `eu-west-1`.
    pub region: String,
    /// What it is.
    pub kind: AssetKind,
    /// AWS's id, such as `vol-0abc`.
    pub native_id: String,
    /// The ARN.
    pub arn: String,
    /// The tag `Name`, else the native id.
    pub name: String,
    /// Its tags.
    pub tags: Tags,
    /// What is particular to the kind.
    pub details: AssetDetails,
    /// The policy that protects it, if any.
    pub policy_id: Option<PolicyId>,
    /// The rule that chose so; none when it was chosen by hand, or nothing chose.
    pub rule_id: Option<ProtectionRuleId>,
    /// When it was first seen.
    pub discovered_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// When it was found to be gone from AWS.
    pub deleted_at: Option<Timestamp>,
}

impl Asset {
    /// What rules look at; `units` are its unit and those above it.
    #[must_use]
    pub fn facts<'a>(&'a self, units: &'a [OrganizationalUnitId]) -> Facts<'a> {
        Facts {
            kind: self.kind,
            account: self.aws_account_id,
            region: &self.region,
            units,
            name: &self.name,
            tags: &self.tags,
        }
    }

    /// What was decided about it last.
    #[must_use]
    pub fn decision(&self) -> Decision {
        let by_rule = self.rule_id.map(ProtectionSource::Rule);
        let by_hand = self.policy_id.map(|_| ProtectionSource::Direct);
        Decision {
            policy_id: self.policy_id,
            source: by_rule.or(by_hand),
        }
    }
}

/// What is particular to a kind of asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AssetDetails {
    /// An EBS volume.
    EbsVolume(EbsVolume),
    /// An EC2 instance.
    Ec2Instance(Ec2Instance),
}

impl AssetDetails {
    /// The kind that these details belong to.
    #[must_use]
    pub const fn kind(&self) -> AssetKind {
        match self {
            Self::EbsVolume(_) => AssetKind::EbsVolume,
            Self::Ec2Instance(_) => AssetKind::Ec2Instance,
        }
    }
}

/// An EBS volume as `DescribeVolumes` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EbsVolume {
    /// Such as `eu-west-1a`.
    pub availability_zone: String,
    /// Size in GiB.
    pub size_gib: u32,
    /// Such as `gp3`.
    pub volume_type: String,
    /// Provisioned operations per second, where the type has them.
    pub iops: Option<u32>,
    /// Provisioned throughput in MiB/s, where the type has it.
    pub throughput_mibps: Option<u32>,
    /// Whether AWS encrypts it.
    pub encrypted: bool,
    /// ARN of the key, when encrypted.
    pub kms_key_id: Option<String>,
    /// Such as `in-use`.
    pub state: String,
    /// Where it is attached.
    pub attachments: Vec<VolumeAttachment>,
}

/// A volume's place at an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeAttachment {
    /// Such as `i-0abc`.
    pub instance_id: String,
    /// Such as `/dev/xvda`.
    pub device: String,
}

/// An EC2 instance as `DescribeInstances` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ec2Instance {
    /// Such as `m7g.large`.
    pub instance_type: String,
    /// Such as `running`.
    pub state: String,
    /// Such as `eu-west-1a`.
    pub availability_zone: String,
    /// The network, if any.
    pub vpc_id: Option<String>,
    /// The subnet, if any.
    pub subnet_id: Option<String>,
    /// The image it was started from.
    pub image_id: Option<String>,
    /// Its volumes: device and volume id.
    pub volumes: Vec<(String, String)>,
}

/// What an inventory run saw of one asset.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenAsset {
    /// AWS's id.
    pub native_id: String,
    /// The ARN.
    pub arn: String,
    /// Its tags.
    pub tags: Tags,
    /// What is particular to the kind.
    pub details: AssetDetails,
}

impl SeenAsset {
    /// The tag `Name` when it says something, else the native id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.tags
            .get("Name")
            .filter(|name| !name.trim().is_empty())
            .unwrap_or(&self.native_id)
    }
}

/// Which assets a list shows; all given members must hold. Tasks store it, so that a member is never renamed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssetFilter {
    /// Only these ids.
    pub ids: Option<Vec<AssetId>>,
    /// Only these kinds.
    pub kinds: Option<Vec<AssetKind>>,
    /// Only these units, not those below them.
    pub unit_ids: Option<Vec<OrganizationalUnitId>>,
    /// Only these linked accounts.
    pub aws_account_ids: Option<Vec<AwsAccountKey>>,
    /// Only these regions.
    pub regions: Option<Vec<String>>,
    /// Only names or native ids that contain this, whatever the case.
    pub text: Option<String>,
    /// Only protected (true) or unprotected (false) ones.
    pub is_protected: Option<bool>,
    /// Only these policies.
    pub policy_ids: Option<Vec<PolicyId>>,
    /// Only those about which these rules have decided.
    pub rule_ids: Option<Vec<ProtectionRuleId>>,
    /// Whether those that are gone from AWS are shown too.
    pub include_deleted: bool,
    /// Only those with this tag: a key, and a value where given.
    pub tag: Option<(String, Option<String>)>,
    /// Only those that stand like this.
    pub compliance: Option<StandingFilter>,
}

/// How a list of assets is ordered; the id breaks ties.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AssetOrder {
    /// By name.
    #[default]
    Name,
    /// By the time of discovery.
    DiscoveredAt,
}
