//! What foreign pages can make a browser send, with the visitor's cookie. Invariant: none of it runs.

use serde_json::json;

use super::*;

/// How a page can send a mutation.
const CARRIERS: [(&str, &str, &str); 7] = [
    ("GET", "", ""),
    ("POST", "", r#"{"query":"mutation{bump}"}"#),
    ("POST", "text/plain", r#"{"query":"mutation{bump}"}"#),
    (
        "POST",
        "application/x-www-form-urlencoded",
        "query=mutation%7Bbump%7D",
    ),
    (
        "POST",
        "multipart/form-data; boundary=x",
        "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"mutation{bump}\"}\r\n--x--\r\n",
    ),
    (
        "POST",
        "application/json; charset=utf-16",
        r#"{"query":"mutation{bump}"}"#,
    ),
    ("POST", "application/json", r#"{"query":"mutation{bump}"}"#),
];

#[actix_web::test]
async fn runs_no_mutation_of_a_foreign_page() {
    let server = start();
    let own = server.origin();
    let origins = [
        None,
        Some("null"),
        Some("https://evil.test"),
        Some("http://127.0.0.1:1"),
        Some(own.as_str()),
    ];
    let sites = [
        None,
        Some("cross-site"),
        Some("same-site"),
        Some("same-origin"),
        Some("none"),
    ];
    let mut tried = 0;
    for (method, content_type, body) in CARRIERS {
        for origin in origins {
            for site in sites {
                for header in [false, true] {
                    let ours = origin.is_none_or(|origin| origin == own) && header;
                    let site_is_fine =
                        matches!(site, None | Some("same-origin" | "none")) || origin.is_some();
                    if content_type == "application/json" && ours && site_is_fine {
                        // Our own page, or a program: tested below.
                        continue;
                    }
                    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
                    let mut request = server
                        .client
                        .request(method.clone(), server.url("/graphql"));
                    if method == reqwest::Method::GET {
                        request = request.query(&[("query", "mutation{bump}")]);
                    } else {
                        request = request.body(body);
                    }
                    request = request.header("cookie", Server::cookie());
                    for (name, value) in [
                        ("content-type", Some(content_type)),
                        ("origin", origin),
                        ("sec-fetch-site", site),
                    ] {
                        if let Some(value) = value.filter(|value| !value.is_empty()) {
                            request = request.header(name, value);
                        }
                    }
                    if header {
                        request = request.header("x-requested-by", "page");
                    }
                    let answer = answer(request).await;
                    assert!(
                        (400..500).contains(&answer.status),
                        "{content_type} {origin:?} {site:?} {header}"
                    );
                    tried += 1;
                }
            }
        }
    }
    assert!(tried >= 300, "{tried}");
    assert_eq!(server.mutations(), 0);
}

#[actix_web::test]
async fn runs_mutations_of_our_own_page_and_of_programs() {
    let server = start();
    let bump = json!({ "query": "mutation { bump }" });
    let page = server
        .post(&bump)
        .header("cookie", Server::cookie())
        .header("origin", server.origin());
    let page = page
        .header("sec-fetch-site", "same-origin")
        .header("x-requested-by", "console");
    assert_eq!(answer(page).await.body["data"]["bump"], 1);
    // A token is not sent by browsers on their own, so nothing more is asked.
    assert_eq!(
        answer(server.post(&bump).bearer_auth(TOKEN)).await.body["data"]["bump"],
        2
    );
    // Both: the token speaks, the cookie is ignored.
    let both = server
        .post(&bump)
        .bearer_auth(TOKEN)
        .header("cookie", Server::cookie());
    assert_eq!(answer(both).await.body["data"]["bump"], 3);
    // A foreign origin is refused even with a token: such a page cannot have one.
    let foreign = server
        .post(&bump)
        .bearer_auth(TOKEN)
        .header("origin", "https://evil.test");
    assert_eq!(answer(foreign).await.status, 403);
}

#[actix_web::test]
async fn answers_queries_by_cookie_to_our_own_pages_only() {
    let server = start();
    let get = || {
        server
            .get("/graphql")
            .query(&[("query", "{viewer{email}}")])
            .header("cookie", Server::cookie())
    };
    assert_eq!(answer(get()).await.status, 403);
    assert_eq!(
        answer(get().header("sec-fetch-site", "cross-site"))
            .await
            .status,
        403
    );
    assert_eq!(
        answer(get().header("sec-fetch-site", "none")).await.status,
        403
    );
    assert_eq!(
        answer(get().header("sec-fetch-site", "same-origin"))
            .await
            .status,
        200
    );
    assert_eq!(
        answer(get().header("x-requested-by", "script"))
            .await
            .status,
        200
    );
    let events = get().header("accept", "text/event-stream");
    assert_eq!(answer(events).await.status, 403);
}

#[actix_web::test]
async fn never_reflects_an_origin() {
    let server = start();
    for origin in [
        "https://evil.test".to_owned(),
        "null".to_owned(),
        server.origin(),
    ] {
        for path in [
            "/graphql?query={hello}",
            "/",
            "/graphiql",
            "/schema.graphql",
            "/nowhere",
        ] {
            let answer = server
                .get(path)
                .header("origin", &origin)
                .send()
                .await
                .unwrap();
            assert!(
                !answer.headers().contains_key("access-control-allow-origin"),
                "{origin} {path}"
            );
        }
    }
}
