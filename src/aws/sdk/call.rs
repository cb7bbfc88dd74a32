//! The calls that this crate makes to AWS, with the IAM actions that each needs.
//!
//! Not for making them. Invariant: a call cannot be made without an entry here, and a test compares the entries with
//! the policies that we hand out.

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    /// Signing name of the service.
    pub(crate) service: &'static str,
    /// AWS's name of the operation.
    pub(crate) operation: &'static str,
    /// IAM actions that the caller must be allowed.
    pub(crate) actions: &'static [&'static str],
}

/// Declares calls and the list of all of them, so that none can be forgotten in the list.
macro_rules! calls {
    ($(#[$meta:meta])* $list:ident: $($name:ident = $service:literal $operation:literal [$($action:literal),*];)*) => {
        $(pub(crate) const $name: Call = Call {
            service: $service,
            operation: $operation,
            actions: &[$($action),*],
        };)*
        /// All calls of this group.
        $(#[$meta])*
        pub(crate) const $list: &[Call] = &[$($name),*];
    };
}

// In the customer's account. A key of the customer's that encrypts a volume is used by EC2 and EBS on our behalf, but with
// our rights: hence the `kms:` actions (EBS user guide, "Control access to EBS direct APIs using IAM").
calls! { CUSTOMER_CALLS:
    DESCRIBE_VOLUMES = "ec2" "DescribeVolumes" ["ec2:DescribeVolumes"];
    DESCRIBE_INSTANCES = "ec2" "DescribeInstances" ["ec2:DescribeInstances"];
    DESCRIBE_SNAPSHOTS = "ec2" "DescribeSnapshots" ["ec2:DescribeSnapshots"];
    DESCRIBE_ZONES = "ec2" "DescribeAvailabilityZones" ["ec2:DescribeAvailabilityZones"];
    DESCRIBE_REGIONS = "ec2" "DescribeRegions" ["ec2:DescribeRegions"];
    CREATE_SNAPSHOT = "ec2" "CreateSnapshot" ["ec2:CreateSnapshot", "ec2:CreateTags"];
    COPY_SNAPSHOT = "ec2" "CopySnapshot" [
        "ec2:CopySnapshot", "ec2:CreateTags", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"
    ];
    DESCRIBE_TIERS = "ec2" "DescribeSnapshotTierStatus" ["ec2:DescribeSnapshotTierStatus"];
    MODIFY_TIER = "ec2" "ModifySnapshotTier" [
        "ec2:ModifySnapshotTier", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"
    ];
    RESTORE_TIER = "ec2" "RestoreSnapshotTier" [
        "ec2:RestoreSnapshotTier", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"
    ];
    DELETE_SNAPSHOT = "ec2" "DeleteSnapshot" ["ec2:DeleteSnapshot"];
    CREATE_VOLUME = "ec2" "CreateVolume" [
        "ec2:CreateVolume", "ec2:CreateTags", "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"
    ];
    DELETE_VOLUME = "ec2" "DeleteVolume" ["ec2:DeleteVolume"];
    LIST_BLOCKS = "ebs" "ListSnapshotBlocks" ["ebs:ListSnapshotBlocks"];
    LIST_CHANGED = "ebs" "ListChangedBlocks" ["ebs:ListChangedBlocks"];
    GET_BLOCK = "ebs" "GetSnapshotBlock" ["ebs:GetSnapshotBlock", "kms:Decrypt"];
    START_SNAPSHOT = "ebs" "StartSnapshot" [
        "ebs:StartSnapshot", "ec2:CreateTags", "kms:CreateGrant", "kms:DescribeKey",
        "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"
    ];
    PUT_BLOCK = "ebs" "PutSnapshotBlock" ["ebs:PutSnapshotBlock"];
    COMPLETE_SNAPSHOT = "ebs" "CompleteSnapshot" ["ebs:CompleteSnapshot"];
}

// With our own credentials: reaching a role, wrapping master keys, keeping a vault in S3.
calls! { #[cfg(test)] OWN_CALLS:
    ASSUME_ROLE = "sts" "AssumeRole" ["sts:AssumeRole"];
    CALLER_IDENTITY = "sts" "GetCallerIdentity" [];
    KMS_ENCRYPT = "kms" "Encrypt" ["kms:Encrypt"];
    KMS_DECRYPT = "kms" "Decrypt" ["kms:Decrypt"];
    S3_LIST = "s3" "ListObjectsV2" ["s3:ListBucket"];
    S3_GET = "s3" "GetObject" ["s3:GetObject"];
    S3_HEAD = "s3" "HeadObject" ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"];
    S3_PUT = "s3" "PutObject" ["s3:PutObject", "s3:PutObjectRetention"];
    S3_DELETE = "s3" "DeleteObject" ["s3:DeleteObject", "s3:DeleteObjectVersion"];
    S3_RETAIN = "s3" "PutObjectRetention" ["s3:PutObjectRetention"];
    S3_VERSIONS = "s3" "ListObjectVersions" ["s3:ListBucketVersions"];
    S3_VERSIONING = "s3" "GetBucketVersioning" ["s3:GetBucketVersioning"];
    S3_LOCK = "s3" "GetObjectLockConfiguration" ["s3:GetBucketObjectLockConfiguration"];
}
