//! SCIM 2.0 as protocol logic: filters, resources and patches as identity providers send them (RFC 7643, RFC 7644).
//!
//! Not for who may ask and not for what is stored (`app::scim`). Invariant: whatever comes in, what comes out is bounded and typed,
//! and nothing here panics; attributes that Holdfast does not keep are passed over.

use domain::scim::{SCIM_MEMBERS_MAX, SCIM_TEXT_MAX, ScimFilter};
use serde_json::{Map, Value};

/// Longest filter that is looked at, in bytes.
const FILTER_BYTES_MAX: usize = 1_024;

/// What is wrong with a request; the keyword is the `scimType` of RFC 7644, 3.12.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScimFault {
    /// Not a filter of the kind that is supported.
    #[error("Only userName, displayName or externalId with the operator eq can be asked for.")]
    Filter,
    /// A body or an operation that is not what it should be.
    #[error("{0}")]
    Syntax(&'static str),
    /// A value of the wrong type or length.
    #[error("{0} has a wrong type or length")]
    Value(&'static str),
    /// A path that is not understood.
    #[error("the path of an operation is not understood")]
    Path,
}

impl ScimFault {
    /// The keyword of the standard.
    #[must_use]
    pub const fn keyword(&self) -> &'static str {
        match self {
            Self::Filter => "invalidFilter",
            Self::Syntax(_) => "invalidSyntax",
            Self::Value(_) => "invalidValue",
            Self::Path => "invalidPath",
        }
    }
}

/// Which attribute a filter may name besides `externalId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimKind {
    /// People: `userName`.
    User,
    /// Groups: `displayName`.
    Group,
}

/// A change of a person; absent parts stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The provider's name of the person.
    pub user_name: Option<String>,
    /// The provider's id of the person; inner none takes it away.
    pub external_id: Option<Option<String>>,
    /// The name to show.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the person may act.
    pub active: Option<bool>,
}

/// One change of the members of a group. Ids are texts as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberChange {
    /// These join.
    Add(Vec<String>),
    /// These leave.
    Remove(Vec<String>),
    /// These and nobody else.
    Replace(Vec<String>),
}

/// A change of a group; absent parts stay, members change in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// Its name.
    pub display_name: Option<String>,
    /// The provider's id of the group; inner none takes it away.
    pub external_id: Option<Option<String>>,
    /// Its members.
    pub members: Vec<MemberChange>,
}

/// Reads a filter such as `userName eq "ann"` (RFC 7644, 3.4.2.2); capitals of attribute and operator do not count.
pub fn filter(kind: ScimKind, text: Option<&str>) -> Result<ScimFilter, ScimFault> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(ScimFilter::All);
    };
    if text.len() > FILTER_BYTES_MAX {
        return Err(ScimFault::Filter);
    }
    let (attribute, rest) = text.split_once(' ').ok_or(ScimFault::Filter)?;
    let (operator, value) = rest.trim_start().split_once(' ').ok_or(ScimFault::Filter)?;
    if !operator.eq_ignore_ascii_case("eq") {
        return Err(ScimFault::Filter);
    }
    let value: String = serde_json::from_str(value.trim()).map_err(|_other| ScimFault::Filter)?;
    let name = match kind {
        ScimKind::User => "username",
        ScimKind::Group => "displayname",
    };
    let attribute = attribute.to_ascii_lowercase();
    let attribute = attribute
        .rsplit_once(':')
        .map_or(attribute.as_str(), |(_, last)| last);
    match attribute {
        "externalid" => Ok(ScimFilter::ExternalId(value)),
        own if own == name => Ok(ScimFilter::Name(value)),
        _other => Err(ScimFault::Filter),
    }
}

/// Reads a person as POST and PUT carry it.
pub fn user(body: &Value) -> Result<UserChange, ScimFault> {
    let object = body
        .as_object()
        .ok_or(ScimFault::Syntax("the body is no object"))?;
    let mut change = UserChange::default();
    read_user(object, &mut change)?;
    if change.user_name.is_none() {
        return Err(ScimFault::Value("userName"));
    }
    Ok(change)
}

