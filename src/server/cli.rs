//! The command line: what can be said, and which command does it.
//!
//! Not for the configuration (`config.rs`). Invariant: results go to standard output, everything else to standard error;
//! with `--json` a result is one JSON document and nothing else.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

mod audit;
mod generate;
mod heads;
mod healthcheck;
mod init;
mod migrate;
mod output;
mod points;
mod progress;
pub mod protection;
mod recovery_kit;
mod restore;
mod serve;
mod token;
mod vault_access;
mod verify;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
First steps:
  holdfast init --organization Acme --name Ann --email ann@acme.example --password-file FILE
  holdfast serve

Without a server and without a database, from the vault and a key alone:
  holdfast points  --vault data/vault --key-file data/root.key
  holdfast restore --vault data/vault --key-file data/root.key --point latest --asset ASSET --output volume.img

Every key of the configuration is explained in schema/config.default.toml; each can also be set by an environment \
variable, such as HOLDFAST__DATABASE__URL.";

/// Self-hosted backup for AWS: policies, a vault that is proven restorable, and restores.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// Configuration file; keys that it does not name keep their defaults.
    #[arg(
        long,
        short,
        global = true,
        env = "HOLDFAST_CONFIG",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: API, scheduler and workers.
    Serve(ServeArgs),
    /// Make the first organization and its Super Admin.
    Init(InitArgs),
    /// Bring the database to the present schema.
    Migrate,
    /// List the recovery points of a vault; needs neither server nor database.
    Points(PointsArgs),
    /// Restore a recovery point into an image file; needs neither server nor database.
    Restore(RestoreArgs),
    /// Read a vault back and compare every byte with its checksum; needs neither server nor database.
    Verify(VerifyArgs),
    /// Recovery kits: leave any day, with stock restic.
    #[command(subcommand)]
    RecoveryKit(RecoveryKitCommand),
    /// The audit log: export it, and verify an export without server and database.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// API tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Bring policies and protection rules of a server to what a document says.
    Apply(protection::ApplyArgs),
    /// Write what exists on a server as a document.
    #[command(subcommand)]
    Export(protection::ExportCommand),
    /// Ask a running server whether it is ready; for containers.
    Healthcheck,
    /// Write the generated files into schema/; for developers.
    Generate(GenerateArgs),
}

/// What a replica does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answers HTTP requests.
    Api,
    /// Fires policies and duties.
    Scheduler,
    /// Works on tasks.
    Worker,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// What this replica does.
    #[arg(long, value_delimiter = ',', default_value = "api,scheduler,worker")]
    roles: Vec<Role>,
    /// Do not bring the database to the present schema first.
    #[arg(long)]
    no_migrate: bool,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Write the audit log of an organization to standard output.
    Export(AuditExportArgs),
    /// Check an exported log, or the database itself, against a signed checkpoint.
    Verify(AuditVerifyArgs),
    /// Print the public key with which checkpoints are verified.
    Key,
}

/// How an exported log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AuditFormat {
    /// For spreadsheets; formulas are neutralised, so it cannot be verified.
    Csv,
    /// One canonical JSON document per line: what can be verified.
    Json,
}

#[derive(Debug, Args)]
struct AuditExportArgs {
    /// Id of the organization; may be left out when there is only one.
    #[arg(long)]
    organization: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "json")]
    format: AuditFormat,
}

