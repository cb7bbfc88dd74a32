//! Opens a vault from its place and a key alone: no server, no database.
//!
//! Not for the server's own way (`workflows::Vaults`). Invariant: nothing here writes to the vault.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use aws::{Aws as _, ObjectStoreConfig};
use serde::{Deserialize, Serialize};
use vault::{
    FolderStore, KeyWrapper as _, LocalRootKey, ObjectStore, Repository, SnapshotInfo,
    StoreLocation, WRAPPED_KEY_OBJECT, WrappedKey,
};
use workflows::{REPOSITORY_OBJECT, RepositoryCard};

use super::VaultArgs;
use crate::config::Config;

/// Folders below a vault in which repositories are looked for: organization, account, region, kind and one more.
const DEPTH_MAX: u32 = 5;
/// Version of the recovery kit that this program writes and reads.
pub(super) const KIT_VERSION: u32 = 1;

/// A recovery kit: all that stock restic or rustic need. As secret as the data itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoveryKit {
    /// Version of this structure.
    pub(super) version: u32,
    /// The organization's id.
    pub(super) organization_id: String,
    /// The organization's name.
    pub(super) organization: String,
    /// When it was made.
    pub(super) created_at: String,
    /// How to use it.
    pub(super) instructions: Vec<String>,
    /// The repositories.
    pub(super) repositories: Vec<KitRepository>,
}

/// One repository of a kit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KitRepository {
    /// Its id.
    pub(super) repository_id: String,
    /// The AWS account whose assets it holds.
    pub(super) account_id: String,
    /// Their region.
    pub(super) region: String,
    /// Their kind.
    pub(super) asset_kind: String,
    /// Where it lies.
    pub(super) location: StoreLocation,
    /// What `restic --repo` wants to see.
    pub(super) restic_repository: String,
    /// What restic calls the password.
    pub(super) password: String,
}

/// An opened repository, with where it was found.
pub(super) struct Opened {
    /// For messages.
    pub(super) place: String,
    /// The repository.
    pub(super) repository: Repository,
}

/// A point that was found.
pub(super) struct Found {
    /// Its repository.
    pub(super) repository: Repository,
    /// Its snapshot.
    pub(super) snapshot: SnapshotInfo,
}

/// Opens all repositories at the place.
pub(super) async fn open(config: Option<&Path>, args: &VaultArgs) -> anyhow::Result<Vec<Opened>> {
    let stores = stores(config, args).await?;
    if stores.is_empty() {
        bail!("there is no repository at {}", args.vault);
    }
    let mut opened = Vec::new();
    for (place, store) in stores {
        let repository = open_one(args, store).await.with_context(|| place.clone())?;
        opened.extend(repository.map(|repository| Opened { place, repository }));
    }
    if opened.is_empty() {
        bail!(
            "the recovery kit has no key for what lies at {}",
            args.vault
        );
    }
    Ok(opened)
}

/// The one point that `wanted` names.
pub(super) fn find(opened: &[Opened], wanted: &str, asset: Option<&str>) -> anyhow::Result<Found> {
    let mut candidates = Vec::new();
    for one in opened {
        for snapshot in one
            .repository
            .snapshots()
            .with_context(|| one.place.clone())?
        {
            let is_it = wanted == "latest"
                || snapshot.id.as_str().starts_with(wanted)
                || snapshot
                    .labels
                    .as_ref()
                    .is_some_and(|l| l.recovery_point_id == wanted);
            if is_it && is_of(&snapshot, asset) {
                candidates.push(Found {
                    repository: one.repository.clone(),
                    snapshot,
                });
            }
        }
    }
    if wanted == "latest" {
        let assets: BTreeSet<_> = candidates
            .iter()
            .map(|found| asset_of(&found.snapshot))
            .collect();
        if assets.len() > 1 {
            let names: Vec<_> = assets.into_iter().collect();
            bail!(
                "the vault holds several assets; choose one with --asset:\n  {}",
                names.join("\n  ")
            );
        }
    } else if candidates.len() > 1 {
        bail!("{wanted} is the beginning of several snapshots; give more of it");
    }
    candidates
        .into_iter()
        .max_by_key(|found| found.snapshot.taken_at)
        .with_context(|| format!("there is no point {wanted} here"))
}

/// Whether the snapshot is of this asset.
pub(super) fn is_of(snapshot: &SnapshotInfo, asset: Option<&str>) -> bool {
    asset.is_none_or(|wanted| asset_of(snapshot).contains(wanted))
}

/// Id of the asset; a dash for snapshots of other programs.
pub(super) fn asset_of(snapshot: &SnapshotInfo) -> String {
    snapshot
        .labels
        .as_ref()
        .map_or_else(|| "-".to_owned(), |labels| labels.asset_id.clone())
}

type NamedStore = (String, Arc<dyn ObjectStore>);

async fn stores(config: Option<&Path>, args: &VaultArgs) -> anyhow::Result<Vec<NamedStore>> {
    if let Some(rest) = args.vault.strip_prefix("s3://") {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let region = args
            .vault_region
            .clone()
            .context("--vault-region is needed with s3://")?;
        let place = ObjectStoreConfig {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_end_matches('/').to_owned(),
            region,
        };
        let config = Config::load(config)?;
        let aws = crate::wiring::sdk(&config);
        let store = aws
            .object_store(&crate::wiring::store_access(&config), &place)
            .await?;
        return Ok(vec![(args.vault.clone(), store)]);
    }
    let mut found = Vec::new();
    search(Path::new(&args.vault), DEPTH_MAX, &mut found)?;
    found
        .into_iter()
        .map(|path| {
            let store: Arc<dyn ObjectStore> = Arc::new(FolderStore::open(&path)?);
            Ok((path.display().to_string(), store))
        })
        .collect()
}

/// Folders that hold a repository, none inside another.
fn search(folder: &Path, depth: u32, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if folder.join("config").is_file() && folder.join(WRAPPED_KEY_OBJECT).is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    folders
        .iter()
        .try_for_each(|path| search(path, depth - 1, found))
}

async fn open_one(
    args: &VaultArgs,
    store: Arc<dyn ObjectStore>,
) -> anyhow::Result<Option<Repository>> {
    let card = RepositoryCard::from_json(&store.read(REPOSITORY_OBJECT)?)?;
    if let Some(path) = &args.key.key_file {
        let wrapped = WrappedKey::from_json(&store.read(WRAPPED_KEY_OBJECT)?)?;
        let key = LocalRootKey::open(path)?
            .unwrap(&wrapped, &card.key_context())
            .await?;
        return Ok(Some(Repository::open(store, &key)?));
    }
    let path = args.key.recovery_kit.as_ref().context("a key is needed")?;
    let kit = read_kit(path)?;
    let one = kit
        .repositories
        .iter()
        .find(|one| one.repository_id == card.repository_id);
    match one {
        None => Ok(None),
        Some(one) => Ok(Some(Repository::open_with_password(store, &one.password)?)),
    }
}

fn read_kit(path: &Path) -> anyhow::Result<RecoveryKit> {
    let text = std::fs::read(path).with_context(|| path.display().to_string())?;
    let kit: RecoveryKit = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not a recovery kit", path.display()))?;
    if kit.version != KIT_VERSION {
        bail!("{} is a recovery kit of an unknown version", path.display());
    }
    Ok(kit)
}
