//! T-49: no request of one tenant ever answers with anything of another, and a foreign id is answered as a missing one.

use std::collections::BTreeSet;
use std::time::Duration;

use app::Ctx;
use async_graphql::parser::types::TypeKind;
use domain::role::BuiltInRole;
use futures_util::StreamExt as _;
use serde_json::Value;

use super::documents::{document, everything, implementors, slots};
use super::world::{CANARY, FOREIGN_EMAIL, Tenant};
use super::{audited, stage};
use crate::checks::sample::Sdl;
use crate::checks::{Stage, codes};

/// Requests that one part makes at least; reliability.md T-49 asks for 50,000 of all.
const REQUESTS_MIN: usize = 50_000 / PARTS;
/// Identifiers of a kind that are tried at each place.
const IDS_OF_A_KIND: usize = 2;
/// Callers are shared out over this many tests, which run at the same time.
const PARTS: usize = 2;

/// Fields that nothing in the sample reaches, each with the reason.
const UNREACHED: &[(&str, &str)] = &[];

fn missing(id: &str) -> String {
    let (prefix, _) = id.split_once('_').unwrap();
    // Zeros are a built-in role.
    format!("{prefix}_{}0", "z".repeat(25))
}

/// Whether an answer has anything of the foreign tenant; what the request itself said does not count.
fn leak(answer: &str, foreign: &Tenant, request: &str) -> Option<String> {
    for canary in [CANARY, FOREIGN_EMAIL] {
        if answer.contains(canary) {
            return Some(canary.to_owned());
        }
    }
    let ids = foreign.ids.values().flatten();
    let mut leaked =
        ids.filter(|id| answer.contains(id.as_str()) && !request.contains(id.as_str()));
    leaked.next().cloned()
}

struct Fuzz<'a> {
    stage: &'a Stage,
    sdl: &'a Sdl,
    own: &'a Tenant,
    foreign: &'a Tenant,
    requests: usize,
    faults: Vec<String>,
}

impl Fuzz<'_> {
    /// The answer, with the identifier taken out; a leak is noted.
    async fn ask(&mut self, caller: Option<&Ctx>, document: &str, id: &str) -> String {
        self.requests += 1;
        let answer: Value = if document.starts_with("subscription") {
            let request = self.stage.request(caller, document);
            let mut stream = self.stage.schema.execute_stream(request);
            // Nothing happens meanwhile, so what comes at once is a replay or a refusal.
            let first = futures_util::FutureExt::now_or_never(stream.next());
            first
                .flatten()
                .map_or(Value::Null, |first| serde_json::to_value(first).unwrap())
        } else {
            self.stage.ask(caller, document).await
        };
        let answer = answer.to_string();
        if let Some(leaked) = leak(&answer, self.foreign, document) {
            self.faults
                .push(format!("{leaked} in {document}: {answer}"));
        }
        answer.replace(id, "ID")
    }

    /// Foreign identifiers of one kind, and one of the kind that nobody has: all are answered alike.
    async fn compare(
        &mut self,
        caller: Option<&Ctx>,
        document: impl Fn(&str) -> String,
        ids: &[String],
    ) {
        let Some(first) = ids.first() else { return };
        let missing = missing(first);
        let nobodys = self.ask(caller, &document(&missing), &missing).await;
        for id in ids.iter().take(IDS_OF_A_KIND) {
            let theirs = self.ask(caller, &document(id), id).await;
            if theirs != nobodys {
                let document = document(id);
                self.faults
                    .push(format!("{document}: foreign {theirs}, missing {nobodys}"));
            }
        }
    }

    /// Every place of a root that takes an identifier, with identifiers of every kind of the foreign tenant.
    async fn root(&mut self, caller: Option<&Ctx>, root: &str, keyword: &'static str) {
        let own = self.own;
        let fitting = |field: &str, argument: &str| own.fitting(field, argument);
        for slot in slots(self.sdl, root, keyword) {
            let make = |id: &str| document(self.sdl, root, &slot, id, &fitting);
            let is_cursor = matches!(
                slot.path.last().map(String::as_str),
                Some("after" | "before")
            );
            if is_cursor {
                for cursor in &self.foreign.cursors {
                    self.ask(caller, &make(cursor), cursor).await;
                }
                continue;
            }
            for ids in self.foreign.ids.values() {
                self.compare(caller, make, ids).await;
            }
        }
    }
}

