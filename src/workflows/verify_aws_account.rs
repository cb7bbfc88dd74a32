//! Proves that a linked account can be used, and by nobody who lacks its external id.
//!
//! | step       | do                                                                       | undo          |
//! |------------|--------------------------------------------------------------------------|---------------|
//! | `identity` | the number is the one that was named; the role demands the external id   | nothing to do |
//! | `regions`  | find missing permissions per region; keep the verdict; queue inventories | forward-only  |
//!
//! Not for reading assets. Invariant: an account is never called connected on an assumption (reliability.md AW1).

use std::sync::Arc;

use async_trait::async_trait;
use aws::Purpose;
use domain::aws_account::{AccountAccess, AwsAccount, AwsAccountStatus};
use domain::ids::AwsAccountKey;
use domain::task::{Actor, NewTask, TaskKind, TaskSpec};
use serde_json::json;
use store::aws_accounts;
use tasks::{Step, StepContext, TaskError, Workflow};

use crate::services::Services;
use crate::{failure, rows, sync_inventory};

const IDENTITY: &str = "identity";
const REGIONS: &str = "regions";

/// The workflow.
pub(crate) struct VerifyAwsAccount {
    services: Arc<Services>,
}

impl VerifyAwsAccount {
    pub(crate) fn new(services: Arc<Services>) -> Self {
        Self { services }
    }
}

impl Workflow for VerifyAwsAccount {
    fn kind(&self) -> TaskKind {
        TaskKind::VerifyAwsAccount
    }

    fn steps(&self) -> Vec<Arc<dyn Step>> {
        vec![
            Arc::new(Identity(self.services.clone())),
            Arc::new(Regions(self.services.clone())),
        ]
    }
}

fn arguments(cx: &StepContext) -> Result<AwsAccountKey, TaskError> {
    let TaskSpec::VerifyAwsAccount { aws_account_id } = cx.spec() else {
        return Err(rows::wrong_spec(cx.spec()));
    };
    Ok(*aws_account_id)
}

struct Identity(Arc<Services>);

#[async_trait]
impl Step for Identity {
    fn name(&self) -> &'static str {
        IDENTITY
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let account = rows::account(cx, arguments(cx)?).await?;
        match self.prove(&account).await {
            Ok(arn) => Ok(json!({ "arn": arn })),
            Err(error) => {
                // What worked before may have stopped working: the page of the account must say so. What never worked is still
                // on its way: the page goes on to say what to do.
                let has_worked = account.status != AwsAccountStatus::Pending;
                if has_worked && matches!(error.remedy, tasks::Remedy::Fail) {
                    degrade(cx, &account).await?;
                }
                Err(error)
            }
        }
    }
}

impl Identity {
    async fn prove(&self, account: &AwsAccount) -> Result<String, TaskError> {
        let access = self.0.access(account).map_err(failure::access)?;
        match &account.access {
            AccountAccess::StaticKeys { .. } => {}
            AccountAccess::Role { role_arn, .. } => {
                let proof = self.0.aws.prove_external_id(&access).await;
                let proof = proof.map_err(|error| failure::aws(&error))?;
                if !proof.opens_with_external_id {
                    let why = proof.refusal.unwrap_or_default();
                    return Err(TaskError::fail(
                        failure::ROLE_REFUSES_US,
                        format!(
                            "The role {role_arn} does not let us in with the external id. {why}"
                        ),
                    ));
                }
                if !proof.holds() {
                    return Err(TaskError::fail(
                        "EXTERNAL_ID_NOT_ENFORCED",
                        format!(
                            "The role {role_arn} also opens without the external id, so others could use it through \
                             us. Add the condition sts:ExternalId to its trust policy."
                        ),
                    ));
                }
            }
        }
        let identity = self.0.aws.prove_identity(&access).await;
        let identity = identity.map_err(|error| failure::aws(&error))?;
        if identity.account_id != account.account_id {
            return Err(TaskError::fail(
                "WRONG_ACCOUNT",
                format!(
                    "The credentials belong to account {}, not to {}.",
                    identity.account_id, account.account_id
                ),
            ));
        }
        Ok(identity.arn)
    }
}

