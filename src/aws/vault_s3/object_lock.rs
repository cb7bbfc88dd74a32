//! Versions and Object Lock of the bucket.
//!
//! Not for how long anything is kept. Invariant: retention is asked for in compliance mode only, and never with the header that
//! would get around one.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumAlgorithm, DeleteMarkerEntry, ObjectLockEnabled,
    ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode, ObjectVersion as Version,
};
use bytes::Bytes;
use jiff::Timestamp;
use vault::{ObjectLock, ObjectVersion, StoreError};

use super::{S3ObjectStore, store_error};
use crate::sdk::call::{S3_DELETE, S3_HEAD, S3_LOCK, S3_RETAIN, S3_VERSIONING, S3_VERSIONS};
use crate::sdk::failure::from_sdk;

/// What S3 says of a bucket without Object Lock.
const NO_LOCK: &str = "ObjectLockConfigurationNotFoundError";

impl S3ObjectStore {
    pub(super) async fn head(
        &self,
        key: &str,
        version: Option<&str>,
    ) -> Result<HeadObjectOutput, StoreError> {
        let _pass = self.gate.pass().await;
        self.client
            .head_object()
            .bucket(&self.bucket)
            .key(self.full_key(key))
            .set_version_id(version.map(str::to_owned))
            .send()
            .await
            .map_err(|error| store_error(&S3_HEAD, &error, key))
    }

    /// Deletes a version for good, or hides the object.
    pub(super) async fn delete_one(
        &self,
        key: &str,
        version: Option<&str>,
    ) -> Result<(), StoreError> {
        let pass = self.gate.pass().await;
        let answer = self
            .client
            .delete_object()
            .bucket(&self.bucket)
            .key(self.full_key(key))
            .set_version_id(version.map(str::to_owned))
            .send()
            .await
            .map(drop)
            .map_err(|error| store_error(&S3_DELETE, &error, key));
        drop(pass);
        match (answer, version) {
            // S3 says the same when it keeps the version and when this identity may not delete any.
            (Err(StoreError::Denied(text)), Some(version)) => {
                let is_kept = self.head(key, Some(version)).await.is_ok_and(|head| {
                    head.object_lock_mode.is_some() || head.object_lock_legal_hold_status.is_some()
                });
                Err(if is_kept {
                    StoreError::Locked(key.to_owned())
                } else {
                    StoreError::Denied(text)
                })
            }
            (answer, _) => answer,
        }
    }

    async fn versioning(&self) -> Result<bool, StoreError> {
        let _pass = self.gate.pass().await;
        let call = self.client.get_bucket_versioning().bucket(&self.bucket);
        let answer = call.send().await;
        let answer = answer.map_err(|error| store_error(&S3_VERSIONING, &error, ""))?;
        Ok(answer.status == Some(BucketVersioningStatus::Enabled))
    }

    async fn has_lock(&self) -> Result<bool, StoreError> {
        let _pass = self.gate.pass().await;
        let call = self.client.get_object_lock_configuration();
        match call.bucket(&self.bucket).send().await {
            Ok(answer) => {
                let configuration = answer.object_lock_configuration;
                let enabled = configuration.and_then(|one| one.object_lock_enabled);
                Ok(enabled == Some(ObjectLockEnabled::Enabled))
            }
            Err(error) if from_sdk(&S3_LOCK, &error).code() == Some(NO_LOCK) => Ok(false),
            Err(error) => Err(store_error(&S3_LOCK, &error, "")),
        }
    }

    async fn all_versions(&self, prefix: &str) -> Result<Vec<ObjectVersion>, StoreError> {
        let root = self.full_key("");
        let mut found = Vec::new();
        let (mut key, mut version) = (None, None);
        loop {
            let pass = self.gate.pass().await;
            let page = self
                .client
                .list_object_versions()
                .bucket(&self.bucket)
                .prefix(self.full_key(prefix))
                .set_key_marker(key)
                .set_version_id_marker(version)
                .send()
                .await
                .map_err(|error| store_error(&S3_VERSIONS, &error, prefix))?;
            drop(pass);
            let markers = page.delete_markers.unwrap_or_default();
            for marker in &markers {
                found.push(Entry::of_marker(marker, &root)?);
            }
            for version in &page.versions.unwrap_or_default() {
                found.push(Entry::of_version(version, &root)?);
            }
            if !page.is_truncated.unwrap_or(false) {
                break;
            }
            (key, version) = (page.next_key_marker, page.next_version_id_marker);
            if key.is_none() {
                return Err(StoreError::Io("the list of versions is cut off".to_owned()));
            }
        }
        Ok(newest_first(found))
    }
}

/// A version, and whether it is the one that is seen.
struct Entry {
    version: ObjectVersion,
    is_latest: bool,
}

impl Entry {
    fn new(
        root: &str,
        (key, version): (Option<&str>, Option<&str>),
        written_at: Option<&DateTime>,
        (is_marker, is_latest): (bool, Option<bool>),
    ) -> Result<Self, StoreError> {
        let key = key.and_then(|key| key.strip_prefix(root));
        let (Some(key), Some(version), Some(written_at)) = (key, version, written_at) else {
            let text = "an entry of the list of versions lacks a key, a version or a time";
            return Err(StoreError::Io(text.to_owned()));
        };
        Ok(Self {
            version: ObjectVersion {
                key: key.to_owned(),
                version: version.to_owned(),
                is_marker,
                written_at: from_aws(written_at)?,
            },
            is_latest: is_latest.unwrap_or(false),
        })
    }

