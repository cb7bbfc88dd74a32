//! The role that a customer gives us: policies as JSON, CloudFormation and Terraform around them.
//!
//! Not for checking what a role has (`permissions`). Invariant: least privilege: we may read only our own snapshots and
//! delete only what carries our tag, and that tag can be set only at the moment of making. A test compares the actions
//! here with the calls that this crate makes.

use serde_json::{Value, json};

use crate::permissions::Purpose;
use crate::{MANAGED_TAG, MANAGED_TAG_VALUE};

const CLOUDFORMATION: &str = include_str!("templates/cloudformation.yaml");
const TERRAFORM: &str = include_str!("templates/terraform/main.tf");

const SNAPSHOTS: &str = "arn:*:ec2:*:*:snapshot/*";
const VOLUMES: &str = "arn:*:ec2:*:*:volume/*";
const KEYS: &str = "arn:*:kms:*:*:key/*";

/// What a customer's role is called, whom it trusts and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRequest {
    /// Name of the role, such as `HoldfastBackup`.
    pub role_name: String,
    /// ARN of the user or role of this installation.
    pub principal_arn: String,
    /// The external id of this link.
    pub external_id: String,
    /// What the role may do.
    pub purposes: Vec<Purpose>,
}

/// Why no template can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A value has characters that IAM does not take, or a wrong length.
    #[error("this is not a valid {0}")]
    Invalid(&'static str),
}

impl RoleRequest {
    /// The values go into texts of three languages, so nothing but what IAM itself takes may be in them.
    fn validate(&self) -> Result<(), TemplateError> {
        let made_of = |text: &str, more: &str, max: usize| {
            (2..=max).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || more.as_bytes().contains(&b))
        };
        if !made_of(&self.role_name, "_+=,.@-", 64) {
            return Err(TemplateError::Invalid("role name"));
        }
        if !made_of(&self.external_id, "_+=,.@:/-", 1_224) {
            return Err(TemplateError::Invalid("external id"));
        }
        let arn = self.principal_arn.starts_with("arn:") && self.principal_arn.contains(":iam::");
        if !arn || !made_of(&self.principal_arn, "_+=,.@:/-", 2_048) {
            return Err(TemplateError::Invalid("ARN of this installation"));
        }
        Ok(())
    }

    /// Who may assume the role: this installation, with the external id.
    pub fn trust_policy(&self) -> Result<Value, TemplateError> {
        self.validate()?;
        Ok(document(&[json!({
            "Sid": "HoldfastWithExternalId",
            "Effect": "Allow",
            "Principal": { "AWS": self.principal_arn },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": self.external_id } },
        })]))
    }

    /// What the role may do.
    #[must_use]
    pub fn permissions_policy(&self) -> Value {
        permissions_policy(&self.purposes)
    }

    /// A CloudFormation template (YAML) that makes the role.
    pub fn cloudformation(&self) -> Result<String, TemplateError> {
        self.fill(CLOUDFORMATION, 8)
    }

    /// A Terraform configuration that makes the role.
    pub fn terraform(&self) -> Result<String, TemplateError> {
        self.fill(TERRAFORM, 4)
    }

    fn fill(&self, template: &str, indent: usize) -> Result<String, TemplateError> {
        let trust = indented(&self.trust_policy()?, indent);
        let permissions = indented(&self.permissions_policy(), indent);
        Ok(template
            .replace("@ROLE_NAME@", &self.role_name)
            .replace("@TRUST_POLICY@", &trust)
            .replace("@PERMISSIONS_POLICY@", &permissions))
    }
}

