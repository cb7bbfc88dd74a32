//! Linked AWS accounts: connect, check, change, disconnect, and read their inventory.
//!
//! Not for calling AWS (tasks). Invariant: the external id is random, made here, once per link; a secret key leaves this
//! function only sealed.

use domain::asset::AssetKind;
use domain::aws_account::{
    AccountAccess, AwsAccount, AwsAccountFilter, AwsAccountRegion, AwsAccountStatus, NewAwsAccount,
};
use domain::limits::NAME_LENGTH_MAX;
use domain::page::{Page, PageRequest};
use domain::permission::Permission;
use domain::task::{NewTask, Task, TaskSpec};
use domain::text::checked_name;
use domain::{AwsAccountKey, OrganizationalUnitId, Problem, ProblemCode, Problems};
use secrecy::{ExposeSecret as _, SecretString};
use store::Tx;

use crate::actions;
use crate::audit;
use crate::context::Ctx;
use crate::error::Error;
use crate::organizational_units::place;
use crate::ports::AccountSetup;
use crate::tasks::{enqueue as queue, one_queued, queued};
use ::tasks::protection::apply_rules_later;

/// Random bytes of an external id: 160 bits, which is beyond guessing.
const EXTERNAL_ID_BYTES: usize = 20;
/// Name of the role in the generated templates.
pub const ROLE_NAME: &str = "HoldfastAccess";
/// What a sealed access key is for; part of what it is sealed with.
pub const SECRET_KEY_PURPOSE: &str = "aws-secret-access-key";

/// How a new account shall be reached.
#[derive(Debug, Clone)]
pub enum NewAccess {
    /// By a role.
    Role {
        /// Its ARN; that of [`ROLE_NAME`] when absent.
        role_arn: Option<String>,
    },
    /// By access keys, where the configuration allows them.
    StaticKeys {
        /// The access key id.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: SecretString,
    },
}

/// Links an account. One with static keys can be used at once, so its check is queued too; a role must be made first. One that
/// was linked before is linked anew in the unit that it was in, with a new external id; its assets and recovery points are
/// there again.
pub async fn connect(
    ctx: &Ctx,
    new: NewAwsAccount,
    access: NewAccess,
    asset_kinds: Vec<AssetKind>,
) -> Result<(AwsAccount, Option<Task>), Error> {
    ctx.authorize(actions::CONNECT_AWS_ACCOUNT).await?;
    check(ctx, &new, &access, &asset_kinds)?;
    let can_be_used_at_once = matches!(access, NewAccess::StaticKeys { .. });
    let tx = ctx.begin().await?;
    let needed = Permission::AwsAccountManage;
    let unit = place(ctx, &tx, needed, "organizationalUnitId", None).await?;
    let number = &new.account_id;
    let former = store::aws_accounts::lock_number(&tx, ctx.organization(), number).await?;
    let units = std::iter::once(unit).chain(former.as_ref().map(|former| former.unit_id));
    let mut tx = ctx
        .authorize_at(tx, actions::CONNECT_AWS_ACCOUNT, units)
        .await?;
    let name = checked_name("name", &new.name, NAME_LENGTH_MAX)?;
    let region = |region| AwsAccountRegion {
        region,
        asset_kinds: asset_kinds.clone(),
        status: AwsAccountStatus::Pending,
        missing_permissions: Vec::new(),
        inventoried_at: None,
    };
    let account = AwsAccount {
        id: AwsAccountKey::fresh(ctx.ids()),
        organization_id: ctx.organization(),
        unit_id: unit,
        access: sealed(ctx, &new.account_id, access)?,
        account_id: new.account_id,
        name,
        status: AwsAccountStatus::Pending,
        regions: new.regions.into_iter().map(region).collect(),
        version: 1,
        created_at: ctx.now(),
    };
    let account = match former {
        None => {
            add(&mut tx, &account).await?;
            account
        }
        Some(former) => relink(&mut tx, &former, account).await?,
    };
    let mut task = None;
    if can_be_used_at_once {
        let id = queue(ctx, &mut tx, verification(ctx, &account)).await?;
        task = Some(one_queued(ctx, &tx, &[id]).await?);
    }
    let action = actions::CONNECT_AWS_ACCOUNT;
    audit::success(ctx, &mut tx, action, account.id, summary(&account)).await?;
    tx.commit().await?;
    Ok((account, task))
}

