//! Assets: things in AWS that can be protected.
//!
//! Not for finding them (tasks). Invariant: the list that a dashboard shows (assets with policy and last recovery point) is
//! one query: what was joined is kept at the node, and what was not is loaded in one batch for all nodes.

mod details;
mod missed;

use app::assets::{LastPoint, PolicySummary};
use async_graphql::{Context, Enum, ID, InputObject, Lookahead, Object, SimpleObject};
use domain::asset::{AssetDetails, AssetOrder as Order};
use domain::page::Direction;
use domain::permission::Permission as Right;
use domain::recovery_point::RecoveryPointOrder as PointOrder;

pub(crate) use crate::asset::details::TagInput;
use crate::asset::details::{EbsVolumeInfo, Ec2InstanceInfo, TagItem};
use crate::asset::missed::MissedRuns;
use crate::aws_account::AwsAccount;
use crate::compliance::{AssetCompliance, AssetComplianceFilter, AssetComplianceHistory};
use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{AssetKind, OrderDirection};
use crate::error::read;
use crate::filter::TagFilter;
use crate::node::parse_all;
use crate::overview::RecoveryPointDayItem;
use crate::policy::Policy;
use crate::protection::AssetProtection;
use crate::recovery_point::{RecoveryPoint, RecoveryPointFilter};
use crate::scalars::{Arn, DateTime};
use crate::task::{Task, TaskFilter};
use crate::user::IntoId as _;

/// Half a year: what a heat map shows.
const HEAT_MAP_DAYS: i32 = 182;

/// Something that a join has brought along, or that must still be loaded.
enum Joined<T> {
    /// The join knows: here it is, or there is none.
    Known(Option<T>),
    /// Nobody asked yet.
    Unknown,
}

/// A thing in AWS.
pub(crate) struct Asset {
    asset: domain::asset::Asset,
    policy: Joined<PolicySummary>,
    last_point: Joined<LastPoint>,
}

impl From<domain::asset::Asset> for Asset {
    fn from(asset: domain::asset::Asset) -> Self {
        Self {
            asset,
            policy: Joined::Unknown,
            last_point: Joined::Unknown,
        }
    }
}

impl From<app::assets::AssetRow> for Asset {
    fn from((asset, policy, last_point): app::assets::AssetRow) -> Self {
        Self {
            asset,
            policy: Joined::Known(policy),
            last_point: Joined::Known(last_point),
        }
    }
}

impl Noun for Asset {
    const CONNECTION: &'static str = "AssetConnection";
    const EDGE: &'static str = "AssetEdge";
}

