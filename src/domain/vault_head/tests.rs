//! What a head says survives the way through its text, and nothing of it can be changed.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const KEY: [u8; 32] = [9; 32];

fn key() -> NoteKey {
    NoteKey::new(&KEY)
}

/// A stand-in for Ed25519: the digest of key and body.
fn sign(body: &str) -> Vec<u8> {
    Sha256::digest([&KEY, body.as_bytes()].concat()).to_vec()
}

fn is_valid(public: &[u8], body: &[u8], signature: &[u8]) -> bool {
    Sha256::digest([public, body].concat()).as_slice() == signature
}

fn open(text: &str) -> Result<VaultHead, HeadError> {
    VaultHead::open(text, &key(), is_valid)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn point(number: u128) -> HeadPoint {
    let holds = (0..number % 3).map(|hold| LegalHoldId::from_uuid(Uuid::from_u128(hold)));
    let seconds = i64::try_from(number).unwrap();
    HeadPoint {
        point_id: RecoveryPointId::from_uuid(Uuid::from_u128(number)),
        snapshot_id: format!("{number:064x}"),
        asset_id: AssetId::from_uuid(Uuid::from_u128(number / 2)),
        taken_at: at(seconds),
        expires_at: number.is_multiple_of(2).then(|| at(seconds + 10)),
        locked_until: (!number.is_multiple_of(5)).then(|| at(seconds + 20)),
        holds: holds.collect(),
    }
}

fn head(points: u128) -> VaultHead {
    let of = (
        RepositoryId::from_uuid(Uuid::from_u128(7)),
        OrganizationId::from_uuid(Uuid::from_u128(8)),
    );
    let before = Some((41, Hash([3; 32])));
    // In whatever order they come, they lie by id.
    VaultHead::after(before, of, at(99), (0..points).rev().map(point).collect())
}

fn text(head: &VaultHead) -> String {
    head.signed(&key(), &sign(&head.body())).unwrap()
}

#[test]
fn a_head_comes_back_with_all_its_points() {
    for points in [0, 1, 2, 3, 7, 100] {
        let head = head(points);
        assert_eq!(open(&text(&head)), Ok(head.clone()), "{points}");
        assert_eq!(head.number, 42);
    }
}

#[test]
fn the_root_is_that_of_rfc_6962() {
    let leaf = |text: &str| Sha256::digest([&[0], text.as_bytes()].concat());
    let node = |left: &[u8], right: &[u8]| Sha256::digest([&[1], left, right].concat());
    let lines: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    let four = node(&node(&leaf("a"), &leaf("b")), &node(&leaf("c"), &leaf("d")));
    assert_eq!(root(&lines).0, <[u8; 32]>::from(node(&four, &leaf("e"))));
    assert_eq!(root(&lines[..1]).0, <[u8; 32]>::from(leaf("a")));
    assert_eq!(root(&[]).0, <[u8; 32]>::from(Sha256::digest(b"")));
}

#[test]
fn points_are_not_left_out_added_doubled_or_exchanged() {
    let head = head(5);
    let whole = text(&head);
    let (note, lines) = whole.rsplit_once("\n\n").unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    let with = |lines: &[&str]| open(&format!("{note}\n\n{}\n", lines.join("\n")));
    assert_eq!(with(&lines), Ok(head.clone()));
    assert_eq!(with(&lines[1..]), Err(HeadError::OtherPoints));
    assert_eq!(
        with(&[&lines[..], &lines[4..]].concat()),
        Err(HeadError::OtherPoints)
    );
    let mut swapped = lines.clone();
    swapped.swap(0, 1);
    assert_eq!(with(&swapped), Err(HeadError::OtherPoints));
    let other = head.clone().number + 1;
    let forged = whole.replace("\nnumber 42\n", &format!("\nnumber {other}\n"));
    assert_eq!(open(&forged), Err(HeadError::Unsigned));
    let stranger = NoteKey::new(&[1; 32]);
    assert_eq!(
        VaultHead::open(&whole, &stranger, is_valid),
        Err(HeadError::Unsigned)
    );
    let newer = whole.replace("vault-head/1/", "vault-head/2/");
    assert_eq!(open(&newer), Err(HeadError::Malformed));
}

proptest! {
    #[test]
    fn no_byte_of_a_head_can_be_changed(points in 0_u128..6, place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let whole = text(&head(points));
        let mut bytes = whole.clone().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
        // The last line feed alone says nothing.
        prop_assert!(open(&changed).is_err() || place + 1 == changed.len(), "{changed}");
    }

    #[test]
    fn no_text_makes_the_reader_of_heads_panic(text in "\\PC{0,200}") {
        prop_assert!(open(&text).is_err());
        prop_assert!(HeadPoint::parse(&text).is_none_or(|point| point.line() == text));
    }
}
