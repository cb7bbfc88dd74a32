//! The document guard: what a parsed document would cost, before anybody walks it field by field.
//! Not the complexity of a query (the schema computes that): only sizes. Invariant: every fragment is costed once and a
//! spread adds the stored figure, so that the work is linear in the text even where the expanded document has 2^28
//! fields; no sum overflows.

use std::collections::BTreeMap;

use async_graphql::{
    Pos, Positioned,
    parser::types::{
        ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType,
        Selection, SelectionSet,
    },
};

use super::super::problem::{Code, Problem};

/// How large one document may be once its fragments are expanded.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// Fields in all.
    pub fields: u32,
    /// Nested fields, introspection not counted.
    pub depth: u32,
    /// Nested fields below `__schema` or `__type`; the standard introspection query needs 13.
    pub introspection_depth: u32,
    /// Lists of types inside lists of types in introspection (`fields`, `interfaces`, ...): each multiplies the answer.
    pub introspection_lists: u32,
    /// Fields at the root of one operation.
    pub root_fields: u32,
    /// Aliases in all.
    pub aliases: u32,
    /// Selections of the same field side by side.
    pub aliases_per_field: u32,
    /// Directives in all.
    pub directives: u32,
    /// Directives at one place.
    pub directives_per_place: u32,
    /// Operations in one document.
    pub operations: usize,
    /// How deep the walk itself may go before it gives up, so that it cannot exhaust the stack.
    pub walk: u32,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            fields: 1_000,
            depth: 12,
            introspection_depth: 16,
            introspection_lists: 2,
            root_fields: 10,
            aliases: 50,
            aliases_per_field: 20,
            directives: 50,
            directives_per_place: 10,
            operations: 10,
            walk: 64,
        }
    }
}

/// What one selection set costs when all its fragments are expanded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cost {
    fields: u32,
    depth: u32,
    introspection_depth: u32,
    introspection_lists: u32,
    /// Fields directly in the set.
    direct: u32,
    aliases: u32,
    directives: u32,
}

impl Cost {
    /// Side by side: sums add, depths compete.
    fn beside(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            direct: self.direct.saturating_add(other.direct),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
        }
    }

    /// As the selection set of `field`.
    fn under(self, field: &Field) -> Self {
        let name = field.name.node.as_str();
        let opens = matches!(name, "__schema" | "__type");
        let lists = matches!(
            name,
            "fields" | "interfaces" | "possibleTypes" | "inputFields"
        );
        Self {
            fields: self.fields.saturating_add(1),
            depth: if opens {
                1
            } else {
                self.depth.saturating_add(1)
            },
            introspection_depth: if opens {
                self.depth.saturating_add(1)
            } else {
                self.introspection_depth
            },
            // Counted by name wherever they stand, but judged only below `__schema` and `__type`.
            introspection_lists: self.introspection_lists.saturating_add(u32::from(lists)),
            direct: 1,
            aliases: self
                .aliases
                .saturating_add(u32::from(field.alias.is_some())),
            directives: self.directives,
        }
    }
}

enum Memo {
    Open,
    Done(Cost),
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    limits: &'a DocumentLimits,
    memo: BTreeMap<&'a str, Memo>,
}

/// Refuses a document that is over one of the limits, in any of its operations or fragments.
pub(super) fn check(document: &ExecutableDocument, limits: &DocumentLimits) -> Result<(), Problem> {
    if document.operations.iter().len() > limits.operations {
        return Err(over(
            &format!("has more than {} operations", limits.operations),
            Pos::default(),
        ));
    }
    let mut walk = Walk {
        document,
        limits,
        memo: BTreeMap::new(),
    };
    for (_, operation) in document.operations.iter() {
        walk.operation(operation)?;
    }
    // Validation walks fragments that nobody uses, too. Their depth says nothing: it is unknown what they stand under.
    for (name, fragment) in &document.fragments {
        let cost = walk.fragment(name.as_str(), fragment, 0)?;
        walk.judge_sums(cost, fragment.pos)?;
    }
    Ok(())
}

fn over(what: &str, position: Pos) -> Problem {
    let problem = Problem::new(Code::LimitExceeded, format!("The document {what}."));
    if position == Pos::default() {
        problem
    } else {
        problem.at(position)
    }
}