/// The documents that set the account up; none for static keys. They show the external id, so reading them takes the right to
/// manage accounts.
pub async fn setup(ctx: &Ctx, account: &AwsAccount) -> Result<Option<AccountSetup>, Error> {
    ctx.require_at(Permission::AwsAccountManage, account.unit_id)?;
    Ok(ctx.services().templates.setup(account).await?)
}

/// Queues a check of role, external id and permissions.
pub async fn verify(ctx: &Ctx, id: Option<AwsAccountKey>) -> Result<(AwsAccount, Task), Error> {
    ctx.authorize(actions::VERIFY_AWS_ACCOUNT).await?;
    let tx = ctx.begin().await?;
    let account = linked(ctx, &tx, id).await?;
    let mut tx = ctx
        .authorize_at(tx, actions::VERIFY_AWS_ACCOUNT, [account.unit_id])
        .await?;
    let task = queue(ctx, &mut tx, verification(ctx, &account)).await?;
    let action = actions::VERIFY_AWS_ACCOUNT;
    audit::success(ctx, &mut tx, action, account.id, summary(&account)).await?;
    let task = one_queued(ctx, &tx, &[task]).await?;
    tx.commit().await?;
    Ok((account, task))
}

/// What an update changes; absent parts stay as they are.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// Shown name.
    pub name: Option<String>,
    /// Regions to look after; those that are left out are no longer read, their assets and points stay.
    pub regions: Option<Vec<String>>,
    /// Kinds of assets to look after.
    pub asset_kinds: Option<Vec<AssetKind>>,
    /// The role to assume.
    pub role_arn: Option<String>,
    /// The unit to which the account goes with its assets; `Some(None)` is a malformed id.
    pub unit: Option<Option<OrganizationalUnitId>>,
}

/// Changes name, regions, kinds, role or unit, when the account is still at the version that the caller read.
pub async fn update(
    ctx: &Ctx,
    id: Option<AwsAccountKey>,
    change: AccountChange,
    expected_version: i32,
) -> Result<AwsAccount, Error> {
    ctx.authorize(actions::UPDATE_AWS_ACCOUNT).await?;
    let mut tx = ctx.begin().await?;
    if change.unit.is_some() {
        // Before any row of the account: an inventory takes them in this order, too.
        store::protection_rules::lock(&mut tx, ctx.organization()).await?;
    }
    let before = linked(ctx, &tx, id).await?;
    let unit = match change.unit {
        None => before.unit_id,
        wanted @ Some(_) => {
            let needed = Permission::AwsAccountManage;
            place(ctx, &tx, needed, "organizationalUnitId", wanted).await?
        }
    };
    let units = [before.unit_id, unit];
    let mut tx = ctx
        .authorize_at(tx, actions::UPDATE_AWS_ACCOUNT, units)
        .await?;
    if before.version != expected_version {
        return Err(Error::stale("expectedVersion", before.version));
    }
    let mut after = changed(&before, change)?;
    save(&mut tx, &after, expected_version).await?;
    if unit != before.unit_id {
        let (organization, actor) = (ctx.organization(), ctx.actor());
        apply_rules_later(&mut tx, organization, actor, ctx.ids(), ctx.now()).await?;
        store::aws_accounts::set_unit(&mut tx, ctx.organization(), after.id, unit).await?;
        after.unit_id = unit;
    }
    let summary = serde_json::json!({ "before": summary(&before), "after": summary(&after) });
    let action = actions::UPDATE_AWS_ACCOUNT;
    audit::success(ctx, &mut tx, action, after.id, summary).await?;
    tx.commit().await?;
    Ok(after)
}

