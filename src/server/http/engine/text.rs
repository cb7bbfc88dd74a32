//! Reads the text of a document once, before any parser does, and refuses what is too long, has too many tokens or
//! nests too deep. Not a parser: what it does not understand it leaves to the real one. Invariant: linear in the
//! length of the text, no recursion, no allocation.

use super::super::problem::{Code, Problem};

/// How large the text of one document may be.
#[derive(Debug, Clone, Copy)]
pub struct TextLimits {
    /// Length in bytes.
    pub bytes: usize,
    /// Lexical tokens (names, numbers, strings, punctuators).
    pub tokens: usize,
    /// Open brackets of any kind at one place. The real parser recurses per bracket.
    pub nesting: usize,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            tokens: 4_000,
            nesting: 50,
        }
    }
}

/// Refuses a text over one of the limits.
pub(super) fn check(text: &str, limits: &TextLimits) -> Result<(), Problem> {
    if text.len() > limits.bytes {
        return Err(over(&format!("longer than {} bytes", limits.bytes)));
    }
    let mut rest = text.as_bytes();
    let (mut tokens, mut open) = (0_usize, 0_usize);
    while let [byte, tail @ ..] = rest {
        rest = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                rest = tail;
                continue;
            }
            b'#' => {
                rest = after_line(tail);
                continue;
            }
            b'{' | b'(' | b'[' => {
                open += 1;
                if open > limits.nesting {
                    return Err(over(&format!(
                        "nested deeper than {} brackets",
                        limits.nesting
                    )));
                }
                tail
            }
            b'}' | b')' | b']' => {
                open = open.saturating_sub(1);
                tail
            }
            b'"' => after_string(tail),
            _ if is_word(*byte) => after_word(tail),
            _ => tail,
        };
        tokens += 1;
        if tokens > limits.tokens {
            return Err(over(&format!("made of more than {} tokens", limits.tokens)));
        }
    }
    Ok(())
}

fn over(what: &str) -> Problem {
    Problem::new(Code::LimitExceeded, format!("The document is {what}."))
}

fn is_word(byte: u8) -> bool {
    // Dots and signs belong to numbers; "..." becomes one word, which is what it is.
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+') || byte >= 0x80
}

fn after_word(bytes: &[u8]) -> &[u8] {
    bytes
        .iter()
        .position(|byte| !is_word(*byte))
        .and_then(|at| bytes.get(at..))
        .unwrap_or(&[])
}

fn after_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.and_then(|at| bytes.get(at..)).unwrap_or(&[])
}

/// What follows the string whose opening quote was just read.
fn after_string(bytes: &[u8]) -> &[u8] {
    if let [b'"', b'"', rest @ ..] = bytes {
        return after_block(rest);
    }
    let mut rest = bytes;
    loop {
        rest = match rest {
            [b'"' | b'\n' | b'\r', tail @ ..] => return tail,
            [b'\\', _, tail @ ..] | [_, tail @ ..] => tail,
            [] => return &[],
        };
    }
}

fn after_block(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [b'"', b'"', b'"', tail @ ..] => return tail,
            [b'\\', b'"', b'"', b'"', tail @ ..] | [_, tail @ ..] => tail,
            [] => return &[],
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: TextLimits = TextLimits {
        bytes: 200,
        tokens: 12,
        nesting: 3,
    };

    #[test]
    fn counts_tokens_not_bytes() {
        assert!(check("{ a(b: \"{{{{ (((( [[[[\", c: -1.5e+3) }", &SMALL).is_ok());
        assert!(check("{ a # {{{{{{{{{{{{{{{{\n }", &SMALL).is_ok());
        assert!(check("{ a(b: \"\"\"{{{{ \\\"\"\" {{{{\"\"\") }", &SMALL).is_ok());
        assert!(check("{ a b c d e f g h i j }", &SMALL).is_ok());
        assert!(check("{ a b c d e f g h i j k }", &SMALL).is_err());
    }

    #[test]
    fn refuses_depth_and_length() {
        assert!(check("{a{b{c}}}", &SMALL).is_ok());
        assert!(check("{a{b{c{d}}}}", &SMALL).is_err());
        assert!(check("{a(b:[[[1]]])}", &SMALL).is_err());
        assert!(check(&" ".repeat(201), &SMALL).is_err());
    }

    #[test]
    fn survives_anything() {
        for text in [
            "\"",
            "\"\\",
            "\"\"\"",
            "\"\"\"\\\"\"",
            "}}}}",
            "\u{feff}{a}",
            "...",
            "",
        ] {
            assert!(check(text, &SMALL).is_ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_document_that_the_real_parser_takes_is_counted_right(depth in 1_usize..8, names in 1_usize..20) {
            let text = format!("{{{}{}{}}}", "a {".repeat(depth), "b ".repeat(names), "}".repeat(depth));
            prop_assert!(async_graphql::parser::parse_query(&text).is_ok(), "{text}");
            let tokens = 2 + 3 * depth + names;
            let with = |tokens, nesting| TextLimits { bytes: 1_000, tokens, nesting };
            prop_assert!(check(&text, &with(tokens, depth + 1)).is_ok());
            prop_assert!(check(&text, &with(tokens - 1, depth + 1)).is_err());
            prop_assert!(check(&text, &with(tokens, depth)).is_err());
        }

        #[test]
        fn no_text_makes_the_guard_panic(text in "(\\PC|[{}()\\[\\]\"\\\\#\n .,a0-]|\"\"\"){0,200}") {
            // Whatever it is: linear in the text, so the largest text takes no time to speak of.
            let _ = check(&text, &TextLimits::default());
            let nothing = TextLimits { bytes: 0, ..TextLimits::default() };
            prop_assert_eq!(check(&text, &nothing).is_ok(), text.is_empty());
        }
    }
}
