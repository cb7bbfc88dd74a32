//! Assuming a role of a customer's account.
//!
//! Not for roles without an external id: there are none (rule AW1). Invariant: the proof tries the role from our own
//! credentials, exactly as the work will later.

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::call::ASSUME_ROLE;
use super::failure::from_sdk;
use crate::account::ExternalIdProof;
use crate::error::{AwsError, ErrorClass};

/// An external id that no connection of ours has: ours are random, and longer.
const WRONG_EXTERNAL_ID: &str = "holdfast-proof-with-a-wrong-external-id";

/// Session name of the proof, as the customer's log of API calls shows it.
const PROOF_SESSION: &str = "holdfast-external-id-proof";

/// Credentials of the role, fetched when needed and cached until shortly before they expire.
pub(super) async fn provider(
    config: &SdkConfig,
    role_arn: &str,
    external_id: &str,
    session_name: &str,
) -> SharedCredentialsProvider {
    let mut builder = AssumeRoleProvider::builder(role_arn)
        .external_id(external_id)
        .session_name(valid_session_name(session_name))
        .configure(config);
    if let Some(region) = config.region() {
        builder = builder.region(region.clone());
    }
    let provider = match config.credentials_provider() {
        Some(base) => builder.build_from_provider(base).await,
        None => builder.build().await,
    };
    SharedCredentialsProvider::new(provider)
}

/// An error unless the role opens.
pub(super) async fn require_open(config: &SdkConfig) -> Result<(), AwsError> {
    super::fetch(config).await
}

/// Tries the role with the right external id, without one and with a wrong one.
pub(super) async fn prove(
    sts: &aws_sdk_sts::Client,
    role_arn: &str,
    external_id: &str,
) -> Result<ExternalIdProof, AwsError> {
    let right = attempt(sts, role_arn, Some(external_id)).await?;
    let without = attempt(sts, role_arn, None).await?;
    let wrong = attempt(sts, role_arn, Some(WRONG_EXTERNAL_ID)).await?;
    Ok(ExternalIdProof {
        opens_with_external_id: right.is_none(),
        refuses_without_external_id: without.is_some(),
        refuses_wrong_external_id: wrong.is_some(),
        refusal: right,
    })
}

/// `None` when the role opened, AWS's words when it refused, an error when AWS could not be asked.
async fn attempt(
    sts: &aws_sdk_sts::Client,
    role_arn: &str,
    external_id: Option<&str>,
) -> Result<Option<String>, AwsError> {
    let answer = sts
        .assume_role()
        .role_arn(role_arn)
        .role_session_name(PROOF_SESSION)
        .set_external_id(external_id.map(str::to_owned))
        .duration_seconds(900)
        .send()
        .await;
    match answer {
        Ok(_) => Ok(None),
        Err(error) => {
            let error = from_sdk(&ASSUME_ROLE, &error);
            if error.class() == ErrorClass::AccessDenied {
                Ok(Some(error.message().to_owned()))
            } else {
                Err(error)
            }
        }
    }
}

/// The account number in a role's ARN.
pub(super) fn account_of(role_arn: &str) -> Result<String, AwsError> {
    let account = role_arn.split(':').nth(4).unwrap_or_default();
    if domain::aws_account::is_account_id(account) {
        Ok(account.to_owned())
    } else {
        Err(AwsError::new(
            ErrorClass::InvalidRequest,
            "sts",
            "AssumeRole",
            "the role's ARN names no account",
        ))
    }
}

/// A session name that STS takes: 2 to 64 of the characters that it allows.
fn valid_session_name(name: &str) -> String {
    let mut valid: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_=,.@-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(64)
        .collect();
    if valid.len() < 2 {
        valid.push_str("holdfast");
    }
    valid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_fit_sts() {
        assert_eq!(valid_session_name("task_01abc"), "task_01abc");
        assert_eq!(valid_session_name("a b/c"), "a-b-c");
        assert_eq!(valid_session_name(""), "holdfast");
        assert_eq!(valid_session_name(&"x".repeat(100)).len(), 64);
    }

    #[test]
    fn the_account_comes_from_the_arn_of_the_role() {
        let arn = "arn:aws:iam::111111111111:role/BackupAccess";
        assert_eq!(account_of(arn).unwrap(), "111111111111");
        assert!(account_of("arn:aws:iam::11:role/x").is_err());
        assert!(account_of("x").is_err());
    }
}
