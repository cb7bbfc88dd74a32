//! Recovery points: copies of an asset at a time, their proof, and the kit that opens them without Holdfast.
//!
//! Not for restoring them (`restore.rs`). Invariant: a point that a join brought knows only its summary; any other field loads
//! the whole of it in one batch.

use app::assets::LastPoint;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use domain::RecoveryPointId;
use domain::page::{Direction, PageRequest};
use domain::permission::Permission as Right;
use domain::recovery_point::{
    Placement as Place, RecoveryPointOrder as Order, RecoveryPointStatus as Status,
};
use secrecy::ExposeSecret as _;

use crate::asset::Asset;
use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{
    OrderDirection, Placement, RecoveryPointProof, RecoveryPointStatus, StorageTier,
};
use crate::error::{UserError, gone, outcome, read};
use crate::filter::DateTimeFilter;
use crate::legal_hold::LegalHold;
use crate::node::{parse, parse_all};
use crate::policy::Policy;
use crate::scalars::{BigInt, DateTime};
use crate::task::Task;
use crate::user::IntoId as _;
use crate::verification::Verification;

pub(crate) mod ends;

/// A copy of an asset.
pub(crate) enum RecoveryPoint {
    /// All of it.
    Whole(Box<domain::recovery_point::RecoveryPoint>),
    /// What a join of assets knows.
    Summary(LastPoint),
}

impl From<domain::recovery_point::RecoveryPoint> for RecoveryPoint {
    fn from(point: domain::recovery_point::RecoveryPoint) -> Self {
        Self::Whole(Box::new(point))
    }
}

impl From<LastPoint> for RecoveryPoint {
    fn from(point: LastPoint) -> Self {
        Self::Summary(point)
    }
}

impl Noun for RecoveryPoint {
    const CONNECTION: &'static str = "RecoveryPointConnection";
    const EDGE: &'static str = "RecoveryPointEdge";
}

impl RecoveryPoint {
    const fn key(&self) -> RecoveryPointId {
        match self {
            Self::Whole(point) => point.id,
            Self::Summary(point) => point.id,
        }
    }

    async fn whole(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<domain::recovery_point::RecoveryPoint> {
        match self {
            Self::Whole(point) => Ok(domain::recovery_point::RecoveryPoint::clone(point)),
            Self::Summary(point) => {
                let loaded = loaders(ctx)?.load(point.id).await?;
                loaded.ok_or_else(gone)
            }
        }
    }
}

/// A copy of an asset at one time.
#[Object]
impl RecoveryPoint {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        match self {
            Self::Whole(point) => point.id.into_id(),
            Self::Summary(point) => point.id.into_id(),
        }
    }

