//! Answers that are signed, but by keys that nobody pinned.
//!
//! Attacks on the form are in `attacks.rs`. Invariant: the certificate of the attacker lies in the message where one could.

use super::super::idp::*;
use super::{Hostile, element, hostile};

/// Signatures of keys that are not pinned, with their certificates at hand.
pub(super) fn foreign(draft: &Draft, xml: &str, all: &mut Vec<Hostile>) {
    let admin = draft.with(|draft| draft.name_id = ADMIN.into());
    let by_attacker = admin.sign_by(&ATTACKER);
    let pretending = by_attacker.replace(&ATTACKER.certificate_text(), &RSA.certificate_text());
    let retrieval = "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:RetrievalMethod URI=\"http://127.0.0.1:9/key\" Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"/></ds:KeyInfo>";
    let key_info = element(&by_attacker, "KeyInfo").to_owned();
    let other_tenant = draft.with(|draft| {
        draft.issuer = "https://other-tenant.test/entity".into();
        draft.response_issuer = Some("https://other-tenant.test/entity".into());
    });
    let by_name = by_attacker.replacen(&key_info, "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:KeyName>idp</ds:KeyName></ds:KeyInfo>", 1);
    let messages = [
        by_attacker.clone(),
        pretending,
        by_attacker.replacen(&key_info, retrieval, 1),
        by_attacker.replacen(&key_info, "", 1),
        xml.replacen(element(xml, "KeyInfo"), retrieval, 1),
        other_tenant.sign(),
        other_tenant.sign_by(&ATTACKER),
        by_name,
        admin
            .with(|draft| {
                draft.signature_algorithm =
                    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512".into();
            })
            .sign_by(&ATTACKER),
    ];
    all.extend(messages.map(|xml| hostile("foreign keys", xml)));
}
