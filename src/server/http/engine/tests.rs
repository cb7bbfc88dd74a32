//! The wordings of the pinned GraphQL library that `codes` tells apart. Not the guards. Invariant: an update of the
//! library that rewords an error fails here, not at a user's.

use async_graphql::{EmptyMutation, EmptySubscription, InputObject, Object, OneofObject, Schema};

use super::{super::problem::Code, *};
use crate::http::Viewer;

struct Nobody;

impl Viewer for Nobody {
    fn attach(&self, _: &mut Data, _: Option<&Charge>) {}
}

#[derive(InputObject)]
struct Range {
    #[graphql(validator(minimum = 1, maximum = 100))]
    first: i32,
}

#[derive(OneofObject)]
enum Choice {
    Name(String),
    Number(i32),
}

struct Query;

#[Object]
impl Query {
    async fn page(
        &self,
        #[graphql(validator(minimum = 1, maximum = 100))] first: i32,
    ) -> Option<i32> {
        Some(first)
    }
    async fn range(&self, range: Range) -> Option<i32> {
        Some(range.first)
    }
    async fn choose(&self, by: Choice) -> Option<String> {
        Some(match by {
            Choice::Name(name) => name,
            Choice::Number(number) => number.to_string(),
        })
    }
    #[graphql(complexity = "5000")]
    async fn dear(&self) -> Option<i32> {
        None
    }
}

async fn code(query: &str, variables: serde_json::Value) -> Option<Code> {
    let builder = Schema::build(Query, EmptyMutation, EmptySubscription);
    let engine = Engine::new(builder, EngineLimits::default()).unwrap();
    let params = Params {
        query: Some(query.to_owned()),
        variables: Some(Variables::from_json(variables)),
        ..Params::default()
    };
    let session = Session::signed_in(Arc::new(Nobody), crate::http::SessionWatch::default());
    let outcome = match engine.admit(params) {
        Ok(admitted) => engine.execute(admitted, &session, "r").await,
        Err(problem) => problem.into(),
    };
    match outcome {
        Outcome::Refused(errors) => errors.first().and_then(Code::of),
        Outcome::Executed(response) => response.errors.first().and_then(Code::of),
    }
}

/// Queries without variables.
const PLAIN: [(&str, Option<Code>); 17] = [
    ("{ page(first: 1) }", None),
    ("{", Some(Code::ParseFailed)),
    ("{ page(first: 1) { x } }", Some(Code::ValidationFailed)),
    ("{ page }", Some(Code::ValidationFailed)),
    ("{ nope }", Some(Code::ValidationFailed)),
    ("{ page(first: 1, last: 2) }", Some(Code::ValidationFailed)),
    (
        "query Q { page(first: 1) } query R { page(first: 1) }",
        Some(Code::OperationResolutionFailure),
    ),
    ("{ dear }", Some(Code::LimitExceeded)),
    ("{ page(first: 1000) }", Some(Code::BadUserInput)),
    ("{ page(first: \"x\") }", Some(Code::BadUserInput)),
    ("{ page(first: 99999999999) }", Some(Code::BadUserInput)),
    ("{ range(range: { first: 0 }) }", Some(Code::BadUserInput)),
    (
        "{ range(range: { first: true }) }",
        Some(Code::BadUserInput),
    ),
    (
        "{ choose(by: { name: \"a\", number: 1 }) }",
        Some(Code::BadUserInput),
    ),
    ("{ choose(by: {}) }", Some(Code::BadUserInput)),
    (
        "query ($n: Int!) { page(first: $n) }",
        Some(Code::BadUserInput),
    ),
    ("{ page(first: $n) }", Some(Code::ValidationFailed)),
];

/// Every case, with its variables.
fn cases() -> impl Iterator<Item = (&'static str, serde_json::Value, Option<Code>)> {
    let input = Some(Code::BadUserInput);
    let with_variables = [
        (
            "query ($n: Int!) { page(first: $n) }",
            serde_json::json!({ "n": null }),
            input,
        ),
        (
            "query ($n: Int!) { page(first: $n) }",
            serde_json::json!({ "n": "x" }),
            input,
        ),
        (
            "query ($n: Int!) { page(first: $n) }",
            serde_json::json!({ "n": 2_147_483_648_u64 }),
            input,
        ),
        (
            "query ($r: Range!) { range(range: $r) }",
            serde_json::json!({ "r": { "first": 0 } }),
            input,
        ),
    ];
    let plain = PLAIN.map(|(query, code)| (query, serde_json::json!({}), code));
    plain.into_iter().chain(with_variables)
}

#[tokio::test]
async fn every_wording_has_its_code() {
    for (query, variables, expected) in cases() {
        let found = code(query, variables.clone()).await;
        assert_eq!(found, expected, "{query} {variables}");
    }
}
