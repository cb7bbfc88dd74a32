//! Prune against brute force: random repositories, with crashes, other servers and days in between.
//!
//! Not for one promise at a time (`prune.rs`, `crash.rs`). Invariant: what must hold is worked out by `reachability.rs`, which knows
//! neither the prune nor the library; a case follows from its seed but for nonces and the order of the library's threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::prune::request;
use super::reachability::{Census, Eye, pack_key};
use super::restic::{PASSWORD, restic};
use super::support::*;
use crate::*;

/// Cases of one run; `HOLDFAST_PRUNE_CASES` asks for more.
const CASES: u64 = 16;
/// What happens in one case before it is brought to rest.
const STEPS: usize = 16;
/// Prunes, each a day and an hour after the one before, that must bring any repository to rest.
const RESTING_ROUNDS: usize = 6;
/// Different blocks that all images of a case are made of, so that they share some.
const POOL: usize = 60;
const SEGMENT_BLOCKS: usize = SEGMENT / BLOCK;
/// What the library leaves in packs that are otherwise needed: at most 5 % of all that is kept.
const LEFT_PERCENT: usize = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOURS: [i64; 5] = [1, 13, 23, 25, 80];

type Objects = BTreeMap<String, Bytes>;

/// A store whose server dies, or meets another one, at one of its calls.
struct Perilous {
    inner: Arc<MemoryStore>,
    /// Calls until then: those that change something, or all.
    left: AtomicI64,
    counts_reads: bool,
    is_dead: AtomicBool,
    /// Whether the last change still takes place, though nobody hears of it.
    lands: bool,
    company: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl std::fmt::Debug for Perilous {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Perilous").finish_non_exhaustive()
    }
}

impl Perilous {
    fn new(inner: &Arc<MemoryStore>, random: &mut Random) -> Self {
        let counts_reads = random.below(3) == 0;
        let calls = random.below(if counts_reads { 60 } else { 9 });
        Self {
            inner: inner.clone(),
            left: AtomicI64::new(calls as i64),
            counts_reads,
            is_dead: AtomicBool::new(false),
            lands: random.below(2) == 0,
            company: Mutex::new(None),
        }
    }

    fn call<T>(
        &self,
        is_change: bool,
        act: impl Fn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Denied("the server is dead".to_owned());
        if self.is_dead.load(Ordering::SeqCst) {
            return Err(gone());
        }
        let counts = is_change || self.counts_reads;
        if counts && self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            let company = self.company.lock().take();
            if let Some(company) = company {
                company();
            } else {
                self.is_dead.store(true, Ordering::SeqCst);
                if self.lands {
                    drop(act());
                }
                return Err(gone());
            }
        }
        act()
    }
}

impl ObjectStore for Perilous {
    fn list(&self, prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
        self.call(false, || self.inner.list(prefix))
    }

    fn read(&self, key: &str) -> Result<Bytes, StoreError> {
        self.call(false, || self.inner.read(key))
    }

    fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
        self.call(false, || self.inner.read_range(key, offset, length))
    }

    fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        self.call(true, || self.inner.create(key, data.clone()))
    }

    fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
        self.call(true, || self.inner.replace(key, data.clone()))
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.call(true, || self.inner.delete(key))
    }
}

/// Blocks of the pool by their number; none is a block of zeros.
type Layout = Vec<Option<usize>>;

struct Point {
    asset: usize,
    id: SnapshotId,
    layout: Layout,
}

/// How often what happened, over all cases: a test in which nothing happens proves nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    points: u64,
    withdrawn: u64,
    dead_backups: u64,
    dead_prunes: u64,
    visited_prunes: u64,
    marked: u64,
    repacked: u64,
    revived: u64,
    deleted: u64,
    at_risk: u64,
}

struct World<'a> {
    random: Random,
    store: Arc<MemoryStore>,
    repository: Repository,
    eye: Eye,
    pool: Vec<Vec<u8>>,
    assets: Vec<Layout>,
    points: Vec<Point>,
    number: i64,
    tally: &'a mut Tally,
}

