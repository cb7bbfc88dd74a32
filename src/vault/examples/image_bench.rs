//! Measures one backup, increment, restore or verification of an image file, and prints a line of JSON.
//!
//! Run it with `MALLOC_ARENA_MAX=2`, as the server is run: glibc's arenas double the memory otherwise.
//! Not a tool for users: it keeps the vault's key in clear beside the vault. Invariant: what is not part of the
//! operation (finding out which blocks changed) lies outside of the time that it reports.
//!
//! `image_bench backup IMAGE VAULT` | `image_bench increment IMAGE VAULT PREVIOUS_IMAGE` |
//! `image_bench restore IMAGE VAULT [THREADS]` | `image_bench verify - VAULT [THREADS]` |
//! `image_bench synthetic GIB VAULT [EVERY]`: an image of that size that is not on disk; each block is unique and
//! compresses well, and only every so manieth segment is present. For memory, not for speed.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use vault::{
    BLOCK_BYTES, FolderStore, ImageReader, ImageSource, MasterKey, NewPoint, NoProgress,
    ObjectStore, PointLabels, Repository, Segment, SegmentData, SegmentSink, SegmentState,
    SinkError, SnapshotId, SourceError, segment_count, segment_offset, segment_size,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (command, image, vault, rest) = match words.as_slice() {
        [command, image, vault, rest @ ..] => (*command, Path::new(image), Path::new(vault), rest),
        _ => {
            return Err(
                "usage: image_bench backup|increment|restore|verify IMAGE VAULT [MORE]".into(),
            );
        }
    };
    let repository = open(vault)?;
    let threads = || rest.first().map_or(Ok(4), |text| text.parse());
    match command {
        "backup" => back_up(&repository, &FileSource::new(image, None)?, None),
        "synthetic" => back_up(&repository, &Synthetic::new(image, rest)?, None),
        "increment" => {
            let previous = rest.first().ok_or("which image is the previous one?")?;
            let source = FileSource::new(image, Some(Path::new(previous)))?;
            let base = latest(&repository)?;
            back_up(&repository, &source, Some(&base))
        }
        "restore" => restore(&repository, image, threads()?),
        "verify" => verify(&repository, threads()?),
        other => Err(format!("unknown command {other}").into()),
    }
}

fn open(vault: &Path) -> Result<Repository> {
    let store: Arc<dyn ObjectStore> = Arc::new(FolderStore::create(vault)?);
    let key_file = vault.with_extension("bench-key");
    if key_file.exists() {
        return Ok(Repository::open(
            store,
            &MasterKey::from_json(fs::read(key_file)?)?,
        )?);
    }
    let key = MasterKey::generate()?;
    fs::write(key_file, key.expose_json())?;
    Ok(Repository::create(store, &key)?)
}

fn latest(repository: &Repository) -> Result<SnapshotId> {
    let snapshots = repository.snapshots()?;
    Ok(snapshots.last().ok_or("the vault is empty")?.id.clone())
}

fn back_up(repository: &Repository, source: &dyn Counted, base: Option<&SnapshotId>) -> Result<()> {
    let newest = repository
        .snapshots()?
        .last()
        .map(|snapshot| snapshot.taken_at);
    let taken_at = newest.unwrap_or(Timestamp::UNIX_EPOCH) + SignedDuration::from_hours(1);
    let point = NewPoint {
        labels: PointLabels {
            asset_id: "image".to_owned(),
            asset_kind: "image".to_owned(),
            recovery_point_id: taken_at.as_second().to_string(),
            task_id: None,
            policy_id: None,
            taken_at,
            expires_at: None,
        },
        configuration: serde_json::Value::Null,
    };
    let watch = Watch::start();
    let done = repository.back_up_image(source, base, &point, &NoProgress)?;
    watch.report(serde_json::json!({
        "command": if base.is_some() { "increment" } else { "backup" },
        "bytes": done.size_bytes,
        "bytes_read": source.bytes_read(),
        "bytes_added": done.bytes_added,
        "bytes_read_back": done.bytes_read_back,
        "snapshot": done.id,
    }))
}

fn restore(repository: &Repository, target: &Path, threads: usize) -> Result<()> {
    let snapshot = latest(repository)?;
    let watch = Watch::start();
    let image = repository.image(&snapshot)?;
    let file = File::create(target)?;
    file.set_len(image.size_bytes())?;
    image.restore_to(&FileSink(&file), threads, &NoProgress)?;
    file.sync_all()?;
    watch.report(serde_json::json!({ "command": "restore", "bytes": image.size_bytes() }))
}

fn verify(repository: &Repository, threads: usize) -> Result<()> {
    let snapshot = latest(repository)?;
    let watch = Watch::start();
    let report = repository.verify(&snapshot, threads, &NoProgress)?;
    watch.report(serde_json::json!({
        "command": "verify", "bytes": report.good_bytes, "good": report.is_good(),
    }))
}

/// An image file; with a previous one, only blocks that differ are read from it.
struct FileSource {
    file: File,
    size: u64,
    /// Numbers of the blocks that changed; `None` for a full backup.
    changed: Option<BTreeSet<u64>>,
    read: AtomicU64,
}

impl FileSource {
    fn new(image: &Path, previous: Option<&Path>) -> Result<Self> {
        let file = File::open(image)?;
        let size = file.metadata()?.len();
        let changed = previous.map(|path| changed_blocks(&file, &File::open(path)?, size));
        Ok(Self {
            file,
            size,
            changed: changed.transpose()?,
            read: AtomicU64::new(0),
        })
    }

