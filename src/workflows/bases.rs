//! In-account snapshots that are kept only so that the next run is quick: one for each asset and placement.
//!
//! Not for snapshots that are recovery points themselves. Invariant: a point that is newer than the one at hand keeps its base,
//! because the attempt at hand may be a late one.

use domain::RecoveryPointId;
use domain::asset::Asset;
use domain::recovery_point::Placement;
use jiff::Timestamp;
use store::recovery_points;
use tasks::{StepContext, TaskError};

use crate::rows;
use crate::services::Services;

/// Deletes the bases of the asset's points in this placement that are older than the point at hand.
pub(crate) async fn give_up_older(
    services: &Services,
    cx: &StepContext,
    (asset, placement): (&Asset, Placement),
    (newest, taken_at): (RecoveryPointId, Timestamp),
) -> Result<(), TaskError> {
    for point in rows::living_points(cx, asset.id, placement).await? {
        let Some(base) = &point.base_snapshot_id else {
            continue;
        };
        if point.id == newest || point.taken_at > taken_at {
            continue;
        }
        let region = rows::region(services, cx, asset).await?;
        cx.check_lease()?;
        if let Err(error) = region.delete_snapshot(base).await {
            // The point is good; a snapshot too many is a matter of cost. The next backup tries again.
            cx.warn(format!(
                "The base snapshot {base} could not be deleted. {error}"
            ));
            continue;
        }
        let mut tx = cx.store.begin().await?;
        recovery_points::set_base_snapshot(&mut tx, cx.organization, point.id, None).await?;
        tx.commit().await?;
    }
    Ok(())
}
