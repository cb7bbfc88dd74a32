//! The messages of `graphql-transport-ws`, both ways. Not their order. Invariant: what does not parse here closes the
//! socket with 4400, so the types are as strict as the protocol.

use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::request::Params;

/// What a client may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    /// The first message.
    ConnectionInit {
        /// May hold a token.
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Starts an operation.
    Subscribe {
        /// Chosen by the client, unique among what runs on this socket.
        id: String,
        /// As in the body of a POST.
        payload: Params,
    },
    /// Stops an operation.
    Complete {
        /// Its id.
        id: String,
    },
    /// Asks for a pong.
    Ping {
        /// Sent back.
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Answers a ping.
    Pong {
        /// Ignored.
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
}

/// What we say, except results: see [`next`].
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    /// The client may go on.
    ConnectionAck,
    /// The operation was never executed, and is over.
    Error {
        /// Of which operation.
        id: &'a str,
        /// Why.
        payload: &'a [ServerError],
    },
    /// The operation is over.
    Complete {
        /// Which.
        id: &'a str,
    },
    /// Answers a ping.
    Pong {
        /// What the ping held.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
}

/// One result. The payload is JSON already: parsing it only to write it again would double the work per event.
pub(super) fn next(id: &str, payload: &str) -> String {
    let id = Value::from(id);
    format!(r#"{{"id":{id},"type":"next","payload":{payload}}}"#)
}
