//! GraphQL over server-sent events, "distinct connections" mode: one request, one stream of `next` events, one
//! `complete`. Not the single-connection mode. Invariant: nothing is buffered; a client that does not read makes the
//! operation wait, and a session that ends ends its streams.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use async_graphql::{Executor, parser::types::OperationType};
use futures_util::{Stream, StreamExt as _, future::Either, stream};

use super::{
    Edge,
    answer::{self, RequestInfo},
    auth::Session,
    engine::{Admitted, Outcome},
    graphql,
    negotiate::Media,
    problem::{Code, Problem},
    settings::full,
};

/// Opens the stream.
pub(super) fn open<E: Executor>(
    edge: &Data<Edge<E>>,
    admitted: Admitted,
    session: Session,
    info: &RequestInfo,
) -> Result<HttpResponse, Problem> {
    let Ok(permit) = Arc::clone(&edge.streams).try_acquire_owned() else {
        return Err(full("event stream"));
    };
    let kind = graphql::kind_label(admitted.kind());
    edge.front
        .metrics
        .operations
        .with_label_values(&[kind, "sse", "opened"])
        .inc();
    let outcomes = outcomes(edge, admitted, &session, info);
    let (edge, info) = (Data::clone(edge), info.clone());
    let body = async_stream::stream! {
        let _permit = permit;
        let _open = Gauge::up(&edge.front.metrics.streams);
        let mut beat = tokio::time::interval(edge.front.settings.event_stream.heartbeat);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let ended = session.watch().ended();
        tokio::pin!(outcomes, ended);
        loop {
            tokio::select! {
                biased;
                // Without `complete`: the client reconnects, to another replica if need be.
                () = edge.front.shutdown.cancelled() => break,
                () = &mut ended => {
                    let problem = Problem::new(Code::Unauthenticated, "The session has ended.");
                    yield next(problem.into(), &info);
                    yield complete();
                    break;
                }
                outcome = outcomes.next() => {
                    let Some(outcome) = outcome else {
                        yield complete();
                        break;
                    };
                    beat.reset();
                    yield next(outcome, &info);
                }
                // The first tick is at once: it opens the stream for clients that wait for a byte.
                _ = beat.tick() => yield Bytes::from_static(b":\n\n"),
            }
        }
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, Media::EventStream.content_type()))
        .insert_header((header::CACHE_CONTROL, "no-cache, no-store, no-transform"))
        // Says to nginx: pass every event on at once.
        .insert_header((header::HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(body.map(Ok::<_, actix_web::Error>)))
}

fn outcomes<E: Executor>(
    edge: &Data<Edge<E>>,
    admitted: Admitted,
    session: &Session,
    info: &RequestInfo,
) -> impl Stream<Item = Outcome> + use<E> {
    if admitted.kind() == OperationType::Subscription {
        return Either::Left(edge.engine.stream(admitted, session, &info.id));
    }
    let (edge, session, info) = (Data::clone(edge), session.clone(), info.clone());
    Either::Right(stream::once(async move {
        graphql::execute(&edge, admitted, &session, &info).await
    }))
}

fn next(outcome: Outcome, info: &RequestInfo) -> Bytes {
    // JSON has no raw line breaks, so one data line is enough.
    Bytes::from(format!(
        "event: next\ndata: {}\n\n",
        answer::json(outcome, &info.id)
    ))
}

fn complete() -> Bytes {
    Bytes::from_static(b"event: complete\ndata: \n\n")
}

/// Counts one up, and down again when dropped.
#[derive(Debug)]
pub(super) struct Gauge(prometheus::IntGauge);

impl Gauge {
    /// Counts up.
    pub(super) fn up(gauge: &prometheus::IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}