/// Ends the link; assets and recovery points stay.
pub async fn disconnect(ctx: &Ctx, id: Option<AwsAccountKey>) -> Result<AwsAccount, Error> {
    ctx.authorize(actions::DISCONNECT_AWS_ACCOUNT).await?;
    let tx = ctx.begin().await?;
    let before = linked(ctx, &tx, id).await?;
    let mut tx = ctx
        .authorize_at(tx, actions::DISCONNECT_AWS_ACCOUNT, [before.unit_id])
        .await?;
    let after = AwsAccount {
        status: AwsAccountStatus::Disconnected,
        version: before.version.saturating_add(1),
        ..before.clone()
    };
    save(&mut tx, &after, before.version).await?;
    let action = actions::DISCONNECT_AWS_ACCOUNT;
    audit::success(ctx, &mut tx, action, after.id, summary(&after)).await?;
    tx.commit().await?;
    Ok(after)
}

/// Queues the reading of the inventory: one task per region, or one for the named region.
pub async fn refresh_inventory(
    ctx: &Ctx,
    id: Option<AwsAccountKey>,
    region: Option<&str>,
) -> Result<(AwsAccount, Vec<Task>), Error> {
    ctx.authorize(actions::REFRESH_INVENTORY).await?;
    let tx = ctx.begin().await?;
    let account = linked_as(ctx, &tx, "awsAccountId", id).await?;
    let mut tx = ctx
        .authorize_at(tx, actions::REFRESH_INVENTORY, [account.unit_id])
        .await?;
    let wanted = |known: &&AwsAccountRegion| region.is_none_or(|region| known.region == region);
    let regions: Vec<&AwsAccountRegion> = account.regions.iter().filter(wanted).collect();
    if regions.is_empty() {
        let message = "The link to this account does not include this region.";
        return Err(Error::precondition("region", message));
    }
    let mut ids = Vec::new();
    for region in regions {
        let spec = TaskSpec::SyncInventory {
            aws_account_id: account.id,
            region: region.region.clone(),
        };
        let task = NewTask {
            aws_account_id: Some(account.id),
            concurrency_key: Some(format!("{}:{}:sync_inventory", account.id, region.region)),
            ..NewTask::new(ctx.organization(), spec, ctx.actor())
        };
        ids.push(queue(ctx, &mut tx, task).await?);
    }
    let action = actions::REFRESH_INVENTORY;
    audit::success(ctx, &mut tx, action, account.id, summary(&account)).await?;
    let tasks = queued(ctx, &tx, &ids).await?;
    tx.commit().await?;
    Ok((account, tasks))
}

/// One account.
pub async fn lookup(ctx: &Ctx, id: AwsAccountKey) -> Result<Option<AwsAccount>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::aws_accounts::lookup(&ctx.read(), ctx.scope(), id).await?)
}

/// Several accounts at once, in any order; unknown ones are left out.
pub async fn lookup_many(ctx: &Ctx, ids: &[AwsAccountKey]) -> Result<Vec<AwsAccount>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::aws_accounts::lookup_many(&ctx.read(), ctx.scope(), ids).await?)
}

/// A page of accounts, by name.
pub async fn list(
    ctx: &Ctx,
    filter: &AwsAccountFilter,
    page: &PageRequest,
) -> Result<Page<AwsAccount>, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::aws_accounts::list(&ctx.read(), ctx.scope(), filter, page).await?)
}

/// How many accounts match, counted up to the cap.
pub async fn count(ctx: &Ctx, filter: &AwsAccountFilter) -> Result<u64, Error> {
    ctx.require(Permission::Read)?;
    Ok(store::aws_accounts::count(&ctx.read(), ctx.scope(), filter).await?)
}

