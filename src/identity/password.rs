//! Hashing and checking passwords with argon2id.
//!
//! Not for which passwords are good enough (`password_rules.rs`). Invariant: checking the password of a user who does not
//! exist costs as much as checking a wrong one, and at most [`PasswordSettings::concurrency`] hashes are computed at once, so
//! that sign-ins can neither tell who exists nor eat the memory (reliability.md I3).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::IdSource;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// Bytes of a salt (PHC string format: 16).
const SALT_BYTES: usize = 16;

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordSettings {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub lanes: u32,
    /// Hashes computed at once.
    pub concurrency: usize,
}

impl Default for PasswordSettings {
    /// OWASP's minimum for argon2id: 19 MiB, two passes, one lane; two at once.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            lanes: 1,
            concurrency: 2,
        }
    }
}

impl PasswordSettings {
    /// The cheapest that argon2 accepts: for tests only, because it protects nothing.
    #[must_use]
    pub const fn cheap() -> Self {
        Self {
            memory_kib: 8,
            iterations: 1,
            lanes: 1,
            concurrency: 2,
        }
    }
}

/// Why a password could not be hashed or checked. A wrong password is no error.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// argon2 refuses the settings.
    #[error("the password settings are not acceptable: {0}")]
    Settings(argon2::Error),
    /// argon2 refuses the password or a stored hash.
    #[error("the password hash could not be computed: {0}")]
    Hash(argon2::password_hash::Error),
    /// The thread pool or the semaphore is shutting down.
    #[error("the password hash was interrupted")]
    Interrupted,
}

/// An argon2id hash in PHC string format, as the database keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash as read from the database; it is only looked at when a password is checked.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Hashes and checks passwords; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    shared: Arc<Shared>,
}

struct Shared {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    dummy: PasswordHash,
    ids: Arc<dyn IdSource>,
    verifications: AtomicU64,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    /// Computes one hash at once: the one that unknown users are checked against.
    pub fn new(settings: PasswordSettings, ids: Arc<dyn IdSource>) -> Result<Self, PasswordError> {
        let params = Params::new(
            settings.memory_kib,
            settings.iterations,
            settings.lanes,
            None,
        )
        .map_err(PasswordError::Settings)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // Nobody knows this password, so nobody can ever match the hash.
        let mut password = [0_u8; 32];
        ids.random(&mut password);
        let dummy = hash_now(&argon2, &password, &salt(ids.as_ref()))?;
        Ok(Self {
            shared: Arc::new(Shared {
                argon2,
                permits: Arc::new(Semaphore::new(settings.concurrency.max(1))),
                dummy,
                ids,
                verifications: AtomicU64::new(0),
            }),
        })
    }

    /// Hashes a password; waits for its turn.
    pub async fn hash(&self, password: &SecretString) -> Result<PasswordHash, PasswordError> {
        let (shared, password) = (Arc::clone(&self.shared), password.clone());
        let permit = self.permit().await?;
        spawn_blocking(move || {
            // Whoever asked may be gone by now; the work is not, and holds its place to its end.
            let _permit = permit;
            let salt = salt(shared.ids.as_ref());
            hash_now(&shared.argon2, password.expose_secret().as_bytes(), &salt)
        })
        .await
        .unwrap_or(Err(PasswordError::Interrupted))
    }

