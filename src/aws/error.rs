//! What can go wrong with a call to AWS, in classes that a caller can act on.
//!
//! Not for deciding how often to try again (`tasks`). Invariant: texts come from AWS's answer or from us, never from a
//! request, so no credential, token or user data is in them.

use std::fmt;

/// Class of an error: what it means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// AWS asks us to slow down; the SDK's own retries are used up.
    Throttled,
    /// The network or AWS failed in a way that passes.
    Transient,
    /// We may not do this, or the role does not open.
    AccessDenied,
    /// There is no such thing (any more).
    NotFound,
    /// A quota of the account is reached.
    LimitExceeded,
    /// The request breaks a rule of AWS; trying again does not help.
    InvalidRequest,
    /// The bytes do not match their checksum or length.
    ChecksumMismatch,
    /// A block token, page token or session has expired: list again, then continue.
    TokenExpired,
    /// Anything else.
    Other,
}

/// What a caller may do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetryClass {
    /// The same call may succeed soon.
    Soon,
    /// The same call may succeed, but only after a longer pause.
    Later,
    /// A fresh token is needed first; then soon.
    WithFreshToken,
    /// Somebody has to change something first.
    Never,
}

/// A failed call to AWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct AwsError {
    detail: Box<Detail>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Detail {
    class: ErrorClass,
    service: String,
    operation: String,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
}

impl AwsError {
    /// An error of `class` from `operation` (AWS's name) of `service` (signing name).
    pub fn new(
        class: ErrorClass,
        service: &str,
        operation: &str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            detail: Box::new(Detail {
                class,
                service: service.to_owned(),
                operation: operation.to_owned(),
                code: None,
                message: message.into(),
                request_id: None,
            }),
        }
    }

    /// An error with AWS's code; the class follows from the code and the HTTP status.
    #[must_use]
    pub fn from_code(
        service: &str,
        operation: &str,
        code: &str,
        message: impl Into<String>,
        status: u16,
    ) -> Self {
        let mut error = Self::new(classify(code, status), service, operation, message);
        error.detail.code = Some(code.to_owned());
        error
    }

    /// The same error with AWS's request id.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.detail.request_id = request_id;
        self
    }

    /// The same error in other words.
    #[must_use]
    pub(crate) fn explained(mut self, message: impl Into<String>) -> Self {
        self.detail.message = message.into();
        self
    }

    /// The same error in another class.
    #[must_use]
    pub(crate) fn in_class(mut self, class: ErrorClass) -> Self {
        self.detail.class = class;
        self
    }

    /// What the error means.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.detail.class
    }

    /// Whether the thing that was asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.class() == ErrorClass::NotFound
    }

    /// What may be done about it.
    #[must_use]
    pub fn retry_class(&self) -> RetryClass {
        match self.detail.class {
            ErrorClass::Transient | ErrorClass::ChecksumMismatch => RetryClass::Soon,
            ErrorClass::Throttled | ErrorClass::LimitExceeded => RetryClass::Later,
            ErrorClass::TokenExpired => RetryClass::WithFreshToken,
            ErrorClass::AccessDenied
            | ErrorClass::NotFound
            | ErrorClass::InvalidRequest
            | ErrorClass::Other => RetryClass::Never,
        }
    }

    /// Signing name of the service, such as `ec2`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.detail.service
    }

    /// AWS's name of the operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.detail.operation
    }

    /// AWS's error code, when AWS answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.detail.code.as_deref()
    }

    /// AWS's or our words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.detail.message
    }

    /// AWS's request id, for their support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.detail.request_id.as_deref()
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detail {
            service,
            operation,
            code,
            message,
            request_id,
            ..
        } = self.detail.as_ref();
        write!(f, "{service}:{operation} failed")?;
        if let Some(code) = code {
            write!(f, " with {code}")?;
        }
        write!(f, ": {message}")?;
        if let Some(request_id) = request_id {
            write!(f, " (request {request_id})")?;
        }
        Ok(())
    }
}

