//! Proof: real file systems, and damage planted in the file system, in the vault and in the content.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use aws::fake::SeedVolume;
use domain::alert::{Alert, AlertFilter, AlertKind};
use domain::asset::Asset;
use domain::page::{Direction, PageRequest};
use domain::recovery_point::{Proof, RecoveryPoint, RecoveryPointStatus};
use domain::restore::ImageRestoreOptions;
use domain::task::{Task, TaskSpec, TaskStatus};
use domain::verification::{Verdict, Verification};
use serde_json::Value;
use store::testing::tamper;

use crate::testing::World;

const BLOCK: usize = 524_288;
const GIB: u64 = 1 << 30;

/// The blocks of an image of up to 1 GiB that are not zeros.
fn blocks(image: &Path) -> BTreeMap<u32, Vec<u8>> {
    let file = std::fs::File::open(image).unwrap();
    let size = file.metadata().unwrap().len();
    let mut blocks = BTreeMap::new();
    for (index, offset) in (0_u32..).zip((0..size).step_by(BLOCK)) {
        let mut data = vec![0; BLOCK];
        let length = usize::try_from(size - offset).unwrap().min(BLOCK);
        file.read_exact_at(&mut data[..length], offset).unwrap();
        if data.iter().any(|byte| *byte != 0) {
            blocks.insert(index, data);
        }
    }
    blocks
}

/// A disk of 1 GiB with one ext4 file system, in a partition that begins at `offset` or, for 0, without any.
fn ext4_disk(offset: u64) -> BTreeMap<u32, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (image, part) = (folder.path().join("image"), folder.path().join("part"));
    let size = GIB - offset;
    std::fs::File::create(&part).unwrap().set_len(size).unwrap();
    let made = Command::new("mke2fs")
        .args(["-q", "-F", "-t", "ext4"])
        .arg(&part)
        .status();
    assert!(made.is_ok_and(|made| made.success()), "mke2fs is needed");
    let note = folder.path().join("note");
    std::fs::write(&note, "what must come back").unwrap();
    let script = format!("write {} note", note.display());
    let written = Command::new("debugfs")
        .args(["-w", "-R", &script])
        .arg(&part)
        .output();
    assert!(written.is_ok_and(|written| written.status.success()));
    if offset == 0 {
        return blocks(&part);
    }
    let disk = std::fs::File::create(&image).unwrap();
    disk.set_len(GIB).unwrap();
    let mut table = vec![0_u8; 512];
    table[446..454].copy_from_slice(&[0, 0, 2, 0, 0x83, 0, 2, 0]);
    table[454..458].copy_from_slice(&u32::try_from(offset / 512).unwrap().to_le_bytes());
    table[458..462].copy_from_slice(&u32::try_from(size / 512).unwrap().to_le_bytes());
    table[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk.write_all_at(&table, 0).unwrap();
    for (index, data) in blocks(&part) {
        let at = offset + u64::from(index) * 524_288;
        let length = usize::try_from((GIB - at).min(524_288)).unwrap();
        disk.write_all_at(&data[..length], at).unwrap();
    }
    blocks(&image)
}

impl World {
    async fn disk(&self, blocks: &BTreeMap<u32, Vec<u8>>) -> (String, Asset) {
        let (volume, asset) = self.volume(SeedVolume::blank(1)).await;
        for (index, data) in blocks {
            assert!(self.aws.write(&volume, *index, Some(data.clone().into())));
        }
        (volume, asset)
    }

    async fn backed_up(&self, asset: &Asset) -> RecoveryPoint {
        let task = self.back_up(asset.id, None).await;
        assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
        self.point(task.recovery_point_id.unwrap()).await
    }

    async fn point(&self, id: domain::RecoveryPointId) -> RecoveryPoint {
        let found = store::recovery_points::lookup(&self.store.read(), self.organization, id).await;
        found.unwrap().unwrap()
    }

