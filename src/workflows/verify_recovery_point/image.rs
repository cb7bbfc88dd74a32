//! A restored image: its digest, its partitions, and copies of them.
//!
//! Not for what lies in a partition (`file_systems.rs`). Invariant: what is read here are the bytes of the file, never those of the
//! vault, and holes are skipped, so that a large and empty volume costs little.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{SeekFrom, seek};
use vault::{
    BLOCK_BYTES, Digest, Progress, SinkError, VaultError, image_digest, segment_count,
    segment_offset, segment_size,
};

/// Bytes of a sector, as EBS volumes have them.
const SECTOR_BYTES: u64 = 512;
/// Bytes that are copied at a time.
const CHUNK_BYTES: u64 = 1 << 20;
/// Most partitions that are looked at: more than any machine has; a table with more was made to keep us busy.
const PARTITIONS_MAX: usize = 128;

/// A range of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Partition {
    /// Its number in the table.
    pub(super) number: u32,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
    /// How long it is, in bytes.
    pub(super) size: u64,
}

/// Digest of the file's content, as that of an image. Blocks.
pub(super) fn digest(
    path: &Path,
    size_bytes: u64,
    progress: &dyn Progress,
) -> Result<Digest, VaultError> {
    let file = File::open(path).map_err(|error| sink(path, &error))?;
    let length = file.metadata().map_err(|error| sink(path, &error))?.len();
    if length != size_bytes {
        let text = format!("the restored image has {length} bytes instead of {size_bytes}");
        return Err(VaultError::Damaged(text));
    }
    let block = usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX);
    let mut segments = BTreeMap::new();
    for index in 0..segment_count(size_bytes) {
        if progress.is_cancelled() {
            return Err(VaultError::Cancelled);
        }
        let (offset, size) = (segment_offset(index), segment_size(size_bytes, index));
        let data_from = next_data(&file, offset).map_err(|error| sink(path, &error))?;
        if data_from.is_none_or(|from| from >= offset + u64::from(size)) {
            continue;
        }
        let mut data = vec![0; usize::try_from(size).unwrap_or_default()];
        file.read_exact_at(&mut data, offset)
            .map_err(|error| sink(path, &error))?;
        let blocks: Vec<Digest> = data.chunks(block).map(Digest::of).collect();
        segments.insert(index, Digest::of_blocks(&blocks));
    }
    image_digest(size_bytes, &segments)
}

/// The partitions of a GPT or, else, of an MBR, as the image says; none when it has neither. Blocks.
pub(super) fn partitions(path: &Path) -> Result<Vec<Partition>, String> {
    let size_bytes = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    let found = match gpt(path) {
        Ok(found) => found,
        Err(no_gpt) => mbr(path).map_err(|no_mbr| format!("{no_gpt}; {no_mbr}"))?,
    };
    let inside = found.into_iter().filter(|one| {
        let end = one.offset.checked_add(one.size);
        one.size > 0 && end.is_some_and(|end| end <= size_bytes)
    });
    Ok(inside.take(PARTITIONS_MAX).collect())
}

fn gpt(path: &Path) -> Result<Vec<Partition>, String> {
    let disk = gpt::GptConfig::new().writable(false).open(path);
    let disk = disk.map_err(|error| error.to_string())?;
    let partition = |(number, one): (&u32, &gpt::partition::Partition)| {
        let sectors = one.last_lba.checked_sub(one.first_lba)?.checked_add(1)?;
        Some(Partition {
            number: *number,
            offset: one.first_lba.checked_mul(SECTOR_BYTES)?,
            size: sectors.checked_mul(SECTOR_BYTES)?,
        })
    };
    Ok(disk.partitions().iter().filter_map(partition).collect())
}

fn mbr(path: &Path) -> Result<Vec<Partition>, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let sector = u32::try_from(SECTOR_BYTES).unwrap_or_default();
    let table = mbrman::MBR::read_from(&mut file, sector).map_err(|error| error.to_string())?;
    let used = table
        .iter()
        .filter(|(_, one)| one.is_used() && !one.is_extended());
    let partition = |(number, one): (usize, &mbrman::MBRPartitionEntry)| {
        Some(Partition {
            number: u32::try_from(number).ok()?,
            offset: u64::from(one.starting_lba) * SECTOR_BYTES,
            size: u64::from(one.sectors) * SECTOR_BYTES,
        })
    };
    Ok(used.filter_map(partition).collect())
}

/// Copies a range into a file of its own, holes as holes. Blocks.
pub(super) fn copy_range(
    image: &Path,
    range: Partition,
    to: &Path,
    progress: &dyn Progress,
) -> Result<(), VaultError> {
    let file = File::open(image).map_err(|error| sink(image, &error))?;
    let open = || {
        let part = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(to)?;
        part.set_len(range.size)?;
        Ok(part)
    };
    let part = open().map_err(|error| sink(to, &error))?;
    let end = range.offset.saturating_add(range.size);
    let mut at = range.offset;
    while at < end {
        if progress.is_cancelled() {
            return Err(VaultError::Cancelled);
        }
        let Some(from) = next_data(&file, at).map_err(|error| sink(image, &error))? else {
            break;
        };
        at = at.max(from);
        if at >= end {
            break;
        }
        let length = usize::try_from((end - at).min(CHUNK_BYTES)).unwrap_or_default();
        let mut data = vec![0; length];
        file.read_exact_at(&mut data, at)
            .map_err(|error| sink(image, &error))?;
        if data.iter().any(|byte| *byte != 0) {
            part.write_all_at(&data, at - range.offset)
                .map_err(|error| sink(to, &error))?;
        }
        at += u64::try_from(length).unwrap_or(u64::MAX);
    }
    Ok(())
}