    /// The asset that it is a copy of.
    async fn asset(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Asset>> {
        let id = self.whole(ctx).await?.asset_id;
        Ok(loaders(ctx)?.load(id).await?.map(Asset::from))
    }

    /// The policy that asked for it; null when it was taken by hand or the policy is gone.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Policy>> {
        match self.whole(ctx).await?.policy_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Policy::from)),
            None => Ok(None),
        }
    }

    /// The task that made it; null when it was found in the vault.
    async fn task(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Task>> {
        match self.whole(ctx).await?.task_id {
            Some(id) => Ok(loaders(ctx)?.load(id).await?.map(Task::from)),
            None => Ok(None),
        }
    }

    /// Where it is kept.
    async fn placement(&self) -> Placement {
        match self {
            Self::Whole(point) => point.placement.into(),
            Self::Summary(point) => point.placement.into(),
        }
    }

    /// For a snapshot in the account: the region in which it lies; null for copies in the vault.
    async fn region(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.whole(ctx).await?.region)
    }

    /// The storage tier in which it lies, or into which AWS is moving it; always `STANDARD` for copies in the vault.
    async fn storage_tier(&self, ctx: &Context<'_>) -> async_graphql::Result<StorageTier> {
        Ok(self.whole(ctx).await?.tier.into())
    }

    /// Its state; only `AVAILABLE` ones can be restored, and `DAMAGED` ones when somebody insists.
    async fn status(&self) -> RecoveryPointStatus {
        match self {
            Self::Whole(point) => point.status.into(),
            // The join brings the newest one that can be restored, and no other.
            Self::Summary(_) => RecoveryPointStatus::Available,
        }
    }

    /// How far it has been proven restorable.
    async fn proof(&self) -> RecoveryPointProof {
        match self {
            Self::Whole(point) => point.proof.into(),
            Self::Summary(point) => point.proof.into(),
        }
    }

    /// When it was proven last; null when it never was.
    async fn proven_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime>> {
        Ok(self.whole(ctx).await?.proven_at.map(DateTime))
    }

    /// The instant that it shows.
    async fn taken_at(&self) -> DateTime {
        match self {
            Self::Whole(point) => point.taken_at.into(),
            Self::Summary(point) => point.taken_at.into(),
        }
    }

    /// When its retention ends; null keeps it until told otherwise.
    async fn expires_at(&self) -> Option<DateTime> {
        let expires_at = match self {
            Self::Whole(point) => point.expires_at,
            Self::Summary(point) => point.expires_at,
        };
        expires_at.map(DateTime)
    }

    /// Size of what it restores to, in bytes.
    async fn size_bytes(&self) -> BigInt {
        match self {
            Self::Whole(point) => BigInt(point.size_bytes),
            Self::Summary(point) => BigInt(point.size_bytes),
        }
    }

    /// Bytes that it added to the store: what it cost beyond the points before it.
    async fn added_bytes(&self, ctx: &Context<'_>) -> async_graphql::Result<BigInt> {
        Ok(BigInt(self.whole(ctx).await?.added_bytes))
    }

    /// Whether the whole asset was read for it; false for an increment.
    async fn is_full(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(self.whole(ctx).await?.is_full)
    }

    /// Identifier of the restic snapshot in the vault, or of the snapshot at AWS; null while it is being written.
    async fn snapshot_native_id(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.whole(ctx).await?.snapshot_id)
    }

    /// Digest of what was read from the asset while it was backed up, hexadecimal; kept outside of the vault. Null for points that
    /// were made without one: they cannot be proven beyond `RESTORED`.
    async fn source_sha256(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.whole(ctx).await?.source_digest)
    }

    /// The newest attempt to prove it; null when there was none.
    async fn last_verification(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Verification>> {
        let id = self.key();
        let found = loaders(ctx)?.last_verification(id).await?;
        Ok(found.map(Verification::from))
    }

    /// Attempts to prove it, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn verifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<Option<Connection<Verification>>> {
        let request = page_request(first, after, last, before)?;
        let filter = domain::verification::VerificationFilter {
            recovery_point_ids: Some(vec![self.key()]),
            ..domain::verification::VerificationFilter::default()
        };
        crate::verification::page(ctx, filter, Direction::Descending, request).await
    }

    /// SHA-256 over its content, hexadecimal, for comparing it with what was restored.
    async fn content_sha256(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.whole(ctx).await?.content_digest)
    }

    /// Until when the vault lock keeps it, whatever else is decided; null when it is not locked.
    async fn locked_until(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime>> {
        Ok(self.whole(ctx).await?.life.locked_until.map(DateTime))
    }

    /// Since when it is in its undo window, for a point that is `EXPIRING`.
    async fn expiring_since(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime>> {
        Ok(self.whole(ctx).await?.life.ending_since.map(DateTime))
    }

    /// The open legal holds that keep it, as far as you see them.
    async fn legal_holds(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<LegalHold>> {
        let id = match self {
            Self::Whole(point) => point.id,
            Self::Summary(point) => point.id,
        };
        let holds = loaders(ctx)?.holds(id).await?;
        Ok(holds.into_iter().map(LegalHold).collect())
    }

    /// What the viewer may do with it now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> async_graphql::Result<RecoveryPointAbilities> {
        let caller = viewer(ctx)?;
        let (placement, status) = match self {
            Self::Whole(point) => (point.placement, point.status),
            Self::Summary(point) => (point.placement, Status::Available),
        };
        // A point is as far away as its asset; the summary does not know it.
        let unit = if caller.can_at(Right::Read, caller.access().root()) {
            Some(caller.access().root())
        } else {
            let id = self.whole(ctx).await?.asset_id;
            loaders(ctx)?.load(id).await?.map(|asset| asset.unit_id)
        };
        let may = |right| unit.is_some_and(|unit| caller.can_at(right, unit));
        let is_in_vault = placement == Place::Vault;
        let is_readable = matches!(status, Status::Available | Status::Damaged);
        Ok(RecoveryPointAbilities {
            restore: status == Status::Available && may(Right::RestoreRun),
            verify: is_in_vault && is_readable && may(Right::VerificationRun),
            extend: is_readable && may(Right::RetentionManage),
            undo_expiry: status == Status::Expiring && may(Right::RetentionManage),
            delete: is_readable && may(Right::RecoveryPointDelete),
        })
    }
}

/// What the viewer may do with a recovery point now.
#[derive(SimpleObject)]
pub(crate) struct RecoveryPointAbilities {
    /// Restore it.
    restore: bool,
    /// Verify it.
    verify: bool,
    /// Keep it longer.
    extend: bool,
    /// Take it back from its undo window.
    undo_expiry: bool,
    /// Ask for its end before its time.
    delete: bool,
}

/// Which recovery points a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct RecoveryPointFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// Copies of one of these assets.
    asset: Option<Vec<ID>>,
    /// Kept in one of these places.
    placement: Option<Vec<Placement>>,
    /// One of these states.
    status: Option<Vec<RecoveryPointStatus>>,
    /// Proven exactly this far, one of these.
    proof: Option<Vec<RecoveryPointProof>>,
    /// Taken at such a time.
    taken_at: Option<DateTimeFilter>,
    /// Kept by this legal hold, or until it was released; for lists only, nothing of a stream matches.
    legal_hold: Option<ID>,
}

