//! Fleets in memory: what previews of protection look at, one per organization, made when first asked for.
//!
//! Not for lists of assets (the database answers them). Invariant: never stale: before each look it reads the outbox from where it
//! stopped, and in an organization the order of events is the order of commits, so whatever was committed on any replica before the
//! look is seen. Bounded: the least used fleets go when there are too many assets in all, and idle ones by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::asset::{Asset, AssetFilter, AssetOrder};
use domain::event::{Event, Topic};
use domain::fleet::Fleet;
use domain::limits::{FLEET_ASSETS_MAX, FLEET_IDLE_MINUTES};
use domain::organizational_unit::UnitTree;
use domain::page::{Direction, PageEnd, PageRequest};
use domain::{AssetId, OrganizationId, PolicyId};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use store::Reader;

use crate::context::{Ctx, Services};
use crate::error::Error;

/// Rows of one read while a fleet is filled.
const FILL_PAGE: u32 = 5_000;
/// Events of one read.
const EVENTS_PAGE: u64 = 5_000;
/// With more changed assets than this part of the fleet (one in so many), all are read anew.
const CHANGED_PART: usize = 4;
/// So many changed assets are always read one by one.
const CHANGED_MIN: usize = 1_000;

/// A fleet and the event up to which it is current.
#[derive(Debug)]
struct Filled {
    fleet: Fleet,
    sequence: i64,
    read_at: Timestamp,
}

type Cell = Arc<tokio::sync::Mutex<Option<Filled>>>;

#[derive(Debug)]
struct Slot {
    cell: Cell,
    used_at: Timestamp,
    assets: u64,
}

/// The fleets of this replica.
#[derive(Debug, Default)]
pub(crate) struct Fleets {
    slots: Mutex<BTreeMap<OrganizationId, Slot>>,
}

impl Fleets {
    fn cell(&self, organization: OrganizationId, now: Timestamp) -> Cell {
        let mut slots = self.slots.lock();
        let slot = slots.entry(organization).or_insert_with(|| Slot {
            cell: Cell::default(),
            used_at: now,
            assets: 0,
        });
        slot.used_at = now;
        Arc::clone(&slot.cell)
    }

    /// Notes the size of a fleet, and drops the least used others when there is too much in all.
    fn weigh(&self, organization: OrganizationId, assets: u64) {
        let mut slots = self.slots.lock();
        if let Some(slot) = slots.get_mut(&organization) {
            slot.assets = assets;
        }
        while slots.values().map(|slot| slot.assets).sum::<u64>() > FLEET_ASSETS_MAX {
            let others = slots.iter().filter(|(one, _)| **one != organization);
            let least = others.min_by_key(|(_, slot)| slot.used_at);
            let Some(least) = least.map(|(one, _)| *one) else {
                break;
            };
            slots.remove(&least);
        }
    }

    fn forget_idle(&self, now: Timestamp) {
        let is_used = |slot: &mut Slot| !is_idle(slot.used_at, now);
        self.slots.lock().retain(|_, slot| is_used(slot));
    }
}

/// Drops the fleets that nobody has looked at for a while.
pub fn forget_idle(services: &Services) {
    services.fleets.forget_idle(services.clock.now());
}

/// Answers what `look` finds in the fleet of the caller's organization as it is now. The work is done on a thread for it; the caller's
/// scope is for `look` to keep.
pub(crate) async fn look<T: Send + 'static>(
    ctx: &Ctx,
    look: impl FnOnce(&Fleet) -> T + Send + 'static,
) -> Result<T, Error> {
    let (organization, now) = (ctx.organization(), ctx.now());
    let fleets = &ctx.services().fleets;
    let cell = fleets.cell(organization, now);
    let mut filled = cell.lock_owned().await;
    let current = refresh(&ctx.read(), organization, filled.take(), now).await?;
    fleets.weigh(organization, current.fleet.all().len());
    *filled = Some(current);
    let answer = tokio::task::spawn_blocking(move || {
        let fleet = filled.as_ref().map(|filled| &filled.fleet);
        fleet.map(look)
    });
    let answer = answer
        .await
        .map_err(|error| Error::Internal(Box::new(error)))?;
    answer.ok_or_else(|| Error::Internal("a fleet is missing".into()))
}

fn is_idle(used_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(used_at) >= SignedDuration::from_mins(FLEET_IDLE_MINUTES)
}

/// The fleet brought up to date. One that has rested too long is read anew: its place in the outbox may be gone.
async fn refresh(
    reader: &Reader,
    organization: OrganizationId,
    filled: Option<Filled>,
    now: Timestamp,
) -> Result<Filled, Error> {
    let Some(mut filled) = filled.filter(|filled| !is_idle(filled.read_at, now)) else {
        return fill(reader, organization, now).await;
    };
    let Some(changed) = changed_since(reader, organization, &mut filled.sequence).await? else {
        return fill(reader, organization, now).await;
    };
    let known = usize::try_from(filled.fleet.all().len()).unwrap_or(usize::MAX);
    if changed.len() > CHANGED_MIN.max(known / CHANGED_PART) {
        return fill(reader, organization, now).await;
    }
    let ids: Vec<AssetId> = changed.into_iter().collect();
    let assets = store::assets::lookup_many(reader, organization, &ids).await?;
    let assigned = assigned_to(reader, organization, &ids).await?;
    for id in &ids {
        filled.fleet.forget(*id);
    }
    let tree = tree(reader, organization).await?;
    for asset in &assets {
        let units = tree.with_ancestors(asset.unit_id);
        let assigned = assigned.get(&asset.id).copied();
        filled.fleet.put(asset, &units, assigned);
    }
    if filled.fleet.is_worn() {
        return fill(reader, organization, now).await;
    }
    filled.read_at = now;
    Ok(filled)
}

