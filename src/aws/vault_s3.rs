//! A vault store in an S3 bucket.
//!
//! Not for Object Lock (`vault_s3/object_lock.rs`). Invariant: an object is created only where none is, decided by S3 itself
//! (`If-None-Match: *`), S3 checks the SHA-256 of everything that is written, and what is deleted is the version that is seen.

use std::fmt::{self, Debug, Formatter};
use std::future::Future;
use std::sync::Arc;

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use vault::{ObjectInfo, ObjectLock, ObjectStore, StoreError};

use crate::access::{EndpointConfig, ObjectStoreConfig};
use crate::error::{AwsError, ErrorClass};
use crate::inventory::TokenTrail;
use crate::limiter::Gate;
use crate::sdk::Session;
use crate::sdk::call::{Call, S3_GET, S3_LIST, S3_PUT};
use crate::sdk::failure::from_sdk;

mod object_lock;

/// How often a read is made whose body broke off: the SDK retries only until the body begins.
const READS_MAX: u32 = 3;

/// A vault store in S3. Every call blocks: use it on blocking threads only, never on a worker of the runtime.
pub struct S3ObjectStore {
    client: aws_sdk_s3::Client,
    gate: Arc<Gate>,
    runtime: Handle,
    bucket: String,
    prefix: String,
}

impl Debug for S3ObjectStore {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

/// What a failed write found.
enum Write {
    Done,
    Exists,
}

impl S3ObjectStore {
    /// Must be called inside the runtime that will do the work.
    pub(crate) fn new(
        session: &Session,
        store: &ObjectStoreConfig,
        endpoints: &EndpointConfig,
        (gate, partition): (Arc<Gate>, &str),
    ) -> Self {
        let mut builder = aws_sdk_s3::config::Builder::from(&session.config)
            .force_path_style(endpoints.path_style_s3)
            .retry_partition(RetryPartition::new(format!("s3/{partition}")));
        if let Some(url) = endpoints.of("s3") {
            builder = builder.endpoint_url(url);
        }
        Self {
            client: aws_sdk_s3::Client::from_conf(builder.build()),
            gate,
            runtime: Handle::current(),
            bucket: store.bucket.clone(),
            prefix: store.prefix.trim_matches('/').to_owned(),
        }
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    fn full_key(&self, key: &str) -> String {
        if self.prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{}/{key}", self.prefix)
        }
    }

    async fn get(&self, key: &str, range: Option<(u64, u32)>) -> Result<Bytes, StoreError> {
        let mut reads = 1;
        loop {
            match self.get_once(key, range).await {
                Err(StoreError::Io(_)) if reads < READS_MAX => reads += 1,
                outcome => return outcome,
            }
        }
    }

    async fn get_once(&self, key: &str, range: Option<(u64, u32)>) -> Result<Bytes, StoreError> {
        let _pass = self.gate.pass().await;
        let mut call = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(self.full_key(key));
        call = match range {
            Some((offset, length)) => call.range(range_header(offset, length)),
            // S3 stores the checksum of the whole object; with this the SDK compares it while the body arrives.
            None => call.checksum_mode(ChecksumMode::Enabled),
        };
        let answer = call
            .send()
            .await
            .map_err(|e| store_error(&S3_GET, &e, key))?;
        let body = answer.body.collect().await;
        let body = body.map_err(|error| StoreError::Io(format!("{key} broke off: {error}")))?;
        let data = body.into_bytes();
        match range {
            Some((_, length)) if u64::try_from(data.len()) != Ok(u64::from(length)) => {
                let text = format!("{key}: {} bytes came, {length} were asked for", data.len());
                Err(StoreError::Io(text))
            }
            _ => Ok(data),
        }
    }

    fn put(&self, key: &str, data: &Bytes) -> PutObjectFluentBuilder {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(self.full_key(key))
            .checksum_sha256(BASE64.encode(Sha256::digest(data)))
            .body(ByteStream::from(data.clone()))
    }

    async fn create_once(
        &self,
        put: PutObjectFluentBuilder,
        key: &str,
    ) -> Result<Write, StoreError> {
        let _pass = self.gate.pass().await;
        match put.if_none_match("*").send().await {
            Ok(_) => Ok(Write::Done),
            Err(error) if status_of(&error) == Some(412) => Ok(Write::Exists),
            Err(error) => Err(store_error(&S3_PUT, &error, key)),
        }
    }

    async fn create_by(
        &self,
        put: PutObjectFluentBuilder,
        key: &str,
        data: &Bytes,
    ) -> Result<(), StoreError> {
        match self.create_once(put, key).await? {
            Write::Done => Ok(()),
            // Perhaps our own earlier attempt whose answer was lost.
            Write::Exists if self.get(key, None).await? == *data => Ok(()),
            Write::Exists => Err(StoreError::AlreadyExists(key.to_owned())),
        }
    }
}

fn range_header(offset: u64, length: u32) -> String {
    let last = offset.saturating_add(u64::from(length)).saturating_sub(1);
    format!("bytes={offset}-{last}")
}

fn status_of<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|raw| raw.status().as_u16())
}

