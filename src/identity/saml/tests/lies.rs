//! Answers that the provider really signed, and that are not for us, not for this request, or not for now.
//!
//! Attacks on the form are in `attacks.rs`. Invariant: the signature is good, so only a check of ours can refuse.

use jiff::{SignedDuration, Timestamp};

use super::attacks::Hostile;
use super::idp::*;

type Change = Box<dyn FnOnce(&mut Draft)>;

fn at(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn change(change: impl FnOnce(&mut Draft) + 'static) -> Change {
    Box::new(change)
}

pub(super) fn all() -> Vec<Hostile> {
    let mut all = Vec::new();
    for style in styles() {
        for signed in SIGNED {
            let changes = addresses().into_iter().map(|one| ("addresses", one));
            let changes = changes
                .chain(times().into_iter().map(|one| ("times", one)))
                .chain(structure().into_iter().map(|one| ("structure", one)));
            for (family, change) in changes {
                let xml = Draft::new(&style, signed).with(change).sign();
                all.push(Hostile {
                    family,
                    xml,
                    encoded: None,
                });
            }
        }
    }
    all
}

fn addresses() -> Vec<Change> {
    let other = "https://other.test/saml";
    vec![
        change(move |d| d.destination = Some(other.into())),
        change(|d| d.destination = Some(format!("{ACS}/"))),
        change(|d| d.destination = None),
        change(move |d| d.recipient = Some(other.into())),
        change(|d| d.recipient = Some(ACS.replace("p1", "p2"))),
        change(|d| d.recipient = None),
        change(move |d| d.audiences = vec![vec![other.into()]]),
        change(|d| d.audiences = vec![vec![SERVICE.replace("p1", "p2")]]),
        change(move |d| d.audiences = vec![vec![SERVICE.into()], vec![other.into()]]),
        change(|d| d.audiences = Vec::new()),
        change(|d| d.audiences = vec![vec![String::new()]]),
        change(|d| d.audiences = vec![vec![SERVICE.to_uppercase()]]),
        change(move |d| d.issuer = other.into()),
        change(|d| d.issuer = format!("{PROVIDER}/")),
        change(|d| d.issuer = String::new()),
        change(move |d| d.response_issuer = Some(other.into())),
        change(|d| d.in_response_to = Some("_another".into())),
        change(|d| d.in_response_to = None),
        change(|d| d.confirmed_in_response_to = Some("_another".into())),
        change(|d| d.confirmed_in_response_to = None),
        change(|d| {
            d.in_response_to = None;
            d.confirmed_in_response_to = None;
        }),
    ]
}

fn times() -> Vec<Change> {
    vec![
        change(|d| d.issued = at(3 * 24 * 60)),
        change(|d| d.issued = at(2)),
        change(|d| d.issued = at(-12)),
        change(|d| d.response_issued = at(2)),
        change(|d| d.response_issued = at(-12)),
        change(|d| d.not_before = at(2)),
        change(|d| d.not_on_or_after = at(-2)),
        change(|d| d.confirmed_until = Some(at(-2))),
        change(|d| d.confirmed_until = None),
        change(|d| d.session_end = Some(at(-3 * 24 * 60))),
        change(|d| d.session_end = Some(at(-2))),
        change(|d| d.authenticated = at(2)),
        change(|d| {
            d.issued = at(-60);
            d.response_issued = at(-60);
        }),
    ]
}

fn structure() -> Vec<Change> {
    let failures = ["Requester", "Responder", "AuthnFailed", "VersionMismatch"];
    let mut all: Vec<Change> = failures
        .map(|code| {
            change(move |d| d.status = format!("urn:oasis:names:tc:SAML:2.0:status:{code}"))
        })
        .into();
    all.extend([
        change(|d| d.has_conditions = false),
        change(|d| d.has_statement = false),
        change(|d| d.version = "1.1".into()),
        change(|d| d.method = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches".into()),
        change(|d| d.method = String::new()),
        change(|d| d.name_id = String::new()),
        change(|d| d.name_id = "  ".into()),
        change(|d| d.name_id = "a".repeat(300)),
        change(|d| d.name_id = "ann\n@corp.test".into()),
        change(|d| d.format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient".into())),
        change(|d| d.extra = "<saml:Advice xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>".into()),
        change(|d| {
            d.extra = "<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>admin@corp.test</saml:NameID></saml:Subject>".into();
        }),
        change(|d| {
            d.extra = "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>".into();
        }),
    ]);
    all
}