/// Where the next byte lies, at `offset` or behind it, that is not in a hole; none to the end of the file.
fn next_data(file: &File, offset: u64) -> io::Result<Option<u64>> {
    match seek(file, SeekFrom::Data(offset)) {
        Ok(at) => Ok(Some(at)),
        Err(rustix::io::Errno::NXIO) => Ok(None),
        // A file system that knows no holes: everything is data.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::OPNOTSUPP) => Ok(Some(offset)),
        Err(error) => Err(error.into()),
    }
}

fn sink(path: &Path, error: &io::Error) -> VaultError {
    let text = format!("{}: {error}", path.display());
    VaultError::Sink(SinkError::new(io::Error::new(error.kind(), text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault::NoProgress;

    #[test]
    fn the_digest_is_that_of_the_bytes_whatever_is_a_hole() {
        let folder = tempfile::tempdir().unwrap();
        let size = 9 * u64::from(vault::SEGMENT_BYTES) + 1_000;
        let write = |name: &str, sparse: bool, byte: u8| {
            let path = folder.path().join(name);
            let file = File::create(&path).unwrap();
            file.set_len(size).unwrap();
            if !sparse {
                file.write_all_at(&vec![0; 100_000], segment_offset(5))
                    .unwrap();
            }
            file.write_all_at(&[byte], segment_offset(2) + 7).unwrap();
            file.write_all_at(&[3], size - 1).unwrap();
            digest(&path, size, &NoProgress).unwrap()
        };
        let one = write("a", true, 1);
        assert_eq!(one, write("b", false, 1));
        assert_ne!(one, write("c", true, 2));
        let path = folder.path().join("a");
        assert!(digest(&path, size + 1, &NoProgress).is_err());
    }

    #[test]
    fn a_range_is_copied_with_its_holes() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (image, part) = (folder.path().join("image"), folder.path().join("part"));
        let file = File::create(&image).unwrap();
        file.set_len(64 << 20).unwrap();
        file.write_all_at(b"before", (1 << 20) - 6).unwrap();
        file.write_all_at(b"inside", 1 << 20).unwrap();
        file.write_all_at(b"end", (40 << 20) - 3).unwrap();
        file.write_all_at(b"behind", 40 << 20).unwrap();
        let range = Partition {
            number: 1,
            offset: 1 << 20,
            size: 39 << 20,
        };
        copy_range(&image, range, &part, &NoProgress).unwrap();
        let copied = std::fs::read(&part).unwrap();
        let mut wanted = vec![0; 39 << 20];
        wanted[..6].copy_from_slice(b"inside");
        wanted[(39 << 20) - 3..].copy_from_slice(b"end");
        assert!(copied == wanted);
        assert!(std::fs::metadata(&part).unwrap().blocks() * 512 < 8 << 20);
    }

    #[test]
    fn nonsense_is_no_table_and_what_lies_outside_is_no_partition() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image");
        std::fs::write(&path, vec![0x5a; 1 << 20]).unwrap();
        assert!(partitions(&path).is_err());
        // One partition that fits and one that claims more than there is.
        let mut sector = vec![0_u8; 1 << 20];
        let entry = |first: u32, count: u32| {
            let mut entry = vec![0, 0, 2, 0, 0x83, 0, 2, 0];
            entry.extend(first.to_le_bytes());
            entry.extend(count.to_le_bytes());
            entry
        };
        sector[446..462].copy_from_slice(&entry(100, 50));
        sector[462..478].copy_from_slice(&entry(200, 90_000));
        sector[510..512].copy_from_slice(&[0x55, 0xaa]);
        std::fs::write(&path, sector).unwrap();
        let found = partitions(&path).unwrap();
        let wanted = Partition {
            number: 1,
            offset: 51_200,
            size: 25_600,
        };
        assert_eq!(found, [wanted]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, ..Default::default() })]

        #[test]
        fn no_table_of_partitions_makes_the_reader_panic(
            mut start in proptest::collection::vec(proptest::prelude::any::<u8>(), 34 * 512),
            is_gpt in proptest::prelude::any::<bool>(),
        ) {
            start[510..512].copy_from_slice(&[0x55, 0xaa]);
            if is_gpt {
                start[512..520].copy_from_slice(b"EFI PART");
                start[520..528].copy_from_slice(&[0, 0, 1, 0, 92, 0, 0, 0]);
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("image");
            start.resize(1 << 20, 0);
            std::fs::write(&path, start).unwrap();
            for one in partitions(&path).unwrap_or_default() {
                assert!(one.size > 0 && one.offset + one.size <= 1 << 20);
            }
        }
    }
}
