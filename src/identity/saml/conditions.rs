//! Whether a verified answer is for us, for this request, and for now (saml-profiles-2.0-os 4.1.4.3, saml-core 2.5.1).
//!
//! Not signatures. Invariant: all times are compared with the injected clock; samael reads the host's, so its own tolerance is
//! set so wide that it never decides.

use jiff::{SignedDuration, Timestamp};
use samael::schema::{Assertion, AuthnStatement, Conditions, SubjectConfirmationData};

use super::gate::Answer;
use super::grammar::Kind;
use super::refusal::SamlRefusal;
use super::service_provider::{SamlExpectation, SamlServiceProvider};

/// How far two clocks may differ.
pub(super) const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);
/// How old an answer may be, whatever its provider allows: Entra ID writes answers that are good for an hour.
pub(super) const MAXIMUM_AGE: SignedDuration = SignedDuration::from_mins(10);

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// What an answer is compared with.
pub(super) struct Check<'a> {
    pub(super) service: &'a SamlServiceProvider,
    pub(super) expectation: &'a SamlExpectation,
    pub(super) now: Timestamp,
}

impl Check<'_> {
    /// The envelope. When only the assertion is signed nothing of it is proven, so it can refuse, never allow.
    pub(super) fn response(&self, answer: &Answer) -> Result<(), SamlRefusal> {
        let response = &answer.response;
        if response.required("Destination")? != self.service.acs_url() {
            return Err(SamlRefusal::Address("destination"));
        }
        self.in_response_to(response.attribute("InResponseTo"))?;
        if let Some(issuer) = response.child(Kind::Issuer)
            && issuer.text() != self.service.identity_provider().entity_id()
        {
            return Err(SamlRefusal::Issuer);
        }
        let issued = instant(response.required("IssueInstant")?)
            .ok_or(SamlRefusal::Value("IssueInstant"))?;
        self.fresh("response", issued)
    }

    /// The verified assertion. Returns until when it may be used.
    pub(super) fn assertion(&self, assertion: &Assertion) -> Result<Timestamp, SamlRefusal> {
        if assertion.issuer.value.as_deref() != Some(self.service.identity_provider().entity_id()) {
            return Err(SamlRefusal::Issuer);
        }
        let issued = time(&assertion.issue_instant)?;
        self.fresh("assertion", issued)?;
        let ends = [
            Some(issued.saturating_add(MAXIMUM_AGE).unwrap_or(Timestamp::MIN)),
            Some(self.confirmation(assertion)?),
            self.conditions(assertion.conditions.as_ref())?,
            self.statements(assertion.authn_statements.as_deref())?,
        ];
        let end = ends.into_iter().flatten().min();
        end.ok_or(SamlRefusal::Time("assertion"))
    }

    fn confirmation(&self, assertion: &Assertion) -> Result<Timestamp, SamlRefusal> {
        let subject = assertion.subject.as_ref();
        let confirmations = subject.and_then(|subject| subject.subject_confirmations.as_deref());
        let Some([confirmation]) = confirmations else {
            return Err(SamlRefusal::Missing("Subject", "SubjectConfirmation"));
        };
        if confirmation.method.as_deref() != Some(BEARER) {
            return Err(SamlRefusal::Value("Method"));
        }
        let Some(data) = confirmation.subject_confirmation_data.as_ref() else {
            return Err(SamlRefusal::Missing(
                "SubjectConfirmation",
                "SubjectConfirmationData",
            ));
        };
        self.confirmation_data(data)
    }

    fn confirmation_data(&self, data: &SubjectConfirmationData) -> Result<Timestamp, SamlRefusal> {
        if data.recipient.as_deref() != Some(self.service.acs_url()) {
            return Err(SamlRefusal::Address("recipient"));
        }
        self.in_response_to(data.in_response_to.as_deref())?;
        if let Some(start) = &data.not_before {
            self.begun("subject confirmation", time(start)?)?;
        }
        let Some(end) = &data.not_on_or_after else {
            return Err(SamlRefusal::Value("NotOnOrAfter"));
        };
        self.lasting("subject confirmation", time(end)?)
    }

    fn conditions(
        &self,
        conditions: Option<&Conditions>,
    ) -> Result<Option<Timestamp>, SamlRefusal> {
        let Some(conditions) = conditions else {
            return Err(SamlRefusal::Missing("Assertion", "Conditions"));
        };
        let audiences = conditions
            .audience_restrictions
            .as_deref()
            .unwrap_or_default();
        let is_ours = |audience: &String| audience == self.service.entity_id();
        // Several restrictions must all hold (saml-core 2.5.1.4); samael is content with one.
        if audiences.is_empty() || !audiences.iter().all(|one| one.audience.iter().any(is_ours)) {
            return Err(SamlRefusal::Audience);
        }
        if let Some(start) = &conditions.not_before {
            self.begun("conditions", time(start)?)?;
        }
        let end = conditions.not_on_or_after.as_ref();
        end.map(|end| self.lasting("conditions", time(end)?))
            .transpose()
    }

    fn statements(
        &self,
        statements: Option<&[AuthnStatement]>,
    ) -> Result<Option<Timestamp>, SamlRefusal> {
        let statements = statements.unwrap_or_default();
        if statements.is_empty() {
            return Err(SamlRefusal::Missing("Assertion", "AuthnStatement"));
        }
        let mut earliest = None;
        for statement in statements {
            let Some(start) = &statement.authn_instant else {
                return Err(SamlRefusal::Value("AuthnInstant"));
            };
            self.begun("authentication", time(start)?)?;
            if let Some(end) = &statement.session_not_on_or_after {
                let end = self.lasting("session", time(end)?)?;
                earliest = Some(earliest.map_or(end, |sooner: Timestamp| sooner.min(end)));
            }
        }
        Ok(earliest)
    }

    fn in_response_to(&self, id: Option<&str>) -> Result<(), SamlRefusal> {
        let is_expected = match self.expectation {
            SamlExpectation::AnswerTo(request) => id == Some(request.as_str()),
            SamlExpectation::Unsolicited => id.is_none(),
        };
        is_expected.then_some(()).ok_or(SamlRefusal::InResponseTo)
    }

    fn fresh(&self, what: &'static str, issued: Timestamp) -> Result<(), SamlRefusal> {
        self.begun(what, issued)?;
        let age = self.now.duration_since(issued);
        (age < MAXIMUM_AGE.saturating_add(CLOCK_SKEW))
            .then_some(())
            .ok_or(SamlRefusal::Time(what))
    }

    fn begun(&self, what: &'static str, start: Timestamp) -> Result<(), SamlRefusal> {
        (start.duration_since(self.now) <= CLOCK_SKEW)
            .then_some(())
            .ok_or(SamlRefusal::Time(what))
    }

    fn lasting(&self, what: &'static str, end: Timestamp) -> Result<Timestamp, SamlRefusal> {
        (self.now.duration_since(end) < CLOCK_SKEW)
            .then_some(end)
            .ok_or(SamlRefusal::Time(what))
    }
}

/// A time as SAML writes it: UTC with a `Z` (saml-core 1.3.3), and a year that no calendar overflows.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let is_plain = text.len() <= 32
        && text.ends_with('Z')
        && text.as_bytes().get(4) == Some(&b'-')
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "-:.TZ".contains(c));
    is_plain.then(|| text.parse().ok()).flatten()
}

/// A time of samael, whose calendar is chrono's.
fn time(at: &chrono::DateTime<chrono::Utc>) -> Result<Timestamp, SamlRefusal> {
    Timestamp::from_microsecond(at.timestamp_micros())
        .map_err(|_far| SamlRefusal::Time("assertion"))
}
