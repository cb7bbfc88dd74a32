//! The HTTP edge: GraphQL over HTTP, WebSocket and event streams, GraphiQL, plain pages, health, and the middleware in
//! front of all of them. Generic over the schema and the authenticator, so it knows neither users nor backups.
//! Invariant: every operation, on every transport, passes the same guards, the same authenticator and the same answer
//! writer.
//!
//! ```text
//! let edge = Edge::new(EdgeParts { .. })?;
//! HttpServer::new(move || {
//!     App::new().app_data(edge.front()).wrap(from_fn(http::front)).configure(edge.routes())
//! })
//! .on_connect(http::on_connect)
//! ```

#![expect(
    clippy::future_not_send,
    reason = "actix runs a handler on the thread of its connection; its request types are not Send"
)]

mod answer;
mod auth;
pub(crate) mod auto_form;
mod budget;
mod client;
mod console;
mod engine;
mod event_stream;
mod front;
mod graphiql;
mod graphql;
mod health;
mod metrics;
mod negotiate;
mod origin;
mod pages;
#[cfg(test)]
mod parser_tests;
mod problem;
mod request;
mod settings;
mod socket;
#[cfg(test)]
mod tests;

pub(crate) use self::graphql::user_agent;
use std::{fmt, sync::Arc};

use actix_web::web::{self, Data, ServiceConfig};
use async_graphql::Executor;
use prometheus::Registry;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::{
    answer::RequestInfo,
    auth::{
        AuthError, Authenticator, Client, Credential, DEVICE_SUFFIX, Session, SessionWatch,
        Transport, Viewer,
    },
    budget::{Charge, Payer},
    engine::{DocumentLimits, Engine, EngineLimits, TextLimits},
    front::{Front, Tokens, front, on_connect},
    health::{Figures, ReadinessCheck},
    origin::CSRF_HEADER,
    problem::{Code, Problem},
    settings::{CostLimits, EventStreamLimits, HttpSettings, RateLimit, SocketLimits},
};

/// What an edge is made of.
pub struct EdgeParts<E> {
    /// The schema behind its guards.
    pub engine: Engine<E>,
    /// Who knows users.
    pub authenticator: Arc<dyn Authenticator>,
    /// What the administrator set.
    pub settings: HttpSettings,
    /// Random strings.
    pub tokens: Arc<dyn Tokens>,
    /// What `/readyz` asks.
    pub readiness: Vec<Arc<dyn ReadinessCheck>>,
    /// What `/metrics` shows; the edge adds its own figures.
    pub registry: Registry,
    /// What `/metrics` brings up to date first.
    pub figures: Vec<Arc<dyn Figures>>,
    /// Sockets run on it.
    pub tracker: TaskTracker,
    /// Cancelled at shutdown, before the server stops.
    pub shutdown: CancellationToken,
}

/// The edge. One per process, shared by all workers.
pub struct Edge<E> {
    engine: Engine<E>,
    authenticator: Arc<dyn Authenticator>,
    front: Arc<Front>,
    readiness: Vec<Arc<dyn ReadinessCheck>>,
    registry: Registry,
    figures: Vec<Arc<dyn Figures>>,
    sockets: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl<E> fmt::Debug for Edge<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Edge")
            .field("front", &self.front)
            .finish_non_exhaustive()
    }
}

impl<E: Executor> Edge<E> {
    /// Puts the parts together. Fails when the figures are registered already.
    pub fn new(parts: EdgeParts<E>) -> prometheus::Result<Arc<Self>> {
        let metrics = metrics::Metrics::register(&parts.registry)?;
        let sockets = Arc::new(Semaphore::new(parts.settings.socket.sockets));
        let streams = Arc::new(Semaphore::new(parts.settings.event_stream.streams));
        let front = Front::new(
            parts.settings,
            metrics,
            parts.tokens,
            parts.tracker,
            parts.shutdown,
        );
        Ok(Arc::new(Self {
            engine: parts.engine,
            authenticator: parts.authenticator,
            front: Arc::new(front),
            readiness: parts.readiness,
            registry: parts.registry,
            figures: parts.figures,
            sockets,
            streams,
        }))
    }

    /// For `App::app_data`: the middleware needs it.
    #[must_use]
    pub fn front(&self) -> Data<Front> {
        Data::from(Arc::clone(&self.front))
    }

    /// For `App::configure`. Add routes of other modules before it: it answers every unknown address.
    pub fn routes(self: &Arc<Self>) -> impl FnOnce(&mut ServiceConfig) + use<E> {
        let edge = Data::from(Arc::clone(self));
        move |config| {
            config
                .app_data(edge)
                .service(web::resource("/graphql").to(graphql::endpoint::<E>))
                .service(web::resource("/graphiql").get(graphiql::page))
                .service(web::resource("/graphiql/").get(graphiql::page))
                .service(web::resource("/graphiql/{path:.+}").get(graphiql::file))
                .service(web::resource("/console/files/{path:.+}").get(console::file))
                .service(web::resource("/console").get(console::page))
                .service(web::resource("/console/{path:.*}").get(console::page))
                .service(web::resource("/").get(pages::landing))
                .service(web::resource("/style.css").get(pages::style))
                .service(web::resource("/icon.svg").get(pages::icon))
                .service(web::resource("/favicon.ico").get(pages::icon))
                .service(web::resource("/schema.graphql").get(pages::schema::<E>))
                .service(web::resource("/docs").get(pages::documents))
                .service(web::resource("/docs/{path:.+}").get(pages::document))
                .service(web::resource("/healthz").get(health::healthz))
                .service(web::resource("/readyz").get(health::readyz::<E>))
                .service(web::resource("/metrics").get(health::metrics::<E>))
                .default_service(web::to(pages::unknown));
        }
    }
}
