//! EC2 over the Query protocol: inventory, snapshots, volumes, zones, probes.
//!
//! Not for blocks (`ebs`). Invariant: everything that is made carries our tag and the client key of its maker, and is
//! looked for by that key before it is made again.

mod copies;
mod probe;
pub(crate) mod xml;

use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;
use domain::tag::Tags;
use serde::de::DeserializeOwned;

use crate::access::EndpointConfig;
use crate::capture::{NewSnapshot, SnapshotInfo, Snapshots};
use crate::error::AwsError;
use crate::inventory::{InstanceInfo, Inventory, Page, TokenTrail, VolumeInfo};
use crate::limiter::Gate;
use crate::rebuild::{NewVolume, Volumes};
use crate::sdk::Session;
use crate::sdk::call::{
    CREATE_SNAPSHOT, CREATE_VOLUME, Call, DELETE_SNAPSHOT, DELETE_VOLUME, DESCRIBE_INSTANCES,
    DESCRIBE_REGIONS, DESCRIBE_SNAPSHOTS, DESCRIBE_VOLUMES, DESCRIBE_ZONES,
};
use crate::sdk::query::{Form, QueryClient, QueryService};
use crate::{CLIENT_KEY_TAG, MANAGED_TAG, MANAGED_TAG_VALUE, Region};
use xml::Origin;

const EC2: QueryService = QueryService {
    name: "ec2",
    id: "EC2",
    version: "2016-11-15",
};

/// Items of a page: the most that AWS gives for volumes and instances alike.
const PAGE_SIZE: u32 = 500;

/// One region of one account, through the SDK.
#[derive(Debug)]
pub(crate) struct AwsRegion {
    origin: Origin,
    config: SdkConfig,
    /// Of EC2 in every region, when it is not at its public addresses.
    endpoint: Option<String>,
    query: QueryClient,
    gate: Arc<Gate>,
    pub(crate) ebs: aws_sdk_ebs::Client,
    pub(crate) ebs_gate: Arc<Gate>,
}

impl AwsRegion {
    pub(crate) fn new(
        session: &Session,
        region: &str,
        endpoints: &EndpointConfig,
        (gate, ebs_gate): (Arc<Gate>, Arc<Gate>),
    ) -> Self {
        let account_id = session.account_id.clone();
        let partition = format!("{account_id}/{region}");
        let own = endpoints.of("ec2").map(str::to_owned);
        let endpoint = own.clone().unwrap_or_else(|| public_endpoint(region));
        Self {
            query: QueryClient::new(EC2, &session.config, &endpoint, format!("ec2/{partition}")),
            config: session.config.clone(),
            endpoint: own,
            gate,
            ebs: crate::ebs::client(session, endpoints.of("ebs"), &partition),
            ebs_gate,
            origin: Origin {
                region: region.to_owned(),
                account_id,
            },
        }
    }

    async fn send<T: DeserializeOwned>(&self, call: &Call, form: Form) -> Result<T, AwsError> {
        let _pass = self.gate.pass().await;
        self.query.send(call, &form).await
    }

