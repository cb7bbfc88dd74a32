//! TXT records of the DNS: the proof that a domain is somebody's.
//!
//! Not for addresses (`safe_client`). Invariant: an answer is bounded, and no answer is the same as an empty one only when the
//! DNS says so.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

/// Most records of a name that are looked at.
const RECORDS_MAX: usize = 100;

/// Reads TXT records.
#[async_trait]
pub trait TextRecords: Send + Sync + fmt::Debug {
    /// The texts at `name`, each with its parts joined (RFC 7208, 3.3); empty when the name has none.
    async fn lookup(&self, name: &str) -> io::Result<Vec<String>>;
}

/// The DNS: as the machine is set up to ask it, or a server of the administrator's choice.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRecords {
    server: Option<SocketAddr>,
}

impl SystemRecords {
    /// Asks this server.
    #[must_use]
    pub const fn at(server: SocketAddr) -> Self {
        Self {
            server: Some(server),
        }
    }

    /// Made anew for each question: proofs are rare, and the machine's settings change.
    fn resolver(self) -> Result<TokioResolver, NetError> {
        let Some(server) = self.server else {
            return TokioResolver::builder_tokio()?.build();
        };
        let mut connection = ConnectionConfig::udp();
        connection.port = server.port();
        let server = NameServerConfig::new(server.ip(), true, vec![connection]);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build()
    }
}

#[async_trait]
impl TextRecords for SystemRecords {
    async fn lookup(&self, name: &str) -> io::Result<Vec<String>> {
        let resolver = self.resolver().map_err(io::Error::other)?;
        // With its dot the name is complete, and no search domain is tried.
        let answer = match resolver.txt_lookup(format!("{name}.")).await {
            Ok(answer) => answer,
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(error) => return Err(io::Error::other(error)),
        };
        let texts = answer.answers().iter().filter_map(|record| {
            let RData::TXT(text) = &record.data else {
                return None;
            };
            Some(text.txt_data.concat())
        });
        let texts = texts.take(RECORDS_MAX);
        Ok(texts
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect())
    }
}
