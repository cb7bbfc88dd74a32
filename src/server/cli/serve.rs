//! `holdfast serve`: a replica, until it is told to stop.

use std::path::Path;

use super::ServeArgs;
use crate::config::Config;
use crate::serve::Running;
use crate::wiring::Outside;
use crate::{shutdown, telemetry};

pub(super) fn run(config: Option<&Path>, args: ServeArgs) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.telemetry);
    super::runtime()?.block_on(async {
        let outside = Outside::real(&config);
        let running = Running::start(&config, outside, &args.roles, !args.no_migrate).await?;
        shutdown::watch(running.shutdown().clone()).await?;
        running.stop().await?;
        tracing::info!("stopped");
        Ok(())
    })
}
