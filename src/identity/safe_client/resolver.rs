//! Resolves names and refuses those that lead anywhere but to the internet.
//!
//! Not for literals: those never reach a resolver (`Rules::check` looks at them). Invariant: one special address among the
//! answers refuses the name as a whole, so that no answer can be picked that was not checked.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// Turns a name into addresses.
#[async_trait]
pub trait NameResolver: Send + Sync + fmt::Debug {
    /// The addresses of `name`; an error when there are none.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Names as the machine resolves them.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl NameResolver for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// The refusal of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(super) struct Blocked;

/// What the client asks: a connection goes to an address that this returned, or nowhere.
pub(super) struct GuardedResolver {
    names: Arc<dyn NameResolver>,
    allow_loopback: bool,
}

impl GuardedResolver {
    pub(super) fn new(names: Arc<dyn NameResolver>, allow_loopback: bool) -> Self {
        Self {
            names,
            allow_loopback,
        }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let names = Arc::clone(&self.names);
        // Only this very name may stand for the machine itself, or any name could be made to.
        let may_be_local = self.allow_loopback && name.as_str() == "localhost";
        Box::pin(async move {
            let found = names.resolve(name.as_str()).await?;
            let is_allowed =
                |ip: &IpAddr| is_public(*ip) || (may_be_local && ip.to_canonical().is_loopback());
            if found.is_empty() || !found.iter().all(is_allowed) {
                return Err(Blocked.into());
            }
            // The client puts the URL's port in.
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}
