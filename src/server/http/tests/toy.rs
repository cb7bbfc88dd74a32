//! A toy schema and a toy authenticator: enough to put every judge and every test in front of the edge. No backups.
//! Invariant: what a mutation did can be counted, so that a test can prove that nothing ran.

#![expect(
    clippy::unused_async,
    reason = "the library's macros want async resolvers; toys have nothing to wait for"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    Context, Data, Error, ErrorExtensions as _, InputObject, Interface, Object, Result, Schema,
    SimpleObject, Subscription,
};
use async_trait::async_trait;
use futures_util::{Stream, StreamExt as _, stream};
use parking_lot::Mutex;
use secrecy::ExposeSecret as _;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::http::{
    AuthError, Authenticator, Charge, Client, Credential, Edge, EdgeParts, Engine, EngineLimits,
    HttpSettings, Payer, Session, SessionWatch, Tokens, Viewer,
};

/// The one good token, as bearer and as cookie.
pub(crate) const TOKEN: &str = "toy-token";
/// The name of the session cookie.
pub(crate) const COOKIE: &str = "holdfast_session";

/// The toy schema.
pub(crate) type ToySchema = Schema<Query, Mutation, Subscriptions>;

/// What the toy world counts and how it ends sessions.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// Mutations that ran.
    pub(crate) mutations: Arc<AtomicU64>,
    /// Of each client whom the doorman saw: whether it said that nobody sits there.
    pub(crate) unattended: Arc<Mutex<Vec<bool>>>,
    /// Cancel to end every session.
    pub(crate) revoked: CancellationToken,
}

/// Builds an edge over the toy schema.
pub(crate) fn edge(
    world: &World,
    settings: HttpSettings,
    shutdown: CancellationToken,
) -> Result<Arc<Edge<ToySchema>>> {
    let builder = Schema::build(Query, Mutation, Subscriptions).data(world.clone());
    let parts = EdgeParts {
        engine: Engine::new(builder, EngineLimits::default())?,
        authenticator: Arc::new(Doorman {
            world: world.clone(),
        }),
        settings,
        tokens: Arc::new(Counter::default()),
        readiness: Vec::new(),
        figures: Vec::new(),
        registry: prometheus::Registry::new(),
        tracker: TaskTracker::new(),
        shutdown,
    };
    Ok(Edge::new(parts)?)
}

