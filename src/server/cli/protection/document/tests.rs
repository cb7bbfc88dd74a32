//! Documents: the example, what is refused and how, and that they say what the API can say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use graphql::async_graphql::parser::parse_schema;
use graphql::async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};

use super::*;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_example_is_read_and_written_and_read_again() {
    let path = root().join("docs/protection.example.yaml");
    let example = Document::read(&path).unwrap();
    assert!(example.is_complete);
    assert!(example.policies.len() > 1 && example.rules.len() > 1);
    let written = example.write().unwrap();
    assert_eq!(Document::parse(&written).unwrap(), example, "{written}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the person at the keyboard says that the text shall change"
)]
fn wants_update() -> bool {
    std::env::var("UPDATE_SCHEMA").is_ok()
}

#[test]
fn the_committed_schema_is_the_one_of_the_code() {
    let path = root().join("schema/protection.schema.json");
    let fresh = Document::json_schema().unwrap();
    if wants_update() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == fresh,
        "schema/protection.schema.json is out of date: run `holdfast generate`, or this test with UPDATE_SCHEMA=1"
    );
}

#[test]
fn faults_are_told_with_their_line_and_what_is_allowed() {
    let table = [
        ("policies:\n  - nam: Gold\n", "line 2", "unknown field"),
        (
            "policies:\n  - name: Gold\n    operations:\n      - assetKind: EBS\n        frequencies: []\n",
            "line 4",
            "EBS_VOLUME",
        ),
        (
            "rules:\n  - name: a\n    policy: b\n    condition: { hasTags: x }\n",
            "line 4",
            "hasTag",
        ),
        (
            "isComplete: true\nisComplete: false\n",
            "line 2",
            "duplicate",
        ),
        ("policies: [\n", "line", ""),
    ];
    for (text, line, hint) in table {
        let error = format!("{:#}", Document::parse(text).unwrap_err());
        assert!(
            error.contains(line) && error.contains(hint),
            "{text} gave {error}"
        );
    }
}

#[test]
fn an_endless_document_of_aliases_is_refused() {
    let mut text = "removedRules: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (from, to) in ["a", "b", "c", "d", "e", "f", "g", "h"]
        .iter()
        .zip(["b", "c", "d", "e", "f", "g", "h", "i"])
    {
        let many = format!("*{from}, ").repeat(10);
        writeln!(text, "x{to}: &{to} [{many}]").unwrap();
    }
    assert!(Document::parse(&text).is_err());
}

/// Name of a type with the list and null marks taken off.
fn bare(text: &str) -> String {
    text.replace(['[', ']', '!'], "")
}

/// The members of an input type, or the values of an enum, by name.
fn members(
    sdl: &BTreeMap<String, BTreeMap<String, String>>,
    name: &str,
) -> BTreeMap<String, String> {
    sdl.get(name)
        .unwrap_or_else(|| panic!("no type {name}"))
        .clone()
}

/// Input types: member and type of it. Enums: value and nothing.
fn api() -> BTreeMap<String, BTreeMap<String, String>> {
    let document = parse_schema(graphql::sdl()).unwrap();
    let mut found = BTreeMap::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let definition = definition.node;
        let members: BTreeMap<String, String> = match definition.kind {
            TypeKind::InputObject(input) => input
                .fields
                .into_iter()
                .map(|field| {
                    (
                        field.node.name.node.to_string(),
                        field.node.ty.node.to_string(),
                    )
                })
                .collect(),
            TypeKind::Enum(values) => values
                .values
                .into_iter()
                .map(|value| (value.node.value.node.to_string(), String::new()))
                .collect(),
            TypeKind::Scalar
            | TypeKind::Object(_)
            | TypeKind::Interface(_)
            | TypeKind::Union(_) => continue,
        };
        found.insert(definition.name.node.to_string(), members);
    }
    found
}

/// The part of a JSON schema that a reference or an optional value leads to.
fn meant<'a>(schema: &'a Value, part: &'a Value) -> &'a Value {
    if let Some(reference) = part.get("$ref").and_then(Value::as_str) {
        let at = reference.trim_start_matches('#');
        return meant(schema, schema.pointer(at).unwrap());
    }
    if let Some(choices) = part.get("anyOf").and_then(Value::as_array) {
        let some = choices
            .iter()
            .find(|one| one.get("type") != Some(&json!("null")));
        return meant(schema, some.unwrap());
    }
    if let Some(items) = part.get("items") {
        return meant(schema, items);
    }
    part
}

/// Compares a type of the document with one of the API, and all that is in it.
fn compare(
    schema: &Value,
    part: &Value,
    api: &BTreeMap<String, BTreeMap<String, String>>,
    name: &str,
    seen: &mut BTreeSet<String>,
) {
    let Some(wanted) = api.get(name) else {
        return;
    };
    if !seen.insert(name.to_owned()) {
        return;
    }
    let part = meant(schema, part);
    let mut own: BTreeMap<String, Value> = BTreeMap::new();
    if let Some(properties) = part.get("properties").and_then(Value::as_object) {
        own.extend(
            properties
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    for choice in part
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(properties) = choice.get("properties").and_then(Value::as_object) {
            own.extend(
                properties
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        let values = choice.get("const").into_iter();
        let values = values.chain(
            choice
                .get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten(),
        );
        own.extend(
            values
                .filter_map(Value::as_str)
                .map(|value| (value.to_owned(), Value::Null)),
        );
    }
    let values = part
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    own.extend(
        values
            .filter_map(Value::as_str)
            .map(|value| (value.to_owned(), Value::Null)),
    );
    let names = |map: Vec<&String>| -> BTreeSet<String> { map.into_iter().cloned().collect() };
    assert_eq!(
        names(own.keys().collect()),
        names(wanted.keys().collect()),
        "the document and {name} of the API say different things"
    );
    for (member, ty) in wanted {
        compare(schema, &own[member], api, &bare(ty), seen);
    }
}

#[test]
fn a_document_says_what_a_draft_of_the_api_can_say() {
    let schema: Value = serde_json::from_str(&Document::json_schema().unwrap()).unwrap();
    let api = api();
    let mut seen = BTreeSet::new();
    compare(&schema, &schema, &api, "ProtectionDraftInput", &mut seen);
    for name in ["PolicyOperationInput", "RuleConditionInput", "Weekday"] {
        assert!(seen.contains(name), "{name} was not compared: {seen:?}");
    }
    assert!(members(&api, "ProtectionDraftInput").contains_key("isComplete"));
}
