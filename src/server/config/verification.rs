//! Section `[verification]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use workflows::VerificationSettings;

use super::Faults;

/// Proving recovery points.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationConfig {
    /// Folder of scratch restores.
    pub scratch_folder: PathBuf,
    /// What all scratch restores together may take, in GiB.
    pub scratch_gib: u32,
    /// Verifications at the same time, over all replicas.
    pub concurrent_max: u32,
    /// What is read in 24 hours for what policies want proven, in GiB.
    pub gib_per_day: u32,
}

impl VerificationConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        faults.check(
            !self.scratch_folder.as_os_str().is_empty(),
            "verification.scratch_folder",
            "name a folder",
        );
        let ranges = [
            ("verification.scratch_gib", self.scratch_gib, 1, 1_048_576),
            ("verification.concurrent_max", self.concurrent_max, 1, 64),
            ("verification.gib_per_day", self.gib_per_day, 1, 1_048_576),
        ];
        for (key, value, least, most) in ranges {
            faults.check(
                (least..=most).contains(&value),
                key,
                format!("{least} to {most}"),
            );
        }
    }

    /// As the workflows take it.
    #[must_use]
    pub fn settings(&self) -> VerificationSettings {
        VerificationSettings {
            scratch_folder: self.scratch_folder.clone(),
            scratch_bytes: u64::from(self.scratch_gib) << 30,
            concurrent_max: self.concurrent_max,
            bytes_per_day: u64::from(self.gib_per_day) << 30,
        }
    }
}