    async fn all_snapshots(&self, form: Form) -> Result<Vec<SnapshotInfo>, AwsError> {
        let mut found = Vec::new();
        let mut trail = TokenTrail::default();
        let mut token = None;
        loop {
            let form = form.clone().set_some("NextToken", token);
            let page: xml::Snapshots = self.send(&DESCRIBE_SNAPSHOTS, form).await?;
            let items = page.snapshot_set.items.into_iter();
            found.extend(items.map(|item| item.into_info(&self.origin)));
            token = trail.step(page.next_token)?;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    async fn all_volumes(&self, form: Form) -> Result<Vec<VolumeInfo>, AwsError> {
        let mut found = Vec::new();
        let mut trail = TokenTrail::default();
        let mut token = None;
        loop {
            let form = form.clone().set_some("NextToken", token);
            let page: xml::Volumes = self.send(&DESCRIBE_VOLUMES, form).await?;
            let items = page.volume_set.items.into_iter();
            found.extend(items.map(|item| item.into_info(&self.origin)));
            token = trail.step(page.next_token)?;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// The snapshot that an earlier call with this key made, if any.
    pub(crate) async fn snapshot_of_key(
        &self,
        client_key: &str,
    ) -> Result<Option<SnapshotInfo>, AwsError> {
        let found = self.find_snapshots(&key_tag(client_key)).await?;
        Ok(found.into_iter().next())
    }
}

/// The public endpoint of EC2 ("Amazon EC2 endpoints and quotas"; suffixes as in the SDK's partition table).
fn public_endpoint(region: &str) -> String {
    let suffix = match xml::partition_of(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        _ => "amazonaws.com",
    };
    format!("https://ec2.{region}.{suffix}")
}

fn key_tag(client_key: &str) -> Tags {
    std::iter::once((CLIENT_KEY_TAG.to_owned(), client_key.to_owned())).collect()
}

/// The caller's tags and ours.
pub(crate) fn with_our_tags(tags: &Tags, client_key: &str) -> Tags {
    let ours = [
        (MANAGED_TAG.to_owned(), MANAGED_TAG_VALUE.to_owned()),
        (CLIENT_KEY_TAG.to_owned(), client_key.to_owned()),
    ];
    let theirs = tags.0.clone();
    theirs.into_iter().chain(ours).collect()
}

fn tag_specification(form: Form, resource: &str, tags: &Tags) -> Form {
    let mut form = form.set("TagSpecification.1.ResourceType", resource);
    for (index, (key, value)) in (1..).zip(tags.iter()) {
        form = form
            .set(format!("TagSpecification.1.Tag.{index}.Key"), key)
            .set(format!("TagSpecification.1.Tag.{index}.Value"), value);
    }
    form
}

fn tag_filters(tags: &Tags) -> Form {
    let mut form = Form::default();
    for (index, (key, value)) in (1..).zip(tags.iter()) {
        form = form
            .set(format!("Filter.{index}.Name"), format!("tag:{key}"))
            .set(format!("Filter.{index}.Value.1"), filter_literal(value));
    }
    form
}

/// `*`, `?` and `\` are special in the values of filters ("Filtering your resources").
fn filter_literal(value: &str) -> String {
    let mut literal = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '*' | '?' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal
}

/// `None` instead of a "not found" error.
fn found<T>(result: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match result {
        Ok(thing) => Ok(Some(thing)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Inventory for AwsRegion {
    async fn volumes_page(&self, token: Option<&str>) -> Result<Page<VolumeInfo>, AwsError> {
        let form = Form::default()
            .set("MaxResults", PAGE_SIZE)
            .set_some("NextToken", token);
        let page: xml::Volumes = self.send(&DESCRIBE_VOLUMES, form).await?;
        let items = page.volume_set.items.into_iter();
        Ok(Page {
            items: items.map(|item| item.into_info(&self.origin)).collect(),
            next: page.next_token,
        })
    }

    async fn instances_page(&self, token: Option<&str>) -> Result<Page<InstanceInfo>, AwsError> {
        let form = Form::default()
            .set("MaxResults", PAGE_SIZE)
            .set_some("NextToken", token);
        let page: xml::Instances = self.send(&DESCRIBE_INSTANCES, form).await?;
        let reservations = page.reservation_set.items.into_iter();
        Ok(Page {
            items: reservations
                .flat_map(|reservation| reservation.instances_set.items)
                .filter(|instance| !instance.is_terminated())
                .map(|instance| instance.into_info(&self.origin))
                .collect(),
            next: page.next_token,
        })
    }
}

#[async_trait]
impl Snapshots for AwsRegion {
    async fn create_snapshot(&self, new: &NewSnapshot) -> Result<SnapshotInfo, AwsError> {
        if let Some(earlier) = self.snapshot_of_key(&new.client_key).await? {
            return Ok(earlier);
        }
        let form = Form::default()
            .set("VolumeId", &new.volume_id)
            .set("Description", &new.description);
        let tags = with_our_tags(&new.tags, &new.client_key);
        let form = tag_specification(form, "snapshot", &tags);
        let _pass = self.gate.pass().await;
        let made: xml::Snapshot = self.query.send_once(&CREATE_SNAPSHOT, &form).await?;
        Ok(made.into_info(&self.origin))
    }

    async fn snapshot(&self, id: &str) -> Result<Option<SnapshotInfo>, AwsError> {
        let form = Form::default().set("SnapshotId.1", id);
        let all = found(self.all_snapshots(form).await)?;
        Ok(all.unwrap_or_default().into_iter().find(|one| one.id == id))
    }

    async fn find_snapshots(&self, tags: &Tags) -> Result<Vec<SnapshotInfo>, AwsError> {
        self.all_snapshots(tag_filters(tags).set("Owner.1", "self"))
            .await
    }

    async fn delete_snapshot(&self, id: &str) -> Result<(), AwsError> {
        let form = Form::default().set("SnapshotId", id);
        let result = self.send::<xml::Done>(&DELETE_SNAPSHOT, form).await;
        found(result).map(|_| ())
    }
}

#[async_trait]
impl Volumes for AwsRegion {
    async fn create_volume(&self, new: &NewVolume) -> Result<VolumeInfo, AwsError> {
        // AWS forgets client tokens after some hours; a restore that is resumed later must still find its volume.
        let earlier = self.find_volumes(&key_tag(&new.client_token)).await?;
        if let Some(earlier) = earlier.into_iter().next() {
            return Ok(earlier);
        }
        let form = Form::default()
            .set("SnapshotId", &new.snapshot_id)
            .set("AvailabilityZone", &new.availability_zone)
            .set("VolumeType", new.volume_type.name())
            .set_some("Iops", new.iops)
            .set_some("Throughput", new.throughput_mibps)
            .set_some("Size", new.size_gib)
            .set_some("Encrypted", new.encrypted)
            .set_some("KmsKeyId", new.kms_key_id.as_deref())
            .set_some("VolumeInitializationRate", new.initialization_rate_mibps)
            .set("ClientToken", &new.client_token);
        let tags = with_our_tags(&new.tags, &new.client_token);
        let form = tag_specification(form, "volume", &tags);
        let made: xml::Volume = self.send(&CREATE_VOLUME, form).await?;
        Ok(made.into_info(&self.origin))
    }

    async fn volume(&self, id: &str) -> Result<Option<VolumeInfo>, AwsError> {
        let form = Form::default().set("VolumeId.1", id);
        let all = found(self.all_volumes(form).await)?;
        Ok(all.unwrap_or_default().into_iter().find(|one| one.id == id))
    }

    async fn find_volumes(&self, tags: &Tags) -> Result<Vec<VolumeInfo>, AwsError> {
        self.all_volumes(tag_filters(tags)).await
    }

    async fn delete_volume(&self, id: &str) -> Result<(), AwsError> {
        let form = Form::default().set("VolumeId", id);
        let result = self.send::<xml::Done>(&DELETE_VOLUME, form).await;
        found(result).map(|_| ())
    }
}

#[async_trait]
impl Region for AwsRegion {
    fn name(&self) -> &str {
        &self.origin.region
    }

    async fn availability_zones(&self) -> Result<Vec<String>, AwsError> {
        let answer: xml::Zones = self.send(&DESCRIBE_ZONES, Form::default()).await?;
        let zones = answer.availability_zone_info.items.into_iter();
        let mut names: Vec<String> = zones
            .filter(|zone| zone.zone_state == "available")
            .map(|zone| zone.zone_name)
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    async fn enabled_regions(&self) -> Result<Vec<String>, AwsError> {
        let answer: xml::Regions = self.send(&DESCRIBE_REGIONS, Form::default()).await?;
        let regions = answer.region_info.items.into_iter();
        let mut names: Vec<String> = regions.map(|region| region.region_name).collect();
        names.sort_unstable();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_filters_are_taken_literally() {
        assert_eq!(filter_literal(r"a*b?c\d"), r"a\*b\?c\\d");
    }

    #[test]
    fn endpoints_follow_the_partition() {
        for (region, endpoint) in [
            ("eu-west-1", "https://ec2.eu-west-1.amazonaws.com"),
            ("cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "https://ec2.us-gov-west-1.amazonaws.com"),
            ("us-iso-east-1", "https://ec2.us-iso-east-1.c2s.ic.gov"),
        ] {
            assert_eq!(public_endpoint(region), endpoint);
        }
    }

    #[test]
    fn our_tags_cannot_be_overwritten_by_the_callers() {
        let theirs = std::iter::once((MANAGED_TAG.to_owned(), "no".to_owned())).collect();
        let all = with_our_tags(&theirs, "key-1");
        assert_eq!(all.get(MANAGED_TAG), Some("true"));
        assert_eq!(all.get(CLIENT_KEY_TAG), Some("key-1"));
    }
}
