//! `holdfast healthcheck`: whether a running server is ready; for containers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::config::Config;

const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn run(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let mut address = config.http.address().context("http.listen")?;
    // A server that listens everywhere is asked at this machine.
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    super::runtime()?.block_on(async {
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        let answer = client
            .get(format!("http://{address}/readyz"))
            .send()
            .await?;
        let status = answer.status();
        if !status.is_success() {
            bail!("not ready: {status}");
        }
        Ok(())
    })
}
