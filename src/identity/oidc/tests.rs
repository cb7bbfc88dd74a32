//! T-38: tokens and answers that look right and are not. Every family has a control that is accepted.

use std::sync::atomic::Ordering;

use data_encoding::BASE64URL_NOPAD as B64;
use domain::TestClock;
use openssl::hash::MessageDigest;
use serde_json::{Value, json};

use super::*;

mod logout;
mod provider;
mod way;

use provider::*;

const CLIENT: &str = "holdfast";
const NONCE: &str = "n-0S6_WzA2Mj-of-this-request";
const SECRET: &str = "stand-in-secret-stand-in-secret-1";

/// Checks a token as the callback does, without the way over HTTP.
fn judge(
    found: &Discovered,
    settings: &OidcSettings,
    text: &str,
    clock: &TestClock,
) -> Result<Assertion, String> {
    let token: discovery::Token =
        serde_json::from_value(json!(text)).map_err(|error| error.to_string())?;
    let expected = id_token::Expected {
        settings,
        nonce: Nonce::new(NONCE.to_owned()),
        access_token: Some(&openidconnect::AccessToken::new("access".to_owned())),
        now: clock.now(),
    };
    id_token::verify(found, &token, &expected).map_err(|error| error.to_string())
}

fn with(value: &Value, field: &str, new: &Value) -> Value {
    let mut changed = value.clone();
    match (new, changed.as_object_mut().unwrap()) {
        (Value::String(mark), object) if mark == "<gone>" => {
            object.remove(field);
        }
        (new, object) => {
            object.insert(field.to_owned(), new.clone());
        }
    }
    changed
}

/// (claim, value) that make a good set of claims a bad one.
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn bad_claims(provider: &Provider, now: i64) -> Vec<(&'static str, Value)> {
    let gone = json!("<gone>");
    let issuer = &provider.issuer;
    let mut bad = vec![];
    for value in [
        gone.clone(),
        json!(""),
        json!(null),
        json!(7),
        json!([issuer]),
        json!(format!("{issuer}/")),
        json!(issuer.to_uppercase()),
        json!(format!(" {issuer}")),
        json!(format!("{issuer}#")),
        json!(format!("{issuer}/tenant-b")),
        json!("https://accounts.other.example"),
        json!(issuer.replace("http", "https")),
    ] {
        bad.push(("iss", value));
    }
    for value in [
        gone.clone(),
        json!(""),
        json!(null),
        json!([]),
        json!("other"),
        json!("HOLDFAST"),
        json!("holdfast "),
        json!({ "a": CLIENT }),
        json!([CLIENT, "other"]),
        json!(["other", CLIENT]),
        json!(["other"]),
        json!("holdfast,other"),
        json!(true),
    ] {
        bad.push(("aud", value));
    }
    for value in [
        json!("other"),
        json!(""),
        json!("Holdfast"),
        json!([CLIENT]),
        json!(0),
    ] {
        bad.push(("azp", value));
    }
    for value in [
        gone.clone(),
        json!(""),
        json!(null),
        json!("other"),
        json!(NONCE.to_uppercase()),
        json!(format!("{NONCE} ")),
        json!([NONCE]),
        json!(0),
        json!(false),
    ] {
        bad.push(("nonce", value));
    }
    for value in [
        gone.clone(),
        json!(null),
        json!(now - 61),
        json!(now - 60),
        json!(now - 86_400),
        json!(0),
        json!(-1),
        json!("soon"),
        json!([now + 300]),
    ] {
        bad.push(("exp", value));
    }
    for value in [
        gone.clone(),
        json!(null),
        json!(now + 61),
        json!(now + 3_600),
        json!(now + 259_200),
        json!(now - 601),
        json!(now - 86_400),
        json!(0),
        json!(-1),
        json!("now"),
    ] {
        bad.push(("iat", value));
    }
    for value in [
        json!(now + 61),
        json!(now + 86_400),
        json!("later"),
        json!(null),
        json!([]),
    ] {
        bad.push(("nbf", value));
    }
    for value in [
        gone,
        json!(""),
        json!(null),
        json!(7),
        json!(["ann"]),
        json!("x".repeat(257)),
    ] {
        bad.push(("sub", value));
    }
    for value in [json!("AAAA"), json!(""), json!(B64.encode(&[0; 16]))] {
        bad.push(("at_hash", value));
    }
    bad
}

