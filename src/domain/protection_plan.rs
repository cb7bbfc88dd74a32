//! What a change of policies and rules would do, before anybody does it.
//!
//! Not for what the draft says (`app` resolves names and rights) and not for doing it. Invariant: pure; both sides are decided by
//! the same rule book that decides when the change is applied, so a preview says what an apply does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::asset::AssetKind;
use crate::asset_index::AssetSet;
use crate::fleet::Fleet;
use crate::ids::{AssetId, OrganizationalUnitId, PolicyId};
use crate::organizational_unit::UnitTree;
use crate::policy::Policy;
use crate::protection_rule::{Decision, RuleBook, RuleList};

mod difference;
mod forecast;
mod hash;
mod shortening;

pub use difference::{Difference, differences};
pub use forecast::{Forecast, Habits, Herd, LOOK_BACK_DAYS, Rhythm};
pub use hash::{Moved, PlanHash};
pub use shortening::{ShortenedPoint, Shortening};

/// All policies and rules of an organization at one side of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    /// The policies.
    pub policies: Vec<Policy>,
    /// The rules in their order.
    pub list: RuleList,
}

/// What an effect is computed with.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The units.
    pub tree: UnitTree,
    /// The present moment.
    pub now: Timestamp,
    /// What was measured of each kind; an assumption where nothing was.
    pub habits: BTreeMap<AssetKind, Habits>,
    /// The units whose assets the caller sees; none = all.
    pub units: Option<Vec<OrganizationalUnitId>>,
}

/// What happens to the protection of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetEffect {
    /// It had no policy and gets one.
    Gained,
    /// It loses its policy.
    Lost,
    /// It gets another policy.
    Changed,
}

/// What happens to some assets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// What the rules say now.
    pub before: Decision,
    /// What they would say.
    pub after: Decision,
}