#[derive(Debug, Args)]
struct AuditVerifyArgs {
    /// The exported log (JSON); without it the log in the database is checked.
    file: Option<PathBuf>,
    /// A checkpoint, as it was exported.
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// The public key, as `holdfast audit key` printed it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct InitArgs {
    /// Name of the organization.
    #[arg(long)]
    organization: String,
    /// Name of the Super Admin.
    #[arg(long)]
    name: String,
    /// E-mail address of the Super Admin.
    #[arg(long)]
    email: String,
    /// File whose first line is the password; without it the password is read from standard input.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Wrap the keys of the vault with this key in AWS KMS instead of the root key file.
    #[arg(long, value_name = "ARN")]
    kms_key_arn: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Where a vault lies and what opens it.
#[derive(Debug, Args)]
struct VaultArgs {
    /// The vault, or one repository in it: a folder, or `s3://BUCKET/PREFIX` of one repository.
    #[arg(long, value_name = "LOCATION")]
    vault: String,
    /// Region of the bucket, with s3://.
    #[arg(long, value_name = "REGION")]
    vault_region: Option<String>,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct KeyArgs {
    /// The root key file of the installation that wrote the vault.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A recovery kit of the organization.
    #[arg(long, value_name = "FILE")]
    recovery_kit: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct PointsArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Only points of this asset: its id, or a part of its name or of its AWS id.
    #[arg(long)]
    asset: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RestoreArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Which point: its id, the beginning of its snapshot id, or `latest`.
    #[arg(long)]
    point: String,
    /// Only points of this asset; needed for `latest` when the vault holds several assets.
    #[arg(long)]
    asset: Option<String>,
    /// The image file to write; must not exist yet.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// Only this point: its id, the beginning of its snapshot id, or `latest`.
    #[arg(long)]
    point: Option<String>,
    /// Only points of this asset.
    #[arg(long)]
    asset: Option<String>,
    /// Look at the signed heads of the repositories instead of reading points back: signatures, chain, and whether every point that
    /// they list is there. By the public key that `holdfast audit key` prints.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["point", "asset"])]
    signing_key: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum RecoveryKitCommand {
    /// Write locations and new restic passwords of all repositories of an organization.
    Export(ExportArgs),
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The organization: its name or its id.
    #[arg(long)]
    organization: String,
    /// The file to write, with mode 0600; must not exist yet.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make an API token for a user and print it once.
    Create(TokenArgs),
}

#[derive(Debug, Args)]
struct TokenArgs {
    /// E-mail address of the user.
    #[arg(long)]
    email: String,
    /// What the token is for.
    #[arg(long, default_value = "command line")]
    name: String,
    /// Days until it ends.
    #[arg(long, default_value_t = 90)]
    days: u32,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// Folder to write into.
    #[arg(long, default_value = "schema")]
    folder: PathBuf,
}

impl Cli {
    /// Does what was asked; the code says how it went where there is more to say than done.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Self { config, command } = self;
        let config = config.as_deref();
        match command {
            Command::Apply(args) => return protection::apply(args),
            Command::Export(command) => return protection::export(command),
            Command::Serve(args) => serve::run(config, args),
            Command::Init(args) => init::run(config, args),
            Command::Migrate => migrate::run(config),
            Command::Points(args) => points::run(config, args),
            Command::Restore(args) => restore::run(config, args),
            Command::Verify(args) => verify::run(config, args),
            Command::RecoveryKit(RecoveryKitCommand::Export(args)) => {
                recovery_kit::run(config, args)
            }
            Command::Token(TokenCommand::Create(args)) => token::run(config, args),
            Command::Audit(AuditCommand::Export(args)) => audit::export(config, &args),
            Command::Audit(AuditCommand::Verify(args)) => audit::verify(config, &args),
            Command::Audit(AuditCommand::Key) => audit::print_key(config),
            Command::Healthcheck => healthcheck::run(config),
            Command::Generate(args) => generate::run(&args),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A runtime for commands that are no server.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_vault_needs_exactly_one_key() {
        let base = ["holdfast", "points", "--vault", "v"];
        let none = Cli::try_parse_from(base);
        assert!(none.is_err());
        let one = Cli::try_parse_from(base.into_iter().chain(["--key-file", "k"]));
        assert!(one.is_ok());
        let both = ["--key-file", "k", "--recovery-kit", "r"];
        assert!(Cli::try_parse_from(base.into_iter().chain(both)).is_err());
    }
}
