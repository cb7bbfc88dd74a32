//! Pages, health, and the headers of everything. Invariant: no route answers without the security headers.

use super::*;

#[actix_web::test]
async fn sends_security_headers_with_everything() {
    let server = start_with(|settings| settings.https = true);
    for path in [
        "/",
        "/style.css",
        "/icon.svg",
        "/favicon.ico",
        "/graphiql",
        "/graphiql/missing.js",
        "/console",
        "/console/assets?kind=EBS_VOLUME",
        "/console/files/missing.js",
        "/docs",
        "/schema.graphql",
        "/healthz",
        "/readyz",
        "/metrics",
        "/graphql",
        "/graphql?query={hello}",
        "/nowhere",
        "/../etc/passwd",
    ] {
        let answer = server.get(path).send().await.unwrap();
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{path}: {policy}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert!(
            header("strict-transport-security").starts_with("max-age=63072000"),
            "{path}"
        );
        assert!(header("x-request-id").starts_with("request-"), "{path}");
    }
    let plain = start();
    let answer = plain.get("/").send().await.unwrap();
    assert!(!answer.headers().contains_key("strict-transport-security"));
}

#[actix_web::test]
async fn serves_the_plain_pages() {
    let server = start();
    let text =
        |path: &'static str| async { server.get(path).send().await.unwrap().text().await.unwrap() };
    let landing = text("/").await;
    for link in [
        "/graphiql",
        "/docs",
        "/schema.graphql",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        assert!(landing.contains(&format!("href=\"{link}\"")), "{link}");
    }
    assert!(!landing.contains("<script") && !landing.contains("style=\""));
    assert!(text("/schema.graphql").await.contains("type Query"));
    assert_eq!(text("/healthz").await, "ok\n");
    let missing = read(server.get("/nowhere").send().await.unwrap()).await;
    assert_eq!((missing.status, missing.code()), (404, "NOT_FOUND"));
}

#[actix_web::test]
async fn serves_the_documents_and_none_of_their_pictures() {
    let server = start();
    let list = server.get("/docs").send().await.unwrap();
    assert!(list.text().await.unwrap().contains("/docs/ARCHITECTURE.md"));
    for (path, status) in [
        ("/docs/decisions/0016-two-people.md", 200),
        ("/docs/protection.example.yaml", 200),
        ("/docs/screenshots/dashboard-light-wide.png", 404),
    ] {
        let answer = server.get(path).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[actix_web::test]
async fn serves_graphiql_or_says_how_to_build_it() {
    let server = start();
    let page = server.get("/graphiql").send().await.unwrap();
    if page.status() == 503 {
        assert!(page.text().await.unwrap().contains("make graphiql"));
        return;
    }
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = page.text().await.unwrap();
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap();
    assert!(text.contains(nonce) && !text.contains("__CSP_NONCE__"));
    let again = server.get("/graphiql").send().await.unwrap();
    assert!(
        !again.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains(nonce)
    );
    let closed = start_with(|settings| settings.graphiql = false);
    assert_eq!(closed.get("/graphiql").send().await.unwrap().status(), 404);
    let script = text
        .split("src=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    let script = server.get(script).send().await.unwrap();
    assert_eq!(script.status(), 200);
    assert!(
        script.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
}

#[actix_web::test]
async fn shows_figures_to_listed_networks_only() {
    let server = start();
    server.ask("{ hello }").await;
    let text = server
        .get("/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        text.contains(
            "holdfast_graphql_operations_total{kind=\"query\",result=\"ok\",transport=\"http\"} 1"
        ),
        "{text}"
    );
    let closed = start_with(|settings| settings.metrics_networks.clear());
    assert_eq!(closed.get("/metrics").send().await.unwrap().status(), 404);
}

#[actix_web::test]
async fn is_not_ready_while_shutting_down() {
    let server = start();
    assert_eq!(server.get("/readyz").send().await.unwrap().status(), 200);
    server.shutdown.cancel();
    let answer = answer(server.get("/readyz")).await;
    assert_eq!(
        (answer.status, &answer.body["parts"]["shutdown"]),
        (503, &json!("failed"))
    );
}
