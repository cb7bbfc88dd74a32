//! The few pages that a browser may see while it signs on.
//!
//! Not the console's. Invariant: no script, everything that comes from outside is escaped.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use app::{Error, Origin};
use identity::Assertion;

const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page that says why nobody is signed on: one sentence, and the id under which the log has more.
pub(super) fn refusal(error: &Error, origin: &Origin) -> HttpResponse {
    let text = match error {
        Error::Problems(problems) => problems
            .first()
            .map_or_else(String::new, |problem| problem.message.clone()),
        Error::Unauthenticated => "The session in which this was begun has ended.".to_owned(),
        Error::Forbidden(_) => "Your role does not allow this.".to_owned(),
        Error::AddressNotAllowed => {
            "Your organization does not allow its members to come from this address.".to_owned()
        }
        Error::UnknownUnit => "There is no such organizational unit.".to_owned(),
        Error::ProofNeeded | Error::OwnProofNeeded => "Prove who you are first.".to_owned(),
        Error::TooManyAttempts { .. } => "Too many attempts. Try again in a while.".to_owned(),
        Error::Internal(error) => {
            tracing::error!(request_id = %origin.request_id, %error, "a sign-on failed");
            "Something went wrong on our side.".to_owned()
        }
    };
    let body = format!(
        "<p>{}</p><p>Request {}</p><p><a href=\"/console\">To the console</a></p>",
        escape(&text),
        escape(&origin.request_id)
    );
    page(status(error), "Not signed on", &body)
}

/// The status that says the same.
pub(super) fn status(error: &Error) -> StatusCode {
    match error {
        Error::Problems(problems) => {
            let is_missing = |one: &domain::Problem| one.code == domain::ProblemCode::NotFound;
            if problems.iter().any(is_missing) {
                StatusCode::NOT_FOUND
            } else {
                StatusCode::BAD_REQUEST
            }
        }
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_)
        | Error::AddressNotAllowed
        | Error::ProofNeeded
        | Error::OwnProofNeeded => StatusCode::FORBIDDEN,
        Error::UnknownUnit => StatusCode::BAD_REQUEST,
        Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The outcome of a test, for the administrator who began it.
pub(super) fn tested(proven: Result<&Assertion, &String>) -> HttpResponse {
    let body = match proven {
        Err(reason) => format!("<p>The test has failed: {}</p>", escape(reason)),
        Ok(assertion) => {
            let none = "(none)".to_owned();
            let shown = [
                ("Subject", &assertion.subject),
                ("E-mail", assertion.email.as_ref().unwrap_or(&none)),
                ("Name", assertion.name.as_ref().unwrap_or(&none)),
                ("Groups", &assertion.groups.join(", ")),
            ];
            let rows = shown
                .iter()
                .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(value)))
                .collect::<String>();
            format!("<p>The test has worked. The provider says:</p><dl>{rows}</dl>")
        }
    };
    let back = "<p><a href=\"/console/identity-providers\">Back to the identity providers</a></p>";
    page(
        StatusCode::OK,
        "Test of the identity provider",
        &format!("{body}{back}"),
    )
}

/// `/auth/signed-out`: where a browser ends after a logout at the provider.
pub(super) async fn signed_out() -> HttpResponse {
    page(
        StatusCode::OK,
        "Signed out",
        "<p>You are signed out. <a href=\"/console\">Sign in</a></p>",
    )
}

fn page(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} - Holdfast</title><link rel=\"stylesheet\" href=\"/style.css\"></head><body><main><h1>{title}</h1>{body}</main>\
         </body></html>"
    );
    HttpResponseBuilder::new(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}

fn escape(text: &str) -> String {
    crate::http::auto_form::escape(text)
}
