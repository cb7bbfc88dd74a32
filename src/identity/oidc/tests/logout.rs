//! T-38 for logout tokens: what looks right and is not ends no session.

use super::provider::*;
use super::*;

fn logout_claims(provider: &Provider, now: i64) -> Value {
    json!({
        "iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "j-1", "sub": "ann", "sid": "s-1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
async fn no_hostile_logout_token_is_accepted() {
    let (keys, theirs, clock) = (Keys::fresh(), Keys::fresh(), TestClock::default());
    let provider = Provider::start(&keys);
    let (all, settings) = (providers(&clock), provider.settings());
    let now = clock.now().as_second();
    let good = logout_claims(&provider, now);
    let typed = |typ: &str| with(&header("ES256"), "typ", &json!(typ));
    for head in [
        header("ES256"),
        typed("logout+jwt"),
        typed("Logout+JWT"),
        typed("<gone>"),
    ] {
        let notice = all
            .read_logout_token(&settings, &token(&keys, "ES256", &head, &good))
            .await
            .unwrap();
        assert_eq!(
            (notice.subject.as_deref(), notice.session_index.as_deref()),
            (Some("ann"), Some("s-1"))
        );
        assert_eq!(notice.one_time.id, "j-1");
    }
    let mut hostile = vec![(
        "an ID token".to_owned(),
        token(&keys, "ES256", &header("ES256"), &provider.claims(&clock)),
    )];
    let gone = json!("<gone>");
    for (claim, values) in [
        (
            "iss",
            vec![
                gone.clone(),
                json!(""),
                json!("https://other.example"),
                json!(format!("{}/", provider.issuer)),
            ],
        ),
        (
            "aud",
            vec![
                gone.clone(),
                json!("other"),
                json!([]),
                json!([CLIENT, "other"]),
                json!(null),
            ],
        ),
        (
            "iat",
            vec![
                gone.clone(),
                json!(now + 61),
                json!(now - 601),
                json!("now"),
            ],
        ),
        (
            "exp",
            vec![gone.clone(), json!(now - 60), json!(0), json!(null)],
        ),
        (
            "jti",
            vec![gone.clone(), json!(""), json!(7), json!("x".repeat(257))],
        ),
        ("nonce", vec![json!("n"), json!(null), json!("")]),
        (
            "events",
            vec![
                gone.clone(),
                json!({}),
                json!([]),
                json!({ "http://schemas.openid.net/event/backchannel-logout": null }),
                json!({ "http://schemas.openid.net/event/other": {} }),
                json!("http://schemas.openid.net/event/backchannel-logout"),
            ],
        ),
    ] {
        for value in values {
            hostile.push((
                format!("{claim}={value}"),
                token(
                    &keys,
                    "ES256",
                    &typed("logout+jwt"),
                    &with(&good, claim, &value),
                ),
            ));
        }
    }
    let nobody = with(&with(&good, "sub", &gone), "sid", &gone);
    hostile.push((
        "nobody".to_owned(),
        token(&keys, "ES256", &typed("logout+jwt"), &nobody),
    ));
    hostile.extend(
        bad_envelopes(&keys, &theirs, "ES256", &good)
            .into_iter()
            .filter(|(why, _)| !why.starts_with("typ=\"logout")),
    );
    for text in ["", ".", "..", "...", "a.b.c", "e30.e30.e30"] {
        hostile.push((format!("text {text}"), text.to_owned()));
    }
    hostile.push(("long".to_owned(), "x".repeat(20_000)));
    for (why, spoilt) in &hostile {
        let answer = all.read_logout_token(&settings, spoilt).await;
        assert!(answer.is_err(), "{why}: {answer:?}");
    }
    eprintln!("{} hostile logout tokens refused", hostile.len());
}