    /// The attempt of a task, and its evidence.
    async fn attempt(&self, task: &Task) -> (Verification, Value) {
        let id = domain::VerificationId::from_uuid(task.id.uuid());
        let found = store::verifications::lookup(&self.store.read(), self.organization, id).await;
        let found = found.unwrap().unwrap();
        let evidence = found.evidence.clone().map_or(Value::Null, |evidence| {
            serde_json::from_str(&evidence.text).unwrap()
        });
        (found, evidence)
    }

    async fn open_alerts(&self, kind: AlertKind) -> Vec<Alert> {
        let filter = AlertFilter {
            kinds: Some(vec![kind]),
            is_open: Some(true),
            ..AlertFilter::default()
        };
        let (reader, page) = (self.store.read(), PageRequest::default());
        let order = Direction::Ascending;
        let found = store::alerts::list(&reader, self.organization, &filter, order, &page).await;
        found.unwrap().into_nodes()
    }

    fn scratch_is_empty(&self) -> bool {
        std::fs::read_dir(self.folder.path().join("scratch"))
            .map_or(true, |mut entries| entries.next().is_none())
    }

    async fn full_reason(&self, asset: &Asset) -> Value {
        let task = self.back_up(asset.id, None).await;
        assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
        let result = task.result.unwrap_or_default();
        result
            .pointer("/output/full_reason")
            .cloned()
            .unwrap_or_default()
    }
}

