//! Properties of the cursors of streams, which are also `Last-Event-ID`.
//!
//! Not for streams (`tests.rs`). Invariant: needs no database.

use proptest::prelude::*;

use super::{cursor, sequence};

proptest! {
    #[test]
    fn cursors_of_streams_come_back(number in 0..=i64::MAX) {
        prop_assert_eq!(sequence(&cursor(number)).unwrap(), number);
    }

    #[test]
    fn no_text_makes_the_reader_of_stream_cursors_panic(text in "e?[+-]?([0-9a-fA-F]{0,18}|\\PC{0,20})") {
        if let Ok(number) = sequence(&text) {
            prop_assert!(number >= 0);
            prop_assert_eq!(sequence(&cursor(number)).unwrap(), number);
        }
    }
}
