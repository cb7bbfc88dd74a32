//! `graphql-transport-ws` on raw frames. Invariant: every misbehaviour has its close code, and nothing grows without
//! bound.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::*;

/// A client that speaks JSON.
pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// How a socket ended: the close code, or none when the connection broke.
type Closed = Option<u16>;

impl Socket {
    pub(super) async fn connect(
        server: &Server,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("ws://{}/graphql", server.address)
            .into_client_request()
            .unwrap();
        request.headers_mut().insert(
            "sec-websocket-protocol",
            HeaderValue::from_static("graphql-transport-ws"),
        );
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).unwrap());
        }
        match connect_async(request).await {
            Ok((stream, answer)) => {
                assert_eq!(
                    answer.headers()["sec-websocket-protocol"],
                    "graphql-transport-ws"
                );
                Ok(Self(stream))
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Connected, and `connection_ack` received.
    pub(super) async fn ready(server: &Server) -> Self {
        let bearer = format!("Bearer {TOKEN}");
        let mut socket = Self::connect(server, &[("authorization", &bearer)])
            .await
            .unwrap();
        socket.init(json!({})).await;
        socket.next_of("connection_ack").await;
        socket
    }

    pub(super) async fn say(&mut self, message: &Value) {
        // The server may have closed already; the test then looks at the code.
        let _ = self.0.send(Message::text(message.to_string())).await;
    }

    async fn init(&mut self, payload: Value) {
        self.say(&json!({ "type": "connection_init", "payload": payload }))
            .await;
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(&json!({ "id": id, "type": "subscribe", "payload": { "query": query } }))
            .await;
    }

    /// The next message, or how the socket ended.
    async fn hear(&mut self) -> Result<Value, Closed> {
        loop {
            match tokio::time::timeout(SOON, self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.unwrap();
                    assert!(frame.reason.len() <= 123);
                    return Err(Some(frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next message of the type; others are skipped.
    pub(super) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.hear().await.unwrap();
            if message["type"] == kind {
                return message;
            }
        }
    }

    async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.hear().await {
                return closed;
            }
        }
    }
}

#[actix_web::test]
async fn hears_at_the_beginning_that_nobody_sits_there() {
    let server = start();
    Socket::ready(&server).await;
    let bearer = format!("Bearer {TOKEN}");
    let mut socket = Socket::connect(&server, &[("authorization", &bearer)])
        .await
        .unwrap();
    socket.init(json!({ "X-Holdfast-Unattended": "1" })).await;
    socket.next_of("connection_ack").await;
    assert_eq!(*server.world.unattended.lock(), [false, true]);
}

#[actix_web::test]
async fn speaks_the_protocol() {
    let server = start();
    let mut socket = Socket::ready(&server).await;
    socket
        .say(&json!({ "type": "ping", "payload": { "x": 1 } }))
        .await;
    assert_eq!(socket.next_of("pong").await["payload"], json!({ "x": 1 }));
    socket.subscribe("a", "subscription { three }").await;
    for number in 1..=3 {
        let next = socket.next_of("next").await;
        assert_eq!(
            next,
            json!({ "id": "a", "type": "next", "payload": { "data": { "three": number } } })
        );
    }
    assert_eq!(socket.next_of("complete").await["id"], "a");
    // The id is free again.
    socket.subscribe("a", "{ hello }").await;
    assert_eq!(
        socket.next_of("next").await["payload"]["data"]["hello"],
        "world"
    );
    assert_eq!(socket.next_of("complete").await["id"], "a");
    socket.0.close(None).await.unwrap();
    let end = tokio::time::timeout(SOON, socket.0.next()).await.unwrap();
    assert!(matches!(end, Some(Ok(Message::Close(_))) | None), "{end:?}");
}

#[actix_web::test]
async fn closes_with_the_codes_of_the_protocol() {
    let server = start_with(|settings| settings.socket.init_timeout = Duration::from_millis(300));
    let bearer = format!("Bearer {TOKEN}");
    let header = [("authorization", bearer.as_str())];
    let fresh = || Socket::connect(&server, &header);

    let mut socket = fresh().await.ok().unwrap();
    assert_eq!(socket.closed().await, Some(4408));

    let mut socket = fresh().await.ok().unwrap();
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.closed().await, Some(4401));

    let mut socket = Socket::ready(&server).await;
    socket.init(json!({})).await;
    assert_eq!(socket.closed().await, Some(4429));

    for text in [
        "not json",
        "{}",
        "{\"type\":\"zzz\"}",
        "{\"type\":\"subscribe\",\"id\":1}",
        "[]",
    ] {
        let mut socket = Socket::ready(&server).await;
        socket.0.send(Message::text(text)).await.unwrap();
        assert_eq!(socket.closed().await, Some(4400), "{text}");
    }
    let mut socket = Socket::ready(&server).await;
    socket
        .0
        .send(Message::binary(b"{}".to_vec()))
        .await
        .unwrap();
    assert_eq!(socket.closed().await, Some(4400));

    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { ticks }").await;
    socket.subscribe("1", "subscription { ticks }").await;
    assert_eq!(socket.closed().await, Some(4409));

    let mut socket = Socket::ready(&server).await;
    socket
        .0
        .send(Message::text("x".repeat(200_000)))
        .await
        .unwrap();
    assert_eq!(socket.closed().await, Some(1009));
}

#[actix_web::test]
async fn takes_token_or_cookie_and_nobody_else() {
    let server = start();
    let mut socket = Socket::connect(&server, &[]).await.ok().unwrap();
    socket
        .init(json!({ "Authorization": format!("Bearer {TOKEN}") }))
        .await;
    socket.next_of("connection_ack").await;

    let (own, cookie) = (server.origin(), Server::cookie());
    let headers = [("cookie", cookie.as_str()), ("origin", own.as_str())];
    let mut socket = Socket::connect(&server, &headers).await.ok().unwrap();
    socket.init(json!(null)).await;
    socket.next_of("connection_ack").await;
    socket.subscribe("1", "{ viewer { email } }").await;
    assert_eq!(
        socket.next_of("next").await["payload"]["data"]["viewer"]["email"],
        "ann@example.com"
    );

    for payload in [
        json!({}),
        json!({ "authorization": "Bearer wrong" }),
        json!({ "authorization": 7 }),
    ] {
        let mut socket = Socket::connect(&server, &[]).await.ok().unwrap();
        socket.init(payload).await;
        assert_eq!(socket.closed().await, Some(4403));
    }
    for origin in ["null", "https://evil.test", "http://127.0.0.1:1"] {
        let refused = Socket::connect(&server, &[("cookie", &cookie), ("origin", origin)]).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
    }
    let foreign = Socket::connect(
        &server,
        &[("cookie", &cookie), ("sec-fetch-site", "cross-site")],
    )
    .await;
    assert_eq!(foreign.err(), Some(403));
    for protocol in ["graphql-ws", "zzz"] {
        let refused = Socket::connect(&server, &[("sec-websocket-protocol", protocol)]).await;
        assert_eq!(refused.err(), Some(400), "{protocol}");
    }
}

#[actix_web::test]
async fn answers_bad_documents_with_error_and_goes_on() {
    let server = start();
    let mut socket = Socket::ready(&server).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { bump }", "METHOD_NOT_ALLOWED"),
        ("subscription { three ticks }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        socket.subscribe("1", query).await;
        let error = socket.hear().await.unwrap();
        assert_eq!(error["type"], "error", "{query}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{query}");
        assert!(error["payload"][0]["extensions"]["requestId"].is_string());
    }
    assert_eq!(server.mutations(), 0);
    // Resolvers that refuse are results.
    socket.subscribe("1", "subscription { forbidden }").await;
    let next = socket.next_of("next").await;
    assert_eq!(
        next["payload"]["errors"][0]["extensions"]["code"],
        "FORBIDDEN"
    );
    assert_eq!(socket.next_of("complete").await["id"], "1");
}

#[actix_web::test]
async fn closes_when_the_session_ends_and_at_shutdown() {
    let server = start();
    let mut idle = Socket::ready(&server).await;
    let mut busy = Socket::ready(&server).await;
    busy.subscribe("1", "subscription { ticks(everyMs: 10) }")
        .await;
    busy.next_of("next").await;
    let started = tokio::time::Instant::now();
    server.world.revoked.cancel();
    assert_eq!(idle.closed().await, Some(4403));
    assert_eq!(busy.closed().await, Some(4403));
    assert!(started.elapsed() < Duration::from_secs(1));

    let server = start();
    let mut socket = Socket::ready(&server).await;
    server.shutdown.cancel();
    assert_eq!(socket.closed().await, Some(1001));
}

#[actix_web::test]
async fn bounds_operations_messages_and_sockets() {
    let server = start_with(|settings| settings.socket.sockets = 2);
    let mut socket = Socket::ready(&server).await;
    for id in 0..21 {
        socket
            .subscribe(&id.to_string(), "subscription { ticks(everyMs: 60000) }")
            .await;
    }
    let error = socket.next_of("error").await;
    assert_eq!(
        (&error["id"], &error["payload"][0]["extensions"]["code"]),
        (&json!("20"), &json!("LIMIT_EXCEEDED"))
    );
    // Room again after one has stopped.
    socket.say(&json!({ "id": "3", "type": "complete" })).await;
    socket.subscribe("again", "{ hello }").await;
    assert_eq!(socket.next_of("next").await["id"], "again");

    let mut second = Socket::ready(&server).await;
    assert_eq!(Socket::connect(&server, &[]).await.err(), Some(503));
    for _ in 0..1_000 {
        second.say(&json!({ "type": "ping" })).await;
    }
    assert_eq!(second.closed().await, Some(4429));
}

#[actix_web::test]
async fn drops_a_client_that_does_not_read() {
    let server = start_with(|settings| settings.socket.stall = Duration::from_millis(300));
    let mut socket = Socket::ready(&server).await;
    socket.subscribe("1", "subscription { flood }").await;
    let gauge = || async {
        let text = server
            .get("/metrics")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        text.contains("holdfast_graphql_sockets 0")
    };
    // The client never reads; the server must let go by itself.
    let deadline = tokio::time::Instant::now() + SOON;
    while !gauge().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the socket is still served"
        );
        tokio::task::yield_now().await;
    }
    drop(socket);
}
