//! Checks an ID token (`OpenID` Connect Core 1.0, 3.1.3.7).
//!
//! Not for where it comes from. Invariant: only [`ALGORITHMS`] are taken: neither `none` nor anything that uses the client
//! secret as a key, whatever the provider's documents say.

use std::collections::BTreeMap;

use openidconnect::core::{CoreGenderClaim, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, ClaimsVerificationError, IdTokenClaims,
    IdTokenVerifier, SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::discovery::Token;
use super::{
    ClientId, Discovered, IssuerUrl, Nonce, OidcError, OidcSettings, SKEW_SECONDS,
    TOKEN_AGE_SECONDS_MAX, Timestamp, seconds_after, seconds_before,
};
use crate::assertion::{Assertion, SUBJECT_BYTES_MAX, bounded_groups};

/// Signatures that count.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beyond the standard's: groups under a name of the organization's choice, `sid`, `nbf`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Extra {
    #[serde(flatten)]
    claims: BTreeMap<String, Value>,
}

impl AdditionalClaims for Extra {}

/// What the token must fit.
pub(super) struct Expected<'a> {
    pub(super) settings: &'a OidcSettings,
    pub(super) nonce: Nonce,
    pub(super) access_token: Option<&'a AccessToken>,
    pub(super) now: Timestamp,
}

/// Checks everything and takes out what we use.
pub(super) fn verify(
    found: &Discovered,
    token: &Token,
    expected: &Expected<'_>,
) -> Result<Assertion, OidcError> {
    let verifier = verifier(found, expected.settings, expected.now)?;
    let claims = token
        .claims(&verifier, &expected.nonce)
        .map_err(|error| claims_error(&error))?;
    check_party(claims, expected.settings)?;
    check_not_before(claims, expected.now)?;
    check_access_token(token, &verifier, claims, expected.access_token)?;
    let subject = claims.subject().as_str();
    if subject.is_empty() || subject.len() > SUBJECT_BYTES_MAX {
        return Err(refused("the subject is empty or too long"));
    }
    let extra = &claims.additional_claims().claims;
    Ok(Assertion {
        subject: subject.to_owned(),
        email: claims.email().map(|email| email.as_str().to_owned()),
        email_verified: claims.email_verified() == Some(true),
        name: claims
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.as_str().to_owned()),
        groups: groups(extra.get(&expected.settings.groups_claim)),
        session_index: text(extra.get("sid")),
        // The code and the nonce are used once; the token never travels by the browser.
        one_time: None,
    })
}

fn verifier<'a>(
    found: &Discovered,
    settings: &OidcSettings,
    now: Timestamp,
) -> Result<IdTokenVerifier<'a, CoreJsonWebKey>, OidcError> {
    let issuer = IssuerUrl::new(settings.issuer.clone())
        .map_err(|error| OidcError::Discovery(error.to_string()))?;
    // Without our secret the library has no key for HS256 even if the list below grew by mistake.
    let verifier = IdTokenVerifier::new_public_client(
        ClientId::new(settings.client_id.clone()),
        issuer,
        found.keys().clone(),
    );
    let earliest = chrono_of(seconds_before(now, SKEW_SECONDS));
    let (oldest, newest) = (
        chrono_of(seconds_before(now, TOKEN_AGE_SECONDS_MAX)),
        chrono_of(seconds_after(now, SKEW_SECONDS)),
    );
    Ok(verifier
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || earliest)
        .set_issue_time_verifier_fn(move |issued| {
            if issued > newest {
                Err("issued in the future".to_owned())
            } else if issued < oldest {
                Err("issued too long ago".to_owned())
            } else {
                Ok(())
            }
        }))
}

type Claims = IdTokenClaims<Extra, CoreGenderClaim>;

/// The library leaves `azp` alone; further audiences it refuses.
fn check_party(claims: &Claims, settings: &OidcSettings) -> Result<(), OidcError> {
    match claims.authorized_party() {
        Some(party) if party.as_str() != settings.client_id => {
            Err(refused("it was made for another client (azp)"))
        }
        Some(_) | None => Ok(()),
    }
}

fn check_not_before(claims: &Claims, now: Timestamp) -> Result<(), OidcError> {
    let Some(value) = claims.additional_claims().claims.get("nbf") else {
        return Ok(());
    };
    let starts = value
        .as_i64()
        .and_then(|at| Timestamp::from_second(at).ok());
    if starts.is_some_and(|starts| starts <= seconds_after(now, SKEW_SECONDS)) {
        Ok(())
    } else {
        Err(refused("it is not valid yet (nbf)"))
    }
}

/// A token with `at_hash` is bound to the access token beside it.
fn check_access_token(
    token: &Token,
    verifier: &IdTokenVerifier<'_, CoreJsonWebKey>,
    claims: &Claims,
    access_token: Option<&AccessToken>,
) -> Result<(), OidcError> {
    let (Some(expected), Some(access_token)) = (claims.access_token_hash(), access_token) else {
        return Ok(());
    };
    let failed = |_error| refused("its at_hash cannot be computed");
    let algorithm = token.signing_alg().map_err(failed)?;
    let key = token.signing_key(verifier).map_err(failed)?;
    let actual = AccessTokenHash::from_token(access_token, algorithm, key)
        .map_err(|_error| refused("its at_hash cannot be computed"))?;
    if actual == *expected {
        Ok(())
    } else {
        Err(refused("it belongs to another access token (at_hash)"))
    }
}

/// The library's texts name values of the token; ours name the check only.
fn claims_error(error: &ClaimsVerificationError) -> OidcError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's list is open and grows"
    )]
    match error {
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        ) => OidcError::UnknownKey,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::DisallowedAlg(_),
        ) => refused("its algorithm is not allowed"),
        ClaimsVerificationError::SignatureVerification(_) => refused("its signature is wrong"),
        ClaimsVerificationError::Expired(_) => refused("its times are not now (exp, iat)"),
        ClaimsVerificationError::InvalidAudience(_) => refused("it is not for us alone (aud)"),
        ClaimsVerificationError::InvalidIssuer(_) => refused("another issuer made it (iss)"),
        ClaimsVerificationError::InvalidNonce(_) => refused("it answers another request (nonce)"),
        _ => refused("it is of an unknown kind"),
    }
}

pub(super) fn refused(why: &str) -> OidcError {
    OidcError::Token(why.to_owned())
}

pub(super) fn text(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    (!text.is_empty() && text.len() <= SUBJECT_BYTES_MAX).then(|| text.to_owned())
}

/// One group or a list of them; anything else is no group.
fn groups(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => bounded_groups([one.clone()]),
        Some(Value::Array(many)) => {
            bounded_groups(many.iter().filter_map(Value::as_str).map(str::to_owned))
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            Vec::new()
        }
    }
}

fn chrono_of(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(at.as_second(), 0).unwrap_or_default()
}