/// A thing in AWS that can be protected.
#[Object]
impl Asset {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.asset.id.into_id()
    }

    /// AWS service and kind.
    async fn kind(&self) -> AssetKind {
        self.asset.kind.into()
    }

    /// Value of the tag `Name`, else the identifier at AWS.
    async fn name(&self) -> &str {
        &self.asset.name
    }

    /// Identifier at AWS, such as `vol-0abc`.
    async fn native_id(&self) -> &str {
        &self.asset.native_id
    }

    /// Amazon Resource Name.
    async fn arn(&self) -> Arn {
        Arn(self.asset.arn.clone())
    }

    /// Region where it lies.
    async fn region(&self) -> &str {
        &self.asset.region
    }

    /// The linked account where it lies.
    async fn aws_account(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AwsAccount>> {
        let account = loaders(ctx)?.load(self.asset.aws_account_id).await?;
        Ok(account.map(AwsAccount))
    }

    /// Tags at AWS, by key.
    async fn tags(&self) -> Vec<TagItem> {
        self.asset.tags.iter().map(TagItem::from).collect()
    }

    /// What is particular to a volume; null for other kinds.
    async fn volume(&self) -> Option<EbsVolumeInfo> {
        match &self.asset.details {
            AssetDetails::EbsVolume(volume) => Some(volume.into()),
            AssetDetails::Ec2Instance(_) => None,
        }
    }

    /// What is particular to an instance; null for other kinds.
    async fn instance(&self) -> Option<Ec2InstanceInfo> {
        match &self.asset.details {
            AssetDetails::Ec2Instance(instance) => Some(instance.into()),
            AssetDetails::EbsVolume(_) => None,
        }
    }

    /// Whether recovery points of its kind can be made; false for kinds that are only listed.
    async fn can_be_backed_up(&self) -> bool {
        self.asset.kind.can_be_backed_up()
    }

    /// The policy that protects it; null when nothing does.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Policy>> {
        if let Joined::Known(policy) = &self.policy {
            return Ok(policy.clone().map(Policy::from));
        }
        match self.asset.policy_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Policy::from)),
            None => Ok(None),
        }
    }

    /// Why it is protected as it is: what was tried for it, in order, and how each try ended.
    #[graphql(complexity = "10 + child_complexity")]
    async fn protection(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<AssetProtection>> {
        let explained = loaders(ctx)?.explained(self.asset.id).await?;
        Ok(explained.map(AssetProtection))
    }

    /// The newest recovery point that can be restored; null when there is none.
    async fn last_recovery_point(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<RecoveryPoint>> {
        if let Joined::Known(point) = &self.last_point {
            return Ok(point.clone().map(RecoveryPoint::from));
        }
        let point = loaders(ctx)?.last_point(self.asset.id).await?;
        Ok(point.map(RecoveryPoint::from))
    }

    /// Days that have recovery points which can be restored, oldest first; days without are left out.
    #[graphql(complexity = "10 + child_complexity")]
    async fn recovery_point_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days back, 1 to 366; 182 when absent.")] days: Option<i32>,
    ) -> async_graphql::Result<Vec<RecoveryPointDayItem>> {
        let days = u32::try_from(days.unwrap_or(HEAT_MAP_DAYS)).unwrap_or_default();
        let found = read(app::overviews::days_of_asset(viewer(ctx)?, self.asset.id, days).await)?;
        Ok(found.into_iter().map(RecoveryPointDayItem::from).collect())
    }

    /// Its recovery points, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn recovery_points(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them; `asset` has no effect here.")] filter: Option<
            RecoveryPointFilter,
        >,
    ) -> async_graphql::Result<Option<Connection<RecoveryPoint>>> {
        let page = page_request(first, after, last, before)?;
        let filter = domain::recovery_point::RecoveryPointFilter {
            asset_ids: Some(vec![self.asset.id]),
            ..filter.unwrap_or_default().into()
        };
        crate::recovery_point::page(ctx, filter, PointOrder::default(), page).await
    }

    /// Tasks about it, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them; `asset` has no effect here.")] filter: Option<TaskFilter>,
    ) -> async_graphql::Result<Option<Connection<Task>>> {
        let page = page_request(first, after, last, before)?;
        let filter = domain::task::TaskFilter {
            asset_ids: Some(vec![self.asset.id]),
            ..filter.unwrap_or_default().into()
        };
        crate::task::page(ctx, filter, Direction::Descending, page).await
    }

    /// How it stands, judged by the controls of the organization; null when it is gone from AWS.
    async fn compliance(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<AssetCompliance>> {
        if self.asset.deleted_at.is_some() {
            return Ok(None);
        }
        let shown = loaders(ctx)?.compliance(self.asset.id).await?;
        Ok(Some(AssetCompliance::of(shown)))
    }

    /// How it stood over a range of time.
    #[graphql(complexity = "5 + child_complexity")]
    async fn compliance_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the range; 30 days before its end when absent.")] from: Option<
            DateTime,
        >,
        #[graphql(desc = "End of the range; now when absent.")] until: Option<DateTime>,
    ) -> async_graphql::Result<Option<AssetComplianceHistory>> {
        let history = AssetComplianceHistory::load(ctx, self.asset.id, from, until);
        Ok(Some(history.await?))
    }

    /// When it was first seen.
    async fn discovered_at(&self) -> DateTime {
        self.asset.discovered_at.into()
    }

    /// When it was last seen.
    async fn seen_at(&self) -> DateTime {
        self.asset.seen_at.into()
    }

    /// When it was found to be gone from AWS; its recovery points stay.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.asset.deleted_at.map(DateTime)
    }

    /// The latest times that its policies named and that passed without a run, newest first.
    #[graphql(complexity = "page_cost(first, None, child_complexity)")]
    async fn missed_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 25 when absent.")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<MissedRuns>> {
        let first = page_request(first, None, None, None)?.size;
        let missed = app::assets::missed_windows(viewer(ctx)?, self.asset.id, first).await;
        Ok(read(missed)?.into_iter().map(MissedRuns::from).collect())
    }

    /// What the viewer may do with it now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> async_graphql::Result<AssetAbilities> {
        let caller = viewer(ctx)?;
        let is_there = self.asset.deleted_at.is_none() && self.asset.kind.can_be_backed_up();
        Ok(AssetAbilities {
            assign_policy: is_there && caller.can_at(Right::PolicyAssign, self.asset.unit_id),
            back_up: is_there && caller.can_at(Right::BackupRun, self.asset.unit_id),
        })
    }
}

