//! A provider on this machine, with keys of every kind, for the tests.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};

use super::*;
use crate::safe_client::{Rules, SystemResolver};

/// A provider's keys, one per kind.
pub(super) struct Keys {
    pub(super) rsa: PKey<Private>,
    pub(super) p256: PKey<Private>,
    pub(super) p384: PKey<Private>,
    pub(super) ed: PKey<Private>,
}

impl Keys {
    pub(super) fn fresh() -> Self {
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

    pub(super) fn set(&self) -> Value {
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

    pub(super) fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
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

pub(super) fn hmac(secret: &[u8], digest: MessageDigest, message: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(secret).unwrap();
    let mut signer = Signer::new(digest, &key).unwrap();
    signer.sign_oneshot_to_vec(message).unwrap()
}

pub(super) fn kid(algorithm: &str) -> &'static str {
    match algorithm {
        "ES256" => "p256",
        "ES384" => "p384",
        "EdDSA" => "ed",
        _ => "rsa",
    }
}

pub(super) fn token(keys: &Keys, algorithm: &str, header: &Value, claims: &Value) -> String {
    let signed = format!(
        "{}.{}",
        B64.encode(header.to_string().as_bytes()),
        B64.encode(claims.to_string().as_bytes())
    );
    let signature = keys.sign(algorithm, signed.as_bytes());
    format!("{signed}.{}", B64.encode(&signature))
}

pub(super) fn header(algorithm: &str) -> Value {
    json!({ "alg": algorithm, "kid": kid(algorithm), "typ": "JWT" })
}

/// A provider on this machine that answers discovery, keys and tokens with what the test put there.
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) answers: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    pub(super) keys_asked: Arc<AtomicUsize>,
    pub(super) bodies: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    pub(super) fn start(keys: &Keys) -> Self {
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

    pub(super) fn put(&self, path: &str, body: Value) {
        let body = (200, body.to_string());
        self.answers.lock().unwrap().insert(path.to_owned(), body);
    }

    pub(super) fn document(&self) -> Value {
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

    pub(super) fn settings(&self) -> OidcSettings {
        OidcSettings {
            issuer: self.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(SECRET.into()),
            groups_claim: "groups".to_owned(),
            redirect_uri: "https://holdfast.example/auth/oidc/callback/idp_1".to_owned(),
        }
    }

    pub(super) fn claims(&self, clock: &TestClock) -> Value {
        let now = clock.now().as_second();
        json!({
            "iss": self.issuer, "sub": "ann", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": NONCE,
            "email": "ann@corp.example", "email_verified": true, "name": "Ann", "groups": ["ops", "dev", "ops", 7],
            "sid": "s-1",
        })
    }
}

pub(super) fn read_request(stream: &mut std::net::TcpStream) -> String {
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

pub(super) fn secrets() -> RequestSecrets {
    RequestSecrets {
        state: "state-of-this-request".into(),
        nonce: NONCE.into(),
        verifier: "a-verifier-of-at-least-forty-three-characters-long".into(),
    }
}

pub(super) fn callback(provider: &Provider) -> Callback {
    Callback {
        code: "code-1".to_owned(),
        state: "state-of-this-request".to_owned(),
        issuer: Some(provider.issuer.clone()),
    }
}

pub(super) fn providers(clock: &TestClock) -> OidcProviders {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let http = SafeClient::new(Rules::with_loopback(), Arc::new(SystemResolver)).unwrap();
    OidcProviders::new(http, Arc::new(clock.clone()))
}
