//! `holdfast points`: what a vault holds.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::{PointsArgs, output, vault_access};

#[derive(Debug, Serialize)]
struct PointLine {
    repository: String,
    snapshot_id: String,
    recovery_point_id: Option<String>,
    asset_id: Option<String>,
    asset_kind: Option<String>,
    taken_at: jiff::Timestamp,
    expires_at: Option<jiff::Timestamp>,
    stored_bytes: u64,
    added_bytes: u64,
}

pub(super) fn run(config: Option<&Path>, args: PointsArgs) -> anyhow::Result<()> {
    let runtime = super::runtime()?;
    let opened = runtime.block_on(vault_access::open(config, &args.vault))?;
    let mut lines = Vec::new();
    for one in opened {
        for snapshot in one
            .repository
            .snapshots()
            .with_context(|| one.place.clone())?
        {
            if vault_access::is_of(&snapshot, args.asset.as_deref()) {
                lines.push(line(&one.place, &snapshot));
            }
        }
    }
    lines.sort_by_key(|line| line.taken_at);
    output::print(args.json, &lines, |lines| text(lines))
}

fn line(place: &str, snapshot: &vault::SnapshotInfo) -> PointLine {
    let labels = snapshot.labels.as_ref();
    PointLine {
        repository: place.to_owned(),
        snapshot_id: snapshot.id.to_string(),
        recovery_point_id: labels.map(|labels| labels.recovery_point_id.clone()),
        asset_id: labels.map(|labels| labels.asset_id.clone()),
        asset_kind: labels.map(|labels| labels.asset_kind.clone()),
        taken_at: snapshot.taken_at,
        expires_at: labels.and_then(|labels| labels.expires_at),
        stored_bytes: snapshot.logical_bytes,
        added_bytes: snapshot.added_bytes,
    }
}

fn text(lines: &[PointLine]) -> String {
    if lines.is_empty() {
        return "No recovery points.".to_owned();
    }
    let mut rows = vec![format!(
        "{:<27} {:<33} {:<33} {:>12} {:>12}",
        "TAKEN", "POINT", "ASSET", "SIZE", "ADDED"
    )];
    for line in lines {
        rows.push(format!(
            "{:<27} {:<33} {:<33} {:>12} {:>12}",
            line.taken_at.to_string(),
            line.recovery_point_id.as_deref().unwrap_or("-"),
            line.asset_id.as_deref().unwrap_or("-"),
            output::bytes(line.stored_bytes),
            output::bytes(line.added_bytes),
        ));
    }
    rows.join("\n")
}
