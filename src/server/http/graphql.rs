//! The endpoint `/graphql`: one address for requests, event streams and sockets. Decides which of them a request is and
//! in which order it is checked. Not the operations themselves. Invariant: Origin and CSRF come before the body, the
//! guards before the session store, the session before the schema.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header, header::HeaderMap},
    web::{Data, Payload},
};
use async_graphql::{Executor, parser::types::OperationType};
use secrecy::SecretString;

use super::{
    Edge,
    answer::{self, RequestInfo},
    auth::{AuthError, Client, Credential, DEVICE_SUFFIX, Session, Transport},
    engine::{Admitted, Outcome},
    event_stream,
    negotiate::{self, Media},
    origin::{self, Door},
    problem::{Code, Problem},
    request, socket,
};

/// Narrows a request to one organizational unit and those below it; `connection_init` takes it in its payload, too.
pub(super) const UNIT_HEADER: &str = "x-holdfast-organizational-unit";
/// Header, of any value, by which a program says that nobody sits before it: such a request does not keep a session from ending when it
/// was idle for too long.
pub(super) const UNATTENDED_HEADER: &str = "x-holdfast-unattended";
/// Most characters of a `User-Agent` header that are looked at: those of real browsers have less.
const USER_AGENT_MAX: usize = 256;

/// Handles every method on `/graphql`.
pub(super) async fn endpoint<E: Executor>(
    http: HttpRequest,
    payload: Payload,
    edge: Data<Edge<E>>,
) -> HttpResponse {
    let info = info(&http);
    if is_upgrade(&http) {
        return match socket::open(&http, payload, &edge, &info) {
            Ok(answer) => answer,
            Err(problem) => refuse(&edge, problem, None, &info),
        };
    }
    let media = match negotiate::choose(&http) {
        Ok(media) => media,
        Err(problem) => return refuse(&edge, problem, None, &info),
    };
    match serve(&http, payload, &edge, media, &info).await {
        Ok(answer) => answer,
        Err(problem) => refuse(&edge, problem, Some(media), &info),
    }
}

async fn serve<E: Executor>(
    http: &HttpRequest,
    payload: Payload,
    edge: &Data<Edge<E>>,
    media: Media,
    info: &RequestInfo,
) -> Result<HttpResponse, Problem> {
    let settings = &edge.front.settings;
    let credential = credential(http, &settings.session_cookie)?;
    let by_cookie = matches!(credential, Credential::Cookie(_));
    origin::check(http, settings, Door::Request, by_cookie)?;
    let params = match *http.method() {
        Method::GET => request::from_query(http.query_string(), settings.query_string_bytes)?,
        Method::POST => {
            request::from_post(http, payload, settings.body_bytes, settings.body_timeout).await?
        }
        _ => return Err(method("Use POST, or GET for queries.", "GET, POST")),
    };
    let admitted = edge.engine.admit(params)?;
    check_method(http.method(), admitted.kind(), media)?;
    let transport = if media == Media::EventStream {
        Transport::EventStream
    } else {
        Transport::Http
    };
    let client = client(http, info, transport, &settings.session_cookie);
    let session = authenticate(edge, credential, &client).await?;
    let admitted = charge(edge, admitted, &session, info)?;
    if media == Media::EventStream {
        return event_stream::open(edge, admitted, session, info);
    }
    let kind = kind_label(admitted.kind());
    let outcome = execute(edge, admitted, &session, info).await;
    let result = match &outcome {
        Outcome::Refused(_) => "refused",
        Outcome::Executed(response) if response.errors.is_empty() => "ok",
        Outcome::Executed(_) => "errors",
    };
    edge.front
        .metrics
        .operations
        .with_label_values(&[kind, "http", result])
        .inc();
    Ok(answer::operation(outcome, media, &info.id))
}

/// Executes a query or mutation within the time that a request has.
pub(super) async fn execute<E: Executor>(
    edge: &Edge<E>,
    admitted: Admitted,
    session: &Session,
    info: &RequestInfo,
) -> Outcome {
    let running = edge.engine.execute(admitted, session, &info.id);
    let limit = edge.front.settings.request_timeout;
    let Ok(outcome) = tokio::time::timeout(limit, running).await else {
        let message = "The operation took too long and was stopped.";
        tracing::warn!(request_id = &*info.id, message);
        return Problem::new(Code::Timeout, message).into();
    };
    outcome
}

/// Lets the caller pay for the operation.
pub(super) fn charge<E>(
    edge: &Edge<E>,
    admitted: Admitted,
    session: &Session,
    info: &RequestInfo,
) -> Result<Admitted, Problem> {
    let budgets = &edge.front.budgets;
    let charge = budgets.charge(session.payer(), info.address, admitted.price())?;
    Ok(admitted.paid(charge))
}

