//! `/healthz`, `/readyz`, `/metrics`. Not alerts. Invariant: health says only that the process answers; readiness asks
//! every part that a request needs; neither tells a stranger why something is down.

use std::{collections::BTreeMap, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use async_graphql::Executor;
use async_trait::async_trait;
use futures_util::future::join_all;
use prometheus::{Encoder as _, TextEncoder};

use super::{
    Edge, answer, client, graphql,
    problem::{Code, Problem},
};

/// A part without which we cannot work, such as the database.
#[async_trait]
pub trait ReadinessCheck: Send + Sync + 'static {
    /// A short name in snake case.
    fn name(&self) -> &'static str;
    /// Fails with a reason for the log. Has two seconds.
    async fn check(&self) -> Result<(), String>;
}

/// Figures that are read when somebody asks for them, such as the age of the oldest backup that is overdue.
#[async_trait]
pub trait Figures: Send + Sync + 'static {
    /// Brings them up to date; what cannot be read must not stay as it was. Has two seconds.
    async fn refresh(&self);
}

const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// `/healthz`
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body("ok\n")
}

/// `/readyz`
pub(super) async fn readyz<E: Executor>(edge: Data<Edge<E>>) -> HttpResponse {
    let checks = edge.readiness.iter().map(|check| async move {
        let result = tokio::time::timeout(CHECK_TIMEOUT, check.check()).await;
        let result = result.unwrap_or_else(|_| Err("it took longer than two seconds".to_owned()));
        if let Err(reason) = &result {
            tracing::warn!(part = check.name(), reason, "not ready");
        }
        (check.name(), if result.is_ok() { "ok" } else { "failed" })
    });
    let mut parts: BTreeMap<&str, &str> = join_all(checks).await.into_iter().collect();
    if edge.front.shutdown.is_cancelled() {
        parts.insert("shutdown", "failed");
    }
    let ready = parts.values().all(|state| *state == "ok");
    let mut answer = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(serde_json::json!({ "ready": ready, "parts": parts }))
}

/// `/metrics`, for the networks that may see it; for others it does not exist.
pub(super) async fn metrics<E: Executor>(http: HttpRequest, edge: Data<Edge<E>>) -> HttpResponse {
    let info = graphql::info(&http);
    let networks = &edge.front.settings.metrics_networks;
    if !info
        .address
        .is_some_and(|address| client::is_trusted(address, networks))
    {
        return super::pages::not_found(&http);
    }
    let refreshed = edge.figures.iter().map(|figures| figures.refresh());
    if tokio::time::timeout(CHECK_TIMEOUT, join_all(refreshed))
        .await
        .is_err()
    {
        tracing::warn!("figures took longer than two seconds");
    }
    let mut body = Vec::new();
    let encoder = TextEncoder::new();
    if let Err(error) = encoder.encode(&edge.registry.gather(), &mut body) {
        tracing::error!(request_id = &*info.id, %error, "the figures cannot be written");
        let problem = Problem::new(Code::Internal, "The figures cannot be written.");
        return answer::problem(problem, None, &info.id);
    }
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, encoder.format_type().to_owned()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}
