//! Puts `null` where the GraphQL specification wants it after an error. The library (7.2.1) drops the key of a field
//! whose resolver failed, at every level, never passes the null of a non-null field upwards, and turns an object whose
//! fields all failed into null. Here each error's path is followed through the document: the deepest place on the path
//! that may be null becomes null. Not for answers without errors: they cost nothing. Invariant: afterwards every
//! selected field of every object on an error's path is present.

use async_graphql::{
    Name, PathSegment, ServerError, Value,
    parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type},
};

use super::types::{TypeIndex, item, named};

/// More errors than this are not settled one by one: the answer is broken anyway, and time is bounded.
const MAX_ERRORS: usize = 1_000;

/// What the path of an error is read against.
pub(super) struct Shape<'a> {
    /// The operation that was executed.
    pub operation: &'a OperationDefinition,
    /// Its document, for the fragments.
    pub document: &'a ExecutableDocument,
    /// The schema.
    pub types: &'a TypeIndex,
}

/// Sets the nulls that the errors call for.
pub(super) fn settle(data: &mut Value, errors: &[ServerError], shape: &Shape<'_>) {
    let mut places: Vec<&[PathSegment]> = Vec::new();
    for error in errors.iter().take(MAX_ERRORS) {
        // Without a path nobody knows what failed; it came from outside the fields.
        if error.path.is_empty() {
            continue;
        }
        let Some(place) = nullable_prefix(&error.path, shape) else {
            *data = Value::Null;
            return;
        };
        places.push(place);
    }
    places.sort_by_key(|place| place.len());
    for (index, place) in places.iter().enumerate() {
        let inside = places
            .iter()
            .take(index)
            .any(|outer| outer.len() < place.len() && place.starts_with(outer));
        if !inside {
            set_null(data, place);
        }
    }
}

/// The longest beginning of the path whose value may be null; none if even the root may not.
fn nullable_prefix<'p>(path: &'p [PathSegment], shape: &Shape<'_>) -> Option<&'p [PathSegment]> {
    let mut sets: Vec<(&str, &SelectionSet)> = vec![(
        shape.types.root(shape.operation.ty),
        &shape.operation.selection_set.node,
    )];
    let mut current: Option<&Type> = None;
    let mut longest = None;
    for (index, segment) in path.iter().enumerate() {
        let ty = match segment {
            PathSegment::Index(_) => current.and_then(item),
            PathSegment::Field(key) => {
                let mut found = Found {
                    key,
                    ty: None,
                    sets: Vec::new(),
                };
                for (parent, set) in &sets {
                    collect(parent, set, shape, &mut found, 0);
                }
                sets = found.sets;
                found.ty
            }
        };
        // An unknown place (a plug-in type, introspection) counts as nullable: that keeps the damage small.
        if ty.is_none_or(|ty| ty.nullable) {
            longest = path.get(..=index);
        }
        if let Some(ty) = ty {
            let name = named(ty);
            for (parent, _) in &mut sets {
                if parent.is_empty() {
                    *parent = name;
                }
            }
        }
        current = ty;
    }
    longest
}

struct Found<'k, 'a> {
    key: &'k str,
    ty: Option<&'a Type>,
    sets: Vec<(&'a str, &'a SelectionSet)>,
}

/// Every selection with the response key in the set, through fragments.
fn collect<'a>(
    parent: &'a str,
    set: &'a SelectionSet,
    shape: &Shape<'a>,
    found: &mut Found<'_, 'a>,
    level: u8,
) {
    // The guard has refused cycles; this is the second lock on the same door.
    if level > 64 {
        return;
    }
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                if field.node.response_key().node.as_str() == found.key {
                    found.ty = found
                        .ty
                        .or_else(|| shape.types.field(parent, field.node.name.node.as_str()));
                    found.sets.push(("", &field.node.selection_set.node));
                }
            }
            Selection::InlineFragment(inline) => {
                let on = inline
                    .node
                    .type_condition
                    .as_ref()
                    .map_or(parent, |on| on.node.on.node.as_str());
                collect(on, &inline.node.selection_set.node, shape, found, level + 1);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = shape
                    .document
                    .fragments
                    .get(&spread.node.fragment_name.node)
                {
                    let on = fragment.node.type_condition.node.on.node.as_str();
                    collect(
                        on,
                        &fragment.node.selection_set.node,
                        shape,
                        found,
                        level + 1,
                    );
                }
            }
        }
    }
}

fn set_null(root: &mut Value, place: &[PathSegment]) {
    let mut value = root;
    for segment in place {
        value = match segment {
            PathSegment::Field(key) => {
                // The library made null of an object whose fields all failed; an error below it proves it was one.
                if *value == Value::Null {
                    *value = Value::Object(async_graphql::indexmap::IndexMap::new());
                }
                let Value::Object(object) = value else { return };
                object.entry(Name::new(key)).or_insert(Value::Null)
            }
            PathSegment::Index(index) => {
                let Value::List(list) = value else { return };
                let Some(inner) = list.get_mut(*index) else {
                    return;
                };
                inner
            }
        };
    }
    *value = Value::Null;
}
