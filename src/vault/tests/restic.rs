//! The second reader: stock restic opens, checks and restores what we wrote, and tampers as a third party would.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use jiff::Timestamp;

use super::support::*;
use crate::*;

pub(super) const PASSWORD: &str = "correct horse battery staple";

pub(super) fn restic(repository: &Path, arguments: &[&str]) -> Output {
    let run = Command::new("restic")
        .args(["--no-cache", "-r"])
        .arg(repository)
        .args(arguments)
        .env("RESTIC_PASSWORD", PASSWORD)
        .output();
    let output =
        run.expect("stock restic must be installed for this test (apt-get install restic)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "restic {arguments:?}: {said}");
    output
}

/// The image from segment files as `restic restore` writes them.
fn assemble(folder: &Path, size: usize) -> Vec<u8> {
    let mut data = vec![0; size];
    for prefix in std::fs::read_dir(folder.join("volume")).unwrap() {
        let prefix = prefix.unwrap().path();
        if !prefix.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(prefix).unwrap() {
            let path = file.unwrap().path();
            let index = u64::from_str_radix(path.file_name().unwrap().to_str().unwrap(), 16);
            let start = index.unwrap() as usize * SEGMENT;
            let bytes = std::fs::read(path).unwrap();
            data[start..start + bytes.len()].copy_from_slice(&bytes);
        }
    }
    data
}

#[test]
fn stock_restic_checks_and_restores_every_point() {
    let folder = tempfile::tempdir().unwrap();
    let vault = folder.path().join("vault");
    let store: Arc<dyn ObjectStore> = Arc::new(FolderStore::create(&vault).unwrap());
    let key = key();
    let repository = Repository::create(store.clone(), &key).unwrap();
    let mut data = image(9 * SEGMENT + 777, 31);
    data[4 * SEGMENT..5 * SEGMENT].fill(0);
    let first = (back_up(&repository, &data, 1), data.clone());
    data[SEGMENT + 5] ^= 1;
    let source = TestSource::changed(data.clone(), &[1]);
    let done = repository.back_up_image(&source, Some(&first.0.id), &point(2), &NoProgress);
    let second = (done.unwrap(), data);
    repository
        .add_password(PASSWORD, Timestamp::UNIX_EPOCH)
        .unwrap();
    // Packs of a writer that died belong to no index: restic must not mind.
    let broken = TestSource {
        fail_at: Some(11),
        ..TestSource::full(image(12 * SEGMENT, 32))
    };
    repository
        .back_up_image(&broken, None, &point(3), &NoProgress)
        .unwrap_err();

    restic(&vault, &["check", "--read-data"]);
    let listed = restic(
        &vault,
        &["snapshots", "--tag", "asset:vol-0123456789abcdef0"],
    );
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("2 snapshots"), "{listed}");
    for (snapshot, data) in [first, second] {
        let target = folder.path().join(format!("restored-{}", snapshot.id));
        restic(
            &vault,
            &[
                "restore",
                snapshot.id.as_str(),
                "--target",
                target.to_str().unwrap(),
            ],
        );
        assert!(assemble(&target, data.len()) == data);
        let content = std::fs::read(target.join("volume/content.json")).unwrap();
        let content = ContentTable::from_json(&content).unwrap();
        assert_eq!(
            (content.root, content.size_bytes),
            (snapshot.root, data.len() as u64)
        );
        assert!(
            AssetSidecar::from_json(&std::fs::read(target.join("asset.json")).unwrap()).is_ok()
        );
    }

    // And the other way round: what restic does to the repository does not disturb us.
    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("file"), b"hello").unwrap();
    restic(&vault, &["backup", foreign.to_str().unwrap()]);
    let reopened = Repository::open(store, &key).unwrap();
    let snapshots = reopened.snapshots().unwrap();
    assert_eq!(snapshots.len(), 3);
    let reconciled = reopened
        .reconcile(&std::collections::BTreeSet::new())
        .unwrap();
    assert_eq!((reconciled.unknown.len(), reconciled.foreign.len()), (2, 1));
    let opened = reopened.image(&reconciled.foreign[0].id);
    assert!(
        matches!(opened, Err(VaultError::Unsupported(_))),
        "{opened:?}"
    );
}

#[test]
fn stock_restic_finds_a_pruned_repository_whole() {
    let folder = tempfile::tempdir().unwrap();
    let vault = folder.path().join("vault");
    let store = Arc::new(FolderStore::create(&vault).unwrap());
    let repository = Repository::create(store.clone(), &key()).unwrap();
    repository
        .add_password(PASSWORD, Timestamp::UNIX_EPOCH)
        .unwrap();
    let kept = image(5 * SEGMENT, 41);
    let mut gone = kept[..2 * SEGMENT].to_vec();
    gone.extend(image(6 * SEGMENT, 42));
    let gone = back_up(&repository, &gone, 1);
    let kept = (back_up(&repository, &kept, 2), kept);
    repository.forget(&[gone.id]).unwrap();
    let size = || {
        store
            .list("data/")
            .unwrap()
            .iter()
            .map(|o| o.size)
            .sum::<u64>()
    };
    let before = size();
    super::prune::prune_at_once(&repository);
    super::prune::prune_at_once(&repository);
    assert!(size() < before, "{before} -> {}", size());
    restic(&vault, &["check", "--read-data"]);
    assert!(restore(&repository, &kept.0.id).unwrap() == kept.1);
}
