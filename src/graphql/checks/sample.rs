//! Documents that call a root field with the least that it takes, made from the schema itself.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enums are async-graphql's; every other kind is treated alike"
)]

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeDefinition,
    TypeKind, TypeSystemDefinition,
};

/// The schema, parsed.
pub(super) struct Sdl(pub(super) ServiceDocument);

impl Sdl {
    pub(super) fn new() -> Self {
        Self(parse_schema(crate::sdl()).unwrap())
    }

    pub(super) fn find(&self, name: &str) -> &TypeDefinition {
        self.0
            .definitions
            .iter()
            .find_map(|definition| match definition {
                TypeSystemDefinition::Type(found) if found.node.name.node == name => {
                    Some(&found.node)
                }
                _ => None,
            })
            .unwrap_or_else(|| panic!("no type {name}"))
    }

    pub(super) fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match &self.find(name).kind {
            TypeKind::Object(object) => object.fields.iter().map(|field| &field.node).collect(),
            other => panic!("{name} is no object: {other:?}"),
        }
    }

    /// Name and least document of every field of a root.
    pub(super) fn calls(&self, root: &str, keyword: &str) -> Vec<(String, String)> {
        let call = |field: &FieldDefinition| {
            let name = field.name.node.to_string();
            let arguments: Vec<String> = field
                .arguments
                .iter()
                .filter(|argument| is_needed(&argument.node))
                .map(|argument| self.named(&argument.node))
                .collect();
            let arguments = match arguments.as_slice() {
                [] => String::new(),
                all => format!("({})", all.join(", ")),
            };
            let inner = match &self.leaf(&field.ty.node) {
                TypeKind::Scalar | TypeKind::Enum(_) => "",
                _ => " { __typename }",
            };
            let document = format!("{keyword} {{ {name}{arguments}{inner} }}");
            (name, document)
        };
        self.fields(root).into_iter().map(call).collect()
    }

    fn leaf(&self, ty: &Type) -> TypeKind {
        match &ty.base {
            BaseType::List(inner) => self.leaf(inner),
            BaseType::Named(name) => match name.as_str() {
                "String" | "ID" | "Int" | "Float" | "Boolean" => TypeKind::Scalar,
                name => self.find(name).kind.clone(),
            },
        }
    }

    fn named(&self, value: &InputValueDefinition) -> String {
        format!("{}: {}", value.name.node, self.value(&value.ty.node))
    }

    pub(super) fn value(&self, ty: &Type) -> String {
        let name = match &ty.base {
            BaseType::List(inner) => return format!("[{}]", self.value(inner)),
            BaseType::Named(name) => name.as_str(),
        };
        match name {
            "String" | "ID" => "\"x\"".to_owned(),
            "Int" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            "AwsAccountId" => "\"123456789012\"".to_owned(),
            "Arn" => "\"arn:aws:iam::123456789012:role/X\"".to_owned(),
            "DateTime" => "\"2026-01-01T00:00:00Z\"".to_owned(),
            name => match &self.find(name).kind {
                TypeKind::Enum(found) => found.values[0].node.value.node.to_string(),
                TypeKind::InputObject(found) => {
                    let is_one_of = self
                        .find(name)
                        .directives
                        .iter()
                        .any(|directive| directive.node.name.node == "oneOf");
                    let members: Vec<String> = found
                        .fields
                        .iter()
                        .filter(|field| is_one_of || is_needed(&field.node))
                        // A tree ends somewhere.
                        .filter(|field| leaf(&field.node.ty.node) != name)
                        .take(if is_one_of { 1 } else { usize::MAX })
                        .map(|field| self.named(&field.node))
                        .collect();
                    format!("{{ {} }}", members.join(", "))
                }
                other => panic!("no sample of {name}: {other:?}"),
            },
        }
    }
}

/// Name of the innermost type.
pub(super) fn leaf(ty: &Type) -> &str {
    match &ty.base {
        BaseType::List(inner) => leaf(inner),
        BaseType::Named(name) => name.as_str(),
    }
}

pub(super) fn is_needed(value: &InputValueDefinition) -> bool {
    !value.ty.node.nullable && value.default_value.is_none()
}
