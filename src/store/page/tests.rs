//! Properties of cursors: no text makes the reader panic, and what we write is read by the order that wrote it, by no other.
//!
//! Not for pages (`crate::tests::pages`). Invariant: needs no database.

use proptest::prelude::*;

use super::*;

const ORDERS: [(&str, &str); 3] = [
    ("things.name", "name"),
    ("things.made", "made_at"),
    ("others.name", "name"),
];

fn order(index: usize, direction: Direction) -> Order {
    let (name, column) = ORDERS[index];
    Order::by(name, "things", column, direction)
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        "\\PC{0,40}".prop_map(Key::Text),
        (0..=4_000_000_000_000_000_i64).prop_map(Key::Micros)
    ]
}

proptest! {
    #[test]
    fn a_cursor_is_read_by_its_own_order_only(key in key(), bits in any::<u128>(), made in 0_usize..3, read in 0_usize..3, turned in any::<bool>()) {
        let id = Uuid::from_u128(bits);
        let text = order(made, Direction::Ascending).encode(key.clone(), id);
        let way = if turned { Direction::Descending } else { Direction::Ascending };
        let found = order(read, way).decode(&text);
        let fits = matches!(key, Key::Micros(_)) == (made == 1);
        if made == read && !turned && fits {
            prop_assert_eq!(found.unwrap(), (key, id));
        } else {
            prop_assert!(matches!(found, Err(Error::Cursor)));
        }
    }

    #[test]
    fn no_text_makes_the_reader_of_cursors_panic(text in "\\PC{0,80}|[A-Za-z0-9_-]{0,80}", json in "\\{\"o\":\"things.name\\+\",\"k\":\\{\"[tm]\":(\"\\PC{0,8}\"|-?[0-9]{1,20})\\},\"i\":\"[0-9a-f-]{30,38}\"\\}") {
        for text in [text, BASE64URL_NOPAD.encode(json.as_bytes())] {
            for index in 0..3 {
                if let Ok((key, id)) = order(index, Direction::Ascending).decode(&text) {
                    let again = order(index, Direction::Ascending).encode(key.clone(), id);
                    prop_assert_eq!(order(index, Direction::Ascending).decode(&again).unwrap(), (key, id));
                }
            }
        }
    }
}

#[test]
fn a_cursor_that_is_too_long_is_not_looked_at() {
    let long = order(0, Direction::Ascending).encode(Key::Text("x".repeat(4_096)), Uuid::nil());
    assert!(matches!(
        order(0, Direction::Ascending).decode(&long),
        Err(Error::Cursor)
    ));
}
