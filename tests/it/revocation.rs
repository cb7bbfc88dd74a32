//! Live sockets of people whose sessions end or whose rights change, on one and on two replicas (reliability.md T-35).
//!
//! `HOLDFAST_SOCKETS` says how many; CI has fewer than the nightly run. Invariant: what counts is when the last event and the close
//! frame came, measured at the client.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "clients are tasks of the test, its size comes from the environment, and its figures are its report"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::membership::{Membership, MembershipState};
use domain::role::BuiltInRole;
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::scim::ScimUser;
use domain::user::User;
use domain::{IdentityProviderId, OrganizationalUnitId, UserId};
use futures_util::{SinkExt as _, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use server::cli::Role;
use server::serve::Running;
use tests::{DEADLINE, PASSWORD, TestApp};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// Ways to lose what a stream was opened with.
const WAYS: [&str; 5] = ["revoke", "suspend", "drop role", "leave unit", "scim"];
/// Sockets of one person.
const SOCKETS_PER_PERSON: usize = 10;
/// Sockets in CI.
const SOCKETS: usize = 200;
/// Longest time after which an event may still come, or the socket still be open: on the replica that was asked, and on another.
const SAME_REPLICA: Duration = Duration::from_secs(1);
const OTHER_REPLICA: Duration = Duration::from_secs(5);

fn sockets() -> usize {
    let wanted = std::env::var("HOLDFAST_SOCKETS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(SOCKETS)
}

struct Person {
    way: usize,
    user: UserId,
    session: String,
    cookie: String,
}

/// Where somebody who loses nothing stands.
const CONTROL: usize = WAYS.len();

async fn add_person(app: &TestApp, way: usize, unit: OrganizationalUnitId) -> Person {
    let services = &app.running.installation.app;
    let (ids, now) = (services.ids.as_ref(), services.clock.now());
    let user = UserId::fresh(ids);
    let email = format!("{user}@corp.example");
    let hash = services.passwords.hash(&PASSWORD.into()).await.unwrap();
    let row = User {
        id: user,
        name: "Bob".to_owned(),
        email: email.clone(),
        password_changed_at: Some(now),
        email_confirmed_at: Some(now),
        created_at: now,
    };
    let organization_id = app.organization.id;
    let membership = Membership {
        organization_id,
        user_id: user,
        state: MembershipState::Active,
        invited_by: None,
        created_at: now,
        last_active_at: None,
    };
    let root = store::organizational_units::root(&services.store.read(), organization_id).await;
    let root = root.unwrap().id;
    let mut tx = services.store.begin().await.unwrap();
    store::users::add(&mut tx, &row, Some(hash.as_str()))
        .await
        .unwrap();
    store::memberships::add(&mut tx, &membership).await.unwrap();
    for (role, unit_id) in [
        (BuiltInRole::ReportingAuditAdmin, root),
        (BuiltInRole::HelpdeskAdmin, root),
        (BuiltInRole::BackupAdmin, unit),
    ] {
        let grant = RoleGrant {
            user_id: user,
            role_at: RoleAt {
                role_id: role.id(),
                unit_id,
            },
            source: GrantSource::Manual,
        };
        store::role_grants::add(&mut tx, organization_id, &grant, now)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let origin = app::Origin::default();
    let session = app::sessions::create(services, &origin, &email, &PASSWORD.into()).await;
    let session = session.unwrap();
    Person {
        way,
        user,
        session: session.ctx.credential().unwrap().id(),
        cookie: format!("holdfast_session={}", session.secret.text().expose_secret()),
    }
}

/// What a client saw.
struct Seen {
    way: usize,
    replica: usize,
    events: usize,
    last: Option<Instant>,
    /// When the close frame came, and its code.
    closed: Option<(Instant, u16)>,
}

/// Opens a socket and waits for its first event; the future that comes back ends with the socket.
async fn listen(
    address: SocketAddr,
    cookie: &str,
    (way, replica): (usize, usize),
    heard: mpsc::UnboundedSender<()>,
) -> impl Future<Output = Seen> + use<> {
    let mut request = format!("ws://{address}/graphql")
        .into_client_request()
        .unwrap();
    for (name, value) in [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("origin", "http://127.0.0.1:8080"),
        ("cookie", cookie),
    ] {
        request
            .headers_mut()
            .insert(name, HeaderValue::from_str(value).unwrap());
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let subscribe = json!({ "id": "1", "type": "subscribe",
        "payload": { "query": "subscription { auditEvents { cursor } }" } });
    for message in [json!({ "type": "connection_init" }), subscribe] {
        socket
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }
    let acknowledged = socket.next().await.unwrap().unwrap();
    assert!(
        acknowledged.to_text().unwrap().contains("connection_ack"),
        "{acknowledged}"
    );
    async move {
        let (mut events, mut last, mut closed) = (0, None, None);
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) if text.contains("auditEvents") => {
                    if !text.contains("cursor") {
                        // The stream ends itself with this, and the socket follows.
                        assert!(text.contains("UNAUTHENTICATED"), "{text}");
                        continue;
                    }
                    if events == 0 {
                        heard.send(()).unwrap();
                    }
                    events += 1;
                    last = Some(Instant::now());
                }
                Message::Close(frame) => {
                    closed = frame.map(|frame| (Instant::now(), frame.code.into()));
                }
                Message::Text(_)
                | Message::Binary(_)
                | Message::Ping(_)
                | Message::Pong(_)
                | Message::Frame(_) => {}
            }
        }
        Seen {
            way,
            replica,
            events,
            last,
            closed,
        }
    }
}

/// What takes something away from people, through the doors that do it in life.
struct Taker {
    unit: OrganizationalUnitId,
    provider: String,
    scim: String,
}

impl Taker {
    async fn new(app: &TestApp) -> Self {
        let root = "{ organizationalUnits { id } }";
        let root = app.graphql(root, json!({})).await.unwrap();
        let parent = root.pointer("/organizationalUnits/0/id").unwrap();
        let unit = "mutation($input: CreateOrganizationalUnitInput!) {
            createOrganizationalUnit(input: $input) { organizationalUnit { id } userErrors { message } } }";
        let input = json!({ "input": { "parentId": parent, "name": "Berlin" } });
        let unit = app.graphql(unit, input).await.unwrap();
        let unit = unit.pointer("/createOrganizationalUnit/organizationalUnit/id");
        let provider = "mutation($input: CreateIdentityProviderInput!) {
            createIdentityProvider(input: $input) { identityProvider { id } userErrors { message } } }";
        let settings = json!({ "oidc": { "issuer": "https://idp.example", "clientId": "c" } });
        let input = json!({ "input": { "name": "Idp", "settings": settings } });
        let provider = app.graphql(provider, input).await.unwrap();
        let provider = provider.pointer("/createIdentityProvider/identityProvider/id");
        let provider = provider.unwrap().as_str().unwrap().to_owned();
        let token = "mutation($input: CreateScimTokenInput!) {
            createScimToken(input: $input) { secret userErrors { message } } }";
        let input = json!({ "input": { "identityProviderId": provider } });
        let token = app.graphql(token, input).await.unwrap();
        Self {
            unit: unit.unwrap().as_str().unwrap().parse().unwrap(),
            provider,
            scim: token
                .pointer("/createScimToken/secret")
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned(),
        }
    }

    /// Makes the provider know the person.
    async fn push(&self, app: &TestApp, user: UserId) {
        let services = &app.running.installation.app;
        let now = services.clock.now();
        let provider_id: IdentityProviderId = self.provider.parse().unwrap();
        let scim = ScimUser {
            provider_id,
            organization_id: app.organization.id,
            user_id: user,
            user_name: user.to_string(),
            external_id: None,
            created_at: now,
            changed_at: now,
        };
        let mut tx = services.store.begin().await.unwrap();
        store::scim::add_user(&mut tx, &scim).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn take(&self, app: &TestApp, person: &Person) {
        let user = person.user.to_string();
        let grants = |role: BuiltInRole, unit: Value| json!({ "input": { "id": user, "remove": [{ "roleId": role.id().to_string(), "organizationalUnitId": unit }] } });
        let update = "mutation($input: UpdateUserGrantsInput!) { done: updateUserGrants(input: $input) { userErrors { message } } }";
        let data = match person.way {
            0 => {
                let end = json!({ "query": "mutation($input: DeleteSessionInput!) { done: deleteSession(input: $input) { userErrors { message } } }",
                    "variables": { "input": { "id": person.session } } });
                let request = app.client().post(app.url("/graphql"));
                let request = request
                    .header("cookie", &person.cookie)
                    .header("x-requested-by", "test");
                let answer: Value = request
                    .json(&end)
                    .send()
                    .await
                    .unwrap()
                    .json()
                    .await
                    .unwrap();
                answer["data"].clone()
            }
            1 => {
                let suspend = "mutation($input: SuspendUserInput!) { done: suspendUser(input: $input) { userErrors { message } } }";
                app.graphql(suspend, json!({ "input": { "id": user } }))
                    .await
                    .unwrap()
            }
            2 => {
                let root = "{ organizationalUnits { id parent { id } } }";
                let units = app.graphql(root, json!({})).await.unwrap();
                let units = units
                    .pointer("/organizationalUnits")
                    .unwrap()
                    .as_array()
                    .unwrap();
                let root = units.iter().find(|unit| unit["parent"].is_null()).unwrap();
                app.graphql(
                    update,
                    grants(BuiltInRole::HelpdeskAdmin, root["id"].clone()),
                )
                .await
                .unwrap()
            }
            3 => app
                .graphql(
                    update,
                    grants(BuiltInRole::BackupAdmin, json!(self.unit.to_string())),
                )
                .await
                .unwrap(),
            _ => {
                let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{ "op": "replace", "path": "active", "value": false }] });
                let request = app
                    .client()
                    .patch(app.url(&format!("/scim/v2/Users/{user}")));
                let request = request
                    .bearer_auth(&self.scim)
                    .header("content-type", "application/scim+json");
                let answer = request.body(patch.to_string()).send().await.unwrap();
                assert_eq!(answer.status(), 200);
                json!({ "done": { "userErrors": [] } })
            }
        };
        assert_eq!(
            data["done"]["userErrors"],
            json!([]),
            "{}",
            WAYS[person.way]
        );
    }
}

