//! T-38: tokens and answers that look right and are not. Every family has a control that is accepted.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64URL_NOPAD as B64;
use domain::TestClock;
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use serde_json::{Value, json};

use super::*;
use crate::safe_client::{Rules, SystemResolver};

const CLIENT: &str = "holdfast";
const NONCE: &str = "n-0S6_WzA2Mj-of-this-request";
const SECRET: &str = "stand-in-secret-stand-in-secret-1";

/// A provider's keys, one per kind.
struct Keys {
    rsa: PKey<Private>,
    p256: PKey<Private>,
    p384: PKey<Private>,
    ed: PKey<Private>,
}

impl Keys {
    fn fresh() -> Self {
        let ec = |nid| {
            let group = EcGroup::from_curve_name(nid).unwrap();
            PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
        };
        Self {
            rsa: PKey::from_rsa(Rsa::generate(2_048).unwrap()).unwrap(),
            p256: ec(Nid::X9_62_PRIME256V1),
            p384: ec(Nid::SECP384R1),
            ed: PKey::generate_ed25519().unwrap(),
        }
    }

    fn set(&self) -> Value {
        let rsa = self.rsa.rsa().unwrap();
        let point = |key: &PKey<Private>, size: i32| {
            let ec = key.ec_key().unwrap();
            let mut context = BigNumContext::new().unwrap();
            let (mut x, mut y) = (
                openssl::bn::BigNum::new().unwrap(),
                openssl::bn::BigNum::new().unwrap(),
            );
            ec.public_key()
                .affine_coordinates(ec.group(), &mut x, &mut y, &mut context)
                .unwrap();
            (
                B64.encode(&x.to_vec_padded(size).unwrap()),
                B64.encode(&y.to_vec_padded(size).unwrap()),
            )
        };
        let ((x256, y256), (x384, y384)) = (point(&self.p256, 32), point(&self.p384, 48));
        json!({ "keys": [
            { "kty": "RSA", "use": "sig", "kid": "rsa", "n": B64.encode(&rsa.n().to_vec()), "e": B64.encode(&rsa.e().to_vec()) },
            { "kty": "EC", "use": "sig", "kid": "p256", "crv": "P-256", "x": x256, "y": y256 },
            { "kty": "EC", "use": "sig", "kid": "p384", "crv": "P-384", "x": x384, "y": y384 },
            { "kty": "OKP", "use": "sig", "kid": "ed", "crv": "Ed25519", "x": B64.encode(&self.ed.raw_public_key().unwrap()) },
            { "kty": "RSA", "use": "enc", "kid": "enc", "n": B64.encode(&rsa.n().to_vec()), "e": B64.encode(&rsa.e().to_vec()) },
        ] })
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let digest = match algorithm.get(2..) {
            Some("384") => MessageDigest::sha384(),
            Some("512") => MessageDigest::sha512(),
            _ => MessageDigest::sha256(),
        };
        let signed = |key: &PKey<Private>, pss: bool| {
            let mut signer = Signer::new(digest, key).unwrap();
            if pss {
                signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
                signer
                    .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
                    .unwrap();
            }
            signer.sign_oneshot_to_vec(message).unwrap()
        };
        let raw = |key: &PKey<Private>, size| {
            let pair = EcdsaSig::from_der(&signed(key, false)).unwrap();
            let mut bytes = pair.r().to_vec_padded(size).unwrap();
            bytes.extend(pair.s().to_vec_padded(size).unwrap());
            bytes
        };
        match algorithm {
            "ES256" => raw(&self.p256, 32),
            "ES384" => raw(&self.p384, 48),
            "EdDSA" => {
                let mut signer = Signer::new_without_digest(&self.ed).unwrap();
                signer.sign_oneshot_to_vec(message).unwrap()
            }
            "none" => Vec::new(),
            text if text.starts_with("HS") => hmac(SECRET.as_bytes(), digest, message),
            text => signed(&self.rsa, text.starts_with("PS")),
        }
    }
}

