//! The committed texts are up to date.

use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schema")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the person at the keyboard says that the text shall change"
)]
fn wants_update() -> bool {
    std::env::var("UPDATE_SCHEMA").is_ok()
}

fn compare(name: &str, fresh: &str) {
    let path = folder().join(name);
    if wants_update() {
        std::fs::write(&path, fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "schema/{name} is out of date: run `holdfast generate`, or this test with UPDATE_SCHEMA=1"
    );
}

#[test]
fn the_committed_schema_is_the_one_of_the_code() {
    compare("schema.graphql", &crate::sdl());
}

#[test]
fn the_committed_permissions_are_those_of_the_code() {
    compare("permissions.txt", &crate::permissions());
}

#[test]
fn the_committed_kinds_of_tasks_are_those_of_the_code() {
    compare("task-kinds.txt", &crate::task_kinds());
}
