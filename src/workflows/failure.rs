//! What errors of AWS and of the vault mean for a task.
//!
//! Not for retrying (`tasks`). Invariant: every code here is stable, because people and alerts look for it, and every message
//! says what to do.

use aws::{AwsError, ErrorClass};
use tasks::TaskError;
use vault::{KeyError, SinkError, StoreError, VaultError};

use crate::backup_ebs::source::ReadError;
use crate::services::AccessError;

/// Code of a task whose encryption key cannot be used; it waits.
pub const BLOCKED_KEY: &str = "BLOCKED_KEY";
/// Code of a task that found no room in the vault.
pub const VAULT_FULL: &str = "VAULT_FULL";
/// Code of a task that read bytes which do not fit their checksum.
pub const CHECKSUM_MISMATCH: &str = "CHECKSUM_MISMATCH";
/// Code of a task whose in-account snapshot vanished while it was read.
pub const SNAPSHOT_VANISHED: &str = "SNAPSHOT_VANISHED";
/// Code of a task whose volume is gone from AWS.
pub const ASSET_GONE: &str = "ASSET_GONE";
/// Code of a task that AWS slows down.
pub const AWS_THROTTLED: &str = "AWS_THROTTLED";
/// Code of a task that AWS refused.
pub const AWS_ACCESS_DENIED: &str = "AWS_ACCESS_DENIED";
/// Code of a check whose role is not there, or does not let us in with the external id.
pub const ROLE_REFUSES_US: &str = "ROLE_REFUSES_US";
/// Code of a task that waited too long for AWS.
pub const AWS_TIMEOUT: &str = "AWS_TIMEOUT";
/// Code of a task that found the vault damaged.
pub const VAULT_DAMAGED: &str = "VAULT_DAMAGED";
/// Code of a task that found the signed head of a repository other than it must be.
pub const VAULT_TAMPERED: &str = "VAULT_TAMPERED";
/// Code of a task that found a recovery point other than it should be, although the vault gives back what was written.
pub const PROOF_FAILED: &str = "PROOF_FAILED";
/// Code of a task that found no room for a scratch restore.
pub const SCRATCH_FULL: &str = "SCRATCH_FULL";
/// Code of a task about a point that cannot be restored.
pub const POINT_NOT_RESTORABLE: &str = "POINT_NOT_RESTORABLE";
/// Code of a task for which AWS brings a snapshot back from the archive; it waits.
pub const AWAITING_ARCHIVE: &str = "AWAITING_ARCHIVE";
/// Code of a task whose target region the AWS account cannot use.
pub const REGION_UNAVAILABLE: &str = "REGION_UNAVAILABLE";
/// Code of a task that needs something that is not there (any more).
pub const NOT_FOUND: &str = "NOT_FOUND";

/// A failed call to AWS.
pub(crate) fn aws(error: &AwsError) -> TaskError {
    let task_error = match error.class() {
        ErrorClass::Throttled => TaskError::throttled(
            AWS_THROTTLED,
            format!("AWS asks to slow down; the task goes on by itself. {error}"),
        ),
        ErrorClass::LimitExceeded => TaskError::throttled(
            "AWS_LIMIT_EXCEEDED",
            format!("A quota of the AWS account is used up; raise it or wait. {error}"),
        ),
        ErrorClass::Transient | ErrorClass::TokenExpired | ErrorClass::Other => TaskError::retry(
            "AWS_UNAVAILABLE",
            format!("AWS did not answer as it should. {error}"),
        ),
        ErrorClass::ChecksumMismatch => TaskError::retry(
            CHECKSUM_MISMATCH,
            format!(
                "AWS delivered bytes that do not fit their checksum; they were not used. {error}"
            ),
        ),
        ErrorClass::AccessDenied => TaskError::fail(
            AWS_ACCESS_DENIED,
            format!(
                "AWS refused; verify the account to see which permissions are missing. {error}"
            ),
        ),
        ErrorClass::NotFound => TaskError::fail(
            "AWS_NOT_FOUND",
            format!("It does not exist in AWS (any more). {error}"),
        ),
        ErrorClass::InvalidRequest => TaskError::fail(
            "AWS_INVALID_REQUEST",
            format!("AWS does not accept this. {error}"),
        ),
    };
    task_error.with_aws_request_id(error.request_id().map(str::to_owned))
}

/// An account that cannot be used.
pub(crate) fn access(error: AccessError) -> TaskError {
    match error {
        AccessError::Aws(error) => aws(&error),
        AccessError::Sealed(error) => key(&error),
        AccessError::StaticKeysForbidden => TaskError::fail(
            "STATIC_KEYS_FORBIDDEN",
            "The account is linked by access keys, which the configuration does not allow \
             (aws.static_keys_allowed). Link it by a role.",
        ),
    }
}

