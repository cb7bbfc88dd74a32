//! The caller's organization.
//!
//! Not for making one (`holdfast init`). Invariant: nobody sees another organization than their own.

use app::organization_settings::SettingsChange;
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use domain::OrganizationId;
use domain::organization::KeySource;

use crate::context::viewer;
use crate::enums::PasswordProfile;
use crate::error::{UserError, is_conflict, outcome, read};
use crate::node::parse;
use crate::scalars::{Arn, DateTime};
use crate::user::IntoId as _;

/// The tenant; everything else belongs to exactly one.
pub(crate) struct Organization(pub(crate) domain::organization::Organization);

impl Organization {
    /// The organization with this id, when it is the caller's own.
    pub(crate) async fn find(ctx: &Context<'_>, id: &ID) -> async_graphql::Result<Option<Self>> {
        let caller = viewer(ctx)?;
        if parse::<OrganizationId>(id) != Some(caller.organization()) {
            return Ok(None);
        }
        Self::of(caller).await
    }

    /// The organization of this caller.
    pub(crate) async fn of(caller: &app::Ctx) -> async_graphql::Result<Option<Self>> {
        let own = app::organizations::own(caller).await;
        Ok(read(own)?.map(Self))
    }
}

/// The tenant; everything else belongs to exactly one.
#[Object]
impl Organization {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Key in AWS KMS that wraps the keys of the vault; null when the root key of this installation does.
    async fn kms_key_arn(&self) -> Option<Arn> {
        match &self.0.key_source {
            KeySource::AwsKms { key_arn } => Some(Arn(key_arn.clone())),
            KeySource::Local => None,
        }
    }

    /// When the organization was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Version, which an update names so that it overwrites nothing unseen.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the Super Admins decided for all members; null unless you may change it.
    async fn settings(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationSettings>> {
        let may = viewer(ctx)?.can(domain::permission::Permission::SettingsManage);
        Ok(may.then(|| OrganizationSettings::from(&self.0.settings)))
    }
}

/// What the Super Admins of an organization decide for all of its members.
#[derive(SimpleObject)]
#[graphql(name = "OrganizationSettingsInfo")]
pub(crate) struct OrganizationSettings {
    /// A session that is not used for this long ends, in minutes; null is the default of the installation.
    session_idle_minutes: Option<u32>,
    /// A session ends after this long whatever happens, in hours; null is the default of the installation.
    session_hours: Option<u32>,
    /// A password older than this must be changed, in days; null never.
    password_days_max: Option<u32>,
    /// Rules for new passwords.
    password_profile: PasswordProfile,
    /// Networks from which members may come; empty allows all.
    ip_allowlist: Vec<String>,
    /// Whether members need a second factor.
    mfa_required: bool,
    /// Whether members must come through an identity provider; `enforceSignOn` decides it.
    sso_enforced: bool,
    /// How long audit events are kept, in days.
    audit_retention_days: u32,
    /// Where new checkpoints of the audit log are posted; null is nowhere but the places of the installation.
    audit_webhook_url: Option<String>,
}

impl From<&domain::organization_settings::OrganizationSettings> for OrganizationSettings {
    fn from(settings: &domain::organization_settings::OrganizationSettings) -> Self {
        let networks = settings.ip_allowlist.iter();
        Self {
            session_idle_minutes: settings.session_idle_minutes,
            session_hours: settings.session_hours,
            password_days_max: settings.password_days_max,
            password_profile: settings.password_profile.into(),
            ip_allowlist: networks.map(ToString::to_string).collect(),
            mfa_required: settings.mfa_required,
            sso_enforced: settings.sso_enforced,
            audit_retention_days: settings.audit_retention_days,
            audit_webhook_url: settings.audit_webhook_url.clone(),
        }
    }
}

/// What changes of the organization; absent parts stay as they are.
#[derive(InputObject)]
pub(crate) struct UpdateOrganizationSettingsInput {
    /// The version that you have read; the change is refused when there is a later one.
    expected_version: i32,
    /// New name of the organization.
    name: Option<String>,
    /// A session that is not used for this long ends, in minutes, 10 to 60; null is the default of the installation.
    session_idle_minutes: MaybeUndefined<u32>,
    /// A session ends after this long whatever happens, in hours, 1 to 168; null is the default of the installation.
    session_hours: MaybeUndefined<u32>,
    /// A password older than this must be changed, in days, 30 to 180; null never.
    password_days_max: MaybeUndefined<u32>,
    /// Rules for new passwords.
    password_profile: Option<PasswordProfile>,
    /// Networks from which members may come, such as `198.51.100.0/24` or `2001:db8::/32`; your own address must be in one of
    /// them. Empty allows all.
    ip_allowlist: Option<Vec<String>>,
    /// Whether members need a second factor.
    mfa_required: Option<bool>,
    /// How long audit events are kept, in days, 90 to 3653.
    audit_retention_days: Option<u32>,
    /// Where new checkpoints of the audit log are posted: an https address without user, password and query. Null is nowhere.
    audit_webhook_url: MaybeUndefined<String>,
}

/// Result of `updateOrganizationSettings`.
#[derive(SimpleObject)]
pub(crate) struct UpdateOrganizationSettingsPayload {
    /// The changed organization; on a conflict the organization as it is.
    organization: Option<Organization>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

fn nullable<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// Mutations of the organization.
#[derive(Default)]
pub(crate) struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Changes name and settings of the organization. Sessions that the new settings do not allow end at once.
    async fn update_organization_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateOrganizationSettingsInput,
    ) -> async_graphql::Result<Option<UpdateOrganizationSettingsPayload>> {
        let caller = viewer(ctx)?;
        let change = SettingsChange {
            name: input.name,
            session_idle_minutes: nullable(input.session_idle_minutes),
            session_hours: nullable(input.session_hours),
            password_days_max: nullable(input.password_days_max),
            password_profile: input.password_profile.map(Into::into),
            ip_allowlist: input.ip_allowlist,
            mfa_required: input.mfa_required,
            audit_retention_days: input.audit_retention_days,
            audit_webhook_url: nullable(input.audit_webhook_url),
        };
        let version = input.expected_version;
        let updated = app::organization_settings::update(caller, change, version).await;
        let (updated, user_errors) = outcome(updated)?;
        let mut organization = updated.map(Organization);
        if is_conflict(&user_errors) {
            organization = Organization::of(caller).await?;
        }
        Ok(Some(UpdateOrganizationSettingsPayload {
            organization,
            user_errors,
        }))
    }
}

/// Root fields of the organization.
#[derive(Default)]
pub(crate) struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// The organization that the viewer belongs to.
    async fn organization(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Organization>> {
        Organization::of(viewer(ctx)?).await
    }
}