/// Tells something to everybody again and again, until dropped.
fn talk(app: &TestApp, every: Duration) -> tokio::task::JoinHandle<()> {
    let (client, url) = (app.client().clone(), app.url("/graphql"));
    let cookie = app.cookie().unwrap().to_owned();
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(every);
        for number in 0.. {
            beat.tick().await;
            let draft = json!({ "name": format!("Policy {number}"), "operations": [{
                "assetKind": "EBS_VOLUME", "placement": "VAULT",
                "frequencies": [{ "every": { "unit": "DAY", "value": 1 }, "keep": { "unit": "DAY", "value": 7 } }] }] });
            let query = "mutation($input: CreatePolicyInput!) { createPolicy(input: $input) { userErrors { message } } }";
            let body = json!({ "query": query, "variables": { "input": { "draft": draft } } });
            let request = client
                .post(&url)
                .header("cookie", &cookie)
                .header("x-requested-by", "test");
            let answer: Value = request
                .json(&body)
                .send()
                .await
                .unwrap()
                .json()
                .await
                .unwrap();
            assert_eq!(
                answer["data"]["createPolicy"]["userErrors"],
                json!([]),
                "{answer}"
            );
        }
    })
}

/// Opens all sockets on these replicas, takes everything away through the first one, and judges what the clients saw.
async fn judge(app: &TestApp, replicas: &[SocketAddr]) {
    let wanted = sockets();
    let people = wanted.div_ceil(SOCKETS_PER_PERSON * WAYS.len()).max(1) * WAYS.len();
    let taker = Taker::new(app).await;
    let (mut persons, mut clients) = (Vec::new(), Vec::new());
    let (heard, mut hearing) = mpsc::unbounded_channel();
    for number in 0..people {
        let person = add_person(app, number % WAYS.len(), taker.unit).await;
        if WAYS[person.way] == "scim" {
            taker.push(app, person.user).await;
        }
        persons.push(person);
    }
    persons.push(add_person(app, CONTROL, taker.unit).await);
    for person in &persons {
        for number in 0..SOCKETS_PER_PERSON {
            let replica = number % replicas.len();
            let client = listen(
                replicas[replica],
                &person.cookie,
                (person.way, replica),
                heard.clone(),
            );
            clients.push(tokio::spawn(client.await));
        }
    }
    let opened = clients.len() - SOCKETS_PER_PERSON;
    let control = clients.split_off(opened);
    let talking = talk(
        app,
        Duration::from_millis(if wanted > SOCKETS { 500 } else { 100 }),
    );
    // Everybody hears something first.
    for _ in 0..opened + control.len() {
        tokio::time::timeout(DEADLINE, hearing.recv())
            .await
            .unwrap();
    }
    let mut taken = BTreeMap::new();
    for way in 0..WAYS.len() {
        for person in persons.iter().filter(|person| person.way == way) {
            taker.take(app, person).await;
        }
        taken.insert(way, Instant::now());
    }
    let mut worst: BTreeMap<(usize, usize), (Duration, Duration, usize)> = BTreeMap::new();
    for client in clients {
        let seen = tokio::time::timeout(DEADLINE, client)
            .await
            .unwrap()
            .unwrap();
        let since = taken[&seen.way];
        let last = seen
            .last
            .map_or(Duration::ZERO, |last| last.saturating_duration_since(since));
        let (closed, code) = seen.closed.unwrap();
        let closed = closed.saturating_duration_since(since);
        assert_eq!(code, 4403, "{}", WAYS[seen.way]);
        assert!(seen.events > 0, "{} was not alive", WAYS[seen.way]);
        let limit = if seen.replica == 0 {
            SAME_REPLICA
        } else {
            OTHER_REPLICA
        };
        assert!(
            last <= limit,
            "{} on {}: last event {last:?}",
            WAYS[seen.way],
            seen.replica
        );
        assert!(
            closed <= limit,
            "{} on {}: closed {closed:?}",
            WAYS[seen.way],
            seen.replica
        );
        let entry = worst.entry((seen.replica, seen.way)).or_default();
        *entry = (entry.0.max(last), entry.1.max(closed), entry.2 + 1);
    }
    for ((replica, way), (last, closed, count)) in worst {
        println!(
            "replica {replica}, {}: {count} sockets, last event {last:?}, closed {closed:?} after it",
            WAYS[way]
        );
    }
    assert!(
        control.iter().all(|client| !client.is_finished()),
        "others stay connected"
    );
    talking.abort();
    for client in control {
        client.abort();
    }
}

