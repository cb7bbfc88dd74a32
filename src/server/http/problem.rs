//! What can be wrong with a request before a resolver runs, as one code, one sentence and one HTTP status.
//! Not for business errors: those are data in a payload. Invariant: every error that leaves the edge has a code of
//! this list or one that a resolver chose, and a request id.

use std::time::Duration;

use actix_web::http::StatusCode;
use async_graphql::{ErrorExtensionValues, Pos, ServerError};

/// The closed list of codes that the edge itself gives to errors (`extensions.code`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The HTTP request or its JSON is malformed.
    BadRequest,
    /// The GraphQL document is not GraphQL.
    ParseFailed,
    /// The document does not fit the schema.
    ValidationFailed,
    /// A variable or an argument has a wrong value.
    BadUserInput,
    /// The document has no operation of that name, or several and no name was given.
    OperationResolutionFailure,
    /// The document or the request is larger than a limit.
    LimitExceeded,
    /// The hash of an automatic persisted query is unknown here: send the text with it.
    PersistedQueryNotFound,
    /// No valid session or token.
    Unauthenticated,
    /// Signed in, but not for this; or refused by the Origin or CSRF check.
    Forbidden,
    /// Nothing lies at this address.
    NotFound,
    /// This operation may not use this HTTP method.
    MethodNotAllowed,
    /// No acceptable media type, or the operation needs another transport.
    NotAcceptable,
    /// The body is not `application/json` in UTF-8.
    UnsupportedMediaType,
    /// The body is longer than the limit.
    PayloadTooLarge,
    /// Too many requests from this address.
    RateLimited,
    /// The request took longer than the limit.
    Timeout,
    /// The server is full or shutting down; try again.
    Unavailable,
    /// Our fault. The log knows more under the request id.
    Internal,
}

impl Code {
    /// The code as clients see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::OperationResolutionFailure => "OPERATION_RESOLUTION_FAILURE",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }

    /// The HTTP status of an answer that holds only this error.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            // The draft of GraphQL over HTTP says 422 for some of these; its own audit (graphql-http 1.23.1) wants 400.
            Self::BadRequest
            | Self::ParseFailed
            | Self::ValidationFailed
            | Self::BadUserInput
            | Self::OperationResolutionFailure
            | Self::LimitExceeded
            | Self::PersistedQueryNotFound => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether the error is about the document, not about the HTTP request that carried it. Such errors are answered
    /// with 200 to a client that only knows `application/json`.
    #[must_use]
    pub fn is_about_document(self) -> bool {
        match self {
            Self::ParseFailed
            | Self::ValidationFailed
            | Self::BadUserInput
            | Self::OperationResolutionFailure
            | Self::LimitExceeded
            | Self::PersistedQueryNotFound => true,
            Self::BadRequest
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::NotAcceptable
            | Self::UnsupportedMediaType
            | Self::PayloadTooLarge
            | Self::RateLimited
            | Self::Timeout
            | Self::Unavailable
            | Self::Internal => false,
        }
    }

    /// The code in `errors`, if it is one of ours.
    #[must_use]
    pub fn of(error: &ServerError) -> Option<Self> {
        let async_graphql::Value::String(code) = error.extensions.as_ref()?.get("code")? else {
            return None;
        };
        ALL.iter().copied().find(|known| known.as_str() == code)
    }
}

const ALL: [Code; 18] = [
    Code::BadRequest,
    Code::ParseFailed,
    Code::ValidationFailed,
    Code::BadUserInput,
    Code::OperationResolutionFailure,
    Code::LimitExceeded,
    Code::PersistedQueryNotFound,
    Code::Unauthenticated,
    Code::Forbidden,
    Code::NotFound,
    Code::MethodNotAllowed,
    Code::NotAcceptable,
    Code::UnsupportedMediaType,
    Code::PayloadTooLarge,
    Code::RateLimited,
    Code::Timeout,
    Code::Unavailable,
    Code::Internal,
];

/// One refusal.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Why, for programs.
    pub code: Code,
    /// Why, for people: a full sentence.
    pub message: String,
    /// Where in the document.
    pub locations: Vec<Pos>,
    /// When to try again, for `RateLimited` and `Unavailable`.
    pub retry_after: Option<Duration>,
    /// Methods to name in `Allow`, for `MethodNotAllowed`.
    pub allow: Option<&'static str>,
}

impl Problem {
    /// A refusal without place.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            locations: Vec::new(),
            retry_after: None,
            allow: None,
        }
    }

    /// The same with a place in the document.
    #[must_use]
    pub fn at(mut self, position: Pos) -> Self {
        self.locations.push(position);
        self
    }

    /// As a GraphQL error.
    #[must_use]
    pub fn into_error(self) -> ServerError {
        let mut error = ServerError::new(self.message, None);
        error.locations = self.locations;
        set_code(&mut error, self.code.as_str());
        // Sockets and streams have no `Retry-After`.
        if let (Some(rest), Some(extensions)) = (self.retry_after, &mut error.extensions) {
            extensions.set("retryAfterSeconds", rest.as_secs().max(1));
        }
        error
    }
}

impl From<Problem> for Vec<ServerError> {
    fn from(problem: Problem) -> Self {
        vec![problem.into_error()]
    }
}

/// Gives an error its `extensions.code`.
pub(super) fn set_code(error: &mut ServerError, code: &str) {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code);
}
