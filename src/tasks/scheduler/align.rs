//! Keeps schedules in line with policies and assignments: use cases call it in their transaction.
//!
//! Not for firing. Invariant: no change of a policy or an assignment makes a window of the past fire, and a window that is due
//! already fires before it moves.

use domain::asset::Asset;
use domain::frequency::next_after_all;
use domain::policy::{Policy, PolicyOperation};
use domain::schedule::{MissReason, Schedule, spec_of, windows_between};
use domain::{AssetId, IdSource, OrganizationId, PolicyOperationId, ScheduleId};
use jiff::{SignedDuration, Timestamp};
use store::Tx;
use store::schedules::{self, Missed, Settlement};
use uuid::Uuid;

/// After a policy was changed, paused or resumed: moves its schedules to the windows that it has now. While it is inactive
/// nothing fires; when it is active again, the windows between are recorded as missed, and none of them fires.
pub async fn align_policy(
    tx: &mut Tx,
    policy: &Policy,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<(), store::Error> {
    let organization = policy.organization_id;
    let assets = schedules::assets_of_policy(tx, organization, policy.id).await?;
    let keep: Vec<PolicyOperationId> = policy.operations.iter().map(|one| one.id).collect();
    schedules::remove_of_policy(tx, organization, policy.id, &keep).await?;
    if policy.is_active {
        for operation in &policy.operations {
            resume(tx, policy, operation, ids, now).await?;
            let next = next_after_all(&operation.frequencies, &operation.start, now);
            schedules::move_next(tx, organization, operation.id, now, next).await?;
        }
    } else {
        schedules::park_of_policy(tx, organization, policy.id, now).await?;
    }
    // Operations that are new need schedules for the assets that have some already.
    let assets = store::assets::lookup_many(tx, organization, &assets).await?;
    add(tx, policy, &assets, ids, now).await
}

/// After assets were given to a policy: makes their schedules, and removes those of the policy that they had before.
pub async fn schedule_assets(
    tx: &mut Tx,
    policy: &Policy,
    assets: &[Asset],
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<(), store::Error> {
    let keep: Vec<PolicyOperationId> = policy.operations.iter().map(|one| one.id).collect();
    let asset_ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
    schedules::remove_of_assets(tx, policy.organization_id, &asset_ids, &keep).await?;
    add(tx, policy, assets, ids, now).await
}

/// After assets were taken from their policies: removes their schedules.
pub async fn unschedule_assets(
    tx: &mut Tx,
    organization: OrganizationId,
    assets: &[AssetId],
) -> Result<(), store::Error> {
    schedules::remove_of_assets(tx, organization, assets, &[]).await
}

/// Makes the schedules that these assets lack.
async fn add(
    tx: &mut Tx,
    policy: &Policy,
    assets: &[Asset],
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<(), store::Error> {
    let mut new = Vec::new();
    for operation in &policy.operations {
        let next = next_after_all(&operation.frequencies, &operation.start, now);
        let fits = |asset: &&Asset| {
            asset.kind == operation.asset_kind
                && spec_of(
                    asset.kind,
                    (operation.placement, &operation.target),
                    asset.id,
                    None,
                )
                .is_some()
        };
        new.extend(assets.iter().filter(fits).map(|asset| Schedule {
            id: ScheduleId::fresh(ids),
            organization_id: policy.organization_id,
            asset_id: asset.id,
            policy_id: policy.id,
            operation_id: operation.id,
            next_nominal_at: next.filter(|_| policy.is_active),
            settled_until: now,
            owed_from: None,
            parked_at: (!policy.is_active).then_some(now),
        }));
    }
    schedules::add(tx, &new).await
}

/// Brings the parked schedules of an operation back, and records the windows that they passed over as missed.
pub(super) async fn resume(
    tx: &mut Tx,
    policy: &Policy,
    operation: &PolicyOperation,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<usize, store::Error> {
    let parked = schedules::parked_of(tx, policy.organization_id, operation.id).await?;
    // The window of this very moment does not fire either.
    let until = now + SignedDuration::from_micros(1);
    let turn = |schedule: &Schedule| {
        let reason = MissReason::Inactive;
        let windows = windows_between(operation, schedule.settled_until, until, reason)?;
        let missed = Missed {
            asset_id: schedule.asset_id,
            policy_id: policy.id,
            operation_id: operation.id,
            windows,
        };
        Some((ids.uuid(), missed))
    };
    let missed: Vec<(Uuid, Missed)> = parked.iter().filter_map(turn).collect();
    if !missed.is_empty() {
        schedules::add_missed(tx, policy.organization_id, &missed, now).await?;
    }
    let settlement = Settlement {
        next_nominal_at: next_after_all(&operation.frequencies, &operation.start, now),
        settled_until: now,
        owed_from: None,
    };
    let ids: Vec<ScheduleId> = parked.iter().map(|schedule| schedule.id).collect();
    schedules::system_settle(tx, &ids, &settlement).await?;
    Ok(parked.len())
}
