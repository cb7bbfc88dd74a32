//! Snapshots in the accounts against their rows: AWS is right.
//!
//! Not for adopting snapshots: without its row nothing says what one is for. Invariant: only AWS's own word that a snapshot does not
//! exist makes its point lost; a region that does not answer says nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws::{MANAGED_TAG, MANAGED_TAG_VALUE, Region, SnapshotInfo, SnapshotState};
use domain::asset::Asset;
use domain::copy_target::StorageTier;
use domain::ids::AwsAccountKey;
use domain::recovery_point::{RecoveryPoint, RecoveryPointStatus as Status};
use serde::Serialize;
use store::{assets, recovery_points};
use tasks::{StepContext, TaskError};

use super::is_of_one;
use crate::services::Services;
use crate::{copies, failure, patience, rows};

/// What was found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    /// Regions of accounts that were looked at.
    regions: usize,
    /// Points whose snapshot is gone.
    lost: usize,
    /// Points that were lost and are there again.
    found_again: usize,
}

/// Where snapshots lie.
type Place = (AwsAccountKey, String);

/// Looks at every region of every account in which the organization has snapshots as recovery points.
pub(super) async fn compare(services: &Services, cx: &StepContext) -> Result<Counts, TaskError> {
    let mut counts = Counts::default();
    for ((account, region), points) in places(cx).await? {
        if cx.is_cancelled() {
            return Err(patience::stopped(cx));
        }
        match compare_place(services, cx, (account, &region), &points).await {
            Ok((lost, found)) => {
                counts.regions += 1;
                counts.lost += lost;
                counts.found_again += found;
            }
            // One place out of reach says nothing about the others, and nothing about its own points.
            Err(error) if is_of_one(&error) => {
                cx.warn(format!(
                    "The snapshots in {region} were left out. {}",
                    error.message
                ));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(counts)
}

async fn places(cx: &StepContext) -> Result<BTreeMap<Place, Vec<RecoveryPoint>>, TaskError> {
    let reader = cx.store.read();
    let points = recovery_points::all_in_accounts(&reader, cx.organization).await?;
    let ids: BTreeSet<_> = points.iter().map(|point| point.asset_id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let assets = assets::lookup_many(&reader, &rows::scope(cx), &ids).await?;
    let assets: BTreeMap<_, Asset> = assets.into_iter().map(|one| (one.id, one)).collect();
    let mut places: BTreeMap<Place, Vec<RecoveryPoint>> = BTreeMap::new();
    for point in points {
        if let Some(asset) = assets.get(&point.asset_id) {
            let region = point.region.clone();
            let region = region.unwrap_or_else(|| asset.region.clone());
            let place = (asset.aws_account_id, region);
            places.entry(place).or_default().push(point);
        }
    }
    Ok(places)
}

/// How many points of the place are lost, and how many are there again.
async fn compare_place(
    services: &Services,
    cx: &StepContext,
    (account, name): (AwsAccountKey, &str),
    points: &[RecoveryPoint],
) -> Result<(usize, usize), TaskError> {
    let account = rows::account(cx, account).await?;
    let region = copies::region_of(services, cx, &account, name).await?;
    let ours = [(MANAGED_TAG.to_owned(), MANAGED_TAG_VALUE.to_owned())];
    let listed = region.find_snapshots(&ours.into_iter().collect()).await;
    let listed = listed.map_err(|error| failure::aws(&error))?;
    let listed: BTreeMap<&str, &SnapshotInfo> =
        listed.iter().map(|one| (one.id.as_str(), one)).collect();
    let (mut lost, mut found) = (0, 0);
    for point in points {
        let Some(id) = point.snapshot_id.as_deref() else {
            continue;
        };
        let there = match listed.get(id) {
            Some(snapshot) => Some((*snapshot).clone()),
            // One that was lost before is asked for no more, else they would only ever become more.
            None if point.status == Status::Lost => continue,
            // Somebody may have taken the tag away.
            None => region
                .snapshot(id)
                .await
                .map_err(|error| failure::aws(&error))?,
        };
        match (point.status, &there) {
            (Status::Available | Status::Damaged, None) => {
                set(cx, point, Status::Lost).await?;
                cx.warn(format!(
                    "The snapshot {id} of the point {} is not in {name} any more.",
                    point.id
                ));
                lost += 1;
            }
            (Status::Lost, Some(snapshot)) if snapshot.state == SnapshotState::Completed => {
                set(cx, point, Status::Available).await?;
                found += 1;
            }
            (Status::Available, Some(snapshot)) => {
                archive(cx, region.as_ref(), point, snapshot).await?;
            }
            (
                Status::Creating
                | Status::Damaged
                | Status::Lost
                | Status::Expiring
                | Status::Expired
                | Status::Failed,
                _,
            ) => {}
        }
    }
    Ok((lost, found))
}

async fn set(cx: &StepContext, point: &RecoveryPoint, status: Status) -> Result<(), TaskError> {
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    recovery_points::set_status(&mut tx, cx.organization, point.id, status).await?;
    tx.commit().await?;
    Ok(())
}

/// Asks once more for the archive tier, where that did not come about.
async fn archive(
    cx: &StepContext,
    region: &dyn Region,
    point: &RecoveryPoint,
    snapshot: &SnapshotInfo,
) -> Result<(), TaskError> {
    if point.tier != StorageTier::Archive || snapshot.tier == StorageTier::Archive {
        return Ok(());
    }
    match copies::archive(cx, region, &snapshot.id).await {
        Err(error) if is_of_one(&error) => {
            cx.warn(format!(
                "The snapshot {} is not in the archive tier. {}",
                snapshot.id, error.message
            ));
            Ok(())
        }
        other => other,
    }
}
