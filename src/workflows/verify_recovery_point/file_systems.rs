//! File systems of restored images: which there are, and whether they are sound.
//!
//! Not for the bytes (`image.rs`). Invariants: "broken" is said only when a tool that knows the file system says so; a tool that is
//! missing, gives up or cannot judge is no verdict. Only copies are touched: a journal is replayed there as a machine would at its
//! next start, because a snapshot shows a disk in the middle of its work.

use std::ffi::OsStr;
use std::path::Path;

use serde::Serialize;

use super::tools::{self, Answer, ToolError};

/// Characters of a tool's answer that are kept as evidence.
const SAID_MAX: usize = 2_000;

/// What lies at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing that is known.
    Nothing,
    /// A table of partitions.
    Table,
    /// This, by the name that `blkid` has for it.
    Known(String),
}

/// What became of opening a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It was opened and is sound.
    Clean,
    /// It is not sound.
    Broken,
    /// It could not be judged.
    NotJudged,
    /// The tool that opens it is not installed.
    NoTool,
    /// It is nothing that is opened here: encrypted, a part of something larger, or unknown.
    NotOpened,
}

/// A tool's part in the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was found there, by the name that `blkid` has for it; none when it is unknown.
    pub(super) content: Option<String>,
    /// What became of it.
    pub(super) outcome: Outcome,
    /// The command, without its file.
    pub(super) command: Option<String>,
    /// The version, as the tool says it.
    pub(super) version: Option<String>,
    /// Its exit code.
    pub(super) exit_code: Option<i32>,
    /// The start of what it said.
    pub(super) said: Option<String>,
}

impl Check {
    pub(super) fn without_tool(content: Option<String>, outcome: Outcome, said: &str) -> Self {
        Self {
            content,
            outcome,
            command: None,
            version: None,
            exit_code: None,
            said: Some(shortened(said)),
        }
    }
}

/// What lies in a range of a file.
pub(super) async fn identify(path: &Path, offset: u64, size: u64) -> Result<Content, ToolError> {
    let (offset, size) = (offset.to_string(), size.to_string());
    let options = ["-p", "-o", "export", "-O", &offset, "-S", &size];
    let mut arguments = options.map(OsStr::new).to_vec();
    arguments.push(path.as_os_str());
    let answer = tools::run("blkid", &arguments).await?;
    let value = |key: &str| {
        let lines = answer.said.lines();
        let mut pairs = lines.filter_map(|line| line.split_once('='));
        pairs.find_map(|(found, value)| (found == key).then(|| value.to_owned()))
    };
    // 2: nothing was found. 8: more than one thing was, and none is believed.
    Ok(match (answer.code, value("TYPE"), value("PTTYPE")) {
        (Some(0), Some(content), _) => Content::Known(content),
        (Some(0), None, Some(_)) => Content::Table,
        (Some(8), _, _) => Content::Known("ambivalent".to_owned()),
        (_, _, _) => Content::Nothing,
    })
}

/// A tool that opens a file system.
struct Opener {
    tool: &'static str,
    /// What makes it say its version.
    version: &'static [&'static str],
    /// What a machine does before it uses a disk that was not put away; done to the copy.
    settle: Option<&'static [&'static str]>,
    check: &'static [&'static str],
    judge: fn(&Answer) -> Outcome,
}

/// e2fsprogs. `-p` does at the start of a machine what needs no person: it replays the journal and lets orphans go.
const EXT: Opener = Opener {
    tool: "e2fsck",
    version: &["-V"],
    settle: Some(&["-p"]),
    check: &["-f", "-n"],
    judge: |answer| match answer.code {
        Some(0) => Outcome::Clean,
        Some(8) if answer.said.contains("does not describe a valid ext2") => Outcome::Broken,
        Some(code) if code & 0b1_1000 == 0 && code & 0b100 != 0 => Outcome::Broken,
        Some(_) | None => Outcome::NotJudged,
    },
};
/// xfsprogs. A log is replayed by mounting only, which is not done here.
const XFS: Opener = Opener {
    tool: "xfs_repair",
    version: &["-V"],
    settle: None,
    check: &["-n", "-f"],
    judge: |answer| match answer.code {
        _ if answer.said.contains("valuable metadata changes in a log") => Outcome::NotJudged,
        Some(0) => Outcome::Clean,
        Some(1) => Outcome::Broken,
        Some(_) | None => Outcome::NotJudged,
    },
};
/// btrfs-progs. A file system over several devices is no whole without the others.
const BTRFS: Opener = Opener {
    tool: "btrfs",
    version: &["--version"],
    settle: None,
    check: &["check", "--readonly"],
    judge: |answer| match answer.code {
        Some(0) => Outcome::Clean,
        Some(1) if !answer.said.to_lowercase().contains("missing") => Outcome::Broken,
        Some(_) | None => Outcome::NotJudged,
    },
};
/// dosfstools. A mark that it was in use is what a snapshot of a running machine has.
const FAT: Opener = Opener {
    tool: "fsck.fat",
    version: &["--help"],
    settle: None,
    check: &["-n"],
    judge: |answer| match answer.code {
        Some(0) => Outcome::Clean,
        Some(1) if !answer.said.contains("irty bit") => Outcome::Broken,
        Some(_) | None => Outcome::NotJudged,
    },
};

