//! What whoever writes to the folder of a vault may do: it cannot be prevented there, and it is found within one cycle.
//!
//! Not for buckets with Object Lock, which deny it. Invariant: after a change nothing of ours deletes anything on top of it.

use std::fs;
use std::path::{Path as FilePath, PathBuf};

use domain::alert::AlertKind;
use domain::recovery_point::{Proof, RecoveryPointStatus};
use domain::task::{TaskSpec, TaskStatus};

use super::world::{Unkept, World};

/// By what a change is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The point is `LOST`, and an alert says so.
    Lost,
    /// The point is `DAMAGED` once it is read back.
    Damaged,
    /// The head is doubted, and nothing is deleted.
    Doubted,
    /// The repository does not open, so nothing is deleted.
    Closed,
}

/// One way.
pub(super) struct Path {
    name: &'static str,
    change: fn(&FilePath, &World),
    found: Found,
}

fn files(folder: &FilePath) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn snapshot(place: &FilePath, world: &World) -> PathBuf {
    place
        .join("snapshots")
        .join(world.locked.snapshot_id.as_ref().unwrap())
}

fn heads(place: &FilePath) -> Vec<PathBuf> {
    let heads = files(&place.join("holdfast/heads"));
    assert!(heads.len() >= 2, "{heads:?}");
    heads
}

/// Flips a bit in the middle.
fn flip(path: &FilePath) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// What is changed.
pub(super) const PATHS: &[Path] = &[
    Path {
        name: "the snapshot is removed",
        change: |place, world| fs::remove_file(snapshot(place, world)).unwrap(),
        found: Found::Lost,
    },
    Path {
        name: "the packs are removed",
        change: |place, _| {
            for pack in files(&place.join("data")) {
                fs::remove_file(pack).unwrap();
            }
        },
        found: Found::Damaged,
    },
    Path {
        name: "a bit of every pack is flipped",
        change: |place, _| {
            for pack in files(&place.join("data")) {
                flip(&pack);
            }
        },
        found: Found::Damaged,
    },
    Path {
        name: "the indexes are removed",
        change: |place, _| {
            for index in files(&place.join("index")) {
                fs::remove_file(index).unwrap();
            }
        },
        found: Found::Damaged,
    },
    Path {
        name: "the settings of the repository are removed",
        change: |place, _| fs::remove_file(place.join("config")).unwrap(),
        found: Found::Closed,
    },
    Path {
        name: "all heads are removed",
        change: |place, _| {
            for head in heads(place) {
                fs::remove_file(head).unwrap();
            }
        },
        found: Found::Doubted,
    },
    Path {
        name: "the newest head is removed: rolled back",
        change: |place, _| fs::remove_file(heads(place).last().unwrap()).unwrap(),
        found: Found::Doubted,
    },
    Path {
        name: "the newest head is replaced by the one before",
        change: |place, _| {
            let heads = heads(place);
            fs::copy(&heads[heads.len() - 2], &heads[heads.len() - 1]).unwrap();
        },
        found: Found::Doubted,
    },
    Path {
        name: "a bit of the newest head is flipped",
        change: |place, _| flip(heads(place).last().unwrap()),
        found: Found::Doubted,
    },
    Path {
        name: "a head of nobody is put on top",
        change: |place, _| {
            let heads = heads(place);
            let number: u64 = heads
                .last()
                .unwrap()
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            let text = fs::read_to_string(heads.last().unwrap()).unwrap();
            let forged = text.replace(
                &format!("number {number}\n"),
                &format!("number {}\n", number + 1),
            );
            fs::write(
                place.join(format!("holdfast/heads/{:020}", number + 1)),
                forged,
            )
            .unwrap();
        },
        found: Found::Doubted,
    },
    Path {
        name: "the whole repository is put back as it was before the lock",
        change: |place, world| {
            fs::remove_file(snapshot(place, world)).unwrap();
            let heads = heads(place);
            heads[1..]
                .iter()
                .for_each(|head| fs::remove_file(head).unwrap());
        },
        found: Found::Doubted,
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_the_folder_is_found_within_one_cycle() {
    for path in PATHS {
        let world = World::new().await;
        // The third point has ended, so that there is an older head, on which it was.
        world.run(TaskSpec::ExpireRecoveryPoints).await;
        world.run(TaskSpec::ExpireRecoveryPoints).await;
        world.write_heads().await;
        let place = world.place();
        (path.change)(&place, &world);
        let rest = files(&place.join("data"));
        let looked = world.run(TaskSpec::ReconcileVault).await;
        let level = Proof::ChecksumsMatch;
        let id = world.locked.id;
        world
            .run(TaskSpec::VerifyRecoveryPoint {
                recovery_point_id: id,
                level,
            })
            .await;
        let status = world.row(&world.locked).await.unwrap().status;
        let is_told = world.alerts().await.contains(&AlertKind::VaultTampered);
        match path.found {
            Found::Lost => assert_eq!(
                (status, is_told),
                (RecoveryPointStatus::Lost, true),
                "{}",
                path.name
            ),
            Found::Damaged => assert_eq!(status, RecoveryPointStatus::Damaged, "{}", path.name),
            Found::Doubted => assert!(is_told, "{}", path.name),
            Found::Closed => assert_eq!(looked.status, TaskStatus::CompletedWithWarnings),
        }
        world.machine().await;
        // What is left stays, so that it can be mended.
        let left = files(&place.join("data"));
        assert!(rest.iter().all(|pack| left.contains(pack)), "{}", path.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_stays_until_two_people_release_it_and_then_the_heads_go_on() {
    let world = World::new().await;
    let place = world.place();
    let head = files(&place.join("holdfast/heads")).remove(0);
    let text = fs::read(&head).unwrap();
    fs::remove_file(&head).unwrap();
    world.machine().await;
    world.check("without a head", Unkept::Stays).await;
    // It comes back, and whoever put it back may have had a reason.
    fs::write(&head, text).unwrap();
    world.machine().await;
    world.check("with the head again", Unkept::Stays).await;
    let first = world.first_again().await;
    let request = app::expiry_brake::request_release(&first, "compared with the list").await;
    let request = request.unwrap();
    let second = &world.second;
    let approved = app::approvals::approve(second, Some(request.id), &request.plan_hash, None);
    approved.await.unwrap();
    world.machine().await;
    world.check("released", Unkept::Ends).await;
    assert!(!world.alerts().await.contains(&AlertKind::VaultTampered));
    assert!(files(&place.join("holdfast/heads")).len() > 1);
}
