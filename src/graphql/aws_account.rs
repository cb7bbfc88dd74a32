//! Linked AWS accounts.
//!
//! Not for their assets (`asset.rs`). Invariant: an access key is never shown, and the external id only to those who manage
//! accounts.

use app::aws_accounts::{AccountChange, NewAccess};
use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use domain::AwsAccountKey;
use domain::aws_account::{AccountAccess, NewAwsAccount};
use domain::permission::Permission as Right;
use secrecy::SecretString;

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::enums::{AssetKind, AwsAccessKind, AwsAccountStatus};
use crate::error::{UserError, outcome, read};
use crate::node::{parse, parse_all};
use crate::organizational_unit::OrganizationalUnit;
use crate::scalars::{Arn, AwsAccountId, DateTime};
use crate::task::Task;
use crate::user::IntoId as _;

/// A linked AWS account.
pub(crate) struct AwsAccount(pub(crate) domain::aws_account::AwsAccount);

impl From<domain::aws_account::AwsAccount> for AwsAccount {
    fn from(account: domain::aws_account::AwsAccount) -> Self {
        Self(account)
    }
}

impl Noun for AwsAccount {
    const CONNECTION: &'static str = "AwsAccountConnection";
    const EDGE: &'static str = "AwsAccountEdge";
}

/// A linked AWS account with the regions that are looked after.
#[Object]
impl AwsAccount {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Number of the account at AWS.
    async fn account_id(&self) -> AwsAccountId {
        AwsAccountId(self.0.account_id.clone())
    }

    /// Name to show.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The unit in which it lies, with its assets. Null when you do not see the unit.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let unit = loaders(ctx)?.load(self.0.unit_id).await?;
        Ok(unit.map(OrganizationalUnit))
    }

    /// Whether the account can be used, as the last check found.
    async fn status(&self) -> AwsAccountStatus {
        self.0.status.into()
    }

    /// How Holdfast gets in.
    async fn access_kind(&self) -> AwsAccessKind {
        match self.0.access {
            AccountAccess::Role { .. } => AwsAccessKind::Role,
            AccountAccess::StaticKeys { .. } => AwsAccessKind::StaticKeys,
        }
    }

    /// The role that Holdfast assumes; null for static keys.
    async fn role_arn(&self) -> Option<Arn> {
        match &self.0.access {
            AccountAccess::Role { role_arn, .. } => Some(Arn(role_arn.clone())),
            AccountAccess::StaticKeys { .. } => None,
        }
    }

    /// The external id that the role must demand, so that nobody else can make Holdfast assume it; null for static keys and
    /// for viewers who may not manage accounts.
    async fn external_id(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let is_manager = viewer(ctx)?.can_at(Right::AwsAccountManage, self.0.unit_id);
        Ok(match &self.0.access {
            AccountAccess::Role { external_id, .. } if is_manager => Some(external_id),
            AccountAccess::Role { .. } | AccountAccess::StaticKeys { .. } => None,
        })
    }

    /// Documents that let Holdfast into the account; null for static keys and for viewers who may not manage accounts.
    async fn setup(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AwsAccountSetupInfo>> {
        let caller = viewer(ctx)?;
        if !caller.can_at(Right::AwsAccountManage, self.0.unit_id) {
            return Ok(None);
        }
        let setup = read(app::aws_accounts::setup(caller, &self.0).await)?;
        Ok(setup.map(AwsAccountSetupInfo::from))
    }

    /// Regions that are looked after.
    async fn regions(&self) -> Vec<AwsAccountRegion> {
        self.0.regions.iter().map(AwsAccountRegion::from).collect()
    }

    /// Counts changes; pass it as `expectedVersion` when you update.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When the account was linked.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// What the viewer may do with the account now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> async_graphql::Result<AwsAccountAbilities> {
        let is_linked = match self.0.status {
            domain::aws_account::AwsAccountStatus::Disconnected => false,
            domain::aws_account::AwsAccountStatus::Pending
            | domain::aws_account::AwsAccountStatus::Connected
            | domain::aws_account::AwsAccountStatus::Degraded => true,
        };
        let manage = is_linked && viewer(ctx)?.can_at(Right::AwsAccountManage, self.0.unit_id);
        Ok(AwsAccountAbilities {
            update: manage,
            verify: manage,
            disconnect: manage,
            refresh_inventory: manage,
        })
    }
}

