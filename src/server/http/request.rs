//! Reads a GraphQL request from a POST body or a query string. Not for files: multipart is refused, because it is a
//! "simple" request that any foreign page can send. Invariant: no byte beyond the limit is kept, no compressed body is
//! ever unpacked, and a body that trickles in is dropped after the deadline.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::header::{self, Header as _},
    web::{Bytes, BytesMut, Payload},
};
use async_graphql::Variables;
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::problem::{Code, Problem};

/// The members of a GraphQL request; others are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    /// The text of the document.
    #[serde(default)]
    pub query: Option<String>,
    /// Which operation of the document.
    #[serde(default)]
    pub operation_name: Option<String>,
    /// Values of the operation's variables.
    #[serde(default)]
    pub variables: Option<Variables>,
    /// Protocol extensions, such as `persistedQuery`.
    #[serde(default)]
    pub extensions: Option<Map<String, Value>>,
}

impl Params {
    /// The hash of an automatic persisted query.
    pub fn persisted_query(&self) -> Result<Option<String>, Problem> {
        let Some(value) = self
            .extensions
            .as_ref()
            .and_then(|extensions| extensions.get("persistedQuery"))
        else {
            return Ok(None);
        };
        let version = value.get("version").and_then(Value::as_u64);
        let hash = value.get("sha256Hash").and_then(Value::as_str);
        match (version, hash) {
            (Some(1), Some(hash)) => Ok(Some(hash.to_owned())),
            _ => Err(Problem::new(
                Code::BadRequest,
                "\"persistedQuery\" must be {\"version\": 1, \"sha256Hash\": \"...\"}.",
            )),
        }
    }
}

/// Reads a POST.
pub(super) async fn from_post(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    deadline: Duration,
) -> Result<Params, Problem> {
    check_content_type(request)?;
    let body = match tokio::time::timeout(deadline, read_body(request, payload, limit)).await {
        Ok(body) => body?,
        Err(_) => {
            return Err(Problem::new(
                Code::Timeout,
                "The body did not arrive in time.",
            ));
        }
    };
    from_json(&body)
}

/// Reads the JSON of a request.
pub(super) fn from_json(body: &[u8]) -> Result<Params, Problem> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        Some(b'[') => {
            return Err(Problem::new(
                Code::BadRequest,
                "Batches are not supported: send one request per operation, or several root fields in one.",
            ));
        }
        Some(_) => {
            return Err(Problem::new(
                Code::BadRequest,
                "The body is not a JSON object.",
            ));
        }
        None => return Err(Problem::new(Code::BadRequest, "The body is empty.")),
    }
    let params: Params = serde_json::from_slice(body).map_err(|error| {
        Problem::new(
            Code::BadRequest,
            format!("The body is not a GraphQL request: {error}."),
        )
    })?;
    if params.query.is_none() && params.persisted_query()?.is_none() {
        return Err(Problem::new(
            Code::BadRequest,
            "The request has no \"query\".",
        ));
    }
    Ok(params)
}

/// Reads a query string.
pub(super) fn from_query(query: &str, limit: usize) -> Result<Params, Problem> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Raw {
        query: Option<String>,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    }
    if query.len() > limit {
        return Err(Problem::new(
            Code::PayloadTooLarge,
            "The query string is too long: use POST.",
        ));
    }
    let malformed = |what: &str, error: &dyn std::fmt::Display| {
        Problem::new(
            Code::BadRequest,
            format!("The {what} cannot be read: {error}."),
        )
    };
    let raw = actix_web::web::Query::<Raw>::from_query(query)
        .map_err(|error| malformed("query string", &error))?
        .into_inner();
    let present = |text: Option<String>| text.filter(|text| !text.is_empty());
    let params = Params {
        query: present(raw.query),
        operation_name: raw.operation_name,
        variables: present(raw.variables)
            .map(|text| serde_json::from_str(&text).map_err(|error| malformed("variables", &error)))
            .transpose()?,
        extensions: present(raw.extensions)
            .map(|text| {
                serde_json::from_str(&text).map_err(|error| malformed("extensions", &error))
            })
            .transpose()?,
    };
    if params.query.is_none() && params.persisted_query()?.is_none() {
        return Err(Problem::new(
            Code::BadRequest,
            "The query string has no \"query\".",
        ));
    }
    Ok(params)
}

fn check_content_type(request: &HttpRequest) -> Result<(), Problem> {
    let refuse = |message: &str| Err(Problem::new(Code::UnsupportedMediaType, message));
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return refuse("Send the body without Content-Encoding.");
    }
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        return refuse("Send Content-Type: application/json.");
    }
    let Ok(header::ContentType(mime)) = header::ContentType::parse(request) else {
        return refuse("The Content-Type cannot be read: send application/json.");
    };
    if mime.essence_str() != "application/json" {
        return refuse("The body must be application/json.");
    }
    match mime.get_param("charset") {
        Some(charset) if !charset.as_str().eq_ignore_ascii_case("utf-8") => {
            refuse("The body must be in UTF-8.")
        }
        Some(_) | None => Ok(()),
    }
}

async fn read_body(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            Code::PayloadTooLarge,
            format!("The body is longer than {limit} bytes."),
        )
    };
    let announced = header::ContentLength::parse(request).map_or(0, |length| length.into_inner());
    if announced > limit {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(announced);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::new(
                Code::BadRequest,
                format!("The body could not be read: {error}."),
            )
        })?;
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
