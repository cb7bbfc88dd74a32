//! Writes the answer of an operation: body, status and headers. Not for pages and files.
//! Invariant: an operation that was not executed has no `data` entry, and every error names the request.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::{
    engine::Outcome,
    negotiate::Media,
    problem::{Code, Problem},
};

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

/// The errors with the request id in each.
pub(super) fn errors(mut errors: Vec<ServerError>, request_id: &str) -> Vec<ServerError> {
    for error in &mut errors {
        error
            .extensions
            .get_or_insert_default()
            .set("requestId", request_id);
    }
    errors
}

/// The JSON of an outcome, as all transports send it.
pub(super) fn json(outcome: Outcome, request_id: &str) -> String {
    let none = std::collections::BTreeMap::new();
    let (data, failed, extensions) = match outcome {
        Outcome::Refused(failed) => (None, failed, none),
        Outcome::Executed(response) => (Some(response.data), response.errors, response.extensions),
    };
    let failed = errors(failed, request_id);
    let body = Body {
        data: data.as_ref(),
        errors: &failed,
        extensions: &extensions,
    };
    serde_json::to_string(&body).unwrap_or_else(|error| {
        // A resolver returned a number that JSON has not (NaN is refused earlier) or the like.
        tracing::error!(request_id, %error, "the answer cannot be written as JSON");
        r#"{"errors":[{"message":"The answer cannot be written as JSON.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}"#
            .to_owned()
    })
}

/// The HTTP answer of an operation.
pub(super) fn operation(outcome: Outcome, media: Media, request_id: &str) -> HttpResponse {
    let (status, cookies) = match &outcome {
        Outcome::Refused(errors) => (refused_status(errors, media), Vec::new()),
        Outcome::Executed(response) => (StatusCode::OK, cookies(response)),
    };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::CONTENT_TYPE, media.content_type()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept, Origin"));
    for cookie in cookies {
        answer.append_header((header::SET_COOKIE, cookie));
    }
    answer.body(json(outcome, request_id))
}

/// The HTTP answer of a request that never became an operation.
pub(super) fn problem(problem: Problem, media: Option<Media>, request_id: &str) -> HttpResponse {
    let media = match media {
        Some(Media::GraphqlResponse) => Media::GraphqlResponse,
        // Nobody can read a failure out of an event stream that was never opened.
        Some(Media::Json | Media::EventStream) | None => Media::Json,
    };
    let (retry_after, allow, code) = (problem.retry_after, problem.allow, problem.code);
    let mut answer = operation(problem.into(), media, request_id);
    let headers = answer.headers_mut();
    if let Some(rest) = retry_after {
        let seconds = rest.as_secs().max(1);
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    if let Some(methods) = allow {
        headers.insert(header::ALLOW, header::HeaderValue::from_static(methods));
    }
    if code == Code::Unauthenticated {
        headers.insert(
            header::WWW_AUTHENTICATE,
            header::HeaderValue::from_static("Bearer"),
        );
    }
    answer
}

fn refused_status(errors: &[ServerError], media: Media) -> StatusCode {
    let Some(code) = errors.first().and_then(Code::of) else {
        return StatusCode::BAD_REQUEST;
    };
    match media {
        Media::Json if code.is_about_document() => StatusCode::OK,
        Media::Json | Media::GraphqlResponse | Media::EventStream => code.status(),
    }
}

/// Resolvers may set cookies (sign-in, sign-out) and no other header. The library speaks http 1, actix http 0.2.
fn cookies(response: &Response) -> Vec<header::HeaderValue> {
    let all = response.http_headers.get_all("set-cookie");
    all.iter()
        .filter_map(|value| header::HeaderValue::from_bytes(value.as_bytes()).ok())
        .collect()
}

/// The id of a request and where it came from; the front middleware puts it there.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    /// As in logs, errors and `X-Request-Id`.
    pub id: Arc<str>,
    /// The client's address.
    pub address: Option<std::net::IpAddr>,
}
