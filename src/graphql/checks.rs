//! Checks of the schema as a whole, over a real store.
//!
//! Invariant: what is committed under `schema/` is what the code says; `UPDATE_SCHEMA=1` writes it anew.

mod access;
mod answers;
mod committed;
mod plans;
mod policies;
mod protection;
mod roots;
mod sample;
mod tenants;

use std::sync::Arc;

use app::testing::Harness;
use app::{Ctx, Origin};
use async_graphql::{Data, Request, Value};

use crate::{Limits, NoCookie, RequestContext, Schema};

/// A schema over a fresh service.
pub(super) struct Stage {
    pub(super) world: Harness,
    pub(super) schema: Schema,
}

impl Stage {
    pub(super) async fn new() -> Self {
        Self {
            world: Harness::new().await,
            schema: crate::schema(Limits::default()),
        }
    }

    /// A request by this caller; none is a stranger.
    pub(super) fn request(&self, caller: Option<&Ctx>, document: &str) -> Request {
        let context = RequestContext {
            services: Arc::clone(&self.world.services),
            caller: caller.cloned(),
            origin: Origin::default(),
            cookie: Arc::new(NoCookie),
        };
        let mut request = Request::new(document);
        let mut data = Data::default();
        if caller.is_some() {
            let now = self.world.services.clock.now();
            data.insert(crate::RateLimit::new(1, 100, 99, now));
        }
        context.attach(&mut data);
        request.data = data;
        request
    }

    /// The answer as JSON: `{ "data": ..., "errors": [...] }`.
    pub(super) async fn ask(&self, caller: Option<&Ctx>, document: &str) -> serde_json::Value {
        let response = self.schema.execute(self.request(caller, document)).await;
        serde_json::to_value(response).unwrap()
    }

    /// The data of an answer without errors.
    pub(super) async fn data(&self, caller: &Ctx, document: &str) -> serde_json::Value {
        let mut answer = self.ask(Some(caller), document).await;
        assert_eq!(answer.get("errors"), None, "{document}");
        answer["data"].take()
    }
}

/// The codes of the errors of an answer.
pub(super) fn codes(answer: &serde_json::Value) -> Vec<String> {
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let code = |error: &serde_json::Value| {
        let code = error["extensions"]["code"].as_str();
        code.unwrap_or("(none)").to_owned()
    };
    errors.iter().map(code).collect()
}

/// The data of a streamed answer.
pub(super) fn streamed(value: Value) -> serde_json::Value {
    value.into_json().unwrap()
}