/// JSON with every line moved to the right; YAML takes it as it is.
fn indented(value: &Value, by: usize) -> String {
    let margin = " ".repeat(by);
    let text = format!("{value:#}");
    let lines: Vec<String> = text.lines().map(|line| format!("{margin}{line}")).collect();
    format!("\n{}", lines.join("\n"))
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(sid: &str, actions: &[&str], resources: &[&str]) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn allow_if(sid: &str, actions: &[&str], resources: &[&str], condition: Value) -> Value {
    let mut statement = allow(sid, actions, resources);
    if let Value::Object(members) = &mut statement {
        members.insert("Condition".to_owned(), condition);
    }
    statement
}

/// The thing carries our tag.
fn ours() -> Value {
    json!({ "StringEquals": { format!("aws:ResourceTag/{MANAGED_TAG}"): MANAGED_TAG_VALUE } })
}

/// The thing gets our tag with this very call.
fn becomes_ours() -> Value {
    json!({ "StringEquals": { format!("aws:RequestTag/{MANAGED_TAG}"): MANAGED_TAG_VALUE } })
}

/// Tagging, but only as a part of making: nobody can mark a foreign thing as ours and then delete it.
fn tagging(makers: &[&str]) -> Value {
    let condition = json!({ "StringEquals": { "ec2:CreateAction": makers } });
    allow_if(
        "TagWhatIsMade",
        &["ec2:CreateTags"],
        &[SNAPSHOTS, VOLUMES],
        condition,
    )
}

/// What a customer's role needs for these purposes.
#[must_use]
pub fn permissions_policy(purposes: &[Purpose]) -> Value {
    let wants = |purpose| purposes.contains(&purpose);
    let mut statements = Vec::new();
    let mut makers = Vec::new();
    if wants(Purpose::Inventory) {
        statements.push(allow(
            "ListAssets",
            &[
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInstances",
                "ec2:DescribeRegions",
            ],
            &["*"],
        ));
    }
    if wants(Purpose::Inventory) || wants(Purpose::Restore) {
        statements.push(allow("FindVolumes", &["ec2:DescribeVolumes"], &["*"]));
    }
    if wants(Purpose::Snapshots) || wants(Purpose::Restore) {
        statements.push(allow("FindSnapshots", &["ec2:DescribeSnapshots"], &["*"]));
        let delete = ["ec2:DeleteSnapshot"];
        statements.push(allow_if(
            "DeleteOwnSnapshots",
            &delete,
            &[SNAPSHOTS],
            ours(),
        ));
    }
    if wants(Purpose::Snapshots) {
        makers.extend(["CopySnapshot", "CreateSnapshot"]);
        let make = ["ec2:CreateSnapshot"];
        statements.push(allow("SnapshotVolumes", &make, &[VOLUMES]));
        let tagged = allow_if("MakeTaggedSnapshots", &make, &[SNAPSHOTS], becomes_ours());
        statements.push(tagged);
        statements.push(allow_if(
            "ArchiveOwnSnapshots",
            &["ec2:ModifySnapshotTier"],
            &[SNAPSHOTS],
            ours(),
        ));
    }
    if wants(Purpose::Snapshots) || wants(Purpose::Restore) {
        statements.extend(copy_statements());
    }
    if wants(Purpose::ReadBlocks) {
        statements.push(allow_if(
            "ReadOwnSnapshots",
            &[
                "ebs:GetSnapshotBlock",
                "ebs:ListChangedBlocks",
                "ebs:ListSnapshotBlocks",
            ],
            &[SNAPSHOTS],
            ours(),
        ));
    }
    if wants(Purpose::Restore) {
        makers.extend(["CopySnapshot", "CreateVolume", "StartSnapshot"]);
        statements.extend(restore_statements());
    }
    makers.sort_unstable();
    makers.dedup();
    if !makers.is_empty() {
        statements.push(tagging(&makers));
    }
    if !makers.is_empty() || wants(Purpose::ReadBlocks) {
        statements.push(allow("ReadEncryptedVolumes", &["kms:Decrypt"], &[KEYS]));
    }
    document(&statements)
}

/// Copies into another region, of what is ours and into what becomes ours, and the tiers of what is ours. AWS asks for the right
/// to copy at both ends; both are snapshots, so the two statements together let a snapshot that is not ours be copied into one
/// that is, and nothing else be done to it.
fn copy_statements() -> Vec<Value> {
    let copy = ["ec2:CopySnapshot"];
    let key_in_use = json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } });
    vec![
        allow_if("CopyOwnSnapshots", &copy, &[SNAPSHOTS], ours()),
        allow_if("MakeTaggedCopies", &copy, &[SNAPSHOTS], becomes_ours()),
        allow("FindTiers", &["ec2:DescribeSnapshotTierStatus"], &["*"]),
        allow(
            "WriteEncrypted",
            &[
                "kms:DescribeKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ],
            &[KEYS],
        ),
        allow_if("LetEc2UseTheKey", &["kms:CreateGrant"], &[KEYS], key_in_use),
    ]
}

fn restore_statements() -> Vec<Value> {
    vec![
        allow_if(
            "StartTaggedSnapshots",
            &["ebs:StartSnapshot"],
            &[SNAPSHOTS],
            becomes_ours(),
        ),
        allow_if(
            "WriteOwnSnapshots",
            &["ebs:CompleteSnapshot", "ebs:PutSnapshotBlock"],
            &[SNAPSHOTS],
            ours(),
        ),
        allow_if(
            "MakeTaggedVolumes",
            &["ec2:CreateVolume"],
            &[VOLUMES],
            becomes_ours(),
        ),
        allow_if(
            "MakeVolumesOfOwnSnapshots",
            &["ec2:CreateVolume"],
            &[SNAPSHOTS],
            ours(),
        ),
        allow_if(
            "DeleteOwnVolumes",
            &["ec2:DeleteVolume"],
            &[VOLUMES],
            ours(),
        ),
        allow_if(
            "BringBackOwnSnapshots",
            &["ec2:RestoreSnapshotTier"],
            &[SNAPSHOTS],
            ours(),
        ),
    ]
}

/// What this installation itself needs: reaching the roles, and, where used, a bucket for vaults (without deletion of
/// anything but what the repository format rewrites) and a key for master keys.
#[must_use]
pub fn installation_policy(role_name: &str, bucket: Option<&str>, key_arn: Option<&str>) -> Value {
    let roles = format!("arn:*:iam::*:role/{role_name}");
    let mut statements = vec![allow("ReachAccounts", &["sts:AssumeRole"], &[&roles])];
    if let Some(bucket) = bucket {
        let (whole, objects) = (
            format!("arn:*:s3:::{bucket}"),
            format!("arn:*:s3:::{bucket}/*"),
        );
        let actions = [
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketVersioning",
            "s3:ListBucket",
            "s3:ListBucketVersions",
        ];
        statements.push(allow("ListVault", &actions, &[&whole]));
        let actions = [
            "s3:DeleteObject",
            "s3:DeleteObjectVersion",
            "s3:GetObject",
            "s3:GetObjectRetention",
            "s3:GetObjectVersion",
            "s3:PutObject",
            "s3:PutObjectRetention",
        ];
        statements.push(allow("KeepVault", &actions, &[&objects]));
    }
    if let Some(key) = key_arn {
        let actions = ["kms:Decrypt", "kms:Encrypt"];
        statements.push(allow("WrapMasterKeys", &actions, &[key]));
    }
    document(&statements)
}

#[cfg(test)]
#[path = "templates/tests.rs"]
mod tests;
