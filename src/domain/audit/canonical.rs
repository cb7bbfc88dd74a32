//! One text for one JSON value: the canonical form of RFC 8785 for the values that an audit record may hold.
//!
//! Not for numbers with fractions: [`plain`] turns them into texts before they are recorded, because databases rewrite them.
//! Invariant: equal values have equal texts, whichever database they came back from.

use serde_json::Value;

/// Largest whole number that every JSON reader keeps exactly (RFC 8785, RFC 7493): 2^53 - 1.
const EXACT_MAX: u64 = 9_007_199_254_740_991;

/// The value with every number that is not whole, or too large to be exact, as a text.
#[must_use]
pub fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let whole = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            if whole.is_some_and(|size| size <= EXACT_MAX) {
                Value::Number(number)
            } else {
                Value::String(number.to_string())
            }
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (storable(key), plain(value)))
            .collect(),
        Value::String(text) => Value::String(storable(text)),
        Value::Null | Value::Bool(_) => value,
    }
}

/// PostgreSQL cannot keep NUL in a document.
fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// The canonical text.
#[must_use]
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        // serde_json escapes exactly what RFC 8785 asks for: quotes, backslash, control characters in their short forms.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            // RFC 8785 3.2.3: names are compared as UTF-16.
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (place, (key, item)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(out, item);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_sorted_as_utf_16_and_nothing_is_between_tokens() {
        let value = json!({ "b": [1, true, null, "x"], "a": { "\u{10000}": 1, "\u{e000}": 2 }, "": "\u{1}\"\\\n" });
        assert_eq!(
            text(&value),
            "{\"\":\"\\u0001\\\"\\\\\\n\",\"a\":{\"\u{10000}\":1,\"\u{e000}\":2},\"b\":[1,true,null,\"x\"]}"
        );
    }

    #[test]
    fn numbers_that_databases_rewrite_become_texts() {
        let value =
            json!({ "f": 1.5, "big": u64::MAX, "least": i64::MIN, "ok": -7, "nul": "a\u{0}b" });
        assert_eq!(
            text(&plain(value)),
            "{\"big\":\"18446744073709551615\",\"f\":\"1.5\",\"least\":\"-9223372036854775808\",\"nul\":\"a\u{fffd}b\",\"ok\":-7}"
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".{0,5}", inner, 0..5)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_a_canonical_text_and_writing_it_again_changes_nothing(value in any_value()) {
            let plain = plain(value);
            let first = text(&plain);
            let again: Value = serde_json::from_str(&first).unwrap();
            prop_assert_eq!(&again, &plain);
            prop_assert_eq!(text(&again), first);
        }
    }
}
