//! What people may try: Super Admins alone and two together, everybody else, and programs with tokens.
//!
//! Not for the messages in full (`app`). Invariant: after each attempt neither point has moved, and after all of them the machine
//! ends neither.

use app::approvals::approve;
use app::recovery_points::ends;
use app::vault_locks::Applied;
use app::{Ctx, Error, Origin, legal_holds, vault_locks};
use domain::approval::ApprovalRequest;
use domain::asset::AssetKind;
use domain::frequency::{Frequency, Interval, StartTime};
use domain::policy::{OperationDraft, PolicyDraft};
use domain::recovery_point::{Placement, RecoveryPoint};
use domain::retention::{Retention, RetentionUnit};
use domain::role::BuiltInRole;
use domain::vault_lock::{LockMode, LockTerms};

use super::world::{Answer, Attack, DAY, LOCK_DAYS, Unkept, World};

/// One way.
pub(super) struct Path {
    name: &'static str,
    attack: Attack,
    answer: Answer,
}

const LOCKED: Answer = Answer::Refused("The vault lock keeps this recovery point");
const HELD: Answer = Answer::Refused("A legal hold keeps this recovery point");

fn ids(point: &RecoveryPoint) -> Vec<Option<domain::RecoveryPointId>> {
    vec![Some(point.id)]
}

fn governance(minimum_days: u32) -> LockTerms {
    LockTerms {
        mode: LockMode::Governance,
        minimum_days,
    }
}

async fn approved(world: &World, request: &ApprovalRequest) -> Result<(), Error> {
    approve(&world.second, Some(request.id), &request.plan_hash, None)
        .await
        .map(drop)
}

async fn looser(ctx: &Ctx, minimum_days: u32) -> Result<ApprovalRequest, Error> {
    match vault_locks::apply(ctx, governance(minimum_days), "x", None).await? {
        Applied::Waits(request) => Ok(*request),
        Applied::Now(_) | Applied::Pending(_) => panic!("one person loosened the lock"),
    }
}

/// A policy that keeps its points for so many days.
fn keeps(days: u32) -> PolicyDraft {
    PolicyDraft {
        name: "Gold".to_owned(),
        description: None,
        operations: vec![OperationDraft {
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::Vault,
            frequencies: vec![Frequency {
                every: Interval::Days { value: 1 },
                keep: Retention {
                    value: days,
                    unit: RetentionUnit::Days,
                },
            }],
            start: StartTime::default(),
            window: None,
            catch_up: domain::policy::CatchUp::default(),
            proof: None,
            target: domain::copy_target::CopyTarget::default(),
        }],
    }
}

