//! DNS domains that an organization says are its own, and the proof.
//!
//! Not for asking the DNS (`identity`). Invariant: a proven domain belongs to one organization of the installation; only for a
//! proven domain may a provider bring new people (reliability.md I7).

use jiff::Timestamp;

use crate::ids::{DomainProofId, OrganizationId};

/// Most domains of one organization.
pub const DOMAINS_MAX: usize = 100;
/// What stands before the domain in the name of the record.
pub const RECORD_LABEL: &str = "_holdfast-challenge";
/// What stands before the token in the record.
pub const RECORD_PREFIX: &str = "holdfast-domain-verification=";

/// A claimed domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainProof {
    /// Its id.
    pub id: DomainProofId,
    /// Who claims it.
    pub organization_id: OrganizationId,
    /// The domain, in lower case, international names in their ASCII form.
    pub domain: String,
    /// What the DNS must show; no secret.
    pub token: String,
    /// When the domain was claimed.
    pub created_at: Timestamp,
    /// When the DNS showed it; none before.
    pub proven_at: Option<Timestamp>,
}

impl DomainProof {
    /// The name of the TXT record.
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("{RECORD_LABEL}.{}", self.domain)
    }

    /// The text of the TXT record.
    #[must_use]
    pub fn record_text(&self) -> String {
        format!("{RECORD_PREFIX}{}", self.token)
    }
}

/// A domain in its one form; none when it cannot be one (RFC 1035 lengths, at least two labels, letters, digits, hyphens;
/// addresses are no domains).
#[must_use]
pub fn normalize_domain(text: &str) -> Option<String> {
    let domain = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let has_name = labels
        .last()
        .is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    let fits = domain.len() < 253 - RECORD_LABEL.len() && labels.len() >= 2;
    (fits && has_name && labels.iter().all(is_label)).then_some(domain)
}

/// The domain of an e-mail address in the form of [`normalize_domain`].
#[must_use]
pub fn domain_of_email(email: &str) -> Option<String> {
    normalize_domain(email.rsplit_once('@')?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_have_one_form() {
        for text in ["corp.example", " Corp.Example. ", "CORP.EXAMPLE"] {
            assert_eq!(normalize_domain(text).as_deref(), Some("corp.example"));
        }
        assert_eq!(
            domain_of_email("ann@Corp.example").as_deref(),
            Some("corp.example")
        );
        assert!(normalize_domain("xn--bcher-kva.example").is_some());
    }

    #[test]
    fn what_cannot_be_a_domain_is_refused() {
        let long = format!("{}.example", "a".repeat(64));
        let longer = format!("{}example", "a.".repeat(124));
        for text in [
            "",
            ".",
            "com",
            "corp",
            "10.0.0.1",
            "-a.example",
            "a-.example",
            "a..example",
            "a b.example",
            "*.example",
            "_x.example",
            "bücher.example",
            "a@b.example",
            "corp.example/x",
            "corp.example:53",
            long.as_str(),
            longer.as_str(),
        ] {
            assert_eq!(normalize_domain(text), None, "{text}");
        }
        for email in ["ann", "ann@", "ann@corp"] {
            assert_eq!(domain_of_email(email), None, "{email}");
        }
    }
}