#[tokio::test]
async fn nothing_of_another_tenant_is_ever_answered() {
    isolation_of_part(0).await;
}

#[tokio::test]
async fn nothing_of_another_tenant_is_ever_answered_to_the_other_half() {
    isolation_of_part(1).await;
}

/// The fuzz for every [`PARTS`]th caller: a stranger and each built-in role.
async fn isolation_of_part(part: usize) {
    let (stage, _) = stage().await;
    let sdl = Sdl::new();
    let own = Tenant::new(&stage, stage.world.admin().await, "own").await;
    let foreign = Tenant::new(&stage, stage.world.stranger().await, CANARY).await;
    let roles = BuiltInRole::ALL.iter().copied().map(Some);
    let mut callers: Vec<Option<Ctx>> = Vec::new();
    for role in std::iter::once(None).chain(roles).skip(part).step_by(PARTS) {
        callers.push(match role {
            Some(role) => Some(stage.world.person(role).await),
            None => None,
        });
    }
    let mut fuzz = Fuzz {
        stage: &stage,
        sdl: &sdl,
        own: &own,
        foreign: &foreign,
        requests: 0,
        faults: Vec::new(),
    };
    for caller in &callers {
        for (root, keyword) in [
            ("Query", "query"),
            ("Mutation", "mutation"),
            ("Subscription", "subscription"),
        ] {
            fuzz.root(caller.as_ref(), root, keyword).await;
        }
        // Lists and streams without any argument as well.
        for (root, keyword) in [("Query", "query"), ("Subscription", "subscription")] {
            for (_, call) in sdl.calls(root, keyword) {
                fuzz.ask(caller.as_ref(), &call, "-").await;
            }
        }
    }
    let (requests, faults) = (fuzz.requests, fuzz.faults);
    assert!(
        faults.is_empty(),
        "{} faults, such as {}",
        faults.len(),
        faults[0]
    );
    eprintln!("{requests} requests, nothing foreign in any answer");
    assert!(requests >= REQUESTS_MIN, "only {requests} requests");
    // What was tried must not have been refused for want of things to find: the foreign tenant sees its own.
    let all = "{ policies { nodes { name } } assets { totalCount } tasks { totalCount } viewer { user { email } } }";
    let seen = stage.data(&foreign.ctx, all).await.to_string();
    assert!(
        seen.contains(CANARY) && seen.contains(FOREIGN_EMAIL),
        "{seen}"
    );
}

