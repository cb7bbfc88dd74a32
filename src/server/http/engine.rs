//! The one way from a request to the schema: guards, documents, execution, and what is done to the answer.
//! Not a transport: HTTP, WebSocket and event streams all call this. Invariant: nothing reaches the schema that did not
//! pass the guards, because the schema is private here and has no other door.
//!
//! The guards are not extensions of the library on purpose: with any extension registered it wraps every single field
//! of every answer in boxed futures, and extensions would have to be registered in the right order by hand.

mod codes;
mod cost;
mod documents;
mod nulls;
mod price;
#[cfg(test)]
mod tests;
mod text;
mod types;

use std::{fmt, panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{
    Data, Executor, ObjectType, Request, Response, Schema, SchemaBuilder, ServerError,
    SubscriptionType, Variables,
    parser::types::{OperationDefinition, OperationType},
};
use futures_util::{FutureExt as _, Stream, StreamExt as _};

pub use self::{cost::DocumentLimits, text::TextLimits};
use self::{
    documents::{Document, Documents},
    nulls::Shape,
    types::TypeIndex,
};
use super::{
    auth::Session,
    budget::Charge,
    problem::{Code, Problem},
    request::Params,
};

/// Limits of one schema.
#[derive(Debug, Clone, Copy)]
pub struct EngineLimits {
    /// The text of a document.
    pub text: TextLimits,
    /// The document with its fragments expanded.
    pub document: DocumentLimits,
    /// What the schema's own cost rules may add up to (`#[graphql(complexity = ...)]`; a plain field costs 1).
    pub cost: usize,
    /// Memory for parsed documents, in bytes.
    pub documents_bytes: u64,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            text: TextLimits::default(),
            document: DocumentLimits::default(),
            cost: 1_000,
            documents_bytes: 32 * 1024 * 1024,
        }
    }
}

/// What became of an operation, or of one event of a subscription.
#[derive(Debug)]
pub enum Outcome {
    /// It was never executed: the answer has errors and no `data` entry.
    Refused(Vec<ServerError>),
    /// It was executed: the answer has `data`, perhaps null, perhaps with errors.
    Executed(Response),
}

impl From<Problem> for Outcome {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem.into())
    }
}

/// A request that the guards let pass.
#[derive(Debug)]
pub struct Admitted {
    document: Arc<Document>,
    kind: OperationType,
    operation_name: Option<String>,
    variables: Variables,
    price: u32,
    charge: Option<Charge>,
}

impl Admitted {
    /// Query, mutation or subscription.
    #[must_use]
    pub fn kind(&self) -> OperationType {
        self.kind
    }

    /// What it costs; at most the limit of one document.
    #[must_use]
    pub fn price(&self) -> u32 {
        self.price
    }

    /// The same, after it was paid for.
    #[must_use]
    pub fn paid(mut self, charge: Option<Charge>) -> Self {
        self.charge = charge;
        self
    }

    /// The name that the request gave, for logs and metrics of low cardinality only after a check.
    #[must_use]
    pub fn operation_name(&self) -> Option<&str> {
        self.operation_name.as_deref()
    }
}

/// A schema behind its guards. Cheap to clone.
#[derive(Clone)]
pub struct Engine<E> {
    executor: E,
    shared: Arc<Shared>,
}

struct Shared {
    documents: Documents,
    types: TypeIndex,
    sdl: String,
    cost_max: u32,
}

impl<E> fmt::Debug for Engine<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl<Q, M, S> Engine<Schema<Q, M, S>>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// Finishes the builder with the limits set and puts the schema behind the guards. Extensions of the builder work,
    /// but each makes every field slower.
    pub fn new(
        builder: SchemaBuilder<Q, M, S>,
        limits: EngineLimits,
    ) -> Result<Self, async_graphql::parser::Error> {
        let schema = builder
            .limit_complexity(limits.cost)
            // The guard has counted both by now; these are the library's own, exponential on their own.
            .limit_recursive_depth(64)
            .limit_directives(64)
            .finish();
        let options = async_graphql::SDLExportOptions::new()
            .sorted_fields()
            .sorted_enum_items();
        let sdl = schema.sdl_with_options(options);
        let shared = Shared {
            documents: Documents::new(limits.text, limits.document, limits.documents_bytes),
            types: TypeIndex::from_sdl(&sdl)?,
            sdl,
            cost_max: u32::try_from(limits.cost).unwrap_or(u32::MAX),
        };
        Ok(Self {
            executor: schema,
            shared: Arc::new(shared),
        })
    }
}

impl<E: Executor> Engine<E> {
    /// The schema in its definition language.
    #[must_use]
    pub fn sdl(&self) -> &str {
        &self.shared.sdl
    }

