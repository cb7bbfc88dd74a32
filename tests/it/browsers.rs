//! What foreign pages can make a browser send to the whole server, and what every route tells a browser (reliability.md T-46, T-47).
//!
//! Not for the edge alone (`server::http::tests`). Invariant: what was executed is counted in the database, not in the answers.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tests::TestApp;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A mutation that anybody may send, and one of an administrator; both leave rows.
const MUTATIONS: [&str; 2] = [
    "mutation{deleteOtherSessions(input:{}){ended}}",
    "mutation{createRole(input:{name:\"evil\",permissions:[READ]}){role{id}}}",
];

/// Content types that a page may send without asking first, one that it may not, and none.
const CONTENT_TYPES: [Option<&str>; 6] = [
    None,
    Some("text/plain"),
    Some("text/ping"),
    Some("application/x-www-form-urlencoded"),
    Some("multipart/form-data; boundary=x"),
    Some("application/json"),
];

/// Where a request says that it comes from: `Origin` and `Sec-Fetch-Site`.
const PLACES: [(Option<&str>, Option<&str>); 12] = [
    (None, None),
    (None, Some("cross-site")),
    (None, Some("same-site")),
    (Some("null"), None),
    (Some("null"), Some("cross-site")),
    (Some("null"), Some("same-origin")),
    (Some("https://evil.example"), None),
    (Some("https://evil.example"), Some("cross-site")),
    (Some("https://evil.example"), Some("same-origin")),
    (Some("http://127.0.0.1:1"), Some("same-site")),
    (Some("http://127.0.0.1.evil.example:8080"), None),
    (Some("https://127.0.0.1:8080"), Some("cross-site")),
];

fn body(content_type: Option<&str>, mutation: &str) -> String {
    let json = json!({ "query": mutation }).to_string();
    match content_type {
        Some("application/x-www-form-urlencoded") => {
            // A form field whose name and value together are JSON, and one by name.
            format!(
                "query={}&{json}=",
                mutation.replace('{', "%7B").replace('}', "%7D")
            )
        }
        Some(multipart) if multipart.starts_with("multipart") => format!(
            "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{json}\r\n--x--\r\n"
        ),
        Some(_) | None => json,
    }
}

/// What a mutation of these leaves: its rows, and its record. The server's own duties write elsewhere meanwhile.
async fn rows(store: &store::Store) -> Vec<String> {
    let mut tables = store::testing::contents(store).await;
    let wanted = ["roles", "sessions", "audit_events", "audit_logs"];
    wanted.map(|name| tables.remove(name).unwrap()).into()
}

#[tokio::test]
async fn no_foreign_page_changes_a_row() {
    let app = TestApp::start().await.unwrap();
    let store = app.running.installation.store.clone();
    let cookie = app.cookie().unwrap();
    let before = rows(&store).await;
    let mut tried = 0;
    for mutation in MUTATIONS {
        for (origin, site) in PLACES {
            let send = async |request: reqwest::RequestBuilder| {
                let mut request = request.header("cookie", cookie);
                for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
                    if let Some(value) = value {
                        request = request.header(name, value);
                    }
                }
                let answer = request.send().await.unwrap();
                let status = answer.status().as_u16();
                assert!(
                    (400..500).contains(&status),
                    "{status}: {mutation} {origin:?} {site:?}"
                );
            };
            for content_type in CONTENT_TYPES {
                let mut request = app.client().post(app.url("/graphql"));
                if let Some(content_type) = content_type {
                    request = request.header("content-type", content_type);
                }
                send(request.body(body(content_type, mutation))).await;
                tried += 1;
            }
            // A link, an image, a prefetch.
            let query = [("query", mutation)];
            send(app.client().get(app.url("/graphql")).query(&query)).await;
            // A form whose address holds the mutation.
            let form = app.client().post(app.url("/graphql")).query(&query);
            send(form.header("content-type", "application/x-www-form-urlencoded")).await;
            // A stream.
            let stream = app.client().post(app.url("/graphql"));
            let stream = stream.header("accept", "text/event-stream");
            send(
                stream
                    .header("content-type", "text/plain")
                    .body(body(None, mutation)),
            )
            .await;
            tried += 3;
            tried += socket(&app, mutation, origin, site).await;
        }
    }
    assert!(tried >= 200, "{tried}");
    assert!(
        rows(&store).await == before,
        "one of {tried} changed something"
    );
    // The same by a page of ours changes something.
    app.graphql(MUTATIONS[1], json!({})).await.unwrap();
    assert!(rows(&store).await != before);
    app.stop().await.unwrap();
}