/// Not random: tests and judges do not need it, a server does.
#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Tokens for Counter {
    fn request_id(&self) -> String {
        format!("request-{:08}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn nonce(&self) -> String {
        format!("nonce{:027}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

struct Doorman {
    world: World,
}

#[derive(Debug, Clone)]
struct Person(Option<&'static str>);

impl Viewer for Person {
    fn attach(&self, data: &mut Data, charge: Option<&Charge>) {
        data.insert(self.clone());
        data.insert(charge.copied());
    }
}

#[async_trait]
impl Authenticator for Doorman {
    async fn authenticate(
        &self,
        credential: Credential,
        client: &Client,
    ) -> Result<Session, AuthError> {
        self.world.unattended.lock().push(client.is_unattended);
        let known = |secret: &secrecy::SecretString| secret.expose_secret() == TOKEN;
        let ann = || {
            let watch = SessionWatch::new(self.world.revoked.clone());
            let session = Session::signed_in(Arc::new(Person(Some("ann@example.com"))), watch);
            session.paid_by(Payer {
                credential: Arc::from("ann"),
                organization: Arc::from("example"),
            })
        };
        match credential {
            Credential::Bearer(secret) if known(&secret) => Ok(ann()),
            Credential::Bearer(_) => Err(AuthError::Invalid),
            Credential::Cookie(secret) if known(&secret) => Ok(ann()),
            Credential::Cookie(_) | Credential::Absent => {
                Ok(Session::anonymous(Arc::new(Person(None))))
            }
        }
    }
}

fn coded(message: &str, code: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

/// Who asks.
#[derive(Debug, SimpleObject)]
struct Somebody {
    email: String,
}

/// Something with an id.
#[derive(Debug, Interface)]
#[graphql(
    field(name = "id", ty = "&i32"),
    field(
        name = "label",
        ty = "Result<Option<String>>",
        method = "nullable_label"
    )
)]
enum Thing {
    Item(Item),
}

#[derive(Debug, Clone)]
struct Item {
    id: i32,
}

impl Item {
    fn text(&self) -> Result<Option<String>> {
        self.fail_on(2).map(|()| Some(format!("item {}", self.id)))
    }

    fn fail_on(&self, id: i32) -> Result<()> {
        if self.id == id {
            Err(coded("This item is broken.", "BROKEN"))
        } else {
            Ok(())
        }
    }
}

/// An item of a list.
#[Object]
impl Item {
    /// Its number.
    async fn id(&self) -> &i32 {
        &self.id
    }

    /// May be null, and fails for number 2.
    #[graphql(name = "label")]
    async fn nullable_label(&self) -> Result<Option<String>> {
        self.text()
    }

    /// May not be null, and fails for number 2.
    async fn required(&self) -> Result<String> {
        self.fail_on(2).map(|()| "fine".to_owned())
    }

    /// The same again, for depth.
    async fn inner(&self) -> Option<Item> {
        Some(self.clone())
    }
}

/// Reads.
#[derive(Debug)]
pub(crate) struct Query;

#[Object]
impl Query {
    /// Who asks.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Somebody>> {
        match ctx.data::<Person>()?.0 {
            Some(email) => Ok(Some(Somebody {
                email: email.to_owned(),
            })),
            None => Err(coded("Sign in first.", "UNAUTHENTICATED")),
        }
    }

    /// What is left of the caller's budget.
    async fn left(&self, ctx: &Context<'_>) -> Result<Option<u32>> {
        Ok(ctx.data::<Option<Charge>>()?.map(|charge| charge.remaining))
    }

    /// A constant.
    async fn hello(&self) -> Option<&'static str> {
        Some("world")
    }

    /// Gives the number back.
    async fn echo(&self, number: i32) -> Option<i32> {
        Some(number)
    }

    /// Nullable; always fails with a code.
    async fn broken(&self) -> Result<Option<i32>> {
        Err(coded("This field is broken.", "BROKEN"))
    }

    /// Not nullable; always fails.
    async fn broken_required(&self) -> Result<i32> {
        Err(coded("This field is broken.", "BROKEN"))
    }

    /// Fails with text that must not leave the server.
    async fn leaky(&self) -> Result<Option<i32>> {
        Err(Error::new_with_source("password=hunter2 at /etc/secret"))
    }

    /// Three items, one of them broken; a list that may be null of items that may not.
    async fn items(&self) -> Option<Vec<Item>> {
        Some((1..=3).map(|id| Item { id }).collect())
    }

    /// Three items, each of which may be null.
    async fn sparse(&self) -> Option<Vec<Option<Item>>> {
        Some((1..=3).map(|id| Some(Item { id })).collect())
    }

    /// The same behind an interface.
    async fn things(&self) -> Option<Vec<Option<Thing>>> {
        Some((1..=3).map(|id| Some(Thing::Item(Item { id }))).collect())
    }

    /// The broken item alone.
    async fn item(&self) -> Option<Item> {
        Some(Item { id: 2 })
    }

    /// Costs a lot.
    #[graphql(complexity = "2000")]
    async fn dear(&self) -> Option<i32> {
        Some(1)
    }

    /// Panics, as a bug would.
    async fn panicky(&self) -> Option<i32> {
        let no_numbers: Vec<i32> = Vec::new();
        if no_numbers.is_empty() {
            std::panic::resume_unwind(Box::new("a bug"));
        }
        None
    }

    /// Never answers.
    async fn never(&self) -> Option<i32> {
        std::future::pending().await
    }
}

/// Credentials.
#[derive(Debug, InputObject)]
struct CreateSessionInput {
    email: String,
    password: String,
}

/// What was wrong.
#[derive(Debug, SimpleObject)]
struct UserError {
    message: String,
}

/// Result of a sign-in.
#[derive(Debug, SimpleObject)]
struct CreateSessionPayload {
    user_errors: Vec<UserError>,
}

/// Writes.
#[derive(Debug)]
pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// Counts.
    async fn bump(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        Ok(Some(
            ctx.data::<World>()?
                .mutations
                .fetch_add(1, Ordering::SeqCst)
                + 1,
        ))
    }

    /// Sets the cookie for any e-mail with the password "toy".
    async fn create_session(
        &self,
        ctx: &Context<'_>,
        input: CreateSessionInput,
    ) -> Result<Option<CreateSessionPayload>> {
        ctx.data::<World>()?
            .mutations
            .fetch_add(1, Ordering::SeqCst);
        if input.password != "toy" || input.email.is_empty() {
            let user_errors = vec![UserError {
                message: "E-mail or password is wrong.".to_owned(),
            }];
            return Ok(Some(CreateSessionPayload { user_errors }));
        }
        ctx.insert_http_header(
            "set-cookie",
            format!("{COOKIE}={TOKEN}; Path=/; HttpOnly; SameSite=Lax"),
        );
        ctx.append_http_header("x-not-for-you", "dropped");
        Ok(Some(CreateSessionPayload {
            user_errors: Vec::new(),
        }))
    }
}

/// Streams.
#[derive(Debug)]
pub(crate) struct Subscriptions;

#[Subscription]
impl Subscriptions {
    /// Counts up for ever.
    async fn ticks(&self, #[graphql(default = 50)] every_ms: u64) -> impl Stream<Item = i32> {
        let every = Duration::from_millis(every_ms.clamp(1, 60_000));
        stream::unfold(0, move |count| async move {
            tokio::time::sleep(every).await;
            Some((count, count + 1))
        })
    }

    /// Three numbers.
    async fn three(&self) -> impl Stream<Item = i32> {
        stream::iter(1..=3)
    }

    /// As many large events as the reader takes.
    async fn flood(&self) -> impl Stream<Item = String> {
        stream::repeat_with(|| "x".repeat(64 * 1024)).map(|text| text)
    }

    /// Refused by the resolver.
    async fn forbidden(&self) -> Result<impl Stream<Item = i32>> {
        Err::<stream::Empty<i32>, _>(coded("Not for you.", "FORBIDDEN"))
    }
}
