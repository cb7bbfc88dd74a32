//! The edge over a toy schema, through real sockets on 127.0.0.1. Not the judges of other people (`make judges`).
//! Invariant: no test sleeps; what may take time is awaited with a deadline.

mod budgets;
mod csrf;
mod documents;
mod pages;
mod requests;
mod sockets;
mod streams;
mod toy;

use std::{net::SocketAddr, sync::atomic::Ordering, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle, middleware::from_fn};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::toy::{COOKIE, TOKEN, World};
use crate::http;
use crate::http::HttpSettings;

/// Longest wait for something that must happen.
const SOON: Duration = Duration::from_secs(10);

/// A running server.
struct Server {
    address: SocketAddr,
    client: Client,
    world: World,
    shutdown: CancellationToken,
    handle: ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
        // Dropping the future leaves the stop command with the server; nobody waits for it here.
        drop(self.handle.stop(false));
    }
}

fn start() -> Server {
    start_with(|_| {})
}

fn start_with(change: impl FnOnce(&mut HttpSettings)) -> Server {
    // A second test in the same process finds the provider installed: that is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut settings = HttpSettings {
        allowed_origins: vec![format!("http://{address}")],
        rate: None,
        ..HttpSettings::default()
    };
    change(&mut settings);
    let (world, shutdown) = (World::default(), CancellationToken::new());
    let edge = toy::edge(&world, settings, shutdown.clone()).unwrap();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(edge.front())
            .wrap(from_fn(http::front))
            .configure(edge.routes())
    })
    .on_connect(http::on_connect)
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)
    .unwrap()
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let client = Client::builder().no_proxy().timeout(SOON).build().unwrap();
    Server {
        address,
        client,
        world,
        shutdown,
        handle,
    }
}

impl Server {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    fn post(&self, body: &Value) -> RequestBuilder {
        self.client.post(self.url("/graphql")).json(body)
    }

    /// A query by Ann, answered as `application/graphql-response+json`.
    async fn ask(&self, query: &str) -> Answer {
        let request = self.post(&json!({ "query": query })).bearer_auth(TOKEN);
        answer(request.header("accept", "application/graphql-response+json")).await
    }

    fn cookie() -> String {
        format!("{COOKIE}={TOKEN}")
    }

    fn mutations(&self) -> u64 {
        self.world.mutations.load(Ordering::SeqCst)
    }
}

/// Status, headers and JSON.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    /// Of the first error.
    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
    }

    fn has_data(&self) -> bool {
        self.body.get("data").is_some()
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    read(request.send().await.unwrap()).await
}

async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer {
        status,
        headers,
        body,
    }
}
