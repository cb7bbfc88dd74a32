//! The page behind the links in mails, for as long as there is no console.
//!
//! Not for anything else than sending one form. Invariant: opening a link changes nothing, only sending the form does, so that
//! scanners and previews use no link up; no script, and no answer is kept by a cache.

#![expect(
    clippy::future_not_send,
    reason = "actix runs a handler on the thread of its connection; its request types are not Send"
)]

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Form, Query, ServiceConfig};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use app::invitations::Acceptance;
use minijinja::{Environment, Value, context};
use secrecy::SecretString;
use serde::Deserialize;

use crate::http::RequestInfo;

const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const RESET: &str = include_str!("account_pages/reset_password.html");
const CONFIRM: &str = include_str!("account_pages/confirm_sign_up.html");
const ACCEPT: &str = include_str!("account_pages/accept_invitation.html");

/// The pages.
#[derive(Debug, Clone)]
pub(crate) struct AccountPages {
    services: Arc<app::Services>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

/// The terms of this installation, on the pages on which people accept them; empty where there are none.
#[derive(Debug, Clone, Copy, Default)]
struct Terms<'a> {
    version: &'a str,
    text: &'a str,
}

/// The form of an invitation.
#[derive(Deserialize)]
struct AcceptForm {
    token: String,
    #[serde(default)]
    name: String,
    password: SecretString,
    /// Of people who have no account yet; the box is there when the installation has terms.
    #[serde(default)]
    terms_version: String,
}

/// A form of a link and a password: the new one, or the one that belongs to the link.
#[derive(Deserialize)]
struct LinkForm {
    token: String,
    password: SecretString,
}

impl AccountPages {
    pub(crate) const fn new(services: Arc<app::Services>) -> Self {
        Self { services }
    }

    fn terms(&self) -> Terms<'_> {
        let settings = &self.services.settings.sign_up;
        Terms {
            version: &settings.terms_version,
            text: &settings.terms_text,
        }
    }

    /// For `App::configure`, before the edge's routes, which answer every other address.
    pub(crate) fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let data = Data::new(self.clone());
        move |config| {
            config
                .app_data(data)
                .service(
                    web::resource("/auth/reset-password")
                        .get(async |link: Query<Link>| {
                            page(
                                RESET,
                                StatusCode::OK,
                                &link.token,
                                &[],
                                false,
                                Terms::default(),
                            )
                        })
                        .post(send_reset),
                )
                .service(
                    web::resource("/auth/confirm-sign-up")
                        .get(async |link: Query<Link>| {
                            page(
                                CONFIRM,
                                StatusCode::OK,
                                &link.token,
                                &[],
                                false,
                                Terms::default(),
                            )
                        })
                        .post(send_confirmation),
                )
                .service(
                    web::resource("/auth/accept-invitation")
                        .get(async |pages: Data<Self>, link: Query<Link>| {
                            let terms = pages.terms();
                            page(ACCEPT, StatusCode::OK, &link.token, &[], false, terms)
                        })
                        .post(send_acceptance),
                );
        }
    }
}

async fn send_reset(
    pages: Data<AccountPages>,
    http: HttpRequest,
    form: Form<LinkForm>,
) -> HttpResponse {
    if is_foreign(&http) {
        return foreign(RESET);
    }
    let origin = origin(&http);
    let LinkForm { token, password } = form.into_inner();
    let done = app::passwords::reset(&pages.services, &origin, &token, &password).await;
    answer(RESET, &origin, &token, done, Terms::default())
}

async fn send_confirmation(
    pages: Data<AccountPages>,
    http: HttpRequest,
    form: Form<LinkForm>,
) -> HttpResponse {
    if is_foreign(&http) {
        return foreign(CONFIRM);
    }
    let origin = origin(&http);
    let LinkForm { token, password } = form.into_inner();
    let done = app::sign_up::confirm(&pages.services, &origin, &token, &password).await;
    answer(CONFIRM, &origin, &token, done.map(drop), Terms::default())
}

