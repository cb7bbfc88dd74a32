//! Documents: the guard on every transport, nulls after errors, persisted queries. Invariant: what one transport
//! refuses, all refuse.

use std::fmt::Write as _;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::{sockets::Socket, *};

/// 2^28 fields in about a kilobyte.
fn bomb() -> String {
    let mut text = "query { ...F0 }".to_owned();
    for level in 0..28 {
        write!(
            text,
            " fragment F{level} on Query {{ ...F{0} ...F{0} }}",
            level + 1
        )
        .unwrap();
    }
    text + " fragment F28 on Query { __typename }"
}

#[actix_web::test]
async fn refuses_a_fragment_bomb_on_every_transport_at_once() {
    let server = start();
    let bomb = bomb();
    server.ask("{ hello }").await;
    let mut socket = Socket::ready(&server).await;

    let started = Instant::now();
    let by_post = server.ask(&bomb).await;
    let took = started.elapsed();
    assert_eq!((by_post.status, by_post.code()), (400, "LIMIT_EXCEEDED"));
    assert!(took < Duration::from_millis(50), "round trip took {took:?}");

    let by_get = answer(
        server
            .get("/graphql")
            .query(&[("query", &bomb)])
            .bearer_auth(TOKEN),
    )
    .await;
    assert_eq!(by_get.code(), "LIMIT_EXCEEDED");

    let events = server
        .post(&json!({ "query": bomb }))
        .bearer_auth(TOKEN)
        .header("accept", "text/event-stream");
    assert_eq!(answer(events).await.code(), "LIMIT_EXCEEDED");

    socket.subscribe("1", &bomb).await;
    let refusal = socket.next_of("error").await;
    assert_eq!(
        refusal["payload"][0]["extensions"]["code"],
        "LIMIT_EXCEEDED"
    );

    let hash = hex::encode(Sha256::digest(&bomb));
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let stored = answer(
        server
            .post(&json!({ "query": bomb, "extensions": persisted }))
            .bearer_auth(TOKEN),
    )
    .await;
    assert_eq!(stored.code(), "LIMIT_EXCEEDED");
    let by_hash = answer(
        server
            .post(&json!({ "extensions": persisted }))
            .bearer_auth(TOKEN),
    )
    .await;
    assert_eq!(by_hash.code(), "PERSISTED_QUERY_NOT_FOUND");
}

#[actix_web::test]
async fn refuses_large_documents_of_every_shape() {
    let server = start();
    let many =
        |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let shapes = [
        (
            "aliases",
            format!("{{{}}}", many(10_000, &|i| format!("a{i}:hello "))),
        ),
        (
            "depth",
            format!("{{item{}}}", "{inner".repeat(1_000) + &"}".repeat(1_000)),
        ),
        (
            "lists",
            format!(
                "{{echo(number:{}1{})}}",
                "[".repeat(10_000),
                "]".repeat(10_000)
            ),
        ),
        ("same field", format!("{{{}}}", "hello ".repeat(10_000))),
        (
            "directives",
            format!("{{hello {}}}", "@skip(if:false) ".repeat(10_000)),
        ),
        (
            "unknown directives",
            format!("{{hello {}}}", "@a".repeat(20_000)),
        ),
        (
            "operations",
            many(5_000, &|i| format!("query Q{i}{{hello}}")),
        ),
        (
            "fragments",
            format!(
                "{{hello}}{}",
                many(3_000, &|i| format!("fragment F{i} on Query{{hello}}"))
            ),
        ),
        (
            "variables",
            format!(
                "query({}){{hello}}",
                many(5_000, &|i| format!("$v{i}:Int "))
            ),
        ),
        (
            "long string",
            format!("{{hello(x:\"{}\")}}", "x".repeat(100_000)),
        ),
        (
            "introspection",
            "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}".to_owned(),
        ),
    ];
    for (name, text) in shapes {
        let started = Instant::now();
        let answer = server.ask(&text).await;
        let took = started.elapsed();
        assert_eq!(
            (answer.status, answer.code()),
            (400, "LIMIT_EXCEEDED"),
            "{name}: {}",
            answer.body
        );
        assert!(took < Duration::from_millis(200), "{name} took {took:?}");
    }
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let body = format!("{{\"query\":\"{{hello}}\",\"variables\":{{\"v\":{deep}}}}}");
    let request = server
        .client
        .post(server.url("/graphql"))
        .header("content-type", "application/json");
    assert_eq!(
        answer(request.bearer_auth(TOKEN).body(body)).await.code(),
        "BAD_REQUEST"
    );
    assert_eq!(server.ask("{ hello }").await.status, 200);
}

