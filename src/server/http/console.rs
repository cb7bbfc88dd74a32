//! The web console, built by `make console` from `console/` and embedded here. It asks nothing but `/graphql`, so this
//! file knows no noun of the product. Files whose build left a compressed twin are sent as that to whoever takes it. Invariant: a missing bundle is a clear answer, not a broken build: a fresh clone
//! compiles without node.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, AcceptEncoding, Encoding, Header as _},
    },
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
    let path = format!("files/{path}");
    let Some(file) = Bundle::get(&path) else {
        return super::pages::not_found(&http);
    };
    let twin = takes_brotli(&http)
        .then(|| format!("{path}.br"))
        .and_then(|twin| Bundle::get(&twin));
    let mut answer = HttpResponse::build(StatusCode::OK);
    answer
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype()))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"));
    if let Some(twin) = twin {
        answer.insert_header((header::CONTENT_ENCODING, "br"));
        return answer.body(twin.data.into_owned());
    }
    answer.body(file.data.into_owned())
}

/// Whether the client likes a compressed answer. Without the header it has said nothing, so it gets the file as it is.
fn takes_brotli(http: &HttpRequest) -> bool {
    let wanted = AcceptEncoding::parse(http).ok();
    let ways = [Encoding::brotli(), Encoding::identity()];
    let best = wanted.and_then(|wanted| wanted.negotiate(ways.iter()));
    http.headers().contains_key(header::ACCEPT_ENCODING) && best == Some(Encoding::brotli())
}

/// Style elements carry the nonce; nothing inline runs, nothing leaves the origin, nobody frames the page.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; \
         style-src 'self' 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_who_takes_brotli_gets_it() {
        for (said, takes) in [
            (None, false),
            (Some("gzip, deflate, br, zstd"), true),
            (Some("br;q=0, identity"), false),
            (Some("gzip"), false),
            (Some("identity, br;q=0.5"), false),
            (Some("*"), false),
            (Some("%%"), false),
        ] {
            let request = TestRequest::default();
            let request = match said {
                Some(said) => request.insert_header((header::ACCEPT_ENCODING, said)),
                None => request,
            };
            assert_eq!(takes_brotli(&request.to_http_request()), takes, "{said:?}");
        }
    }
}