async fn send_acceptance(
    pages: Data<AccountPages>,
    http: HttpRequest,
    form: Form<AcceptForm>,
) -> HttpResponse {
    if is_foreign(&http) {
        return foreign(ACCEPT);
    }
    let origin = origin(&http);
    let form = form.into_inner();
    let given = Acceptance {
        token: form.token,
        name: form.name,
        password: form.password,
        terms_version: form.terms_version,
    };
    let done = app::invitations::accept(&pages.services, &origin, &given).await;
    let done = done.map(drop);
    answer(ACCEPT, &origin, &given.token, done, pages.terms())
}

/// The link is the proof; still, no other site has any business in sending these forms.
fn is_foreign(http: &HttpRequest) -> bool {
    let site = http.headers().get("sec-fetch-site");
    site.is_some_and(|site| site != "same-origin")
}

fn foreign(template: &'static str) -> HttpResponse {
    let problem = ["This form was sent from another site.".to_owned()];
    page(
        template,
        StatusCode::FORBIDDEN,
        "",
        &problem,
        false,
        Terms::default(),
    )
}

/// The page after its form was sent.
fn answer(
    template: &'static str,
    origin: &app::Origin,
    token: &str,
    done: Result<(), app::Error>,
    terms: Terms<'_>,
) -> HttpResponse {
    let (status, problems) = match done {
        Ok(()) => return page(template, StatusCode::OK, "", &[], true, terms),
        Err(app::Error::Problems(problems)) => {
            let problems = problems.into_iter().map(|one| one.message).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, problems)
        }
        Err(app::Error::TooManyAttempts {
            retry_after_seconds,
        }) => {
            let problem = format!("Too many attempts. Try again in {retry_after_seconds} seconds.");
            (StatusCode::TOO_MANY_REQUESTS, vec![problem])
        }
        Err(error) => {
            tracing::error!(request_id = %origin.request_id, %error, "a link could not be used");
            let problem = "Something went wrong on our side. Try again later.".to_owned();
            (StatusCode::INTERNAL_SERVER_ERROR, vec![problem])
        }
    };
    page(template, status, token, &problems, false, terms)
}

fn origin(http: &HttpRequest) -> app::Origin {
    let extensions = http.extensions();
    let info = extensions.get::<RequestInfo>();
    app::Origin {
        address: info.and_then(|info| info.address.map(|address| address.to_string())),
        request_id: info.map_or_else(String::new, |info| info.id.to_string()),
        ..app::Origin::default()
    }
}

fn page(
    template: &'static str,
    status: StatusCode,
    token: &str,
    problems: &[String],
    is_done: bool,
    terms: Terms<'_>,
) -> HttpResponse {
    let problems = problems.iter().map(String::as_str).collect::<Value>();
    let values = context! {
        token => token, problems => problems, is_done => is_done,
        terms_version => terms.version, terms_text => terms.text,
    };
    let Ok(body) = Environment::new().render_named_str("page.html", template, values) else {
        return HttpResponse::InternalServerError().finish();
    };
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    async fn text(response: HttpResponse) -> String {
        let bytes = to_bytes(response.into_body()).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn the_page_escapes_what_the_link_says_and_is_not_kept() {
        let hostile = "\"><script>alert(1)</script>";
        for template in [RESET, CONFIRM] {
            let response = page(
                template,
                StatusCode::OK,
                hostile,
                &["<b>".to_owned()],
                false,
                Terms::default(),
            );
            assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
            let body = text(response).await;
            assert!(!body.contains("<script") && !body.contains("<b>"), "{body}");
            assert!(body.contains("method=\"post\""), "{body}");
            assert!(
                !text(page(
                    template,
                    StatusCode::OK,
                    "",
                    &[],
                    true,
                    Terms::default()
                ))
                .await
                .contains("<form")
            );
        }
    }
}
