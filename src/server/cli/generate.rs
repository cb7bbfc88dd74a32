//! `holdfast generate`: the committed files of `schema/`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use domain::permission::{Permission, Role};
use domain::task::TaskKind;

use super::GenerateArgs;
use crate::config::Config;

pub(super) fn run(args: &GenerateArgs) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.folder)?;
    write(&args.folder, "schema.graphql", &graphql::sdl())?;
    write(&args.folder, "config.schema.json", &Config::json_schema()?)?;
    write(&args.folder, "permissions.txt", &permissions()?)?;
    write(&args.folder, "task-kinds.txt", &task_kinds())
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

/// The role matrix: a line per permission, the roles that have it.
fn permissions() -> anyhow::Result<String> {
    let mut text = String::from("# permission: roles that have it\n");
    for permission in Permission::ALL {
        let roles: Vec<&str> = Role::ALL
            .iter()
            .filter(|role| role.allows(*permission))
            .map(|role| role.name())
            .collect();
        let name = serde_json::to_value(permission)?;
        writeln!(text, "{}: {}", name.as_str().unwrap_or_default(), roles.join(", "))?;
    }
    Ok(text)
}

/// Task kinds are stored for years: a name in this file never changes and never goes.
fn task_kinds() -> String {
    TaskKind::ALL.iter().map(|kind| format!("{}\n", kind.name())).collect()
}
