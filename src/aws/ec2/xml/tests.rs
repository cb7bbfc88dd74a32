//! Answers of EC2 in the shapes of its API reference.

use serde::de::DeserializeOwned;

use super::*;

fn parse<T: DeserializeOwned>(text: &str) -> T {
    quick_xml::de::from_str(text).unwrap()
}

fn origin() -> Origin {
    Origin {
        region: "eu-west-1".into(),
        account_id: "111111111111".into(),
    }
}

const VOLUMES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeVolumesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
  <volumeSet>
    <item>
      <volumeId>vol-1234567890abcdef0</volumeId>
      <size>80</size>
      <snapshotId/>
      <availabilityZone>eu-west-1a</availabilityZone>
      <status>in-use</status>
      <createTime>2026-02-03T04:05:06.789Z</createTime>
      <attachmentSet>
        <item>
          <volumeId>vol-1234567890abcdef0</volumeId>
          <instanceId>i-1234567890abcdef0</instanceId>
          <device>/dev/sdh</device>
          <status>attached</status>
          <attachTime>2026-02-03T04:05:07.000Z</attachTime>
          <deleteOnTermination>false</deleteOnTermination>
        </item>
        <item>
          <volumeId>vol-1234567890abcdef0</volumeId>
          <associatedResource>arn:aws:ecs:eu-west-1:111111111111:task/c/t</associatedResource>
          <status>attached</status>
        </item>
      </attachmentSet>
      <tagSet>
        <item><key>Name</key><value>data &amp; logs</value></item>
        <item><key>empty</key><value/></item>
      </tagSet>
      <volumeType>gp3</volumeType>
      <iops>3000</iops>
      <throughput>125</throughput>
      <encrypted>true</encrypted>
      <kmsKeyId>arn:aws:kms:eu-west-1:111111111111:key/k</kmsKeyId>
      <multiAttachEnabled>false</multiAttachEnabled>
    </item>
    <item>
      <volumeId>vol-2</volumeId>
      <size>1</size>
      <snapshotId>snap-9</snapshotId>
      <availabilityZone>eu-west-1b</availabilityZone>
      <status>available</status>
      <createTime>2026-02-03T04:05:06Z</createTime>
      <attachmentSet/>
      <volumeType>standard</volumeType>
      <encrypted>false</encrypted>
    </item>
  </volumeSet>
  <nextToken>opaque==</nextToken>
</DescribeVolumesResponse>"#;

#[test]
fn a_page_of_volumes() {
    let page: Volumes = parse(VOLUMES);
    assert_eq!(page.next_token.as_deref(), Some("opaque=="));
    let volumes: Vec<_> = page
        .volume_set
        .items
        .into_iter()
        .map(|v| v.into_info(&origin()))
        .collect();
    let first = &volumes[0];
    assert_eq!(
        first.arn,
        "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1234567890abcdef0"
    );
    assert_eq!(first.snapshot_id, None);
    assert_eq!(
        first.created_at.unwrap().to_string(),
        "2026-02-03T04:05:06.789Z"
    );
    assert_eq!(first.tags.get("Name"), Some("data & logs"));
    assert_eq!(first.tags.get("empty"), Some(""));
    assert_eq!(first.volume.iops, Some(3_000));
    assert_eq!(first.volume.throughput_mibps, Some(125));
    assert!(first.volume.encrypted);
    assert_eq!(
        first.volume.attachments.len(),
        1,
        "only attachments to instances"
    );
    assert_eq!(first.volume.attachments[0].device, "/dev/sdh");
    assert_eq!(volumes[1].snapshot_id.as_deref(), Some("snap-9"));
    assert_eq!(volumes[1].volume.iops, None);
}

#[test]
fn a_page_without_volumes() {
    let page: Volumes = parse(
        r#"<DescribeVolumesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
           <requestId>1</requestId><volumeSet/><nextToken/></DescribeVolumesResponse>"#,
    );
    assert!(page.volume_set.items.is_empty());
    assert_eq!(page.next_token, None, "an empty token is no token");
}

