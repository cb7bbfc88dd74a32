//! Which fields may be null, by type, read from the schema's own text. Not a registry: nothing else about a type is
//! kept. Invariant: built once at start, and a schema whose text cannot be read does not start.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition},
};

/// Fields and their types.
#[derive(Debug)]
pub(super) struct TypeIndex {
    fields: BTreeMap<String, BTreeMap<String, Type>>,
    query: String,
    mutation: String,
    subscription: String,
}

impl TypeIndex {
    /// Reads the schema definition language.
    pub(super) fn from_sdl(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut index = Self {
            fields: BTreeMap::new(),
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
        };
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let name = |root: Option<async_graphql::Positioned<async_graphql::Name>>,
                                old: &mut String| {
                        if let Some(root) = root {
                            *old = root.node.to_string();
                        }
                    };
                    name(schema.node.query, &mut index.query);
                    name(schema.node.mutation, &mut index.mutation);
                    name(schema.node.subscription, &mut index.subscription);
                }
                TypeSystemDefinition::Type(ty) => {
                    let fields = match ty.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        TypeKind::Scalar
                        | TypeKind::Union(_)
                        | TypeKind::Enum(_)
                        | TypeKind::InputObject(_) => {
                            continue;
                        }
                    };
                    let fields = fields.into_iter().map(|field| {
                        let FieldDefinition { name, ty, .. } = field.node;
                        (name.node.to_string(), ty.node)
                    });
                    index
                        .fields
                        .entry(ty.node.name.node.to_string())
                        .or_default()
                        .extend(fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(index)
    }

    /// The root type of an operation.
    pub(super) fn root(&self, kind: OperationType) -> &str {
        match kind {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        }
    }

    /// The type of a field.
    pub(super) fn field(&self, parent: &str, field: &str) -> Option<&Type> {
        self.fields.get(parent)?.get(field)
    }
}

/// The name inside all lists.
pub(super) fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(item) => named(item),
    }
}

/// The type of an item, or none if it is no list.
pub(super) fn item(ty: &Type) -> Option<&Type> {
    match &ty.base {
        BaseType::Named(_) => None,
        BaseType::List(item) => Some(item),
    }
}
