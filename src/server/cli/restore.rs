//! `holdfast restore`: a recovery point as an image file, from the vault and a key alone.

use std::path::Path;

use serde::Serialize;

use super::progress::Bar;
use super::{RestoreArgs, output, vault_access};

#[derive(Debug, Serialize)]
struct Restored {
    recovery_point_id: Option<String>,
    snapshot_id: String,
    asset_id: String,
    taken_at: jiff::Timestamp,
    path: String,
    size_bytes: u64,
    stored_bytes: u64,
    digest: String,
}

pub(super) fn run(config: Option<&Path>, args: RestoreArgs) -> anyhow::Result<()> {
    let runtime = super::runtime()?;
    let opened = runtime.block_on(vault_access::open(config, &args.vault))?;
    let found = vault_access::find(&opened, &args.point, args.asset.as_deref())?;
    let bar = Bar::new("Restoring")?;
    let image = found.repository.image(&found.snapshot.id)?;
    let written = workflows::write_image(&image, &args.output, &bar)?;
    bar.finish();
    let labels = found.snapshot.labels.as_ref();
    let restored = Restored {
        recovery_point_id: labels.map(|labels| labels.recovery_point_id.clone()),
        snapshot_id: found.snapshot.id.to_string(),
        asset_id: vault_access::asset_of(&found.snapshot),
        taken_at: found.snapshot.taken_at,
        path: written.path.display().to_string(),
        size_bytes: written.size_bytes,
        stored_bytes: written.stored_bytes,
        digest: written.digest,
    };
    output::print(args.json, &restored, |restored| {
        format!(
            "Restored {} ({}, {} in the vault) as of {}.\nEvery block was checked when it was read from the vault, and \
             again when it was read back from the file.",
            restored.path,
            output::bytes(restored.size_bytes),
            output::bytes(restored.stored_bytes),
            restored.taken_at,
        )
    })
}
