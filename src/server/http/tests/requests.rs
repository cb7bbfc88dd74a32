//! GraphQL over HTTP: methods, media types, statuses, codes. Not CSRF. Invariant: every refusal names its code and the
//! request.

use std::time::Duration;

use actix_web::test as on_actix;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[actix_web::test]
async fn negotiates_the_media_type() {
    let server = start();
    for (accept, status, content_type) in [
        ("application/json", 200, "application/json; charset=utf-8"),
        ("*/*", 200, "application/json; charset=utf-8"),
        (
            "application/graphql-response+json",
            200,
            "application/graphql-response+json; charset=utf-8",
        ),
        ("text/html", 406, "application/json; charset=utf-8"),
    ] {
        let request = server
            .post(&json!({ "query": "{ hello }" }))
            .header("accept", accept);
        let answer = answer(request.bearer_auth(TOKEN)).await;
        assert_eq!(answer.status, status, "{accept}");
        assert_eq!(answer.headers["content-type"], content_type, "{accept}");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[actix_web::test]
async fn refuses_with_status_code_and_request_id() {
    let server = start();
    for (query, status, code) in [
        ("{", 400, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", 400, "GRAPHQL_VALIDATION_FAILED"),
        (
            "query A { hello } query B { hello }",
            400,
            "OPERATION_RESOLUTION_FAILURE",
        ),
        (
            "query ($n: Int!) { echo(number: $n) }",
            400,
            "BAD_USER_INPUT",
        ),
        ("{ echo(number: \"x\") }", 400, "BAD_USER_INPUT"),
        (
            "mutation ($x: Int!) { bump @include(if: true) a: bump }",
            400,
            "BAD_USER_INPUT",
        ),
        ("{ dear }", 400, "LIMIT_EXCEEDED"),
        ("subscription { three }", 406, "NOT_ACCEPTABLE"),
    ] {
        let answer = server.ask(query).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{query}: {}",
            answer.body
        );
        assert!(!answer.has_data(), "{query}");
        let id = &answer.body["errors"][0]["extensions"]["requestId"];
        assert_eq!(
            id,
            answer.headers["x-request-id"].to_str().unwrap(),
            "{query}"
        );
    }
    assert_eq!(server.mutations(), 0);
    // The same to a client that only knows application/json: 200 for what concerns the document.
    let answer = answer(
        server
            .post(&json!({ "query": "{ nope }" }))
            .bearer_auth(TOKEN),
    )
    .await;
    assert_eq!((answer.status, answer.has_data()), (200, false));
}

#[actix_web::test]
async fn refuses_bodies_that_are_not_requests() {
    let server = start();
    let post = |body: &str| {
        let request = server
            .client
            .post(server.url("/graphql"))
            .bearer_auth(TOKEN);
        request
            .header("content-type", "application/json")
            .body(body.to_owned())
    };
    for (body, part) in [
        ("", "empty"),
        ("{\"query\": ", "not a GraphQL request"),
        ("7", "not a JSON object"),
        ("[{\"query\":\"{hello}\"}]", "Batches"),
        ("{}", "no \"query\""),
        ("{\"query\": 7}", "not a GraphQL request"),
        (
            "{\"query\": \"{hello}\", \"variables\": [1]}",
            "not a GraphQL request",
        ),
        (
            "{\"query\": \"{hello}\", \"query\": \"{hello}\"}",
            "duplicate",
        ),
    ] {
        let answer = answer(post(body)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "BAD_REQUEST"),
            "{body}"
        );
        assert!(
            answer.body["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains(part),
            "{body}: {}",
            answer.body
        );
    }
    for encoding in ["gzip", "br", "identity"] {
        let answer =
            answer(post("{\"query\":\"{hello}\"}").header("content-encoding", encoding)).await;
        assert_eq!(answer.status, 415, "{encoding}");
    }
    let answer = answer(post(&format!(
        "{{\"query\":\"{{hello}}\",\"x\":\"{}\"}}",
        "x".repeat(300_000)
    )))
    .await;
    assert_eq!((answer.status, answer.code()), (413, "PAYLOAD_TOO_LARGE"));
}

#[actix_web::test]
async fn enforces_the_limit_on_a_stream_without_length() {
    let server = start();
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
    // The server answers after the fifth chunk; later writes may fail, and that is the point.
    for _ in 0..8 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = [0_u8; 64];
    let read = tokio::time::timeout(SOON, stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).starts_with("HTTP/1.1 413"));
}

#[actix_web::test]
async fn gives_up_on_a_body_that_trickles_in() {
    let server = start_with(|settings| settings.body_timeout = Duration::from_millis(200));
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0_u8; 64];
    let read = tokio::time::timeout(SOON, stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).starts_with("HTTP/1.1 504"));
}

#[actix_web::test]
async fn answers_get_for_queries_only() {
    let server = start();
    let get = |query: &[(&str, &str)]| server.get("/graphql").query(query).bearer_auth(TOKEN);
    let good = answer(get(&[
        ("query", "query($n: Int!){echo(number:$n)}"),
        ("variables", "{\"n\":7}"),
    ]))
    .await;
    assert_eq!((good.status, &good.body["data"]["echo"]), (200, &json!(7)));
    for query in ["mutation { bump }", "subscription { three }"] {
        let answer = answer(get(&[("query", query)])).await;
        assert_eq!(
            (answer.status, answer.code()),
            (405, "METHOD_NOT_ALLOWED"),
            "{query}"
        );
        assert_eq!(answer.headers["allow"], "POST");
    }
    let wrong = answer(get(&[("query", "{hello}"), ("variables", "[")])).await;
    assert_eq!((wrong.status, wrong.code()), (400, "BAD_REQUEST"));
    let long = answer(get(&[("query", &"x".repeat(20_000))])).await;
    assert_eq!(long.status, 413);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let answer = answer(server.client.request(method, server.url("/graphql"))).await;
        assert_eq!(
            (answer.status, answer.headers["allow"].to_str().unwrap()),
            (405, "GET, POST")
        );
    }
    assert_eq!(server.mutations(), 0);
}