#[tokio::test]
async fn no_hostile_id_token_is_accepted() {
    let (keys, theirs, clock) = (Keys::fresh(), Keys::fresh(), TestClock::default());
    let provider = Provider::start(&keys);
    let found = providers(&clock).discover(&provider.issuer).await.unwrap();
    let settings = provider.settings();
    let (good, now) = (provider.claims(&clock), clock.now().as_second());
    let mut hostile: Vec<(String, String)> = Vec::new();
    for algorithm in [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ] {
        // The control: the same token, unspoilt.
        let control = judge(
            &found,
            &settings,
            &token(&keys, algorithm, &header(algorithm), &good),
            &clock,
        );
        assert_eq!(
            control.as_ref().map(|who| who.subject.as_str()),
            Ok("ann"),
            "{algorithm}: {control:?}"
        );
        for (claim, value) in bad_claims(&provider, now) {
            let spoilt = token(
                &keys,
                algorithm,
                &header(algorithm),
                &with(&good, claim, &value),
            );
            hostile.push((format!("{algorithm} {claim}={value}"), spoilt));
        }
        for (why, spoilt) in bad_envelopes(&keys, &theirs, algorithm, &good) {
            hostile.push((format!("{algorithm} {why}"), spoilt));
        }
    }
    assert!(hostile.len() >= 500, "{}", hostile.len());
    for (why, spoilt) in &hostile {
        let answer = judge(&found, &settings, spoilt, &clock);
        assert!(answer.is_err(), "{why}: {answer:?}");
    }
    eprintln!("{} hostile ID tokens refused", hostile.len());
}