fn code(task: &Task) -> &str {
    task.failure
        .as_ref()
        .map_or("", |failure| failure.code.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_with_a_file_system_is_proven_to_its_content_with_evidence() {
    let world = World::new().await;
    for (offset, partition) in [(0, Value::Null), (1 << 20, Value::from(1))] {
        let (_, asset) = world.disk(&ext4_disk(offset)).await;
        let point = world.backed_up(&asset).await;
        assert_eq!(point.proof, Proof::ChecksumsMatch);
        assert_eq!(point.source_digest, point.content_digest);
        let task = world.prove(point.id, Proof::Restored).await;
        assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
        let (attempt, evidence) = world.attempt(&task).await;
        assert_eq!(
            (attempt.wanted, attempt.reached, attempt.verdict),
            (Proof::Restored, Proof::ContentMatches, Verdict::Proven)
        );
        let place = &evidence["restored"]["contents"][0];
        assert_eq!(place["partition"], partition);
        let check = &place["check"];
        assert_eq!(
            (&check["content"], &check["outcome"], &check["exit_code"]),
            (&"ext4".into(), &"clean".into(), &0.into())
        );
        assert_eq!(check["command"], "e2fsck -f -n");
        assert!(
            check["version"].as_str().unwrap().contains("e2fsck"),
            "{check}"
        );
        assert_eq!(evidence["matches_source"], true);
        assert_eq!(
            evidence["restored"]["content_sha256"],
            point.source_digest.unwrap()
        );
        assert!(attempt.bytes_checked > 0 && attempt.finished_at.is_some());
        assert_eq!(world.point(point.id).await.proof, Proof::ContentMatches);
        assert!(world.scratch_is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_increment_has_a_digest_of_its_source_as_a_full_one_has() {
    let world = World::new().await;
    let (volume, asset) = world.disk(&ext4_disk(0)).await;
    world.backed_up(&asset).await;
    let changed = bytes::Bytes::from(vec![7; BLOCK]);
    world.aws.write(&volume, 2_000, Some(changed));
    let second = world.backed_up(&asset).await;
    assert!(!second.is_full);
    let task = world.prove(second.id, Proof::ContentMatches).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    // The same bytes, read whole, have the same digest.
    let snapshot = second.base_snapshot_id.clone().unwrap();
    world.aws.remove_snapshot(&snapshot);
    let third = world.backed_up(&asset).await;
    assert!(third.is_full);
    assert_eq!(third.source_digest, second.source_digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_system_fails_although_every_byte_is_there() {
    let world = World::new().await;
    let mut disk = ext4_disk(0);
    // Behind superblock and group descriptors, where inodes and bitmaps are.
    disk.get_mut(&0).unwrap()[40 * 4_096..56 * 4_096].fill(0xa5);
    let (_, asset) = world.disk(&disk).await;
    let point = world.backed_up(&asset).await;
    let checksums = world.prove(point.id, Proof::ChecksumsMatch).await;
    assert_eq!(checksums.status, TaskStatus::Completed);
    let task = world.prove(point.id, Proof::Restored).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "PROOF_FAILED")
    );
    let (attempt, evidence) = world.attempt(&task).await;
    assert_eq!(
        (attempt.verdict, attempt.reached),
        (Verdict::Failed, Proof::ChecksumsMatch)
    );
    assert_eq!(evidence["matches_source"], true);
    assert_eq!(
        evidence["restored"]["contents"][0]["check"]["outcome"],
        "broken"
    );
    let damaged = world.point(point.id).await;
    assert_eq!(damaged.status, RecoveryPointStatus::Damaged);
    let alerts = world.open_alerts(AlertKind::ProofFailed).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].subject.recovery_point_id, Some(point.id));
    assert_eq!(
        alerts[0].evidence["sha256"],
        attempt.evidence.unwrap().sha256
    );
    assert!(world.scratch_is_empty());

    // A lower proof does not see what is broken, so it does not make the point good again.
    let checksums = world.prove(point.id, Proof::ChecksumsMatch).await;
    assert_eq!(checksums.status, TaskStatus::Completed);
    assert_eq!(
        world.point(point.id).await.status,
        RecoveryPointStatus::Damaged
    );
    assert_eq!(world.open_alerts(AlertKind::ProofFailed).await.len(), 1);
    let restore = |allow_damaged| TaskSpec::RestoreImage {
        recovery_point_id: point.id,
        options: ImageRestoreOptions {
            file_name: "disk.img".into(),
            allow_damaged,
        },
    };
    let refused = world.run(restore(false)).await;
    assert_eq!(code(&refused), "POINT_NOT_RESTORABLE");
    let insisted = world.run(restore(true)).await;
    assert_eq!(
        insisted.status,
        TaskStatus::Completed,
        "{:?}",
        insisted.failure
    );
    assert_eq!(world.full_reason(&asset).await, "distrusted");
    assert_eq!(
        world.full_reason(&asset).await,
        Value::Null,
        "then increments again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_vault_is_found_in_all_who_share_it_and_not_built_on() {
    let world = World::new().await;
    let (volume, asset) = world.disk(&ext4_disk(0)).await;
    let first = world.backed_up(&asset).await;
    world
        .aws
        .write(&volume, 2_000, Some(bytes::Bytes::from(vec![7; BLOCK])));
    let second = world.backed_up(&asset).await;
    let largest = world.largest_pack();
    let mut bytes = std::fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::remove_file(&largest).unwrap();
    std::fs::write(&largest, bytes).unwrap();
    let task = world.prove(first.id, Proof::ContentMatches).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "VAULT_DAMAGED")
    );
    let (attempt, evidence) = world.attempt(&task).await;
    assert_eq!(
        (attempt.verdict, attempt.reached),
        (Verdict::Failed, Proof::None)
    );
    assert!(
        evidence["vault"]["bytes_damaged"].as_u64().unwrap() > 0,
        "{evidence}"
    );
    assert_eq!(
        evidence["restored"],
        Value::Null,
        "nothing is restored of it"
    );
    assert_eq!(world.point(first.id).await.proof, Proof::None);
    // The later point was queued, and shares the block.
    world.finish_all().await;
    assert_eq!(
        world.point(second.id).await.status,
        RecoveryPointStatus::Damaged
    );
    assert_eq!(world.open_alerts(AlertKind::ProofFailed).await.len(), 2);

    // The same repository has the damaged block already and would not take it again.
    assert_eq!(world.full_reason(&asset).await, "distrusted");
    let third = world.points().await.remove(0);
    assert_ne!(third.repository_id, first.repository_id);
    let task = world.prove(third.id, Proof::ContentMatches).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    assert_eq!(world.full_reason(&asset).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_the_source_s_fails_at_every_level() {
    let world = World::new().await;
    let (_, asset) = world.disk(&ext4_disk(0)).await;
    for level in [Proof::ChecksumsMatch, Proof::ContentMatches] {
        let point = world.backed_up(&asset).await;
        // As if the vault had been rewritten in itself without a fault: the database knows what the source gave.
        let other = "ab".repeat(32);
        tamper(
            &world.store,
            &format!(
                "UPDATE recovery_points SET source_digest = '{other}' WHERE status = 'available'"
            ),
        )
        .await;
        let task = world.prove(point.id, level).await;
        assert_eq!(
            (task.status, code(&task)),
            (TaskStatus::Failed, "PROOF_FAILED")
        );
        let (attempt, evidence) = world.attempt(&task).await;
        assert_eq!(
            (attempt.verdict, attempt.reached),
            (Verdict::Failed, Proof::None)
        );
        assert_eq!(evidence["matches_source"], false);
        assert_eq!(
            world.point(point.id).await.status,
            RecoveryPointStatus::Damaged
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_without_a_digest_of_its_source_says_so_and_the_next_backup_takes_one() {
    let world = World::new().await;
    let (_, asset) = world.disk(&ext4_disk(0)).await;
    let point = world.backed_up(&asset).await;
    tamper(
        &world.store,
        "UPDATE recovery_points SET source_digest = NULL",
    )
    .await;
    let task = world.prove(point.id, Proof::ContentMatches).await;
    assert_eq!(
        task.status,
        TaskStatus::CompletedWithWarnings,
        "{:?}",
        task.failure
    );
    let (attempt, evidence) = world.attempt(&task).await;
    assert_eq!(
        (attempt.verdict, attempt.reached),
        (Verdict::Incomplete, Proof::Restored)
    );
    assert!(
        evidence["notes"][0]
            .as_str()
            .unwrap()
            .contains("without a digest")
    );
    assert_eq!(world.point(point.id).await.proof, Proof::Restored);
    assert_eq!(world.full_reason(&asset).await, "no_source_digest");
    let next = world.points().await.remove(0);
    let task = world.prove(next.id, Proof::ContentMatches).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_a_file_system_is_restored_and_that_is_said() {
    let world = World::new().await;
    let (_, asset) = world.volume(SeedVolume::blank(1).with_block(3, 9)).await;
    let point = world.backed_up(&asset).await;
    let task = world.prove(point.id, Proof::ContentMatches).await;
    assert_eq!(task.status, TaskStatus::Completed, "{:?}", task.failure);
    let (_, evidence) = world.attempt(&task).await;
    let check = &evidence["restored"]["contents"][0]["check"];
    assert_eq!(
        (&check["content"], &check["outcome"]),
        (&Value::Null, &"not_opened".into())
    );
    assert!(check["said"].as_str().unwrap().contains("No file system"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_nothing_is_written_and_leftovers_of_the_dead_go() {
    let mut world = World::new().await;
    let (_, asset) = world.disk(&ext4_disk(0)).await;
    let point = world.backed_up(&asset).await;
    let scratch = world.folder.path().join("scratch");
    // A server that was killed left this behind; its task has ended since.
    let dead = world.verify(point.id).await;
    let left = scratch.join(dead.id.to_string());
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("image"), "half a volume").unwrap();
    world.scratch_bytes(1 << 20);
    let task = world.prove(point.id, Proof::Restored).await;
    assert_eq!(
        (task.status, code(&task)),
        (TaskStatus::Failed, "SCRATCH_FULL")
    );
    assert!(!left.exists());
    assert!(world.scratch_is_empty());
    let (attempt, _) = world.attempt(&task).await;
    assert_eq!(attempt.verdict, Verdict::BrokenOff);
    let kept = world.point(point.id).await;
    assert_eq!(
        (kept.status, kept.proof),
        (RecoveryPointStatus::Available, Proof::ChecksumsMatch)
    );
}