/// What the viewer may do with an AWS account now.
#[derive(SimpleObject)]
pub(crate) struct AwsAccountAbilities {
    /// Change name, regions or role.
    update: bool,
    /// Check the link again.
    verify: bool,
    /// End the link.
    disconnect: bool,
    /// Read the inventory now.
    refresh_inventory: bool,
}

/// One region of a linked AWS account.
#[derive(SimpleObject)]
pub(crate) struct AwsAccountRegion {
    /// Name of the region, such as `eu-west-1`.
    region: String,
    /// Whether the region can be used, as the last check found.
    status: AwsAccountStatus,
    /// Kinds of assets that are looked after.
    asset_kinds: Vec<AssetKind>,
    /// IAM actions that the last check found missing.
    missing_permissions: Vec<String>,
    /// When the inventory was last read to its end; null when it never was.
    inventoried_at: Option<DateTime>,
}

impl From<&domain::aws_account::AwsAccountRegion> for AwsAccountRegion {
    fn from(region: &domain::aws_account::AwsAccountRegion) -> Self {
        Self {
            region: region.region.clone(),
            status: region.status.into(),
            asset_kinds: region
                .asset_kinds
                .iter()
                .map(|kind| (*kind).into())
                .collect(),
            missing_permissions: region.missing_permissions.clone(),
            inventoried_at: region.inventoried_at.map(DateTime),
        }
    }
}

/// Documents that let Holdfast into an AWS account; use one of the last two, or the first two by hand.
#[derive(SimpleObject)]
pub(crate) struct AwsAccountSetupInfo {
    /// Trust policy of the role, JSON: who may assume it, and with which external id.
    trust_policy: String,
    /// Permission policy of the role, JSON: the least that the chosen asset kinds need.
    permission_policy: String,
    /// The same as a CloudFormation template, YAML.
    cloud_formation: String,
    /// The same as Terraform.
    terraform: String,
}

impl From<app::ports::AccountSetup> for AwsAccountSetupInfo {
    fn from(setup: app::ports::AccountSetup) -> Self {
        let app::ports::AccountSetup {
            trust_policy,
            permission_policy,
            cloud_formation,
            terraform,
        } = setup;
        Self {
            trust_policy,
            permission_policy,
            cloud_formation,
            terraform,
        }
    }
}

/// Which AWS accounts a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct AwsAccountFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// One of these states.
    status: Option<Vec<AwsAccountStatus>>,
    /// Name or number contains this text, whatever the case.
    search: Option<String>,
}

impl From<AwsAccountFilter> for domain::aws_account::AwsAccountFilter {
    fn from(filter: AwsAccountFilter) -> Self {
        let AwsAccountFilter { id, status, search } = filter;
        Self {
            ids: parse_all(id),
            statuses: status.map(|all| all.into_iter().map(Into::into).collect()),
            text: search,
        }
    }
}

/// Root fields of AWS accounts.
#[derive(Default)]
pub(crate) struct AwsAccountQuery;

#[Object]
impl AwsAccountQuery {
    /// Linked AWS accounts, by name.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn aws_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which accounts.")] filter: Option<AwsAccountFilter>,
    ) -> async_graphql::Result<Option<Connection<AwsAccount>>> {
        let caller = viewer(ctx)?;
        let page = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let page = read(app::aws_accounts::list(caller, &filter, &page).await)?;
        Ok(Some(Connection::new(
            page,
            Total::AwsAccounts(filter),
            AwsAccount,
        )))
    }

    /// One linked AWS account; null when there is none that you may see.
    async fn aws_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the link, not the number of the account.")] id: ID,
    ) -> async_graphql::Result<Option<AwsAccount>> {
        AwsAccount::find(ctx, &id).await
    }
}

/// How a new account shall be reached; exactly one.
#[derive(OneofObject)]
pub(crate) enum AwsAccessInput {
    /// By a role that demands our external id: the way for real AWS.
    Role(AwsRoleInput),
    /// By access keys: for stand-ins of AWS, where the configuration allows it.
    StaticKeys(AwsStaticKeysInput),
}

