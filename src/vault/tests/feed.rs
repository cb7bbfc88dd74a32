//! The books that decide whether a snapshot may be committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use rustic_core::{ReadSource, ReadSourceEntry, ReadSourceOpen};

use super::support::*;
use crate::backend::RepositoryBackend;
use crate::source::{Feed, Plan, PlannedSegment, SegmentSource};
use crate::*;

fn digest(data: &[u8]) -> Digest {
    Digest::of_blocks(&data.chunks(BLOCK).map(Digest::of).collect::<Vec<_>>())
}

/// Two segments: the first unchanged, the second to be read.
fn feed(first: &[u8]) -> Arc<Feed> {
    let size_bytes = 2 * SEGMENT as u64;
    let unchanged = Some((Timestamp::UNIX_EPOCH, digest(first)));
    let table: BTreeMap<u32, Digest> = (0..2).map(|index| (index, Digest::default())).collect();
    let content = ContentTable::new(size_bytes, table)
        .unwrap()
        .to_json()
        .unwrap();
    Feed::new(
        Plan {
            size_bytes,
            segments: vec![
                PlannedSegment {
                    index: 0,
                    unchanged,
                },
                PlannedSegment {
                    index: 1,
                    unchanged: None,
                },
            ],
            stamp: Timestamp::UNIX_EPOCH,
            asset_json: Bytes::from_static(b"{}"),
            content_size: content.len() as u64,
        },
        2,
    )
}

fn entries(feed: &Arc<Feed>) -> Vec<ReadSourceEntry<impl ReadSourceOpen>> {
    let store = Arc::new(MemoryStore::new());
    let backend = Arc::new(RepositoryBackend::new(store, None, None));
    SegmentSource {
        feed: feed.clone(),
        backend,
    }
    .entries()
    .map(Result::unwrap)
    .collect()
}

fn read(entry: ReadSourceEntry<impl ReadSourceOpen>) -> Vec<u8> {
    let mut data = Vec::new();
    let mut reader = entry
        .open
        .unwrap()
        .open()
        .map_err(|e| e.to_string())
        .unwrap();
    std::io::Read::read_to_end(&mut reader, &mut data).unwrap();
    data
}

#[test]
fn lists_files_in_the_order_of_their_names_and_sizes_them_right() {
    let (first, second) = (image(SEGMENT, 1), image(SEGMENT, 2));
    let feed = feed(&first);
    let entries = entries(&feed);
    let names: Vec<_> = entries
        .iter()
        .map(|entry| entry.path.display().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "/asset.json",
            "/volume/0000/00000000",
            "/volume/0000/00000001",
            "/volume/content.json"
        ]
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let job = feed.next_job().unwrap();
            assert!((job.index, job.may_use_base) == (1, true));
            feed.deliver(job, Ok(Bytes::from(second.clone()).into()));
        });
        for (position, entry) in entries.into_iter().enumerate() {
            if position != 1 {
                assert!(feed.check_complete().is_err());
                let size = entry.node.meta.size;
                assert_eq!(read(entry).len() as u64, size);
            }
        }
    });
    feed.check_complete().unwrap();
    let table = feed.content().unwrap();
    assert_eq!(
        table.segments,
        [(0, digest(&first)), (1, digest(&second))]
            .into_iter()
            .collect()
    );
    assert_eq!(feed.bytes_read(), SEGMENT as u64);
}

#[test]
fn an_unchanged_segment_that_is_wanted_all_the_same_comes_from_the_source_alone() {
    let (first, second) = (image(SEGMENT, 3), image(SEGMENT, 4));
    let feed = feed(&image(SEGMENT, 5));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while let Some(job) = feed.next_job() {
                assert_eq!(job.may_use_base, job.index == 1);
                let data = if job.index == 0 { &first } else { &second };
                feed.deliver(job, Ok(Bytes::from(data.clone()).into()));
            }
        });
        for entry in entries(&feed) {
            read(entry);
        }
        feed.stop();
    });
    feed.check_complete().unwrap();
    assert_eq!(feed.content().unwrap().segments[&0], digest(&first));
}

#[test]
fn what_was_opened_but_not_read_to_its_end_is_not_complete() {
    let data = image(SEGMENT, 6);
    let feed = feed(&data);
    let mut entries = entries(&feed).into_iter();
    read(entries.next().unwrap());
    let job = feed.next_job().unwrap();
    feed.deliver(job, Ok(Bytes::from(data).into()));
    let mut reader = entries
        .nth(1)
        .unwrap()
        .open
        .unwrap()
        .open()
        .map_err(|e| e.to_string())
        .unwrap();
    let mut half = vec![0; SEGMENT / 2];
    std::io::Read::read_exact(&mut reader, &mut half).unwrap();
    read(entries.next().unwrap());
    assert!(feed.check_complete().is_err());
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut rest).unwrap();
    feed.check_complete().unwrap();
    feed.fail(VaultError::Cancelled);
    assert!(feed.check_complete().is_err());
}