#[actix_web::test]
async fn keeps_persisted_queries() {
    let server = start();
    let text = "query Named { hello }";
    let hash = hex::encode(Sha256::digest(text));
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let send = |body: Value| answer(server.post(&body).bearer_auth(TOKEN));
    let miss = send(json!({ "extensions": extensions })).await;
    assert_eq!(miss.body["errors"][0]["message"], "PersistedQueryNotFound");
    let stored = send(json!({ "query": text, "extensions": extensions })).await;
    assert_eq!(stored.body["data"]["hello"], "world");
    let hit = send(json!({ "extensions": extensions, "operationName": "Named" })).await;
    assert_eq!(hit.body["data"]["hello"], "world");
    let wrong = send(json!({ "query": "{ hello }", "extensions": extensions })).await;
    assert_eq!((wrong.status, wrong.code()), (400, "BAD_REQUEST"));
    let version = json!({ "persistedQuery": { "version": 2, "sha256Hash": hash } });
    assert_eq!(
        send(json!({ "extensions": version })).await.code(),
        "BAD_REQUEST"
    );
}

#[actix_web::test]
async fn puts_null_where_a_field_failed() {
    let server = start();
    let label = |id: i32| json!({ "id": id, "label": (id != 2).then(|| format!("item {id}")) });
    for (query, data) in [
        (
            "{ broken hello }",
            json!({ "broken": null, "hello": "world" }),
        ),
        ("{ broken }", json!({ "broken": null })),
        ("{ a: broken b: broken }", json!({ "a": null, "b": null })),
        ("{ hello brokenRequired }", json!(null)),
        (
            "{ items { id label } }",
            json!({ "items": [label(1), label(2), label(3)] }),
        ),
        (
            "{ sparse { id label } }",
            json!({ "sparse": [label(1), label(2), label(3)] }),
        ),
        (
            "{ things { id ...L } } fragment L on Item { label }",
            json!({ "things": [label(1), label(2), label(3)] }),
        ),
        (
            "{ things { ... on Thing { id label } } }",
            json!({ "things": [label(1), label(2), label(3)] }),
        ),
        // The only field of the object failed: the object is there, its field is null.
        (
            "{ item { label } hello }",
            json!({ "item": { "label": null }, "hello": "world" }),
        ),
        (
            "{ item { inner { label } } }",
            json!({ "item": { "inner": { "label": null } } }),
        ),
        // A field that may not be null takes its object with it, and that its list, up to what may be null.
        (
            "{ item { required } hello }",
            json!({ "item": null, "hello": "world" }),
        ),
        (
            "{ items { required } hello }",
            json!({ "items": null, "hello": "world" }),
        ),
        (
            "{ sparse { required } }",
            json!({ "sparse": [{ "required": "fine" }, null, { "required": "fine" }] }),
        ),
        (
            "{ sparse { label required } }",
            json!({ "sparse": [
            { "label": "item 1", "required": "fine" }, null, { "label": "item 3", "required": "fine" }] }),
        ),
        (
            "{ item { inner { required } id } }",
            json!({ "item": { "inner": null, "id": 2 } }),
        ),
        (
            "{ x: item { y: inner { required } z: id } ... { w: broken } }",
            json!({ "x": { "y": null, "z": 2 }, "w": null }),
        ),
    ] {
        let answer = server.ask(query).await;
        assert_eq!(
            (answer.status, answer.code()),
            (200, "BROKEN"),
            "{query}: {}",
            answer.body
        );
        assert_eq!(answer.body["data"], data, "{query}");
        assert!(answer.has_data(), "{query}");
        assert!(answer.body["errors"][0]["path"].is_array(), "{query}");
    }
}