/// What cannot be an id is of no hold.
fn hold_of(id: &ID) -> domain::LegalHoldId {
    parse(id).unwrap_or(domain::LegalHoldId::from_uuid(uuid::Uuid::nil()))
}

impl From<RecoveryPointFilter> for domain::recovery_point::RecoveryPointFilter {
    fn from(filter: RecoveryPointFilter) -> Self {
        let RecoveryPointFilter {
            id,
            asset,
            placement,
            status,
            proof,
            taken_at,
            legal_hold,
        } = filter;
        Self {
            ids: parse_all(id),
            asset_ids: parse_all(asset),
            placements: placement.map(|all| all.into_iter().map(Into::into).collect()),
            statuses: status.map(|all| all.into_iter().map(Into::into).collect()),
            proofs: proof.map(|all| all.into_iter().map(Into::into).collect()),
            taken_from: taken_at.and_then(|at| at.from()),
            taken_until: taken_at.and_then(|at| at.until()),
            legal_hold: legal_hold.as_ref().map(hold_of),
        }
    }
}

/// Order of a list of recovery points.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct RecoveryPointOrder {
    /// What is compared; the identifier breaks ties.
    field: RecoveryPointOrderField,
    /// Which end comes first.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

/// What a list of recovery points can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RecoveryPointOrderField {
    /// The instant that the point shows.
    TakenAt,
}

impl From<RecoveryPointOrder> for Order {
    fn from(RecoveryPointOrder { field, direction }: RecoveryPointOrder) -> Self {
        match field {
            RecoveryPointOrderField::TakenAt => Self(direction.into()),
        }
    }
}

/// A page of points that match.
pub(crate) async fn page(
    ctx: &Context<'_>,
    filter: domain::recovery_point::RecoveryPointFilter,
    order: Order,
    page: PageRequest,
) -> async_graphql::Result<Option<Connection<RecoveryPoint>>> {
    let page = app::recovery_points::list(viewer(ctx)?, &filter, order, &page).await;
    let total = Total::RecoveryPoints(filter);
    Ok(Some(Connection::new(
        read(page)?,
        total,
        RecoveryPoint::from,
    )))
}

/// Root fields of recovery points.
#[derive(Default)]
pub(crate) struct RecoveryPointQuery;

#[Object]
impl RecoveryPointQuery {
    /// Recovery points, newest first when no order is given.
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
        #[graphql(desc = "Which recovery points.")] filter: Option<RecoveryPointFilter>,
        #[graphql(desc = "In which order; cursors of one order mean nothing in another.")]
        order_by: Option<RecoveryPointOrder>,
    ) -> async_graphql::Result<Option<Connection<RecoveryPoint>>> {
        viewer(ctx)?;
        let request = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let order = order_by.map(Order::from).unwrap_or_default();
        page(ctx, filter, order, request).await
    }

    /// One recovery point; null when there is none that you may see.
    async fn recovery_point(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the recovery point.")] id: ID,
    ) -> async_graphql::Result<Option<RecoveryPoint>> {
        RecoveryPoint::find(ctx, &id).await
    }
}

/// Which vault repository the kit opens.
#[derive(InputObject)]
pub(crate) struct ExportRecoveryKitInput {
    /// An asset whose recovery points lie in that repository.
    asset_id: ID,
}

/// Everything that opens a repository of the vault without Holdfast, with stock restic or rustic.
#[derive(SimpleObject)]
pub(crate) struct RecoveryKitInfo {
    /// Where the repository lies, as restic writes it: `RESTIC_REPOSITORY`.
    location: String,
    /// Password of the repository: `RESTIC_PASSWORD`. Keep it like the data itself.
    password: String,
}

/// Result of `exportRecoveryKit`.
#[derive(SimpleObject)]
pub(crate) struct ExportRecoveryKitPayload {
    /// The kit, shown here once; export another one when it is lost.
    recovery_kit: Option<RecoveryKitInfo>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of recovery kits.
#[derive(Default)]
pub(crate) struct RecoveryKitMutation;

#[Object]
impl RecoveryKitMutation {
    /// Exports what opens a repository of the vault without Holdfast. For Super Admins only, and always in the audit log.
    async fn export_recovery_kit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which repository the kit opens.")] input: ExportRecoveryKitInput,
    ) -> async_graphql::Result<Option<ExportRecoveryKitPayload>> {
        let exported = app::recovery_kits::export(viewer(ctx)?, parse(&input.asset_id)).await;
        let (kit, user_errors) = outcome(exported)?;
        Ok(Some(ExportRecoveryKitPayload {
            recovery_kit: kit.map(|(_, kit)| RecoveryKitInfo {
                location: kit.location,
                password: kit.password.expose_secret().to_owned(),
            }),
            user_errors,
        }))
    }
}
