//! From the SDK's errors to ours.
//!
//! Not for classes of error codes (`error`). Invariant: an error that AWS answered keeps AWS's code and request id,
//! also when it lies at the bottom of a chain (a role that refused while a request was being signed).

use std::error::Error;

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
            let passes = failure.is_io() || failure.is_timeout();
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
    let mut innermost = error;
    loop {
        if let Some(refused) = innermost.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
            return from_sdk(&super::call::ASSUME_ROLE, refused);
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => break,
        }
    }
    let class = if passes {
        ErrorClass::Transient
    } else {
        ErrorClass::Other
    };
    AwsError::new(
        class,
        call.service,
        call.operation,
        shortened(&innermost.to_string()),
    )
}
