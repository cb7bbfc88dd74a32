//! What an operation costs: fields, with pages counted as often as they have nodes. Not a limit (`cost.rs`, and the library's own
//! complexity); it says what the caller's budget pays. Invariant: the same figure as the schema's rules (`page_cost`) give, but
//! for the few fields with a surcharge; linear in the text, because a fragment is priced once.

use std::collections::BTreeMap;

use async_graphql::{
    Name, Value, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};

use super::types::{TypeIndex, named};

/// Nodes of a page that names no size; the schema's default.
const PAGE_SIZE_DEFAULT: u32 = 25;
/// Most nodes that count: a larger page is refused by its resolver.
const PAGE_SIZE_MAX: u32 = 100;
/// Fields of nodes that cost as much as one plain field.
const FIELDS_PER_COST: u32 = 10;

/// The price of one operation with these variables.
pub(super) fn of(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    types: &TypeIndex,
    variables: &Variables,
) -> u32 {
    let mut walk = Walk {
        operation,
        document,
        types,
        variables,
        memo: BTreeMap::new(),
    };
    walk.set(&operation.selection_set.node, types.root(operation.ty))
}

struct Walk<'a> {
    operation: &'a OperationDefinition,
    document: &'a ExecutableDocument,
    types: &'a TypeIndex,
    variables: &'a Variables,
    memo: BTreeMap<&'a str, u32>,
}

impl<'a> Walk<'a> {
    /// The guard has bounded the depth and refused circles.
    fn set(&mut self, set: &'a SelectionSet, parent: &'a str) -> u32 {
        let mut total = 0_u32;
        for item in &set.items {
            let price = match &item.node {
                Selection::Field(field) => self.field(&field.node, parent),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let parent =
                        condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.set(&inline.node.selection_set.node, parent)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())
                }
            };
            total = total.saturating_add(price);
        }
        total
    }

    fn fragment(&mut self, name: &'a str) -> u32 {
        if let Some(price) = self.memo.get(name) {
            return *price;
        }
        let document = self.document;
        let Some(fragment) = document.fragments.get(name) else {
            return 0;
        };
        let parent = fragment.node.type_condition.node.on.node.as_str();
        let price = self.set(&fragment.node.selection_set.node, parent);
        self.memo.insert(name, price);
        price
    }

    fn field(&mut self, field: &'a Field, parent: &'a str) -> u32 {
        let types = self.types;
        let of_type = types.field(parent, field.name.node.as_str()).map(named);
        let child = self.set(&field.selection_set.node, of_type.unwrap_or_default());
        if of_type.is_some_and(|name| name.ends_with("Connection")) {
            let size = self
                .number(field, "first")
                .or_else(|| self.number(field, "last"));
            let size = size.unwrap_or(PAGE_SIZE_DEFAULT).clamp(1, PAGE_SIZE_MAX);
            return size.saturating_mul(child).div_ceil(FIELDS_PER_COST);
        }
        match self.length(field, "ids") {
            Some(length) => (length.saturating_mul(child) / FIELDS_PER_COST).saturating_add(1),
            None => child.saturating_add(1),
        }
    }

    fn number(&self, field: &Field, name: &str) -> Option<u32> {
        let Value::Number(number) = self.argument(field, name)? else {
            return None;
        };
        number.as_u64().and_then(|size| u32::try_from(size).ok())
    }

    fn length(&self, field: &Field, name: &str) -> Option<u32> {
        let Value::List(items) = self.argument(field, name)? else {
            return None;
        };
        u32::try_from(items.len()).ok()
    }

    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = &field.get_argument(name)?.node;
        let known = |variable: &Name| {
            let given = self.variables.get(variable).cloned();
            let definitions = &self.operation.variable_definitions;
            given.or_else(|| {
                let found = definitions
                    .iter()
                    .find(|one| one.node.name.node == *variable)?;
                found
                    .node
                    .default_value
                    .as_ref()
                    .map(|value| value.node.clone())
            })
        };
        value
            .clone()
            .into_const_with(|variable| known(&variable).ok_or(()))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Request, extensions::Analyzer};
    use serde_json::json;

    use super::{
        super::{Engine, EngineLimits},
        *,
    };
    use crate::http::request::Params;

    /// Documents with their variables, over the real schema.
    const DOCUMENTS: [&str; 9] = [
        "{ viewer { id user { name email } } }",
        "{ assets { nodes { id name } } }",
        "query($n: Int!) { assets(first: $n) { nodes { id name policy { id } lastRecoveryPoint { id } } totalCount } }",
        "query($none: Int = 7) { assets(last: $none) { edges { node { id } cursor } } }",
        "{ a: assets(first: 3) { nodes { id } } b: assets(first: 3) { nodes { id } } }",
        "{ assets(first: 100) { nodes { ...A } } } fragment A on Asset { id recoveryPoints(first: 10) { nodes { id ...P } } } fragment P on RecoveryPoint { takenAt }",
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Asset { name region } } }",
        "mutation { deleteSession(input: {}) { deletedSessionId userErrors { message } } }",
        "{ tasks(first: 5) { nodes { id asset { id } } pageInfo { hasNextPage } } }",
    ];

    /// The library's own figure, which it shows to extensions only.
    async fn complexity(document: &str, variables: &serde_json::Value) -> u64 {
        let schema = graphql::builder().extension(Analyzer).finish();
        let request = Request::new(document).variables(Variables::from_json(variables.clone()));
        // Nothing was put into its data, so every resolver refuses; it was costed before.
        let response = schema.execute(request).await;
        let shown = response.extensions.get("analyzer").cloned().unwrap();
        shown.into_json().unwrap()["complexity"].as_u64().unwrap()
    }

    #[tokio::test]
    async fn an_operation_costs_what_the_rules_of_the_schema_say() {
        let engine = Engine::new(graphql::builder(), EngineLimits::default()).unwrap();
        let variables =
            json!({ "n": 50, "ids": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] });
        for document in DOCUMENTS {
            let params = Params {
                query: Some(document.to_owned()),
                variables: Some(Variables::from_json(variables.clone())),
                ..Params::default()
            };
            let price = engine.admit(params).unwrap().price();
            let expected = complexity(document, &variables).await;
            assert_eq!(u64::from(price), expected.min(1_000), "{document}");
        }
    }
}