#[tokio::test]
async fn streams_tell_nothing_of_another_tenant() {
    let (stage, _) = stage().await;
    let sdl = Sdl::new();
    let viewer = stage.world.admin().await;
    // Behind a cursor, so that it does not matter which of them has begun to listen when things happen.
    let cursor = stage.data(&viewer, "{ eventCursor }").await["eventCursor"].clone();
    let document = |name: &str| {
        let fields = sdl.fields("Subscription");
        let field = fields
            .into_iter()
            .find(|one| one.name.node == name)
            .unwrap();
        let ty = field.ty.node.to_string();
        let selection = everything(&sdl, ty.trim_end_matches('!'), 1);
        let has_cursor = field
            .arguments
            .iter()
            .any(|one| one.node.name.node == "after");
        let after = if has_cursor {
            format!("(after: {cursor})")
        } else {
            String::new()
        };
        format!("subscription {{ {name}{after} {selection} }}")
    };
    let names: Vec<String> = sdl
        .fields("Subscription")
        .iter()
        .map(|one| one.name.node.to_string())
        .collect();
    let foreign = Tenant::new(&stage, stage.world.stranger().await, CANARY).await;
    let own = Tenant::new(&stage, viewer.clone(), "own").await;
    // All at once: one that nobody polls may hold the connection that another waits for.
    let heard = names.iter().map(async |name| {
        let request = stage.request(Some(&viewer), &document(name));
        let mut stream = Box::pin(stage.schema.execute_stream(request));
        let mut answers = Vec::new();
        // The first one must come; after the last one nothing does.
        let mut wait = Duration::from_secs(20);
        while let Ok(Some(next)) = tokio::time::timeout(wait, stream.next()).await {
            answers.push(next);
            wait = Duration::from_millis(300);
        }
        answers
    });
    let heard = futures_util::future::join_all(heard).await;
    let mut told = 0;
    for (name, answers) in names.iter().zip(heard) {
        assert!(!answers.is_empty(), "{name} told nothing");
        for answer in answers {
            let text = serde_json::to_value(&answer).unwrap();
            assert_eq!(codes(&text), Vec::<String>::new(), "{name}: {text}");
            assert_eq!(
                leak(&text.to_string(), &foreign, ""),
                None,
                "{name}: {text}"
            );
            told += 1;
        }
    }
    assert!(told > 20, "{told} events");
    assert!(!own.ids.is_empty());
}

#[tokio::test]
async fn every_field_of_the_schema_is_reached_by_the_sample() {
    let (stage, seen) = stage().await;
    let sdl = Sdl::new();
    let own = Tenant::new(&stage, stage.world.admin().await, "own").await;
    audited::run_all(&stage, &own, &sdl, async |_, _, _| {}).await;
    for (name, call) in sdl.calls("Mutation", "mutation") {
        let is_elsewhere = audited::ELSEWHERE.iter().any(|(one, ..)| *one == name);
        if is_elsewhere || audited::NOWHERE.contains(&name.as_str()) {
            stage.ask(Some(&own.ctx), &call).await;
        }
    }
    for (name, call) in sdl.calls("Query", "query") {
        let field = sdl
            .fields("Query")
            .into_iter()
            .find(|one| one.name.node == name.as_str());
        let ty = field.unwrap().ty.node.to_string();
        let ty = ty.trim_matches(['[', ']', '!']);
        let call = if call.contains("{ __typename }") {
            call.replace("{ __typename }", &everything(&sdl, ty, 1))
        } else {
            call
        };
        let answer = stage.ask(Some(&own.ctx), &call).await;
        assert_eq!(codes(&answer), Vec::<String>::new(), "{name}: {answer}");
    }
    for id in own.ids.values().flatten() {
        let call = format!(
            "query {{ node(id: \"{id}\") {} }}",
            everything(&sdl, "Node", 2)
        );
        let answer = stage.ask(Some(&own.ctx), &call).await;
        assert_eq!(codes(&answer), Vec::<String>::new(), "{id}: {answer}");
    }
    for (_, call) in sdl.calls("Subscription", "subscription") {
        let request = stage.request(Some(&own.ctx), &call);
        let mut stream = stage.schema.execute_stream(request);
        let _ = futures_util::FutureExt::now_or_never(stream.next());
    }
    let mut wanted = BTreeSet::new();
    let mut types = implementors(&sdl, "Node");
    types.extend(["Query".to_owned(), "Mutation".to_owned()]);
    for name in types {
        if let TypeKind::Object(_) = sdl.find(&name).kind {
            for field in sdl.fields(&name) {
                wanted.insert(format!("{name}.{}", field.name.node));
            }
        }
    }
    let seen = seen.lock().unwrap();
    let excused: BTreeSet<&str> = UNREACHED.iter().map(|(field, _)| *field).collect();
    let unreached: Vec<&String> = wanted
        .iter()
        .filter(|field| !seen.contains(*field) && !excused.contains(field.as_str()))
        .collect();
    assert!(
        unreached.is_empty(),
        "no sample reaches {unreached:?}: add one to tenants/world.rs"
    );
}