    /// Guards, parses (or finds) the document and picks the operation. Executes nothing.
    pub fn admit(&self, params: Params) -> Result<Admitted, Problem> {
        let persisted = params.persisted_query()?;
        let documents = &self.shared.documents;
        let document = match (params.query.as_deref(), persisted.as_deref()) {
            (Some(text), claimed) if !text.is_empty() => documents.by_text(text, claimed)?,
            (_, Some(hash)) => documents.by_hash(hash)?,
            (_, None) => {
                return Err(Problem::new(
                    Code::BadRequest,
                    "The request has no \"query\".",
                ));
            }
        };
        let operation_name = params.operation_name.filter(|name| !name.is_empty());
        let operation = document.operation(operation_name.as_deref())?;
        let variables = params.variables.unwrap_or_default();
        check_required(operation, &variables)?;
        let price = price::of(operation, &document.parsed, &self.shared.types, &variables);
        Ok(Admitted {
            kind: operation.ty,
            document,
            operation_name,
            variables,
            price: price.min(self.shared.cost_max),
            charge: None,
        })
    }

    /// Executes a query or a mutation.
    pub async fn execute(
        &self,
        admitted: Admitted,
        session: &Session,
        request_id: &str,
    ) -> Outcome {
        let view = View::new(&admitted, session, request_id);
        let request = request(admitted, session);
        // A panic of one resolver must not take the connection and its other requests with it.
        let executed = AssertUnwindSafe(self.executor.execute(request))
            .catch_unwind()
            .await;
        let Ok(response) = executed else {
            return panicked(request_id);
        };
        self.finish(response, &view)
    }

    /// Executes any operation as a stream: a query or mutation gives one outcome, a subscription one per event.
    pub fn stream(
        &self,
        admitted: Admitted,
        session: &Session,
        request_id: &str,
    ) -> impl Stream<Item = Outcome> + Send + 'static + use<E> {
        let view = View::new(&admitted, session, request_id);
        let request = request(admitted, session);
        let engine = self.clone();
        let responses = self
            .executor
            .execute_stream(request, Some(Arc::new(Data::default())));
        let outcomes = responses.map(move |response| engine.finish(response, &view));
        let request_id = request_id.to_owned();
        AssertUnwindSafe(outcomes)
            .catch_unwind()
            .map(move |outcome| outcome.unwrap_or_else(|_| panicked(&request_id)))
    }

    fn finish(&self, mut response: Response, view: &View) -> Outcome {
        if response.errors.is_empty() {
            return Outcome::Executed(response);
        }
        let before_execution = response.data == async_graphql::Value::Null
            && response.errors.iter().all(|error| error.path.is_empty());
        if before_execution {
            codes::mark_refused(&mut response.errors, view.with_suggestions);
            return Outcome::Refused(response.errors);
        }
        if let Ok(operation) = view.document.operation(view.operation_name.as_deref()) {
            let document = &view.document.parsed;
            let shape = Shape {
                operation,
                document,
                types: &self.shared.types,
            };
            nulls::settle(&mut response.data, &response.errors, &shape);
        }
        codes::mark_executed(&mut response.errors, |error| {
            tracing::error!(request_id = view.request_id, path = ?error.path, "{}", error.message);
        });
        Outcome::Executed(response)
    }
}

/// The library finds a missing variable only when a field asks for it, in the middle of the execution. The
/// specification wants the whole request refused, before any mutation has run.
fn check_required(operation: &OperationDefinition, variables: &Variables) -> Result<(), Problem> {
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let optional =
            definition.node.var_type.node.nullable || definition.node.default_value.is_some();
        let given = variables
            .get(name)
            .is_some_and(|value| *value != async_graphql::Value::Null);
        if !optional && !given {
            let message = format!("The variable \"${name}\" needs a value.");
            return Err(Problem::new(Code::BadUserInput, message).at(definition.pos));
        }
    }
    Ok(())
}

/// The panic itself is in the log already: the hook wrote it.
fn panicked(request_id: &str) -> Outcome {
    tracing::error!(request_id, "a resolver panicked");
    Problem::new(Code::Internal, codes::GENERIC).into()
}

/// What the answer is read against once the request itself is gone.
struct View {
    document: Arc<Document>,
    operation_name: Option<String>,
    request_id: String,
    with_suggestions: bool,
}

impl View {
    fn new(admitted: &Admitted, session: &Session, request_id: &str) -> Self {
        Self {
            document: Arc::clone(&admitted.document),
            operation_name: admitted.operation_name.clone(),
            request_id: request_id.to_owned(),
            with_suggestions: !session.is_anonymous(),
        }
    }
}

fn request(admitted: Admitted, session: &Session) -> Request {
    let mut request = Request::new(String::new()).variables(admitted.variables);
    request.operation_name = admitted.operation_name;
    request.set_parsed_query(admitted.document.parsed.clone());
    if session.is_anonymous() {
        // The schema is for signed-in users; strangers may sign in and no more.
        request = request.disable_introspection();
    }
    session.attach(&mut request.data, admitted.charge.as_ref());
    request
}