impl Transition {
    /// What happens to the protection; none when nothing does.
    #[must_use]
    pub fn effect(&self) -> Option<AssetEffect> {
        match (self.before.policy_id, self.after.policy_id) {
            (None, Some(_)) => Some(AssetEffect::Gained),
            (Some(_), None) => Some(AssetEffect::Lost),
            (Some(before), Some(after)) if before != after => Some(AssetEffect::Changed),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

/// What a change does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Effect {
    /// The different things that happen.
    pub transitions: Vec<Transition>,
    /// The assets whose policy changes and that the caller sees, by id, each with the place of what happens to it.
    pub assets: Vec<(AssetId, usize)>,
    /// What policies do now and would do, of the assets that the caller sees.
    pub forecasts: BTreeMap<AssetKind, (Forecast, Forecast)>,
    /// Policies that keep points for another time.
    pub shortenings: Vec<Shortening>,
    /// SHA-256 over all assets whose policy changes, seen or not.
    pub digest: [u8; 32],
}

impl Effect {
    /// What the way from `before` to `after` does to a fleet.
    #[must_use]
    pub fn between(fleet: &Fleet, before: &Situation, after: &Situation, with: &Outlook) -> Self {
        let decide = |side: &Situation| {
            let book = RuleBook::new(&side.list, with.tree.clone(), &side.policies);
            // With a policy goes what was chosen by hand.
            let mut assigned = fleet.assigned().clone();
            assigned.retain(|id, _| side.policies.iter().any(|policy| policy.id == *id));
            book.decide_all(fleet.index(), &assigned)
        };
        let (old, new) = (decide(before), decide(after));
        let seen = with.units.as_ref().map_or_else(
            || fleet.all().clone(),
            |units| fleet.of_units(units) & fleet.all(),
        );
        let mut effect = Self::default();
        let (by_old, by_new) = (by_policy(&old), by_policy(&new));
        let touched = touched(&by_old, &by_new) & fleet.all();
        let moved = effect.sort_out(&within(&old, &touched), &within(&new, &touched));
        effect.digest = digest(fleet, &effect.transitions, &moved, |policy| {
            label(policy, before, after)
        });
        let visible = moved.iter().filter(|(number, _)| seen.contains(*number));
        effect.assets = visible
            .filter_map(|(number, place)| Some((fleet.id(*number)?, *place)))
            .collect();
        // Mostly sorted already: a fleet is read in the order of the ids' making.
        effect.assets.sort();
        for (side, herds, pick) in [
            (before, &by_old, Side::Before),
            (after, &by_new, Side::After),
        ] {
            effect.look_ahead(fleet, (side, herds, pick), &seen, with);
        }
        effect.shortenings = shortenings(before, after);
        effect
    }

    /// How many assets that the caller sees have this in store.
    #[must_use]
    pub fn count(&self, effect: AssetEffect) -> usize {
        let places = self
            .transitions
            .iter()
            .map(|one| one.effect() == Some(effect));
        let places: Vec<bool> = places.collect();
        let is_counted = |(_, place): &&(AssetId, usize)| places.get(*place) == Some(&true);
        self.assets.iter().filter(is_counted).count()
    }

    /// The totals of the forecasts of all kinds, before and after.
    #[must_use]
    pub fn totals(&self) -> (Forecast, Forecast) {
        let mut totals = (Forecast::default(), Forecast::default());
        for (before, after) in self.forecasts.values() {
            totals.0.absorb(before);
            totals.1.absorb(after);
        }
        totals
    }

    /// The numbers of the assets whose policy changes, each with the place of what happens to it; of decisions about those alone.
    fn sort_out(
        &mut self,
        old: &[(Decision, AssetSet)],
        new: &[(Decision, AssetSet)],
    ) -> Vec<(u32, usize)> {
        let mut moved = Vec::new();
        for (before, from) in old {
            for (after, to) in new {
                let both = from & to;
                if both.is_empty() {
                    continue;
                }
                let place = self.transitions.len();
                self.transitions.push(Transition {
                    before: *before,
                    after: *after,
                });
                moved.extend(both.iter().map(|number| (number, place)));
            }
        }
        moved
    }

    fn look_ahead(
        &mut self,
        fleet: &Fleet,
        (side, decided, pick): (&Situation, &BTreeMap<PolicyId, AssetSet>, Side),
        seen: &AssetSet,
        with: &Outlook,
    ) {
        for (id, set) in decided {
            let Some(policy) = side.policies.iter().find(|policy| policy.id == *id) else {
                continue;
            };
            for (kind, herd) in fleet.herds(&(set & seen)) {
                let rhythm = Rhythm::of(policy, kind, with.now);
                let habits = with.habits.get(&kind).copied().unwrap_or_default();
                let both = self.forecasts.entry(kind).or_default();
                let forecast = match pick {
                    Side::Before => &mut both.0,
                    Side::After => &mut both.1,
                };
                forecast.add(policy, (kind, herd), rhythm, &habits);
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Before,
    After,
}

fn by_policy(decided: &[(Decision, AssetSet)]) -> BTreeMap<PolicyId, AssetSet> {
    let mut sets: BTreeMap<PolicyId, AssetSet> = BTreeMap::new();
    for (decision, set) in decided {
        if let Some(policy) = decision.policy_id {
            *sets.entry(policy).or_default() |= set;
        }
    }
    sets
}

/// The assets that have another policy on the other side.
fn touched(old: &BTreeMap<PolicyId, AssetSet>, new: &BTreeMap<PolicyId, AssetSet>) -> AssetSet {
    let mut touched = AssetSet::new();
    for policy in old.keys().chain(new.keys()) {
        let of =
            |side: &BTreeMap<PolicyId, AssetSet>| side.get(policy).cloned().unwrap_or_default();
        touched |= of(old) ^ of(new);
    }
    touched
}

/// The decisions about some assets; those about which nothing was decided come last.
fn within(decided: &[(Decision, AssetSet)], some: &AssetSet) -> Vec<(Decision, AssetSet)> {
    let mut rest = some.clone();
    let mut inside = Vec::new();
    for (decision, set) in decided {
        let set = set & some;
        if !set.is_empty() {
            rest -= &set;
            inside.push((*decision, set));
        }
    }
    inside.push((Decision::default(), rest));
    inside
}

/// How a policy is called where its id is no good: one that the change makes has a fresh id each time.
fn label(policy: Option<PolicyId>, before: &Situation, after: &Situation) -> String {
    let Some(id) = policy else {
        return String::new();
    };
    let is_new = !before.policies.iter().any(|policy| policy.id == id);
    let name = after.policies.iter().find(|policy| policy.id == id);
    match name.filter(|_| is_new) {
        Some(policy) => format!("new {}", policy.name),
        None => id.to_string(),
    }
}

/// One text for one set of assets with what happens to each, in whatever order a replica has numbered them.
fn digest(
    fleet: &Fleet,
    transitions: &[Transition],
    moved: &[(u32, usize)],
    label: impl Fn(Option<PolicyId>) -> String,
) -> [u8; 32] {
    let names: Vec<(String, String)> = transitions
        .iter()
        .map(|one| (label(one.before.policy_id), label(one.after.policy_id)))
        .collect();
    let mut groups: BTreeMap<&(String, String), Vec<AssetId>> = BTreeMap::new();
    for (number, place) in moved {
        if let (Some(id), Some(name)) = (fleet.id(*number), names.get(*place)) {
            groups.entry(name).or_default().push(id);
        }
    }
    let mut hash = Sha256::new();
    for ((before, after), mut ids) in groups {
        ids.sort();
        for text in [before.as_str(), after.as_str()] {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        hash.update(ids.len().to_be_bytes());
        for id in ids {
            hash.update(id.uuid().as_bytes());
        }
    }
    hash.finalize().into()
}

fn shortenings(before: &Situation, after: &Situation) -> Vec<Shortening> {
    let pair = |old: &Policy| {
        let new = after.policies.iter().find(|new| new.id == old.id)?;
        Shortening::between(old, new)
    };
    before.policies.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests;
