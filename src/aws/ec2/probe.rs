//! Finding missing permissions by calls that change nothing.
//!
//! Not for tag conditions of policies: AWS shows them only when the real thing is done. Invariant: every probe of a call that
//! writes is a dry run or names a resource that cannot exist.

use async_trait::async_trait;

use super::{AwsRegion, Form, xml};
use crate::blocks::{BLOCK_BYTES, BlockRef, Blocks};
use crate::error::{AwsError, ErrorClass};
use crate::permissions::{PermissionGap, Permissions, Purpose};
use crate::sdk::call::{
    COMPLETE_SNAPSHOT, COPY_SNAPSHOT, CREATE_SNAPSHOT, CREATE_VOLUME, Call, DELETE_SNAPSHOT,
    DELETE_VOLUME, DESCRIBE_INSTANCES, DESCRIBE_REGIONS, DESCRIBE_SNAPSHOTS, DESCRIBE_TIERS,
    DESCRIBE_VOLUMES, DESCRIBE_ZONES, GET_BLOCK, LIST_BLOCKS, LIST_CHANGED, MODIFY_TIER, PUT_BLOCK,
    RESTORE_TIER,
};

// Ids of the right form that AWS never gives out.
const NO_SNAPSHOT: &str = "snap-00000000000000000";
const NO_VOLUME: &str = "vol-00000000000000000";

/// Code of a dry run that would have succeeded.
const WOULD_SUCCEED: &str = "DryRunOperation";

