//! The web console, built by `make console` from `console/` and embedded here. It asks nothing but `/graphql`, so this
//! file knows no noun of the product. Invariant: a missing bundle is a clear answer, not a broken build: a fresh clone
//! compiles without node.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};
use rust_embed::RustEmbed;

use super::front::Front;

/// A dev build reads the folder at run time, a release build holds its files.
#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Bundle;

/// Where the built page wants the nonce.
const NONCE: &str = "__CSP_NONCE__";

/// `/console` and every address below it that is no file: the page, with a fresh nonce. Which room it shows is decided
/// by its own router, so that a link into the console opens where it points.
pub(super) async fn page(front: Data<Front>) -> HttpResponse {
    let Some(page) = Bundle::get("index.html") else {
        return HttpResponse::ServiceUnavailable()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body("The console is not built into this server. Run 'make console' and start it again.\n");
    };
    let nonce = front.tokens.nonce();
    let html = String::from_utf8_lossy(&page.data).replace(NONCE, &nonce);
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(&nonce)))
        // The nonce must not come back from a cache.
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}

/// `/console/files/...`: scripts, styles and fonts. Their names hold a hash of their content.
pub(super) async fn file(http: HttpRequest, path: Path<String>) -> HttpResponse {
    let Some(file) = Bundle::get(&format!("files/{path}")) else {
        return super::pages::not_found(&http);
    };
    HttpResponse::build(StatusCode::OK)
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(file.data.into_owned())
}

/// Style elements carry the nonce; nothing inline runs, nothing leaves the origin, nobody frames the page.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; \
         style-src 'self' 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
