//! Opens the repositories of the vault: where they lie, and who unwraps their keys.
//!
//! Not for what is done with them. Invariant: a repository's key is the one that lies wrapped beside it; a second server
//! that makes the same repository at the same moment ends up with the same key.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use aws::{Aws, AwsAccess, ObjectStoreConfig};
use bytes::Bytes;
use domain::Clock;
use domain::asset::AssetKind;
use domain::ids::{OrganizationId, RepositoryId};
use domain::organization::KeySource;
use domain::repository::VaultRepository;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vault::{
    FolderStore, KeyContext, KeyWrapper, LocalRootKey, MasterKey, ObjectStore, Repository,
    StoreError, StoreLocation, VaultError, WRAPPED_KEY_OBJECT, WrappedKey,
};

/// What the key of a repository is for, in its context.
const REPOSITORY_KEY_PURPOSE: &str = "repository-master-key";
/// How a wrapped key names AWS KMS as its wrapper.
const KMS_WRAPPER_PREFIX: &str = "aws-kms:";

/// Where new repositories are made.
#[derive(Debug, Clone)]
pub enum VaultPlace {
    /// In a folder of this machine.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// In a bucket.
    S3 {
        /// The bucket.
        bucket: String,
        /// Prefix inside it, without a slash at its end; may be empty.
        prefix: String,
        /// The bucket's region.
        region: String,
    },
}

/// What a new repository is for.
#[derive(Debug, Clone)]
pub struct NewRepository {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Number of the AWS account, 12 digits.
    pub account_id: String,
    /// Such as `eu-west-1`.
    pub region: String,
    /// Kind of the assets.
    pub asset_kind: AssetKind,
    /// Number of the shard, from 0.
    pub shard: i32,
}

impl NewRepository {
    /// Path below the vault's place; also what the id is made of.
    fn path(&self) -> String {
        let Self {
            organization_id,
            account_id,
            region,
            asset_kind,
            shard,
        } = self;
        format!(
            "{organization_id}/{account_id}/{region}/{}-{shard}",
            asset_kind.name()
        )
    }

    /// The id: a function of what the repository is for, so that a crash between the vault and the database, or two
    /// servers at once, can never make two ids for one place.
    #[must_use]
    pub fn id(&self) -> RepositoryId {
        let digest = Sha256::digest(format!("holdfast repository {}", self.path()));
        let mut bytes = [0_u8; 16];
        for (to, from) in bytes.iter_mut().zip(digest) {
            *to = from;
        }
        RepositoryId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// Object name, beside the repository's own, under which [`RepositoryCard`] lies in the store.
pub const REPOSITORY_OBJECT: &str = "holdfast/repository.json";
/// The version of [`RepositoryCard`] that this program writes and reads.
const CARD_VERSION: u32 = 1;

/// What a repository is for, in clear beside it: no secret, and what a restore without a database needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositoryCard {
    /// Version of this structure; an unknown one is refused.
    pub version: u32,
    /// Id of the organization.
    pub organization_id: String,
    /// Id of the repository.
    pub repository_id: String,
    /// Number of the AWS account, 12 digits.
    pub account_id: String,
    /// Such as `eu-west-1`.
    pub region: String,
    /// Kind of the assets.
    pub asset_kind: AssetKind,
    /// Number of the shard, from 0.
    pub shard: i32,
}

impl RepositoryCard {
    fn new(new: &NewRepository) -> Self {
        Self {
            version: CARD_VERSION,
            organization_id: new.organization_id.to_string(),
            repository_id: new.id().to_string(),
            account_id: new.account_id.clone(),
            region: new.region.clone(),
            asset_kind: new.asset_kind,
            shard: new.shard,
        }
    }

    /// Reads the card of a known version.
    pub fn from_json(json: &[u8]) -> Result<Self, VaultError> {
        let card: Self = serde_json::from_slice(json)
            .map_err(|error| VaultError::Damaged(format!("{REPOSITORY_OBJECT}: {error}")))?;
        if card.version == CARD_VERSION {
            Ok(card)
        } else {
            Err(VaultError::Unsupported(format!(
                "{REPOSITORY_OBJECT} of another version"
            )))
        }
    }