impl<'a> World<'a> {
    fn new(seed: u64, key: &MasterKey, tally: &'a mut Tally) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let store = Arc::new(MemoryStore::new());
        let repository = Repository::create(store.clone(), key).unwrap();
        let block = |number| {
            let mut block = image(2 * BLOCK, random.next() | 1);
            // By turns a block that packs to nothing and one of which an eighth does not pack.
            let at = if number % 2 == 0 { BLOCK } else { 0 };
            let mut block = block.split_off(at);
            block.truncate(BLOCK);
            block[BLOCK / 8..].fill(number as u8);
            block
        };
        let pool = (0..POOL).map(block).collect();
        let assets = 1 + random.below(4);
        let mut layout = |_| {
            let blocks = SEGMENT_BLOCKS * (1 + random.below(3));
            (0..blocks).map(|_| random_block(&mut random)).collect()
        };
        Self {
            assets: (0..assets).map(&mut layout).collect(),
            random,

            store,
            repository,
            eye: Eye::new(key),
            pool,
            points: Vec::new(),
            number: 0,
            tally,
        }
    }

    fn bytes(&self, layout: &Layout) -> Vec<u8> {
        let zeros = vec![0; BLOCK];
        let block = |number: &Option<usize>| number.map_or(&zeros, |number| &self.pool[number]);
        layout.iter().flat_map(block).copied().collect()
    }

    /// Changes a few blocks of an asset; what a backup of it reads, and the point that it goes on from.
    fn change(&mut self) -> (usize, TestSource, Option<SnapshotId>) {
        let asset = self.random.below(self.assets.len());
        let blocks = self.assets[asset].len();
        for _ in 0..self.random.below(SEGMENT_BLOCKS) {
            let at = self.random.below(blocks);
            self.assets[asset][at] = random_block(&mut self.random);
        }
        let layout = self.assets[asset].clone();
        let data = self.bytes(&layout);
        let base = self.points.iter().rev().find(|point| point.asset == asset);
        let Some(base) = base.filter(|_| !self.random.0.is_multiple_of(3)) else {
            return (asset, TestSource::full(data), None);
        };
        let segments = layout
            .chunks(SEGMENT_BLOCKS)
            .zip(base.layout.chunks(SEGMENT_BLOCKS));
        let changed = segments.enumerate().filter(|(_, (new, old))| new != old);
        let changed: Vec<u32> = changed.map(|(index, _)| index as u32).collect();
        (
            asset,
            TestSource::changed(data, &changed),
            Some(base.id.clone()),
        )
    }

    fn next_point(&mut self) -> NewPoint {
        self.number += 1;
        point(self.number)
    }

    fn keep(&mut self, asset: usize, id: SnapshotId) {
        self.tally.points += 1;
        let layout = self.assets[asset].clone();
        self.points.push(Point { asset, id, layout });
    }

    /// A backup that nothing disturbs: it must succeed, whatever crashed before.
    fn back_up(&mut self) {
        let (asset, source, base) = self.change();
        let point = self.next_point();
        let done = self
            .repository
            .back_up_image(&source, base.as_ref(), &point, &NoProgress);
        self.keep(asset, done.unwrap().id);
    }

    /// A backup whose server dies. It may have committed: then its point is known to the vault alone.
    fn die_in_a_backup(&mut self) {
        let (_, source, base) = self.change();
        let point = self.next_point();
        let perilous = Arc::new(Perilous::new(&self.store, &mut self.random));
        let there = self.repository.on(perilous.clone());
        drop(there.back_up_image(&source, base.as_ref(), &point, &NoProgress));
        self.tally.dead_backups += u64::from(perilous.is_dead.load(Ordering::SeqCst));
    }

    fn forget(&mut self) -> Option<Point> {
        if self.points.is_empty() {
            return None;
        }
        let at = self.random.below(self.points.len());
        let gone = self.points.remove(at);
        self.repository
            .forget(std::slice::from_ref(&gone.id))
            .unwrap();
        Some(gone)
    }

    /// What a backup reads that brings back what was just forgotten, and long ago stored: it takes over what a prune is about to mark.
    fn change_back(&mut self) -> Option<(usize, TestSource, Option<SnapshotId>)> {
        let gone = self.forget()?;
        self.eye.age(&self.store, DAY + DAY);
        self.assets[gone.asset].clone_from(&gone.layout);
        let source = TestSource::full(self.bytes(&gone.layout));
        Some((gone.asset, source, None))
    }

    fn wait(&mut self) {
        let hours = HOURS[self.random.below(HOURS.len())];
        self.eye.age(&self.store, SignedDuration::from_hours(hours));
    }

    fn request(&self) -> PruneRequest {
        PruneRequest {
            known: self.points.iter().map(|point| point.id.clone()).collect(),
            ..request()
        }
    }

    fn count(&mut self, stats: &PruneStats) {
        self.tally.marked += stats.packs_marked + stats.packs_unindexed;
        self.tally.repacked += stats.packs_repacked;
        self.tally.revived += stats.packs_revived;
        self.tally.deleted += stats.packs_deleted;
    }

