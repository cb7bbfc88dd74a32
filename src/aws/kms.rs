//! Master keys of the vault wrapped by a key in AWS KMS.
//!
//! Not for who may use which key (`app`). Invariant: every call carries the whole encryption context, so KMS itself refuses
//! a wrapped key that was moved to another organization or repository.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_kms::primitives::Blob;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use vault::{KeyContext, KeyError, KeyWrapper, MasterKey, WrappedKey};

use crate::error::{AwsError, ErrorClass};
use crate::limiter::Gate;
use crate::sdk::Session;
use crate::sdk::call::{Call, KMS_DECRYPT, KMS_ENCRYPT};
use crate::sdk::failure::from_sdk;

/// What stands before the key's ARN in [`WrappedKey::wrapper`].
pub(crate) const KMS_WRAPPER_PREFIX: &str = "aws-kms:";

/// Wraps master keys with one KMS key.
pub struct KmsKeyWrapper {
    client: aws_sdk_kms::Client,
    gate: Arc<Gate>,
    key_arn: String,
}

impl Debug for KmsKeyWrapper {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "KmsKeyWrapper({})", self.key_arn)
    }
}

/// The region in a key's ARN. A bare key id or alias is refused: it would mean another key in another account.
pub(crate) fn region_of(key_arn: &str) -> Result<String, AwsError> {
    let parts: Vec<&str> = key_arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "kms", region, account, key]
            if domain::aws_account::is_region_name(region)
                && domain::aws_account::is_account_id(account)
                && key.starts_with("key/") =>
        {
            Ok((*region).to_owned())
        }
        _ => Err(AwsError::new(
            ErrorClass::InvalidRequest,
            "kms",
            "Encrypt",
            "this is not the ARN of a KMS key",
        )),
    }
}

impl KmsKeyWrapper {
    pub(crate) fn new(
        session: &Session,
        key_arn: &str,
        endpoint: Option<&str>,
        (gate, partition): (Arc<Gate>, &str),
    ) -> Self {
        let mut builder = aws_sdk_kms::config::Builder::from(&session.config)
            .retry_partition(RetryPartition::new(format!("kms/{partition}")));
        if let Some(url) = endpoint {
            builder = builder.endpoint_url(url);
        }
        Self {
            client: aws_sdk_kms::Client::from_conf(builder.build()),
            gate,
            key_arn: key_arn.to_owned(),
        }
    }

    fn wrapper_name(&self) -> String {
        format!("{KMS_WRAPPER_PREFIX}{}", self.key_arn)
    }
}

fn key_error<E>(call: &Call, error: &SdkError<E, HttpResponse>) -> KeyError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    classify(&from_sdk(call, error))
}

pub(crate) fn classify(error: &AwsError) -> KeyError {
    let text = error.to_string();
    match error.code() {
        Some("DisabledException" | "KMSInvalidStateException" | "KMSInvalidState") => {
            KeyError::Disabled(text)
        }
        Some("InvalidCiphertextException" | "IncorrectKeyException") => KeyError::Corrupt(text),
        _ => match error.class() {
            ErrorClass::AccessDenied => KeyError::Denied(text),
            ErrorClass::NotFound => KeyError::NotFound(text),
            ErrorClass::Throttled => KeyError::Throttled(text),
            ErrorClass::Transient
            | ErrorClass::LimitExceeded
            | ErrorClass::InvalidRequest
            | ErrorClass::ChecksumMismatch
            | ErrorClass::TokenExpired
            | ErrorClass::Other => KeyError::Other(text),
        },
    }
}

#[async_trait]
impl KeyWrapper for KmsKeyWrapper {
    async fn wrap(&self, key: &MasterKey, context: &KeyContext) -> Result<WrappedKey, KeyError> {
        let _pass = self.gate.pass().await;
        let call = self.client.encrypt().key_id(&self.key_arn);
        let pairs = context.pairs().into_iter();
        let answer = pairs
            .fold(call, |call, (name, value)| {
                call.encryption_context(name, value)
            })
            .plaintext(Blob::new(key.expose_json()))
            .send()
            .await
            .map_err(|error| key_error(&KMS_ENCRYPT, &error))?;
        let ciphertext = answer.ciphertext_blob.map(Blob::into_inner);
        let ciphertext = ciphertext.filter(|bytes| !bytes.is_empty());
        let ciphertext =
            ciphertext.ok_or_else(|| KeyError::Other("KMS gave no ciphertext".to_owned()))?;
        Ok(WrappedKey::new(self.wrapper_name(), ciphertext))
    }

    async fn unwrap(&self, key: &WrappedKey, context: &KeyContext) -> Result<MasterKey, KeyError> {
        if key.wrapper != self.wrapper_name() {
            let text = format!("this key was wrapped by {}, not by {self:?}", key.wrapper);
            return Err(KeyError::NotFound(text));
        }
        let _pass = self.gate.pass().await;
        let call = self.client.decrypt().key_id(&self.key_arn);
        let pairs = context.pairs().into_iter();
        let answer = pairs
            .fold(call, |call, (name, value)| {
                call.encryption_context(name, value)
            })
            .ciphertext_blob(Blob::new(key.ciphertext.clone()))
            .send()
            .await
            .map_err(|error| key_error(&KMS_DECRYPT, &error))?;
        let plaintext = answer.plaintext.map(Blob::into_inner);
        let plaintext =
            plaintext.ok_or_else(|| KeyError::Other("KMS gave no plaintext".to_owned()))?;
        MasterKey::from_json(plaintext)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_a_key_become_errors_that_block_or_not() {
        for (code, status, blocked) in [
            ("DisabledException", 400, true),
            ("KMSInvalidStateException", 400, true),
            ("AccessDeniedException", 400, true),
            ("NotFoundException", 400, true),
            ("ThrottlingException", 400, false),
            ("InvalidCiphertextException", 400, false),
            ("KMSInternalException", 500, false),
        ] {
            let error = classify(&AwsError::from_code("kms", "Decrypt", code, "-", status));
            assert_eq!(error.is_blocked(), blocked, "{code}: {error}");
        }
    }

    #[test]
    fn only_the_full_arn_of_a_key_is_taken() {
        let arn = "arn:aws:kms:eu-west-1:111111111111:key/0000-11";
        assert_eq!(region_of(arn).unwrap(), "eu-west-1");
        for bad in [
            "alias/mine",
            "0000-11",
            "arn:aws:kms:eu-west-1:111111111111:alias/mine",
            "arn:aws:s3:eu-west-1:111111111111:key/0000-11",
            "arn:aws:kms:eu-west-1:1:key/0000-11",
        ] {
            assert!(region_of(bad).is_err(), "{bad}");
        }
    }
}
