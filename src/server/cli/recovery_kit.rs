//! `holdfast recovery-kit export`: what stock restic needs, in one file.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use domain::organization::Organization;
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::vault_access::{KIT_VERSION, KitRepository, RecoveryKit};
use super::{ExportArgs, output};
use crate::config::Config;
use crate::telemetry;
use crate::wiring::{Installation, Outside};

#[derive(Debug, Serialize)]
struct Exported {
    path: String,
    organization_id: String,
    repositories: usize,
}

pub(super) fn run(config: Option<&Path>, args: ExportArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.telemetry);
    // Before the passwords are made: nobody could use them if the file cannot be written.
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.output)
        .with_context(|| args.output.display().to_string())?;
    let kit = super::runtime()?.block_on(make(&config, &args.organization));
    let kit = kit.inspect_err(|_| {
        // It is empty, and ours.
        let _left = std::fs::remove_file(&args.output);
    })?;
    file.write_all(serde_json::to_string_pretty(&kit)?.as_bytes())?;
    file.sync_all()?;
    let exported = Exported {
        path: args.output.display().to_string(),
        organization_id: kit.organization_id,
        repositories: kit.repositories.len(),
    };
    output::print(args.json, &exported, |exported| {
        format!(
            "{}: the kit of {} repositories. It opens every backup in them: keep it off-line, apart from the vault.",
            exported.path, exported.repositories
        )
    })
}

async fn make(config: &Config, wanted: &str) -> anyhow::Result<RecoveryKit> {
    let installation = Installation::open(config, Outside::real(config), false).await?;
    let all = store::organizations::system_list(&installation.store.read()).await?;
    let is_it = |found: &Organization| found.name == wanted || found.id.to_string() == wanted;
    let mut found = all.into_iter().filter(is_it);
    let Some(organization) = found.next() else {
        bail!("there is no organization {wanted}")
    };
    if found.next().is_some() {
        bail!("several organizations are called {wanted}; give the id");
    }
    let rows = store::repositories::list(&installation.store.read(), organization.id).await?;
    let mut repositories = Vec::new();
    for row in rows {
        let kit = installation.app.recovery_kits.export(&row).await?;
        let account = store::aws_accounts::lookup(
            &installation.store.read(),
            organization.id,
            row.aws_account_id,
        )
        .await?;
        repositories.push(KitRepository {
            repository_id: row.id.to_string(),
            account_id: account.map_or_else(|| "-".to_owned(), |account| account.account_id),
            region: row.region.clone(),
            asset_kind: row.asset_kind.name().to_owned(),
            location: serde_json::from_value(row.location)?,
            restic_repository: kit.location,
            password: kit.password.expose_secret().to_owned(),
        });
    }
    let created_at = installation.outside.clock.now().to_string();
    installation.store.close().await?;
    Ok(RecoveryKit {
        version: KIT_VERSION,
        organization_id: organization.id.to_string(),
        organization: organization.name,
        created_at,
        instructions: instructions(),
        repositories,
    })
}

fn instructions() -> Vec<String> {
    [
        "Each repository is an ordinary restic repository (format 2). Stock restic and rustic open it with the password.",
        "List:    RESTIC_PASSWORD=<password> restic -r <restic_repository> snapshots",
        "Check:   RESTIC_PASSWORD=<password> restic -r <restic_repository> check --read-data",
        "Restore: RESTIC_PASSWORD=<password> restic -r <restic_repository> restore <snapshot> --target <folder>",
        "A volume comes back as segments of 4 MiB below volume/; docs/vault-layout.md says how to put them together, and \
         `holdfast restore --vault <location> --recovery-kit <this file>` does it.",
    ]
    .map(str::to_owned)
    .to_vec()
}
