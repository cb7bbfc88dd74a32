//! `holdfast verify`: reads a vault back and compares every byte with its checksum.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Serialize;
use vault::{Repository, SnapshotInfo, VerifyReport};

use super::progress::Bar;
use super::{VerifyArgs, heads, output, vault_access};

/// Threads that read the vault.
const THREADS: usize = 4;
/// Damaged ranges that one line names.
const RANGES_SHOWN: usize = 5;

#[derive(Debug, Serialize)]
struct Verified {
    snapshot_id: String,
    recovery_point_id: Option<String>,
    asset_id: String,
    taken_at: jiff::Timestamp,
    is_sound: bool,
    fault: Option<String>,
}

pub(super) fn run(config: Option<&Path>, args: VerifyArgs) -> anyhow::Result<()> {
    let runtime = super::runtime()?;
    let opened = runtime.block_on(vault_access::open(config, &args.vault))?;
    if let Some(key) = &args.signing_key {
        return heads::verify(&opened, key, args.json);
    }
    let mut chosen: Vec<(Repository, SnapshotInfo)> = Vec::new();
    if let Some(point) = &args.point {
        let found = vault_access::find(&opened, point, args.asset.as_deref())?;
        chosen.push((found.repository, found.snapshot));
    } else {
        for one in &opened {
            for snapshot in one
                .repository
                .snapshots()
                .with_context(|| one.place.clone())?
            {
                if vault_access::is_of(&snapshot, args.asset.as_deref()) {
                    chosen.push((one.repository.clone(), snapshot));
                }
            }
        }
    }
    let bar = Bar::new("Verifying")?;
    let verified: Vec<Verified> = chosen
        .iter()
        .map(|(repository, snapshot)| check(repository, snapshot, &bar))
        .collect();
    bar.finish();
    output::print(args.json, &verified, |verified| text(verified))?;
    let damaged = verified.iter().filter(|one| !one.is_sound).count();
    if damaged > 0 {
        bail!(
            "{damaged} of {} recovery points are damaged",
            verified.len()
        );
    }
    Ok(())
}

fn check(repository: &Repository, snapshot: &SnapshotInfo, bar: &Bar) -> Verified {
    let fault = match repository.verify(&snapshot.id, THREADS, bar) {
        Ok(report) if report.is_good() => None,
        Ok(report) => Some(fault_of(&report)),
        Err(error) => Some(error.to_string()),
    };
    Verified {
        snapshot_id: snapshot.id.to_string(),
        recovery_point_id: snapshot
            .labels
            .as_ref()
            .map(|labels| labels.recovery_point_id.clone()),
        asset_id: vault_access::asset_of(snapshot),
        taken_at: snapshot.taken_at,
        is_sound: fault.is_none(),
        fault,
    }
}

fn fault_of(report: &VerifyReport) -> String {
    let ranges: Vec<String> = report
        .problems
        .iter()
        .take(RANGES_SHOWN)
        .map(|problem| {
            format!(
                "bytes {} to {}: {}",
                problem.offset,
                problem.offset + problem.length,
                problem.what
            )
        })
        .collect();
    format!(
        "{} cannot be restored; {}",
        output::bytes(report.bad_bytes),
        ranges.join("; ")
    )
}

fn text(verified: &[Verified]) -> String {
    let mut rows: Vec<String> = verified
        .iter()
        .map(|one| {
            let name = one.recovery_point_id.as_deref().unwrap_or(&one.snapshot_id);
            let fault = one
                .fault
                .as_deref()
                .unwrap_or("every byte matches its checksum");
            format!(
                "{}  {name}  {fault}",
                if one.is_sound { "ok     " } else { "DAMAGED" }
            )
        })
        .collect();
    rows.push(format!("{} recovery points read back.", verified.len()));
    rows.join("\n")
}