impl AwsRegion {
    /// Asks EC2 without doing anything.
    async fn dry_run(&self, call: &Call, form: Form) -> Result<(), AwsError> {
        match self.send::<xml::Done>(call, form.set("DryRun", true)).await {
            Err(error) if error.code() == Some(WOULD_SUCCEED) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    async fn probe(&self, purpose: Purpose) -> Vec<(&'static Call, Result<(), AwsError>)> {
        match purpose {
            Purpose::Inventory => self.probe_inventory().await,
            Purpose::Snapshots => self.probe_snapshots().await,
            Purpose::ReadBlocks => self.probe_reading().await,
            Purpose::Restore => self.probe_restore().await,
        }
    }

    async fn probe_inventory(&self) -> Vec<(&'static Call, Result<(), AwsError>)> {
        let mut results = Vec::new();
        for call in [
            &DESCRIBE_VOLUMES,
            &DESCRIBE_INSTANCES,
            &DESCRIBE_ZONES,
            &DESCRIBE_REGIONS,
        ] {
            results.push((call, self.dry_run(call, Form::default()).await));
        }
        results
    }

    async fn probe_snapshots(&self) -> Vec<(&'static Call, Result<(), AwsError>)> {
        let own = Form::default().set("Owner.1", "self");
        let make = Form::default().set("VolumeId", NO_VOLUME);
        let delete = Form::default().set("SnapshotId", NO_SNAPSHOT);
        let copy = Form::default()
            .set("SourceRegion", &self.origin.region)
            .set("SourceSnapshotId", NO_SNAPSHOT);
        let archive = delete.clone().set("StorageTier", "archive");
        vec![
            (
                &DESCRIBE_SNAPSHOTS,
                self.dry_run(&DESCRIBE_SNAPSHOTS, own).await,
            ),
            (&CREATE_SNAPSHOT, self.dry_run(&CREATE_SNAPSHOT, make).await),
            (
                &DELETE_SNAPSHOT,
                self.dry_run(&DELETE_SNAPSHOT, delete).await,
            ),
            (&COPY_SNAPSHOT, self.dry_run(&COPY_SNAPSHOT, copy).await),
            (&MODIFY_TIER, self.dry_run(&MODIFY_TIER, archive).await),
            (
                &DESCRIBE_TIERS,
                self.dry_run(&DESCRIBE_TIERS, Form::default()).await,
            ),
        ]
    }

    async fn probe_reading(&self) -> Vec<(&'static Call, Result<(), AwsError>)> {
        let block = BlockRef {
            index: 0,
            token: "AAAA".to_owned(),
        };
        let list = self.list_blocks(NO_SNAPSHOT, None).await.map(|_| ());
        let changed = self.list_changed(NO_SNAPSHOT, NO_SNAPSHOT, None).await;
        let read = self.get_block(NO_SNAPSHOT, &block).await;
        vec![
            (&LIST_BLOCKS, list),
            (&LIST_CHANGED, changed.map(|_| ())),
            (&GET_BLOCK, read.map(|_| ())),
        ]
    }

    async fn probe_restore(&self) -> Vec<(&'static Call, Result<(), AwsError>)> {
        let zone = format!("{}a", self.origin.region);
        let make = Form::default()
            .set("SnapshotId", NO_SNAPSHOT)
            .set("AvailabilityZone", zone);
        let delete = Form::default().set("VolumeId", NO_VOLUME);
        let zeros = bytes::Bytes::from(vec![0; BLOCK_BYTES]);
        let put = self.put_block(NO_SNAPSHOT, 0, zeros).await;
        let back = Form::default()
            .set("SnapshotId", NO_SNAPSHOT)
            .set("TemporaryRestoreDays", 1);
        vec![
            (&RESTORE_TIER, self.dry_run(&RESTORE_TIER, back).await),
            (&CREATE_VOLUME, self.dry_run(&CREATE_VOLUME, make).await),
            (&DELETE_VOLUME, self.dry_run(&DELETE_VOLUME, delete).await),
            (&PUT_BLOCK, put.map(|_| ())),
            (
                &COMPLETE_SNAPSHOT,
                self.complete_snapshot(NO_SNAPSHOT, 0, None).await,
            ),
        ]
    }
}

#[async_trait]
impl Permissions for AwsRegion {
    async fn missing_permissions(
        &self,
        purposes: &[Purpose],
    ) -> Result<Vec<PermissionGap>, AwsError> {
        let mut gaps = Vec::new();
        for purpose in purposes {
            for (call, result) in self.probe(*purpose).await {
                gaps.extend(gap(call, result)?);
            }
        }
        gaps.sort();
        gaps.dedup();
        Ok(gaps)
    }
}

/// What the outcome of a probe says. "No such snapshot" means that we may look; a throttled or broken call says nothing,
/// so the check as a whole has failed.
fn gap(call: &Call, result: Result<(), AwsError>) -> Result<Option<PermissionGap>, AwsError> {
    let Err(error) = result else {
        return Ok(None);
    };
    match error.class() {
        ErrorClass::AccessDenied => Ok(Some(PermissionGap {
            action: format!("{}:{}", call.service, call.operation),
            message: error.message().to_owned(),
        })),
        ErrorClass::Throttled | ErrorClass::Transient => Err(error),
        ErrorClass::NotFound
        | ErrorClass::LimitExceeded
        | ErrorClass::InvalidRequest
        | ErrorClass::ChecksumMismatch
        | ErrorClass::TokenExpired
        | ErrorClass::Other => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_is_a_gap() {
        let denied = AwsError::from_code("ec2", "CreateVolume", "UnauthorizedOperation", "no", 403);
        let gone = AwsError::from_code("ec2", "CreateVolume", "InvalidSnapshot.NotFound", "-", 400);
        let slow = AwsError::from_code("ec2", "CreateVolume", "RequestLimitExceeded", "-", 503);
        let missing = gap(&CREATE_VOLUME, Err(denied)).unwrap().unwrap();
        assert_eq!(missing.action, "ec2:CreateVolume");
        assert_eq!(gap(&CREATE_VOLUME, Err(gone)).unwrap(), None);
        assert_eq!(gap(&CREATE_VOLUME, Ok(())).unwrap(), None);
        assert!(gap(&CREATE_VOLUME, Err(slow)).is_err());
    }
}