fn opener(content: &str) -> Option<&'static Opener> {
    match content {
        "ext2" | "ext3" | "ext4" => Some(&EXT),
        "xfs" => Some(&XFS),
        "btrfs" => Some(&BTRFS),
        "vfat" => Some(&FAT),
        _ => None,
    }
}

/// Whether anything here opens this content, so that a file of its own is worth making.
pub(super) fn is_opened(content: &str) -> bool {
    opener(content).is_some()
}

/// Opens what lies in a file from its first byte. The file is a copy and may be written to.
pub(super) async fn check(path: &Path, content: &str) -> Check {
    let Some(opener) = opener(content) else {
        let text = "Nothing here opens this.";
        return Check::without_tool(Some(content.to_owned()), Outcome::NotOpened, text);
    };
    match opened(opener, path).await {
        Ok((version, answer)) => Check {
            content: Some(content.to_owned()),
            outcome: (opener.judge)(&answer),
            command: Some([&[opener.tool][..], opener.check].concat().join(" ")),
            version,
            exit_code: answer.code,
            said: Some(shortened(&answer.said)),
        },
        Err(error) => {
            let outcome = match error {
                ToolError::Missing(_) => Outcome::NoTool,
                ToolError::TooSlow(_) | ToolError::Failed(..) => Outcome::NotJudged,
            };
            Check::without_tool(Some(content.to_owned()), outcome, &error.to_string())
        }
    }
}

async fn opened(opener: &Opener, path: &Path) -> Result<(Option<String>, Answer), ToolError> {
    let with_file = |options: &[&'static str]| {
        let mut all: Vec<&OsStr> = options.iter().map(|one| OsStr::new(*one)).collect();
        all.push(path.as_os_str());
        all
    };
    let version: Vec<&OsStr> = opener.version.iter().map(|one| OsStr::new(*one)).collect();
    let version = tools::run(opener.tool, &version).await?;
    let version = version.said.lines().next().map(shortened);
    if let Some(settle) = opener.settle {
        // What it cannot settle, the check below finds.
        tools::run(opener.tool, &with_file(settle)).await?;
    }
    let answer = tools::run(opener.tool, &with_file(opener.check)).await?;
    Ok((version, answer))
}