/// A second server on the same database; none on SQLite, which has one.
async fn second(app: &TestApp) -> Option<Running> {
    app.config.database.schema.as_ref()?;
    let outside = tests::outside(Arc::new(app.aws.clone()));
    Some(
        Running::start(&app.config, outside, &[Role::Api], false)
            .await
            .unwrap(),
    )
}

fn builder() -> tests::Builder {
    TestApp::builder().config(|config| {
        // All sockets come from one address.
        config.limits.address_requests_per_second = 0;
        config.limits.credential_cost_per_second = 0;
        config.limits.organization_cost_per_second = 0;
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn live_sockets_end_with_what_they_were_opened_with() {
    let app = builder().start().await.unwrap();
    let second = second(&app).await;
    let addresses = [Some(&app.running), second.as_ref()];
    let addresses: Vec<SocketAddr> = addresses
        .into_iter()
        .flatten()
        .filter_map(|one| one.address)
        .collect();
    judge(&app, &addresses).await;
    if let Some(second) = second {
        second.stop().await.unwrap();
    }
    app.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn live_sockets_end_on_another_replica_that_hears_no_wake_ups() {
    let app = builder().start().await.unwrap();
    let Some(second) = second(&app).await else {
        // One process: there is nobody to wake.
        app.stop().await.unwrap();
        return;
    };
    let store = app.running.installation.store.clone();
    let cuts = Arc::new(AtomicU64::new(0));
    let counted = cuts.clone();
    let cutting = tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        loop {
            beat.tick().await;
            let cut = store::testing::cut_listeners(&store).await;
            counted.fetch_add(cut, Ordering::SeqCst);
        }
    });
    let addresses: Vec<SocketAddr> = [&app.running, &second]
        .into_iter()
        .filter_map(|one| one.address)
        .collect();
    judge(&app, &addresses).await;
    cutting.abort();
    assert!(cuts.load(Ordering::SeqCst) > 2, "nothing was cut");
    second.stop().await.unwrap();
    app.stop().await.unwrap();
}