    /// A prune that nothing disturbs.
    fn prune(&mut self) -> PruneStats {
        let before = self.store.objects();
        let stats = self
            .repository
            .prune_plan(&self.request())
            .unwrap()
            .run()
            .unwrap();
        self.count(&stats);
        self.check_deleted(&before);
        self.check_whole();
        stats
    }

    /// A prune whose server dies at some call, and mostly another one soon after.
    fn die_in_a_prune(&mut self) {
        let before = self.store.objects();
        let perilous = Arc::new(Perilous::new(&self.store, &mut self.random));
        let there = self.repository.on(perilous.clone());
        let done = there.prune_plan(&self.request()).and_then(PrunePlan::run);
        let is_dead = perilous.is_dead.load(Ordering::SeqCst);
        assert!(is_dead || done.is_ok(), "{done:?}");
        self.tally.dead_prunes += u64::from(is_dead);
        self.check_deleted(&before);
        self.check_whole();
        match self.random.below(4) {
            0 => self.back_up(),
            1 => self.wait(),
            2 => self.die_in_a_backup(),
            _ => {}
        }
        if self.random.below(4) > 0 {
            self.prune();
        }
    }

    /// A prune during which another server makes a backup: between plan and run, or at some call of either.
    fn prune_with_company(&mut self) {
        let back = if self.random.below(3) > 0 {
            self.change_back()
        } else {
            None
        };
        let (asset, source, base) = back.unwrap_or_else(|| self.change());
        let before = self.store.objects();
        let point = self.next_point();
        let other = self.repository.clone();
        let outcome = Arc::new(Mutex::new(None));
        let told = outcome.clone();
        let company = move || {
            let done = other.back_up_image(&source, base.as_ref(), &point, &NoProgress);
            *told.lock() = Some(done.map(|done| done.id));
        };
        let mut perilous = Perilous::new(&self.store, &mut self.random);
        let comes_first = self.random.below(3) == 0;
        // Who comes at a read may come when the run has looked for the last time; who comes at a change is seen by it.
        let is_seen = comes_first || !perilous.counts_reads;
        let mut company: Option<Box<dyn FnOnce() + Send>> = Some(Box::new(company));
        if !comes_first {
            perilous.company = Mutex::new(company.take());
        }
        perilous.left = AtomicI64::new(if comes_first {
            i64::MAX
        } else {
            *perilous.left.get_mut()
        });
        let there = self.repository.on(Arc::new(perilous));
        let plan = there.prune_plan(&self.request());
        if let Some(company) = company {
            company();
        }
        let done = plan.and_then(PrunePlan::run);
        let made = outcome.lock().take();
        match done {
            Ok(stats) => self.count(&stats),
            // The library reads indexes before snapshots: one that was committed in between names what it does not know, and
            // nothing is deleted.
            Err(VaultError::Damaged(_)) if !is_seen && matches!(made, Some(Ok(_))) => {}
            Err(error) => panic!("{error:?}"),
        }
        self.tally.visited_prunes += u64::from(made.is_some());
        match made {
            Some(Ok(id)) => self.keep(asset, id),
            // Marked under its feet: it is withdrawn, and will be tried again.
            Some(Err(VaultError::Damaged(_))) => self.tally.withdrawn += 1,
            Some(Err(error)) => panic!("{error:?}"),
            None => {}
        }
        self.check_deleted(&before);
        if is_seen {
            self.check_whole();
        } else {
            self.check_there();
        }
    }

    /// What is gone was marked, and by no index in use, a day or more before this run began.
    fn check_deleted(&mut self, before: &Objects) {
        let after = self.store.objects();
        let census = self.eye.census(before);
        let latest = request().now - DAY;
        for (id, standing) in &census.packs {
            if after.contains_key(&pack_key(id)) {
                continue;
            }
            let first: Option<&Timestamp> = standing.marks.iter().min();
            assert!(
                !standing.in_use && first.is_some_and(|first| *first <= latest),
                "pack {id} was deleted: in use {}, marks {:?}, day began {latest}",
                standing.in_use,
                standing.marks,
            );
        }
        let snapshots = before.keys().filter(|name| name.starts_with("snapshots/"));
        for name in snapshots {
            assert!(after.contains_key(name), "a prune removed {name}");
        }
    }

