//! SCIM 2.0 for identity providers: `/scim/v2` (RFC 7644).
//!
//! Not for what a provider may do (`app::scim`) and not for how bodies are read (`identity::scim`). Invariant: every answer is SCIM
//! JSON, errors included, and without a provider's token there is no answer but 401.

#![expect(
    clippy::future_not_send,
    reason = "actix runs a handler on the thread of its connection; its request types are not Send"
)]

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes, Data, Path, PayloadConfig, Query, ServiceConfig};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use app::scim::ScimCaller;
use app::{Origin, Services};
use domain::audit::Interface;
use domain::scim::SCIM_PAGE_MAX;
use domain::{Problem, ProblemCode};
use identity::scim::{self as protocol, ScimFault, ScimKind};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::RequestInfo;

mod resource;

/// Largest body that is read, in bytes: a group of a thousand members.
const BODY_BYTES_MAX: usize = 256 * 1024;
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What the handlers work with.
#[derive(Debug)]
pub(crate) struct ScimDoors {
    services: Arc<Services>,
    base: String,
}

impl ScimDoors {
    /// `public_url` is where this installation is reached.
    pub(crate) fn new(services: Arc<Services>, public_url: &str) -> Arc<Self> {
        let base = format!("{}/scim/v2", public_url.trim_end_matches('/'));
        Arc::new(Self { services, base })
    }

    /// For `App::configure`, before the edge's own routes.
    pub(crate) fn routes(self: &Arc<Self>) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let doors = Data::from(Arc::clone(self));
        move |config| {
            let scope = web::scope("/scim/v2")
                .app_data(doors)
                .app_data(PayloadConfig::new(BODY_BYTES_MAX))
                .service(web::resource("/Users").get(list_users).post(create_user))
                .service(
                    web::resource("/Users/{id}")
                        .get(read_user)
                        .put(replace_user)
                        .patch(patch_user)
                        .delete(delete_user),
                )
                .service(web::resource("/Groups").get(list_groups).post(create_group))
                .service(
                    web::resource("/Groups/{id}")
                        .get(read_group)
                        .put(replace_group)
                        .patch(patch_group)
                        .delete(delete_group),
                )
                .service(web::resource("/{about}").get(about))
                .service(web::resource("/{about}/{id}").get(about_one))
                .default_service(web::to(unknown));
            config.service(scope);
        }
    }
}

/// A refusal in the words of RFC 7644, 3.12.
struct Refusal {
    status: StatusCode,
    keyword: Option<&'static str>,
    detail: String,
}

impl Refusal {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            keyword: None,
            detail: detail.into(),
        }
    }

    fn answer(self) -> HttpResponse {
        let mut body = json!({
            "schemas": [ERROR],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let (Some(keyword), Some(body)) = (self.keyword, body.as_object_mut()) {
            body.insert("scimType".to_owned(), json!(keyword));
        }
        scim(self.status, &body)
    }
}

impl From<ScimFault> for Refusal {
    fn from(fault: ScimFault) -> Self {
        Self {
            keyword: Some(fault.keyword()),
            ..Self::new(StatusCode::BAD_REQUEST, fault.to_string())
        }
    }
}

impl From<app::Error> for Refusal {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::Problems(problems) => {
                let first = problems.into_iter().next();
                first.map_or_else(
                    || Self::new(StatusCode::BAD_REQUEST, "Not done."),
                    Self::from,
                )
            }
            app::Error::Internal(error) => {
                tracing::error!(%error, "a SCIM request failed");
                let detail = "Something went wrong on our side.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
            }
            error @ (app::Error::Forbidden(_)
            | app::Error::Unauthenticated
            | app::Error::AddressNotAllowed
            | app::Error::UnknownUnit
            | app::Error::ProofNeeded
            | app::Error::OwnProofNeeded
            | app::Error::TooManyAttempts { .. }) => {
                Self::new(StatusCode::FORBIDDEN, error.to_string())
            }
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let (status, keyword) = match problem.code {
            ProblemCode::Forbidden => (StatusCode::FORBIDDEN, None),
            ProblemCode::NotFound => (StatusCode::NOT_FOUND, None),
            ProblemCode::Taken => (StatusCode::CONFLICT, Some("uniqueness")),
            ProblemCode::LimitReached => (StatusCode::PAYLOAD_TOO_LARGE, Some("tooMany")),
            ProblemCode::Invalid => (StatusCode::BAD_REQUEST, Some("invalidValue")),
            ProblemCode::PreconditionFailed
            | ProblemCode::Conflict
            | ProblemCode::RetentionLocked
            | ProblemCode::LegalHold => (StatusCode::CONFLICT, None),
        };
        Self {
            status,
            keyword,
            detail: problem.message,
        }
    }
}

