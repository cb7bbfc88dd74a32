//! GraphiQL, built by `make graphiql` from `console/graphiql` and embedded here. Not a CDN page: every byte is ours, so
//! it runs offline and under a policy without `unsafe-inline`. Invariant: a missing bundle is a clear answer, not a
//! broken build: a fresh clone compiles without node.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Path},
};
use rust_embed::RustEmbed;

use super::front::Front;

/// A dev build reads the folder at run time, a release build holds its files.
#[derive(RustEmbed)]
#[folder = "../../console/graphiql/dist"]
#[allow_missing = true]
struct Bundle;

/// Where the built page wants the nonce.
const NONCE: &str = "__CSP_NONCE__";

/// `/graphiql`: the page itself, with a fresh nonce.
pub(super) async fn page(http: HttpRequest, front: Data<Front>) -> HttpResponse {
    if !front.settings.graphiql {
        return super::pages::not_found(&http);
    }
    let Some(page) = Bundle::get("index.html") else {
        return HttpResponse::ServiceUnavailable()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(
                "GraphiQL is not built into this server. Run 'make graphiql' and start it again.\n",
            );
    };
    let nonce = front.tokens.nonce();
    let html = String::from_utf8_lossy(&page.data).replace(NONCE, &nonce);
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(Some(&nonce))))
        // The nonce must not come back from a cache.
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}

/// `/graphiql/...`: scripts, styles, fonts and workers. Their names hold a hash of their content.
pub(super) async fn file(
    http: HttpRequest,
    front: Data<Front>,
    path: Path<String>,
) -> HttpResponse {
    let file = Bundle::get(&path).filter(|_| front.settings.graphiql);
    let Some(file) = file else {
        return super::pages::not_found(&http);
    };
    let mut answer = HttpResponse::build(StatusCode::OK);
    answer
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        // The policy of a worker is the policy of its own file.
        .insert_header((header::CONTENT_SECURITY_POLICY, policy(None)));
    answer.body(file.data.into_owned())
}

fn policy(nonce: Option<&str>) -> String {
    let nonce = nonce
        .map(|nonce| format!(" 'nonce-{nonce}'"))
        .unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data:; \
         font-src 'self' data:; style-src 'self'{nonce}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