/// Reads a group as POST and PUT carry it; without `members` it has none.
pub fn group(body: &Value) -> Result<GroupChange, ScimFault> {
    let object = body
        .as_object()
        .ok_or(ScimFault::Syntax("the body is no object"))?;
    let mut change = GroupChange::default();
    read_group(object, &mut change)?;
    if change.display_name.is_none() {
        return Err(ScimFault::Value("displayName"));
    }
    if change.members.is_empty() {
        change.members.push(MemberChange::Replace(Vec::new()));
    }
    Ok(change)
}

/// Reads a PATCH of a person (RFC 7644, 3.5.2).
pub fn user_patch(body: &Value) -> Result<UserChange, ScimFault> {
    let mut change = UserChange::default();
    for operation in operations(body)? {
        match (operation.verb, operation.path.as_deref()) {
            (Verb::Remove, Some("externalid")) => change.external_id = Some(None),
            (Verb::Remove, Some(_)) => {}
            (Verb::Remove, None) => return Err(ScimFault::Path),
            (Verb::Put, None) => {
                let object = operation.value.and_then(Value::as_object);
                read_user(object.ok_or(ScimFault::Value("value"))?, &mut change)?;
            }
            (Verb::Put, Some(path)) => {
                let value = operation.value.ok_or(ScimFault::Value("value"))?;
                read_user_attribute(path, value, &mut change)?;
            }
        }
    }
    Ok(change)
}

/// Reads a PATCH of a group.
pub fn group_patch(body: &Value) -> Result<GroupChange, ScimFault> {
    let mut change = GroupChange::default();
    for operation in operations(body)? {
        match (operation.verb, operation.path.as_deref()) {
            (Verb::Remove, Some("members")) => {
                let change = &mut change.members;
                change.push(match operation.value {
                    Some(value) => MemberChange::Remove(members(value)?),
                    None => MemberChange::Replace(Vec::new()),
                });
            }
            (Verb::Remove, Some("externalid")) => change.external_id = Some(None),
            (Verb::Remove, Some(path)) => {
                let one = one_member(path, &operation.raw_path).ok_or(ScimFault::Path)?;
                change.members.push(MemberChange::Remove(vec![one]));
            }
            (Verb::Remove, None) => return Err(ScimFault::Path),
            (Verb::Put, Some("members")) => {
                let value = operation.value.ok_or(ScimFault::Value("members"))?;
                let members = members(value)?;
                change.members.push(if operation.is_add {
                    MemberChange::Add(members)
                } else {
                    MemberChange::Replace(members)
                });
            }
            (Verb::Put, None) => {
                let object = operation.value.and_then(Value::as_object);
                read_group(object.ok_or(ScimFault::Value("value"))?, &mut change)?;
            }
            (Verb::Put, Some(path)) => {
                let value = operation.value.ok_or(ScimFault::Value("value"))?;
                read_group_attribute(path, value, &mut change)?;
            }
        }
    }
    Ok(change)
}

#[derive(Clone, Copy)]
enum Verb {
    Put,
    Remove,
}

struct Operation<'a> {
    verb: Verb,
    is_add: bool,
    /// In lower case.
    path: Option<String>,
    raw_path: String,
    value: Option<&'a Value>,
}

fn operations(body: &Value) -> Result<Vec<Operation<'_>>, ScimFault> {
    let syntax = ScimFault::Syntax("a PATCH needs Operations");
    let all = member(body.as_object().ok_or(syntax.clone())?, "operations");
    let all = all.and_then(Value::as_array).ok_or(syntax)?;
    if all.len() > SCIM_MEMBERS_MAX {
        return Err(ScimFault::Value("Operations"));
    }
    all.iter().map(operation).collect()
}

fn operation(value: &Value) -> Result<Operation<'_>, ScimFault> {
    let object = value
        .as_object()
        .ok_or(ScimFault::Syntax("an operation is no object"))?;
    let verb = member(object, "op")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // Some providers write the verbs with a capital.
    let (verb, is_add) = match verb.to_ascii_lowercase().as_str() {
        "add" => (Verb::Put, true),
        "replace" => (Verb::Put, false),
        "remove" => (Verb::Remove, false),
        _other => return Err(ScimFault::Syntax("an operation is add, replace or remove")),
    };
    let raw_path = match member(object, "path") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(path)) if path.len() <= FILTER_BYTES_MAX => path.trim().to_owned(),
        Some(_) => return Err(ScimFault::Path),
    };
    let plain = raw_path
        .rsplit_once("core:2.0:")
        .map_or(raw_path.as_str(), |(_, rest)| {
            rest.split_once(':').map_or(rest, |(_, path)| path)
        });
    Ok(Operation {
        verb,
        is_add,
        path: (!plain.is_empty()).then(|| plain.to_ascii_lowercase()),
        value: member(object, "value"),
        raw_path,
    })
}