fn check_each(position: Pos, checks: &[(u32, u32, &str)]) -> Result<(), Problem> {
    match checks.iter().find(|(found, allowed, _)| found > allowed) {
        Some((_, allowed, what)) => Err(over(&format!("has more than {allowed} {what}"), position)),
        None => Ok(()),
    }
}

impl<'a> Walk<'a> {
    fn operation(&mut self, operation: &'a Positioned<OperationDefinition>) -> Result<(), Problem> {
        let own = self.directives(operation.node.directives.len(), operation.pos)?;
        let mut cost = self.set(&operation.node.selection_set.node, 0)?;
        cost.directives = cost.directives.saturating_add(own);
        for variable in &operation.node.variable_definitions {
            let own = self.directives(variable.node.directives.len(), variable.pos)?;
            cost.directives = cost.directives.saturating_add(own);
        }
        let (position, limits) = (operation.pos, self.limits);
        if cost.direct > limits.root_fields {
            return Err(over(
                &format!("selects more than {} root fields", limits.root_fields),
                position,
            ));
        }
        if operation.node.ty == OperationType::Subscription && cost.direct != 1 {
            let message = "A subscription must select exactly one root field.";
            return Err(Problem::new(Code::ValidationFailed, message).at(position));
        }
        self.judge(cost, position)
    }

    fn judge_sums(&self, cost: Cost, position: Pos) -> Result<(), Problem> {
        let limits = self.limits;
        check_each(
            position,
            &[
                (cost.fields, limits.fields, "fields"),
                (cost.aliases, limits.aliases, "aliases"),
                (cost.directives, limits.directives, "directives"),
            ],
        )
    }

    fn judge(&self, cost: Cost, position: Pos) -> Result<(), Problem> {
        let limits = self.limits;
        self.judge_sums(cost, position)?;
        check_each(
            position,
            &[
                (cost.depth, limits.depth, "levels of fields"),
                (
                    cost.introspection_depth,
                    limits.introspection_depth,
                    "levels of introspection",
                ),
            ],
        )?;
        if cost.introspection_depth > 0 && cost.introspection_lists > limits.introspection_lists {
            let message = format!(
                "nests lists of introspection more than {} times",
                limits.introspection_lists
            );
            return Err(over(&message, position));
        }
        Ok(())
    }