/// The role to assume.
#[derive(InputObject)]
pub(crate) struct AwsRoleInput {
    /// ARN of the role; that of the generated templates when absent.
    role_arn: Option<Arn>,
}

/// Access keys of an AWS stand-in.
#[derive(InputObject)]
pub(crate) struct AwsStaticKeysInput {
    /// The access key id.
    access_key_id: String,
    /// The secret access key; sealed at once and never shown again.
    secret_access_key: String,
}

/// A new link to an AWS account.
#[derive(InputObject)]
pub(crate) struct ConnectAwsAccountInput {
    /// Number of the account at AWS.
    account_id: AwsAccountId,
    /// Name to show.
    name: String,
    /// Regions to look after.
    regions: Vec<String>,
    /// Kinds of assets to look after.
    #[graphql(default_with = "vec![AssetKind::EbsVolume, AssetKind::Ec2Instance]")]
    asset_kinds: Vec<AssetKind>,
    /// How Holdfast gets in.
    access: AwsAccessInput,
}

/// Result of `connectAwsAccount`.
#[derive(SimpleObject)]
pub(crate) struct ConnectAwsAccountPayload {
    /// The new link; its `setup` has the documents for the administrator of the account.
    aws_account: Option<AwsAccount>,
    /// The first check, where it can start at once (static keys); else run `verifyAwsAccount` when the role exists.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which link is checked.
#[derive(InputObject)]
pub(crate) struct VerifyAwsAccountInput {
    /// Identifier of the link.
    id: ID,
}

/// Result of `verifyAwsAccount`.
#[derive(SimpleObject)]
pub(crate) struct VerifyAwsAccountPayload {
    /// The link, not yet changed by the check.
    aws_account: Option<AwsAccount>,
    /// The check.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What changes at a link; absent parts stay as they are.
#[derive(InputObject)]
pub(crate) struct UpdateAwsAccountInput {
    /// Identifier of the link.
    id: ID,
    /// The version that you have read; the change is refused when there is a later one.
    expected_version: i32,
    /// New name.
    name: Option<String>,
    /// All regions to look after from now on; assets and recovery points of others stay.
    regions: Option<Vec<String>>,
    /// All kinds of assets to look after from now on.
    asset_kinds: Option<Vec<AssetKind>>,
    /// Another role of the same account.
    role_arn: Option<Arn>,
    /// The unit to which the account goes with its assets; you need the right at the old and at the new one.
    organizational_unit_id: Option<ID>,
}

/// Result of `updateAwsAccount`.
#[derive(SimpleObject)]
pub(crate) struct UpdateAwsAccountPayload {
    /// The changed link; on a conflict the link as it is.
    aws_account: Option<AwsAccount>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which link ends.
#[derive(InputObject)]
pub(crate) struct DisconnectAwsAccountInput {
    /// Identifier of the link.
    id: ID,
}

/// Result of `disconnectAwsAccount`.
#[derive(SimpleObject)]
pub(crate) struct DisconnectAwsAccountPayload {
    /// The link that has ended.
    aws_account: Option<AwsAccount>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Whose inventory is read.
#[derive(InputObject)]
pub(crate) struct RefreshInventoryInput {
    /// Identifier of the link.
    aws_account_id: ID,
    /// Only this region; all regions of the link when absent.
    region: Option<String>,
}

/// Result of `refreshInventory`.
#[derive(SimpleObject)]
pub(crate) struct RefreshInventoryPayload {
    /// The link.
    aws_account: Option<AwsAccount>,
    /// One task per region.
    tasks: Option<Vec<Task>>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of AWS accounts.
#[derive(Default)]
pub(crate) struct AwsAccountMutation;

#[Object]
impl AwsAccountMutation {
    /// Links an AWS account and makes the external id of the link.
    async fn connect_aws_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new link.")] input: ConnectAwsAccountInput,
    ) -> async_graphql::Result<Option<ConnectAwsAccountPayload>> {
        let caller = viewer(ctx)?;
        let ConnectAwsAccountInput {
            account_id,
            name,
            regions,
            asset_kinds,
            access,
        } = input;
        let new = NewAwsAccount {
            account_id: account_id.0,
            name,
            regions,
        };
        let kinds = asset_kinds.into_iter().map(Into::into).collect();
        let connected = app::aws_accounts::connect(caller, new, access.into(), kinds).await;
        let (connected, user_errors) = outcome(connected)?;
        let (account, task) = connected.unzip();
        Ok(Some(ConnectAwsAccountPayload {
            aws_account: account.map(AwsAccount),
            task: task.flatten().map(Task::from),
            user_errors,
        }))
    }

