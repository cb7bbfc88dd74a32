//! A whole organization's assets in memory: what protection rules look at, and what was chosen by hand.
//!
//! Not for reading rows (`app::fleets` fills it and keeps it current). Invariant: an asset that changes gets a new number and the old
//! one never counts again, so nothing has to remember the facts that an asset was put with.

use std::collections::BTreeMap;

use crate::asset::{Asset, AssetDetails, AssetKind};
use crate::asset_index::{AssetIndex, AssetSet};
use crate::ids::{AssetId, OrganizationalUnitId, PolicyId};
use crate::protection_plan::Herd;

/// Bytes of a GiB, in which AWS tells sizes of volumes.
const BYTES_PER_GIB: u64 = 1 << 30;
/// The fleet is to be read anew when more than this part of its numbers (one in so many) is of states that have passed.
const PASSED_PART: u64 = 4;

/// Fewer passed states than this are never worth reading a fleet anew.
const PASSED_MIN: u64 = 10_000;

#[derive(Debug, Clone, Copy)]
struct Entry {
    id: AssetId,
    kind: AssetKind,
    size_bytes: u64,
}

/// The assets of one organization that are there in AWS.
#[derive(Debug, Default)]
pub struct Fleet {
    index: AssetIndex,
    living: AssetSet,
    /// By number.
    entries: Vec<Entry>,
    numbers: BTreeMap<AssetId, u32>,
    units: BTreeMap<OrganizationalUnitId, AssetSet>,
    assigned: BTreeMap<PolicyId, AssetSet>,
}

impl Fleet {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the asset as it is now, with its unit and those above it, and the policy that was chosen for it by hand; one that is gone
    /// from AWS is forgotten.
    pub fn put(
        &mut self,
        asset: &Asset,
        units: &[OrganizationalUnitId],
        assigned: Option<PolicyId>,
    ) {
        self.forget(asset.id);
        if asset.deleted_at.is_some() {
            return;
        }
        let Ok(number) = u32::try_from(self.entries.len()) else {
            return;
        };
        self.entries.push(Entry {
            id: asset.id,
            kind: asset.kind,
            size_bytes: size_of(&asset.details),
        });
        self.index.put(number, &asset.facts(units));
        self.living.insert(number);
        self.numbers.insert(asset.id, number);
        self.units.entry(asset.unit_id).or_default().insert(number);
        if let Some(policy) = assigned {
            self.assigned.entry(policy).or_default().insert(number);
        }
    }

    /// Forgets the asset.
    pub fn forget(&mut self, id: AssetId) {
        let Some(number) = self.numbers.remove(&id) else {
            return;
        };
        self.living.remove(number);
        let of_units = self.units.values_mut();
        let of_policies = self.assigned.values_mut();
        for set in of_units.chain(of_policies) {
            set.remove(number);
        }
    }

    /// Whether so many states have passed that reading everything anew is cheaper than carrying them along.
    #[must_use]
    pub fn is_worn(&self) -> bool {
        let all = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        let passed = all.saturating_sub(self.living.len());
        passed > PASSED_MIN && passed > all / PASSED_PART
    }

    /// All assets.
    #[must_use]
    pub const fn all(&self) -> &AssetSet {
        &self.living
    }

    /// The assets of these units themselves, not of those below.
    #[must_use]
    pub fn of_units(&self, units: &[OrganizationalUnitId]) -> AssetSet {
        let mut all = AssetSet::new();
        for unit in units {
            if let Some(set) = self.units.get(unit) {
                all |= set;
            }
        }
        all
    }

    /// The index, whose sets may hold numbers that are not in [`Fleet::all`].
    #[must_use]
    pub const fn index(&self) -> &AssetIndex {
        &self.index
    }

    /// The assets to which each policy was assigned by hand.
    #[must_use]
    pub const fn assigned(&self) -> &BTreeMap<PolicyId, AssetSet> {
        &self.assigned
    }

    /// The id of the asset with this number.
    #[must_use]
    pub fn id(&self, number: u32) -> Option<AssetId> {
        let place = usize::try_from(number).ok()?;
        self.entries.get(place).map(|entry| entry.id)
    }

    /// The kind of an asset.
    #[must_use]
    pub fn kind(&self, id: AssetId) -> Option<AssetKind> {
        let place = usize::try_from(*self.numbers.get(&id)?).ok()?;
        self.entries.get(place).map(|entry| entry.kind)
    }

    /// How many of the assets are of each kind, and how large they are together.
    #[must_use]
    pub fn herds(&self, assets: &AssetSet) -> BTreeMap<AssetKind, Herd> {
        let mut herds: BTreeMap<AssetKind, Herd> = BTreeMap::new();
        for number in assets {
            let Ok(place) = usize::try_from(number) else {
                continue;
            };
            if let Some(entry) = self.entries.get(place) {
                let herd = herds.entry(entry.kind).or_default();
                herd.count += 1;
                herd.size_bytes = herd.size_bytes.saturating_add(entry.size_bytes);
            }
        }
        herds
    }
}

/// How many bytes a copy of the whole asset restores to; an instance has none of its own, its volumes do.
fn size_of(details: &AssetDetails) -> u64 {
    match details {
        AssetDetails::EbsVolume(volume) => u64::from(volume.size_gib) * BYTES_PER_GIB,
        AssetDetails::Ec2Instance(_) => 0,
    }
}
