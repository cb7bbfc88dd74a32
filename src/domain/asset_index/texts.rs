//! The different texts of one field (the name, or the values of one tag key), and which assets have each.
//!
//! Not for rules. Invariant: all living texts lie end to end in one buffer, each closed by a byte that UTF-8 never uses, so that
//! one pass of a multi-pattern search finds every text that contains any of many parts.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::AssetSet;

/// Closes a text in the buffer; no byte of UTF-8 (RFC 3629, section 3).
const END: u8 = 0xff;
/// The buffer is written anew when more than this part of it (one in so many) is of texts that are gone.
const GARBAGE_PART: usize = 2;

/// Who has a text: mostly one asset, for names.
#[derive(Debug, Clone)]
enum Holders {
    One(u32),
    Many(AssetSet),
}

#[derive(Debug)]
struct Text {
    /// Where it begins in the buffer, in bytes.
    start: usize,
    /// Its length in bytes.
    length: usize,
    /// Nobody has it any more when absent.
    holders: Option<Holders>,
}

/// The dictionary.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: AssetSet,
    numbers: BTreeMap<Box<str>, usize>,
    /// In the order of the buffer.
    texts: Vec<Text>,
    buffer: Vec<u8>,
    garbage_bytes: usize,
}

impl Texts {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Everybody who has any text.
    pub(super) const fn all(&self) -> &AssetSet {
        &self.all
    }

    pub(super) fn put(&mut self, text: &str, asset: u32) {
        self.all.insert(asset);
        if let Some(found) = self
            .numbers
            .get(text)
            .and_then(|number| self.texts.get_mut(*number))
        {
            found.holders = Some(match found.holders.take() {
                None => Holders::One(asset),
                Some(Holders::One(other)) => Holders::Many(AssetSet::from_iter([other, asset])),
                Some(Holders::Many(mut set)) => {
                    set.insert(asset);
                    Holders::Many(set)
                }
            });
            return;
        }
        self.numbers.insert(text.into(), self.texts.len());
        self.append(text, Holders::One(asset));
    }

    pub(super) fn remove(&mut self, text: &str, asset: u32) {
        self.all.remove(asset);
        let Some(found) = self
            .numbers
            .get(text)
            .and_then(|number| self.texts.get_mut(*number))
        else {
            return;
        };
        found.holders = match found.holders.take() {
            None | Some(Holders::One(_)) => None,
            Some(Holders::Many(mut set)) => {
                set.remove(asset);
                (!set.is_empty()).then_some(Holders::Many(set))
            }
        };
        if found.holders.is_none() {
            self.garbage_bytes = self.garbage_bytes.saturating_add(text.len());
            self.numbers.remove(text);
        }
        if self.garbage_bytes > self.buffer.len() / GARBAGE_PART {
            self.rewrite();
        }
    }

    /// Those of `limit` who have exactly this text.
    pub(super) fn equal(&self, text: &str, limit: &AssetSet) -> AssetSet {
        match self.holders(text) {
            None => AssetSet::new(),
            Some(Holders::One(asset)) => {
                let asset = Some(*asset).filter(|asset| limit.contains(*asset));
                asset.into_iter().collect()
            }
            Some(Holders::Many(assets)) => limit & assets,
        }
    }

    /// How many have exactly this text.
    pub(super) fn count(&self, text: &str) -> u64 {
        match self.holders(text) {
            None => 0,
            Some(Holders::One(_)) => 1,
            Some(Holders::Many(assets)) => assets.len(),
        }
    }

    fn holders(&self, text: &str) -> Option<&Holders> {
        let number = self.numbers.get(text)?;
        self.texts.get(*number)?.holders.as_ref()
    }

    /// Adds to each set who has a text that contains its part. Parts are not empty.
    pub(super) fn fill<'a>(&self, wanted: impl IntoIterator<Item = (&'a str, &'a mut AssetSet)>) {
        let (parts, mut sets): (Vec<&str>, Vec<&mut AssetSet>) = wanted.into_iter().unzip();
        if parts.is_empty() {
            return;
        }
        let Ok(search) = AhoCorasick::new(&parts) else {
            self.fill_one_by_one(&parts, &mut sets);
            return;
        };
        let mut texts = self.texts.iter().peekable();
        for found in search.find_overlapping_iter(&self.buffer) {
            while texts
                .next_if(|text| text.start.saturating_add(text.length) < found.end())
                .is_some()
            {}
            if let (Some(text), Some(set)) =
                (texts.peek(), sets.get_mut(found.pattern().as_usize()))
            {
                add(set, text);
            }
        }
    }

    /// For more patterns than the search can take: slow, and as right.
    fn fill_one_by_one(&self, parts: &[&str], sets: &mut [&mut AssetSet]) {
        for (text, number) in &self.numbers {
            for (part, set) in parts.iter().zip(sets.iter_mut()) {
                if let Some(found) = self.texts.get(*number).filter(|_| text.contains(part)) {
                    add(set, found);
                }
            }
        }
    }

    fn append(&mut self, text: &str, holders: Holders) {
        self.texts.push(Text {
            start: self.buffer.len(),
            length: text.len(),
            holders: Some(holders),
        });
        self.buffer.extend_from_slice(text.as_bytes());
        self.buffer.push(END);
    }

    fn rewrite(&mut self) {
        let mut old = std::mem::take(&mut self.texts);
        self.buffer.clear();
        self.garbage_bytes = 0;
        let mut numbers = std::mem::take(&mut self.numbers);
        for (text, number) in &mut numbers {
            if let Some(holders) = old.get_mut(*number).and_then(|text| text.holders.take()) {
                *number = self.texts.len();
                self.append(text, holders);
            }
        }
        self.numbers = numbers;
    }
}

fn add(set: &mut AssetSet, text: &Text) {
    match &text.holders {
        None => {}
        Some(Holders::One(asset)) => {
            set.insert(*asset);
        }
        Some(Holders::Many(assets)) => *set |= assets,
    }
}
