//! T-51: whatever is done to a log, its last exported checkpoint shows it.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::audit::{Interface, Outcome};
use crate::task::Actor;
use crate::{AuditEventId, OrganizationId, UserId};

/// Tampered logs that are tried.
const TAMPERS: u32 = 10_000;

fn organization() -> OrganizationId {
    OrganizationId::from_uuid(uuid::Uuid::from_u128(1))
}

fn event(number: u64) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::from_uuid(uuid::Uuid::from_u128(u128::from(number) + 1)),
        organization_id: organization(),
        occurred_at: Timestamp::from_microsecond(
            1_800_000_000_000_000 + i64::try_from(number).unwrap(),
        )
        .unwrap(),
        actor: if number.is_multiple_of(3) {
            Actor::System
        } else {
            Actor::User(UserId::from_uuid(uuid::Uuid::from_u128(5)))
        },
        interface: Interface::Console,
        action: format!("action_{}", number % 5),
        target: number.is_multiple_of(2).then(|| format!("policy_{number}")),
        outcome: Outcome::Success,
        summary: json!({ "name": format!("n{number}"), "count": number }),
        address: Some("192.0.2.1".to_owned()),
        request_id: format!("r{number}"),
    }
}

fn chain(events: impl Iterator<Item = AuditEvent>) -> Vec<Recorded> {
    let (mut sequence, mut head, mut made) = (0, Hash::START, Vec::new());
    for event in events {
        let next = extend(event, sequence, head);
        (sequence, head) = (next.sequence, next.hash);
        made.push(next);
    }
    made
}

/// A checkpoint that covers `size` events after `anchor` were cut off.
fn checkpoint(log: &[Recorded], size: usize, anchor: usize) -> Checkpoint {
    let hash_at = |count: usize| {
        let last = count.checked_sub(1);
        last.map_or(Hash::START, |last| log[last].hash)
    };
    Checkpoint {
        organization_id: organization(),
        size: u64::try_from(size).unwrap(),
        head: hash_at(size),
        anchor_size: u64::try_from(anchor).unwrap(),
        anchor: hash_at(anchor),
        made_at: Timestamp::UNIX_EPOCH,
    }
}

fn verify(entries: &[Entry], checkpoint: Checkpoint) -> Result<Verified, Broken> {
    let mut verifier = Verifier::new(checkpoint);
    for entry in entries {
        // As an export has it: what is checked is what was written down.
        let line = Entry::from_line(&entry.to_line()).unwrap();
        verifier.next(&line)?;
    }
    verifier.finish()
}

fn entries(log: &[Recorded]) -> Vec<Entry> {
    log.iter().map(Entry::from).collect()
}

#[test]
fn an_untouched_log_is_accepted_also_after_a_cut_and_beyond_the_checkpoint() {
    let log = chain((0..20).map(event));
    let all = entries(&log);
    let shown = verify(&all, checkpoint(&log, 15, 0)).unwrap();
    assert_eq!((shown.first, shown.last, shown.covered), (1, 20, 15));
    let shown = verify(&all[5..], checkpoint(&log, 15, 5)).unwrap();
    assert_eq!((shown.first, shown.last), (6, 20));
    // A cut that was announced and not yet made, and one that was made beyond what this checkpoint knows.
    assert!(verify(&all[3..], checkpoint(&log, 15, 5)).is_ok());
    assert_eq!(
        verify(&all[6..], checkpoint(&log, 15, 5)),
        Err(Broken::Start {
            expected: 6,
            found: 7
        })
    );
    assert!(verify(&[], checkpoint(&log, 20, 20)).is_ok());
    assert!(verify(&[], checkpoint(&log, 0, 0)).is_ok());
    assert!(verify(&[], checkpoint(&log, 1, 0)).is_err());
}

#[test]
fn the_hash_is_what_the_documentation_says() {
    // Computed with another program from the description in docs/audit.md.
    let first = extend(event(1), 0, Hash::START);
    let text = canonical::text(&record(&first.event, 1));
    assert_eq!(
        text,
        "{\"action\":\"action_1\",\"actor\":{\"id\":\"user_0000000000000000000000000m\",\"kind\":\"user\"},\"address\":\"192.0.2.1\",\
         \"id\":\"audit_00000000000000000000000008\",\"interface\":\"console\",\"occurred_at\":\"2027-01-15T08:00:00.000001Z\",\
         \"organization_id\":\"org_00000000000000000000000004\",\"outcome\":\"success\",\"request_id\":\"r1\",\
         \"sequence\":1,\"summary\":{\"count\":1,\"name\":\"n1\"},\"target\":null,\"version\":1}"
    );
    assert_eq!(
        first.hash.to_string(),
        "853c4e17eb9c88e0ad2c49470fa47066b5ea5b4fda3f3bfdc2e31eb90c9d054f"
    );
}

