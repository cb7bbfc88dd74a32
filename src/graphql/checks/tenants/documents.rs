//! Documents made from the schema: everything of a type, and every place that takes an identifier or a cursor.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enums are async-graphql's; every other kind is treated alike"
)]

use async_graphql::parser::types::{
    BaseType, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};

use crate::checks::sample::{Sdl, is_needed, leaf};

/// A place that takes an identifier or a cursor: the field, and the way through its arguments.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) keyword: &'static str,
    pub(super) field: String,
    pub(super) path: Vec<String>,
}

/// Which identifier of one's own stands in the other places of a document.
pub(super) type Own<'a> = &'a dyn Fn(&str, &str) -> String;

fn is_scalar(sdl: &Sdl, name: &str) -> bool {
    matches!(name, "String" | "ID" | "Int" | "Float" | "Boolean")
        || matches!(sdl.find(name).kind, TypeKind::Scalar | TypeKind::Enum(_))
}

/// A selection of all fields of a type, `depth` objects deep, a type inside of itself by its name only.
pub(super) fn everything(sdl: &Sdl, name: &str, depth: usize) -> String {
    let mut above = Vec::new();
    select(sdl, name, depth, &mut above)
}

fn select(sdl: &Sdl, name: &str, depth: usize, above: &mut Vec<String>) -> String {
    let kind = &sdl.find(name).kind;
    let members: Vec<String> = match kind {
        TypeKind::Object(_) => return object(sdl, name, "", depth, above),
        TypeKind::Union(union) => union
            .members
            .iter()
            .map(|member| member.node.to_string())
            .collect(),
        _ => implementors(sdl, name),
    };
    let mut parts = Vec::new();
    for member in &members {
        if !above.contains(member) {
            let fields = object(sdl, member, &format!("{member}_"), depth, above);
            parts.push(format!("... on {member} {fields}"));
        }
    }
    format!("{{ __typename {} }}", parts.join(" "))
}

/// Object types that implement an interface.
pub(super) fn implementors(sdl: &Sdl, name: &str) -> Vec<String> {
    let definitions = sdl.0.definitions.iter();
    let found = definitions.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(found) => match &found.node.kind {
            TypeKind::Object(object)
                if object
                    .implements
                    .iter()
                    .any(|one| one.node.as_str() == name) =>
            {
                Some(found.node.name.node.to_string())
            }
            _ => None,
        },
        _ => None,
    });
    found.collect()
}

fn object(sdl: &Sdl, name: &str, prefix: &str, depth: usize, above: &mut Vec<String>) -> String {
    above.push(name.to_owned());
    let mut parts = vec!["__typename".to_owned()];
    for field in sdl.fields(name) {
        if field.arguments.iter().any(|one| is_needed(&one.node)) {
            continue;
        }
        let inner = leaf(&field.ty.node);
        let label = format!("{prefix}{}: {}", field.name.node, field.name.node);
        if is_scalar(sdl, inner) {
            parts.push(label);
        } else if inner == name {
            // A tree: one step shows that the way to the next node is guarded, too.
            parts.push(format!("{label} {{ __typename }}"));
        } else if !above.iter().any(|one| one == inner) {
            // A page and its edges are only the way to what lies in them.
            let is_page =
                inner.ends_with("Connection") || inner.ends_with("Edge") || inner == "PageInfo";
            let rest = if is_page {
                Some(depth)
            } else {
                depth.checked_sub(1)
            };
            if let Some(rest) = rest {
                parts.push(format!("{label} {}", select(sdl, inner, rest, above)));
            }
        }
    }
    above.pop();
    format!("{{ {} }}", parts.join(" "))
}

/// Every place of a root that takes an identifier or a cursor.
pub(super) fn slots(sdl: &Sdl, root: &str, keyword: &'static str) -> Vec<Slot> {
    let mut found = Vec::new();
    for field in sdl.fields(root) {
        for argument in &field.arguments {
            let mut paths = Vec::new();
            walk(
                sdl,
                &argument.node,
                &mut Vec::new(),
                &mut Vec::new(),
                &mut paths,
            );
            found.extend(paths.into_iter().map(|path| Slot {
                keyword,
                field: field.name.node.to_string(),
                path,
            }));
        }
    }
    found
}

