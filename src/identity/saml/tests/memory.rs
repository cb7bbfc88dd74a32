//! What hostile messages leave behind in memory: next to nothing (T-36).
//!
//! Not for why they are refused (`hostile.rs`). Invariant: it runs in a process of its own, as nextest gives one to every test, or the
//! memory of others would be measured with it.

use super::idp::*;
use crate::saml::MAXIMUM_MESSAGE_CHARACTERS;

/// The most that may be left behind by all of them (T-36).
const GROWTH_MAX_KIB: i64 = 20 * 1_024;
/// How often each message comes; what is left behind by one is left behind by each.
const ROUNDS: usize = 25;
/// Where more is put into a signed answer.
const END: &str = "</saml:Assertion>";

/// The end of one value and the beginning of the next.
const VALUES: &str = "</saml:AttributeValue><saml:AttributeValue>";

/// What of this process is in memory, in KiB.
fn resident_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let words = line.unwrap().split_whitespace();
    words.rev().nth(1).unwrap().parse().unwrap()
}

/// Entities that name the one before ten times each.
fn laughs(levels: usize) -> String {
    let entities: String = (1..levels)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    format!("<!DOCTYPE r [<!ENTITY l0 \"ha\">{entities}]>")
}

/// What is there to blow memory up, with a name; some larger than what is read, some as large as what is.
fn messages() -> Vec<(&'static str, String)> {
    let [.., style] = styles();
    let signed = Draft::new(&style, Signed::Both).sign();
    assert!(signed.contains(END), "{signed}");
    let inside = |more: &str| signed.replacen(END, &format!("{more}{END}"), 1);
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let attribute = |name: &str, value: &str| {
        format!(
            "<saml:AttributeStatement><saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
        )
    };
    // Of base64, four characters are three bytes.
    let fits = MAXIMUM_MESSAGE_CHARACTERS / 4 * 3 - signed.len() - 1_000;
    let megabyte = "A".repeat(1 << 20);
    let filled = "A".repeat(fits);
    let laugh = |levels: usize, last: usize| {
        let body = signed.replacen("ann@corp.test<", &format!("&l{last};<"), 1);
        assert_ne!(body, signed);
        format!("{}{body}", laughs(levels))
    };
    let many: String = (0..fits / 20).map(|n| format!(" a{n}=\"x\"")).collect();
    let spaces: String = (0..fits / 30)
        .map(|n| format!(" xmlns:n{n}=\"u:{n}\""))
        .collect();
    // As large as they may be, and refused only after all of it was hashed, because the key is not the provider's.
    let foreign = |extra: String| {
        let draft = Draft::new(&style, Signed::Both).with(|draft| draft.extra = extra);
        draft.sign_by(&ATTACKER)
    };
    let documents = [
        ("foreign value", foreign(attribute("x", &filled))),
        (
            "foreign values",
            foreign(attribute("x", VALUES.repeat(1_000).as_str())),
        ),
        ("laughs", laugh(10, 9)),
        ("more laughs", laugh(1_000, 999)),
        ("deep", inside(&nested(fits / 7))),
        ("deeper", inside(&nested(200_000))),
        ("long name", inside(&attribute(&filled, "x"))),
        ("long value", inside(&attribute("x", &filled))),
        ("longer name", inside(&attribute(&megabyte, "x"))),
        ("longer value", inside(&attribute("x", &megabyte))),
        ("many attributes", inside(&format!("<a{many}/>"))),
        ("many namespaces", inside(&format!("<a{spaces}/>"))),
        ("many elements", inside(&"<a/>".repeat(fits / 4))),
    ];
    let mut all: Vec<_> = documents
        .into_iter()
        .map(|(name, xml)| (name, encode(&xml)))
        .collect();
    all.push(("base64 of nothing", "A".repeat(8 << 20)));
    all.push(("base64 that fits", "A".repeat(MAXIMUM_MESSAGE_CHARACTERS)));
    all
}

#[test]
fn hostile_messages_leave_next_to_nothing_behind_in_memory() {
    let service = service();
    let refuse = |name: &str, message: &str| {
        let answer = service.accept_now(message, &expectation(), now());
        assert!(answer.is_err(), "{name} was accepted");
    };
    let messages = messages();
    let read = |message: &&(&str, String)| message.1.len() <= MAXIMUM_MESSAGE_CHARACTERS;
    assert!(
        messages.iter().filter(read).count() >= 7,
        "few are read at all"
    );
    // What libraries load once is loaded by the first; one that is accepted goes all the way.
    let [.., style] = styles();
    let honest = encode(&Draft::new(&style, Signed::Both).sign());
    assert!(service.accept_now(&honest, &expectation(), now()).is_ok());
    for (name, message) in &messages {
        refuse(name, message);
    }
    let before = resident_kib();
    for (name, message) in &messages {
        for _ in 0..ROUNDS {
            refuse(name, message);
        }
        let growth = resident_kib() - before;
        eprintln!("{name}: {} characters, {growth} KiB", message.len());
        assert!(growth <= GROWTH_MAX_KIB, "{name}: {growth} KiB");
    }
}
