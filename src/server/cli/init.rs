//! `holdfast init`: the first organization and its Super Admin.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use app::organizations::{NewOrganization, bootstrap};
use domain::organization::KeySource;
use secrecy::SecretString;
use serde::Serialize;

use super::{InitArgs, output};
use crate::config::Config;
use crate::telemetry;
use crate::wiring::{Installation, Outside};

/// Longest password file that is read, in bytes.
const PASSWORD_FILE_MAX: u64 = 4_096;

#[derive(Debug, Serialize)]
struct Made {
    organization_id: String,
    organization: String,
    user_id: String,
    email: String,
}

pub(super) fn run(config: Option<&Path>, args: InitArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.telemetry);
    let password = password(args.password_file.as_deref())?;
    let made = super::runtime()?.block_on(make(&config, &args, password))?;
    output::print(args.json, &made, |made| {
        format!(
            "Organization {} ({}) with Super Admin {}.\nStart the server with `holdfast serve` and sign in at {}.",
            made.organization, made.organization_id, made.email, config.http.public_url
        )
    })
}

async fn make(config: &Config, args: &InitArgs, password: SecretString) -> anyhow::Result<Made> {
    let installation = Installation::open(config, Outside::real(config), true).await?;
    let key_source = match &args.kms_key_arn {
        None => KeySource::Local,
        Some(key_arn) => KeySource::AwsKms {
            key_arn: key_arn.clone(),
        },
    };
    let new = NewOrganization {
        name: args.organization.clone(),
        key_source,
        user_name: args.name.clone(),
        email: args.email.clone(),
        password,
    };
    let made = bootstrap(&installation.app, new).await;
    let (organization, user) = match made {
        Ok(made) => made,
        Err(error) => match error.problems() {
            Some(problems) => {
                let lines: Vec<String> = problems
                    .iter()
                    .map(|problem| format!("{}: {}", problem.field.join("."), problem.message))
                    .collect();
                bail!("{}", lines.join("\n"));
            }
            None => return Err(error.into()),
        },
    };
    installation.store.close().await?;
    Ok(Made {
        organization_id: organization.id.to_string(),
        organization: organization.name,
        user_id: user.id.to_string(),
        email: user.email,
    })
}

/// The first line of the file, or of standard input.
fn password(file: Option<&Path>) -> anyhow::Result<SecretString> {
    let mut text = String::new();
    match file {
        Some(path) => {
            let open = std::fs::File::open(path).with_context(|| path.display().to_string())?;
            open.take(PASSWORD_FILE_MAX).read_to_string(&mut text)?;
        }
        None => {
            std::io::stdin()
                .lock()
                .take(PASSWORD_FILE_MAX)
                .read_to_string(&mut text)?;
        }
    }
    let line = text.lines().next().unwrap_or_default().to_owned();
    if line.is_empty() {
        bail!("the password is empty; give it in --password-file or on standard input");
    }
    Ok(line.into())
}
