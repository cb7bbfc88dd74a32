//! `holdfast generate`: the committed files of `schema/`.

use std::path::Path;

use anyhow::Context as _;

use super::GenerateArgs;
use super::protection::Document;
use crate::config::Config;

pub(super) fn run(args: &GenerateArgs) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.folder)?;
    write(&args.folder, "schema.graphql", &graphql::sdl())?;
    write(&args.folder, "config.schema.json", &Config::json_schema()?)?;
    write(
        &args.folder,
        "protection.schema.json",
        &Document::json_schema()?,
    )?;
    write(&args.folder, "permissions.txt", &graphql::permissions())?;
    write(&args.folder, "task-kinds.txt", &graphql::task_kinds())
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}
