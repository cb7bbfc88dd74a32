//! The addresses under `/auth`: where browsers sign on through identity providers, and where providers tell of logouts.
//!
//! Not for what an answer means (`app::sign_on`) and not for sign-in by password (GraphQL). Invariant: whatever goes wrong, the
//! browser gets one sentence and a request id; the reason is in the log and in the audit log.
//!
//! A SAML answer is a POST of another site, which browsers send without our cookie. So it is answered with a form that sends the
//! same once more, from our own site.

#![expect(
    clippy::future_not_send,
    reason = "actix runs a handler on the thread of its connection; its request types are not Send"
)]

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Form, FormConfig, Path, Query, ServiceConfig};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use app::sign_on::{self, Answer, Departure, Finished};
use app::{Ctx, Origin, Services};
use domain::IdentityProviderId;
use domain::audit::Interface;
use graphql::SessionCookie as _;
use identity::oidc::Callback;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::http::auto_form::{self, Target};
use crate::http::{Front, RequestInfo, user_agent};
use crate::wiring::Cookie;

mod page;

/// Largest form that is read, in bytes: a SAML answer of the largest size, with every character escaped.
const FORM_BYTES_MAX: usize = 1024 * 1024;
/// The field that marks the second coming of a SAML answer.
const AGAIN: &str = "again";

/// What the handlers work with.
#[derive(Debug)]
pub(crate) struct SignOnDoors {
    services: Arc<Services>,
    cookie: Cookie,
}

impl SignOnDoors {
    pub(crate) fn new(services: Arc<Services>, cookie: Cookie) -> Arc<Self> {
        Arc::new(Self { services, cookie })
    }

    /// For `App::configure`, before the edge's own routes.
    pub(crate) fn routes(self: &Arc<Self>) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let doors = Data::from(Arc::clone(self));
        move |config| {
            config
                .app_data(doors)
                .service(web::resource("/auth/sso/{provider}").get(start))
                .service(web::resource("/auth/sso/{provider}/go").get(depart))
                .service(web::resource("/auth/oidc/{provider}/callback").get(callback))
                .service(web::resource("/auth/oidc/{provider}/logout").post(back_channel))
                .service(
                    web::resource("/auth/saml/{provider}/acs")
                        .app_data(FormConfig::default().limit(FORM_BYTES_MAX))
                        .post(consume),
                )
                .service(web::resource("/auth/saml/{provider}/metadata").get(metadata))
                .service(web::resource("/auth/signed-out").get(page::signed_out));
        }
    }

    /// The person whose session the browser has, if it has one.
    async fn session(
        &self,
        http: &HttpRequest,
        origin: &Origin,
    ) -> Result<Option<Ctx>, app::Error> {
        match http.cookie(&self.cookie.name) {
            Some(cookie) => app::sessions::recognise(&self.services, origin, cookie.value()).await,
            None => Ok(None),
        }
    }

    fn secret(&self, http: &HttpRequest) -> Option<String> {
        let cookie = http.cookie(&self.cookie.sign_on_name())?;
        Some(cookie.value().to_owned())
    }

    /// What the browser is told of what its answer has led to; the cookie of the sign-on has served its purpose.
    fn finished(&self, done: Result<Finished, app::Error>, origin: &Origin) -> HttpResponse {
        let mut response = match done {
            Ok(Finished::SignedOn(session)) => {
                self.signed_on(session.secret.text(), session.expires_at)
            }
            Ok(Finished::Linked(_)) => redirect("/console/account"),
            Ok(Finished::Tested(proven)) => page::tested(proven.as_ref()),
            Err(error) => page::refusal(&error, origin),
        };
        add_cookie(response.headers_mut(), &self.cookie.clear_sign_on());
        response
    }

    fn signed_on(&self, secret: &SecretString, expires_at: jiff::Timestamp) -> HttpResponse {
        let mut response = home();
        if let Some(cookie) = self.cookie.set(secret, expires_at) {
            add_cookie(response.headers_mut(), &cookie);
        }
        response
    }
}

