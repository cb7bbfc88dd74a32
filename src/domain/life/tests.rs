//! T-14: random lives of a point against a model of a few lines.

use super::*;
use crate::ids::{AssetId, OrganizationId, RecoveryPointId};
use crate::recovery_point::{Placement, Proof};

const SEQUENCES: u64 = 100_000;
const STEPS: usize = 24;
const UNDO_HOURS: i64 = 7 * 24;

/// A small generator of our own: the same sequence of lives on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
}

fn fresh(end: Option<i64>) -> RecoveryPoint {
    let nil = uuid::Uuid::nil();
    RecoveryPoint {
        id: RecoveryPointId::from_uuid(nil),
        organization_id: OrganizationId::from_uuid(nil),
        asset_id: AssetId::from_uuid(nil),
        policy_id: None,
        task_id: None,
        placement: Placement::Vault,
        status: Status::Available,
        proof: Proof::None,
        proven_at: None,
        taken_at: at(0),
        expires_at: end.map(at),
        size_bytes: 1,
        added_bytes: 1,
        is_full: true,
        repository_id: None,
        snapshot_id: None,
        base_snapshot_id: None,
        content_digest: None,
        source_digest: None,
        region: None,
        tier: crate::copy_target::StorageTier::Standard,
        life: Life {
            foreseen_end: end.map(at),
            ..Life::default()
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Alive,
    Window,
    Removing,
}

/// What the documentation says, in hours.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Model {
    stage: Stage,
    end: Option<i64>,
    lock: i64,
    held: bool,
    since: i64,
}

impl Model {
    fn extend(&mut self, until: i64) -> bool {
        let allowed = self.stage == Stage::Alive && self.end.is_some_and(|end| until > end);
        if allowed {
            self.end = Some(until);
        }
        allowed
    }

    fn shorten(&mut self, until: i64, now: i64) -> bool {
        let earlier = self.end.is_none_or(|end| until < end);
        let allowed = self.stage == Stage::Alive
            && earlier
            && until >= now
            && self.lock <= until
            && !self.held;
        if allowed {
            self.end = Some(until);
        }
        allowed
    }

    fn delete(&mut self, now: i64) -> bool {
        let allowed = self.stage == Stage::Alive && self.lock <= now && !self.held;
        if allowed {
            self.end = Some(self.end.unwrap_or(now).min(now));
        }
        allowed
    }

    fn take_back(&mut self, until: i64, now: i64) -> bool {
        let allowed = self.stage == Stage::Window && until > now;
        if allowed {
            (self.stage, self.end) = (Stage::Alive, Some(until.max(self.lock)));
        }
        allowed
    }

    fn lock(&mut self, until: i64, now: i64) {
        if self.stage == Stage::Removing {
            return;
        }
        self.lock = self.lock.max(until);
        self.end = self.end.map(|end| end.max(self.lock));
        if self.lock > now {
            self.stage = Stage::Alive;
        }
    }

    fn hold(&mut self) {
        if self.stage != Stage::Removing {
            (self.held, self.stage) = (true, Stage::Alive);
        }
    }

    fn run(&mut self, now: i64) {
        let free = !self.held && self.lock <= now;
        match self.stage {
            Stage::Window if free && self.since + UNDO_HOURS <= now => self.stage = Stage::Removing,
            Stage::Alive if free && self.end.is_some_and(|end| end <= now) => {
                (self.stage, self.since) = (Stage::Window, now);
            }
            Stage::Alive | Stage::Window | Stage::Removing => {}
        }
    }
}

/// Does one step in both; gives whether both agree on whether it was allowed.
fn step(dice: &mut Dice, now: i64, point: &mut RecoveryPoint, model: &mut Model) -> bool {
    let until = now - 50 + i64::try_from(dice.roll(800)).unwrap();
    let held = Held(model.held);
    let done = match dice.roll(9) {
        0 => (point.extended(at(until), at(now)), model.extend(until)),
        1 => (
            point.shortened(at(until), at(now), held),
            model.shorten(until, now),
        ),
        2 => (point.deleted(at(now), held), model.delete(now)),
        3 => (
            point.taken_back(at(until), at(now)),
            model.take_back(until, now),
        ),
        4 if dice.roll(4) == 0 => {
            let locked = point.locked(at(until), at(now));
            let could = model.stage != Stage::Removing;
            model.lock(until, now);
            (locked.ok_or(Refusal::Gone), could)
        }
        5 => {
            let could = model.stage != Stage::Removing;
            model.hold();
            (point.held().ok_or(Refusal::Gone), could)
        }
        6 => {
            model.held = false;
            return true;
        }
        _ => {
            let undo = SignedDuration::from_hours(UNDO_HOURS);
            // A run does one or the other, never both at once.
            let run = if point.status == Status::Expiring {
                point.removing(at(now), undo, held)
            } else {
                point.ending(at(now), held)
            };
            model.run(now);
            if let Ok(after) = run {
                *point = after;
            }
            return true;
        }
    };
    let (real, modelled) = done;
    if let Ok(after) = &real {
        *point = after.clone();
    }
    real.is_ok() == modelled
}

fn seen(point: &RecoveryPoint, held: bool) -> Model {
    let hours = |at: Timestamp| at.as_second() / 3_600;
    Model {
        stage: match (point.status, point.life.removal_began_at) {
            (Status::Expiring, None) => Stage::Window,
            (Status::Expiring, Some(_)) => Stage::Removing,
            _ => Stage::Alive,
        },
        end: point.expires_at.map(hours),
        lock: point.life.locked_until.map_or(i64::MIN, hours),
        held,
        since: point.life.ending_since.map_or(0, hours),
    }
}

#[test]
fn a_hundred_thousand_lives_end_as_the_model_says() {
    let mut removed = 0_u32;
    for seed in 1..=SEQUENCES {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let end = (dice.roll(10) > 0).then(|| i64::try_from(dice.roll(400)).unwrap());
        let (mut point, mut now) = (fresh(end), 0_i64);
        let mut model = seen(&point, false);
        for number in 0..STEPS {
            now += i64::try_from(dice.roll(120)).unwrap();
            let before = point.clone();
            let agree = step(&mut dice, now, &mut point, &mut model);
            if model.stage != Stage::Window {
                model.since = point
                    .life
                    .ending_since
                    .map_or(0, |at| at.as_second() / 3_600);
            }
            let after = seen(&point, model.held);
            assert!(
                agree && after == model,
                "{seed}.{number}: {after:?} and {model:?}"
            );
            // Said twice, because the model could be wrong as well.
            let lock = before.life.locked_until;
            assert!(
                point.life.locked_until >= lock,
                "{seed}: a lock was shortened"
            );
            let began = before.life.removal_began_at.is_none() && after.stage == Stage::Removing;
            let kept = model.held || lock.is_some_and(|until| until > at(now));
            assert!(!(began && kept), "{seed}: something kept was removed");
            removed += u32::from(began);
        }
    }
    // The sequences must reach what they are about.
    assert!(removed > 10_000, "{removed}");
}

#[test]
fn a_damaged_point_comes_back_damaged() {
    let mut point = fresh(Some(1));
    point.status = Status::Damaged;
    let ending = point.ending(at(2), Held(false)).unwrap();
    assert_eq!(ending.status, Status::Expiring);
    let back = ending.taken_back(at(9), at(3)).unwrap();
    assert_eq!(
        (back.status, back.expires_at),
        (Status::Damaged, Some(at(9)))
    );
    assert_eq!(
        back.life,
        Life {
            foreseen_end: Some(at(9)),
            ..Life::default()
        }
    );
}

#[test]
fn a_typing_error_keeps_nothing_for_ever() {
    let point = fresh(Some(1));
    let far = at(24 * 366 * 101);
    assert_eq!(point.extended(far, at(0)), Err(Refusal::TooLong));
    let ending = point.ending(at(2), Held(false)).unwrap();
    assert_eq!(ending.taken_back(far, at(0)), Err(Refusal::TooLong));
}

#[test]
fn a_second_run_goes_on_with_what_the_first_began() {
    let undo = SignedDuration::from_hours(UNDO_HOURS);
    let ending = fresh(Some(1)).ending(at(2), Held(false)).unwrap();
    assert_eq!(
        ending.removing(at(3), undo, Held(false)),
        Err(Refusal::NotDue)
    );
    let removing = ending
        .removing(at(2 + UNDO_HOURS), undo, Held(false))
        .unwrap();
    // A hold that comes later finds nothing that it could keep.
    assert_eq!(removing.held(), None);
    assert_eq!(removing.locked(at(9_000), at(3)), None);
    assert_eq!(
        removing.removing(at(3), undo, Held(true)),
        Ok(removing.clone())
    );
    assert_eq!(removing.taken_back(at(9_000), at(3)), Err(Refusal::TooLate));
}