    fn directives(&self, count: usize, position: Pos) -> Result<u32, Problem> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count > self.limits.directives_per_place {
            let message = format!(
                "has more than {} directives at one place",
                self.limits.directives_per_place
            );
            return Err(over(&message, position));
        }
        Ok(count)
    }

    fn set(&mut self, set: &'a SelectionSet, level: u32) -> Result<Cost, Problem> {
        let mut total = Cost::default();
        let mut same: BTreeMap<&str, u32> = BTreeMap::new();
        for item in &set.items {
            if level >= self.limits.walk {
                return Err(over(
                    &format!("is nested deeper than {} levels", self.limits.walk),
                    item.pos,
                ));
            }
            let own = self.directives(item.node.directives().len(), item.pos)?;
            let mut cost = match &item.node {
                Selection::Field(field) => {
                    let seen = same.entry(field.node.name.node.as_str()).or_default();
                    *seen += 1;
                    if *seen > self.limits.aliases_per_field {
                        let allowed = self.limits.aliases_per_field;
                        return Err(over(
                            &format!("selects one field more than {allowed} times"),
                            item.pos,
                        ));
                    }
                    self.set(&field.node.selection_set.node, level + 1)?
                        .under(&field.node)
                }
                Selection::InlineFragment(inline) => {
                    self.set(&inline.node.selection_set.node, level + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    match self.document.fragments.get(name) {
                        Some(fragment) => self.fragment(name, fragment, level + 1)?,
                        // Validation says so later, with suggestions and place.
                        None => Cost::default(),
                    }
                }
            };
            cost.directives = cost.directives.saturating_add(own);
            total = total.beside(cost);
        }
        Ok(total)
    }

    fn fragment(
        &mut self,
        name: &'a str,
        fragment: &'a Positioned<FragmentDefinition>,
        level: u32,
    ) -> Result<Cost, Problem> {
        match self.memo.get(name) {
            Some(Memo::Done(cost)) => return Ok(*cost),
            Some(Memo::Open) => {
                let message = format!("The fragment \"{name}\" contains itself.");
                return Err(Problem::new(Code::ValidationFailed, message).at(fragment.pos));
            }
            None => {}
        }
        self.memo.insert(name, Memo::Open);
        let own = self.directives(fragment.node.directives.len(), fragment.pos)?;
        let mut cost = self.set(&fragment.node.selection_set.node, level)?;
        cost.directives = cost.directives.saturating_add(own);
        self.memo.insert(name, Memo::Done(cost));
        Ok(cost)
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, time::Duration};

    use async_graphql::parser::parse_query;

    use super::*;

    fn verdict(text: &str) -> Result<(), Problem> {
        check(&parse_query(text).unwrap(), &DocumentLimits::default())
    }

    fn refused(text: &str) -> String {
        verdict(text).unwrap_err().message
    }

    /// `levels` fragments, each with two spreads of the next: 2^levels fields.
    fn bomb(levels: u32) -> String {
        let mut text = "query { ...F0 }".to_owned();
        for level in 0..levels {
            let next = level + 1;
            write!(
                text,
                " fragment F{level} on Query {{ ...F{next} ...F{next} }}"
            )
            .unwrap();
        }
        write!(text, " fragment F{levels} on Query {{ __typename }}").unwrap();
        text
    }

    #[test]
    fn refuses_a_fragment_bomb_at_once() {
        let document = parse_query(bomb(28)).unwrap();
        // The best of several: other work on the machine must not fail the test, an exponential walk must.
        let fastest = (0..20).map(|_| {
            let started = tokio::time::Instant::now();
            let problem = check(&document, &DocumentLimits::default()).unwrap_err();
            assert_eq!(problem.code, Code::LimitExceeded);
            started.elapsed()
        });
        assert!(fastest.min().unwrap() < Duration::from_millis(5));
    }

    #[test]
    fn refuses_cycles_direct_and_indirect() {
        assert!(refused("{...A} fragment A on Query {a ...A}").contains("contains itself"));
        assert!(
            refused("{...A} fragment A on Query {a{...B}} fragment B on Query {b{...A}}")
                .contains("itself")
        );
        assert!(refused("{a} fragment A on Query {...A}").contains("itself"));
    }

    #[test]
    fn refuses_each_size() {
        let many = |count: usize, one: &str| one.repeat(count);
        assert!(
            refused(&format!(
                "{{a {{ {} }} }}",
                (0..21).fold(String::new(), |t, i| format!("{t} x{i}: a"))
            ))
            .contains("one field more than 20")
        );
        assert!(
            refused(&format!("{}a{}", many(13, "{a"), many(13, "}"))).contains("levels of fields")
        );
        assert!(
            refused(&format!(
                "{{{}}}",
                (0..11).fold(String::new(), |t, i| format!("{t} f{i}"))
            ))
            .contains("root fields")
        );
        assert!(
            refused(&format!("{{a {}}}", many(11, "@include(if: true) "))).contains("at one place")
        );
        assert!(refused("subscription { a b }").contains("exactly one"));
        let operations = (0..11).fold(String::new(), |t, i| format!("{t} query Q{i} {{a}}"));
        assert!(refused(&operations).contains("operations"));
        let aliases = (0..51).fold(String::new(), |t, i| format!("{t} x{i}: f{i}"));
        assert!(refused(&format!("{{a{{{aliases}}}}}")).contains("aliases"));
        let fields = (0..1_000).fold(String::new(), |t, i| format!("{t} f{i}"));
        assert!(refused(&format!("{{a{{{fields}}}}}")).contains("fields"));
    }

    #[test]
    fn lets_the_standard_introspection_query_pass() {
        let type_ref = format!(
            "kind name {}kind name{}",
            "ofType { ".repeat(9),
            "}".repeat(9)
        );
        let text = format!(
            "query IntrospectionQuery {{ __schema {{ queryType {{ name }} types {{ ...FullType }} \
             directives {{ name args {{ ...InputValue }} }} }} }} \
             fragment FullType on __Type {{ kind name fields {{ name args {{ ...InputValue }} type {{ ...TypeRef }} }} \
             inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }} possibleTypes {{ ...TypeRef }} }} \
             fragment InputValue on __InputValue {{ name type {{ ...TypeRef }} defaultValue }} \
             fragment TypeRef on __Type {{ {type_ref} }}"
        );
        verdict(&text).unwrap();
    }

    #[test]
    fn refuses_introspection_that_multiplies() {
        let text = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}";
        assert!(refused(text).contains("introspection"));
        // Fields of the same names outside introspection are nobody's business.
        verdict("{fields{fields{fields{fields}}}}").unwrap();
    }
}