fn scim(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponseBuilder::new(status)
        .insert_header((header::CONTENT_TYPE, "application/scim+json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.to_string())
}

fn answer(done: Result<(StatusCode, Option<Value>), Refusal>) -> HttpResponse {
    match done {
        Ok((status, Some(body))) => scim(status, &body),
        Ok((status, None)) => HttpResponseBuilder::new(status).finish(),
        Err(refusal) => refusal.answer(),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the answer of a handler, whose other answers are refusals"
)]
fn ok(body: Value) -> Result<(StatusCode, Option<Value>), Refusal> {
    Ok((StatusCode::OK, Some(body)))
}

fn origin_of(http: &HttpRequest) -> Origin {
    let info = http.extensions().get::<RequestInfo>().cloned();
    let address = info.as_ref().and_then(|info| info.address);
    Origin {
        address: address.map(|address| address.to_string()),
        request_id: info.map_or_else(String::new, |info| info.id.to_string()),
        interface: Interface::Api,
        ..Origin::default()
    }
}

async fn caller<'a>(
    doors: &'a ScimDoors,
    http: &HttpRequest,
    origin: &'a Origin,
) -> Result<ScimCaller<'a>, Refusal> {
    let header = http.headers().get(header::AUTHORIZATION);
    let bearer = header
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, token)| token.trim());
    let found = app::scim::recognise(&doors.services, origin, bearer).await?;
    found.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "Send the token of the provider."))
}

fn read(body: &Bytes) -> Result<Value, Refusal> {
    let read = serde_json::from_slice(body);
    read.map_err(|_other| ScimFault::Syntax("the body is no JSON").into())
}

/// The query of a list (RFC 7644, 3.4.2).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
}

impl ListQuery {
    /// Where the page starts, counted from 0. Values below 1 mean 1 (3.4.2.4).
    fn start(&self) -> u64 {
        u64::try_from(self.start_index.unwrap_or(1).saturating_sub(1)).unwrap_or(0)
    }

    fn count(&self) -> u64 {
        let default = i64::try_from(SCIM_PAGE_MAX).unwrap_or(i64::MAX);
        u64::try_from(self.count.unwrap_or(default)).unwrap_or(0)
    }

    fn page(&self, resources: Vec<Value>, total: u64) -> Value {
        json!({
            "schemas": [LIST],
            "totalResults": total,
            "startIndex": self.start() + 1,
            "itemsPerPage": resources.len(),
            "Resources": resources,
        })
    }
}

async fn list_users(
    doors: Data<ScimDoors>,
    http: HttpRequest,
    query: Query<ListQuery>,
) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let filter = protocol::filter(ScimKind::User, query.filter.as_deref())?;
        let (users, total) = caller.users(&filter, query.start(), query.count()).await?;
        let users = users.iter().map(|user| resource::user(&doors.base, user));
        ok(query.page(users.collect(), total))
    };
    answer(work.await)
}

async fn create_user(doors: Data<ScimDoors>, http: HttpRequest, body: Bytes) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let made = caller.create_user(protocol::user(&read(&body)?)?).await?;
        Ok((
            StatusCode::CREATED,
            Some(resource::user(&doors.base, &made)),
        ))
    };
    answer(work.await)
}

