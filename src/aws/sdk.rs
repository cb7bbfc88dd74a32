//! AWS through its SDK: credentials, clients and their caches.
//!
//! Not for the meaning of calls (`ec2`, `ebs`, `kms`, `vault_s3`). Invariant: one HTTP client serves all accounts, but
//! retry budgets and brakes are kept apart by account, region and service.

pub(crate) mod call;
pub(crate) mod failure;
pub(crate) mod query;
mod role;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::{AppName, BehaviorVersion, Region as RegionName, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::access::{AwsAccess, BaseCredentials, EndpointConfig, ObjectStoreConfig};
use crate::account::{CallerIdentity, ExternalIdProof};
use crate::ec2::AwsRegion;
use crate::error::{AwsError, ErrorClass};
use crate::kms::KmsKeyWrapper;
use crate::limiter::{Gates, Limits, Service};
use crate::vault_s3::S3ObjectStore;
use crate::{Aws, Region};
use call::Call;

/// Cached accesses; the one that was not used for the longest time makes room. Tasks name their session after
/// themselves, so most entries are used by one task only.
const CACHED_SESSIONS_MAX: usize = 512;

/// How this installation uses AWS.
#[derive(Debug, Clone)]
pub struct SdkSettings {
    /// Whose credentials it has.
    pub base: BaseCredentials,
    /// The region that is asked when no other is at hand (who am I, does this role open).
    pub home_region: String,
    /// Where AWS is.
    pub endpoints: EndpointConfig,
    /// Brakes of our own.
    pub limits: Limits,
    /// Whether the SDK also lowers its rate when AWS throttles (its "adaptive" retry mode).
    pub adaptive_retry: bool,
    /// Attempts of one call, the first included.
    pub attempts_max: u32,
    /// First pause between two attempts; doubled each time, with jitter.
    pub initial_backoff: Duration,
    /// Longest time for one attempt, reading the answer included.
    pub attempt_timeout: Duration,
}

impl Default for SdkSettings {
    fn default() -> Self {
        Self {
            base: BaseCredentials::Environment,
            home_region: "us-east-1".to_owned(),
            endpoints: EndpointConfig::default(),
            limits: Limits::default(),
            adaptive_retry: true,
            attempts_max: 6,
            initial_backoff: Duration::from_millis(500),
            attempt_timeout: Duration::from_mins(1),
        }
    }
}

/// AWS through its SDK. Make one and share it.
#[derive(Debug)]
pub struct SdkAws {
    settings: SdkSettings,
    base: OnceCell<SdkConfig>,
    gates: Gates,
    sessions: Mutex<Sessions>,
}

#[derive(Debug, Default)]
struct Sessions {
    entries: BTreeMap<String, (u64, Session)>,
    uses: u64,
}

/// An account reached in a region.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Region, credentials and the rest.
    pub(crate) config: SdkConfig,
    /// The 12-digit account number.
    pub(crate) account_id: String,
}

impl SdkAws {
    /// AWS with these settings. Asks nobody anything yet.
    #[must_use]
    pub fn new(settings: SdkSettings) -> Self {
        Self {
            base: OnceCell::new(),
            gates: Gates::new(settings.limits.clone()),
            sessions: Mutex::new(Sessions::default()),
            settings,
        }
    }

    /// Credentials of the installation, and what all clients share.
    async fn base(&self) -> &SdkConfig {
        self.base
            .get_or_init(|| async {
                let settings = &self.settings;
                let timeouts = TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(settings.attempt_timeout)
                    .build();
                let retries = if settings.adaptive_retry {
                    RetryConfig::adaptive()
                } else {
                    RetryConfig::standard()
                };
                let retries = retries
                    .with_max_attempts(settings.attempts_max)
                    .with_initial_backoff(settings.initial_backoff);
                let mut loader = aws_config::defaults(BehaviorVersion::latest())
                    .region(RegionName::new(settings.home_region.clone()))
                    .timeout_config(timeouts)
                    .retry_config(retries);
                if let Ok(name) = AppName::new("Holdfast") {
                    loader = loader.app_name(name);
                }
                loader = match &settings.base {
                    BaseCredentials::Environment => loader,
                    BaseCredentials::Profile { name } => loader.profile_name(name),
                    BaseCredentials::StaticKeys {
                        access_key_id,
                        secret_access_key,
                    } => {
                        let secret = secret_access_key.expose_secret();
                        loader.credentials_provider(static_keys(access_key_id, secret))
                    }
                };
                loader.load().await
            })
            .await
    }

