//! One conversation over `graphql-transport-ws`, from `connection_init` to the close frame. Not the handshake.
//! Invariant: everything a client can make grow is bounded: operations by a count, messages by a rate, what waits for
//! a slow reader by a queue of 32 messages that stops the operations (nothing is dropped) and, after a while, the
//! socket.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use actix_web::web::{Bytes, Data};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, ProtocolError};
use async_graphql::{Executor, ServerError, parser::types::OperationType};
use futures_util::{
    StreamExt as _,
    future::Either,
    stream::{self, AbortHandle, BoxStream, SelectAll, abortable},
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde_json::{Map, Value};
use tokio::time::{Instant, MissedTickBehavior};

use super::{
    super::{
        Edge,
        answer::{self, RequestInfo},
        auth::{Client, Credential, Session},
        engine::{Admitted, Outcome},
        event_stream::Gauge,
        graphql,
        problem::{Code, Problem},
        request::Params,
        settings::SocketLimits,
    },
    close::Close,
    message::{self, ClientMessage, ServerMessage},
};

/// How long the client has to answer our close frame.
const GOODBYE: Duration = Duration::from_secs(1);

/// Why the loop ends.
enum End {
    /// We close, with a code.
    Close(Close),
    /// The client closed; its frame is echoed.
    Closed(Option<actix_ws::CloseReason>),
    /// Nothing can be sent any more.
    Gone,
}

type Step = Result<(), End>;
type Event = (String, Option<Outcome>);

/// The state of one socket.
pub(super) struct Conversation<E> {
    edge: Data<Edge<E>>,
    /// What the handshake showed; taken by `connection_init`.
    credential: Option<Credential>,
    client: Client,
    info: RequestInfo,
    sender: actix_ws::Session,
    session: Option<Session>,
    running: BTreeMap<String, AbortHandle>,
    events: SelectAll<BoxStream<'static, Event>>,
    rate: DefaultDirectRateLimiter,
    heard: Instant,
}

impl<E: Executor> Conversation<E> {
    /// A conversation that has not begun.
    pub(super) fn new(
        edge: Data<Edge<E>>,
        credential: Credential,
        client: Client,
        info: RequestInfo,
        sender: actix_ws::Session,
    ) -> Self {
        let limits = edge.front.settings.socket;
        let at_least_one = |value: u32| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limits.messages_per_second))
            .allow_burst(at_least_one(limits.message_burst));
        Self {
            edge,
            credential: Some(credential),
            client,
            info,
            sender,
            session: None,
            running: BTreeMap::new(),
            events: SelectAll::new(),
            rate: RateLimiter::direct(quota),
            heard: Instant::now(),
        }
    }

    /// Runs to the end, and closes properly.
    pub(super) async fn run(mut self, mut receiver: AggregatedMessageStream) {
        let _open = Gauge::up(&self.edge.front.metrics.sockets);
        let end = self.converse(&mut receiver).await;
        let reason = match end {
            End::Gone => return,
            End::Close(close) => {
                tracing::debug!(request_id = &*self.info.id, ?close, "closing a socket");
                Some(close.reason())
            }
            End::Closed(reason) => reason,
        };
        // Operations stop before the goodbye, which may take a second.
        self.events = SelectAll::new();
        let goodbye = async {
            if self.sender.close(reason).await.is_err() {
                return;
            }
            // Closing with unread data resets the connection, and a reset can overtake the close frame.
            while let Some(Ok(message)) = receiver.recv().await {
                if matches!(message, AggregatedMessage::Close(_)) {
                    return;
                }
            }
        };
        // The deadline is the whole handling of a client that does not answer.
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }

    async fn converse(&mut self, receiver: &mut AggregatedMessageStream) -> End {
        let limits = self.limits();
        let opened = Instant::now();
        let mut ping = tokio::time::interval_at(opened + limits.ping_every, limits.ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shutdown = self.edge.front.shutdown.clone();
        loop {
            let ended = ended(self.session.clone());
            tokio::pin!(ended);
            // One pass per session: `connection_init` replaces it, and with it what `ended` waits for.
            let had_session = self.session.is_some();
            while self.session.is_some() == had_session {
                let step = tokio::select! {
                    biased;
                    () = shutdown.cancelled() => Err(End::Close(Close::Away)),
                    () = &mut ended => Err(End::Close(Close::Forbidden)),
                    () = tokio::time::sleep_until(opened + limits.init_timeout), if !had_session => {
                        Err(End::Close(Close::InitTimeout))
                    }
                    // Each branch may wait for a slow reader; the session's end must be able to interrupt that.
                    step = self.turn(receiver, &mut ping) => step,
                };
                if let Err(end) = step {
                    return end;
                }
            }
        }
    }

    /// Waits for one thing to happen and deals with it. Nothing is lost when it is dropped halfway, because then the
    /// socket ends.
    async fn turn(
        &mut self,
        receiver: &mut AggregatedMessageStream,
        ping: &mut tokio::time::Interval,
    ) -> Step {
        tokio::select! {
            message = receiver.recv() => self.heard(message).await,
            Some((id, outcome)) = self.events.next(), if !self.events.is_empty() => self.happened(&id, outcome).await,
            _ = ping.tick() => self.ping().await,
        }
    }

    fn limits(&self) -> SocketLimits {
        self.edge.front.settings.socket
    }

    async fn heard(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Step {
        self.heard = Instant::now();
        let text = match message {
            None => return Err(End::Gone),
            Some(Ok(AggregatedMessage::Text(text))) => text,
            Some(Ok(AggregatedMessage::Binary(_))) => return Err(End::Close(Close::BadMessage)),
            Some(Ok(AggregatedMessage::Ping(bytes))) => {
                self.count()?;
                return self.send(actix_ws::Message::Pong(bytes)).await;
            }
            Some(Ok(AggregatedMessage::Pong(_))) => return self.count(),
            Some(Ok(AggregatedMessage::Close(reason))) => return Err(End::Closed(reason)),
            Some(Err(ProtocolError::Overflow)) => return Err(End::Close(Close::TooLarge)),
            // Among others: several frames that together are over the limit.
            Some(Err(ProtocolError::Io(error))) if error.kind() == std::io::ErrorKind::Other => {
                return Err(End::Close(Close::TooLarge));
            }
            Some(Err(_)) => return Err(End::Close(Close::Protocol)),
        };
        self.count()?;
        match serde_json::from_str(&text) {
            Ok(ClientMessage::ConnectionInit { payload }) => self.init(payload).await,
            Ok(ClientMessage::Subscribe { id, payload }) => self.subscribe(id, payload).await,
            Ok(ClientMessage::Complete { id }) => {
                if let Some(handle) = self.running.remove(&id) {
                    handle.abort();
                }
                Ok(())
            }
            Ok(ClientMessage::Ping { payload }) => self.say(&ServerMessage::Pong { payload }).await,
            Ok(ClientMessage::Pong { .. }) => Ok(()),
            Err(_) => Err(End::Close(Close::BadMessage)),
        }
    }

    fn count(&self) -> Step {
        self.rate
            .check()
            .map_err(|_too_soon| End::Close(Close::TooManyMessages))
    }

    async fn init(&mut self, payload: Option<Map<String, Value>>) -> Step {
        let Some(shown) = self.credential.take() else {
            return Err(End::Close(Close::SecondInit));
        };
        if let Some(unit) = payload.as_ref().and_then(unit) {
            self.client.unit = Some(unit);
        }
        self.client.is_unattended |= payload.as_ref().is_some_and(is_unattended);
        let credential = payload.as_ref().and_then(token).unwrap_or(shown);
        let session = match graphql::authenticate(&self.edge, credential, &self.client).await {
            Ok(session) => session,
            Err(problem) if problem.code == Code::Unavailable => {
                return Err(End::Close(Close::TryAgain));
            }
            Err(_) => return Err(End::Close(Close::Forbidden)),
        };
        // Strangers have nothing to subscribe to, and a socket is the dearest thing we give away.
        if session.is_anonymous() {
            return Err(End::Close(Close::Forbidden));
        }
        self.session = Some(session);
        self.say(&ServerMessage::ConnectionAck).await
    }

    async fn subscribe(&mut self, id: String, params: Params) -> Step {
        let Some(session) = self.session.clone() else {
            return Err(End::Close(Close::Unauthorized));
        };
        if id.is_empty() || id.len() > 128 {
            return Err(End::Close(Close::BadMessage));
        }
        if self.running.contains_key(&id) {
            return Err(End::Close(Close::DuplicateId));
        }
        let room = self.limits().subscriptions;
        if self.running.len() >= room {
            let message = format!("Only {room} operations may run on one socket.");
            return self
                .error(&id, Problem::new(Code::LimitExceeded, message).into())
                .await;
        }
        let admitted = match self.edge.engine.admit(params) {
            Ok(admitted) => admitted,
            Err(problem) => return self.error(&id, problem.into()).await,
        };
        let kind = admitted.kind();
        self.edge
            .front
            .metrics
            .operations
            .with_label_values(&[graphql::kind_label(kind), "ws", "opened"])
            .inc();
        if kind == OperationType::Mutation {
            // A socket has no CSRF header and no answer with a status; mutations go by POST.
            let problem = Problem::new(Code::MethodNotAllowed, "Mutations need POST.");
            return self.error(&id, problem.into()).await;
        }
        let admitted = match graphql::charge(&self.edge, admitted, &session, &self.info) {
            Ok(admitted) => admitted,
            Err(problem) => return self.error(&id, problem.into()).await,
        };
        let outcomes = self.outcomes(admitted, session);
        let own = id.clone();
        let events = outcomes
            .map(Some)
            .chain(stream::once(async { None }))
            .map(move |event| (own.clone(), event));
        let (events, handle) = abortable(events);
        self.running.insert(id, handle);
        self.events.push(events.boxed());
        Ok(())
    }

    fn outcomes(
        &self,
        admitted: Admitted,
        session: Session,
    ) -> impl futures_util::Stream<Item = Outcome> + use<E> {
        if admitted.kind() == OperationType::Subscription {
            return Either::Left(self.edge.engine.stream(admitted, &session, &self.info.id));
        }
        let (edge, info) = (Data::clone(&self.edge), self.info.clone());
        Either::Right(stream::once(async move {
            graphql::execute(&edge, admitted, &session, &info).await
        }))
    }

    async fn happened(&mut self, id: &str, outcome: Option<Outcome>) -> Step {
        match outcome {
            None => {
                self.running.remove(id);
                self.say(&ServerMessage::Complete { id }).await
            }
            Some(Outcome::Refused(errors)) => {
                if let Some(handle) = self.running.remove(id) {
                    handle.abort();
                }
                self.error(id, errors).await
            }
            Some(executed @ Outcome::Executed(_)) => {
                let text = message::next(id, &answer::json(executed, &self.info.id));
                self.send(actix_ws::Message::Text(text.into())).await
            }
        }
    }

    async fn ping(&mut self) -> Step {
        if self.heard.elapsed() > self.limits().silence {
            return Err(End::Close(Close::Away));
        }
        self.send(actix_ws::Message::Ping(Bytes::new())).await
    }

    async fn error(&mut self, id: &str, errors: Vec<ServerError>) -> Step {
        let errors = answer::errors(errors, &self.info.id);
        self.say(&ServerMessage::Error {
            id,
            payload: &errors,
        })
        .await
    }

    async fn say(&mut self, message: &ServerMessage<'_>) -> Step {
        let Ok(text) = serde_json::to_string(message) else {
            return Err(End::Gone);
        };
        self.send(actix_ws::Message::Text(text.into())).await
    }

    /// Waits while the queue to the client is full. Meanwhile nothing else of this socket runs: that is the brake.
    async fn send(&mut self, message: actix_ws::Message) -> Step {
        use futures_util::SinkExt as _;
        match tokio::time::timeout(self.limits().stall, self.sender.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                tracing::info!(
                    request_id = &*self.info.id,
                    "dropping a socket whose client does not read"
                );
                Err(End::Gone)
            }
        }
    }
}

/// Waits for the end of a session; for ever without one.
async fn ended(session: Option<Session>) {
    match session {
        Some(session) => session.watch().ended().await,
        None => std::future::pending().await,
    }
}

/// The organizational unit in the payload of `connection_init`, under the name of the header.
fn unit(payload: &Map<String, Value>) -> Option<String> {
    let (_, value) = payload
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(graphql::UNIT_HEADER))?;
    value.as_str().map(graphql::unit)
}

/// Whether the payload of `connection_init` says, under the name of the header, that nobody sits there.
fn is_unattended(payload: &Map<String, Value>) -> bool {
    payload
        .keys()
        .any(|key| key.eq_ignore_ascii_case(graphql::UNATTENDED_HEADER))
}

/// A token in the payload of `connection_init`: `{"authorization": "Bearer ..."}`.
fn token(payload: &Map<String, Value>) -> Option<Credential> {
    let (_, value) = payload
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("authorization"))?;
    graphql::bearer(value.as_str()?)
}
