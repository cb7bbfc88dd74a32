//! Checkpoints of audit logs in this installation: the key that signs them, the places that keep them.
//!
//! Not for when they are made (`app::audit::checkpoints`). Invariant: a checkpoint counts as exported only when the folder beside
//! the root key and the vault both have it.

pub(crate) mod export;
pub(crate) mod key;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::audit::checkpoints::{Checkpoints, Places, Signer};
use app::ports::PortError;
use async_trait::async_trait;
use domain::OrganizationId;
use domain::audit::StoredCheckpoint;
use domain::audit::checkpoint::{Checkpoint, NoteKey};
use identity::signature::SigningKey;
use jiff::SignedDuration;
use tasks::duty::{Duty, DutyContext, DutyError};
use vault::{FolderStore, ObjectStore};
use workflows::HeadKey;

use crate::config::Config;

/// How often it is looked whether a checkpoint is due; `app` says when one is.
const LOOK: SignedDuration = SignedDuration::from_secs(30);
/// Folder beside the root key that keeps checkpoints.
const FOLDER: &str = "audit-checkpoints";
/// Path below the vault's place that keeps checkpoints.
const VAULT_PATH: &str = "audit";

/// Makes and exports checkpoints.
pub(crate) struct CheckpointDuty {
    signer: NoteSigner,
    places: CheckpointPlaces,
}

impl CheckpointDuty {
    /// With the key beside the root key, which is made when it is missing.
    pub(crate) fn open(
        config: &Config,
        workflows: &Arc<workflows::Services>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            signer: NoteSigner::open(config).map_err(std::io::Error::other)?,
            places: CheckpointPlaces {
                folder: beside(&config.keys.root_key_file, FOLDER),
                workflows: workflows.clone(),
            },
        })
    }
}

/// The file or folder of this name beside another.
fn beside(file: &Path, name: &str) -> PathBuf {
    file.parent().unwrap_or_else(|| Path::new(".")).join(name)
}

#[async_trait]
impl Duty for CheckpointDuty {
    fn name(&self) -> &'static str {
        "audit_checkpoints"
    }

    fn period(&self) -> SignedDuration {
        LOOK
    }

    async fn run(&self, cx: &DutyContext) -> Result<(), DutyError> {
        let checkpoints = Checkpoints {
            store: &cx.store,
            clock: cx.clock.as_ref(),
            ids: cx.ids.as_ref(),
            signer: &self.signer,
            places: &self.places,
        };
        Ok(checkpoints.run().await?)
    }
}

/// Brings new checkpoints to the addresses that organizations gave. A duty of its own, so that addresses that do not answer
/// hold no checkpoint up.
pub(crate) struct WebhookDuty {
    app: Arc<app::Services>,
}

impl WebhookDuty {
    pub(crate) fn new(app: &Arc<app::Services>) -> Self {
        Self { app: app.clone() }
    }
}

#[async_trait]
impl Duty for WebhookDuty {
    fn name(&self) -> &'static str {
        "audit_webhooks"
    }

    fn period(&self) -> SignedDuration {
        LOOK
    }

    async fn run(&self, _cx: &DutyContext) -> Result<(), DutyError> {
        Ok(app::audit::webhooks::run(&self.app).await?)
    }
}

/// Signs as C2SP signed notes ask: checkpoints of audit logs, and heads of vaults.
#[derive(Debug)]
pub(crate) struct NoteSigner(SigningKey);

impl NoteSigner {
    /// With the key beside the root key, which is made when it is missing.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        let file = key::file(&config.keys.root_key_file);
        Ok(Self(key::open_or_create(&file)?))
    }
}

impl HeadKey for NoteSigner {
    fn note_key(&self) -> NoteKey {
        NoteKey::new(self.0.public())
    }

    fn sign(&self, body: &str) -> Vec<u8> {
        self.0.sign(body.as_bytes())
    }

    fn is_valid(&self, public: &[u8], body: &[u8], signature: &[u8]) -> bool {
        identity::signature::is_valid(public, body, signature)
    }
}

impl Signer for NoteSigner {
    fn sign(&self, checkpoint: &Checkpoint) -> Result<String, PortError> {
        let signature = self.0.sign(checkpoint.body().as_bytes());
        Ok(checkpoint.signed(&NoteKey::new(self.0.public()), &signature))
    }
}

/// The folder and the vault.
struct CheckpointPlaces {
    folder: PathBuf,
    workflows: Arc<workflows::Services>,
}

#[async_trait]
impl Places for CheckpointPlaces {
    async fn put(
        &self,
        organization: OrganizationId,
        checkpoint: &StoredCheckpoint,
    ) -> Result<(), PortError> {
        let failed = |error: &dyn std::fmt::Display| PortError(error.to_string());
        let vault = self.workflows.vaults.beside(VAULT_PATH).await;
        let vault = vault.map_err(|error| failed(&error))?;
        // Sorted by size as text; the time tells apart two of one size, of which one names a cut.
        let at = checkpoint.made_at.as_second();
        let name = format!("{organization}/{:020}-{at}.checkpoint", checkpoint.size);
        let (folder, text) = (self.folder.clone(), checkpoint.text.clone().into_bytes());
        let written = tokio::task::spawn_blocking(move || {
            FolderStore::create(folder)?.create(&name, text.clone().into())?;
            vault.create(&name, text.into())
        });
        written
            .await
            .map_err(|error| failed(&error))?
            .map_err(|error| failed(&error))
    }
}