    /// The base configuration for another region.
    async fn base_in(&self, region: &str) -> SdkConfig {
        let builder = self.base().await.clone().into_builder();
        builder.region(RegionName::new(region.to_owned())).build()
    }

    /// STS in the region of `config`, with its credentials.
    fn sts(&self, config: &SdkConfig) -> aws_sdk_sts::Client {
        let mut builder = aws_sdk_sts::config::Builder::from(config);
        if let Some(url) = self.settings.endpoints.of("sts") {
            builder = builder.endpoint_url(url);
        }
        aws_sdk_sts::Client::from_conf(builder.build())
    }

    async fn identity_of(&self, config: &SdkConfig) -> Result<CallerIdentity, AwsError> {
        let answer = self
            .sts(config)
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| failure::from_sdk(&call::CALLER_IDENTITY, &error))?;
        match (answer.account, answer.arn, answer.user_id) {
            (Some(account_id), Some(arn), Some(user_id)) => Ok(CallerIdentity {
                account_id,
                arn,
                user_id,
            }),
            _ => Err(incomplete(
                &call::CALLER_IDENTITY,
                "account, ARN or user id",
            )),
        }
    }

    /// The session of an access in a region, from the cache or made new. Credentials are fetched once, so that a role
    /// that does not open is an error here.
    async fn session(
        &self,
        access: &AwsAccess,
        region: &str,
        session_name: &str,
    ) -> Result<Session, AwsError> {
        let key = cache_key(access, region, session_name);
        if let Some(session) = self.sessions.lock().find(&key) {
            return Ok(session);
        }
        let base = self.base_in(region).await;
        let provider = match access {
            AwsAccess::Own => base.credentials_provider().ok_or_else(|| {
                let message = "this installation has no AWS credentials";
                AwsError::new(
                    ErrorClass::AccessDenied,
                    "sts",
                    "GetCallerIdentity",
                    message,
                )
            })?,
            AwsAccess::AssumeRole {
                role_arn,
                external_id,
            } => {
                self.assume(&base, role_arn, external_id, session_name)
                    .await
            }
            AwsAccess::StaticKeys {
                access_key_id,
                secret_access_key,
            } => static_keys(access_key_id, secret_access_key.expose_secret()),
        };
        let config = base.into_builder().credentials_provider(provider).build();
        let account_id = match access {
            AwsAccess::AssumeRole { role_arn, .. } => {
                role::require_open(&config).await?;
                role::account_of(role_arn)?
            }
            AwsAccess::Own | AwsAccess::StaticKeys { .. } => {
                self.identity_of(&config).await?.account_id
            }
        };
        let session = Session { config, account_id };
        self.sessions.lock().keep(key, session.clone());
        Ok(session)
    }

    async fn assume(
        &self,
        base: &SdkConfig,
        role_arn: &str,
        external_id: &str,
        session_name: &str,
    ) -> SharedCredentialsProvider {
        let mut builder = base.clone().into_builder();
        if let Some(url) = self.settings.endpoints.of("sts") {
            builder = builder.endpoint_url(url);
        }
        role::provider(&builder.build(), role_arn, external_id, session_name).await
    }

    fn partition(session: &Session, region: &str) -> String {
        format!("{}/{region}", session.account_id)
    }
}

impl Sessions {
    fn find(&mut self, key: &str) -> Option<Session> {
        self.uses = self.uses.saturating_add(1);
        let now = self.uses;
        self.entries.get_mut(key).map(|(used, session)| {
            *used = now;
            session.clone()
        })
    }

    fn keep(&mut self, key: String, session: Session) {
        self.uses = self.uses.saturating_add(1);
        if self.entries.len() >= CACHED_SESSIONS_MAX {
            let oldest = self.entries.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.entries.remove(&oldest);
            }
        }
        self.entries.insert(key, (self.uses, session));
    }
}