    /// Nothing that a snapshot needs is lost; it may lie in marked packs only, until the next prune.
    fn check_there(&mut self) -> Census {
        let objects = self.store.objects();
        let census = self.eye.census(&objects);
        assert!(census.missing.is_empty(), "missing: {:?}", census.missing);
        for point in &self.points {
            assert!(objects.contains_key(&format!("snapshots/{}", point.id)));
        }
        self.tally.at_risk += u64::from(!census.at_risk.is_empty());
        census
    }

    /// All that snapshots need is there for every reader.
    fn check_whole(&mut self) -> Census {
        let census = self.check_there();
        assert!(
            census.at_risk.is_empty(),
            "only in marked packs: {:?}",
            census.at_risk
        );
        census
    }

    fn step(&mut self) {
        match self.random.below(12) {
            0..=2 => self.back_up(),
            3 => self.die_in_a_backup(),
            4 | 5 => drop(self.forget()),
            6 => self.wait(),
            7 => drop(self.prune()),
            8 | 9 => self.die_in_a_prune(),
            _ => self.prune_with_company(),
        }
    }

    /// After enough runs nothing is left that nobody needs, but for what the library leaves in needed packs.
    fn come_to_rest(&mut self) {
        // With one index and nothing else to do the library leaves packs of a dead writer until the next backup.
        self.back_up();
        for _ in 0..RESTING_ROUNDS {
            self.eye
                .age(&self.store, DAY + SignedDuration::from_hours(1));
            self.prune();
        }
        let census = self.check_whole();
        let (needed, wasted) = census.needed_and_wasted();
        let left = LEFT_PERCENT * needed / (100 - LEFT_PERCENT);
        assert!(wasted <= left, "{wasted} bytes are wasted beside {needed}");
        assert_eq!((census.marked(), census.unindexed()), (0, 0));
        for point in &self.points {
            let restored = restore(&self.repository, &point.id).unwrap();
            assert!(restored == self.bytes(&point.layout), "{}", point.id);
        }
    }

    /// Stock restic reads everything and finds nothing wrong.
    fn check_by_restic(&self, key_file: &(String, Bytes)) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &key_file.0, &key_file.1);
        for (name, data) in self.store.objects() {
            write(folder.path(), &name, &data);
        }
        restic(folder.path(), &["check", "--read-data"]);
    }
}

fn random_block(random: &mut Random) -> Option<usize> {
    // Half of an image is zeros, so that a case is quick.
    (random.below(2) == 0).then(|| random.below(POOL))
}

fn write(folder: &Path, name: &str, data: &Bytes) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, data).unwrap();
}

/// A key file by which restic opens whatever this master key seals.
fn key_file(key: &MasterKey) -> (String, Bytes) {
    let store = Arc::new(MemoryStore::new());
    let repository = Repository::create(store.clone(), key).unwrap();
    repository
        .add_password(PASSWORD, Timestamp::UNIX_EPOCH)
        .unwrap();
    let mut objects = store.objects();
    objects.retain(|name, _| name.starts_with("keys/"));
    objects.pop_first().unwrap()
}

fn number_from(name: &str, default: u64) -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the test, not of the product"
    )]
    let switch = std::env::var(name);
    switch.map_or(default, |text| text.parse().unwrap())
}

/// The same case again: `HOLDFAST_PRUNE_SEED` is its seed, `HOLDFAST_PRUNE_CASES` 1.
#[test]
#[expect(
    clippy::print_stdout,
    reason = "a red run names its seed and what was tried"
)]
fn what_brute_force_finds_needed_survives_every_prune_and_the_rest_goes() {
    let (cases, first) = (
        number_from("HOLDFAST_PRUNE_CASES", CASES),
        number_from("HOLDFAST_PRUNE_SEED", 1),
    );
    let key = key();
    let key_file = key_file(&key);
    let mut tally = Tally::default();
    for seed in first..first + cases {
        println!("seed {seed}");
        let mut world = World::new(seed, &key, &mut tally);
        for _ in 0..STEPS {
            world.step();
        }
        // Whatever the last step left: a whole prune makes it good.
        world.prune();
        world.check_by_restic(&key_file);
        world.come_to_rest();
        world.check_by_restic(&key_file);
    }
    println!("{tally:?}");
    if cases >= CASES {
        // Each of these must have happened, or the test has looked at nothing.
        for times in [
            tally.points,
            tally.dead_backups,
            tally.dead_prunes,
            tally.visited_prunes,
            tally.marked,
            tally.repacked,
            tally.deleted,
        ] {
            assert!(times >= cases / 2, "{tally:?}");
        }
        assert!(tally.revived + tally.withdrawn > 0, "{tally:?}");
    }
}