    /// Whether the password belongs to the hash; waits for its turn. Without a hash (unknown user) the work is the same and
    /// the answer is no.
    pub async fn verify(
        &self,
        password: &SecretString,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PasswordError> {
        let (shared, password) = (Arc::clone(&self.shared), password.clone());
        let permit = self.permit().await?;
        self.shared.verifications.fetch_add(1, Ordering::Relaxed);
        spawn_blocking(move || {
            let _permit = permit;
            let (hash, is_known) = match &hash {
                Some(hash) => (hash, true),
                None => (&shared.dummy, false),
            };
            let bytes = password.expose_secret().as_bytes();
            match shared.argon2.verify_password(bytes, hash.as_str()) {
                Ok(()) => Ok(is_known),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(PasswordError::Hash(error)),
            }
        })
        .await
        .unwrap_or(Err(PasswordError::Interrupted))
    }

    /// How many passwords were looked at since the start, right or wrong, of known and unknown people.
    #[must_use]
    pub fn verifications(&self) -> u64 {
        self.shared.verifications.load(Ordering::Relaxed)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, PasswordError> {
        let permit = Arc::clone(&self.shared.permits).acquire_owned().await;
        permit.map_err(|_closed| PasswordError::Interrupted)
    }
}

fn salt(ids: &dyn IdSource) -> [u8; SALT_BYTES] {
    let mut salt = [0_u8; SALT_BYTES];
    ids.random(&mut salt);
    salt
}

fn hash_now(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
) -> Result<PasswordHash, PasswordError> {
    argon2
        .hash_password_with_salt(password, salt)
        .map(|hash| PasswordHash(hash.to_string()))
        .map_err(PasswordError::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{SystemIds, TestClock};

    fn passwords() -> Passwords {
        let ids = Arc::new(SystemIds::new(TestClock::default()));
        Passwords::new(PasswordSettings::cheap(), ids).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_and_no_other_matches() {
        let passwords = passwords();
        let right = SecretString::from("Correct-Horse-7-Battery");
        let hash = passwords.hash(&right).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        assert!(passwords.verify(&right, Some(hash.clone())).await.unwrap());
        let wrong = SecretString::from("correct-Horse-7-Battery");
        assert!(!passwords.verify(&wrong, Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn the_same_password_hashes_differently_each_time() {
        let passwords = passwords();
        let password = SecretString::from("Correct-Horse-7-Battery");
        let first = passwords.hash(&password).await.unwrap();
        assert_ne!(first, passwords.hash(&password).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_hangs_up_leaves_no_more_work_behind_than_is_done_at_once() {
        let ids = Arc::new(SystemIds::new(TestClock::default()));
        let slow = PasswordSettings {
            memory_kib: 32 * 1_024,
            concurrency: 1,
            ..PasswordSettings::cheap()
        };
        let passwords = Passwords::new(slow, ids).unwrap();
        let password = SecretString::from("Correct-Horse-7-Battery");
        let mut asked = Box::pin(passwords.verify(&password, None));
        let begun =
            std::future::poll_fn(|cx| std::task::Poll::Ready(Future::poll(asked.as_mut(), cx)));
        assert!(begun.await.is_pending());
        drop(asked);
        assert_eq!(passwords.shared.permits.available_permits(), 0);
        // Its place is free when the work is done.
        assert!(!passwords.verify(&password, None).await.unwrap());
        assert_eq!(passwords.shared.permits.available_permits(), 1);
    }

    #[tokio::test]
    async fn an_unknown_user_is_refused_whatever_the_password() {
        let passwords = passwords();
        let password = SecretString::from("anything");
        assert!(!passwords.verify(&password, None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_of_other_settings_is_still_checked() {
        let ids = Arc::new(SystemIds::new(TestClock::default()));
        let dearer = PasswordSettings {
            memory_kib: 64,
            iterations: 2,
            ..PasswordSettings::cheap()
        };
        let password = SecretString::from("Correct-Horse-7-Battery");
        let hash = Passwords::new(dearer, ids)
            .unwrap()
            .hash(&password)
            .await
            .unwrap();
        assert!(passwords().verify(&password, Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_error_and_not_a_match() {
        let damaged = Some(PasswordHash::from_stored("$argon2id$broken".into()));
        let answer = passwords().verify(&SecretString::from("x"), damaged).await;
        assert!(matches!(answer, Err(PasswordError::Hash(_))));
    }

    #[test]
    fn the_default_is_what_owasp_asks() {
        let settings = PasswordSettings::default();
        assert_eq!(
            (settings.memory_kib, settings.iterations, settings.lanes),
            (19_456, 2, 1)
        );
    }
}
