//! A progress bar on standard error.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts bytes; shows nothing when standard error is no terminal.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar that says `what` is done.
    pub(super) fn new(what: &str) -> anyhow::Result<Self> {
        let bar = ProgressBar::new(0);
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_style(ProgressStyle::with_template(
            "{msg:24} {bar:30.cyan/dim} {binary_bytes:>10} of {binary_total_bytes:10} \
             {binary_bytes_per_sec:>12}  {eta} left",
        )?);
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Ok(Self(bar))
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        self.0.finish_and_clear();
    }
}

impl vault::Progress for Bar {
    fn started(&self, total_bytes: u64) {
        self.0.inc_length(total_bytes);
    }

    fn advanced(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}