async fn read_user(doors: Data<ScimDoors>, http: HttpRequest, id: Path<String>) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let found = caller.user(id.parse().ok()).await?;
        ok(resource::user(&doors.base, &found))
    };
    answer(work.await)
}

async fn replace_user(
    doors: Data<ScimDoors>,
    http: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let mut change = protocol::user(&read(&body)?)?;
        // A PUT says everything (RFC 7644, 3.5.1): what is absent has its default.
        change.active.get_or_insert(true);
        change.external_id.get_or_insert(None);
        let changed = caller.update_user(id.parse().ok(), change).await?;
        ok(resource::user(&doors.base, &changed))
    };
    answer(work.await)
}

async fn patch_user(
    doors: Data<ScimDoors>,
    http: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let change = protocol::user_patch(&read(&body)?)?;
        let changed = caller.update_user(id.parse().ok(), change).await?;
        ok(resource::user(&doors.base, &changed))
    };
    answer(work.await)
}

async fn delete_user(doors: Data<ScimDoors>, http: HttpRequest, id: Path<String>) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        caller.delete_user(id.parse().ok()).await?;
        Ok((StatusCode::NO_CONTENT, None))
    };
    answer(work.await)
}

async fn list_groups(
    doors: Data<ScimDoors>,
    http: HttpRequest,
    query: Query<ListQuery>,
) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let filter = protocol::filter(ScimKind::Group, query.filter.as_deref())?;
        let (groups, total) = caller.groups(&filter, query.start(), query.count()).await?;
        let groups = groups
            .iter()
            .map(|(group, members)| resource::group(&doors.base, group, members));
        ok(query.page(groups.collect(), total))
    };
    answer(work.await)
}

async fn create_group(doors: Data<ScimDoors>, http: HttpRequest, body: Bytes) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let (group, members) = caller.create_group(protocol::group(&read(&body)?)?).await?;
        Ok((
            StatusCode::CREATED,
            Some(resource::group(&doors.base, &group, &members)),
        ))
    };
    answer(work.await)
}

async fn read_group(doors: Data<ScimDoors>, http: HttpRequest, id: Path<String>) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let (group, members) = caller.group(id.parse().ok()).await?;
        ok(resource::group(&doors.base, &group, &members))
    };
    answer(work.await)
}

async fn replace_group(
    doors: Data<ScimDoors>,
    http: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let mut change = protocol::group(&read(&body)?)?;
        change.external_id.get_or_insert(None);
        let (group, members) = caller.update_group(id.parse().ok(), change).await?;
        ok(resource::group(&doors.base, &group, &members))
    };
    answer(work.await)
}

async fn patch_group(
    doors: Data<ScimDoors>,
    http: HttpRequest,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        let change = protocol::group_patch(&read(&body)?)?;
        let (group, members) = caller.update_group(id.parse().ok(), change).await?;
        ok(resource::group(&doors.base, &group, &members))
    };
    answer(work.await)
}

async fn delete_group(doors: Data<ScimDoors>, http: HttpRequest, id: Path<String>) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        let caller = caller(&doors, &http, &origin).await?;
        caller.delete_group(id.parse().ok()).await?;
        Ok((StatusCode::NO_CONTENT, None))
    };
    answer(work.await)
}

/// The documents that tell a provider what is supported (RFC 7644, 4).
async fn about(doors: Data<ScimDoors>, http: HttpRequest, path: Path<String>) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        caller(&doors, &http, &origin).await?;
        ok(resource::about(&doors.base, &path, None).ok_or_else(nothing)?)
    };
    answer(work.await)
}

async fn about_one(
    doors: Data<ScimDoors>,
    http: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let origin = origin_of(&http);
    let work = async {
        caller(&doors, &http, &origin).await?;
        ok(resource::about(&doors.base, &path.0, Some(&path.1)).ok_or_else(nothing)?)
    };
    answer(work.await)
}

fn nothing() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "There is nothing at this address.")
}

async fn unknown() -> HttpResponse {
    nothing().answer()
}
