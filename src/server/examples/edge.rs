//! The edge over a toy schema, for judges and for trying things by hand:
//! `cargo run -p server --example edge -- 127.0.0.1:4010`. Token `toy-token`, or any e-mail with the password `toy`.
#![recursion_limit = "512"]

#[path = "../http/tests/toy.rs"]
mod toy;

use actix_web::{App, HttpServer, middleware::from_fn};
use server::http::{self, HttpSettings};
use tokio_util::sync::CancellationToken;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .init();
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:4010".to_owned());
    let settings = HttpSettings {
        allowed_origins: vec![format!("http://{address}")],
        rate: None,
        ..HttpSettings::default()
    };
    let shutdown = CancellationToken::new();
    let edge = toy::edge(&toy::World::default(), settings, shutdown.clone())
        .map_err(|error| anyhow::anyhow!(error.message))?;
    tracing::info!(address, "listening");
    HttpServer::new(move || {
        App::new()
            .app_data(edge.front())
            .wrap(from_fn(http::front))
            .configure(edge.routes())
    })
    .on_connect(http::on_connect)
    .workers(2)
    .shutdown_timeout(3)
    .bind(address)?
    .run()
    .await?;
    shutdown.cancel();
    Ok(())
}
