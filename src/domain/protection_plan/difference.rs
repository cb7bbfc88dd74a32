//! What differs between two values, leaf by leaf, for people who read a plan.
//!
//! Not for deciding anything. Invariant: two values without differences are equal.

use serde_json::Value;

/// One place at which two values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Steps from the root; list indexes are decimal numbers.
    pub path: Vec<String>,
    /// What was there; none when nothing was.
    pub before: Option<String>,
    /// What will be there; none when nothing will.
    pub after: Option<String>,
}

/// The differences in the order of the members. Lists are compared place by place.
#[must_use]
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), Some(before), Some(after), &mut found);
    // Members of objects come in no order that means anything.
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn compare(
    path: &mut Vec<String>,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    // Absent and null say the same.
    let (before, after) = (
        before.filter(|value| !value.is_null()),
        after.filter(|value| !value.is_null()),
    );
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                path.push(key.clone());
                compare(path, old.get(key), new.get(key), found);
                path.pop();
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for place in 0..old.len().max(new.len()) {
                path.push(place.to_string());
                compare(path, old.get(place), new.get(place), found);
                path.pop();
            }
        }
        (before, after) => found.push(Difference {
            path: path.clone(),
            before: before.map(text),
            after: after.map(text),
        }),
    }
}

/// A text as it is, everything else as JSON.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_leaf_that_differs_is_named_once() {
        let before =
            json!({ "name": "Gold", "gone": 1, "same": [1, 2], "list": [{ "keep": 7 }, "x"] });
        let after =
            json!({ "name": "Silver", "same": [1, 2], "list": [{ "keep": 8 }], "new": { "a": 1 } });
        let found = differences(&before, &after);
        let shown: Vec<(String, Option<&str>, Option<&str>)> = found
            .iter()
            .map(|one| {
                (
                    one.path.join("."),
                    one.before.as_deref(),
                    one.after.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("gone".to_owned(), Some("1"), None),
                ("list.0.keep".to_owned(), Some("7"), Some("8")),
                ("list.1".to_owned(), Some("x"), None),
                ("name".to_owned(), Some("Gold"), Some("Silver")),
                ("new".to_owned(), None, Some("{\"a\":1}")),
            ]
        );
    }

    #[test]
    fn absent_and_null_are_no_difference() {
        assert_eq!(differences(&json!({ "a": null }), &json!({})), []);
        assert_eq!(differences(&json!({ "a": 1 }), &json!({ "a": 1 })), []);
    }
}
