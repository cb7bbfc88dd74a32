//! Guessing passwords and tokens through the doors of a whole server (reliability.md T-31). What is counted is how many passwords
//! were looked at, not how many answers came.
//!
//! Not for waits over time (`app::devices::tests`, with a clock of its own). Invariant: every door is one that strangers reach.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tests::{EMAIL, PASSWORD, TestApp};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// Guesses at one account that may be looked at (NIST SP 800-63B, 5.2.2).
const LOOKED_AT_MAX: u64 = 100;
/// Aliases that one document may have of a root field.
const ALIASES: usize = 10;

fn guesses(count: usize, first: usize) -> Value {
    let guess = |number: usize| {
        format!(
            "g{number}: createSession(input: {{ email: \"{EMAIL}\", password: \"Wrong-Zebra-{number}-Teapot\" }}) {{ viewer {{ id }} userErrors {{ code }} }}"
        )
    };
    let aliases: Vec<String> = (first..first + count).map(guess).collect();
    json!({ "query": format!("mutation {{ {} }}", aliases.join(" ")) })
}

fn looked_at(app: &TestApp) -> u64 {
    app.running.installation.app.passwords.verifications()
}

/// The cookies of a sign-in with this cookie, or why there are none.
async fn sign_in(app: &TestApp, cookie: &str) -> Result<String, Value> {
    let query = "mutation($input: CreateSessionInput!) { createSession(input: $input) { viewer { id } userErrors { code message } } }";
    let body = json!({ "query": query, "variables": { "input": { "email": EMAIL, "password": PASSWORD } } });
    let request = app
        .client()
        .post(app.url("/graphql"))
        .header("x-requested-by", "test");
    let answer = request
        .header("cookie", cookie)
        .json(&body)
        .send()
        .await
        .unwrap();
    let set: Vec<String> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| value.to_str().ok()?.split(';').next().map(str::to_owned))
        .collect();
    if set.is_empty() {
        return Err(answer.json().await.unwrap());
    }
    Ok(set.join("; "))
}

#[tokio::test]
async fn of_1000_guesses_by_aliases_batches_and_sockets_few_are_looked_at() {
    let app = TestApp::start().await.unwrap();
    let cookies = sign_in(&app, "").await.unwrap();
    let device = cookies
        .split("; ")
        .find(|cookie| cookie.contains("_device="))
        .unwrap();
    let before = looked_at(&app);
    for first in (0..1_000).step_by(ALIASES) {
        let request = app.client().post(app.url("/graphql"));
        request.json(&guesses(ALIASES, first)).send().await.unwrap();
    }
    let by_aliases = looked_at(&app) - before;
    assert!((4..=LOOKED_AT_MAX).contains(&by_aliases), "{by_aliases}");

    // More aliases, batches, and mutations over a socket are refused as a whole.
    let before = looked_at(&app);
    let batch = Value::Array((0..1_000).map(|first| guesses(1, first)).collect());
    for body in [guesses(1_000, 0), guesses(ALIASES + 1, 0), batch] {
        let answer = app
            .client()
            .post(app.url("/graphql"))
            .json(&body)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(
            answer["errors"].is_array() && answer.get("data").is_none(),
            "{answer}"
        );
    }
    over_a_socket(&app, device).await;
    assert_eq!(looked_at(&app), before);

    // The owner waits like everybody else, but not where they have signed in before.
    let refused = sign_in(&app, "").await.unwrap_err();
    assert!(
        refused.to_string().contains("RATE_LIMITED") || refused.to_string().contains("TOO_MANY"),
        "{refused}"
    );
    assert!(sign_in(&app, device).await.is_ok());
    app.stop().await.unwrap();
}

/// Whoever has a session gets a socket; nobody gets a mutation over it.
async fn over_a_socket(app: &TestApp, device: &str) {
    let url = app.url("/graphql").replace("http://", "ws://");
    let mut request = url.into_client_request().unwrap();
    let cookie = format!("{}; {device}", app.cookie().unwrap());
    for (name, value) in [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("origin", "http://127.0.0.1:8080"),
        ("cookie", cookie.as_str()),
    ] {
        request
            .headers_mut()
            .insert(name, HeaderValue::from_str(value).unwrap());
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let init = json!({ "type": "connection_init" });
    socket.send(Message::text(init.to_string())).await.unwrap();
    for number in 0..100 {
        let subscribe = json!({ "id": number.to_string(), "type": "subscribe", "payload": guesses(ALIASES, 0) });
        socket
            .send(Message::text(subscribe.to_string()))
            .await
            .unwrap();
    }
    let mut refused = 0;
    while refused < 100 {
        let message = socket.next().await.unwrap().unwrap();
        let text = message.to_text().unwrap();
        assert!(!text.contains("\"next\""), "{text}");
        refused += usize::from(text.contains("METHOD_NOT_ALLOWED"));
    }
}

#[tokio::test]
async fn tokens_that_are_guessed_lead_nowhere_and_cost_no_hash_of_a_password() {
    let app = TestApp::start().await.unwrap();
    let before = looked_at(&app);
    let body = json!({ "query": "{ viewer { id } }" });
    for number in 0..500 {
        let guess = format!("hf_{number:064x}");
        let api = app
            .client()
            .post(app.url("/graphql"))
            .bearer_auth(&guess)
            .json(&body);
        let scim = app
            .client()
            .get(app.url("/scim/v2/Users"))
            .bearer_auth(&guess);
        for request in [api, scim] {
            assert_eq!(request.send().await.unwrap().status(), 401);
        }
    }
    assert_eq!(looked_at(&app), before);
    app.stop().await.unwrap();
}
