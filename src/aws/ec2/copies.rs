//! Copies and tiers over the Query protocol.
//!
//! Not for snapshots of volumes (`ec2`). Invariant: a copy is looked for by its key before it is made, and is asked for once.

use async_trait::async_trait;

use super::{AwsRegion, Form, found, public_endpoint, tag_specification, with_our_tags, xml};
use crate::copies::{Copies, NewCopy, Tiering};
use crate::error::AwsError;
use crate::sdk::call::{COPY_SNAPSHOT, DESCRIBE_TIERS, MODIFY_TIER, RESTORE_TIER};
use crate::sdk::query::presign;

#[async_trait]
impl Copies for AwsRegion {
    async fn copy_snapshot(&self, new: &NewCopy) -> Result<String, AwsError> {
        if let Some(earlier) = self.snapshot_of_key(&new.client_key).await? {
            return Ok(earlier.id);
        }
        let source = Form::default()
            .set("SourceRegion", &new.source_region)
            .set("SourceSnapshotId", &new.source_snapshot_id)
            .set("DestinationRegion", &self.origin.region);
        // AWS reads an encrypted snapshot in its own region with our rights; this is how it is told that we want it to.
        let endpoint = self.endpoint.clone();
        let endpoint = endpoint.unwrap_or_else(|| public_endpoint(&new.source_region));
        let place = (new.source_region.as_str(), endpoint.as_str());
        let url = presign::url(&self.config, super::EC2, place, (&COPY_SNAPSHOT, &source)).await?;
        let form = source
            .set("PresignedUrl", url)
            .set("Description", &new.description)
            .set("Encrypted", true);
        let tags = with_our_tags(&new.tags, &new.client_key);
        let form = tag_specification(form, "snapshot", &tags);
        let _pass = self.gate.pass().await;
        let made: xml::Copied = self.query.send_once(&COPY_SNAPSHOT, &form).await?;
        Ok(made.snapshot_id)
    }

    async fn tiering(&self, id: &str) -> Result<Option<Tiering>, AwsError> {
        let form = Form::default()
            .set("Filter.1.Name", "snapshot-id")
            .set("Filter.1.Value.1", id);
        let answer = found(self.send::<xml::Tiers>(&DESCRIBE_TIERS, form).await)?;
        let statuses = answer.map(|answer| answer.snapshot_tier_status_set.items);
        let mut statuses = statuses.unwrap_or_default().into_iter();
        Ok(statuses
            .find(|status| status.snapshot_id == id)
            .map(xml::TierStatus::into_tiering))
    }

    async fn archive_snapshot(&self, id: &str) -> Result<(), AwsError> {
        let form = Form::default()
            .set("SnapshotId", id)
            .set("StorageTier", "archive");
        self.send::<xml::Done>(&MODIFY_TIER, form).await.map(|_| ())
    }

    async fn bring_back_snapshot(&self, id: &str, days: u32) -> Result<(), AwsError> {
        let form = Form::default()
            .set("SnapshotId", id)
            .set("TemporaryRestoreDays", days);
        self.send::<xml::Done>(&RESTORE_TIER, form)
            .await
            .map(|_| ())
    }
}
