//! `holdfast audit`: the audit log as a file, and the proof that nobody changed it.
//!
//! Not for making checkpoints (the server does). Invariant: verifying a file needs that file, a checkpoint and the public key,
//! and nothing of this installation.

use std::fs;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use domain::audit::AuditFilter;
use domain::audit::chain::{Entry, Verified, Verifier};
use domain::audit::checkpoint::{Checkpoint, NoteKey};
use domain::{OrganizationId, SystemClock};
use serde::Serialize;
use store::Store;

use super::{AuditExportArgs, AuditFormat, AuditVerifyArgs, output};
use crate::audit::{export, key};
use crate::config::Config;
use crate::{telemetry, wiring};

/// Events that are read at a time.
const BATCH: u64 = 1_000;

#[derive(Debug, Serialize)]
struct Shown {
    organization_id: String,
    first_event: u64,
    last_event: u64,
    covered_by_checkpoint: u64,
    checkpoint_made_at: jiff::Timestamp,
}

/// Prints the public key.
pub(super) fn print_key(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let key = key::open(&key::file(&config.keys.root_key_file))
        .context("the server makes the key when it starts for the first time")?;
    writeln!(
        std::io::stdout().lock(),
        "{}",
        NoteKey::new(key.public()).text()
    )?;
    Ok(())
}

/// Writes the log to standard output.
pub(super) fn export(config: Option<&Path>, args: &AuditExportArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.telemetry);
    super::runtime()?.block_on(async {
        let store = wiring::open_store(&config, Arc::new(SystemClock)).await?;
        let organization = organization(&store, args.organization.as_deref()).await?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        let (mut after, mut is_first) = (0, true);
        loop {
            let events = batch(&store, organization, after).await?;
            match args.format {
                AuditFormat::Json => export::write_json(&mut out, &events)?,
                AuditFormat::Csv => export::write_csv(&mut out, &events, is_first)?,
            }
            is_first = false;
            let Some(last) = events.last() else { break };
            after = last.sequence;
        }
        out.flush()?;
        store.close().await?;
        Ok(())
    })
}

/// Checks a file, or the database.
pub(super) fn verify(config: Option<&Path>, args: &AuditVerifyArgs) -> anyhow::Result<()> {
    let key = read(&args.key)?;
    let key = NoteKey::parse(&key).with_context(|| args.key.display().to_string())?;
    let text = read(&args.checkpoint)?;
    let checkpoint = Checkpoint::open(&text, &key, identity::signature::is_valid)
        .with_context(|| args.checkpoint.display().to_string())?;
    let verified = match &args.file {
        Some(file) => verify_file(file, checkpoint)?,
        None => verify_database(config, checkpoint)?,
    };
    let shown = Shown {
        organization_id: checkpoint.organization_id.to_string(),
        first_event: verified.first,
        last_event: verified.last,
        covered_by_checkpoint: verified.covered,
        checkpoint_made_at: checkpoint.made_at,
    };
    output::print(args.json, &shown, |shown| {
        format!(
            "The log of {} is whole: events {} to {}. The checkpoint of {} vouches for all up to {}.",
            shown.organization_id,
            shown.first_event,
            shown.last_event,
            shown.checkpoint_made_at,
            shown.covered_by_checkpoint
        )
    })
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn verify_file(file: &Path, checkpoint: Checkpoint) -> anyhow::Result<Verified> {
    let open = fs::File::open(file).with_context(|| file.display().to_string())?;
    let mut verifier = Verifier::new(checkpoint);
    for (number, line) in BufReader::new(open).lines().enumerate() {
        let entry = Entry::from_line(&line?).with_context(|| {
            format!(
                "line {} of {} is no audit event",
                number.saturating_add(1),
                file.display()
            )
        })?;
        verifier.next(&entry)?;
    }
    Ok(verifier.finish()?)
}

fn verify_database(config: Option<&Path>, checkpoint: Checkpoint) -> anyhow::Result<Verified> {
    let config = Config::load(config)?;
    telemetry::start(&config.telemetry);
    super::runtime()?.block_on(async {
        let store = wiring::open_store(&config, Arc::new(SystemClock)).await?;
        let mut verifier = Verifier::new(checkpoint);
        let mut after = 0;
        loop {
            let events = batch(&store, checkpoint.organization_id, after).await?;
            for event in &events {
                verifier.next(&Entry::from(event))?;
            }
            let Some(last) = events.last() else { break };
            after = last.sequence;
        }
        store.close().await?;
        Ok(verifier.finish()?)
    })
}

async fn batch(
    store: &Store,
    organization: OrganizationId,
    after: u64,
) -> anyhow::Result<Vec<domain::audit::Recorded>> {
    let filter = AuditFilter::default();
    Ok(store::audit::since(&store.read(), organization, &filter, after, BATCH).await?)
}

async fn organization(store: &Store, wanted: Option<&str>) -> anyhow::Result<OrganizationId> {
    if let Some(wanted) = wanted {
        return wanted.parse().context("--organization");
    }
    let all = store::organizations::system_list(&store.read()).await?;
    match all.as_slice() {
        [only] => Ok(only.id),
        [] => bail!("there is no organization yet"),
        [_, _, ..] => bail!("there are several organizations: name one with --organization"),
    }
}
