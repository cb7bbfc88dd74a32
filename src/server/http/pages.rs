//! The plain pages: `/`, the schema, the documents, and the answer to unknown addresses. Not the console, which will
//! take `/` once it exists. Invariant: no script, no style attribute, nothing from another origin.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path},
};
use async_graphql::Executor;
use rust_embed::RustEmbed;

use super::{
    Edge, answer, graphql,
    problem::{Code, Problem},
};

const LANDING: &str = include_str!("pages/landing.html");
const STYLE: &str = include_str!("pages/landing.css");
const ICON: &str = include_str!("pages/icon.svg");
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The documents of the repository, for readers without a network; not its pictures, which would be half of the program.
#[derive(RustEmbed)]
#[folder = "../../docs"]
#[include = "*.md"]
#[include = "*.yaml"]
#[allow_missing = true]
struct Documents;

/// `/`
pub(super) async fn landing() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(LANDING)
}

/// `/style.css`
pub(super) async fn style() -> HttpResponse {
    cached("text/css; charset=utf-8", STYLE)
}

/// `/icon.svg` and `/favicon.ico`
pub(super) async fn icon() -> HttpResponse {
    cached("image/svg+xml", ICON)
}

fn cached(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(body)
}

/// `/schema.graphql`: the schema is part of the published source, so everybody may have it.
pub(super) async fn schema<E: Executor>(edge: Data<Edge<E>>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "inline; filename=\"schema.graphql\"",
        ))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(edge.engine.sdl().to_owned())
}

/// `/docs`: the list of documents.
pub(super) async fn documents() -> HttpResponse {
    let mut names: Vec<_> = Documents::iter()
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    let mut entries = String::new();
    for name in names.iter().map(|name| escape(name)) {
        for part in ["<li><a href=\"/docs/", &name, "\">", &name, "</a></li>"] {
            entries.push_str(part);
        }
    }
    if entries.is_empty() {
        entries.push_str("<li>None are built in.</li>");
    }
    let page = include_str!("pages/documents.html").replace("<!-- entries -->", &entries);
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(page)
}

/// `/docs/...`: one document, as its text.
pub(super) async fn document(http: HttpRequest, path: Path<String>) -> HttpResponse {
    match Documents::get(&path) {
        Some(file) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(file.data.into_owned()),
        None => not_found(&http),
    }
}

/// Everything else.
pub(super) async fn unknown(http: HttpRequest) -> HttpResponse {
    not_found(&http)
}

/// 404 in the shape of all our errors.
pub(super) fn not_found(http: &HttpRequest) -> HttpResponse {
    let problem = Problem::new(Code::NotFound, "There is nothing at this address.");
    answer::problem(problem, None, &graphql::info(http).id)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
