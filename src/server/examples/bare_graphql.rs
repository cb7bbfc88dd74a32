//! A bare async-graphql server that answers the benchmark's page of 100 assets from memory.
//!
//! Not part of Holdfast: it is the yardstick of docs/benchmarks. It has no database, no authorisation, no guard and no
//! limits, so what Holdfast loses against it is what those cost. Invariant: its answer has the same fields and about the
//! same bytes as Holdfast's.
//!
//! Usage: `bare_graphql 127.0.0.1:PORT`

use actix_web::{App, HttpResponse, HttpServer, web};
use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Schema, SimpleObject};

#[derive(Clone, SimpleObject)]
struct Policy {
    id: ID,
    name: String,
    is_active: bool,
}

#[derive(Clone, SimpleObject)]
struct RecoveryPoint {
    id: ID,
    taken_at: String,
    status: String,
    size_bytes: String,
}

#[derive(Clone, SimpleObject)]
struct Asset {
    id: ID,
    name: String,
    kind: String,
    region: String,
    native_id: String,
    policy: Option<Policy>,
    last_recovery_point: Option<RecoveryPoint>,
}

#[derive(SimpleObject)]
struct Assets {
    nodes: Vec<Asset>,
}

struct Query {
    assets: Vec<Asset>,
}

#[Object]
impl Query {
    async fn assets(&self, first: usize) -> Assets {
        Assets {
            nodes: self.assets.iter().take(first).cloned().collect(),
        }
    }
}

fn asset(number: usize) -> Asset {
    let id = |prefix: &str| ID(format!("{prefix}_{number:026}"));
    Asset {
        id: id("asset"),
        name: format!("volume-{number}"),
        kind: "EBS_VOLUME".to_owned(),
        region: "eu-west-1".to_owned(),
        native_id: format!("vol-{number:017x}"),
        policy: Some(Policy {
            id: id("policy"),
            name: "Gold".to_owned(),
            is_active: true,
        }),
        last_recovery_point: Some(RecoveryPoint {
            id: id("point"),
            taken_at: "2026-01-01T00:00:00Z".to_owned(),
            status: "AVAILABLE".to_owned(),
            size_bytes: "1073741824".to_owned(),
        }),
    }
}

type Bare = Schema<Query, EmptyMutation, EmptySubscription>;

#[expect(
    clippy::future_not_send,
    reason = "handlers of actix stay on their thread"
)]
async fn answer(
    schema: web::Data<Bare>,
    request: web::Json<async_graphql::Request>,
) -> HttpResponse {
    HttpResponse::Ok().json(schema.execute(request.into_inner()).await)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    let query = Query {
        assets: (0..100).map(asset).collect(),
    };
    let schema = Schema::build(query, EmptyMutation, EmptySubscription).finish();
    HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(schema.clone()))
            .route("/graphql", web::post().to(answer))
    })
    .workers(1)
    .bind(address)?
    .run()
    .await
}
