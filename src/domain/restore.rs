//! Options of a restore.
//!
//! Not for doing it (`workflows`). Invariant: options are checked completely before a task is queued, as far as that is
//! possible without asking AWS. Rules of volume types: EC2 user guide, "Amazon EBS volume types".

use serde::{Deserialize, Serialize};

use crate::aws_account::is_region_name;
use crate::error::{Problem, Problems};
use crate::ids::AwsAccountKey;
use crate::limits::RESTORE_TAGS_MAX;
use crate::tag::{Tags, tag_fault};

/// Slowest and fastest initialization of a volume, in MiB/s (`CreateVolume`, `VolumeInitializationRate`).
pub const INITIALIZATION_RATE_MIBPS: std::ops::RangeInclusive<u32> = 100..=300;

/// Type of an EBS volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EbsVolumeType {
    /// General purpose SSD of the second generation.
    Gp2,
    /// General purpose SSD of the third generation.
    Gp3,
    /// Provisioned IOPS SSD of the first generation.
    Io1,
    /// Provisioned IOPS SSD of the second generation.
    Io2,
    /// Cold HDD.
    Sc1,
    /// Throughput optimized HDD.
    St1,
    /// Magnetic.
    Standard,
}

impl EbsVolumeType {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Gp2,
        Self::Gp3,
        Self::Io1,
        Self::Io2,
        Self::Sc1,
        Self::St1,
        Self::Standard,
    ];

    /// AWS's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gp2 => "gp2",
            Self::Gp3 => "gp3",
            Self::Io1 => "io1",
            Self::Io2 => "io2",
            Self::Sc1 => "sc1",
            Self::St1 => "st1",
            Self::Standard => "standard",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Operations per second that may be asked for; none where the type has no such setting.
    #[must_use]
    pub const fn iops(self) -> Option<std::ops::RangeInclusive<u32>> {
        match self {
            Self::Gp3 => Some(3_000..=80_000),
            Self::Io1 => Some(100..=64_000),
            Self::Io2 => Some(100..=256_000),
            Self::Gp2 | Self::Sc1 | Self::St1 | Self::Standard => None,
        }
    }

    /// Throughput in MiB/s that may be asked for; none where the type has no such setting.
    #[must_use]
    pub const fn throughput_mibps(self) -> Option<std::ops::RangeInclusive<u32>> {
        match self {
            Self::Gp3 => Some(125..=2_000),
            Self::Gp2 | Self::Io1 | Self::Io2 | Self::Sc1 | Self::St1 | Self::Standard => None,
        }
    }

    /// Whether `iops` must be given.
    #[must_use]
    pub const fn needs_iops(self) -> bool {
        match self {
            Self::Io1 | Self::Io2 => true,
            Self::Gp2 | Self::Gp3 | Self::Sc1 | Self::St1 | Self::Standard => false,
        }
    }
}

/// How a point becomes a new EBS volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EbsRestoreOptions {
    /// The linked account that gets the volume.
    pub aws_account_id: AwsAccountKey,
    /// The region that gets the volume.
    pub region: String,
    /// The zone that gets the volume, such as `eu-west-1a`.
    pub availability_zone: String,
    /// The type; that of the source when absent.
    pub volume_type: Option<EbsVolumeType>,
    /// Operations per second, for types that have them.
    pub iops: Option<u32>,
    /// Throughput in MiB/s, for types that have it.
    pub throughput_mibps: Option<u32>,
    /// Whether AWS encrypts the volume; as the source when absent.
    pub encrypted: Option<bool>,
    /// The key that encrypts it: id, ARN or alias; implies `encrypted`.
    pub kms_key_id: Option<String>,
    /// Tags of the new volume; those of the source are not inherited.
    pub tags: Tags,
    /// How fast AWS loads the blocks, in MiB/s.
    pub initialization_rate_mibps: Option<u32>,
    /// Whether a point that is known to be damaged is restored all the same; bytes that the vault cannot give still end it.
    #[serde(default)]
    pub allow_damaged: bool,
}

