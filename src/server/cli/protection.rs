//! `holdfast apply` and `holdfast export`: policies and protection rules as code, over the API of a server.
//!
//! Not for deciding anything: the server plans and applies. Invariant: what is applied is the plan that was shown, because its hash goes
//! along; nothing is written by `--dry-run`.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

pub(super) mod document;
mod export;
mod remote;
mod shown;

pub(crate) use document::Document;
pub use remote::Remote;

/// What `--dry-run` exits with when there is something to do.
const CHANGES_PENDING: u8 = 2;

/// Where the server is and who asks.
#[derive(Debug, Args)]
pub(super) struct RemoteArgs {
    /// The server, such as `https://backup.example`.
    #[arg(long, env = "HOLDFAST_URL", value_name = "URL")]
    url: String,
    /// An API token.
    #[arg(
        long,
        env = "HOLDFAST_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: String,
}

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// The document; `-` reads standard input.
    #[arg(long, short, value_name = "FILE")]
    file: PathBuf,
    /// Show what would change and do nothing; exits with 2 when something would.
    #[arg(long)]
    dry_run: bool,
    /// Apply without asking.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    remote: RemoteArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Write policies and protection rules to standard output, as a document for `holdfast apply`.
    Protection(RemoteArgs),
}

/// How an apply came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was as the document wants it.
    Unchanged,
    /// Something would change, and nothing was done.
    Pending,
    /// The plan was applied.
    Applied,
    /// The person did not want it.
    Declined,
}

/// Whether a plan that was shown is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// It is not.
    DryRun,
    /// It is.
    Given,
    /// A person at the terminal is asked.
    Ask,
}

pub(super) fn apply(args: ApplyArgs) -> anyhow::Result<ExitCode> {
    let document = Document::read(&args.file)?;
    let remote = Remote::new(&args.remote.url, &args.remote.token)?;
    let consent = match (args.dry_run, args.yes) {
        (true, _) => Consent::DryRun,
        (false, true) => Consent::Given,
        (false, false) => Consent::Ask,
    };
    let draft = serde_json::to_value(&document)?;
    let name = args.file.display().to_string();
    let mut out = Vec::new();
    let done = super::runtime()?.block_on(apply_draft(&remote, (&name, draft), consent, &mut out));
    // Also when it failed in between: the plan is what the error is about.
    std::io::stdout().lock().write_all(&out)?;
    Ok(match done? {
        Outcome::Unchanged | Outcome::Applied => ExitCode::SUCCESS,
        Outcome::Pending => ExitCode::from(CHANGES_PENDING),
        Outcome::Declined => ExitCode::FAILURE,
    })
}

pub(super) fn export(command: ExportCommand) -> anyhow::Result<ExitCode> {
    let ExportCommand::Protection(args) = command;
    let remote = Remote::new(&args.url, &args.token)?;
    let text = super::runtime()?.block_on(export_text(&remote))?;
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// What exists on the server, as the text of a document.
pub async fn export_text(remote: &Remote) -> anyhow::Result<String> {
    export::document(remote).await?.write()
}

/// Plans and applies the text of a document; what a person reads goes to `out`.
pub async fn apply_text(
    remote: &Remote,
    text: &str,
    consent: Consent,
    out: &mut Vec<u8>,
) -> anyhow::Result<Outcome> {
    let draft = serde_json::to_value(Document::parse(text)?)?;
    apply_draft(remote, ("document", draft), consent, out).await
}

async fn apply_draft(
    remote: &Remote,
    (name, draft): (&str, Value),
    consent: Consent,
    out: &mut Vec<u8>,
) -> anyhow::Result<Outcome> {
    let input = json!({ "input": { "draft": draft } });
    let answer = remote.ask(PREVIEW, &input).await?;
    let preview = answer
        .get("protectionPreview")
        .context("the server gave no preview")?;
    refuse_problems(name, preview)?;
    let plan = preview.get("plan").context("the server gave no plan")?;
    if plan.get("changeCount") == Some(&json!(0)) {
        writeln!(out, "No changes: everything is as {name} says.")?;
        return Ok(Outcome::Unchanged);
    }
    shown::plan(out, plan)?;
    match consent {
        Consent::DryRun => return Ok(Outcome::Pending),
        Consent::Given => {}
        Consent::Ask => {
            if !is_wanted(out)? {
                return Ok(Outcome::Declined);
            }
        }
    }
    let input = json!({ "input": { "draft": draft, "planHash": plan.get("hash") } });
    let answer = remote.ask(APPLY, &input).await?;
    let applied = answer
        .get("applyProtection")
        .context("the server gave no answer")?;
    refuse_problems(name, applied)?;
    writeln!(out, "Applied.")?;
    if let Some(task) = applied.pointer("/task/id").and_then(Value::as_str) {
        writeln!(out, "Assets are brought in line by {task}.")?;
    }
    Ok(Outcome::Applied)
}

/// Shows the plan and asks. What was written so far is shown first, so that it is read before it is answered.
fn is_wanted(out: &mut Vec<u8>) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "nobody is there to be asked: look at the plan with --dry-run, then apply it with --yes"
        );
    }
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(out)?;
    out.clear();
    write!(stdout, "Apply this plan? Only \"yes\" applies it: ")?;
    stdout.flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}

/// Problems of the draft, each with its place in the document.
fn refuse_problems(name: &str, payload: &Value) -> anyhow::Result<()> {
    let problems = payload.get("userErrors").and_then(Value::as_array);
    let lines: Vec<String> = problems
        .into_iter()
        .flatten()
        .map(|problem| shown::problem(name, problem))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    bail!("{}", lines.join("\n"))
}

const PREVIEW: &str = "query($input: ProtectionPreviewInput!) { protectionPreview(input: $input) {
    userErrors { code message field }
    plan {
        hash changeCount assetsGainedCount assetsLostCount assetsChangedCount
        changes { action noun name differenceCount differences { path before after } }
        assetChanges(first: 50) { nodes {
            effect asset { name nativeId }
            before { policy { name } ruleName } after { policy { name } ruleName } } }
        recoveryPointsToShorten(first: 1) { totalCount }
        forecastBefore { tasksPerDay vaultBytes snapshotBytes costUsdPerMonth }
        forecastAfter { tasksPerDay vaultBytes snapshotBytes costUsdPerMonth }
    } } }";

const APPLY: &str = "mutation($input: ApplyProtectionInput!) { applyProtection(input: $input) {
    userErrors { code message field } task { id } } }";