#[test]
fn a_volume_without_its_size_is_an_error() {
    let text = "<r><volumeSet><item><volumeId>vol-1</volumeId></item></volumeSet></r>";
    assert!(quick_xml::de::from_str::<Volumes>(text).is_err());
}

#[test]
fn instances_in_their_reservations() {
    let page: Instances = parse(
        r#"<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <reservationSet>
    <item>
      <reservationId>r-1</reservationId><ownerId>111111111111</ownerId><groupSet/>
      <instancesSet>
        <item>
          <instanceId>i-1</instanceId><imageId>ami-1</imageId>
          <instanceState><code>16</code><name>running</name></instanceState>
          <privateDnsName>ip-10-0-0-1</privateDnsName>
          <instanceType>m7g.large</instanceType>
          <launchTime>2026-01-01T00:00:00.000Z</launchTime>
          <placement><availabilityZone>eu-west-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement>
          <subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
          <blockDeviceMapping>
            <item><deviceName>/dev/xvda</deviceName>
              <ebs><volumeId>vol-1</volumeId><status>attached</status></ebs></item>
            <item><deviceName>/dev/sdb</deviceName></item>
          </blockDeviceMapping>
          <tagSet><item><key>Name</key><value>web</value></item></tagSet>
        </item>
        <item>
          <instanceId>i-2</instanceId>
          <instanceState><code>48</code><name>terminated</name></instanceState>
          <instanceType>t3.micro</instanceType>
          <placement><availabilityZone>eu-west-1a</availabilityZone></placement>
        </item>
      </instancesSet>
    </item>
  </reservationSet>
</DescribeInstancesResponse>"#,
    );
    let instances = page
        .reservation_set
        .items
        .into_iter()
        .flat_map(|r| r.instances_set.items);
    let (gone, alive): (Vec<_>, Vec<_>) = instances.partition(Instance::is_terminated);
    assert_eq!(gone.len(), 1);
    let info = alive.into_iter().next().unwrap().into_info(&origin());
    assert_eq!(
        info.instance.volumes,
        [("/dev/xvda".to_owned(), "vol-1".to_owned())]
    );
    assert_eq!(info.instance.vpc_id.as_deref(), Some("vpc-1"));
    assert_eq!(info.tags.get("Name"), Some("web"));
}

#[test]
fn snapshots_in_every_state() {
    let snapshot = |status: &str| {
        let text = format!(
            "<CreateSnapshotResponse><requestId>1</requestId><snapshotId>snap-1</snapshotId>\
             <volumeId>vol-1</volumeId><status>{status}</status>\
             <startTime>2026-01-01T00:00:00.000Z</startTime><progress>60%</progress>\
             <ownerId>1</ownerId><volumeSize>30</volumeSize><description>d</description>\
             <encrypted>false</encrypted></CreateSnapshotResponse>"
        );
        parse::<Snapshot>(&text).into_info(&origin())
    };
    for (status, state) in [
        ("pending", SnapshotState::Pending),
        ("completed", SnapshotState::Completed),
        ("error", SnapshotState::Error),
        ("recoverable", SnapshotState::Unavailable),
    ] {
        assert_eq!(snapshot(status).state, state);
    }
    let info = snapshot("pending");
    assert_eq!(info.progress_percent, Some(60));
    assert_eq!(info.arn, "arn:aws:ec2:eu-west-1::snapshot/snap-1");
    assert_eq!(info.size_gib, 30);
}

#[test]
fn partitions_follow_the_region() {
    for (region, partition) in [
        ("eu-west-1", "aws"),
        ("us-east-1", "aws"),
        ("us-gov-east-1", "aws-us-gov"),
        ("cn-northwest-1", "aws-cn"),
        ("us-isob-east-1", "aws-iso-b"),
        ("us-iso-east-1", "aws-iso"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        assert_eq!(partition_of(region), partition, "{region}");
    }
}