/// What an intruder does to the events that the checkpoint covers.
#[derive(Debug, Clone)]
enum Tamper {
    Edit(usize, usize, bool),
    Delete(usize, usize, bool),
    Insert(usize, bool),
    Swap(usize, usize, bool),
    Truncate(usize),
    Behead(usize, bool),
    RewriteAll(usize),
    ForgeHash(usize, u8),
    Double(usize),
}

fn tampers() -> impl Strategy<Value = Tamper> {
    let place = 0_usize..1_000;
    prop_oneof![
        (place.clone(), 0_usize..11, any::<bool>()).prop_map(|(p, f, r)| Tamper::Edit(p, f, r)),
        (place.clone(), 1_usize..4, any::<bool>()).prop_map(|(p, n, r)| Tamper::Delete(p, n, r)),
        (place.clone(), any::<bool>()).prop_map(|(p, r)| Tamper::Insert(p, r)),
        (place.clone(), place.clone(), any::<bool>()).prop_map(|(a, b, r)| Tamper::Swap(a, b, r)),
        place.clone().prop_map(Tamper::Truncate),
        (place.clone(), any::<bool>()).prop_map(|(p, r)| Tamper::Behead(p, r)),
        place.clone().prop_map(Tamper::RewriteAll),
        (place.clone(), 1_u8..=255).prop_map(|(p, x)| Tamper::ForgeHash(p, x)),
        place.prop_map(Tamper::Double),
    ]
}

fn edit(event: &mut AuditEvent, field: usize) {
    match field {
        0 => event.action.push('x'),
        1 => event.actor = Actor::User(UserId::from_uuid(uuid::Uuid::from_u128(666))),
        2 => event.target = Some("policy_other".to_owned()),
        3 => event.outcome = Outcome::Refused,
        4 => event.summary = json!({ "name": "harmless" }),
        5 => event.address = None,
        6 => event.request_id = String::new(),
        7 => event.interface = Interface::System,
        8 => event.id = AuditEventId::from_uuid(uuid::Uuid::from_u128(666)),
        9 => event.occurred_at = Timestamp::UNIX_EPOCH,
        _ => event.summary = json!({ "name": "x", "more": [1] }),
    }
}

/// The log as the intruder leaves it. With `rehash` all hashes are computed anew, as one who can write rows can do.
fn tampered(log: &[Recorded], covered: usize, tamper: &Tamper) -> Vec<Entry> {
    let mut events: Vec<Recorded> = log.to_vec();
    let rehash = match *tamper {
        Tamper::Edit(place, field, rehash) => {
            edit(&mut events[place % covered].event, field);
            rehash
        }
        Tamper::Delete(place, count, rehash) => {
            let place = place % covered;
            events.drain(place..(place + count).min(events.len()));
            rehash
        }
        Tamper::Insert(place, rehash) => {
            let mut forged = events[place % covered].clone();
            edit(&mut forged.event, 0);
            events.insert(place % covered, forged);
            rehash
        }
        Tamper::Swap(a, b, rehash) => {
            let (a, b) = (a % covered, b % events.len());
            let b = if a == b { (a + 1) % events.len() } else { b };
            events.swap(a, b);
            rehash
        }
        Tamper::Truncate(place) => {
            events.truncate(place % covered);
            false
        }
        Tamper::Behead(place, rehash) => {
            events.drain(..=place % covered);
            rehash
        }
        Tamper::RewriteAll(place) => {
            edit(&mut events[place % covered].event, 0);
            true
        }
        Tamper::ForgeHash(place, mask) => {
            events[place % covered].hash.0[place % 32] ^= mask;
            false
        }
        Tamper::Double(place) => {
            let twin = events[place % covered].clone();
            events.insert(place % covered, twin);
            false
        }
    };
    if rehash {
        events = chain(events.into_iter().map(|recorded| recorded.event));
    }
    entries(&events)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(TAMPERS))]

    #[test]
    fn every_tamper_shows(length in 2_usize..10, covered in 1_usize..1_000, tamper in tampers()) {
        let log = chain((0..u64::try_from(length).unwrap()).map(event));
        let covered = covered % length + 1;
        let checkpoint = checkpoint(&log, covered, 0);
        prop_assert!(verify(&entries(&log), checkpoint).is_ok());
        let forged = tampered(&log, covered, &tamper);
        prop_assert!(verify(&forged, checkpoint).is_err(), "{tamper:?} of {covered} of {length}");
    }

    #[test]
    fn no_line_makes_the_reader_panic(line in "\\PC{0,120}") {
        let _ = Entry::from_line(&line);
    }
}
