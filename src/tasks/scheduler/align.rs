//! Keeps schedules in line with policies and assignments: use cases call it in their transaction.
//!
//! Not for firing. Invariant: no change of a policy or an assignment makes a window of the past fire, and a window that is due
//! already fires before it moves.

use domain::asset::Asset;
use domain::frequency::next_after_all;
use domain::policy::{Policy, PolicyOperation};
use domain::schedule::{MissReason, Schedule, spec_of, windows_between};
use domain::{IdSource, OrganizationId, PolicyOperationId, ScheduleId};
use jiff::Timestamp;
use store::Tx;
use store::schedules::{self, Missed};
use uuid::Uuid;

/// After a policy was changed, activated or deactivated: moves its schedules to the windows that it has now. While it is
/// inactive nothing fires; when it is active again, the windows between are recorded as missed, and none of them fires.
pub async fn align_policy(
    tx: &mut Tx,
    policy: &Policy,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<(), store::Error> {
    let organization = policy.organization_id;
    if !policy.is_active {
        return schedules::park(tx, organization, policy.id).await;
    }
    let assets = schedules::assets_of_policy(tx, organization, policy.id).await?;
    let keep: Vec<PolicyOperationId> = policy.operations.iter().map(|one| one.id).collect();
    schedules::remove_of_policy(tx, organization, policy.id, &keep).await?;
    for operation in &policy.operations {
        let missed = missed_while_parked(tx, policy, operation, now).await?;
        let missed: Vec<(Uuid, Missed)> = missed
            .into_iter()
            .map(|missed| (ids.uuid(), missed))
            .collect();
        if !missed.is_empty() {
            schedules::add_missed(tx, organization, &missed, now).await?;
        }
        let next = next_after_all(&operation.frequencies, &operation.start, now);
        schedules::move_next(tx, organization, operation.id, now, next).await?;
    }
    // Operations that are new need schedules for the assets that had some already.
    let assets = store::assets::lookup_many(tx, organization, &assets).await?;
    put(tx, policy, &assets, ids, now).await
}

/// After assets were given to a policy, or (with none) taken from theirs: makes and removes their schedules.
pub async fn align_assets(
    tx: &mut Tx,
    organization: OrganizationId,
    policy: Option<&Policy>,
    assets: &[Asset],
    (ids, now): (&dyn IdSource, Timestamp),
) -> Result<(), store::Error> {
    let keep: Vec<PolicyOperationId> = policy
        .map(|policy| policy.operations.iter().map(|one| one.id).collect())
        .unwrap_or_default();
    let asset_ids: Vec<_> = assets.iter().map(|asset| asset.id).collect();
    schedules::remove_of_assets(tx, organization, &asset_ids, &keep).await?;
    match policy {
        Some(policy) => put(tx, policy, assets, ids, now).await,
        None => Ok(()),
    }
}

/// Makes the schedules that these assets lack.
async fn put(
    tx: &mut Tx,
    policy: &Policy,
    assets: &[Asset],
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<(), store::Error> {
    let mut new = Vec::new();
    for operation in &policy.operations {
        let next = next_after_all(&operation.frequencies, &operation.start, now);
        let next = next.filter(|_| policy.is_active);
        let fits = |asset: &&Asset| {
            asset.kind == operation.asset_kind
                && spec_of(asset.kind, operation.placement, asset.id, None).is_some()
        };
        new.extend(assets.iter().filter(fits).map(|asset| Schedule {
            id: ScheduleId::fresh(ids),
            organization_id: policy.organization_id,
            asset_id: asset.id,
            policy_id: policy.id,
            operation_id: operation.id,
            next_nominal_at: next,
            settled_until: now,
            owed_from: None,
        }));
    }
    schedules::add(tx, &new).await
}

/// The windows that the parked schedules of an operation passed over.
async fn missed_while_parked(
    tx: &Tx,
    policy: &Policy,
    operation: &PolicyOperation,
    now: Timestamp,
) -> Result<Vec<Missed>, store::Error> {
    let parked = schedules::parked_of(tx, policy.organization_id, operation.id).await?;
    let turn = |schedule: Schedule| {
        let reason = MissReason::Inactive;
        let windows = windows_between(operation, schedule.settled_until, now, reason)?;
        Some(Missed {
            asset_id: schedule.asset_id,
            policy_id: policy.id,
            operation_id: operation.id,
            windows,
        })
    };
    Ok(parked.into_iter().filter_map(turn).collect())
}
