//! `holdfast token create`: an API token, made at the machine.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use domain::api_token::{ApiToken, TokenOwner};
use domain::membership::MembershipState;
use domain::user::normalize_email;
use domain::{ApiTokenId, Clock as _, OrganizationId, SystemClock, SystemIds, UserId};
use identity::ApiTokenSecret;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::{TokenArgs, output};
use crate::config::Config;
use crate::{telemetry, wiring};

const HOURS_PER_DAY: i64 = 24;

#[derive(Debug, Serialize)]
struct Made {
    token_id: String,
    token: String,
    email: String,
    expires_at: jiff::Timestamp,
}

pub(super) fn run(config: Option<&Path>, args: TokenArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.telemetry);
    let made = super::runtime()?.block_on(make(&config, &args))?;
    output::print(args.json, &made, |made| {
        format!(
            "{}\n(for {}, until {}; it is not shown again)",
            made.token, made.email, made.expires_at
        )
    })
}

async fn make(config: &Config, args: &TokenArgs) -> anyhow::Result<Made> {
    if !(1..=config.auth.token_days_max).contains(&args.days) {
        bail!("--days: 1 to {}", config.auth.token_days_max);
    }
    let clock = SystemClock;
    let ids = SystemIds::new(clock);
    let store = wiring::open_store(config, Arc::new(clock)).await?;
    let email = normalize_email(&args.email).context("--email: this is not an e-mail address")?;
    let found = store::users::find_credentials_by_email(&store.read(), &email).await?;
    let (user, _) = found.with_context(|| format!("there is no user {email}"))?;
    let now = clock.now();
    let secret = ApiTokenSecret::fresh(&ids);
    let token = ApiToken {
        id: ApiTokenId::fresh(&ids),
        organization_id: organization_of(&store, user.id).await?,
        owner: TokenOwner::User(user.id),
        created_by: None,
        name: domain::text::checked_name("name", &args.name, domain::limits::NAME_LENGTH_MAX)
            .map_err(|problem| anyhow::anyhow!("--name: {}", problem.message))?,
        created_at: now,
        expires_at: now.checked_add(SignedDuration::from_hours(
            i64::from(args.days) * HOURS_PER_DAY,
        ))?,
        last_used_at: None,
        revoked_at: None,
    };
    let mut tx = store.begin().await?;
    store::api_tokens::add(&mut tx, &token, secret.digest().as_bytes()).await?;
    tx.commit().await?;
    store.close().await?;
    Ok(Made {
        token_id: token.id.to_string(),
        token: secret.text().expose_secret().to_owned(),
        email,
        expires_at: token.expires_at,
    })
}

/// The organization in which the person is active; the oldest when there are several.
async fn organization_of(store: &store::Store, user: UserId) -> anyhow::Result<OrganizationId> {
    let all = store::memberships::system_list_of_user(&store.read(), user).await?;
    let active = all
        .into_iter()
        .find(|membership| membership.state == MembershipState::Active);
    let active = active.context("the user is not an active member of any organization")?;
    Ok(active.organization_id)
}
