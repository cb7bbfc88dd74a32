//! Reading what an account has: volumes and instances, page by page.
//!
//! Not for deciding what became of an asset (`workflows`). Invariant: a page is complete or an error; whoever follows
//! the tokens to their end has seen everything that AWS lists.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::asset::{AssetDetails, EbsVolume, Ec2Instance, SeenAsset};
use domain::tag::Tags;
use jiff::Timestamp;

use crate::error::{AwsError, ErrorClass};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in AWS's order.
    pub items: Vec<T>,
    /// Token of the next page; none at the end.
    pub next: Option<String>,
}

/// An EBS volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeInfo {
    /// Such as `vol-0abc`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The snapshot it was made from, if any.
    pub snapshot_id: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
    /// Everything else.
    pub volume: EbsVolume,
}

impl VolumeInfo {
    /// As the inventory keeps it.
    #[must_use]
    pub fn into_seen(self) -> SeenAsset {
        SeenAsset {
            native_id: self.id,
            arn: self.arn,
            tags: self.tags,
            details: AssetDetails::EbsVolume(self.volume),
        }
    }
}

/// An EC2 instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceInfo {
    /// Such as `i-0abc`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// When it was last started.
    pub launched_at: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
    /// Everything else.
    pub instance: Ec2Instance,
}

impl InstanceInfo {
    /// As the inventory keeps it.
    #[must_use]
    pub fn into_seen(self) -> SeenAsset {
        SeenAsset {
            native_id: self.id,
            arn: self.arn,
            tags: self.tags,
            details: AssetDetails::Ec2Instance(self.instance),
        }
    }
}

/// Reading what a region has.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// Volumes; `token` is that of the page before, none for the first.
    async fn volumes_page(&self, token: Option<&str>) -> Result<Page<VolumeInfo>, AwsError>;

    /// Instances, including stopped ones; terminated ones are left out, since they are listed for an hour only.
    async fn instances_page(&self, token: Option<&str>) -> Result<Page<InstanceInfo>, AwsError>;
}

/// Follows page tokens and notices when they run in a circle (seen in stand-ins and proxies; without this check a
/// listing would never end).
#[derive(Debug, Default)]
pub struct TokenTrail {
    seen: BTreeSet<String>,
}

impl TokenTrail {
    /// Takes the token of the page that was just read and gives it back, or an error when it was there before.
    pub fn step(&mut self, next: Option<String>) -> Result<Option<String>, AwsError> {
        match next {
            Some(token) if !self.seen.insert(token.clone()) => Err(AwsError::new(
                ErrorClass::Other,
                "aws",
                "Paginate",
                "the page token repeats, so the list would never end",
            )),
            other => Ok(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_page_tokens_is_an_error() {
        let mut trail = TokenTrail::default();
        assert_eq!(trail.step(Some("a".into())).unwrap(), Some("a".into()));
        assert_eq!(trail.step(Some("b".into())).unwrap(), Some("b".into()));
        assert!(trail.step(Some("a".into())).is_err());
        assert_eq!(trail.step(None).unwrap(), None);
    }
}
