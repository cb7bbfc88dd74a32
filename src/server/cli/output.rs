//! Results on standard output: tables and sentences for people, one JSON document for programs.

use std::io::Write as _;

use serde::Serialize;

/// Prints `value` as JSON when `json`, else what `text` makes of it.
pub(super) fn print<T: Serialize>(
    json: bool,
    value: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<()> {
    let line = if json {
        serde_json::to_string_pretty(value)?
    } else {
        text(value)
    };
    writeln!(std::io::stdout().lock(), "{}", line.trim_end())?;
    Ok(())
}

/// Bytes as a person reads them, in powers of 1024.
pub(super) fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}
