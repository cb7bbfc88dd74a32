//! Where sessions are: the browser in which each began, and the address that it was last used from.
//!
//! Not for recognising anybody: both can be made up. Invariant: sessions from before have neither.

crate::ddl::migration!(
    "ALTER TABLE sessions ADD COLUMN browser {text}",
    "ALTER TABLE sessions ADD COLUMN address {text}",
);