fn store_error<E>(call: &Call, error: &SdkError<E, HttpResponse>, key: &str) -> StoreError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    // A HEAD has no body, so its errors carry no code: only the status tells.
    match status_of(error) {
        Some(404) => match from_sdk(call, error).code() {
            Some("NoSuchBucket") => StoreError::Denied("the bucket does not exist".to_owned()),
            _ => StoreError::NotFound(key.to_owned()),
        },
        Some(416) => StoreError::Io(format!("{key} ends before the range that was asked for")),
        Some(507) => StoreError::Full(from_sdk(call, error).to_string()),
        _ => classify(&from_sdk(call, error), key),
    }
}

fn classify(error: &AwsError, key: &str) -> StoreError {
    let text = format!("{key}: {error}");
    match error.code() {
        Some("QuotaExceeded" | "XMinioStorageFull" | "InsufficientStorage") => {
            StoreError::Full(text)
        }
        Some("BadDigest" | "InvalidDigest" | "XAmzContentChecksumMismatch") => {
            StoreError::Corrupt(text)
        }
        _ => match error.class() {
            ErrorClass::NotFound => StoreError::NotFound(key.to_owned()),
            ErrorClass::AccessDenied | ErrorClass::InvalidRequest => StoreError::Denied(text),
            ErrorClass::Throttled => StoreError::Throttled(text),
            ErrorClass::LimitExceeded => StoreError::Full(text),
            ErrorClass::ChecksumMismatch => StoreError::Corrupt(text),
            ErrorClass::Transient | ErrorClass::TokenExpired | ErrorClass::Other => {
                StoreError::Io(text)
            }
        },
    }
}

impl ObjectStore for S3ObjectStore {
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
        let root = self.full_key("");
        self.wait(async {
            let mut found = Vec::new();
            let mut trail = TokenTrail::default();
            let mut token = None;
            loop {
                let pass = self.gate.pass().await;
                let page = self
                    .client
                    .list_objects_v2()
                    .bucket(&self.bucket)
                    .prefix(self.full_key(prefix))
                    .set_continuation_token(token)
                    .send()
                    .await
                    .map_err(|error| store_error(&S3_LIST, &error, prefix))?;
                drop(pass);
                let more = page.is_truncated.unwrap_or(false);
                for object in page.contents.unwrap_or_default() {
                    found.push(listed(&root, object.key.as_deref(), object.size)?);
                }
                if !more {
                    return Ok(found);
                }
                let next = trail
                    .step(page.next_continuation_token)
                    .map_err(|error| StoreError::Io(error.to_string()))?;
                if next.is_none() {
                    return Err(StoreError::Io("the list is cut off".to_owned()));
                }
                token = next;
            }
        })
    }

    fn read(&self, key: &str) -> Result<Bytes, StoreError> {
        self.wait(self.get(key, None))
    }

    fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        self.wait(self.get(key, Some((offset, length))))
    }

    fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        self.wait(self.create_by(self.put(key, &data), key, &data))
    }

    fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        self.wait(async {
            let _pass = self.gate.pass().await;
            let answer = self.put(key, &data).send().await;
            answer
                .map(|_| ())
                .map_err(|error| store_error(&S3_PUT, &error, key))
        })
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.wait(async {
            // S3 calls the deletion of nothing a success; our contract wants to know.
            let version = self.head(key, None).await?.version_id;
            match version {
                // Without a version a bucket with versions would only hide it.
                Some(version) => match self.delete_one(key, Some(&version)).await {
                    // Perhaps this identity may not delete versions: then it is hidden, as it always was.
                    Err(StoreError::Denied(_)) => self.delete_one(key, None).await,
                    done => done,
                },
                None => self.delete_one(key, None).await,
            }
        })
    }

    fn object_lock(&self) -> Option<&dyn ObjectLock> {
        Some(self)
    }

    fn describe(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }
}

fn listed(root: &str, key: Option<&str>, size: Option<i64>) -> Result<ObjectInfo, StoreError> {
    let key = key.and_then(|key| key.strip_prefix(root));
    let size = size.and_then(|size| u64::try_from(size).ok());
    match (key, size) {
        (Some(key), Some(size)) => Ok(ObjectInfo {
            key: key.to_owned(),
            size,
        }),
        _ => Err(StoreError::Io(
            "an entry of the list has no key or size".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_name_their_last_byte() {
        assert_eq!(range_header(0, 1), "bytes=0-0");
        assert_eq!(range_header(10, 5), "bytes=10-14");
    }

    #[test]
    fn answers_of_s3_become_what_the_vault_understands() {
        let of = |code, status| {
            classify(
                &AwsError::from_code("s3", "PutObject", code, "-", status),
                "k",
            )
        };
        assert_eq!(of("NoSuchKey", 404), StoreError::NotFound("k".into()));
        assert!(matches!(of("AccessDenied", 403), StoreError::Denied(_)));
        assert!(matches!(of("SlowDown", 503), StoreError::Throttled(_)));
        assert!(matches!(of("InternalError", 500), StoreError::Io(_)));
        assert!(matches!(of("QuotaExceeded", 403), StoreError::Full(_)));
        assert!(matches!(of("BadDigest", 400), StoreError::Corrupt(_)));
        assert!(!of("AccessDenied", 403).is_retryable());
    }

    #[test]
    fn a_list_entry_without_key_or_size_is_an_error() {
        let entry = listed("p/", Some("p/data/1"), Some(3)).unwrap();
        assert_eq!((entry.key.as_str(), entry.size), ("data/1", 3));
        assert!(listed("p/", Some("q/data/1"), Some(3)).is_err());
        assert!(listed("p/", Some("p/data/1"), None).is_err());
    }
}