/// A failed call to the vault.
pub(crate) fn vault(error: &VaultError) -> TaskError {
    match error {
        VaultError::Source(source) => match source.downcast_ref::<ReadError>() {
            Some(read) => self::read(read),
            None if source.is_retryable() => TaskError::retry("SOURCE", source.to_string()),
            None => TaskError::fail("SOURCE", source.to_string()),
        },
        VaultError::Store(store) => self::store(store),
        VaultError::Key(error) => key(error),
        VaultError::Fenced(_) => TaskError::lease_lost(),
        VaultError::SnapshotNotFound(_) => TaskError::fail(
            "SNAPSHOT_LOST",
            format!("The recovery point is not in the vault any more. {error}"),
        ),
        VaultError::Damaged(_) => TaskError::fail(
            VAULT_DAMAGED,
            format!("The vault gave back other bytes than were stored; nothing was used. {error}"),
        ),
        VaultError::Incomplete(_) => TaskError::retry(
            "BACKUP_INCOMPLETE",
            format!("The copy would not have held everything, so it was not kept. {error}"),
        ),
        VaultError::Sink(SinkError(cause)) => match cause.downcast_ref::<AwsError>() {
            Some(error) => aws(error),
            None => TaskError::fail(
                "RESTORE_TARGET",
                format!("The restore's target could not be written. {error}"),
            ),
        },
        VaultError::Cancelled => TaskError::abort(),
        VaultError::Refused(_) | VaultError::Unsupported(_) | VaultError::Invalid(_) => {
            TaskError::fail("VAULT_REFUSED", error.to_string())
        }
        // The enum is not ours to exhaust; what it may say one day is a fault of the program too.
        VaultError::Internal(_) | _ => TaskError::fail("VAULT_INTERNAL", error.to_string()),
    }
}

/// A failed read of a snapshot's blocks.
pub(crate) fn read(error: &ReadError) -> TaskError {
    match error {
        ReadError::Aws(error) if error.is_not_found() => TaskError::fail(
            SNAPSHOT_VANISHED,
            format!("The in-account snapshot vanished while it was read; the next run takes a new one. {error}"),
        )
        .with_aws_request_id(error.request_id().map(str::to_owned)),
        ReadError::Aws(error) => aws(error),
        ReadError::Base(error) => vault(error),
        ReadError::List(_) => TaskError::retry("AWS_LIST", error.to_string()),
    }
}

fn key(error: &KeyError) -> TaskError {
    if error.is_blocked() {
        TaskError::block(
            BLOCKED_KEY,
            format!(
                "The encryption key cannot be used; enable it or restore its permissions. Nothing was deleted. {error}"
            ),
        )
    } else if error.is_retryable() {
        TaskError::retry(
            "KEY_UNAVAILABLE",
            format!("The key service did not answer. {error}"),
        )
    } else {
        TaskError::fail(
            "KEY_DAMAGED",
            format!("The wrapped key does not open. {error}"),
        )
    }
}

fn store(error: &StoreError) -> TaskError {
    match error {
        StoreError::Full(_) => {
            // Where the vault lies on our disk is for the log, not for the tenant.
            tracing::error!(%error, "a vault has no room left");
            TaskError::fail(
                VAULT_FULL,
                "The vault has no room left; make room, and the next run goes on. Earlier points are safe.",
            )
        }
        StoreError::Throttled(_) => TaskError::throttled(
            "VAULT_THROTTLED",
            format!("The vault's store asks to slow down. {error}"),
        ),
        StoreError::Io(_) => TaskError::retry(
            "VAULT_UNAVAILABLE",
            format!("The vault's store did not answer. {error}"),
        ),
        StoreError::Denied(_) | StoreError::Locked(_) => TaskError::fail(
            "VAULT_DENIED",
            format!("The vault's store refused; check its permissions. {error}"),
        ),
        StoreError::NotFound(_)
        | StoreError::AlreadyExists(_)
        | StoreError::InvalidKey(_)
        | StoreError::Corrupt(_) => TaskError::fail(VAULT_DAMAGED, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tasks::Remedy;

    fn remedy(error: &TaskError) -> &'static str {
        match error.remedy {
            Remedy::Retry(..) => "retry",
            Remedy::Fail => "fail",
            Remedy::Block => "block",
            Remedy::Abort => "abort",
            Remedy::LetGo => "let go",
        }
    }

    #[test]
    fn each_trouble_finds_its_code_and_its_remedy() {
        let aws_error = |class| AwsError::new(class, "ebs", "GetSnapshotBlock", "no");
        let through_the_vault = |class| {
            let source = vault::SourceError::from(ReadError::Aws(aws_error(class)));
            vault(&VaultError::Source(source))
        };
        for (error, code, expected) in [
            (
                through_the_vault(ErrorClass::Throttled),
                AWS_THROTTLED,
                "retry",
            ),
            (
                through_the_vault(ErrorClass::ChecksumMismatch),
                CHECKSUM_MISMATCH,
                "retry",
            ),
            (
                through_the_vault(ErrorClass::NotFound),
                SNAPSHOT_VANISHED,
                "fail",
            ),
            (
                aws(&aws_error(ErrorClass::AccessDenied)),
                AWS_ACCESS_DENIED,
                "fail",
            ),
            (
                vault(&VaultError::Store(StoreError::Full("x".into()))),
                VAULT_FULL,
                "fail",
            ),
            (
                vault(&VaultError::Key(KeyError::Disabled("x".into()))),
                BLOCKED_KEY,
                "block",
            ),
            (
                vault(&VaultError::Damaged("x".into())),
                VAULT_DAMAGED,
                "fail",
            ),
            (vault(&VaultError::Cancelled), "ABORTED", "abort"),
        ] {
            assert_eq!((error.code.as_str(), remedy(&error)), (code, expected));
        }
    }
}