    fn of_version(one: &Version, root: &str) -> Result<Self, StoreError> {
        let name = (one.key(), one.version_id());
        Self::new(root, name, one.last_modified(), (false, one.is_latest))
    }

    fn of_marker(one: &DeleteMarkerEntry, root: &str) -> Result<Self, StoreError> {
        let name = (one.key(), one.version_id());
        Self::new(root, name, one.last_modified(), (true, one.is_latest))
    }
}

/// S3 lists markers and versions apart, each newest first, with times in whole seconds: of one second, a marker counts as newer.
fn newest_first(mut entries: Vec<Entry>) -> Vec<ObjectVersion> {
    entries.sort_by(|a, b| {
        let (one, other) = (&a.version, &b.version);
        one.key
            .cmp(&other.key)
            .then(b.is_latest.cmp(&a.is_latest))
            .then(other.written_at.cmp(&one.written_at))
            .then(other.is_marker.cmp(&one.is_marker))
    });
    entries.into_iter().map(|entry| entry.version).collect()
}

fn from_aws(at: &DateTime) -> Result<Timestamp, StoreError> {
    Timestamp::from_second(at.secs()).map_err(|error| StoreError::Io(error.to_string()))
}

/// Whole seconds, and never less than was asked for.
fn to_aws(at: Timestamp) -> DateTime {
    let up = i64::from(at.subsec_nanosecond() > 0);
    DateTime::from_secs(at.as_second().saturating_add(up))
}

impl ObjectLock for S3ObjectStore {
    fn missing(&self) -> Result<Vec<String>, StoreError> {
        self.wait(async {
            let mut missing = Vec::new();
            let asked = [
                (
                    self.versioning().await,
                    "versioning",
                    "s3:GetBucketVersioning",
                ),
                (
                    self.has_lock().await,
                    "Object Lock",
                    "s3:GetBucketObjectLockConfiguration",
                ),
            ];
            for (answer, what, action) in asked {
                match answer {
                    Ok(true) => {}
                    Ok(false) => missing.push(format!(
                        "The bucket {} was made without {what}.",
                        self.bucket
                    )),
                    Err(StoreError::Denied(_)) => missing.push(format!(
                        "Whether the bucket {} has {what} cannot be asked ({action}).",
                        self.bucket
                    )),
                    Err(error) => return Err(error),
                }
            }
            Ok(missing)
        })
    }

    fn create_until(&self, key: &str, data: Bytes, until: Timestamp) -> Result<(), StoreError> {
        let put = self
            .put(key, &data)
            // S3 asks for it by name when there is a retention.
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .object_lock_mode(ObjectLockMode::Compliance)
            .object_lock_retain_until_date(to_aws(until));
        self.wait(self.create_by(put, key, &data))
    }

    fn extend(&self, key: &str, until: Timestamp) -> Result<(), StoreError> {
        let retention = ObjectLockRetention::builder()
            .mode(ObjectLockRetentionMode::Compliance)
            .retain_until_date(to_aws(until))
            .build();
        self.wait(async {
            let _pass = self.gate.pass().await;
            self.client
                .put_object_retention()
                .bucket(&self.bucket)
                .key(self.full_key(key))
                .retention(retention)
                .send()
                .await
                .map(drop)
                .map_err(|error| store_error(&S3_RETAIN, &error, key))
        })
    }

    fn kept_until(
        &self,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let head = self.wait(self.head(key, version))?;
        match (head.object_lock_mode, head.object_lock_retain_until_date) {
            (Some(ObjectLockMode::Compliance), Some(until)) => from_aws(&until).map(Some),
            _ => Ok(None),
        }
    }

    fn hide(&self, key: &str) -> Result<(), StoreError> {
        self.wait(self.delete_one(key, None))
    }

    fn versions(&self, prefix: &str) -> Result<Vec<ObjectVersion>, StoreError> {
        self.wait(self.all_versions(prefix))
    }

    fn delete_version(&self, key: &str, version: &str) -> Result<(), StoreError> {
        self.wait(self.delete_one(key, Some(version)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: &str, second: i64, is_marker: bool, is_latest: bool) -> Entry {
        let key = (Some("p/data/a"), Some(version));
        let at = DateTime::from_secs(second);
        Entry::new("p/", key, Some(&at), (is_marker, Some(is_latest))).unwrap()
    }

    #[test]
    fn of_one_second_the_marker_hides_the_version() {
        let entries = vec![
            entry("m2", 7, true, true),
            entry("m1", 7, true, false),
            entry("v2", 7, false, false),
            entry("v1", 6, false, false),
        ];
        let sorted = newest_first(entries);
        let order: Vec<&str> = sorted.iter().map(|one| one.version.as_str()).collect();
        assert_eq!(order, ["m2", "m1", "v2", "v1"]);
        // Whoever overwrites what he has deleted.
        let sorted = newest_first(vec![
            entry("m1", 7, true, false),
            entry("v2", 7, false, true),
        ]);
        assert_eq!(sorted[0].version, "v2");
    }

    #[test]
    fn a_retention_is_rounded_up() {
        let at: Timestamp = "2026-01-01T00:00:00.000001Z".parse().unwrap();
        assert_eq!(to_aws(at).secs(), at.as_second() + 1);
        let whole: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(to_aws(whole).secs(), whole.as_second());
    }
}