/// Attributes of SCIM are named without regard to case (RFC 7643, 2.1).
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn read_user(object: &Map<String, Value>, change: &mut UserChange) -> Result<(), ScimFault> {
    for (name, value) in object {
        read_user_attribute(&name.to_ascii_lowercase(), value, change)?;
    }
    Ok(())
}

fn read_user_attribute(
    name: &str,
    value: &Value,
    change: &mut UserChange,
) -> Result<(), ScimFault> {
    match name {
        "username" => change.user_name = Some(text("userName", value)?),
        "externalid" => change.external_id = Some(optional("externalId", value)?),
        "displayname" | "name.formatted" => {
            change.name = optional("displayName", value)?.or_else(|| change.name.take());
        }
        "active" => change.active = Some(flag(value)?),
        "name" => {
            let formatted = value.as_object().and_then(|name| member(name, "formatted"));
            if change.name.is_none()
                && let Some(formatted) = formatted
            {
                change.name = optional("name.formatted", formatted)?;
            }
        }
        "emails" => change.email = email(value).or_else(|| change.email.take()),
        // What Holdfast does not keep.
        _other => {}
    }
    Ok(())
}

/// The primary address, or the first one.
fn email(value: &Value) -> Option<String> {
    let all = value.as_array()?;
    let is_primary = |one: &&Value| one.get("primary").and_then(Value::as_bool) == Some(true);
    let chosen = all.iter().find(is_primary).or_else(|| all.first())?;
    let text = chosen.get("value")?.as_str()?;
    (text.chars().count() <= SCIM_TEXT_MAX).then(|| text.to_owned())
}

fn read_group(object: &Map<String, Value>, change: &mut GroupChange) -> Result<(), ScimFault> {
    for (name, value) in object {
        let name = name.to_ascii_lowercase();
        if name == "members" {
            change.members.push(MemberChange::Replace(members(value)?));
        } else {
            read_group_attribute(&name, value, change)?;
        }
    }
    Ok(())
}

fn read_group_attribute(
    name: &str,
    value: &Value,
    change: &mut GroupChange,
) -> Result<(), ScimFault> {
    match name {
        "displayname" => change.display_name = Some(text("displayName", value)?),
        "externalid" => change.external_id = Some(optional("externalId", value)?),
        _other => {}
    }
    Ok(())
}

/// Ids of members: a list of `{"value": ID}`, or one of them.
fn members(value: &Value) -> Result<Vec<String>, ScimFault> {
    let wrong = || ScimFault::Value("members");
    let one = |value: &Value| {
        let id = value.get("value").and_then(Value::as_str);
        id.filter(|id| id.len() <= SCIM_TEXT_MAX)
            .map(str::to_owned)
            .ok_or_else(wrong)
    };
    match value {
        Value::Array(all) if all.len() <= SCIM_MEMBERS_MAX => all.iter().map(one).collect(),
        Value::Object(_) => Ok(vec![one(value)?]),
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(wrong())
        }
    }
}

/// The id in `members[value eq "ID"]`.
fn one_member(path: &str, raw: &str) -> Option<String> {
    path.strip_prefix("members[")?.strip_suffix(']')?;
    let (_, condition) = raw.split_once('[')?;
    let condition = condition.strip_suffix(']')?.trim();
    let (attribute, rest) = condition.split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    let fits = attribute.eq_ignore_ascii_case("value") && operator.eq_ignore_ascii_case("eq");
    fits.then(|| serde_json::from_str(value.trim()).ok())?
}

fn text(field: &'static str, value: &Value) -> Result<String, ScimFault> {
    let text = value.as_str().map(str::trim).unwrap_or_default();
    let length = text.chars().count();
    if (1..=SCIM_TEXT_MAX).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(ScimFault::Value(field))
    }
}

fn optional(field: &'static str, value: &Value) -> Result<Option<String>, ScimFault> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_) => text(field, value).map(Some),
    }
}