/// Codes that the SDK's list of throttling codes lacks: they concern one volume or one snapshot and pass by waiting.
const MORE_THROTTLING: &[&str] = &[
    "SnapshotCreationPerVolumeRateExceeded",
    "RequestThrottledException",
    "KMSThrottlingException",
];

/// Codes of failures that pass, beyond HTTP status 5xx.
const TRANSIENT: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerException",
    "KMSInternalException",
    "DependencyTimeoutException",
    "KeyUnavailableException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
    "RequestTimeout",
    "RequestTimeoutException",
    "OperationAborted",
    "ConditionalRequestConflict",
    "IncorrectState",
    "InsufficientInstanceCapacity",
    "InsufficientVolumeCapacity",
];

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "AuthFailure",
    "Blocked",
    "Client.UnauthorizedOperation",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "OptInRequired",
    "PendingVerification",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

const EXPIRED: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidNextToken",
    "InvalidPaginationToken",
];

const LIMITS: &[&str] = &[
    "ConcurrentSnapshotLimitExceeded",
    "MaxIOPSLimitExceeded",
    "PendingSnapshotLimitExceeded",
    "ResourceLimitExceeded",
    "ServiceQuotaExceededException",
    "SnapshotLimitExceeded",
    "TagLimitExceeded",
    "VolumeLimitExceeded",
];

const NOT_FOUND: &[&str] = &[
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchKey",
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
];

/// The class of an error code of any service that we use.
fn classify(code: &str, status: u16) -> ErrorClass {
    let throttling = aws_runtime::retries::classifiers::THROTTLING_ERRORS;
    if throttling.contains(&code) || MORE_THROTTLING.contains(&code) || status == 429 {
        ErrorClass::Throttled
    } else if EXPIRED.contains(&code) {
        ErrorClass::TokenExpired
    } else if DENIED.contains(&code) {
        ErrorClass::AccessDenied
    } else if LIMITS.contains(&code) {
        ErrorClass::LimitExceeded
    } else if NOT_FOUND.contains(&code) || code.ends_with(".NotFound") {
        ErrorClass::NotFound
    } else if TRANSIENT.contains(&code) || (500..600).contains(&status) {
        ErrorClass::Transient
    } else if (400..500).contains(&status) {
        ErrorClass::InvalidRequest
    } else {
        ErrorClass::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_service_find_their_class() {
        for (code, status, class) in [
            ("RequestLimitExceeded", 503, ErrorClass::Throttled),
            ("ThrottlingException", 400, ErrorClass::Throttled),
            ("SlowDown", 503, ErrorClass::Throttled),
            ("UnauthorizedOperation", 403, ErrorClass::AccessDenied),
            ("InvalidSnapshot.NotFound", 400, ErrorClass::NotFound),
            ("ResourceNotFoundException", 404, ErrorClass::NotFound),
            ("VolumeLimitExceeded", 400, ErrorClass::LimitExceeded),
            ("ExpiredTokenException", 403, ErrorClass::TokenExpired),
            ("InvalidParameterValue", 400, ErrorClass::InvalidRequest),
            ("InternalError", 500, ErrorClass::Transient),
            ("SomethingNew", 503, ErrorClass::Transient),
            ("SomethingNew", 200, ErrorClass::Other),
        ] {
            assert_eq!(classify(code, status), class, "{code}");
        }
    }

    #[test]
    fn the_text_names_call_code_and_request() {
        let error =
            AwsError::from_code("ec2", "CreateSnapshot", "InvalidVolume.NotFound", "no", 400)
                .with_request_id(Some("r-1".into()));
        assert_eq!(
            error.to_string(),
            "ec2:CreateSnapshot failed with InvalidVolume.NotFound: no (request r-1)"
        );
        assert_eq!(error.retry_class(), RetryClass::Never);
    }
}
