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
use minijinja::{Environment, Value, context};
use secrecy::SecretString;
use serde::Deserialize;

use crate::http::RequestInfo;

const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const PAGE: &str = include_str!("account_pages/reset_password.html");

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

#[derive(Deserialize)]
struct NewPassword {
    token: String,
    password: SecretString,
}

impl AccountPages {
    pub(crate) const fn new(services: Arc<app::Services>) -> Self {
        Self { services }
    }

    /// For `App::configure`, before the edge's routes, which answer every other address.
    pub(crate) fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let data = Data::new(self.clone());
        move |config| {
            config.app_data(data).service(
                web::resource("/auth/reset-password")
                    .get(show_reset)
                    .post(send_reset),
            );
        }
    }
}

async fn show_reset(link: Query<Link>) -> HttpResponse {
    page(StatusCode::OK, &link.token, &[], false)
}

async fn send_reset(
    pages: Data<AccountPages>,
    http: HttpRequest,
    form: Form<NewPassword>,
) -> HttpResponse {
    // The link is the proof; still, no other site has any business in sending this form.
    let site = http.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        let problem = ["This form was sent from another site.".to_owned()];
        return page(StatusCode::FORBIDDEN, "", &problem, false);
    }
    let origin = origin(&http);
    let NewPassword { token, password } = form.into_inner();
    match app::passwords::reset(&pages.services, &origin, &token, &password).await {
        Ok(()) => page(StatusCode::OK, "", &[], true),
        Err(app::Error::Problems(problems)) => {
            let problems: Vec<String> = problems.into_iter().map(|one| one.message).collect();
            page(StatusCode::UNPROCESSABLE_ENTITY, &token, &problems, false)
        }
        Err(app::Error::TooManyAttempts {
            retry_after_seconds,
        }) => {
            let problem = format!("Too many attempts. Try again in {retry_after_seconds} seconds.");
            page(StatusCode::TOO_MANY_REQUESTS, &token, &[problem], false)
        }
        Err(error) => {
            tracing::error!(request_id = %origin.request_id, %error, "a password could not be set");
            let problem = ["Something went wrong on our side. Try again later.".to_owned()];
            page(StatusCode::INTERNAL_SERVER_ERROR, &token, &problem, false)
        }
    }
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

fn page(status: StatusCode, token: &str, problems: &[String], is_done: bool) -> HttpResponse {
    let problems = Value::from_iter(problems.iter().map(String::as_str));
    let values = context! { token => token, problems => problems, is_done => is_done };
    let Ok(body) = Environment::new().render_named_str("page.html", PAGE, values) else {
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
        let response = page(StatusCode::OK, hostile, &["<b>".to_owned()], false);
        assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
        let body = text(response).await;
        assert!(!body.contains("<script") && !body.contains("<b>"), "{body}");
        assert!(body.contains("method=\"post\""), "{body}");
        assert!(
            !text(page(StatusCode::OK, "", &[], true))
                .await
                .contains("<form")
        );
    }
}
