//! Budgets of cost through real sockets. Invariant: every transport pays from one budget, each alias pays, and what is refused does
//! not run.

use super::{sockets::Socket, *};
use crate::http::RateLimit;

/// A budget that does not fill itself within a test.
fn small(burst: u32) -> Server {
    start_with(|settings| {
        settings.cost.credential = Some(RateLimit {
            per_second: 1,
            burst,
        });
    })
}

#[actix_web::test]
async fn every_transport_pays_from_one_budget_and_each_alias_counts() {
    let server = small(1_000);
    let aliases = (0..9).fold(String::new(), |text, index| {
        format!("{text} x{index}: hello")
    });
    let answer = server.ask(&format!("{{ left {aliases} }}")).await;
    let left = answer.body["data"]["left"].as_u64().unwrap();
    assert!((990..=991).contains(&left), "{left}");

    let events = server
        .post(&json!({ "query": "{ left a: hello b: hello }" }))
        .bearer_auth(TOKEN)
        .header("accept", "text/event-stream");
    let text = events.send().await.unwrap().text().await.unwrap();
    let shown = |left: u64| text.contains(&format!("\"left\":{left}"));
    assert!(shown(987) || shown(988), "{text}");

    let mut socket = Socket::ready(&server).await;
    socket
        .subscribe("1", "{ left a: hello b: hello c: hello }")
        .await;
    let left = socket.next_of("next").await["payload"]["data"]["left"].as_u64();
    assert!((983..=986).contains(&left.unwrap()), "{left:?}");
    socket.subscribe("2", "subscription { three }").await;
    socket.next_of("complete").await;
    let left = server.ask("{ left }").await.body["data"]["left"].as_u64();
    assert!((980..=984).contains(&left.unwrap()), "{left:?}");
}

#[actix_web::test]
async fn beyond_the_budget_nothing_runs_and_the_answer_says_how_long() {
    let server = small(1_000);
    let bump = json!({ "query": "mutation { bump }" });
    let dear =
        json!({ "query": "{ items { id label inner { id label inner { id label } } } hello }" });
    let mut spent = 0;
    while spent < 1_200 {
        let answer = answer(server.post(&dear).bearer_auth(TOKEN)).await;
        spent += 10;
        if answer.status == 429 {
            break;
        }
        assert_eq!(answer.status, 200);
    }
    assert!((990..1_100).contains(&spent), "{spent}");
    // What is left pays for single fields only.
    for _ in 0..40 {
        answer(server.post(&bump).bearer_auth(TOKEN)).await;
    }
    let before = server.mutations();
    let many = json!({ "query": "mutation { a: bump b: bump c: bump d: bump e: bump f: bump g: bump h: bump }" });
    let refused = answer(server.post(&many).bearer_auth(TOKEN)).await;
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED"));
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=8).contains(&wait), "{wait}");
    assert_eq!(server.mutations(), before);

    let mut socket = Socket::ready(&server).await;
    socket
        .subscribe(
            "1",
            "{ a: hello b: hello c: hello d: hello e: hello f: hello g: hello h: hello }",
        )
        .await;
    let error = socket.next_of("error").await;
    let extensions = &error["payload"][0]["extensions"];
    assert_eq!(extensions["code"], "RATE_LIMITED");
    assert!(
        extensions["retryAfterSeconds"]
            .as_u64()
            .is_some_and(|wait| wait >= 1)
    );
    // Strangers have their own budget, by address.
    let stranger =
        answer(server.post(&json!({ "query": "{ hello a: hello b: hello c: hello d: hello }" })))
            .await;
    assert_eq!(stranger.status, 200);
}
