//! Restore of a recovery point into an image file on the server's disk.
//!
//! | step    | do                                                               | undo                                |
//! |---------|------------------------------------------------------------------|-------------------------------------|
//! | `write` | claim the name, write, flush, read back, compare, give the name  | delete the file, if it is the claimed |
//! | `tidy`  | drop the claim                                                   | nothing to undo                     |
//!
//! Not for volumes. Invariant: a file that somebody else put there is never replaced and never deleted.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use domain::ids::RecoveryPointId;
use domain::restore::ImageRestoreOptions;
use domain::task::{TaskKind, TaskSpec};
use serde_json::json;
use tasks::{Step, StepContext, TaskError, Workflow};
use vault::{SinkError, VaultError};

use crate::image_file::{is_image, remove_partial, write_image};
use crate::services::Services;
use crate::vaults::blocking;
use crate::{failure, patience, rows};

const WRITE: &str = "write";
const TIDY: &str = "tidy";

/// The workflow.
pub(crate) struct RestoreImage {
    services: Arc<Services>,
}

impl RestoreImage {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for RestoreImage {
    fn kind(&self) -> TaskKind {
        TaskKind::RestoreImage
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![
            Arc::new(Write(self.services.clone())),
            Arc::new(Tidy(self.services.clone())),
        ]
    }

    fn kind_limit(&self) -> Option<u32> {
        Some(self.services.settings.per_region_max)
    }
}

fn arguments(cx: &StepContext) -> Result<(RecoveryPointId, &ImageRestoreOptions), TaskError> {
    let TaskSpec::RestoreImage {
        recovery_point_id,
        options,
    } = cx.spec()
    else {
        return Err(rows::wrong_spec(cx.spec()));
    };
    Ok((*recovery_point_id, options))
}

/// The file, and the claim that says which task it belongs to.
#[derive(Debug, Clone)]
struct Target {
    file: PathBuf,
    claim: PathBuf,
}

impl Target {
    fn of(services: &Services, cx: &StepContext) -> Result<Self, TaskError> {
        let (_, options) = arguments(cx)?;
        // The name was checked when the task was asked for; a row that somebody edited must not lead out of the folder.
        if options.validate().is_err() {
            return Err(TaskError::fail(
                "RESTORE_TARGET",
                "This is not a file name that can be used.",
            ));
        }
        let folder = &services.settings.restore_folder;
        Ok(Self {
            file: folder.join(&options.file_name),
            claim: folder.join(format!(".{}.claim", cx.task.id)),
        })
    }

    fn is_claimed(&self) -> bool {
        self.claim.exists()
    }

    fn claim(&self) -> Result<(), VaultError> {
        if self.file.exists() {
            let text = format!(
                "{} exists already; choose another name",
                self.file.display()
            );
            return Err(VaultError::Refused(text));
        }
        if let Some(folder) = self.claim.parent() {
            fs::create_dir_all(folder).map_err(|error| sink(folder, &error))?;
        }
        let open = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&self.claim);
        open.and_then(|file| file.sync_all())
            .map_err(|error| sink(&self.claim, &error))
    }
}

struct Write(Arc<Services>);

#[async_trait]
impl Step for Write {
    fn name(&self) -> &'static str {
        WRITE
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let (point_id, options) = arguments(cx)?;
        let target = Target::of(&self.0, cx)?;
        let point = rows::restorable_point(cx, point_id, options.allow_damaged).await?;
        let image = rows::image(&self.0, cx, &point).await?;
        cx.check_lease()?;
        let written = patience::watched(cx, move |progress| {
            if target.is_claimed() {
                // An earlier attempt may have ended after it gave the file its name.
                if target.file.exists() && is_image(&image, &target.file, progress)? {
                    return Ok((
                        target.file,
                        image.stored_bytes(),
                        image.content().root.to_string(),
                    ));
                }
                remove(&target.file)?;
            } else {
                target.claim()?;
            }
            let written = write_image(&image, &target.file, progress)?;
            Ok((written.path, written.stored_bytes, written.digest))
        })
        .await?;
        let (path, stored_bytes, digest) = written;
        Ok(json!({
            "path": path.display().to_string(),
            "size_bytes": point.size_bytes,
            "stored_bytes": stored_bytes,
            "digest": digest,
        }))
    }

    async fn undo(&self, cx: &StepContext) -> Result<(), TaskError> {
        let target = Target::of(&self.0, cx)?;
        // Once this step is done the file is ours, also when the claim is dropped already.
        let is_done = cx.find_output::<serde_json::Value>(WRITE)?.is_some();
        cx.check_lease()?;
        let undone = blocking(move || {
            if is_done || target.is_claimed() {
                remove_partial(&target.file)?;
                remove(&target.file)?;
                remove(&target.claim)?;
            }
            Ok(())
        });
        undone.await.map_err(|error| failure::vault(&error))
    }
}

struct Tidy(Arc<Services>);

#[async_trait]
impl Step for Tidy {
    fn name(&self) -> &'static str {
        TIDY
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let target = Target::of(&self.0, cx)?;
        blocking(move || remove(&target.claim))
            .await
            .map_err(|error| failure::vault(&error))?;
        cx.output(WRITE)
    }
}

fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(sink(path, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sink(path: &Path, error: &io::Error) -> VaultError {
    let text = format!("{}: {error}", path.display());
    VaultError::Sink(SinkError::new(io::Error::new(error.kind(), text)))
}
