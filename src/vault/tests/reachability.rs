//! A reader of repositories for tests: says what is needed, what is there, and what is marked, by restic's design document alone.
//!
//! Not for judging one of our readers by itself: of the library and of `prune.rs` it shares nothing but the cipher. Invariant: a blob
//! counts as there only when its bytes were read, opened, unpacked and hashed to its name.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aes256ctr_poly1305aes::aead::Aead;
use aes256ctr_poly1305aes::{Aes256CtrPoly1305Aes, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::*;

const NONCE: usize = 16;
/// First byte of a file that is packed by zstd.
const PACKED: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Data,
    Tree,
}

/// What a snapshot or a tree names.
pub(crate) type Name = (Kind, String);

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    packs: Vec<Pack>,
    #[serde(default)]
    packs_to_delete: Vec<Pack>,
}

#[derive(Deserialize)]
struct Pack {
    id: String,
    time: Option<Timestamp>,
    blobs: Vec<Blob>,
}

#[derive(Clone, Deserialize)]
struct Blob {
    id: String,
    #[serde(rename = "type")]
    kind: Kind,
    offset: usize,
    length: usize,
    uncompressed_length: Option<usize>,
}

/// A pack of the store, as the indexes speak of it.
#[derive(Default)]
pub(crate) struct Standing {
    /// Some index names it without a mark.
    pub(crate) in_use: bool,
    /// Its marks, by when they were made.
    pub(crate) marks: Vec<Timestamp>,
    blobs: Vec<Blob>,
}

/// What a repository holds and needs.
pub(crate) struct Census {
    /// The packs of the store.
    pub(crate) packs: BTreeMap<String, Standing>,
    /// What some snapshot needs and the packs in use give.
    pub(crate) whole: BTreeSet<Name>,
    /// What some snapshot needs and only marked packs give.
    pub(crate) at_risk: BTreeSet<Name>,
    /// What some snapshot needs and nothing gives.
    pub(crate) missing: BTreeSet<Name>,
}

impl Census {
    /// Packs that no index names.
    pub(crate) fn unindexed(&self) -> usize {
        let silent = |pack: &&Standing| !pack.in_use && pack.marks.is_empty();
        self.packs.values().filter(silent).count()
    }

    /// Packs that are marked and not in use.
    pub(crate) fn marked(&self) -> usize {
        let marked = |pack: &&Standing| !pack.in_use && !pack.marks.is_empty();
        self.packs.values().filter(marked).count()
    }

    /// Bytes of blobs in packs in use: those that are needed, and those that are not or lie there once more.
    pub(crate) fn needed_and_wasted(&self) -> (usize, usize) {
        let (mut needed, mut wasted) = (0, 0);
        let mut counted = BTreeSet::new();
        for pack in self.packs.values().filter(|pack| pack.in_use) {
            for blob in &pack.blobs {
                let name = (blob.kind, blob.id.clone());
                if self.whole.contains(&name) && counted.insert(name) {
                    needed += blob.length;
                } else {
                    wasted += blob.length;
                }
            }
        }
        (needed, wasted)
    }
}

/// Opens what one master key sealed, and remembers which blobs it has read: packs never change.
pub(crate) struct Eye {
    cipher: Aes256CtrPoly1305Aes,
    seen: HashSet<(String, usize, String)>,
}

impl Eye {
    pub(crate) fn new(key: &MasterKey) -> Self {
        let json: Value = serde_json::from_slice(key.expose_json()).unwrap();
        let part = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap();
        let (mac, encrypt) = (&json["mac"], &json["encrypt"]);
        let all = [part(encrypt), part(&mac["k"]), part(&mac["r"])].concat();
        Self {
            cipher: Aes256CtrPoly1305Aes::new(Key::from_slice(&all)),
            seen: HashSet::new(),
        }
    }

