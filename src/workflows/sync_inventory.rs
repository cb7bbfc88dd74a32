//! The inventory of one region of an account.
//!
//! | step    | do                                                                 | undo                     |
//! |---------|--------------------------------------------------------------------|--------------------------|
//! | `list`  | read all pages, keep what was seen and what the protection rules make of it, then mark as gone what was not | forward-only |
//!
//! Not for accounts (`verify_aws_account.rs`). Invariant: an asset is marked as gone only when AWS's list was read to its
//! end without it; half a list marks nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws::{Region, TokenTrail};
use domain::asset::{AssetKind, SeenAsset};
use domain::aws_account::AwsAccount;
use domain::ids::AwsAccountKey;
use domain::task::{TaskKind, TaskSpec};
use serde_json::json;
use store::assets::Place;
use store::{assets, aws_accounts};
use tasks::protection::{Rules, heal};
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::services::Services;
use crate::{failure, rows};

const LIST: &str = "list";
/// Assets that one transaction writes: small enough that nobody waits long for it.
const CHUNK: usize = 500;

/// The workflow.
pub(crate) struct SyncInventory {
    services: Arc<Services>,
}

impl SyncInventory {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for SyncInventory {
    fn kind(&self) -> TaskKind {
        TaskKind::SyncInventory
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![Arc::new(List(self.services.clone()))]
    }

    /// Two runs of one region at once would mark each other's finds as gone.
    fn concurrency_limit(&self) -> Option<u32> {
        Some(1)
    }
}

struct List(Arc<Services>);

#[async_trait]
impl Step for List {
    fn name(&self) -> &'static str {
        LIST
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let TaskSpec::SyncInventory {
            aws_account_id,
            region,
        } = cx.spec()
        else {
            return Err(rows::wrong_spec(cx.spec()));
        };
        let (account_id, name) = (*aws_account_id, region.clone());
        let account = rows::account(cx, account_id).await?;
        let Some(settings) = account.regions.iter().find(|region| region.region == name) else {
            let text = format!("The region {name} is not looked after any more.");
            return Err(TaskError::fail(failure::NOT_FOUND, text));
        };
        let region = self
            .0
            .region(&account, &name, &cx.task.id.to_string())
            .await;
        let region = region.map_err(failure::access)?;
        let (mut counts, mut rules) = (Vec::new(), None);
        for kind in &settings.asset_kinds {
            let run = Run {
                cx,
                account: &account,
                region: &name,
                kind: *kind,
            };
            let (seen, gone) = run.sync(region.as_ref(), &mut rules).await?;
            counts.push((kind.name(), json!({ "seen": seen, "gone": gone })));
        }
        let mut tx = cx.store.begin().await?;
        cx.check_lease()?;
        let now = cx.clock.now();
        heal(&mut tx, cx.organization, cx.ids.as_ref(), now).await?;
        aws_accounts::set_inventoried(&mut tx, cx.organization, account_id, &name, now).await?;
        tx.commit().await?;
        Ok(counts
            .into_iter()
            .map(|(kind, count)| (kind.to_owned(), count))
            .collect())
    }
}

/// One kind of assets in one region.
struct Run<'a> {
    cx: &'a StepContext,
    account: &'a AwsAccount,
    region: &'a str,
    kind: AssetKind,
}

impl Run<'_> {
    fn place(&self) -> Place<'_> {
        Place {
            account: self.account,
            region: self.region,
            kind: self.kind,
        }
    }

    async fn sync(
        &self,
        region: &dyn Region,
        rules: &mut Option<Rules>,
    ) -> Result<(usize, usize), TaskError> {
        let started_at = self.cx.clock.now();
        let mut trail = TokenTrail::default();
        let mut ids = BTreeSet::new();
        let mut next = None;
        loop {
            let (page, token) = page(region, self.kind, next.as_deref()).await?;
            ids.extend(page.iter().map(|seen| seen.native_id.clone()));
            for chunk in page.chunks(CHUNK) {
                self.keep(chunk, rules).await?;
            }
            self.cx
                .progress(u64::try_from(ids.len()).unwrap_or(u64::MAX), 0);
            if self.cx.is_cancelled() {
                return Err(crate::patience::stopped(self.cx));
            }
            next = trail.step(token).map_err(|error| failure::aws(&error))?;
            if next.is_none() {
                break;
            }
        }
        let mut tx = self.cx.store.begin().await?;
        self.cx.check_lease()?;
        let now = self.cx.clock.now();
        let gone =
            assets::mark_unseen_deleted(&mut tx, &self.place(), &ids, started_at, now).await?;
        tx.commit().await?;
        Ok((ids.len(), gone.len()))
    }

    /// Writes what was seen, and in the same transaction what the protection rules make of it: nobody ever sees a new asset, or a
    /// new tag, that the rules have not seen.
    async fn keep(&self, seen: &[SeenAsset], rules: &mut Option<Rules>) -> Result<(), TaskError> {
        let organization = self.cx.organization;
        let mut tx = self.cx.store.begin().await?;
        self.cx.check_lease()?;
        let rules = Rules::current(&mut tx, organization, rules).await?;
        let (ids, now) = (self.cx.ids.as_ref(), self.cx.clock.now());
        let upserted = assets::upsert_seen(&mut tx, &self.place(), seen, ids, now).await?;
        let changed = [upserted.created, upserted.updated].concat();
        let mut changed = assets::lock_many(&tx, organization, &changed).await?;
        rules.settle(&mut tx, &mut changed, ids, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn page(
    region: &dyn Region,
    kind: AssetKind,
    token: Option<&str>,
) -> Result<(Vec<SeenAsset>, Option<String>), TaskError> {
    match kind {
        AssetKind::EbsVolume => {
            let page = region
                .volumes_page(token)
                .await
                .map_err(|error| failure::aws(&error))?;
            Ok((
                page.items
                    .into_iter()
                    .map(aws::VolumeInfo::into_seen)
                    .collect(),
                page.next,
            ))
        }
        AssetKind::Ec2Instance => {
            let page = region
                .instances_page(token)
                .await
                .map_err(|error| failure::aws(&error))?;
            Ok((
                page.items
                    .into_iter()
                    .map(aws::InstanceInfo::into_seen)
                    .collect(),
                page.next,
            ))
        }
    }
}

/// The key under which inventories of one region wait for each other.
pub(crate) fn concurrency_key(account: AwsAccountKey, region: &str) -> String {
    format!("{account}:{region}:sync_inventory")
}