/// What Super Admins try, in this order: what comes later finds what was done before.
pub(super) const PATHS: &[Path] = &[
    Path {
        name: "delete the locked point",
        answer: LOCKED,
        attack: |w| {
            Box::pin(async move {
                ends::request_deletion(&w.first, ids(&w.locked), "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "delete the held point",
        answer: HELD,
        attack: |w| {
            Box::pin(async move {
                ends::request_deletion(&w.first, ids(&w.held), "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "delete it among others that may go",
        answer: LOCKED,
        attack: |w| {
            Box::pin(async move {
                let both = [ids(&w.unkept), ids(&w.locked)].concat();
                ends::request_deletion(&w.first, both, "x").await.map(drop)
            })
        },
    },
    Path {
        name: "shorten its retention to now",
        answer: LOCKED,
        attack: |w| {
            Box::pin(async move {
                let until = w.first.now() + DAY / 24;
                ends::request_shortening(&w.first, ids(&w.locked), until, "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "shorten its retention to the second before the lock ends",
        answer: LOCKED,
        attack: |w| {
            Box::pin(async move {
                let end = w.locked.life.locked_until.unwrap();
                let until = end - jiff::SignedDuration::from_secs(1);
                ends::request_shortening(&w.first, ids(&w.locked), until, "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "shorten its retention into the past",
        answer: Answer::Refused("This time has passed"),
        attack: |w| {
            Box::pin(async move {
                let until = w.first.now() - DAY;
                ends::request_shortening(&w.first, ids(&w.locked), until, "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "extend its retention into the past",
        answer: Answer::Refused("a retention is only ever extended"),
        attack: |w| {
            Box::pin(async move {
                let until = w.first.now() - DAY;
                ends::extend(&w.first, Some(w.locked.id), until)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "undo an end that never began, with an end in the past",
        answer: Answer::Refused("is not ending"),
        attack: |w| {
            Box::pin(async move {
                let until = w.first.now() - DAY;
                ends::undo_expiry(&w.first, Some(w.locked.id), until)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "replace the lock by one of compliance with a day",
        answer: Answer::Refused(""),
        attack: |w| {
            Box::pin(async move {
                let terms = LockTerms {
                    mode: LockMode::Compliance,
                    minimum_days: 1,
                };
                // Whether the store can keep it or not, it is looser than what there is, so one person cannot have it.
                match vault_locks::apply(&w.first, terms, "x", None).await? {
                    Applied::Waits(request) => {
                        app::approvals::cancel(&w.first, Some(request.id)).await?;
                        Err(domain::Problem::invalid("", "it waits for a second person").into())
                    }
                    Applied::Now(_) | Applied::Pending(_) => Ok(()),
                }
            })
        },
    },
    Path {
        name: "approve what one asked for oneself",
        answer: Answer::Refused("another person must decide"),
        attack: |w| {
            Box::pin(async move {
                let request = looser(&w.first, 2).await?;
                let hash = &request.plan_hash;
                approve(&w.first, Some(request.id), hash, None)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "approve by the hash of another plan",
        answer: Answer::Refused("not the hash of the plan"),
        attack: |w| {
            Box::pin(async move {
                let (one, other) = (looser(&w.first, 3).await?, looser(&w.first, 4).await?);
                approve(&w.second, Some(one.id), &other.plan_hash, None)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "a second person made for the occasion",
        answer: Answer::Refused("joined after"),
        attack: |w| {
            Box::pin(async move {
                let request = looser(&w.first, 5).await?;
                let accomplice = w.harness.person(BuiltInRole::SuperAdmin).await;
                let hash = &request.plan_hash;
                approve(&accomplice, Some(request.id), hash, None)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "release a brake that holds nothing of them back",
        answer: Answer::Done,
        attack: |w| {
            Box::pin(async move {
                let request = app::expiry_brake::request_release(&w.first, "x").await?;
                approved(w, &request).await
            })
        },
    },
    Path {
        name: "a deletion that was asked for before the hold came, approved after",
        answer: Answer::Refused("A legal hold keeps this recovery point"),
        attack: |w| {
            Box::pin(async move {
                let request = ends::request_deletion(&w.first, ids(&w.unkept), "x").await?;
                let hold = legal_holds::NewHold {
                    name: "Case 8".to_owned(),
                    reason: "court".to_owned(),
                    point_ids: ids(&w.unkept),
                    ..legal_holds::NewHold::default()
                };
                let hold = legal_holds::create(&w.first, hold).await?;
                let refused = approved(w, &request).await;
                let release = legal_holds::request_release(&w.first, Some(hold.id), "x").await?;
                approved(w, &release).await?;
                refused
            })
        },
    },
    Path {
        name: "two people loosen the lock",
        answer: Answer::Done,
        attack: |w| Box::pin(async move { approved(w, &looser(&w.first, 1).await?).await }),
    },
    Path {
        name: "an approval used twice",
        answer: Answer::Refused("decided already"),
        attack: |w| {
            Box::pin(async move {
                vault_locks::apply(&w.first, governance(LOCK_DAYS), "x", None).await?;
                let request = looser(&w.first, 1).await?;
                approved(w, &request).await?;
                approved(w, &request).await
            })
        },
    },
    Path {
        name: "two people remove the lock",
        answer: Answer::Done,
        attack: |w| {
            Box::pin(async move {
                let request = vault_locks::request_removal(&w.first, "x").await?;
                approved(w, &request).await
            })
        },
    },
    Path {
        name: "delete it now that there is no lock for new points",
        answer: LOCKED,
        attack: |w| {
            Box::pin(async move {
                ends::request_deletion(&w.first, ids(&w.locked), "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "one person releases the hold",
        answer: Answer::Done,
        attack: |w| {
            Box::pin(async move {
                // It waits, and nobody comes.
                legal_holds::request_release(&w.first, Some(w.hold.id), "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "a policy that keeps for less, given, changed, stopped, taken away and deleted",
        answer: Answer::Done,
        attack: |w| {
            Box::pin(async move {
                let ctx = w.first_again().await;
                let assets = [Some(w.locked.asset_id)];
                let gold = app::policies::create(&ctx, None, keeps(30)).await?;
                app::assignments::assign(&ctx, Some(gold.id), &assets).await?;
                let gold =
                    app::policies::update(&ctx, Some(gold.id), keeps(1), gold.version).await?;
                app::policies::set_active(&ctx, Some(gold.id), false).await?;
                app::assignments::unassign(&ctx, &assets).await?;
                app::policies::delete(&ctx, Some(gold.id), true)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "a plan of policies as code that wants nothing any more",
        answer: Answer::Done,
        attack: |w| {
            Box::pin(async move {
                let ctx = w.first_again().await;
                app::policies::create(&ctx, None, keeps(30)).await?;
                let draft = app::protection_plans::ProtectionDraft {
                    is_complete: true,
                    ..Default::default()
                };
                let plan = app::protection_plans::preview(&ctx, &draft).await?;
                let hash = plan.hash.to_string();
                app::protection_plans::apply(&ctx, &draft, &hash)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "the Super Admin of another organization",
        answer: Answer::Refused("no such recovery point"),
        attack: |w| {
            Box::pin(async move {
                let stranger = w.harness.stranger().await;
                ends::request_deletion(&stranger, ids(&w.locked), "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "a token of a Super Admin asks",
        answer: Answer::Refused("a person in a browser session"),
        attack: |w| {
            Box::pin(async move {
                let ctx = w.first_again().await;
                let (_, secret) = app::api_tokens::create(&ctx, "pipeline", Some(1)).await?;
                let token = by_token(w, &secret).await;
                ends::request_deletion(&token, ids(&w.unkept), "x")
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "a service token with every right it can have decides",
        answer: Answer::Refused("a person in a browser session"),
        attack: |w| {
            Box::pin(async move {
                let ctx = w.first_again().await;
                let request = legal_holds::request_release(&ctx, Some(w.hold.id), "x").await?;
                let root = w.harness.root().await;
                let grants = [(Some(BuiltInRole::SuperAdmin.id()), Some(root))];
                let made = app::service_tokens::create(&ctx, "ci", &grants, Some(1)).await?;
                let token = by_token(w, &made.1).await;
                approve(&token, Some(request.id), &request.plan_hash, None)
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "the account is disconnected and a unit removed",
        answer: Answer::Done,
        attack: |w| {
            Box::pin(async move {
                let ctx = w.first_again().await;
                let root = Some(w.harness.root().await);
                let unit = app::organizational_units::create(&ctx, root, "Closed").await?;
                app::aws_accounts::disconnect(&ctx, Some(w.account.id)).await?;
                app::organizational_units::delete(&ctx, Some(unit.id), Some(root))
                    .await
                    .map(drop)
            })
        },
    },
    Path {
        name: "the person who asked for the hold is removed",
        answer: Answer::Done,
        attack: |w| {
            Box::pin(async move {
                let ctx = w.harness.person(BuiltInRole::SuperAdmin).await;
                app::memberships::remove(&ctx, Some(w.harness.admin.id))
                    .await
                    .map(drop)
            })
        },
    },
];

async fn by_token(world: &World, secret: &identity::ApiTokenSecret) -> Ctx {
    use secrecy::ExposeSecret as _;
    let services = &world.installation().app;
    let text = secret.text();
    let found =
        app::api_tokens::recognise(services, &Origin::default(), text.expose_secret()).await;
    found.unwrap().unwrap()
}

fn says(error: &Error) -> String {
    error.problems().map_or_else(
        || error.to_string(),
        |problems| {
            let texts = problems.iter().map(|problem| problem.message.clone());
            texts.collect::<Vec<_>>().join(" ")
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn no_super_admin_and_no_two_of_them_end_a_point_early() {
    let world = World::new().await;
    for path in PATHS {
        let answered = (path.attack)(&world).await;
        match (path.answer, answered) {
            (Answer::Done, Ok(())) => {}
            (Answer::Refused(words), Err(error)) => {
                assert!(says(&error).contains(words), "{}: {error:?}", path.name);
            }
            (expected, answered) => panic!("{}: {expected:?}, {answered:?}", path.name),
        }
        for before in [&world.locked, &world.held] {
            let now = world.row(before).await.expect(path.name);
            assert_eq!(
                (now.status, now.expires_at),
                (before.status, before.expires_at),
                "{}",
                path.name
            );
            assert!(
                now.life.locked_until >= before.life.locked_until,
                "{}",
                path.name
            );
            assert_eq!(now.life.ending_since, None, "{}", path.name);
        }
    }
    world.machine().await;
    world.check("all of it", Unkept::Ends).await;
}

/// Roles that may not end points, each of which tries five things.
pub(super) const ROLE_PATHS: usize = BuiltInRole::ALL.len() - 1;

#[tokio::test(flavor = "multi_thread")]
async fn no_other_role_may_even_ask() {
    let world = World::new().await;
    let mut tried = 0;
    for role in BuiltInRole::ALL {
        if *role == BuiltInRole::SuperAdmin {
            continue;
        }
        let ctx = world.harness.person(*role).await;
        let until = ctx.now() + DAY;
        let answers = [
            ends::request_deletion(&ctx, ids(&world.unkept), "x")
                .await
                .map(drop),
            ends::request_shortening(&ctx, ids(&world.unkept), until, "x")
                .await
                .map(drop),
            legal_holds::request_release(&ctx, Some(world.hold.id), "x")
                .await
                .map(drop),
            vault_locks::request_removal(&ctx, "x").await.map(drop),
            app::expiry_brake::request_release(&ctx, "x")
                .await
                .map(drop),
        ];
        for answer in answers {
            assert!(
                matches!(answer, Err(Error::Forbidden(_))),
                "{role:?}: {answer:?}"
            );
        }
        tried += 1;
    }
    assert_eq!(tried, ROLE_PATHS);
    world.machine().await;
    world.check("roles", Unkept::Ends).await;
}