/// The start of a text, in one piece and without control characters.
fn shortened(text: &str) -> String {
    let plain = text.chars().map(|one| match one {
        '\n' | '\t' => one,
        one if one.is_control() => ' ',
        one => one,
    });
    plain.take(SAID_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;
    use std::process::Command;

    use super::*;

    fn tool(name: &str, arguments: &[&str], path: &Path) -> bool {
        let done = Command::new(name).args(arguments).arg(path).output();
        done.is_ok_and(|done| done.status.success())
    }

    fn blank(path: &Path) -> std::fs::File {
        let file = std::fs::File::create_new(path).unwrap();
        file.set_len(400 << 20).unwrap();
        file
    }

    #[tokio::test]
    async fn an_ext4_file_system_is_sound_until_its_inodes_are_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        let file = blank(&path);
        assert!(
            tool("mke2fs", &["-q", "-F", "-t", "ext4"], &path),
            "mke2fs is needed"
        );
        let found = identify(&path, 0, 400 << 20).await.unwrap();
        assert_eq!(found, Content::Known("ext4".to_owned()));
        let sound = check(&path, "ext4").await;
        assert_eq!(sound.outcome, Outcome::Clean, "{sound:?}");
        assert_eq!(sound.command.as_deref(), Some("e2fsck -f -n"));
        assert!(sound.version.unwrap().contains("e2fsck"));
        // Group descriptors lie behind the superblock; everything that they lead to is lost.
        file.write_all_at(&vec![0xa5; 64 * 1024], 4096 * 40)
            .unwrap();
        let broken = check(&path, "ext4").await;
        assert_eq!(broken.outcome, Outcome::Broken, "{broken:?}");
        assert!(broken.said.unwrap().len() <= SAID_MAX);
    }

    #[tokio::test]
    async fn a_journal_that_waits_is_replayed_and_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        blank(&path);
        assert!(
            tool("mke2fs", &["-q", "-F", "-t", "ext4"], &path),
            "mke2fs is needed"
        );
        // A journal with a transaction that nobody has carried out yet, and the mark that says so.
        let script = folder.path().join("script");
        std::fs::write(
            &script,
            "jo\njw -b 100 /dev/null\njc\nfeature needs_recovery\n",
        )
        .unwrap();
        let written = Command::new("debugfs")
            .arg("-w")
            .arg("-f")
            .arg(&script)
            .arg(&path)
            .output();
        assert!(written.unwrap().status.success());
        let read_only = tools::run("e2fsck", &["-fn".as_ref(), path.as_os_str()])
            .await
            .unwrap();
        assert!(
            read_only.said.contains("skipping journal recovery"),
            "{read_only:?}"
        );
        let checked = check(&path, "ext4").await;
        assert_eq!(checked.outcome, Outcome::Clean, "{checked:?}");
    }

    #[tokio::test]
    async fn other_file_systems_are_opened_where_their_tools_are() {
        let folder = tempfile::tempdir().unwrap();
        for (name, make, arguments, break_at) in [
            ("xfs", "mkfs.xfs", &["-q", "-f"][..], 0x2000_u64),
            ("btrfs", "mkfs.btrfs", &["-q", "-f"], 0),
            ("vfat", "mkfs.fat", &["-F", "32"], 0x4000),
        ] {
            let path = folder.path().join(name);
            let file = blank(&path);
            if !tool(make, arguments, &path) {
                // Without its tools it must be said that it was not opened.
                let checked = check(&path, name).await;
                assert_ne!(checked.outcome, Outcome::Clean, "{checked:?}");
                continue;
            }
            let found = identify(&path, 0, 400 << 20).await.unwrap();
            assert_eq!(found, Content::Known(name.to_owned()));
            let sound = check(&path, name).await;
            assert_eq!(sound.outcome, Outcome::Clean, "{sound:?}");
            if break_at > 0 {
                file.write_all_at(&vec![0xa5; 256 * 1024], break_at)
                    .unwrap();
                let broken = check(&path, name).await;
                assert_ne!(broken.outcome, Outcome::Clean, "{broken:?}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_unknown_is_said_to_be_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        let file = blank(&path);
        assert_eq!(
            identify(&path, 0, 400 << 20).await.unwrap(),
            Content::Nothing
        );
        file.write_all_at(b"LUKS\xba\xbe\x00\x02", 0).unwrap();
        let checked = check(&path, "crypto_LUKS").await;
        assert_eq!(
            (checked.outcome, checked.exit_code),
            (Outcome::NotOpened, None)
        );
    }

    #[test]
    fn only_a_clear_word_is_a_verdict() {
        let answer = |code, said: &str| Answer {
            code,
            said: said.to_owned(),
        };
        for (opener, code, said, outcome) in [
            (&EXT, Some(4), "", Outcome::Broken),
            (&EXT, Some(8), "", Outcome::NotJudged),
            (
                &EXT,
                Some(8),
                "or does not describe a valid ext2/ext3/ext4\nfilesystem",
                Outcome::Broken,
            ),
            (&EXT, Some(12), "", Outcome::NotJudged),
            (&EXT, None, "", Outcome::NotJudged),
            (&XFS, Some(1), "", Outcome::Broken),
            (
                &XFS,
                Some(1),
                "ALERT: The filesystem has valuable metadata changes in a log",
                Outcome::NotJudged,
            ),
            (&XFS, Some(2), "", Outcome::NotJudged),
            (
                &BTRFS,
                Some(1),
                "warning, device 2 is missing",
                Outcome::NotJudged,
            ),
            (&BTRFS, Some(1), "ERROR: errors found", Outcome::Broken),
            (&FAT, Some(1), "Dirty bit is set.", Outcome::NotJudged),
            (&FAT, Some(1), "FATs differ", Outcome::Broken),
        ] {
            assert_eq!(
                (opener.judge)(&answer(code, said)),
                outcome,
                "{} {code:?} {said}",
                opener.tool
            );
        }
    }
}