fn hmac(secret: &[u8], digest: MessageDigest, message: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(secret).unwrap();
    let mut signer = Signer::new(digest, &key).unwrap();
    signer.sign_oneshot_to_vec(message).unwrap()
}

fn kid(algorithm: &str) -> &'static str {
    match algorithm {
        "ES256" => "p256",
        "ES384" => "p384",
        "EdDSA" => "ed",
        _ => "rsa",
    }
}

fn token(keys: &Keys, algorithm: &str, header: &Value, claims: &Value) -> String {
    let signed = format!(
        "{}.{}",
        B64.encode(header.to_string().as_bytes()),
        B64.encode(claims.to_string().as_bytes())
    );
    let signature = keys.sign(algorithm, signed.as_bytes());
    format!("{signed}.{}", B64.encode(&signature))
}

fn header(algorithm: &str) -> Value {
    json!({ "alg": algorithm, "kid": kid(algorithm), "typ": "JWT" })
}

/// A provider on this machine that answers discovery, keys and tokens with what the test put there.
struct Provider {
    issuer: String,
    answers: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    keys_asked: Arc<AtomicUsize>,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    fn start(keys: &Keys) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self {
            issuer,
            answers: Arc::default(),
            keys_asked: Arc::default(),
            bodies: Arc::default(),
        };
        let (answers, asked, bodies) = (
            provider.answers.clone(),
            provider.keys_asked.clone(),
            provider.bodies.clone(),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let text = read_request(&mut stream);
                let path = text.split(' ').nth(1).unwrap_or("/").to_owned();
                if path == "/keys" {
                    asked.fetch_add(1, Ordering::SeqCst);
                }
                bodies.lock().unwrap().push(text);
                let known = answers.lock().unwrap().get(&path).cloned();
                let (status, body) = known.unwrap_or((404, "{}".to_owned()));
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _sent = stream.write_all(answer.as_bytes());
            }
        });
        provider.put("/.well-known/openid-configuration", provider.document());
        provider.put("/keys", keys.set());
        provider
    }

    fn put(&self, path: &str, body: Value) {
        let body = (200, body.to_string());
        self.answers.lock().unwrap().insert(path.to_owned(), body);
    }

    fn document(&self) -> Value {
        let issuer = &self.issuer;
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
            "end_session_endpoint": format!("{issuer}/end"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            // All of them are announced, the forbidden ones too: what counts is our list.
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn settings(&self) -> OidcSettings {
        OidcSettings {
            issuer: self.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(SECRET.into()),
            groups_claim: "groups".to_owned(),
            redirect_uri: "https://holdfast.example/auth/oidc/callback/idp_1".to_owned(),
        }
    }

    fn claims(&self, clock: &TestClock) -> Value {
        let now = clock.now().as_second();
        json!({
            "iss": self.issuer, "sub": "ann", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": NONCE,
            "email": "ann@corp.example", "email_verified": true, "name": "Ann", "groups": ["ops", "dev", "ops", 7],
            "sid": "s-1",
        })
    }
}

fn read_request(stream: &mut std::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 4_096];
    loop {
        let length = stream.read(&mut buffer).unwrap_or(0);
        bytes.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let wanted = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")
                        .map(str::to_owned)
                })
                .and_then(|length| length.parse().ok())
                .unwrap_or(0_usize);
            if body.len() >= wanted {
                return text;
            }
        }
        if length == 0 {
            return text;
        }
    }
}

fn secrets() -> RequestSecrets {
    RequestSecrets {
        state: "state-of-this-request".into(),
        nonce: NONCE.into(),
        verifier: "a-verifier-of-at-least-forty-three-characters-long".into(),
    }
}

fn callback(provider: &Provider) -> Callback {
    Callback {
        code: "code-1".to_owned(),
        state: "state-of-this-request".to_owned(),
        issuer: Some(provider.issuer.clone()),
    }
}

fn providers(clock: &TestClock) -> OidcProviders {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let http = SafeClient::new(Rules::with_loopback(), Arc::new(SystemResolver)).unwrap();
    OidcProviders::new(http, Arc::new(clock.clone()))
}

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