/// Names an access without giving a secret away.
fn cache_key(access: &AwsAccess, region: &str, session_name: &str) -> String {
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        digest.update(part.len().to_le_bytes());
        digest.update(part.as_bytes());
    };
    match access {
        AwsAccess::Own => add("own"),
        AwsAccess::AssumeRole {
            role_arn,
            external_id,
        } => {
            add("role");
            add(role_arn);
            add(external_id);
            add(session_name);
        }
        AwsAccess::StaticKeys {
            access_key_id,
            secret_access_key,
        } => {
            add("keys");
            add(access_key_id);
            add(secret_access_key.expose_secret());
        }
    }
    add(region);
    hex::encode(digest.finalize())
}

fn static_keys(access_key_id: &str, secret: &str) -> SharedCredentialsProvider {
    let keys = Credentials::new(access_key_id, secret, None, None, "holdfast");
    SharedCredentialsProvider::new(keys)
}

/// An answer of AWS that lacks a part it always has.
pub(crate) fn incomplete(call: &Call, what: &str) -> AwsError {
    let message = format!("the answer has no {what}");
    AwsError::new(ErrorClass::Other, call.service, call.operation, message)
}

#[async_trait]
impl Aws for SdkAws {
    async fn region(
        &self,
        access: &AwsAccess,
        region: &str,
        session_name: &str,
    ) -> Result<Arc<dyn Region>, AwsError> {
        let session = self.session(access, region, session_name).await?;
        let partition = Self::partition(&session, region);
        let gates = (
            self.gates.of(Service::Ec2, &partition),
            self.gates.of(Service::Ebs, &partition),
        );
        let region = AwsRegion::new(&session, region, &self.settings.endpoints, gates);
        Ok(Arc::new(region))
    }

    async fn prove_identity(&self, access: &AwsAccess) -> Result<CallerIdentity, AwsError> {
        let region = self.settings.home_region.clone();
        let session = self.session(access, &region, "holdfast-connect").await?;
        self.identity_of(&session.config).await
    }

    async fn prove_external_id(&self, access: &AwsAccess) -> Result<ExternalIdProof, AwsError> {
        let AwsAccess::AssumeRole {
            role_arn,
            external_id,
        } = access
        else {
            let message = "only a role has an external id";
            return Err(AwsError::new(
                ErrorClass::InvalidRequest,
                "sts",
                "AssumeRole",
                message,
            ));
        };
        role::prove(&self.sts(self.base().await), role_arn, external_id).await
    }

    async fn key_wrapper(
        &self,
        access: &AwsAccess,
        key_arn: &str,
    ) -> Result<Arc<dyn vault::KeyWrapper>, AwsError> {
        let region = crate::kms::region_of(key_arn)?;
        let session = self.session(access, &region, "holdfast-keys").await?;
        let partition = Self::partition(&session, &region);
        let wrapper = KmsKeyWrapper::new(
            &session,
            key_arn,
            self.settings.endpoints.of("kms"),
            (self.gates.of(Service::Kms, &partition), &partition),
        );
        Ok(Arc::new(wrapper))
    }

    async fn object_store(
        &self,
        access: &AwsAccess,
        store: &ObjectStoreConfig,
    ) -> Result<Arc<dyn vault::ObjectStore>, AwsError> {
        let session = self
            .session(access, &store.region, "holdfast-vault")
            .await?;
        let partition = Self::partition(&session, &store.region);
        let store = S3ObjectStore::new(
            &session,
            store,
            &self.settings.endpoints,
            (self.gates.of(Service::S3, &partition), &partition),
        );
        Ok(Arc::new(store))
    }
}

/// Fetches credentials once, to see whether there are any.
pub(crate) async fn fetch(config: &SdkConfig) -> Result<(), AwsError> {
    let Some(provider) = config.credentials_provider() else {
        return Err(incomplete(&call::ASSUME_ROLE, "credentials"));
    };
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => Err(failure::from_chain(&call::ASSUME_ROLE, &error, false)),
    }
}
