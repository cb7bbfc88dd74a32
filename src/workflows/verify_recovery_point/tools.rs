//! Tools of the system that look into restored images, as child processes on a short leash.
//!
//! Not for what their answers mean (`file_systems.rs`). Invariants: a tool gets limits of memory, CPU and time, no input, an empty
//! environment, and no network where the system can take it away; nothing is ever mounted.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::sync::OnceCell;

/// Where tools are looked for: folders that only an administrator writes to.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// Most memory of a tool, in bytes: a check of a file system of some TiB takes less.
const MEMORY_MAX: u64 = 4 << 30;
/// Most time of a tool.
const TIME_MAX: Duration = Duration::from_secs(3_600);
/// Bytes of an answer that are kept; the rest is read and dropped.
const ANSWER_MAX: u64 = 64 * 1024;

/// What a tool said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Its exit code; none when it was killed.
    pub(super) code: Option<i32>,
    /// What it wrote, to both of its outputs.
    pub(super) said: String,
}

/// Why a tool did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ToolError {
    /// It is not installed.
    #[error("{0} is not installed")]
    Missing(&'static str),
    /// It took too long and was killed.
    #[error("{0} took longer than an hour and was stopped")]
    TooSlow(&'static str),
    /// It could not be run.
    #[error("{0} could not be run: {1}")]
    Failed(&'static str, io::Error),
}

/// Runs a tool to its end.
pub(super) async fn run(tool: &'static str, arguments: &[&OsStr]) -> Result<Answer, ToolError> {
    let program = find(tool).ok_or(ToolError::Missing(tool))?;
    let limiter = find("prlimit").ok_or(ToolError::Missing("prlimit"))?;
    let seconds = TIME_MAX.as_secs();
    let mut command = if has_no_network().await {
        let mut command = Command::new(find("unshare").ok_or(ToolError::Missing("unshare"))?);
        command
            .args(["--map-root-user", "--net", "--"])
            .arg(limiter);
        command
    } else {
        Command::new(limiter)
    };
    command
        .arg(format!("--as={MEMORY_MAX}"))
        .arg(format!("--cpu={seconds}"))
        .arg("--core=0")
        .arg("--")
        .arg(program)
        .args(arguments);
    let failed = |error| ToolError::Failed(tool, error);
    match tokio::time::timeout(TIME_MAX, answer(command)).await {
        Ok(answered) => answered.map_err(failed),
        Err(_elapsed) => Err(ToolError::TooSlow(tool)),
    }
}

/// Whether tools run without a network: the system must let this user make a namespace.
pub(super) async fn has_no_network() -> bool {
    static CAN_UNSHARE: OnceCell<bool> = OnceCell::const_new();
    let probe = || async {
        let (Some(unshare), Some(nothing)) = (find("unshare"), find("true")) else {
            return false;
        };
        let mut command = Command::new(unshare);
        command
            .args(["--map-root-user", "--net", "--"])
            .arg(nothing);
        answer(command)
            .await
            .is_ok_and(|answer| answer.code == Some(0))
    };
    *CAN_UNSHARE.get_or_init(probe).await
}

fn find(tool: &str) -> Option<PathBuf> {
    let places = FOLDERS
        .iter()
        .map(|folder| PathBuf::from(folder).join(tool));
    places.into_iter().find(|path| path.is_file())
}

async fn answer(mut command: Command) -> io::Result<Answer> {
    command
        .env_clear()
        .env("PATH", FOLDERS.join(":"))
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Whoever stops waiting stops the tool.
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (out, err, status) = tokio::join!(text_of(out), text_of(err), child.wait());
    Ok(Answer {
        code: status?.code(),
        said: [out?, err?].concat(),
    })
}

/// The start of what comes; all of it is read, so that the tool never waits for us.
async fn text_of(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<String> {
    let Some(mut pipe) = pipe else {
        return Ok(String::new());
    };
    let mut kept = Vec::new();
    (&mut pipe).take(ANSWER_MAX).read_to_end(&mut kept).await?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments<'a>(all: &'a [&'a str]) -> Vec<&'a OsStr> {
        all.iter().map(OsStr::new).collect()
    }

    #[tokio::test]
    async fn a_tool_answers_with_its_code_and_words_and_a_missing_one_is_named() {
        let words = run("sh", &arguments(&["-c", "echo out; echo err >&2; exit 3"])).await;
        let words = words.unwrap();
        assert_eq!((words.code, words.said.as_str()), (Some(3), "out\nerr\n"));
        let missing = run("holdfast-no-such-tool", &[]).await.unwrap_err();
        assert!(missing.to_string().contains("holdfast-no-such-tool"));
    }

    #[tokio::test]
    async fn a_tool_has_no_environment_of_ours_little_memory_and_its_words_are_cut() {
        let seen = run("sh", &arguments(&["-c", "ulimit -v; ulimit -c; env"]))
            .await
            .unwrap();
        let mut lines = seen.said.lines();
        assert_eq!(lines.next(), Some((MEMORY_MAX / 1024).to_string().as_str()));
        assert_eq!(lines.next(), Some("0"));
        assert!(
            !seen.said.contains("HOME") && !seen.said.contains("CARGO"),
            "{}",
            seen.said
        );
        let flood = run(
            "sh",
            &arguments(&["-c", "head -c 1000000 /dev/zero | tr '\\0' x"]),
        )
        .await;
        let flood = flood.unwrap();
        assert_eq!((flood.code, flood.said.len()), (Some(0), 65_536));
    }

    #[tokio::test]
    async fn a_tool_sees_no_network_where_the_system_allows_that() {
        if !has_no_network().await {
            return;
        }
        let seen = run("cat", &arguments(&["/proc/net/dev"])).await.unwrap();
        // Two lines of heading, and the loopback device.
        let devices: Vec<&str> = seen.said.lines().skip(2).collect();
        assert!(
            devices
                .iter()
                .all(|line| line.trim_start().starts_with("lo:")),
            "{devices:?}"
        );
    }
}