/// Some providers send the words.
fn flag(value: &Value) -> Result<bool, ScimFault> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(word) if word.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(word) if word.eq_ignore_ascii_case("false") => Ok(false),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err(ScimFault::Value("active"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_of_providers_are_read_and_others_refused() {
        let user = |text| filter(ScimKind::User, Some(text));
        let ann = ScimFilter::Name("ann".to_owned());
        for text in [
            "userName eq \"ann\"",
            "USERNAME  EQ  \"ann\"",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ann\"",
        ] {
            assert_eq!(user(text), Ok(ann.clone()), "{text}");
        }
        assert_eq!(
            user("externalId eq \"a\\\"b\""),
            Ok(ScimFilter::ExternalId("a\"b".into()))
        );
        assert_eq!(filter(ScimKind::User, None), Ok(ScimFilter::All));
        for text in [
            "userName",
            "userName co \"ann\"",
            "userName eq ann",
            "userName eq \"ann\" or userName eq \"bob\"",
            "displayName eq \"x\"",
            "password eq \"x\"",
            "userName eq \"ann",
        ] {
            assert_eq!(user(text), Err(ScimFault::Filter), "{text}");
        }
        assert_eq!(
            user(&format!("userName eq \"{}\"", "x".repeat(2_000))),
            Err(ScimFault::Filter)
        );
    }

    #[test]
    fn patches_of_several_styles_say_the_same() {
        let inactive = UserChange {
            active: Some(false),
            ..UserChange::default()
        };
        for operation in [
            json!({ "op": "replace", "path": "active", "value": false }),
            json!({ "op": "Replace", "path": "active", "value": "False" }),
            json!({ "op": "replace", "value": { "active": false } }),
            json!({ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false }),
        ] {
            let body = json!({ "Operations": [operation, { "op": "add", "path": "title", "value": "Dr" }] });
            assert_eq!(user_patch(&body), Ok(inactive.clone()), "{body}");
        }
        let body = json!({ "operations": [
            { "op": "add", "path": "members", "value": [{ "value": "user_1" }] },
            { "op": "remove", "path": "members[value eq \"User_2\"]" },
            { "op": "remove", "path": "members" },
            { "op": "replace", "path": "displayName", "value": "Ops" },
        ] });
        let change = group_patch(&body).unwrap();
        assert_eq!(change.display_name.as_deref(), Some("Ops"));
        assert_eq!(
            change.members,
            [
                MemberChange::Add(vec!["user_1".into()]),
                MemberChange::Remove(vec!["User_2".into()]),
                MemberChange::Replace(vec![]),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for body in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "userName": 1 }),
            json!({ "userName": "" }),
            json!({ "userName": "x".repeat(257) }),
            json!({ "userName": "a\u{0}b" }),
            json!({ "userName": "ann", "active": 1 }),
            json!({ "userName": "ann", "externalId": {} }),
        ] {
            assert!(user(&body).is_err(), "{body}");
        }
        for body in [
            json!({}),
            json!({ "Operations": {} }),
            json!({ "Operations": [1] }),
            json!({ "Operations": [{ "op": "move" }] }),
            json!({ "Operations": [{ "op": "remove" }] }),
            json!({ "Operations": [{ "op": "replace", "path": 1, "value": 1 }] }),
            json!({ "Operations": [{ "op": "add", "path": "members", "value": ["x"] }] }),
            json!({ "Operations": [{ "op": "remove", "path": "members[value pr]" }] }),
            json!({ "Operations": vec![json!({ "op": "remove", "path": "members" }); 1_001] }),
        ] {
            assert!(group_patch(&body).is_err(), "{body}");
        }
    }

    fn junk() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            Just(json!("members[value eq \"x\"]")),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            let names = prop_oneof![
                Just("Operations"),
                Just("op"),
                Just("path"),
                Just("value"),
                Just("members"),
                Just("userName"),
                Just("emails"),
                Just("active"),
                Just("displayName"),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(names, inner, 0..6).prop_map(|all| {
                    Value::Object(
                        all.into_iter()
                            .map(|(key, value)| (key.to_owned(), value))
                            .collect(),
                    )
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_panics(body in junk(), text in ".{0,40}") {
            let _ = (user(&body), group(&body), user_patch(&body), group_patch(&body));
            let _ = (filter(ScimKind::User, Some(&text)), one_member(&text.to_ascii_lowercase(), &text));
        }
    }
}