/// A socket with the visitor's cookie, over which the page sends the mutation.
async fn socket(app: &TestApp, mutation: &str, origin: Option<&str>, site: Option<&str>) -> usize {
    let url = app.url("/graphql").replace("http://", "ws://");
    let mut request = url.into_client_request().unwrap();
    let headers = [
        ("sec-websocket-protocol", Some("graphql-transport-ws")),
        ("cookie", app.cookie()),
        ("origin", origin),
        ("sec-fetch-site", site),
    ];
    for (name, value) in headers {
        if let Some(value) = value {
            request
                .headers_mut()
                .insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    let (mut socket, _) = match tokio_tungstenite::connect_async(request).await {
        Ok(open) => open,
        Err(Error::Http(answer)) => {
            assert_eq!(answer.status().as_u16(), 403);
            return 1;
        }
        Err(other) => panic!("{other}"),
    };
    // Browsers always send an origin; a program without one gets a socket, and no mutation over it.
    assert_eq!(origin, None);
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": mutation } });
    for message in [json!({ "type": "connection_init" }), subscribe] {
        socket
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }
    while let Some(Ok(message)) = socket.next().await {
        let text = message.to_text().unwrap_or_default();
        assert!(!text.contains("\"next\""), "{text}");
        if text.contains("\"error\"") || message.is_close() {
            break;
        }
    }
    1
}

/// Every path that the server's code names, with something in the place of variables.
fn routes() -> BTreeSet<String> {
    let (mut routes, mut folders) = (
        BTreeSet::new(),
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/server")],
    );
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("examples") {
                    folders.push(path);
                }
                continue;
            }
            let is_code = path.extension().is_some_and(|extension| extension == "rs");
            let text = if is_code {
                std::fs::read_to_string(&path).unwrap()
            } else {
                String::new()
            };
            let scope = text
                .split("web::scope(\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            for marker in ["web::resource(\"", ".route(\""] {
                for rest in text.split(marker).skip(1) {
                    let route = rest.split('"').next().unwrap_or_default();
                    let route = format!("{}{route}", scope.unwrap_or_default());
                    let parts = route
                        .split('/')
                        .map(|part| if part.starts_with('{') { "x" } else { part });
                    routes.insert(parts.collect::<Vec<_>>().join("/"));
                }
            }
        }
    }
    routes
}

#[tokio::test]
async fn every_route_has_its_security_headers() {
    let app = TestApp::builder().config(|config| {
        config.http.public_url = "https://backup.example".to_owned();
    });
    // With https the cookie has another name, and the helper signs in all the same.
    let app = app.start().await.unwrap();
    assert!(
        app.cookie()
            .unwrap()
            .starts_with("__Host-holdfast_session=")
    );
    let routes = routes();
    assert!(routes.len() >= 25, "{routes:?}");
    for route in routes
        .iter()
        .map(String::as_str)
        .chain(["/nowhere", "/scim/v2/", "/auth/nowhere"])
    {
        for method in [
            reqwest::Method::GET,
            reqwest::Method::POST,
            reqwest::Method::OPTIONS,
        ] {
            let request = app.client().request(method.clone(), app.url(route));
            let answer = request
                .header("origin", "https://evil.example")
                .send()
                .await
                .unwrap();
            let header = |name: &str| {
                let value = answer.headers().get(name);
                value
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default()
            };
            let policy = header("content-security-policy");
            let place = format!("{method} {route}");
            assert!(
                policy.starts_with("default-src 'none'"),
                "{place}: {policy}"
            );
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{place}: {policy}"
            );
            assert!(
                !policy.contains("unsafe") && !policy.contains('*'),
                "{place}: {policy}"
            );
            assert_eq!(header("x-content-type-options"), "nosniff", "{place}");
            assert_eq!(
                header("cross-origin-opener-policy"),
                "same-origin",
                "{place}"
            );
            assert_eq!(header("referrer-policy"), "no-referrer", "{place}");
            assert!(
                header("strict-transport-security").starts_with("max-age=63072000"),
                "{place}"
            );
            assert_eq!(header("access-control-allow-origin"), "", "{place}");
        }
    }
    app.stop().await.unwrap();
}
