//! Settings of the caller's organization.
//!
//! Not for what the installation decides (`settings.rs`). Invariant: whoever changes the allowlist can still come in from where
//! they are; whether sign-on is enforced is not a setting among others, because it takes every right (`sign_on/enforcement.rs`).

use domain::limits::NAME_LENGTH_MAX;
use domain::organization::Organization;
use domain::organization_settings::{OrganizationSettings, PasswordProfile, parse_network};
use domain::text::checked_name;
use domain::{Problem, Problems};

use crate::actions;
use crate::audit;
use crate::context::{Caller, Ctx};
use crate::error::Error;

/// What an update changes; absent parts stay as they are, `Some(None)` is back to the default of the installation.
#[derive(Debug, Clone, Default)]
pub struct SettingsChange {
    /// Name of the organization.
    pub name: Option<String>,
    /// A session that is not used for this long ends, in minutes.
    pub session_idle_minutes: Option<Option<u32>>,
    /// A session ends after this long whatever happens, in hours.
    pub session_hours: Option<Option<u32>>,
    /// A password older than this must be changed, in days.
    pub password_days_max: Option<Option<u32>>,
    /// Rules for new passwords.
    pub password_profile: Option<PasswordProfile>,
    /// Networks from which members may come, as texts.
    pub ip_allowlist: Option<Vec<String>>,
    /// Whether members need a second factor.
    pub mfa_required: Option<bool>,
    /// How long audit events are kept, in days.
    pub audit_retention_days: Option<u32>,
    /// Where new checkpoints of the audit log are posted.
    pub audit_webhook_url: Option<Option<String>>,
}

/// Changes name and settings, when they are still at the version that the caller read.
pub async fn update(
    ctx: &Ctx,
    change: SettingsChange,
    expected_version: i32,
) -> Result<Organization, Error> {
    let action = actions::UPDATE_ORGANIZATION_SETTINGS;
    ctx.authorize(action).await?;
    let mut tx = ctx.begin().await?;
    let before = store::organizations::lock(&tx, ctx.organization()).await?;
    let before = before.ok_or_else(|| Error::not_found("", "organization"))?;
    if before.version != expected_version {
        return Err(Error::stale("expectedVersion", before.version));
    }
    let after = changed(ctx, &before, change)?;
    store::organizations::update(&mut tx, &after, expected_version).await?;
    let url = after.settings.audit_webhook_url.as_deref();
    if url != before.settings.audit_webhook_url.as_deref() {
        audit::webhooks::settle(&mut tx, ctx.organization(), url).await?;
    }
    let summary = serde_json::json!({
        "before": { "name": before.name, "settings": before.settings },
        "after": { "name": after.name, "settings": after.settings },
    });
    audit::success(ctx, &mut tx, action, after.id, summary).await?;
    tx.commit().await?;
    Ok(after)
}

fn changed(
    ctx: &Ctx,
    before: &Organization,
    change: SettingsChange,
) -> Result<Organization, Error> {
    let old = before.settings.clone();
    let mut problems = Problems::new();
    let name = change.name.unwrap_or_else(|| before.name.clone());
    let name = checked_name("name", &name, NAME_LENGTH_MAX).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    let ip_allowlist = match &change.ip_allowlist {
        None => old.ip_allowlist,
        Some(texts) => networks(&mut problems, texts),
    };
    let settings = OrganizationSettings {
        session_idle_minutes: change
            .session_idle_minutes
            .unwrap_or(old.session_idle_minutes),
        session_hours: change.session_hours.unwrap_or(old.session_hours),
        password_days_max: change.password_days_max.unwrap_or(old.password_days_max),
        password_profile: change.password_profile.unwrap_or(old.password_profile),
        ip_allowlist,
        mfa_required: change.mfa_required.unwrap_or(old.mfa_required),
        sso_enforced: old.sso_enforced,
        audit_retention_days: change
            .audit_retention_days
            .unwrap_or(old.audit_retention_days),
        audit_webhook_url: change.audit_webhook_url.unwrap_or(old.audit_webhook_url),
    };
    if let Some(url) = &settings.audit_webhook_url {
        check_url(ctx, &mut problems, url);
    }
    problems.absorb(settings.validate());
    problems.into_result()?;
    if change.ip_allowlist.is_some() {
        check_own_address(ctx, &settings)?;
    }
    Ok(Organization {
        name,
        settings,
        version: before.version.saturating_add(1),
        ..before.clone()
    })
}

fn networks(problems: &mut Problems, texts: &[String]) -> Vec<ipnet::IpNet> {
    let mut networks = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match parse_network(text) {
            Some(network) if networks.contains(&network) => {}
            Some(network) => networks.push(network),
            None => {
                let message = "This is no network such as 198.51.100.0/24 or 2001:db8::/32.";
                problems.push(Problem::invalid(&format!("ipAllowlist.{index}"), message));
            }
        }
    }
    networks
}

/// An address that leads to the internet. It stands in the audit log, so nothing secret may be in it.
fn check_url(ctx: &Ctx, problems: &mut Problems, url: &str) {
    match ctx.services().connections.http().rules().check(url) {
        Err(refusal) => problems.push(Problem::invalid("auditWebhookUrl", refusal.to_string())),
        Ok(url) => problems.check(
            url.query().is_none() && url.fragment().is_none(),
            "auditWebhookUrl",
            "A query or a fragment is not allowed: the address is no secret, the checkpoint carries its own signature.",
        ),
    }
}

/// Nobody locks themselves out, not even whoever's address is not known.
fn check_own_address(ctx: &Ctx, settings: &OrganizationSettings) -> Result<(), Error> {
    let address = ctx.origin().address.as_deref();
    let is_at_the_machine = matches!(ctx.caller(), Caller::System);
    if is_at_the_machine || settings.allows_address(address) {
        return Ok(());
    }
    let message = format!(
        "Your own address ({}) is in none of these networks: you would lock yourself out.",
        address.unwrap_or("not known")
    );
    Err(Error::precondition("ipAllowlist", message))
}

#[cfg(test)]
mod tests;