/// Wrong headers, keys and signatures around good claims.
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn bad_envelopes(
    keys: &Keys,
    theirs: &Keys,
    algorithm: &str,
    good: &Value,
) -> Vec<(String, String)> {
    let right = header(algorithm);
    let sound = token(keys, algorithm, &right, good);
    let (signed, signature) = sound.rsplit_once('.').unwrap();
    let public = keys.rsa.public_key_to_pem().unwrap();
    let mut bad = vec![
        (
            "another's key".to_owned(),
            token(theirs, algorithm, &right, good),
        ),
        ("no signature".to_owned(), format!("{signed}.")),
        (
            "signature cut".to_owned(),
            format!("{signed}.{}", signature.split_at(signature.len() - 4).0),
        ),
        (
            "signature of zeros".to_owned(),
            format!("{signed}.{}", B64.encode(&[0; 64])),
        ),
        ("two parts".to_owned(), signed.to_owned()),
        ("four parts".to_owned(), format!("{sound}.{signature}")),
        ("padding".to_owned(), format!("{sound}=")),
    ];
    for (field, value) in [
        ("kid", json!("unknown")),
        ("kid", json!("enc")),
        ("kid", json!("../rsa")),
        ("kid", json!("")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("typ", json!("logout+jwt")),
        ("typ", json!("at+jwt")),
        ("cty", json!("JWT")),
        ("alg", json!("RS1")),
        ("alg", json!("none")),
        ("alg", json!("None")),
        ("alg", json!("")),
        ("alg", json!("HS256")),
        ("alg", json!("ES512")),
        ("alg", json!("RSA-OAEP")),
        ("alg", json!("dir")),
        ("alg", json!("<gone>")),
    ] {
        let header = with(&right, field, &value);
        bad.push((
            format!("{field}={value}"),
            token(keys, algorithm, &header, good),
        ));
    }
    for name in ["none", "NONE", "nOnE"] {
        let header = with(&right, "alg", &json!(name));
        bad.push((
            format!("unsigned {name}"),
            token(keys, "none", &header, good),
        ));
    }
    // The secret, the public key and nothing at all as keys of a MAC.
    for (name, digest) in [
        ("HS256", MessageDigest::sha256()),
        ("HS384", MessageDigest::sha384()),
        ("HS512", MessageDigest::sha512()),
    ] {
        let header = with(&right, "alg", &json!(name));
        let text = format!(
            "{}.{}",
            B64.encode(header.to_string().as_bytes()),
            B64.encode(good.to_string().as_bytes())
        );
        for (what, secret) in [
            ("secret", SECRET.as_bytes()),
            ("public key", public.as_slice()),
            ("zero", &[0][..]),
        ] {
            let mac = hmac(secret, digest, text.as_bytes());
            bad.push((
                format!("{name} by {what}"),
                format!("{text}.{}", B64.encode(&mac)),
            ));
        }
    }
    // A key that the token brings along.
    let mut own = with(&right, "jwk", &theirs.set()["keys"][0]);
    own = with(&own, "jku", &json!("https://evil.example/keys"));
    own = with(&own, "x5u", &json!("https://evil.example/cert"));
    bad.push((
        "its own key".to_owned(),
        token(theirs, algorithm, &own, good),
    ));
    // Other claims under a good signature.
    let other = B64.encode(with(good, "sub", &json!("bob")).to_string().as_bytes());
    let head = signed.split('.').next().unwrap();
    bad.push((
        "claims swapped".to_owned(),
        format!("{head}.{other}.{signature}"),
    ));
    bad
}

#[tokio::test]
async fn what_a_good_token_says_is_taken_over() {
    let (keys, clock) = (Keys::fresh(), TestClock::default());
    let provider = Provider::start(&keys);
    let found = providers(&clock).discover(&provider.issuer).await.unwrap();
    let settings = provider.settings();
    let good = provider.claims(&clock);
    let taken = |claims: &Value| {
        judge(
            &found,
            &settings,
            &token(&keys, "ES256", &header("ES256"), claims),
            &clock,
        )
        .unwrap()
    };
    let assertion = taken(&good);
    assert_eq!(assertion.groups, ["dev", "ops"]);
    assert_eq!(assertion.session_index.as_deref(), Some("s-1"));
    assert!(assertion.email_verified);
    // An address counts as verified only when the token says so.
    for value in [json!(false), json!(null), json!("<gone>")] {
        assert!(
            !taken(&with(&good, "email_verified", &value)).email_verified,
            "{value}"
        );
    }
    let now = clock.now().as_second();
    for (claim, value) in [
        ("exp", json!(now - 59)),
        ("iat", json!(now + 60)),
        ("iat", json!(now - 600)),
        ("nbf", json!(now + 60)),
        ("azp", json!(CLIENT)),
        ("aud", json!([CLIENT])),
        ("at_hash", json!(at_hash("access"))),
    ] {
        taken(&with(&good, claim, &value));
    }
    assert_eq!(taken(&with(&good, "groups", &json!("one"))).groups, ["one"]);
    assert!(
        taken(&with(&good, "groups", &json!({ "a": 1 })))
            .groups
            .is_empty()
    );
}

fn at_hash(access_token: &str) -> String {
    use sha2::Digest as _;
    B64.encode(&Sha256::digest(access_token.as_bytes())[..16])
}

#[test]
fn the_three_secrets_of_a_request_come_of_the_browser_s_and_do_not_tell_each_other() {
    let ids = domain::SystemIds::new(TestClock::default());
    let (one, other) = (SessionSecret::fresh(&ids), SessionSecret::fresh(&ids));
    let texts = |secret: &SessionSecret| {
        let RequestSecrets {
            state,
            nonce,
            verifier,
        } = RequestSecrets::derived(secret);
        [state, nonce, verifier].map(|text| text.expose_secret().to_owned())
    };
    assert_eq!(texts(&one), texts(&one));
    let mut all = [texts(&one), texts(&other)].concat();
    // RFC 7636, 4.1: 43 to 128 characters for the verifier.
    assert!(all.iter().all(|text| text.len() == 43));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);
}