/// The assets that have changed after `sequence`, which moves along; none when so much has changed that only reading everything helps.
async fn changed_since(
    reader: &Reader,
    organization: OrganizationId,
    sequence: &mut i64,
) -> Result<Option<BTreeSet<AssetId>>, Error> {
    let mut changed = BTreeSet::new();
    loop {
        let events = store::events::since(reader, organization, *sequence, EVENTS_PAGE).await?;
        for event in &events {
            *sequence = event.sequence;
            if moves_everything(event) {
                return Ok(None);
            }
            if event.topic == Topic::Asset {
                changed.extend(event.subject.parse::<AssetId>());
            }
        }
        let count = u64::try_from(events.len()).unwrap_or(EVENTS_PAGE);
        if count < EVENTS_PAGE {
            return Ok(Some(changed));
        }
    }
}

/// A unit or an account that goes elsewhere in the tree takes its assets along, and tells only that what everybody sees has changed.
fn moves_everything(event: &Event) -> bool {
    event.topic == Topic::Session && event.subject == event.organization_id.to_string()
}

async fn fill(
    reader: &Reader,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Filled, Error> {
    // First the place, then the rows: what is committed in between is read once more and never missed.
    let bounds = store::events::bounds(reader, organization).await?;
    let tree = tree(reader, organization).await?;
    let mut fleet = Fleet::new();
    let mut after = None;
    loop {
        let page = PageRequest {
            size: FILL_PAGE,
            from: PageEnd::Start { after },
        };
        let (filter, order) = (AssetFilter::default(), AssetOrder::DiscoveredAt);
        let found = store::assets::list(
            reader,
            organization,
            &filter,
            order,
            Direction::Ascending,
            &page,
        )
        .await?;
        let has_next = found.has_next;
        after = found.items.last().map(|(cursor, _)| cursor.clone());
        let assets: Vec<Asset> = found.into_nodes();
        let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let assigned = assigned_to(reader, organization, &ids).await?;
        for asset in &assets {
            let units = tree.with_ancestors(asset.unit_id);
            fleet.put(asset, &units, assigned.get(&asset.id).copied());
        }
        if !has_next || after.is_none() {
            break;
        }
    }
    Ok(Filled {
        fleet,
        sequence: bounds.map_or(0, |(_, newest)| newest),
        read_at: now,
    })
}

async fn tree(reader: &Reader, organization: OrganizationId) -> Result<UnitTree, Error> {
    let units = store::organizational_units::list(reader, organization).await?;
    UnitTree::of(&units).ok_or_else(|| Error::Internal("an organization has no root unit".into()))
}

async fn assigned_to(
    reader: &Reader,
    organization: OrganizationId,
    assets: &[AssetId],
) -> Result<BTreeMap<AssetId, PolicyId>, Error> {
    let found = store::assignments::of_assets(reader, organization, assets).await?;
    let pairs = found.into_iter().map(|one| (one.asset_id, one.policy_id));
    Ok(pairs.collect())
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use uuid::Uuid;

    use super::*;

    fn organization(number: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(number))
    }

    fn known(fleets: &Fleets) -> Vec<OrganizationId> {
        fleets.slots.lock().keys().copied().collect()
    }

    #[test]
    fn the_least_used_fleets_go_when_there_are_too_many_assets() {
        let fleets = Fleets::default();
        let start = Timestamp::UNIX_EPOCH;
        for number in 0..3 {
            let now = start + i64::try_from(number).unwrap().seconds();
            fleets.cell(organization(number), now);
            fleets.weigh(organization(number), FLEET_ASSETS_MAX / 3);
        }
        assert_eq!(known(&fleets).len(), 3);
        fleets.cell(organization(0), start + 9.seconds());
        fleets.weigh(organization(2), FLEET_ASSETS_MAX / 2);
        assert_eq!(known(&fleets), [organization(0), organization(2)]);
        fleets.weigh(organization(0), FLEET_ASSETS_MAX * 2);
        assert_eq!(
            known(&fleets),
            [organization(0)],
            "one that is too large stays alone"
        );
    }

    #[test]
    fn a_fleet_that_nobody_looks_at_goes() {
        let fleets = Fleets::default();
        let start = Timestamp::UNIX_EPOCH;
        fleets.cell(organization(1), start);
        fleets.forget_idle(start + (FLEET_IDLE_MINUTES - 1).minutes());
        assert_eq!(known(&fleets), [organization(1)]);
        fleets.forget_idle(start + FLEET_IDLE_MINUTES.minutes());
        assert_eq!(known(&fleets), []);
    }
}