#[actix_web::test]
async fn hears_that_nobody_sits_there() {
    let server = start();
    let query = json!({ "query": "{ hello }" });
    answer(server.post(&query)).await;
    answer(server.post(&query).header("X-Holdfast-Unattended", "1")).await;
    assert_eq!(*server.world.unattended.lock(), [false, true]);
}

#[actix_web::test]
async fn tells_a_bad_token_from_none() {
    let server = start();
    let query = json!({ "query": "{ viewer { email } }" });
    let none = answer(server.post(&query)).await;
    assert_eq!((none.status, none.code()), (200, "UNAUTHENTICATED"));
    assert_eq!(none.body["data"], json!({ "viewer": null }));
    for authorization in ["Bearer wrong", "Basic abc", "Bearer"] {
        let bad = answer(server.post(&query).header("authorization", authorization)).await;
        assert_eq!(
            (bad.status, bad.code()),
            (401, "UNAUTHENTICATED"),
            "{authorization}"
        );
        assert_eq!(bad.headers["www-authenticate"], "Bearer");
    }
    let good = answer(server.post(&query).bearer_auth(TOKEN)).await;
    assert_eq!(good.body["data"]["viewer"]["email"], "ann@example.com");
}

#[actix_web::test]
async fn shows_strangers_neither_schema_nor_suggestions() {
    let server = start();
    let introspection = json!({ "query": "{ __schema { queryType { name } } }" });
    assert_eq!(
        answer(server.post(&introspection)).await.body["data"]["__schema"],
        json!(null)
    );
    let known = answer(server.post(&introspection).bearer_auth(TOKEN)).await;
    assert_eq!(known.body["data"]["__schema"]["queryType"]["name"], "Query");
    let typo = json!({ "query": "{ helo }" });
    assert!(
        !answer(server.post(&typo))
            .await
            .body
            .to_string()
            .contains("hello")
    );
    assert!(
        answer(server.post(&typo).bearer_auth(TOKEN))
            .await
            .body
            .to_string()
            .contains("hello")
    );
}

#[actix_web::test]
async fn stops_what_takes_too_long_and_survives_a_panic() {
    let server = start_with(|settings| settings.request_timeout = Duration::from_millis(100));
    let late = server.ask("{ never }").await;
    assert_eq!(
        (late.status, late.code(), late.has_data()),
        (504, "TIMEOUT", false)
    );
    let broken = server.ask("{ panicky }").await;
    assert_eq!(
        (broken.status, broken.code()),
        (500, "INTERNAL_SERVER_ERROR")
    );
    assert_eq!(
        server.ask("{ hello }").await.body,
        json!({ "data": { "hello": "world" } })
    );
}

#[actix_web::test]
async fn hides_what_nobody_foresaw() {
    let server = start();
    let answer = server.ask("{ leaky hello }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (200, "INTERNAL_SERVER_ERROR")
    );
    assert_eq!(
        answer.body["data"],
        json!({ "leaky": null, "hello": "world" })
    );
    assert!(!answer.body.to_string().contains("hunter2"));
}

#[actix_web::test]
async fn lets_resolvers_set_cookies_and_nothing_else() {
    let server = start();
    let query = "mutation { createSession(input: { email: \"a@b\", password: \"toy\" }) { userErrors { message } } }";
    let answer = answer(
        server
            .post(&json!({ "query": query }))
            .header("x-requested-by", "test"),
    )
    .await;
    assert!(
        answer.headers["set-cookie"]
            .to_str()
            .unwrap()
            .starts_with("holdfast_session=")
    );
    assert!(!answer.headers.contains_key("x-not-for-you"));
}

#[actix_web::test]
async fn slows_down_one_address_and_says_for_how_long() {
    let server = start_with(|settings| {
        settings.rate = Some(http::RateLimit {
            per_second: 1,
            burst: 3,
        });
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let ask = |address: &'static str| {
        let request = server
            .post(&json!({ "query": "{ hello }" }))
            .bearer_auth(TOKEN);
        answer(request.header("x-forwarded-for", address))
    };
    for _ in 0..3 {
        assert_eq!(ask("192.0.2.1").await.status, 200);
    }
    let refused = ask("192.0.2.1").await;
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED"));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(ask("192.0.2.2").await.status, 200);
    assert_eq!(
        server
            .get("/healthz")
            .header("x-forwarded-for", "192.0.2.1")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[actix_web::test]
async fn takes_a_request_id_from_a_trusted_proxy_only() {
    let id = "0123456789-abc";
    let given = |server: &Server| server.get("/healthz").header("x-request-id", id).send();
    let server = start();
    assert_ne!(given(&server).await.unwrap().headers()["x-request-id"], id);
    let server =
        start_with(|settings| settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]);
    assert_eq!(given(&server).await.unwrap().headers()["x-request-id"], id);
}

#[actix_web::test]
async fn refuses_without_the_front() {
    // A set-up mistake of ours must not serve without rate limit and headers.
    let app = on_actix::init_service(App::new().wrap(from_fn(http::front))).await;
    let error =
        on_actix::try_call_service(&app, on_actix::TestRequest::default().to_request()).await;
    assert!(error.is_err());
}
