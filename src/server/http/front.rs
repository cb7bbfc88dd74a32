//! What happens to every request and answer, whatever its path: request id, client address, rate limit, security
//! headers, figures. Not authentication. Invariant: no answer leaves without the security headers, refusals and 404
//! included.

use std::{
    any::Any,
    fmt,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use actix_web::{
    Error, HttpMessage as _,
    body::{BoxBody, MessageBody},
    dev::{Extensions, ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    answer::{self, RequestInfo},
    budget::Budgets,
    client,
    metrics::Metrics,
    problem::{Code, Problem},
    settings::HttpSettings,
};

/// Random strings, injected.
pub trait Tokens: Send + Sync + 'static {
    /// An id for one request; at most 64 letters, digits and dashes.
    fn request_id(&self) -> String;
    /// At least 128 random bits in base64 or hex, for a content security policy.
    fn nonce(&self) -> String;
}

/// What middleware and handlers share.
pub struct Front {
    pub(crate) settings: HttpSettings,
    pub(crate) metrics: Metrics,
    pub(crate) tokens: Arc<dyn Tokens>,
    /// Every socket runs on it, so that shutdown can wait.
    pub(crate) tracker: TaskTracker,
    /// Cancelled at shutdown: sockets say goodbye, streams end.
    pub(crate) shutdown: CancellationToken,
    /// What callers have spent.
    pub(super) budgets: Budgets,
    limiter: Option<DefaultKeyedRateLimiter<IpAddr>>,
    checks: AtomicU32,
}

impl fmt::Debug for Front {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Front")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Front {
    pub(crate) fn new(
        settings: HttpSettings,
        metrics: Metrics,
        tokens: Arc<dyn Tokens>,
        tracker: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        let limiter = settings.rate.map(|rate| {
            let at_least_one = |value: u32| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
            let quota = Quota::per_second(at_least_one(rate.per_second))
                .allow_burst(at_least_one(rate.burst));
            RateLimiter::keyed(quota)
        });
        Self {
            budgets: Budgets::new(settings.cost),
            settings,
            metrics,
            tokens,
            tracker,
            shutdown,
            limiter,
            checks: AtomicU32::new(0),
        }
    }

    /// Refuses an address that asks too often.
    fn admit(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        let (Some(limiter), Some(address)) = (&self.limiter, address) else {
            return Ok(());
        };
        // Addresses that were quiet for a while are forgotten now and then, or memory would grow with visitors.
        if self.checks.fetch_add(1, Ordering::Relaxed) % 65_536 == 65_535 {
            limiter.retain_recent();
        }
        limiter
            .check_key(&client::rate_key(address))
            .map_err(|refusal| {
                let rest = refusal.wait_time_from(limiter.clock().now());
                let mut problem = Problem::new(
                    Code::RateLimited,
                    "Too many requests from this address: slow down.",
                );
                problem.retry_after = Some(rest.max(Duration::from_secs(1)));
                problem
            })
    }

    fn request_id(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> Arc<str> {
        let given = headers
            .get("x-request-id")
            .and_then(|value| value.to_str().ok());
        let usable = |id: &&str| {
            (8..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let trusted = peer.is_some_and(|peer| {
            client::is_trusted(peer.to_canonical(), &self.settings.trusted_proxies)
        });
        match given.filter(usable) {
            Some(id) if trusted => Arc::from(id),
            Some(_) | None => Arc::from(self.tokens.request_id()),
        }
    }
}

/// The middleware: `App::new().app_data(Data::from(edge.front())).wrap(from_fn(http::front))`.
pub async fn front(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(front) = request.app_data::<Data<Front>>().cloned() else {
        return Err(actix_web::error::ErrorInternalServerError(
            "the front is not set up",
        ));
    };
    let started = tokio::time::Instant::now();
    let peer = request.peer_addr().map(|peer| peer.ip());
    let address = client::address(peer, request.headers(), &front.settings.trusted_proxies);
    let id = front.request_id(request.headers(), peer);
    let area = area(request.path());
    request.extensions_mut().insert(RequestInfo {
        id: Arc::clone(&id),
        address,
    });

    let mut response = match limit(&front, area, address) {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(problem) => {
            front
                .metrics
                .refusals
                .with_label_values(&[problem.code.as_str()])
                .inc();
            request
                .into_response(answer::problem(problem, None, &id))
                .map_into_boxed_body()
        }
    };
    secure(response.headers_mut(), front.settings.https, &id);
    let status = match response.status().as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    front
        .metrics
        .requests
        .with_label_values(&[area, status])
        .inc();
    front
        .metrics
        .seconds
        .with_label_values(&[area])
        .observe(started.elapsed().as_secs_f64());
    Ok(response)
}

fn limit(front: &Front, area: &str, address: Option<IpAddr>) -> Result<(), Problem> {
    // A load balancer asks for health often, from one address, and must not be told to slow down.
    if area == "health" {
        Ok(())
    } else {
        front.admit(address)
    }
}

fn area(path: &str) -> &'static str {
    match path.split('/').nth(1).unwrap_or_default() {
        "graphql" => "graphql",
        "graphiql" => "graphiql",
        "healthz" | "readyz" | "metrics" => "health",
        "auth" => "auth",
        "downloads" => "downloads",
        _ => "pages",
    }
}

const FIXED: [(HeaderName, HeaderValue); 6] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// The policy of everything that is not a page of ours.
const CLOSED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
);

fn secure(headers: &mut HeaderMap, https: bool, request_id: &str) {
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, CLOSED);
    }
    if https {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
}

/// Pass to `HttpServer::on_connect`: the kernel drops a connection whose client takes no byte for 30 s. Without it a
/// client that stops reading keeps its socket, and the buffers behind it, for as long as it likes.
pub fn on_connect(connection: &dyn Any, _: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
        let socket = socket2::SockRef::from(stream);
        if let Err(error) = socket.set_tcp_user_timeout(Some(Duration::from_secs(30))) {
            tracing::debug!(%error, "TCP_USER_TIMEOUT is not available");
        }
    }
}
