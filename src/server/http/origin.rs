//! Keeps other people's pages from using our visitors' cookies: Origin, `Sec-Fetch-Site` and a header that no form can
//! send. Not authentication. Invariant: a request that a cookie would authenticate and that a foreign page could have
//! caused is refused before anything is parsed, on HTTP, event streams and sockets alike.

use actix_web::{HttpRequest, http::Method, http::header};

use super::{
    problem::{Code, Problem},
    settings::HttpSettings,
};

/// The header that a page of ours sends with every request; its value does not matter.
pub const CSRF_HEADER: &str = "x-requested-by";

/// What kind of request is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// POST or GET to the GraphQL endpoint, event streams included.
    Request,
    /// The handshake of a socket: browsers cannot add headers to it, but always send Origin.
    Socket,
}

/// Refuses a request that a foreign page may have sent. `by_cookie`: nothing but a cookie speaks for the user.
pub(super) fn check(
    request: &HttpRequest,
    settings: &HttpSettings,
    door: Door,
    by_cookie: bool,
) -> Result<(), Problem> {
    let refuse = |message: &str| Err(Problem::new(Code::Forbidden, message));
    let headers = request.headers();
    let mut same_page = false;
    if let Some(origin) = headers.get(header::ORIGIN) {
        let known = origin
            .to_str()
            .is_ok_and(|origin| settings.allowed_origins.iter().any(|known| known == origin));
        if !known || headers.get_all(header::ORIGIN).count() > 1 {
            return refuse("Requests from this origin are not allowed.");
        }
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        match site.as_bytes() {
            b"same-origin" => same_page = true,
            // Typed into the address bar or opened from a bookmark: no page caused it.
            b"none" => {}
            // A page of a listed origin has passed the check above.
            _ if headers.contains_key(header::ORIGIN) => {}
            _ => return refuse("Requests from other sites are not allowed."),
        }
    }
    if !by_cookie || door == Door::Socket {
        return Ok(());
    }
    let has_header = headers
        .get(CSRF_HEADER)
        .is_some_and(|value| !value.is_empty());
    // A query by GET changes nothing, and `Sec-Fetch-Site: same-origin` cannot be forged by a page.
    if has_header || (same_page && request.method() == Method::GET) {
        return Ok(());
    }
    refuse("Requests with a session cookie need the header X-Requested-By.")
}