fn check(
    ctx: &Ctx,
    new: &NewAwsAccount,
    access: &NewAccess,
    asset_kinds: &[AssetKind],
) -> Result<(), Error> {
    let mut problems = Problems::new();
    problems.absorb(new.validate());
    problems.check(
        !asset_kinds.is_empty(),
        "assetKinds",
        "Name at least one kind of asset.",
    );
    match access {
        NewAccess::Role { role_arn } => {
            if let Some(role_arn) = role_arn {
                check_role(
                    &mut problems,
                    "access.role.roleArn",
                    role_arn,
                    &new.account_id,
                );
            }
        }
        NewAccess::StaticKeys {
            access_key_id,
            secret_access_key,
        } => {
            problems.check(
                ctx.services().settings.allow_static_keys,
                "access.staticKeys",
                "Static keys are switched off in the configuration; link the account by a role.",
            );
            let is_key = |text: &str| {
                (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
            };
            problems.check(
                is_key(access_key_id),
                "access.staticKeys.accessKeyId",
                "This is not an access key id.",
            );
            problems.check(
                is_key(secret_access_key.expose_secret()),
                "access.staticKeys.secretAccessKey",
                "This is not a secret access key.",
            );
        }
    }
    Ok(problems.into_result()?)
}

/// The role must be one of the same account: another one would link the wrong place under this number.
fn check_role(problems: &mut Problems, field: &str, role_arn: &str, account_id: &str) {
    let parts: Vec<&str> = role_arn.splitn(6, ':').collect();
    let fits = matches!(
        parts.as_slice(),
        ["arn", partition, "iam", "", account, role]
            if partition.starts_with("aws") && *account == account_id && role.starts_with("role/")
    );
    problems.check(
        fits,
        field,
        format!("This is not the ARN of a role of the account {account_id}."),
    );
}

fn sealed(ctx: &Ctx, account_id: &str, access: NewAccess) -> Result<AccountAccess, Error> {
    Ok(match access {
        NewAccess::Role { role_arn } => AccountAccess::Role {
            role_arn: role_arn
                .unwrap_or_else(|| format!("arn:aws:iam::{account_id}:role/{ROLE_NAME}")),
            external_id: external_id(ctx),
        },
        NewAccess::StaticKeys {
            access_key_id,
            secret_access_key,
        } => AccountAccess::StaticKeys {
            access_key_id,
            sealed_secret: ctx.services().sealer.seal(
                ctx.organization(),
                SECRET_KEY_PURPOSE,
                &secret_access_key,
            )?,
        },
    })
}

fn external_id(ctx: &Ctx) -> String {
    let mut bytes = [0_u8; EXTERNAL_ID_BYTES];
    ctx.ids().random(&mut bytes);
    format!("holdfast-{}", hex::encode(bytes))
}

async fn add(tx: &mut Tx, account: &AwsAccount) -> Result<(), Error> {
    match store::aws_accounts::add(tx, account).await {
        Err(error) if error.is_constraint("aws_accounts_account_id") => Err(linked_already()),
        added => Ok(added?),
    }
}

/// Links an account that was disconnected with what is said now; what was learned of its regions is forgotten with the old link.
async fn relink(tx: &mut Tx, former: &AwsAccount, new: AwsAccount) -> Result<AwsAccount, Error> {
    if former.status != AwsAccountStatus::Disconnected {
        return Err(linked_already());
    }
    let account = AwsAccount {
        id: former.id,
        unit_id: former.unit_id,
        version: former.version.saturating_add(1),
        created_at: former.created_at,
        ..new
    };
    save(tx, &account, former.version).await?;
    Ok(account)
}

fn linked_already() -> Error {
    let message = "This AWS account is linked already.";
    Problem::new(ProblemCode::Taken, "accountId", message).into()
}

async fn save(tx: &mut Tx, account: &AwsAccount, expected_version: i32) -> Result<(), Error> {
    Ok(store::aws_accounts::update(tx, account, expected_version).await?)
}

async fn linked(ctx: &Ctx, tx: &Tx, id: Option<AwsAccountKey>) -> Result<AwsAccount, Error> {
    linked_as(ctx, tx, "id", id).await
}

async fn linked_as(
    ctx: &Ctx,
    tx: &Tx,
    field: &str,
    id: Option<AwsAccountKey>,
) -> Result<AwsAccount, Error> {
    let missing = || Error::not_found(field, "AWS account");
    let id = id.ok_or_else(missing)?;
    let account = store::aws_accounts::lock(tx, ctx.scope(), id)
        .await?
        .ok_or_else(missing)?;
    if account.status == AwsAccountStatus::Disconnected {
        return Err(Error::precondition(
            field,
            "This AWS account is no longer linked.",
        ));
    }
    Ok(account)
}

fn changed(before: &AwsAccount, change: AccountChange) -> Result<AwsAccount, Error> {
    let AccountChange {
        name,
        regions,
        asset_kinds,
        role_arn,
        unit: _,
    } = change;
    let mut problems = Problems::new();
    let name = name.unwrap_or_else(|| before.name.clone());
    let regions = regions.unwrap_or_else(|| {
        let named = before.regions.iter().map(|region| region.region.clone());
        named.collect()
    });
    let draft = NewAwsAccount {
        account_id: before.account_id.clone(),
        name: name.clone(),
        regions: regions.clone(),
    };
    problems.absorb(draft.validate());
    if let Some(kinds) = &asset_kinds {
        problems.check(
            !kinds.is_empty(),
            "assetKinds",
            "Name at least one kind of asset.",
        );
    }
    let access = changed_access(&mut problems, before, role_arn);
    problems.into_result()?;
    Ok(AwsAccount {
        name: checked_name("name", &name, NAME_LENGTH_MAX)?,
        access,
        regions: changed_regions(before, regions, asset_kinds.as_deref()),
        version: before.version.saturating_add(1),
        ..before.clone()
    })
}

fn changed_access(
    problems: &mut Problems,
    before: &AwsAccount,
    role_arn: Option<String>,
) -> AccountAccess {
    let Some(role_arn) = role_arn else {
        return before.access.clone();
    };
    check_role(problems, "roleArn", &role_arn, &before.account_id);
    match &before.access {
        AccountAccess::Role { external_id, .. } => AccountAccess::Role {
            role_arn,
            external_id: external_id.clone(),
        },
        AccountAccess::StaticKeys { .. } => {
            problems.push(Problem::new(
                ProblemCode::PreconditionFailed,
                "roleArn",
                "This account is linked by static keys; disconnect it and link it by a role.",
            ));
            before.access.clone()
        }
    }
}

/// Regions that stay keep what is known of them.
fn changed_regions(
    before: &AwsAccount,
    regions: Vec<String>,
    asset_kinds: Option<&[AssetKind]>,
) -> Vec<AwsAccountRegion> {
    let all_kinds = before
        .regions
        .first()
        .map_or_else(Vec::new, |region| region.asset_kinds.clone());
    let region = |name: String| {
        let known = before.regions.iter().find(|region| region.region == name);
        let mut region = known.cloned().unwrap_or_else(|| AwsAccountRegion {
            region: name,
            asset_kinds: all_kinds.clone(),
            status: AwsAccountStatus::Pending,
            missing_permissions: Vec::new(),
            inventoried_at: None,
        });
        if let Some(kinds) = asset_kinds {
            region.asset_kinds = kinds.to_vec();
        }
        region
    };
    regions.into_iter().map(region).collect()
}

fn verification(ctx: &Ctx, account: &AwsAccount) -> NewTask {
    let spec = TaskSpec::VerifyAwsAccount {
        aws_account_id: account.id,
    };
    NewTask {
        aws_account_id: Some(account.id),
        ..NewTask::new(ctx.organization(), spec, ctx.actor())
    }
}

/// What the audit log says; never the access, which may hold a secret.
fn summary(account: &AwsAccount) -> serde_json::Value {
    let regions: Vec<&str> = account
        .regions
        .iter()
        .map(|region| region.region.as_str())
        .collect();
    serde_json::json!({
        "accountId": account.account_id,
        "name": account.name,
        "regions": regions,
        "unit": account.unit_id,
    })
}

#[cfg(test)]
mod tests;