    /// What the repository's wrapped key is bound to.
    #[must_use]
    pub fn key_context(&self) -> KeyContext {
        KeyContext {
            organization: self.organization_id.clone(),
            repository: self.repository_id.clone(),
            purpose: REPOSITORY_KEY_PURPOSE.to_owned(),
        }
    }
}

/// A repository that was made or found, for its row.
#[derive(Debug, Clone)]
pub struct MadeRepository {
    /// Where it lies.
    pub location: StoreLocation,
    /// Its wrapped key.
    pub wrapped_key: WrappedKey,
}

/// Opens repositories. Keys in clear are kept for a short while and wiped when dropped; a [`Repository`] holds its key as
/// long as it lives, so nobody keeps one beyond a task.
pub struct Vaults {
    aws: Arc<dyn Aws>,
    root_key: Arc<LocalRootKey>,
    clock: Arc<dyn Clock>,
    place: VaultPlace,
    store_access: AwsAccess,
    cache_seconds: i64,
    keys: Mutex<BTreeMap<RepositoryId, (Timestamp, MasterKey)>>,
}

impl fmt::Debug for Vaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vaults")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// Everything that [`Vaults`] needs.
#[derive(Debug, Clone)]
pub struct VaultsSettings {
    /// Where new repositories are made.
    pub place: VaultPlace,
    /// How the bucket is reached.
    pub store_access: AwsAccess,
    /// How long a key in clear may be kept, in seconds.
    pub cache_seconds: u32,
}

impl Vaults {
    /// Opens nothing yet.
    pub fn new(
        aws: Arc<dyn Aws>,
        root_key: Arc<LocalRootKey>,
        clock: Arc<dyn Clock>,
        settings: VaultsSettings,
    ) -> Self {
        Self {
            aws,
            root_key,
            clock,
            place: settings.place,
            store_access: settings.store_access,
            cache_seconds: i64::from(settings.cache_seconds),
            keys: Mutex::new(BTreeMap::new()),
        }
    }

    /// The root key of this installation.
    #[must_use]
    pub fn root_key(&self) -> &Arc<LocalRootKey> {
        &self.root_key
    }

    /// A store of its own at `path` below the vault's place, beside the repositories.
    pub async fn beside(&self, path: &str) -> Result<Arc<dyn ObjectStore>, VaultError> {
        self.store(&self.location(path), true).await
    }

    /// Makes a repository, or finds what an earlier attempt made; the same answer however often it is called.
    pub async fn make(
        &self,
        new: &NewRepository,
        key_source: &KeySource,
    ) -> Result<MadeRepository, VaultError> {
        let location = self.location(&new.path());
        let store = self.store(&location, true).await?;
        let context = context(new.organization_id, new.id());
        let wrapped_key = match read_key(store.clone()).await? {
            Some(found) => found,
            None => self.make_key(store.clone(), key_source, &context).await?,
        };
        let key = self
            .wrapper_of(&wrapped_key)
            .await?
            .unwrap(&wrapped_key, &context)
            .await?;
        let card = serde_json::to_vec(&RepositoryCard::new(new))
            .map_err(|error| VaultError::Internal(error.to_string()))?;
        blocking(move || {
            store.create(REPOSITORY_OBJECT, card.into())?;
            match Repository::create(store.clone(), &key) {
                Err(VaultError::Refused(_)) => Repository::open(store, &key).map(drop),
                made => made.map(drop),
            }
        })
        .await?;
        Ok(MadeRepository {
            location,
            wrapped_key,
        })
    }

    /// The store of a repository that has a row, also of one that does not open.
    pub async fn store_of(
        &self,
        row: &VaultRepository,
    ) -> Result<Arc<dyn ObjectStore>, VaultError> {
        let location: StoreLocation = from_row(&row.location, "location")?;
        self.store(&location, false).await
    }

    /// Opens a repository that has a row.
    pub async fn open(&self, row: &VaultRepository) -> Result<Repository, VaultError> {
        let store = self.store_of(row).await?;
        let key = self.key(row).await?;
        blocking(move || Repository::open(store, &key)).await
    }

    /// Drops keys that were kept long enough; called from time to time, so that an idle server holds none.
    pub fn forget_old_keys(&self) {
        let now = self.clock.now();
        self.keys.lock().retain(|_, (until, _)| *until > now);
    }

    /// The key of a repository in clear; for the recovery kit and for opening.
    pub async fn key(&self, row: &VaultRepository) -> Result<MasterKey, VaultError> {
        self.forget_old_keys();
        if let Some((_, key)) = self.keys.lock().get(&row.id) {
            return Ok(key.clone());
        }
        let wrapped: WrappedKey = from_row(&row.wrapped_key, "wrapped_key")?;
        let context = context(row.organization_id, row.id);
        let key = self
            .wrapper_of(&wrapped)
            .await?
            .unwrap(&wrapped, &context)
            .await?;
        let until = self
            .clock
            .now()
            .checked_add(SignedDuration::from_secs(self.cache_seconds));
        if let Ok(until) = until {
            self.keys.lock().insert(row.id, (until, key.clone()));
        }
        Ok(key)
    }