    /// Checks role, external id and permissions of a link again.
    async fn verify_aws_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link is checked.")] input: VerifyAwsAccountInput,
    ) -> async_graphql::Result<Option<VerifyAwsAccountPayload>> {
        let caller = viewer(ctx)?;
        let verified = app::aws_accounts::verify(caller, parse(&input.id)).await;
        let (verified, user_errors) = outcome(verified)?;
        let (account, task) = verified.unzip();
        Ok(Some(VerifyAwsAccountPayload {
            aws_account: account.map(AwsAccount),
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Changes name, regions, asset kinds or role of a link.
    async fn update_aws_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateAwsAccountInput,
    ) -> async_graphql::Result<Option<UpdateAwsAccountPayload>> {
        let caller = viewer(ctx)?;
        let UpdateAwsAccountInput {
            id,
            expected_version,
            name,
            regions,
            asset_kinds,
            role_arn,
            organizational_unit_id,
        } = input;
        let id = parse::<AwsAccountKey>(&id);
        let change = AccountChange {
            name,
            regions,
            asset_kinds: asset_kinds.map(|all| all.into_iter().map(Into::into).collect()),
            role_arn: role_arn.map(|arn| arn.0),
            unit: organizational_unit_id.map(|id| parse(&id)),
        };
        let updated = app::aws_accounts::update(caller, id, change, expected_version).await;
        let (mut account, user_errors) = outcome(updated)?;
        if let Some(id) = id.filter(|_| crate::error::is_conflict(&user_errors)) {
            account = read(app::aws_accounts::lookup(caller, id).await)?;
        }
        Ok(Some(UpdateAwsAccountPayload {
            aws_account: account.map(AwsAccount),
            user_errors,
        }))
    }

    /// Ends a link: Holdfast no longer enters the account; its assets and recovery points stay.
    async fn disconnect_aws_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link ends.")] input: DisconnectAwsAccountInput,
    ) -> async_graphql::Result<Option<DisconnectAwsAccountPayload>> {
        let caller = viewer(ctx)?;
        let ended = app::aws_accounts::disconnect(caller, parse(&input.id)).await;
        let (account, user_errors) = outcome(ended)?;
        Ok(Some(DisconnectAwsAccountPayload {
            aws_account: account.map(AwsAccount),
            user_errors,
        }))
    }

    /// Reads the inventory of an AWS account now instead of at its next time.
    async fn refresh_inventory(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose inventory is read.")] input: RefreshInventoryInput,
    ) -> async_graphql::Result<Option<RefreshInventoryPayload>> {
        let caller = viewer(ctx)?;
        let id = parse(&input.aws_account_id);
        let refreshed =
            app::aws_accounts::refresh_inventory(caller, id, input.region.as_deref()).await;
        let (refreshed, user_errors) = outcome(refreshed)?;
        let (account, tasks) = refreshed.unzip();
        Ok(Some(RefreshInventoryPayload {
            aws_account: account.map(AwsAccount),
            tasks: tasks.map(|tasks| tasks.into_iter().map(Task::from).collect()),
            user_errors,
        }))
    }
}

impl From<AwsAccessInput> for NewAccess {
    fn from(access: AwsAccessInput) -> Self {
        match access {
            AwsAccessInput::Role(AwsRoleInput { role_arn }) => Self::Role {
                role_arn: role_arn.map(|arn| arn.0),
            },
            AwsAccessInput::StaticKeys(AwsStaticKeysInput {
                access_key_id,
                secret_access_key,
            }) => Self::StaticKeys {
                access_key_id,
                secret_access_key: SecretString::from(secret_access_key),
            },
        }
    }
}
