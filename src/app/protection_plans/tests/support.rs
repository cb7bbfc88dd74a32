//! A small fleet in two accounts, and drafts for it.
//!
//! Not for tests themselves. Invariant: whatever a task would do is done by `settle`, so that a test never waits.

use std::collections::BTreeMap;

use domain::AssetId;
use domain::asset::{Asset, AssetDetails, AssetFilter, EbsVolume, SeenAsset};
use domain::aws_account::AwsAccount;
use domain::condition::{Condition, TagPair};
use domain::frequency::{Frequency, Interval};
use domain::policy::{OperationDraft, PolicyDraft};
use domain::protection_rule::ProtectionRuleDraft;
use domain::retention::{Retention, RetentionUnit};

use crate::protection_plans::*;
use crate::testing::Harness;

pub(super) const VOLUMES: usize = 12;

pub(super) fn volumes_policy(name: &str, days: u32) -> PolicyWish {
    let operation: OperationDraft = OperationDraft {
        asset_kind: AssetKind::EbsVolume,
        placement: Placement::Vault,
        frequencies: vec![Frequency {
            every: Interval::Days { value: 1 },
            keep: Retention {
                value: days,
                unit: RetentionUnit::Days,
            },
        }],
        start: domain::frequency::StartTime::default(),
        window: None,
        catch_up: domain::policy::CatchUp::default(),
        proof: None,
        target: domain::copy_target::CopyTarget::default(),
    };
    PolicyWish {
        id: None,
        unit: None,
        is_active: None,
        draft: PolicyDraft {
            name: name.to_owned(),
            description: None,
            operations: vec![operation],
        },
    }
}

pub(super) fn tagged(value: &str) -> Condition {
    Condition::AnyTag(
        [TagPair {
            key: "Holdfast".to_owned(),
            value: value.to_owned(),
        }]
        .into(),
    )
}

pub(super) fn rule(name: &str, policy: &str, condition: Condition) -> RuleWish {
    RuleWish {
        id: None,
        unit: None,
        is_active: None,
        policy: policy.to_owned(),
        draft: ProtectionRuleDraft {
            name: name.to_owned(),
            condition,
        },
    }
}

/// Gold for what is tagged so.
pub(super) fn gold() -> ProtectionDraft {
    ProtectionDraft {
        policies: vec![volumes_policy("Gold", 30)],
        rules: vec![rule("tagged gold", "Gold", tagged("gold"))],
        ..ProtectionDraft::default()
    }
}

/// Volumes of two accounts, one at the root unit and one at a unit below.
pub(super) struct World {
    pub(super) harness: Harness,
    pub(super) ctx: Ctx,
    accounts: [AwsAccount; 2],
    pub(super) unit: OrganizationalUnitId,
}

impl World {
    pub(super) async fn new() -> Self {
        let harness = Harness::new().await;
        let ctx = harness.admin().await;
        let first = harness.account(&ctx).await;
        let second = harness.account_named(&ctx, "Other", "210987654321").await;
        let unit = harness.unit(harness.root().await, "Below").await;
        let world = Self {
            harness,
            ctx,
            accounts: [first, second],
            unit,
        };
        world.place(1, unit).await;
        for number in 0..VOLUMES {
            world.see(number, "none").await;
        }
        world
    }

    /// Puts an account into a unit.
    pub(super) async fn place(&self, account: usize, unit: OrganizationalUnitId) {
        let mut tx = self.ctx.begin().await.unwrap();
        let (organization, id) = (self.ctx.organization(), self.accounts[account].id);
        store::aws_accounts::set_unit(&mut tx, organization, id, unit)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Sees the volume with this tag in AWS.
    pub(super) async fn see(&self, number: usize, tag: &str) {
        let name = format!("vol-{number:03}");
        let seen = SeenAsset {
            native_id: name.clone(),
            arn: format!("arn:aws:ec2:eu-west-1:123456789012:volume/{name}"),
            tags: [("Holdfast".to_owned(), tag.to_owned())]
                .into_iter()
                .collect(),
            details: AssetDetails::EbsVolume(EbsVolume {
                availability_zone: "eu-west-1a".to_owned(),
                size_gib: 8,
                volume_type: "gp3".to_owned(),
                iops: None,
                throughput_mibps: None,
                encrypted: true,
                kms_key_id: None,
                state: "in-use".to_owned(),
                attachments: Vec::new(),
            }),
        };
        let filter = domain::aws_account::AwsAccountFilter::default();
        let page = PageRequest::default();
        let accounts = crate::aws_accounts::list(&self.ctx, &filter, &page).await;
        let id = self.accounts[number % 2].id;
        let account = accounts.unwrap().into_nodes();
        let account = account.iter().find(|one| one.id == id).unwrap();
        let place = store::assets::Place {
            account,
            region: "eu-west-1",
            kind: AssetKind::EbsVolume,
        };
        let mut tx = self.ctx.begin().await.unwrap();
        store::assets::upsert_seen(&mut tx, &place, &[seen], self.ctx.ids(), self.ctx.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn assets(&self) -> Vec<Asset> {
        let page = PageRequest {
            size: 100,
            ..PageRequest::default()
        };
        let order = domain::asset::AssetOrder::default();
        let filter = AssetFilter::default();
        let list = crate::assets::list(&self.ctx, &filter, order, Direction::Ascending, &page);
        list.await.unwrap().into_nodes()
    }

    /// Does what the task does: brings every asset in line.
    pub(super) async fn settle(&self) {
        let organization = self.ctx.organization();
        let mut tx = self.ctx.begin().await.unwrap();
        let mut rules = ::tasks::protection::Rules::lock(&mut tx, organization)
            .await
            .unwrap();
        let mut assets = store::assets::lock_next(&tx, organization, None, 1_000)
            .await
            .unwrap();
        rules
            .settle(&mut tx, &mut assets, self.ctx.ids(), self.ctx.now())
            .await
            .unwrap();
        store::protection_rules::advance(&mut tx, organization, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The name of the policy of each asset as it is kept.
    pub(super) async fn policies(&self) -> BTreeMap<AssetId, Option<PolicyId>> {
        let assets = self.assets().await;
        assets.iter().map(|one| (one.id, one.policy_id)).collect()
    }

    pub(super) async fn name(&self, policy: Option<PolicyId>) -> Option<String> {
        let found = crate::policies::lookup(&self.ctx, policy?).await.unwrap();
        found.map(|policy| policy.name)
    }
}

pub(super) fn codes(error: &Error) -> Vec<ProblemCode> {
    let problems = error.problems().unwrap_or_default();
    problems.iter().map(|problem| problem.code).collect()
}