    fn blocks(&self, index: u32) -> impl Iterator<Item = (u64, u64, usize)> + '_ {
        let start = segment_offset(index);
        let end = start + u64::from(segment_size(self.size, index));
        let block = u64::from(BLOCK_BYTES);
        (start..end)
            .step_by(usize::try_from(BLOCK_BYTES).unwrap_or(1))
            .map(move |offset| {
                let size = usize::try_from(block.min(end - offset)).unwrap_or_default();
                (offset / block, offset, size)
            })
    }
}

fn changed_blocks(file: &File, previous: &File, size: u64) -> Result<BTreeSet<u64>> {
    let block = u64::from(BLOCK_BYTES);
    let mut changed = BTreeSet::new();
    for number in 0..size.div_ceil(block) {
        let length = usize::try_from(block.min(size - number * block))?;
        let (mut new, mut old) = (vec![0; length], vec![0; length]);
        file.read_exact_at(&mut new, number * block)?;
        previous.read_exact_at(&mut old, number * block)?;
        if new != old {
            changed.insert(number);
        }
    }
    Ok(changed)
}

impl ImageSource for FileSource {
    fn size_bytes(&self) -> u64 {
        self.size
    }

    fn segments(&self) -> std::result::Result<Vec<Segment>, SourceError> {
        let state = |index| match &self.changed {
            Some(changed)
                if !self
                    .blocks(index)
                    .any(|(number, ..)| changed.contains(&number)) =>
            {
                SegmentState::Unchanged
            }
            Some(_) | None => SegmentState::Present,
        };
        let all = 0..segment_count(self.size);
        Ok(all
            .map(|index| Segment {
                index,
                state: state(index),
            })
            .collect())
    }

    fn read_segment(
        &self,
        index: u32,
        base: Option<&ImageReader>,
    ) -> std::result::Result<SegmentData, SourceError> {
        let size = usize::try_from(segment_size(self.size, index)).unwrap_or_default();
        let mut data = vec![0; size];
        let mut rest = data.as_mut_slice();
        for (number, offset, size) in self.blocks(index) {
            let (part, behind) = rest.split_at_mut(size);
            rest = behind;
            match (base, &self.changed) {
                (Some(base), Some(changed)) if !changed.contains(&number) => {
                    base.read_at(offset, part)
                        .map_err(|e| SourceError::new(e, false))?;
                }
                _ => {
                    let read = self.file.read_exact_at(part, offset);
                    read.map_err(|e| SourceError::new(e, false))?;
                    self.read
                        .fetch_add(u64::try_from(size).unwrap_or_default(), Ordering::Relaxed);
                }
            }
        }
        Ok(bytes::Bytes::from(data).into())
    }
}

trait Counted: ImageSource {
    fn bytes_read(&self) -> u64;
}

impl Counted for FileSource {
    fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// An image that is made up as it is read.
struct Synthetic {
    size: u64,
    every: u32,
    read: AtomicU64,
}

impl Synthetic {
    fn new(size: &Path, rest: &[&str]) -> Result<Self> {
        let gibibytes: u64 = size.to_str().ok_or("a size in GiB?")?.parse()?;
        let every = rest.first().map_or(Ok(1), |text| text.parse())?;
        Ok(Self {
            size: gibibytes << 30,
            every,
            read: AtomicU64::new(0),
        })
    }
}

impl Counted for Synthetic {
    fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl ImageSource for Synthetic {
    fn size_bytes(&self) -> u64 {
        self.size
    }

    fn segments(&self) -> std::result::Result<Vec<Segment>, SourceError> {
        let present = (0..segment_count(self.size)).filter(|index| index % self.every == 0);
        Ok(present
            .map(|index| Segment {
                index,
                state: SegmentState::Present,
            })
            .collect())
    }

    fn read_segment(
        &self,
        index: u32,
        _base: Option<&ImageReader>,
    ) -> std::result::Result<SegmentData, SourceError> {
        let size = usize::try_from(segment_size(self.size, index)).unwrap_or_default();
        let mut data = vec![0; size];
        let block = usize::try_from(BLOCK_BYTES).unwrap_or(1);
        for (number, part) in (0_u32..).zip(data.chunks_mut(block)) {
            let name = format!("segment {index} block {number}");
            part.iter_mut()
                .zip(name.bytes())
                .for_each(|(byte, letter)| *byte = letter);
        }
        self.read
            .fetch_add(u64::try_from(size).unwrap_or_default(), Ordering::Relaxed);
        Ok(bytes::Bytes::from(data).into())
    }
}

/// A fresh file: zeros need not be written.
struct FileSink<'a>(&'a File);

impl SegmentSink for FileSink<'_> {
    fn write_segment(&self, offset: u64, data: &[u8]) -> std::result::Result<(), SinkError> {
        if data.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        self.0.write_all_at(data, offset).map_err(SinkError::new)
    }
}

struct Watch(Instant);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn report(&self, mut line: serde_json::Value) -> Result<()> {
        let seconds = self.0.elapsed().as_secs_f64();
        let bytes = line
            .get("bytes")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or_default();
        let mebibytes = u32::try_from(bytes >> 20)?;
        let fields = line.as_object_mut().ok_or("not an object")?;
        fields.insert("seconds".to_owned(), seconds.into());
        fields.insert(
            "mib_per_second".to_owned(),
            (f64::from(mebibytes) / seconds).into(),
        );
        let status = fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        fields.insert(
            "peak_memory".to_owned(),
            peak.unwrap_or_default().trim().into(),
        );
        writeln!(std::io::stdout(), "{line}")?;
        Ok(())
    }
}
