//! Not one hostile message is accepted, each is answered quickly, and they are not harmless (T-36).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use super::attacks::{self, Hostile};
use super::idp::*;
use super::{lies, naive};
use crate::saml::SamlRefusal;

/// The fewest different messages (issue 3).
const LEAST_MESSAGES: usize = 1_000;
/// The slowest answer.
const SLOWEST: Duration = Duration::from_millis(200);

/// Made once: to sign thousands of documents takes longer than to check them.
static MESSAGES: LazyLock<Vec<Hostile>> = LazyLock::new(messages);

fn messages() -> Vec<Hostile> {
    let mut all = attacks::all();
    all.extend(lies::all());
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(one.encoded.clone().unwrap_or_else(|| encode(&one.xml))));
    all
}

#[derive(Default, Debug)]
struct Tally {
    messages: usize,
    by_gate: usize,
    naive: usize,
    samael: usize,
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "measures how long an answer takes"
)]
fn no_hostile_message_is_accepted_and_naive_readers_believe_many() {
    let service = service();
    assert!(MESSAGES.len() >= LEAST_MESSAGES, "only {}", MESSAGES.len());
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for one in MESSAGES.iter() {
        let encoded = one.encoded.clone().unwrap_or_else(|| encode(&one.xml));
        let start = std::time::Instant::now();
        let answer = service.accept_now(&encoded, &expectation(), now());
        let took = start.elapsed();
        let refusal = match answer {
            Err(refusal) => refusal,
            Ok(assertion) => panic!("{}: accepted {assertion:?}\n{}", one.family, one.xml),
        };
        assert!(took < SLOWEST, "{}: {took:?}", one.family);
        let tally = tallies.entry(one.family).or_default();
        tally.messages += 1;
        tally.by_gate += usize::from(!matches!(refusal, SamlRefusal::Signature));
        // A naive reader would fetch these, and a test must not.
        let is_external = ["URI=\"http", "URI=\"file"]
            .iter()
            .any(|uri| one.xml.contains(uri));
        if one.encoded.is_none() && !is_external {
            tally.naive += usize::from(naive::signature_somewhere(&one.xml).is_some());
            tally.samael += usize::from(naive::samael_alone(&one.xml));
        }
    }
    eprintln!("{} messages, 0 accepted", MESSAGES.len());
    for (family, tally) in &tallies {
        eprintln!("{family:14} {tally:?}");
    }
    // A family that nobody believes would prove nothing: a reader of one signature believes these.
    for family in [
        "addresses",
        "times",
        "structure",
        "comments",
        "wrapping",
        "algorithms",
        "transforms",
    ] {
        let tally = &tallies[family];
        assert!(
            tally.naive * 5 >= tally.messages,
            "{family} is harmless: {tally:?}"
        );
    }
    for family in ["times", "algorithms"] {
        assert!(
            tallies[family].samael > 0,
            "{family}: samael alone refuses all"
        );
    }
}

#[test]
fn wrapped_answers_sign_on_the_attacker_at_a_naive_reader() {
    let wrapped = MESSAGES.iter().filter(|one| one.family == "wrapping");
    let fooled =
        wrapped.filter(|one| naive::signature_somewhere(&one.xml).as_deref() == Some(ADMIN));
    assert!(fooled.count() >= 50);
}

#[test]
fn a_comment_cuts_the_name_at_a_naive_reader() {
    let cut = MESSAGES.iter().filter(|one| one.family == "comments");
    let fooled = cut.filter(|one| naive::signature_somewhere(&one.xml).as_deref() == Some(ADMIN));
    assert!(fooled.count() >= 15);
}

#[test]
fn unsigned_answers_are_believed_by_a_reader_that_checks_nothing() {
    let unsigned = MESSAGES.iter().filter(|one| one.family == "unsigned");
    assert!(
        unsigned
            .filter(|one| naive::nothing_checked(&one.xml).is_some())
            .count()
            >= 50
    );
}
