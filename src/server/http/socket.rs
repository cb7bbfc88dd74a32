//! The handshake of `graphql-transport-ws`. Not the conversation (`socket/conversation.rs`).
//! Invariant: a socket is opened only for the one sub-protocol, for a known origin and while there is room.

mod close;
mod conversation;
mod message;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Payload},
};
use async_graphql::Executor;

use self::conversation::Conversation;
use super::{
    Edge,
    answer::RequestInfo,
    auth::{Credential, Transport},
    graphql,
    origin::{self, Door},
    problem::{Code, Problem},
    settings::full,
};

const PROTOCOL: &str = "graphql-transport-ws";

/// Answers the handshake and starts the conversation on the tracker.
pub(super) fn open<E: Executor>(
    http: &HttpRequest,
    payload: Payload,
    edge: &Data<Edge<E>>,
    info: &RequestInfo,
) -> Result<HttpResponse, Problem> {
    let settings = &edge.front.settings;
    let credential = graphql::credential(http, &settings.session_cookie)?;
    let by_cookie = matches!(credential, Credential::Cookie(_));
    origin::check(http, settings, Door::Socket, by_cookie)?;
    if !offers_protocol(http) {
        return Err(Problem::new(
            Code::BadRequest,
            format!("Offer the sub-protocol {PROTOCOL}."),
        ));
    }
    let Ok(permit) = Arc::clone(&edge.sockets).try_acquire_owned() else {
        return Err(full("socket"));
    };
    let (answer, sender, receiver) = actix_ws::handle_with_protocols(http, payload, &[PROTOCOL])
        .map_err(|error| {
            Problem::new(
                Code::BadRequest,
                format!("The handshake is not valid: {error}."),
            )
        })?;
    let receiver = receiver
        .max_frame_size(settings.socket.frame_bytes)
        .aggregate_continuations()
        .max_continuation_size(settings.socket.message_bytes);
    let client = graphql::client(http, info, Transport::WebSocket, &settings.session_cookie);
    let conversation =
        Conversation::new(Data::clone(edge), credential, client, info.clone(), sender);
    // On this thread, like the connection itself; on the tracker, so that shutdown waits for the goodbye.
    edge.front.tracker.spawn_local(async move {
        conversation.run(receiver).await;
        drop(permit);
    });
    Ok(answer)
}

fn offers_protocol(http: &HttpRequest) -> bool {
    http.headers()
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offered| offered.trim() == PROTOCOL)
}
