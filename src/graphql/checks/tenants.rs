//! T-49 and T-51: what one tenant can learn of another, and what every mutation leaves in the audit log, made from the schema.
//!
//! Invariant: a field, an argument or a mutation that is new in the schema is asked for here without anybody doing anything, or
//! the test says that it has no sample.

mod audited;
mod documents;
mod isolation;
mod prepared;
mod roles;
mod told;
mod world;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo,
};
use async_graphql::{ServerResult, Value};

use super::Stage;

/// Fields that were resolved, as `Type.field`.
pub(super) type Seen = Arc<Mutex<BTreeSet<String>>>;

/// Notes every field that is resolved.
#[derive(Default, Clone)]
struct Recorder(Seen);

impl ExtensionFactory for Recorder {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(self.clone())
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Recorder {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let name = format!("{}.{}", info.parent_type, info.name);
        self.0.lock().unwrap().insert(name);
        next.run(ctx, info).await
    }
}

/// A stage whose schema has no limits of cost, and tells which fields were resolved.
async fn stage() -> (Stage, Seen) {
    let recorder = Recorder::default();
    let stage = Stage {
        world: app::testing::Harness::new().await,
        schema: crate::builder().extension(recorder.clone()).finish(),
    };
    (stage, recorder.0)
}
