//! `holdfast migrate`: the database's tables.

use std::path::Path;
use std::sync::Arc;

use domain::SystemClock;

use crate::config::Config;
use crate::{telemetry, wiring};

pub(super) fn run(config: Option<&Path>) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    telemetry::start(&config.telemetry);
    super::runtime()?.block_on(async {
        let store = wiring::open_store(&config, Arc::new(SystemClock)).await?;
        store.migrate().await?;
        store.close().await?;
        tracing::info!("the database has the present schema");
        Ok(())
    })
}