    async fn make_key(
        &self,
        store: Arc<dyn ObjectStore>,
        source: &KeySource,
        context: &KeyContext,
    ) -> Result<WrappedKey, VaultError> {
        let wrapper: Arc<dyn KeyWrapper> = match source {
            KeySource::Local => self.root_key.clone(),
            KeySource::AwsKms { key_arn } => self.kms(key_arn).await?,
        };
        let made = wrapper.wrap(&MasterKey::generate()?, context).await?;
        let json = Bytes::from(made.to_json()?);
        let created = {
            let store = store.clone();
            blocking(move || Ok(store.create(WRAPPED_KEY_OBJECT, json))).await?
        };
        match created {
            Ok(()) => Ok(made),
            // Another server was faster: its key counts.
            Err(StoreError::AlreadyExists(_)) => read_key(store)
                .await?
                .ok_or_else(|| VaultError::Damaged(format!("{WRAPPED_KEY_OBJECT} vanished"))),
            Err(error) => Err(error.into()),
        }
    }

    async fn wrapper_of(&self, key: &WrappedKey) -> Result<Arc<dyn KeyWrapper>, VaultError> {
        match key.wrapper.strip_prefix(KMS_WRAPPER_PREFIX) {
            Some(arn) => self.kms(arn).await,
            None => Ok(self.root_key.clone()),
        }
    }

    async fn kms(&self, key_arn: &str) -> Result<Arc<dyn KeyWrapper>, VaultError> {
        let wrapper = self.aws.key_wrapper(&AwsAccess::Own, key_arn).await;
        wrapper.map_err(|error| {
            let text = error.to_string();
            VaultError::Key(match error.class() {
                aws::ErrorClass::AccessDenied => vault::KeyError::Denied(text),
                aws::ErrorClass::NotFound => vault::KeyError::NotFound(text),
                aws::ErrorClass::Throttled | aws::ErrorClass::LimitExceeded => {
                    vault::KeyError::Throttled(text)
                }
                aws::ErrorClass::Transient
                | aws::ErrorClass::InvalidRequest
                | aws::ErrorClass::ChecksumMismatch
                | aws::ErrorClass::TokenExpired
                | aws::ErrorClass::Other => vault::KeyError::Other(text),
            })
        })
    }

    fn location(&self, path: &str) -> StoreLocation {
        match &self.place {
            VaultPlace::Folder { path: root } => StoreLocation::Folder {
                path: root.join(path),
            },
            VaultPlace::S3 {
                bucket,
                prefix,
                region,
            } => StoreLocation::S3 {
                bucket: bucket.clone(),
                prefix: if prefix.is_empty() {
                    path.to_owned()
                } else {
                    format!("{prefix}/{path}")
                },
                region: region.clone(),
            },
        }
    }

    async fn store(
        &self,
        location: &StoreLocation,
        make: bool,
    ) -> Result<Arc<dyn ObjectStore>, VaultError> {
        match location {
            StoreLocation::Folder { path } => {
                let path = path.clone();
                let open = move || {
                    if make {
                        FolderStore::create(path)
                    } else {
                        FolderStore::open(path)
                    }
                };
                let store = blocking(move || Ok(open()?)).await?;
                Ok(Arc::new(store))
            }
            StoreLocation::S3 {
                bucket,
                prefix,
                region,
            } => {
                let config = ObjectStoreConfig {
                    bucket: bucket.clone(),
                    prefix: prefix.clone(),
                    region: region.clone(),
                };
                let store = self.aws.object_store(&self.store_access, &config).await;
                store.map_err(|error| {
                    let text = error.to_string();
                    VaultError::Store(match error.retry_class() {
                        aws::RetryClass::Never => StoreError::Denied(text),
                        aws::RetryClass::Later => StoreError::Throttled(text),
                        aws::RetryClass::Soon | aws::RetryClass::WithFreshToken => {
                            StoreError::Io(text)
                        }
                    })
                })
            }
        }
    }
}

/// What the wrapped key of a repository is bound to.
#[must_use]
pub fn context(organization: OrganizationId, repository: RepositoryId) -> KeyContext {
    KeyContext {
        organization: organization.to_string(),
        repository: repository.to_string(),
        purpose: REPOSITORY_KEY_PURPOSE.to_owned(),
    }
}

async fn read_key(store: Arc<dyn ObjectStore>) -> Result<Option<WrappedKey>, VaultError> {
    blocking(move || match store.read(WRAPPED_KEY_OBJECT) {
        Ok(json) => Ok(Some(WrappedKey::from_json(&json)?)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    })
    .await
}

fn from_row<T: serde::de::DeserializeOwned>(
    value: &serde_json::Value,
    column: &str,
) -> Result<T, VaultError> {
    serde_json::from_value(value.clone())
        .map_err(|error| VaultError::Invalid(format!("{column} of the repository's row: {error}")))
}

/// Runs a call of the vault on a thread where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // A panic of the library must end one task and nothing else.
        Err(error) => Err(VaultError::Internal(format!(
            "a vault call broke off: {error}"
        ))),
    }
}
