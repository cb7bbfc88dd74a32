//! Checks a back-channel logout token (`OpenID` Connect Back-Channel Logout 1.0, 2.4 and 2.6).
//!
//! Not for ending sessions (`app`). The library has no logout tokens, so the compact form is read here; the signature is the
//! library's work. Invariant: an ID token is never taken for a logout token, nor the other way round.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::{CoreJsonWebKeyUse, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, JsonWebKeyId};
use serde::Deserialize;
use serde_json::Value;

use super::id_token::{ALGORITHMS, refused, text};
use super::{
    Discovered, OidcError, OidcSettings, SKEW_SECONDS, TOKEN_AGE_SECONDS_MAX, Timestamp,
    seconds_after, seconds_before,
};
use crate::assertion::OneTime;

/// The event that a logout token carries.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Who was signed out at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// The person; none when the provider names a session only.
    pub subject: Option<String>,
    /// The session; none means every session of the person.
    pub session_index: Option<String>,
    /// The notice is to be taken once.
    pub one_time: OneTime,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
    cty: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Value,
    iat: i64,
    exp: i64,
    jti: String,
    events: Value,
    sub: Option<Value>,
    sid: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    nonce: bool,
}

/// Whether the member is there, be it null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Checks everything.
pub(super) fn verify(
    found: &Discovered,
    settings: &OidcSettings,
    token: &str,
    now: Timestamp,
) -> Result<LogoutNotice, OidcError> {
    let malformed = || refused("it is malformed");
    if token.len() > TOKEN_BYTES_MAX {
        return Err(malformed());
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed());
    };
    let decode = |text: &str| {
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_garbage| malformed())
    };
    let signed = format!("{header}.{payload}");
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_garbage| malformed())?;
    check_signature(found, &header, signed.as_bytes(), &decode(signature)?)?;
    let claims: Claims =
        serde_json::from_slice(&decode(payload)?).map_err(|_garbage| malformed())?;
    check_claims(&claims, settings, now)?;
    // An older token is refused by its age, however late it says that it ends.
    let last = claims
        .exp
        .min(claims.iat.saturating_add(TOKEN_AGE_SECONDS_MAX));
    let runs_out = Timestamp::from_second(last).map_err(|_range| malformed())?;
    Ok(LogoutNotice {
        subject: text(claims.sub.as_ref()),
        session_index: text(claims.sid.as_ref()),
        one_time: OneTime {
            id: claims.jti,
            expires_at: seconds_after(runs_out, SKEW_SECONDS),
        },
    })
}

fn check_signature(
    found: &Discovered,
    header: &Header,
    signed: &[u8],
    signature: &[u8],
) -> Result<(), OidcError> {
    if !ALGORITHMS.contains(&header.alg) {
        return Err(refused("its algorithm is not allowed"));
    }
    let kind = header.typ.as_deref().map(str::to_ascii_lowercase);
    if !matches!(kind.as_deref(), None | Some("logout+jwt" | "jwt"))
        || header.crit.is_some()
        || header.cty.is_some()
    {
        return Err(refused("it is of an unknown kind"));
    }
    let wanted = header.kid.clone().map(JsonWebKeyId::new);
    let fits = |key: &&openidconnect::core::CoreJsonWebKey| {
        let is_for_signing = matches!(key.key_use(), None | Some(CoreJsonWebKeyUse::Signature));
        is_for_signing && (wanted.is_none() || key.key_id() == wanted.as_ref())
    };
    let mut candidates = found.keys().keys().iter().filter(fits).peekable();
    if candidates.peek().is_none() {
        return Err(OidcError::UnknownKey);
    }
    if candidates.any(|key| key.verify_signature(&header.alg, signed, signature).is_ok()) {
        Ok(())
    } else {
        Err(refused("its signature is wrong"))
    }
}

fn check_claims(claims: &Claims, settings: &OidcSettings, now: Timestamp) -> Result<(), OidcError> {
    if claims.iss != settings.issuer {
        return Err(refused("another issuer made it (iss)"));
    }
    let is_for_us = match &claims.aud {
        Value::String(one) => *one == settings.client_id,
        Value::Array(many) => {
            matches!(many.as_slice(), [Value::String(one)] if *one == settings.client_id)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    if !is_for_us {
        return Err(refused("it is not for us alone (aud)"));
    }
    let issued = claims.iat <= seconds_after(now, SKEW_SECONDS).as_second()
        && claims.iat >= seconds_before(now, TOKEN_AGE_SECONDS_MAX).as_second();
    let alive = claims.exp > seconds_before(now, SKEW_SECONDS).as_second();
    if !issued || !alive {
        return Err(refused("its times are not now (exp, iat)"));
    }
    if claims.nonce {
        return Err(refused("it has a nonce, so it is no logout token"));
    }
    if !claims.events.get(EVENT).is_some_and(Value::is_object) {
        return Err(refused("it has no logout event"));
    }
    if claims.jti.is_empty() || claims.jti.len() > 256 {
        return Err(refused("it has no usable id (jti)"));
    }
    if text(claims.sub.as_ref()).is_none() && text(claims.sid.as_ref()).is_none() {
        return Err(refused("it names neither a person nor a session"));
    }
    Ok(())
}
