//! A recovery point as a sparse image file.
//!
//! Not for volumes in AWS. Invariants: the file has its name only when every byte was written, flushed, read back and
//! compared; an existing file is never replaced; nothing of a failed restore stays.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use vault::{
    BLOCK_BYTES, Digest, ImageReader, Progress, SegmentSink, SinkError, VaultError, segment_count,
    segment_offset, segment_size,
};

/// Runs of zeros of this many bytes become holes; a file system's block is rarely larger.
const HOLE_BYTES: usize = 64 * 1024;
/// Threads that read the vault and write the file.
const THREADS: usize = 4;
/// What a file is called before it is whole.
const PARTIAL_SUFFIX: &str = "partial";

/// What came out of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenImage {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Bytes that were in the vault; the rest is zeros.
    pub stored_bytes: u64,
    /// Digest of the content, hexadecimal; that of the recovery point.
    pub digest: String,
}

/// Restores `image` into `path`, which must not exist. Progress counts what is read from the vault, then what is read back
/// from the file. Blocks.
pub fn write_image(
    image: &ImageReader,
    path: &Path,
    progress: &dyn Progress,
) -> Result<WrittenImage, VaultError> {
    if path.exists() {
        return Err(VaultError::Refused(format!(
            "{} exists already",
            path.display()
        )));
    }
    let partial = partial_path(path);
    let done = write_partial(image, &partial, progress).and_then(|written| {
        publish(&partial, path).map_err(|error| sink(path, &error))?;
        Ok(written)
    });
    match done {
        Ok(stored_bytes) => Ok(WrittenImage {
            path: path.to_owned(),
            size_bytes: image.size_bytes(),
            stored_bytes,
            digest: image.content().root.to_string(),
        }),
        Err(error) => {
            remove(&partial)?;
            Err(error)
        }
    }
}

/// Removes what an attempt that broke off left behind; `Ok` when there is nothing.
pub(crate) fn remove_partial(path: &Path) -> Result<(), VaultError> {
    remove(&partial_path(path))
}

/// Whether the file is, byte for byte, what the recovery point holds. Blocks.
pub fn is_image(
    image: &ImageReader,
    path: &Path,
    progress: &dyn Progress,
) -> Result<bool, VaultError> {
    let file = File::open(path).map_err(|error| sink(path, &error))?;
    let length = file.metadata().map_err(|error| sink(path, &error))?.len();
    if length != image.size_bytes() {
        return Ok(false);
    }
    match compare(image, &file, path, progress) {
        Ok(()) => Ok(true),
        Err(VaultError::Sink(error)) => Err(VaultError::Sink(error)),
        Err(VaultError::Damaged(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_partial(
    image: &ImageReader,
    partial: &Path,
    progress: &dyn Progress,
) -> Result<u64, VaultError> {
    // What an attempt before this one left is worth nothing: it may end in the middle of a block.
    remove(partial)?;
    let open = || {
        if let Some(folder) = partial
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(partial)?;
        file.set_len(image.size_bytes())?;
        Ok(file)
    };
    let file = open().map_err(|error| sink(partial, &error))?;
    let report = image.restore_to(&FileSink { file: &file }, THREADS, progress)?;
    file.sync_all().map_err(|error| sink(partial, &error))?;
    compare(image, &file, partial, progress)?;
    Ok(report.bytes)
}

struct FileSink<'a> {
    file: &'a File,
}

impl SegmentSink for FileSink<'_> {
    fn write_segment(&self, offset: u64, data: &[u8]) -> Result<(), SinkError> {
        let mut at = offset;
        for chunk in data.chunks(HOLE_BYTES) {
            if chunk.iter().any(|byte| *byte != 0) {
                self.file.write_all_at(chunk, at).map_err(SinkError::new)?;
            }
            at += u64::try_from(chunk.len()).unwrap_or_default();
        }
        Ok(())
    }
}

/// Reads the file back and compares it with the digests of the recovery point.
fn compare(
    image: &ImageReader,
    file: &File,
    path: &Path,
    progress: &dyn Progress,
) -> Result<(), VaultError> {
    let stored = &image.content().segments;
    for index in 0..segment_count(image.size_bytes()) {
        if progress.is_cancelled() {
            return Err(VaultError::Cancelled);
        }
        let Some(expected) = stored.get(&index) else {
            continue;
        };
        let size = segment_size(image.size_bytes(), index);
        let mut data = vec![0; usize::try_from(size).unwrap_or_default()];
        file.read_exact_at(&mut data, segment_offset(index))
            .map_err(|error| sink(path, &error))?;
        let block = usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX);
        let blocks: Vec<Digest> = data.chunks(block).map(Digest::of).collect();
        if Digest::of_blocks(&blocks) != *expected {
            let text = format!("{}: segment {index} did not read back", path.display());
            return Err(VaultError::Damaged(text));
        }
    }
    Ok(())
}

/// Gives the file its name without replacing another, durably.
fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    fs::hard_link(partial, path)?;
    fs::remove_file(partial)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(PARTIAL_SUFFIX);
    path.with_file_name(name)
}

fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(sink(path, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sink(path: &Path, error: &io::Error) -> VaultError {
    let text = format!("{}: {error}", path.display());
    VaultError::Sink(SinkError::new(io::Error::new(error.kind(), text)))
}
