//! From the SDK's errors to ours.
//!
//! Not for classes of error codes (`error`). Invariant: an error that AWS answered keeps AWS's code and request id,
//! also when it lies at the bottom of a chain (a role that refused while a request was being signed).

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::call::Call;
use crate::error::{AwsError, ErrorClass};

/// Longest text that is kept of AWS's words, in characters; an encoded authorization failure can have kilobytes.
const MESSAGE_LENGTH_MAX: usize = 600;

/// Cuts AWS's words to a bearable length.
pub(crate) fn shortened(message: &str) -> String {
    message.chars().take(MESSAGE_LENGTH_MAX).collect()
}

/// Our error for a failed call of an SDK client.
pub(crate) fn from_sdk<E>(call: &Call, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    // EC2 names the request in the body, the others in a header.
    let named = error
        .as_service_error()
        .and_then(|own| own.meta().request_id());
    let request_id = named.or_else(|| error.request_id()).map(str::to_owned);
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let code = context.err().code().unwrap_or("Unknown");
            let message = context.err().message().unwrap_or("AWS gave no reason");
            AwsError::from_code(
                call.service,
                call.operation,
                code,
                shortened(message),
                status,
            )
            .with_request_id(request_id)
        }
        SdkError::ResponseError(context) => AwsError::new(
            ErrorClass::Transient,
            call.service,
            call.operation,
            format!(
                "the answer (HTTP status {}) could not be read",
                context.raw().status().as_u16()
            ),
        )
        .with_request_id(request_id),
        SdkError::TimeoutError(_) => AwsError::new(
            ErrorClass::Transient,
            call.service,
            call.operation,
            "no answer in time",
        ),
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error();
            // Refused connections, resets and broken TLS all pass; only what we ourselves did wrong does not.
            let passes = !failure.is_user();
            source.map_or_else(
                || {
                    AwsError::new(
                        ErrorClass::Transient,
                        call.service,
                        call.operation,
                        "not sent",
                    )
                },
                |source| from_chain(call, source, passes),
            )
        }
        // A request that could not be built or signed; and what the SDK adds later.
        SdkError::ConstructionFailure(_) | _ => from_chain(call, error, false),
    }
}

/// Our error for something that failed before AWS saw the call: a refused role if one is in the chain, else the words
/// of the innermost cause.
pub(crate) fn from_chain(call: &Call, error: &(dyn Error + 'static), passes: bool) -> AwsError {
    let mut class = if passes {
        ErrorClass::Transient
    } else {
        ErrorClass::Other
    };
    let mut innermost = error;
    loop {
        if let Some(refused) = innermost.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return from_sdk(&super::call::ASSUME_ROLE, refused);
        }
        if let Some(missing) = innermost.downcast_ref::<CredentialsError>() {
            class = class_of(missing).unwrap_or(class);
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => break,
        }
    }
    AwsError::new(
        class,
        call.service,
        call.operation,
        shortened(&innermost.to_string()),
    )
}

/// What a failure to get credentials means; none when its cause says more.
fn class_of(error: &CredentialsError) -> Option<ErrorClass> {
    match error {
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
            Some(ErrorClass::AccessDenied)
        }
        CredentialsError::ProviderTimedOut(_) => Some(ErrorClass::Transient),
        CredentialsError::ProviderError(_) | CredentialsError::Unhandled(_) | _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::call::{ASSUME_ROLE, DESCRIBE_VOLUMES};

    #[test]
    fn missing_credentials_are_not_a_failure_that_passes() {
        let missing = CredentialsError::not_loaded("no profile");
        let error = from_chain(&DESCRIBE_VOLUMES, &missing, true);
        assert_eq!(error.class(), ErrorClass::AccessDenied);
        assert_eq!(error.message(), "no profile");
    }

    #[test]
    fn a_refused_role_is_found_at_the_bottom_of_the_chain() {
        use aws_smithy_runtime_api::http::StatusCode;
        use aws_smithy_types::body::SdkBody;
        use aws_smithy_types::error::ErrorMetadata;

        let said = ErrorMetadata::builder().code("AccessDenied").message("no");
        let status = StatusCode::try_from(403).unwrap();
        let response = HttpResponse::new(status, SdkBody::empty());
        let refused = SdkError::service_error(AssumeRoleError::generic(said.build()), response);
        let wrapped = CredentialsError::provider_error(refused);
        let error = from_chain(&DESCRIBE_VOLUMES, &wrapped, true);
        assert_eq!(error.class(), ErrorClass::AccessDenied);
        assert_eq!(error.operation(), ASSUME_ROLE.operation);
        assert_eq!(error.code(), Some("AccessDenied"));
    }
}
