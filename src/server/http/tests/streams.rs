//! GraphQL over server-sent events. Invariant: a stream ends with `complete`, or because the session or the server did.

use futures_util::StreamExt as _;
use serde_json::json;

use super::*;

/// Reads events until the stream ends or `enough` says so; comments are left out.
async fn events(response: Response, enough: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = tokio::time::timeout(SOON, chunks.next()).await.unwrap() {
        text.push_str(&String::from_utf8_lossy(&chunk.unwrap()));
        if enough(&text) {
            break;
        }
    }
    text
}

fn open(server: &Server, query: &str) -> RequestBuilder {
    server
        .post(&json!({ "query": query }))
        .bearer_auth(TOKEN)
        .header("accept", "text/event-stream")
}

#[actix_web::test]
async fn streams_a_subscription_to_its_end() {
    let server = start();
    let response = open(&server, "subscription { three }")
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let text = events(response, |_| false).await.replace(":\n\n", "");
    let next = |n: i32| format!("event: next\ndata: {{\"data\":{{\"three\":{n}}}}}\n\n");
    assert_eq!(
        text,
        format!(
            "{}{}{}event: complete\ndata: \n\n",
            next(1),
            next(2),
            next(3)
        )
    );
}

#[actix_web::test]
async fn streams_queries_mutations_and_errors_of_resolvers() {
    let server = start();
    for (query, part) in [
        ("{ hello }", "{\"data\":{\"hello\":\"world\"}}"),
        ("mutation { bump }", "{\"data\":{\"bump\":1}}"),
        ("subscription { forbidden }", "\"code\":\"FORBIDDEN\""),
    ] {
        let text = events(open(&server, query).send().await.unwrap(), |_| false).await;
        assert!(
            text.contains(part) && text.ends_with("event: complete\ndata: \n\n"),
            "{query}: {text}"
        );
    }
    let get = server
        .get("/graphql")
        .query(&[("query", "mutation{bump}")])
        .header("accept", "text/event-stream");
    assert_eq!(answer(get.bearer_auth(TOKEN)).await.status, 405);
    let get = server
        .get("/graphql")
        .query(&[("query", "subscription{three}")])
        .header("accept", "text/event-stream");
    let text = events(get.bearer_auth(TOKEN).send().await.unwrap(), |_| false).await;
    assert_eq!(text.matches("event: next").count(), 3);
}

#[actix_web::test]
async fn refuses_before_the_stream_with_a_status() {
    let server = start();
    let answer = answer(open(&server, "subscription { nope }")).await;
    assert_eq!(
        answer.headers["content-type"],
        "text/event-stream; charset=utf-8"
    );
}

#[actix_web::test]
async fn ends_with_the_session() {
    let server = start();
    let response = open(&server, "subscription { ticks(everyMs: 10) }")
        .send()
        .await
        .unwrap();
    let revoked = server.world.revoked.clone();
    let text = events(response, |text| {
        if text.contains("\"ticks\":3") {
            revoked.cancel();
        }
        false
    })
    .await;
    assert!(
        text.contains("UNAUTHENTICATED") && text.ends_with("event: complete\ndata: \n\n"),
        "{text}"
    );
}

#[actix_web::test]
async fn ends_without_complete_at_shutdown() {
    let server = start();
    let response = open(&server, "subscription { ticks(everyMs: 10) }")
        .send()
        .await
        .unwrap();
    let shutdown = server.shutdown.clone();
    let text = events(response, |text| {
        if text.contains("\"ticks\":3") {
            shutdown.cancel();
        }
        false
    })
    .await;
    assert!(!text.contains("complete"));
}

#[actix_web::test]
async fn beats_while_nothing_happens_and_counts_streams() {
    let server = start_with(|settings| {
        settings.event_stream.heartbeat = Duration::from_millis(20);
        settings.event_stream.streams = 1;
    });
    let response = open(&server, "subscription { ticks(everyMs: 60000) }")
        .send()
        .await
        .unwrap();
    let full = answer(open(&server, "subscription { three }")).await;
    assert_eq!((full.status, full.code()), (503, "UNAVAILABLE"));
    assert!(full.headers.contains_key("retry-after"));
    let text = events(response, |text| text.len() > 12).await;
    assert!(text.starts_with(":\n\n:\n\n:\n\n"), "{text}");
}