struct Regions(Arc<Services>);

#[async_trait]
impl Step for Regions {
    fn name(&self) -> &'static str {
        REGIONS
    }

    async fn run(&self, cx: &StepContext) -> Result<serde_json::Value, TaskError> {
        let account = rows::account(cx, arguments(cx)?).await?;
        let mut verdicts = Vec::new();
        for region in &account.regions {
            let (status, missing) = self.probe(cx, &account, &region.region).await?;
            if !missing.is_empty() {
                cx.warn(format!(
                    "{}: {} is missing.",
                    region.region,
                    missing.join(", ")
                ));
            }
            verdicts.push((region.region.clone(), status, missing));
        }
        keep(cx, &account, &verdicts).await?;
        Ok(verdicts
            .into_iter()
            .map(|(region, status, missing)| {
                (
                    region,
                    json!({ "status": status.name(), "missing_permissions": missing }),
                )
            })
            .collect())
    }
}

impl Regions {
    async fn probe(
        &self,
        cx: &StepContext,
        account: &AwsAccount,
        name: &str,
    ) -> Result<(AwsAccountStatus, Vec<String>), TaskError> {
        let region = match self.0.region(account, name, &cx.task.id.to_string()).await {
            Ok(region) => region,
            Err(error) => {
                let error = failure::access(error);
                // One region out of reach must not hide what is wrong with the others.
                return match error.remedy {
                    tasks::Remedy::Fail => {
                        cx.warn(format!("{name}: {}", error.message));
                        Ok((AwsAccountStatus::Degraded, Vec::new()))
                    }
                    tasks::Remedy::Retry(..)
                    | tasks::Remedy::Block
                    | tasks::Remedy::Abort
                    | tasks::Remedy::LetGo => Err(error),
                };
            }
        };
        let gaps = region.missing_permissions(Purpose::ALL).await;
        let gaps = gaps.map_err(|error| failure::aws(&error))?;
        let missing: Vec<String> = gaps.into_iter().map(|gap| gap.action).collect();
        let status = if missing.is_empty() {
            AwsAccountStatus::Connected
        } else {
            AwsAccountStatus::Degraded
        };
        Ok((status, missing))
    }
}

async fn keep(
    cx: &StepContext,
    account: &AwsAccount,
    verdicts: &[(String, AwsAccountStatus, Vec<String>)],
) -> Result<(), TaskError> {
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    for (region, status, missing) in verdicts {
        aws_accounts::set_region_state(
            &mut tx,
            cx.organization,
            account.id,
            region,
            *status,
            missing,
        )
        .await?;
        let spec = TaskSpec::SyncInventory {
            aws_account_id: account.id,
            region: region.clone(),
        };
        let mut task = NewTask::new(cx.organization, spec, Actor::System);
        task.aws_account_id = Some(account.id);
        // One inventory for one verification, also when this step runs twice.
        task.unique_key = Some(format!("sync_inventory/{}/{region}", cx.task.id));
        task.concurrency_key = Some(sync_inventory::concurrency_key(account.id, region));
        tasks::enqueue(&mut tx, task, cx.ids.as_ref(), cx.clock.now()).await?;
    }
    let whole = verdicts
        .iter()
        .all(|(_, status, _)| *status == AwsAccountStatus::Connected);
    let status = if whole {
        AwsAccountStatus::Connected
    } else {
        AwsAccountStatus::Degraded
    };
    aws_accounts::set_status(&mut tx, cx.organization, account.id, status).await?;
    tx.commit().await?;
    Ok(())
}

async fn degrade(cx: &StepContext, account: &AwsAccount) -> Result<(), TaskError> {
    let mut tx = cx.store.begin().await?;
    cx.check_lease()?;
    aws_accounts::set_status(
        &mut tx,
        cx.organization,
        account.id,
        AwsAccountStatus::Degraded,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