fn add_cookie(headers: &mut header::HeaderMap, cookie: &str) {
    if let Ok(value) = header::HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// Whatever a sign-on has led to, the console goes on from there.
fn home() -> HttpResponse {
    redirect("/console")
}

fn redirect(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

fn origin_of(http: &HttpRequest) -> Origin {
    let info = http.extensions().get::<RequestInfo>().cloned();
    Origin {
        address: info
            .as_ref()
            .and_then(|info| info.address)
            .map(|address| address.to_string()),
        user_agent: user_agent(http.headers()),
        request_id: info.map_or_else(String::new, |info| info.id.to_string()),
        interface: Interface::Console,
        ..Origin::default()
    }
}

/// A malformed id is the same as an unknown one.
fn provider(path: &Path<String>) -> Option<IdentityProviderId> {
    path.parse().ok()
}

/// `/auth/sso/{provider}`: a person begins to sign on.
async fn start(doors: Data<SignOnDoors>, http: HttpRequest, path: Path<String>) -> HttpResponse {
    let origin = origin_of(&http);
    let begun = match sign_on::begin(&doors.services, &origin, provider(&path)).await {
        Ok(begun) => begun,
        Err(error) => return page::refusal(&error, &origin),
    };
    let secret = begun.secret.text();
    let mut response = leave(&doors, &http, provider(&path), secret.expose_secret()).await;
    if let Some(cookie) = doors.cookie.set_sign_on(secret, begun.expires_at) {
        add_cookie(response.headers_mut(), &cookie);
    }
    response
}

/// `/auth/sso/{provider}/go`: a browser that has begun elsewhere goes on to the provider.
async fn depart(doors: Data<SignOnDoors>, http: HttpRequest, path: Path<String>) -> HttpResponse {
    let secret = doors.secret(&http).unwrap_or_default();
    leave(&doors, &http, provider(&path), &secret).await
}

async fn leave(
    doors: &SignOnDoors,
    http: &HttpRequest,
    provider: Option<IdentityProviderId>,
    secret: &str,
) -> HttpResponse {
    match sign_on::depart(&doors.services, provider, secret).await {
        Ok(Departure::Redirect(url)) => redirect(url.as_str()),
        Ok(Departure::Form { action, fields }) => {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            auto_form::page(Target::Provider, action.as_str(), &fields, &nonce(http))
        }
        Err(error) => page::refusal(&error, &origin_of(http)),
    }
}

fn nonce(http: &HttpRequest) -> String {
    let front = http.app_data::<Data<Front>>();
    front.map_or_else(String::new, |front| front.tokens.nonce())
}

/// The query of an `OpenID` Connect callback (OpenID Connect Core 1.0, 3.1.2.5 and 3.1.2.6).
#[derive(Deserialize)]
struct CallbackQuery {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

/// `/auth/oidc/{provider}/callback`
async fn callback(
    doors: Data<SignOnDoors>,
    http: HttpRequest,
    path: Path<String>,
    query: Query<CallbackQuery>,
) -> HttpResponse {
    let query = query.into_inner();
    let answer = match query.error {
        Some(word) => Answer::OidcError(word),
        None => Answer::Oidc(Callback {
            code: query.code,
            state: query.state,
            issuer: query.iss,
        }),
    };
    finish(&doors, &http, provider(&path), &answer).await
}

async fn finish(
    doors: &SignOnDoors,
    http: &HttpRequest,
    provider: Option<IdentityProviderId>,
    answer: &Answer,
) -> HttpResponse {
    let origin = origin_of(http);
    let secret = doors.secret(http).unwrap_or_default();
    let done = match doors.session(http, &origin).await {
        Ok(session) => {
            let session = session.as_ref();
            sign_on::finish(&doors.services, &origin, session, provider, &secret, answer).await
        }
        Err(error) => Err(error),
    };
    doors.finished(done, &origin)
}

/// The form of a SAML answer (saml-bindings 3.5.4).
#[derive(Deserialize)]
struct ConsumeForm {
    #[serde(rename = "SAMLResponse")]
    response: String,
    #[serde(rename = "RelayState", default)]
    relay_state: String,
    #[serde(default)]
    again: String,
}

/// `/auth/saml/{provider}/acs`
async fn consume(
    doors: Data<SignOnDoors>,
    http: HttpRequest,
    path: Path<String>,
    form: Form<ConsumeForm>,
) -> HttpResponse {
    let form = form.into_inner();
    let has_cookie = doors.secret(&http).is_some();
    if !has_cookie && form.again.is_empty() {
        let fields = [
            ("SAMLResponse", form.response.as_str()),
            ("RelayState", &form.relay_state),
            (AGAIN, "1"),
        ];
        return auto_form::page(Target::Ourselves, http.path(), &fields, &nonce(&http));
    }
    let answer = Answer::Saml {
        response: form.response,
        relay_state: form.relay_state,
    };
    if has_cookie {
        return finish(&doors, &http, provider(&path), &answer).await;
    }
    let origin = origin_of(&http);
    let session =
        sign_on::finish_unsolicited(&doors.services, &origin, provider(&path), &answer).await;
    let done = session.map(|session| Finished::SignedOn(Box::new(session)));
    doors.finished(done, &origin)
}

/// `/auth/saml/{provider}/metadata`
async fn metadata(doors: Data<SignOnDoors>, http: HttpRequest, path: Path<String>) -> HttpResponse {
    match sign_on::metadata(&doors.services, provider(&path)).await {
        Ok(text) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/samlmetadata+xml"))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(text),
        Err(error) => page::refusal(&error, &origin_of(&http)),
    }
}

/// The form of a logout notice (OpenID Connect Back-Channel Logout 1.0, 2.5).
#[derive(Deserialize)]
struct LogoutForm {
    logout_token: String,
}

/// `/auth/oidc/{provider}/logout`: the provider calls, not a browser.
async fn back_channel(
    doors: Data<SignOnDoors>,
    http: HttpRequest,
    path: Path<String>,
    form: Form<LogoutForm>,
) -> HttpResponse {
    let origin = Origin {
        interface: Interface::Api,
        ..origin_of(&http)
    };
    let token = &form.logout_token;
    let done =
        sign_on::logout::back_channel(&doors.services, &origin, provider(&path), token).await;
    let status = match done {
        Ok(_) => StatusCode::OK,
        Err(error) => page::status(&error),
    };
    HttpResponseBuilder::new(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}
