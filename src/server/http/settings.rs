//! What an administrator can set about the edge. Not where it is read from: `config` fills this.
//! Invariant: every default is safe on the open internet, and every limit has a unit.

use std::time::Duration;

use ipnet::IpNet;

use super::problem::{Code, Problem};

/// Settings of the whole edge.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Origins of the pages that may talk to us, as browsers write them: `https://backup.example.com`.
    pub allowed_origins: Vec<String>,
    /// Whether clients reach us by https (directly or through a proxy): turns on HSTS.
    pub https: bool,
    /// Name of the session cookie; `__Host-...` when `https`.
    pub session_cookie: String,
    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may read `/metrics`.
    pub metrics_networks: Vec<IpNet>,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
    /// Longest body of a request in bytes.
    pub body_bytes: usize,
    /// Longest query string in bytes.
    pub query_string_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long a query or mutation may take.
    pub request_timeout: Duration,
    /// Sockets.
    pub socket: SocketLimits,
    /// Event streams.
    pub event_stream: EventStreamLimits,
    /// Requests per client address; none switches it off.
    pub rate: Option<RateLimit>,
    /// What callers may spend on documents.
    pub cost: CostLimits,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            https: false,
            session_cookie: "holdfast_session".to_owned(),
            trusted_proxies: Vec::new(),
            metrics_networks: vec![
                IpNet::from(std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST)),
                IpNet::from(std::net::IpAddr::from(std::net::Ipv6Addr::LOCALHOST)),
            ],
            graphiql: true,
            body_bytes: 256 * 1024,
            query_string_bytes: 16 * 1024,
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(10),
            socket: SocketLimits::default(),
            event_stream: EventStreamLimits::default(),
            rate: Some(RateLimit::default()),
            cost: CostLimits::default(),
        }
    }
}

/// Limits of `graphql-transport-ws`.
#[derive(Debug, Clone, Copy)]
pub struct SocketLimits {
    /// Sockets of this process.
    pub sockets: usize,
    /// Operations that run at once on one socket.
    pub subscriptions: usize,
    /// How long `connection_init` may take.
    pub init_timeout: Duration,
    /// Pause between pings of ours.
    pub ping_every: Duration,
    /// A client that was silent for this long is gone.
    pub silence: Duration,
    /// A client that takes nothing from us for this long is dropped.
    pub stall: Duration,
    /// Longest frame in bytes.
    pub frame_bytes: usize,
    /// Longest message of several frames in bytes.
    pub message_bytes: usize,
    /// Messages per second in the long run.
    pub messages_per_second: u32,
    /// Messages at once.
    pub message_burst: u32,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            sockets: 20_000,
            subscriptions: 20,
            init_timeout: Duration::from_secs(3),
            ping_every: Duration::from_secs(15),
            silence: Duration::from_mins(1),
            stall: Duration::from_secs(10),
            frame_bytes: 128 * 1024,
            message_bytes: 256 * 1024,
            messages_per_second: 50,
            message_burst: 200,
        }
    }
}

/// Limits of GraphQL over server-sent events.
#[derive(Debug, Clone, Copy)]
pub struct EventStreamLimits {
    /// Streams of this process.
    pub streams: usize,
    /// Pause between comments that keep proxies from closing the stream.
    pub heartbeat: Duration,
}

impl Default for EventStreamLimits {
    fn default() -> Self {
        Self {
            streams: 5_000,
            heartbeat: Duration::from_secs(12),
        }
    }
}

/// A budget that fills itself: requests of one address (IPv6: of one /64), or cost of one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// In the long run.
    pub per_second: u32,
    /// At once.
    pub burst: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            per_second: 200,
            burst: 1_000,
        }
    }
}

/// What may be spent on documents, in units of cost (a plain field costs one); none switches a budget off.
#[derive(Debug, Clone, Copy)]
pub struct CostLimits {
    /// Of one person, API token or service token; of one address for strangers.
    pub credential: Option<RateLimit>,
    /// Of all callers of one organization together.
    pub organization: Option<RateLimit>,
}

impl Default for CostLimits {
    fn default() -> Self {
        Self {
            credential: Some(RateLimit {
                per_second: 1_000,
                burst: 20_000,
            }),
            organization: Some(RateLimit {
                per_second: 5_000,
                burst: 100_000,
            }),
        }
    }
}

/// The refusal of a full server.
pub(super) fn full(what: &str) -> Problem {
    let mut problem = Problem::new(
        Code::Unavailable,
        format!("The server has no room for another {what}."),
    );
    problem.retry_after = Some(Duration::from_secs(10));
    problem
}
