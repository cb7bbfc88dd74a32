//! The `holdfast` binary.
#![recursion_limit = "512"]

use std::process::ExitCode;

use clap::Parser as _;
use server::cli::Cli;

fn main() -> ExitCode {
    // Before anything opens a connection: two TLS providers are linked, and the first user would have to choose.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        return fail("TLS was set up twice");
    }
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => fail(&format!("{error:#}")),
    }
}

fn fail(text: &str) -> ExitCode {
    use std::io::Write as _;
    // Nobody is left to be told that standard error is closed.
    let _closed = writeln!(std::io::stderr().lock(), "error: {text}");
    ExitCode::FAILURE
}
