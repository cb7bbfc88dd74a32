//! A tenant proves its own audit log: what the API gives out is what `holdfast audit verify` takes, and nobody at the machine is asked.
//!
//! Not for what a forged log looks like (`domain::audit::chain`). Invariant: the command gets three files that came by the API, and no
//! configuration of this installation.

use std::ffi::OsString;
use std::path::Path;

use serde_json::json;
use tests::TestApp;

/// Runs `holdfast audit verify` on the three files in the folder.
async fn verify(folder: &Path) -> anyhow::Result<()> {
    let file = |name: &str| folder.join(name).into_os_string();
    let arguments: Vec<OsString> = vec![
        "holdfast".into(),
        "audit".into(),
        "verify".into(),
        file("audit-log.jsonl"),
        "--checkpoint".into(),
        file("audit.checkpoint"),
        "--key".into(),
        file("audit.pub"),
    ];
    let run = move || {
        use clap::Parser as _;
        server::cli::Cli::try_parse_from(arguments)?.run()
    };
    tokio::task::spawn_blocking(run).await?.map(drop)
}

#[tokio::test]
async fn an_export_is_verified_with_the_key_and_the_checkpoint_of_the_api() {
    let app = TestApp::start().await.unwrap();
    let read = "{ auditLog { publicKey lastCheckpoint { size text } } }";
    // The first look of the duty that makes them may have been before the first record; the next is half a minute later.
    let log = app
        .wait_until("a checkpoint", || async {
            let log = app.graphql(read, json!({})).await?["auditLog"].clone();
            Ok((!log["lastCheckpoint"].is_null()).then_some(log))
        })
        .await
        .unwrap();
    let read = "{ auditEvents(first: 100) { pageInfo { hasNextPage } nodes { sequence line } } }";
    let events = app.graphql(read, json!({})).await.unwrap()["auditEvents"].clone();
    assert_eq!(events["pageInfo"]["hasNextPage"], false);
    let newest_first = events["nodes"].as_array().unwrap().iter().rev();
    let lines: Vec<&str> = newest_first
        .map(|node| node["line"].as_str().unwrap())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let key = log["publicKey"].as_str().unwrap();
    write("audit.pub", key);
    write(
        "audit.checkpoint",
        log["lastCheckpoint"]["text"].as_str().unwrap(),
    );
    write("audit-log.jsonl", &lines.join("\n"));
    verify(folder.path()).await.unwrap();

    // It is this key and this log that were verified, not any.
    let forged = lines.join("\n").replace("create_session", "delete_session");
    assert_ne!(forged, lines.join("\n"));
    write("audit-log.jsonl", &forged);
    assert!(verify(folder.path()).await.is_err());
    write("audit-log.jsonl", &lines.join("\n"));
    verify(folder.path()).await.unwrap();
    let other = TestApp::start().await.unwrap();
    let read = "{ auditLog { publicKey } }";
    let log = other.graphql(read, json!({})).await.unwrap();
    let another = log["auditLog"]["publicKey"].as_str().unwrap();
    assert_ne!(another, key, "each installation has its own");
    write("audit.pub", another);
    assert!(verify(folder.path()).await.is_err());
    other.stop().await.unwrap();
    app.stop().await.unwrap();
}