    /// Walks every snapshot, every tree and every blob.
    pub(crate) fn census(&mut self, objects: &BTreeMap<String, Bytes>) -> Census {
        let mut census = Census {
            packs: self.standings(objects),
            whole: BTreeSet::new(),
            at_risk: BTreeSet::new(),
            missing: BTreeSet::new(),
        };
        let mut places: BTreeMap<Name, Vec<(bool, String, Blob)>> = BTreeMap::new();
        for (id, pack) in &census.packs {
            for blob in &pack.blobs {
                let place = (!pack.in_use, id.clone(), blob.clone());
                places
                    .entry((blob.kind, blob.id.clone()))
                    .or_default()
                    .push(place);
            }
        }
        let mut open: Vec<Name> = Vec::new();
        for (_, data) in files(objects, "snapshots/") {
            let snapshot: Value = serde_json::from_slice(&self.file(data)).unwrap();
            open.push((Kind::Tree, text(&snapshot["tree"])));
        }
        let mut met = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !met.insert(name.clone()) {
                continue;
            }
            let mut here = places.remove(&name).unwrap_or_default();
            here.sort_by_key(|(is_marked, ..)| *is_marked);
            let found = here
                .iter()
                .find(|(_, pack, blob)| self.is_good(objects, pack, blob));
            let Some((is_marked, pack, blob)) = found else {
                census.missing.insert(name);
                continue;
            };
            if name.0 == Kind::Tree {
                open.extend(named(&self.blob(objects, pack, blob).unwrap()));
            }
            let set = if *is_marked {
                &mut census.at_risk
            } else {
                &mut census.whole
            };
            set.insert(name);
        }
        census
    }

    /// Makes everything that the indexes date older: as if the clock had moved on by so much.
    pub(crate) fn age(&self, store: &MemoryStore, by: SignedDuration) {
        let objects = store.objects();
        for (name, data) in files(&objects, "index/") {
            let mut index: Value = serde_json::from_slice(&self.file(data)).unwrap();
            for list in ["packs", "packs_to_delete"] {
                let packs = index.get_mut(list).and_then(Value::as_array_mut);
                for time in packs
                    .into_iter()
                    .flatten()
                    .filter_map(|pack| pack.get_mut("time"))
                {
                    let at: Timestamp = time.as_str().unwrap().parse().unwrap();
                    *time = (at - by).to_string().into();
                }
            }
            let sealed = self.seal(&serde_json::to_vec(&index).unwrap());
            store
                .create(&format!("index/{}", Digest::of(&sealed)), sealed.into())
                .unwrap();
            store.delete(name).unwrap();
        }
    }

    fn standings(&self, objects: &BTreeMap<String, Bytes>) -> BTreeMap<String, Standing> {
        let packs = files(objects, "data/").map(|(name, _)| id_of(name));
        let mut packs: BTreeMap<String, Standing> =
            packs.map(|id| (id, Standing::default())).collect();
        for (_, data) in files(objects, "index/") {
            let index: Index = serde_json::from_slice(&self.file(data)).unwrap();
            let used = index.packs.into_iter().map(|pack| (pack, false));
            let marked = index.packs_to_delete.into_iter().map(|pack| (pack, true));
            for (pack, is_marked) in used.chain(marked) {
                // An index may outlive its packs until it is removed: what is not there is looked for by whoever needs it.
                let Some(standing) = packs.get_mut(&pack.id) else {
                    continue;
                };
                if is_marked {
                    standing.marks.extend(pack.time);
                } else {
                    standing.in_use = true;
                }
                if standing.blobs.is_empty() {
                    standing.blobs = pack.blobs;
                }
            }
        }
        packs
    }

    fn is_good(&mut self, objects: &BTreeMap<String, Bytes>, pack: &str, blob: &Blob) -> bool {
        let key = (pack.to_owned(), blob.offset, blob.id.clone());
        if self.seen.contains(&key) {
            return true;
        }
        let is_good = self.blob(objects, pack, blob).is_some();
        if is_good {
            self.seen.insert(key);
        }
        is_good
    }

    /// The blob's bytes, when they are those that its name says.
    fn blob(&self, objects: &BTreeMap<String, Bytes>, pack: &str, blob: &Blob) -> Option<Vec<u8>> {
        let data = objects.get(&pack_key(pack))?;
        let plain = self.open(data.get(blob.offset..blob.offset + blob.length)?)?;
        let plain = match blob.uncompressed_length {
            Some(length) => zstd::decode_all(&*plain)
                .ok()
                .filter(|all| all.len() == length)?,
            None => plain,
        };
        (Digest::of(&plain).to_string() == blob.id).then_some(plain)
    }

    /// An index or a snapshot.
    fn file(&self, sealed: &[u8]) -> Vec<u8> {
        let plain = self.open(sealed).unwrap();
        if plain.first() == Some(&PACKED) {
            zstd::decode_all(&plain[1..]).unwrap()
        } else {
            plain
        }
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE)?;
        self.cipher.decrypt(Nonce::from_slice(nonce), rest).ok()
    }

    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let packed = [vec![PACKED], zstd::encode_all(plain, 1).unwrap()].concat();
        let nonce = Digest::of(&packed).0;
        let nonce = Nonce::from_slice(&nonce[..NONCE]);
        [
            nonce.to_vec(),
            self.cipher.encrypt(nonce, &*packed).unwrap(),
        ]
        .concat()
    }
}

fn files<'a>(
    objects: &'a BTreeMap<String, Bytes>,
    folder: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Bytes)> {
    let all = objects.iter().map(|(name, data)| (name.as_str(), data));
    all.filter(move |(name, _)| name.starts_with(folder))
}

fn id_of(name: &str) -> String {
    name.rsplit('/').next().unwrap().to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What a tree names: its folders and the contents of its files.
fn named(tree: &[u8]) -> Vec<Name> {
    let tree: Value = serde_json::from_slice(tree).unwrap();
    let mut names = Vec::new();
    for node in tree["nodes"].as_array().unwrap() {
        if node["type"] == "dir" {
            names.push((Kind::Tree, text(&node["subtree"])));
        }
        for id in node["content"].as_array().into_iter().flatten() {
            names.push((Kind::Data, text(id)));
        }
    }
    names
}

/// Where a pack lies.
pub(super) fn pack_key(id: &str) -> String {
    format!("data/{}/{id}", id.get(..2).unwrap())
}
