//! Checks of short texts that people type.
//!
//! Invariant: a checked text has no control characters and no white space at its ends.

use crate::error::Problem;

/// Trims `text` and checks that 1 to `max` characters are left, none of them a control character.
pub fn checked_name(field: &str, text: &str, max: usize) -> Result<String, Problem> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > max {
        return Err(Problem::invalid(
            field,
            format!("This needs 1 to {max} characters, it has {length}."),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Problem::invalid(
            field,
            "Line breaks and other control characters are not allowed here.",
        ));
    }
    Ok(text.to_owned())
}