/// Asks who the client is.
pub(super) async fn authenticate<E>(
    edge: &Edge<E>,
    credential: Credential,
    client: &Client,
) -> Result<Session, Problem> {
    edge.authenticator
        .authenticate(credential, client)
        .await
        .map_err(|error| match error {
            AuthError::Invalid => Problem::new(Code::Unauthenticated, "The token is not valid."),
            AuthError::Forbidden => {
                Problem::new(Code::Forbidden, "This sign-in may not be used here.")
            }
            AuthError::UnknownUnit => {
                Problem::new(Code::BadRequest, "There is no such organizational unit.")
            }
            AuthError::Unavailable => Problem::new(
                Code::Unavailable,
                "Sign-in cannot be checked now: try again.",
            ),
        })
}

/// What the request shows as proof. A token wins over a cookie: it cannot be sent by a foreign page.
pub(super) fn credential(http: &HttpRequest, cookie: &str) -> Result<Credential, Problem> {
    if let Some(value) = http.headers().get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer);
        let message = "Only \"Authorization: Bearer <token>\" is known here.";
        return token.ok_or_else(|| Problem::new(Code::Unauthenticated, message));
    }
    Ok(http
        .cookie(cookie)
        .filter(|cookie| !cookie.value().is_empty())
        .map_or(Credential::Absent, |cookie| {
            Credential::Cookie(SecretString::from(cookie.value()))
        }))
}

/// The token of a `Bearer ...` value.
pub(super) fn bearer(value: &str) -> Option<Credential> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 4_096;
    fits.then(|| Credential::Bearer(SecretString::from(token)))
}

/// What the browser or program calls itself.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(value.chars().take(USER_AGENT_MAX).collect())
}

/// Who asks, for the authenticator.
pub(super) fn client(
    http: &HttpRequest,
    info: &RequestInfo,
    transport: Transport,
    session_cookie: &str,
) -> Client {
    Client {
        address: info.address,
        user_agent: user_agent(http.headers()),
        request_id: Arc::clone(&info.id),
        transport,
        is_unattended: http.headers().contains_key(UNATTENDED_HEADER),
        unit: http
            .headers()
            .get(UNIT_HEADER)
            .map(|value| unit(value.to_str().unwrap_or_default())),
        device: http
            .cookie(&format!("{session_cookie}{DEVICE_SUFFIX}"))
            .map(|cookie| SecretString::from(cookie.value())),
    }
}

/// A unit as a client wrote it; no id is longer than this.
pub(super) fn unit(text: &str) -> String {
    text.trim().chars().take(64).collect()
}

/// The name of an operation's kind for metrics.
pub(super) fn kind_label(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

fn check_method(http: &Method, kind: OperationType, media: Media) -> Result<(), Problem> {
    match kind {
        OperationType::Mutation if http == Method::GET => {
            Err(method("Mutations need POST.", "POST"))
        }
        OperationType::Query | OperationType::Mutation => Ok(()),
        OperationType::Subscription if media == Media::EventStream => Ok(()),
        OperationType::Subscription => {
            let message = "Subscriptions need a WebSocket, or Accept: text/event-stream.";
            if http == Method::GET {
                return Err(method(message, "POST"));
            }
            Err(Problem::new(Code::NotAcceptable, message))
        }
    }
}

fn method(message: &str, allow: &'static str) -> Problem {
    let mut problem = Problem::new(Code::MethodNotAllowed, message);
    problem.allow = Some(allow);
    problem
}

fn is_upgrade(http: &HttpRequest) -> bool {
    let upgrade = http
        .headers()
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// What the front middleware noted.
pub(super) fn info(http: &HttpRequest) -> RequestInfo {
    use actix_web::HttpMessage as _;
    // Only a set-up without the middleware has none; its answers still work, under an id that says so.
    let missing = || RequestInfo {
        id: Arc::from("no-front"),
        address: None,
    };
    http.extensions()
        .get::<RequestInfo>()
        .cloned()
        .unwrap_or_else(missing)
}

fn refuse<E>(
    edge: &Edge<E>,
    problem: Problem,
    media: Option<Media>,
    info: &RequestInfo,
) -> HttpResponse {
    edge.front
        .metrics
        .refusals
        .with_label_values(&[problem.code.as_str()])
        .inc();
    tracing::debug!(
        request_id = &*info.id,
        code = problem.code.as_str(),
        "{}",
        problem.message
    );
    answer::problem(problem, media, &info.id)
}