fn walk(
    sdl: &Sdl,
    value: &InputValueDefinition,
    path: &mut Vec<String>,
    above: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    path.push(value.name.node.to_string());
    let ty = leaf(&value.ty.node);
    let is_cursor = ty == "String" && matches!(value.name.node.as_str(), "after" | "before");
    if ty == "ID" || is_cursor {
        found.push(path.clone());
    } else if !is_scalar(sdl, ty) && !above.iter().any(|one| one == ty) {
        above.push(ty.to_owned());
        if let TypeKind::InputObject(object) = &sdl.find(ty).kind {
            for member in &object.fields {
                walk(sdl, &member.node, path, above, found);
            }
        }
        above.pop();
    }
    path.pop();
}

/// The document that puts `text` into the slot, one's own things into the other places, and asks for `selection`.
pub(super) fn document(sdl: &Sdl, root: &str, slot: &Slot, text: &str, own: Own<'_>) -> String {
    let fields = sdl.fields(root);
    let field = fields
        .iter()
        .find(|one| one.name.node == slot.field.as_str());
    let field = field.unwrap();
    let arguments: Vec<String> = field
        .arguments
        .iter()
        .filter(|one| {
            is_needed(&one.node) || slot.path.first() == Some(&one.node.name.node.to_string())
        })
        .map(|one| member(sdl, &one.node, &slot.path, slot, (text, own)))
        .collect();
    let inner = leaf(&field.ty.node);
    let selection = if is_scalar(sdl, inner) {
        String::new()
    } else {
        everything(sdl, inner, 1)
    };
    format!(
        "{} {{ {}({}) {selection} }}",
        slot.keyword,
        slot.field,
        arguments.join(", ")
    )
}

fn member(
    sdl: &Sdl,
    value: &InputValueDefinition,
    path: &[String],
    slot: &Slot,
    put: (&str, Own<'_>),
) -> String {
    let name = value.name.node.to_string();
    let rest = match path.split_first() {
        Some((first, rest)) if *first == name => Some(rest),
        _ => None,
    };
    format!(
        "{name}: {}",
        filled(sdl, (&name, &value.ty.node), rest, slot, put)
    )
}

fn filled(
    sdl: &Sdl,
    (name, ty): (&str, &Type),
    path: Option<&[String]>,
    slot: &Slot,
    put: (&str, Own<'_>),
) -> String {
    if let BaseType::List(inner) = &ty.base {
        return format!("[{}]", filled(sdl, (name, inner), path, slot, put));
    }
    let (text, own) = put;
    if path.is_some_and(<[String]>::is_empty) {
        return format!("\"{text}\"");
    }
    match (leaf(ty), name) {
        ("ID", _) => return format!("\"{}\"", own(&slot.field, name)),
        ("String", "region") => return "\"eu-west-1\"".to_owned(),
        ("String", "availabilityZone") => return "\"eu-west-1a\"".to_owned(),
        ("String", "fileName") => return "\"a.img\"".to_owned(),
        _ => {}
    }
    let definition = if is_scalar(sdl, leaf(ty)) {
        return sdl.value(ty);
    } else {
        sdl.find(leaf(ty))
    };
    let TypeKind::InputObject(object) = &definition.kind else {
        return sdl.value(ty);
    };
    let head = path.and_then(<[String]>::first);
    let is_one_of = definition
        .directives
        .iter()
        .any(|one| one.node.name.node == "oneOf");
    let on_path =
        |one: &InputValueDefinition| head.is_some_and(|head| *head == one.name.node.as_str());
    let mut members: Vec<&InputValueDefinition> = object
        .fields
        .iter()
        .map(|one| &one.node)
        .filter(|one| {
            // A tree ends somewhere.
            let is_tree = leaf(&one.ty.node) == leaf(ty);
            on_path(one)
                || (!is_one_of && is_needed(one))
                || (is_one_of && head.is_none() && !is_tree)
        })
        .collect();
    if is_one_of {
        members.truncate(1);
    }
    let members: Vec<String> = members
        .into_iter()
        .map(|one| member(sdl, one, path.unwrap_or_default(), slot, (text, own)))
        .collect();
    format!("{{ {} }}", members.join(", "))
}
