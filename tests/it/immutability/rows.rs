//! What whoever writes to the database may try: every column and row that keeps a point, alone and together.
//!
//! Not for whoever writes to the vault as well (`files`). Invariant: each edit is made past all rules, in a world of its own, after
//! the head of the repository was written; and what was edited is found, put back, and told.

use domain::alert::AlertKind;
use store::recovery_points::life;

use super::world::{Unkept, World};

/// Whether anybody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Rows were put back.
    PutBack,
    /// Nothing has to be: it keeps nothing by itself.
    Nothing,
    /// The head is doubted, so that nothing is deleted at all.
    Doubted,
}

/// One way.
pub(super) struct Path {
    name: &'static str,
    statements: &'static [&'static str],
    told: Told,
}

/// Takes all that hangs on the row of the locked point away, and it.
const NO_ROW: [&str; 3] = [
    "DELETE FROM verifications WHERE recovery_point_id = {locked}",
    "DELETE FROM legal_hold_points WHERE recovery_point_id = {locked}",
    "DELETE FROM recovery_points WHERE id = {locked}",
];

/// What is edited.
pub(super) const PATHS: &[Path] = &[
    Path {
        name: "an end in the past",
        statements: &["UPDATE recovery_points SET expires_at = {past}, foreseen_end = {past} WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "no lock",
        statements: &["UPDATE recovery_points SET locked_until = NULL WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "a lock in the past, an end in the past, and agreed to",
        statements: &["UPDATE recovery_points SET locked_until = {past}, expires_at = {past}, foreseen_end = {past},
            cleared_at = {now} WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "ending for long, without a lock",
        statements: &["UPDATE recovery_points SET status = 'expiring', ending_since = {past}, status_before = 'available',
            locked_until = NULL WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "its removal has begun, under a lock",
        statements: &["UPDATE recovery_points SET status = 'expiring', ending_since = {past}, removal_began_at = {past}
            WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "its removal has begun, without a lock",
        statements: &["UPDATE recovery_points SET status = 'expiring', ending_since = {past}, removal_began_at = {past},
            locked_until = NULL, expires_at = {past} WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "it has ended",
        statements: &["UPDATE recovery_points SET status = 'expired', locked_until = NULL WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "it has failed",
        statements: &["UPDATE recovery_points SET status = 'failed' WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "its snapshot belongs to a point that nothing keeps",
        statements: &[
            "UPDATE recovery_points SET snapshot_id = NULL WHERE id = {unkept}",
            "UPDATE recovery_points SET snapshot_id = (SELECT snapshot_id FROM recovery_points WHERE id = {locked})
                || 'x' WHERE id = {unkept}",
            "UPDATE recovery_points SET snapshot_id = NULL WHERE id = {locked}",
            "UPDATE recovery_points SET snapshot_id = substr(snapshot_id, 1, 64) WHERE id = {unkept}",
        ],
        told: Told::PutBack,
    },
    Path {
        name: "it lies nowhere",
        statements: &["UPDATE recovery_points SET repository_id = NULL, locked_until = NULL WHERE id = {locked}"],
        told: Told::PutBack,
    },
    Path {
        name: "its row is gone",
        statements: &NO_ROW,
        told: Told::PutBack,
    },
    Path {
        name: "its row and the lock of the organization are gone",
        statements: &[NO_ROW[0], NO_ROW[1], NO_ROW[2], "DELETE FROM vault_locks"],
        told: Told::PutBack,
    },
    Path {
        name: "the hold is released, without two people",
        statements: &[
            "UPDATE legal_holds SET released_at = {past}",
            "UPDATE legal_hold_points SET is_open = {false}",
        ],
        told: Told::PutBack,
    },
    Path {
        name: "the hold keeps nothing any more",
        statements: &["DELETE FROM legal_hold_points"],
        told: Told::PutBack,
    },
    Path {
        name: "the hold is gone",
        statements: &["DELETE FROM legal_hold_points", "DELETE FROM legal_holds"],
        told: Told::PutBack,
    },
    Path {
        name: "no lock for new points, and the oldest time",
        statements: &["DELETE FROM vault_locks", "DELETE FROM expiry_marks", "DELETE FROM leases"],
        told: Told::Nothing,
    },
    Path {
        name: "no head, no lock and an end in the past",
        statements: &[
            "DELETE FROM vault_heads",
            "DELETE FROM vault_head_cursors",
            "UPDATE recovery_points SET locked_until = NULL, expires_at = {past} WHERE id = {locked}",
        ],
        told: Told::Doubted,
    },
    Path {
        name: "an older head, no lock and an end in the past",
        statements: &[
            "UPDATE vault_heads SET number = number - 1",
            "UPDATE recovery_points SET locked_until = NULL, expires_at = {past} WHERE id = {locked}",
        ],
        told: Told::Doubted,
    },
    Path {
        name: "a doubt that nobody released is said to be",
        statements: &[
            "UPDATE vault_heads SET doubt = 'x', doubted_at = {past}, released_by = {locked}",
            "UPDATE recovery_points SET locked_until = NULL, expires_at = {past} WHERE id = {locked}",
        ],
        told: Told::Doubted,
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn no_edit_of_the_database_ends_a_point_early() {
    for path in PATHS {
        let world = World::new().await;
        // There is more than one head, and an older one.
        let mut tx = world.store().begin().await.unwrap();
        let longer = world.locked.locked(
            world.first.now() + super::world::DAY * 28,
            world.first.now(),
        );
        life::set_life(&mut tx, world.locked.status, &longer.unwrap())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world.write_heads().await;
        for statement in path.statements {
            world.sql(statement).await;
        }
        world.machine().await;
        let is_told = world.alerts().await.contains(&AlertKind::VaultTampered);
        assert_eq!(is_told, path.told != Told::Nothing, "{}", path.name);
        if path.told == Told::Doubted {
            // Rows are believed no more than the head: nothing goes.
            for point in [&world.locked, &world.held, &world.unkept] {
                assert!(world.is_whole(point).await, "{}", path.name);
            }
            continue;
        }
        // The next round finds everything in order.
        world.machine().await;
        world.settle().await;
        world.check(path.name, Unkept::Ends).await;
        let row = world.row(&world.locked).await.unwrap();
        assert!(
            row.life.locked_until >= longer_than(&world),
            "{}",
            path.name
        );
    }
}

fn longer_than(world: &World) -> Option<jiff::Timestamp> {
    world.locked.life.locked_until
}