/// What the viewer may do with an asset now.
#[derive(SimpleObject)]
pub(crate) struct AssetAbilities {
    /// Assign a policy to it or take it away.
    assign_policy: bool,
    /// Back it up by hand.
    back_up: bool,
}

/// Which assets a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct AssetFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// One of these kinds.
    kind: Option<Vec<AssetKind>>,
    /// In one of these units, not those below them.
    organizational_unit: Option<Vec<ID>>,
    /// In one of these linked accounts.
    aws_account: Option<Vec<ID>>,
    /// In one of these regions.
    region: Option<Vec<String>>,
    /// Protected by one of these policies.
    policy: Option<Vec<ID>>,
    /// Decided by one of these protection rules.
    protection_rule: Option<Vec<ID>>,
    /// Protected by any policy (true) or by none (false).
    is_protected: Option<bool>,
    /// Name or identifier at AWS contains this text, whatever the case.
    search: Option<String>,
    /// Has this tag.
    tag: Option<TagFilter>,
    /// Stands like this; has no effect on streams of events.
    compliance: Option<AssetComplianceFilter>,
    /// Show those that are gone from AWS too.
    #[graphql(default)]
    include_deleted: bool,
}

impl From<AssetFilter> for domain::asset::AssetFilter {
    fn from(filter: AssetFilter) -> Self {
        let AssetFilter {
            id,
            kind,
            organizational_unit,
            aws_account,
            region,
            policy,
            protection_rule,
            is_protected,
            search,
            tag,
            compliance,
            include_deleted,
        } = filter;
        Self {
            ids: parse_all(id),
            kinds: kind.map(|all| all.into_iter().map(Into::into).collect()),
            unit_ids: parse_all(organizational_unit),
            aws_account_ids: parse_all(aws_account),
            regions: region,
            text: search,
            is_protected,
            policy_ids: parse_all(policy),
            rule_ids: parse_all(protection_rule),
            include_deleted,
            tag: tag.map(Into::into),
            compliance: compliance.map(Into::into),
        }
    }
}

/// Order of a list of assets.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct AssetOrder {
    /// What is compared; the identifier breaks ties.
    field: AssetOrderField,
    /// Which end comes first.
    #[graphql(default_with = "OrderDirection::Asc")]
    direction: OrderDirection,
}

/// What a list of assets can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum AssetOrderField {
    /// Name, whatever the case.
    Name,
    /// Time of the first sight.
    DiscoveredAt,
}

impl From<AssetOrderField> for Order {
    fn from(field: AssetOrderField) -> Self {
        match field {
            AssetOrderField::Name => Self::Name,
            AssetOrderField::DiscoveredAt => Self::DiscoveredAt,
        }
    }
}

/// Whether nodes of this page are asked for their policy or last point: then one query brings both along.
fn wants_join(page: &Lookahead<'_>) -> bool {
    [page.field("nodes"), page.field("edges").field("node")]
        .iter()
        .any(|node| node.field("policy").exists() || node.field("lastRecoveryPoint").exists())
}

/// Root fields of assets.
#[derive(Default)]
pub(crate) struct AssetQuery;

#[Object]
impl AssetQuery {
    /// Assets of the inventory, by name when no order is given.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn assets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which assets.")] filter: Option<AssetFilter>,
        #[graphql(desc = "In which order; cursors of one order mean nothing in another.")]
        order_by: Option<AssetOrder>,
    ) -> async_graphql::Result<Option<Connection<Asset>>> {
        let caller = viewer(ctx)?;
        let page = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let (order, direction) = order_by.map_or_else(Default::default, |order_by| {
            (order_by.field.into(), order_by.direction.into())
        });
        let total = Total::Assets(domain::asset::AssetFilter::clone(&filter));
        Ok(Some(if wants_join(&ctx.look_ahead()) {
            let rows = app::assets::list_rows(caller, &filter, order, direction, &page);
            Connection::new(read(rows.await)?, total, Asset::from)
        } else {
            let rows = app::assets::list(caller, &filter, order, direction, &page);
            Connection::new(read(rows.await)?, total, Asset::from)
        }))
    }

    /// One asset; null when there is none that you may see.
    async fn asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the asset, not the one at AWS.")] id: ID,
    ) -> async_graphql::Result<Option<Asset>> {
        Asset::find(ctx, &id).await
    }
}