impl EbsRestoreOptions {
    /// Checks everything that needs no question to AWS; all problems at once.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let mut problems = Problems::new();
        problems.check(
            is_region_name(&self.region),
            "region",
            "This is not the name of a region, such as eu-west-1.",
        );
        let in_region = self
            .availability_zone
            .strip_prefix(&self.region)
            .is_some_and(|rest| {
                !rest.is_empty()
                    && rest
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            });
        problems.check(
            in_region,
            "availabilityZone",
            format!("Name a zone of {}, such as {}a.", self.region, self.region),
        );
        self.validate_performance(&mut problems);
        if let Some(rate) = self.initialization_rate_mibps {
            problems.check(
                INITIALIZATION_RATE_MIBPS.contains(&rate),
                "initializationRateMibps",
                format!(
                    "The initialization rate is {} to {} MiB/s.",
                    INITIALIZATION_RATE_MIBPS.start(),
                    INITIALIZATION_RATE_MIBPS.end()
                ),
            );
        }
        problems.check(
            !(self.kms_key_id.is_some() && self.encrypted == Some(false)),
            "kmsKeyId",
            "A key is given, but encryption is switched off.",
        );
        problems.check(
            self.tags.0.len() <= RESTORE_TAGS_MAX,
            "tags",
            format!("At most {RESTORE_TAGS_MAX} tags can be set."),
        );
        for (index, (key, value)) in self.tags.iter().enumerate() {
            if let Some(fault) = tag_fault(key, value) {
                problems.push(Problem::invalid(&format!("tags.{index}"), fault));
            }
        }
        problems.into_result()
    }

    fn validate_performance(&self, problems: &mut Problems) {
        let Some(volume_type) = self.volume_type else {
            let silent = self.iops.is_none() && self.throughput_mibps.is_none();
            problems.check(
                silent,
                "volumeType",
                "Name the volume type when iops or throughput are given.",
            );
            return;
        };
        let name = volume_type.name();
        match (volume_type.iops(), self.iops) {
            (None, Some(_)) => problems.check(
                false,
                "iops",
                format!("Volumes of type {name} have no iops setting."),
            ),
            (Some(range), Some(iops)) => {
                let text = format!(
                    "Volumes of type {name} have {} to {} iops.",
                    range.start(),
                    range.end()
                );
                problems.check(range.contains(&iops), "iops", text);
            }
            (_, None) => problems.check(
                !volume_type.needs_iops(),
                "iops",
                format!("Volumes of type {name} need iops."),
            ),
        }
        match (volume_type.throughput_mibps(), self.throughput_mibps) {
            (None, Some(_)) => {
                problems.check(
                    false,
                    "throughputMibps",
                    format!("Volumes of type {name} have no throughput setting."),
                );
            }
            (Some(range), Some(throughput)) => {
                let text = format!(
                    "Volumes of type {name} have {} to {} MiB/s.",
                    range.start(),
                    range.end()
                );
                problems.check(range.contains(&throughput), "throughputMibps", text);
            }
            (_, None) => {}
        }
    }
}

/// How a point becomes an image file on the server's disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRestoreOptions {
    /// Name of the file, without any folder: it lands in the configured restore folder.
    pub file_name: String,
    /// Whether a point that is known to be damaged is restored all the same; bytes that the vault cannot give still end it.
    #[serde(default)]
    pub allow_damaged: bool,
}

impl ImageRestoreOptions {
    /// Checks the name: no folder, no hidden file, nothing that a shell or a file system takes amiss.
    pub fn validate(&self) -> Result<(), Vec<Problem>> {
        let name = &self.file_name;
        let plain = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        let mut problems = Problems::new();
        problems.check(
            (1..=100).contains(&name.len()) && plain && !name.starts_with('.') && !name.starts_with('-'),
            "fileName",
            "A file name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.",
        );
        problems.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn options() -> EbsRestoreOptions {
        EbsRestoreOptions {
            aws_account_id: AwsAccountKey::from_uuid(Uuid::nil()),
            region: "eu-west-1".into(),
            availability_zone: "eu-west-1a".into(),
            volume_type: Some(EbsVolumeType::Gp3),
            iops: Some(3_000),
            throughput_mibps: Some(125),
            encrypted: Some(true),
            kms_key_id: None,
            tags: Tags::default(),
            initialization_rate_mibps: Some(100),
            allow_damaged: false,
        }
    }

    fn fields(options: &EbsRestoreOptions) -> Vec<String> {
        options
            .validate()
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|problem| problem.field.join("."))
            .collect()
    }

    #[test]
    fn good_options_pass() {
        assert!(fields(&options()).is_empty());
    }

    #[test]
    fn each_fault_names_its_field() {
        let base = options();
        let cases: Vec<(EbsRestoreOptions, &str)> = vec![
            (
                EbsRestoreOptions {
                    availability_zone: "us-east-1a".into(),
                    ..base.clone()
                },
                "availabilityZone",
            ),
            (
                EbsRestoreOptions {
                    iops: Some(1),
                    ..base.clone()
                },
                "iops",
            ),
            (
                EbsRestoreOptions {
                    volume_type: Some(EbsVolumeType::Io2),
                    iops: None,
                    throughput_mibps: None,
                    ..base.clone()
                },
                "iops",
            ),
            (
                EbsRestoreOptions {
                    volume_type: Some(EbsVolumeType::St1),
                    iops: None,
                    ..base.clone()
                },
                "throughputMibps",
            ),
            (
                EbsRestoreOptions {
                    volume_type: None,
                    ..base.clone()
                },
                "volumeType",
            ),
            (
                EbsRestoreOptions {
                    initialization_rate_mibps: Some(99),
                    ..base.clone()
                },
                "initializationRateMibps",
            ),
            (
                EbsRestoreOptions {
                    encrypted: Some(false),
                    kms_key_id: Some("alias/x".into()),
                    ..base.clone()
                },
                "kmsKeyId",
            ),
            (
                EbsRestoreOptions {
                    tags: [("aws:x".to_owned(), String::new())].into_iter().collect(),
                    ..base
                },
                "tags.0",
            ),
        ];
        for (case, field) in cases {
            assert_eq!(fields(&case), [field]);
        }
    }

    #[test]
    fn image_names_cannot_leave_the_folder() {
        for name in ["", "../x", "a/b", ".hidden", "-rf", "a b", "x\0y"] {
            assert!(
                ImageRestoreOptions {
                    file_name: name.into(),
                    allow_damaged: false,
                }
                .validate()
                .is_err(),
                "{name:?}"
            );
        }
        assert!(
            ImageRestoreOptions {
                file_name: "vol-1.img".into(),
                allow_damaged: false,
            }
            .validate()
            .is_ok()
        );
    }
}
