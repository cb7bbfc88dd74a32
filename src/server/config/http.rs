//! Section `[http]`.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Faults;

/// The HTTP server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: String,
    /// Where browsers reach this installation: scheme, host and port.
    pub public_url: String,
    /// Further origins whose pages may call the API with cookies.
    pub trusted_origins: Vec<String>,
    /// Addresses or networks (CIDR) of reverse proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<String>,
    /// Threads that answer requests; 0 takes one per core.
    pub workers: usize,
    /// Largest body of a request, in bytes.
    pub body_max_bytes: usize,
    /// WebSocket connections that one replica keeps open at most.
    pub connections_max: usize,
    /// Whether /graphiql is served.
    pub graphiql: bool,
}

impl HttpConfig {
    /// The address to listen on; none when it is malformed, which a loaded configuration never has.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }

    /// Whether browsers come by TLS, so that cookies must be marked Secure.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        faults.check(
            self.address().is_some(),
            "http.listen",
            "give an IP address and a port, such as 127.0.0.1:8080",
        );
        let origin = "give scheme, host and port only, such as https://holdfast.example.com";
        faults.check(is_origin(&self.public_url), "http.public_url", origin);
        for (index, text) in self.trusted_origins.iter().enumerate() {
            faults.check(
                is_origin(text),
                &format!("http.trusted_origins.{index}"),
                origin,
            );
        }
        for (index, text) in self.trusted_proxies.iter().enumerate() {
            faults.check(
                is_network(text),
                &format!("http.trusted_proxies.{index}"),
                "give an IP address or a network such as 10.0.0.0/8",
            );
        }
        faults.check(self.workers <= 256, "http.workers", "at most 256");
        faults.check(
            (1_024..=16 << 20).contains(&self.body_max_bytes),
            "http.body_max_bytes",
            "1024 to 16777216 bytes",
        );
        faults.check(
            self.connections_max >= 1,
            "http.connections_max",
            "at least 1",
        );
    }
}

/// Scheme and authority without a path, as browsers send it in `Origin`.
fn is_origin(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.contains(['/', '?', '#', '@'])
            && !rest.contains(char::is_whitespace)
    })
}

fn is_network(text: &str) -> bool {
    let (address, bits) = text
        .split_once('/')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let Ok(address) = address.parse::<std::net::IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32_u8 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}
