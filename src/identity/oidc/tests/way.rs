//! The way over HTTP: discovery, keys, the code, and what an answer must fit.

use super::provider::*;
use super::*;

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one conversation, told in order")]
async fn the_whole_way_sends_pkce_and_takes_only_its_own_answer() {
    let (keys, clock) = (Keys::fresh(), TestClock::default());
    let provider = Provider::start(&keys);
    let (all, settings, secrets) = (providers(&clock), provider.settings(), secrets());
    let url = all.begin(&settings, &secrets).await.unwrap();
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(query["code_challenge_method"], "S256");
    let challenge = {
        use sha2::Digest as _;
        B64.encode(&Sha256::digest(secrets.verifier.expose_secret().as_bytes()))
    };
    assert_eq!(query["code_challenge"], challenge);
    assert_eq!(
        (query["state"].as_str(), query["nonce"].as_str()),
        ("state-of-this-request", NONCE)
    );
    assert_eq!(query["redirect_uri"], settings.redirect_uri);
    assert!(!url.as_str().contains(secrets.verifier.expose_secret()));

    let id_token = token(&keys, "RS256", &header("RS256"), &provider.claims(&clock));
    provider.put(
        "/token",
        json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token }),
    );
    let good = callback(&provider);
    let signed_on = all.complete(&settings, &secrets, &good).await.unwrap();
    assert_eq!(signed_on.assertion.subject, "ann");
    let asked = |provider: &Provider| {
        let bodies = provider.bodies.lock().unwrap();
        bodies
            .iter()
            .filter(|text| text.starts_with("POST /token"))
            .cloned()
            .collect::<Vec<_>>()
    };
    let sent = asked(&provider);
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].contains("code_verifier=a-verifier-of-at-least"),
        "{}",
        sent[0]
    );

    let mut bad = Vec::new();
    for state in [
        "",
        "state",
        "STATE-OF-THIS-REQUEST",
        "state-of-this-request ",
        "state-of-another",
    ] {
        bad.push(Callback {
            state: state.to_owned(),
            ..good.clone()
        });
    }
    for code in [String::new(), "x".repeat(5_000)] {
        bad.push(Callback {
            code,
            ..good.clone()
        });
    }
    let (slash, upper) = (
        format!("{}/", provider.issuer),
        provider.issuer.to_uppercase(),
    );
    for issuer in [
        None,
        Some(""),
        Some("https://other.example"),
        Some(slash.as_str()),
        Some(upper.as_str()),
    ] {
        bad.push(Callback {
            issuer: issuer.map(str::to_owned),
            ..good.clone()
        });
    }
    for callback in bad {
        let answer = all.complete(&settings, &secrets, &callback).await;
        assert!(
            matches!(answer, Err(OidcError::Mismatch(_))),
            "{callback:?}: {answer:?}"
        );
    }
    // None of these was worth a request.
    assert_eq!(asked(&provider).len(), 1);
    for answer in [
        json!({ "error": "invalid_grant" }),
        json!({}),
        json!([]),
        json!("x"),
        json!({ "access_token": "a", "token_type": "Bearer" }),
        json!({ "access_token": "a", "token_type": "Bearer", "id_token": "x.y.z" }),
        json!({ "access_token": "a", "token_type": "Bearer", "id_token": null }),
    ] {
        provider.put("/token", answer.clone());
        assert!(
            all.complete(&settings, &secrets, &good).await.is_err(),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn keys_are_fetched_again_for_an_unknown_id_once_a_minute() {
    let (keys, newer, clock) = (Keys::fresh(), Keys::fresh(), TestClock::default());
    let provider = Provider::start(&keys);
    let (all, settings, secrets) = (providers(&clock), provider.settings(), secrets());
    all.discover(&provider.issuer).await.unwrap();
    // The provider changes its keys and their ids.
    let renamed = newer.set().to_string().replace("\"rsa\"", "\"rsa-2\"");
    provider.put("/keys", serde_json::from_str(&renamed).unwrap());
    let mut head = header("RS256");
    head["kid"] = json!("rsa-2");
    let answer = |keys: &Keys, head: &Value, clock: &TestClock| json!({ "access_token": "access", "token_type": "Bearer", "id_token": token(keys, "RS256", head, &provider.claims(clock)) });
    provider.put("/token", answer(&newer, &head, &clock));
    let callback = callback(&provider);
    let early = all.complete(&settings, &secrets, &callback).await;
    assert!(matches!(early, Err(OidcError::UnknownKey)), "{early:?}");
    clock.advance(SignedDuration::from_secs(61));
    provider.put("/token", answer(&newer, &head, &clock));
    assert!(all.complete(&settings, &secrets, &callback).await.is_ok());
    let asked = provider.keys_asked.load(Ordering::SeqCst);
    // Made-up ids do not make us ask again; the key that was taken back no longer counts.
    for kid in ["a", "b", "c", "rsa"] {
        head["kid"] = json!(kid);
        provider.put("/token", answer(&keys, &head, &clock));
        assert!(all.complete(&settings, &secrets, &callback).await.is_err());
    }
    assert_eq!(provider.keys_asked.load(Ordering::SeqCst), asked);
}

#[tokio::test]
async fn documents_that_do_not_fit_are_refused() {
    let (keys, clock) = (Keys::fresh(), TestClock::default());
    let provider = Provider::start(&keys);
    let good = provider.document();
    let path = "/.well-known/openid-configuration";
    assert!(providers(&clock).discover(&provider.issuer).await.is_ok());
    let issuer = &provider.issuer;
    for (field, value) in [
        ("issuer", json!("https://other.example")),
        ("issuer", json!(format!("{issuer}/"))),
        ("issuer", json!("<gone>")),
        ("jwks_uri", json!("<gone>")),
        (
            "jwks_uri",
            json!("http://169.254.169.254/latest/meta-data/"),
        ),
        ("jwks_uri", json!("http://10.0.0.1/keys")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("jwks_uri", json!(format!("{issuer}/none"))),
        ("token_endpoint", json!("<gone>")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("http://corp.example/auth")),
        ("authorization_endpoint", json!("https://10.0.0.1/auth")),
        ("end_session_endpoint", json!("javascript:alert(1)")),
        ("end_session_endpoint", json!("data:text/html,x")),
    ] {
        provider.put(path, with(&good, field, &value));
        let answer = providers(&clock).discover(issuer).await;
        assert!(answer.is_err(), "{field}={value}: {answer:?}");
    }
    for issuer in [
        "http://10.0.0.1",
        "https://169.254.169.254",
        "ftp://127.0.0.1",
        "",
        "127.0.0.1",
        "http://ann@127.0.0.1",
    ] {
        assert!(
            providers(&clock).discover(issuer).await.is_err(),
            "{issuer}"
        );
    }
}
