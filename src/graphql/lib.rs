//! The GraphQL schema: objects, inputs, payloads, loaders and subscriptions.
//!
//! Not for rules or rights (`app`) and not for transports (`server`). Invariant: every root field but those of signing
//! in and getting a new password refuses a stranger, and root fields are nullable, so one failing panel never blanks a page.
//!
//! Architecture invariant: this crate never sees a row; it turns what `app` returns into types of the schema.
//!
//! How to add a noun: a file with its object, filter, inputs, payloads, root fields and mutations; merge them in `query.rs` and
//! `mutation.rs`; a line in `node.rs`; then `holdfast generate` writes `schema/schema.graphql` anew.
// The roots are made of a hundred futures; the layout of the whole nests deep.
#![recursion_limit = "512"]

mod activity;
mod alert;
mod api_token;
mod approval;
mod asset;
mod assignment;
mod audit_event;
mod aws_account;
mod calendar;
mod compliance;
mod connection;
pub mod context;
mod domain_proof;
mod email_change;
mod enums;
mod error;
mod events;
mod filter;
mod identity_provider;
mod invitation;
mod legal_hold;
pub mod loaders;
mod matrix;
mod membership;
mod mutation;
mod node;
mod organization;
mod organizational_unit;
mod overview;
mod passkey;
mod password;
mod policy;
mod profile;
mod protection;
mod protection_plan;
mod protection_rule;
mod query;
mod rate_limit;
mod recovery_point;
mod restore;
mod role;
mod scalars;
mod second_factor;
mod service_token;
mod sign_in;
mod sign_up;
mod task;
mod user;
mod vault_lock;
mod verification;
mod viewer;

pub use async_graphql;
use async_graphql::{SDLExportOptions, SchemaBuilder};
pub use context::{NoCookie, RequestContext, SessionCookie};
pub use events::Subscription;
pub use matrix::{permissions, task_kinds};
pub use mutation::Mutation;
pub use query::Query;
pub use rate_limit::RateLimit;

/// The schema of Holdfast.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Limits that hold even where the HTTP edge's own guard is not in front (tests, tools).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of fields.
    pub depth: usize,
    /// Highest cost; a page costs its nodes times a tenth of the fields asked of each.
    pub cost: usize,
    /// Deepest nesting of selections, which bounds the library's own walk over the document.
    pub recursion: usize,
    /// Most directives at one place.
    pub directives: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 12,
            cost: 1_000,
            recursion: 32,
            directives: 10,
        }
    }
}

/// The schema without limits, for an edge that sets its own. Each operation needs a [`RequestContext`] in its data.
#[must_use]
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)
        .register_output_type::<node::Node>()
}

/// The schema behind `limits`.
#[must_use]
pub fn schema(limits: Limits) -> Schema {
    builder()
        .limit_depth(limits.depth)
        .limit_complexity(limits.cost)
        .limit_recursive_depth(limits.recursion)
        .limit_directives(limits.directives)
        .finish()
}

/// The schema in its definition language, in an order that does not depend on the order of the code: the text of
/// `schema/schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .use_space_ident();
    let text = builder().finish().sdl_with_options(options);
    format!("{}\n", text.trim())
}

#[cfg(test)]
mod checks;
