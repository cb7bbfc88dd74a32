//! Every root field, called by strangers and by every role.

use app::actions::{self, Needs};
use domain::audit::Hash;
use domain::audit::chain::{Broken, Entry, Verifier};
use domain::audit::checkpoint::Checkpoint;
use domain::identity_provider::ProviderState;
use domain::permission::Permission;
use domain::role::BuiltInRole;
use domain::second_factor::PROOF_MINUTES;
use futures_util::StreamExt as _;

use super::sample::Sdl;
use super::{Stage, codes};
use crate::matrix::camel;

/// What strangers may ask.
const WAYS_IN: &[&str] = &[
    "completeSession",
    "confirmSignUp",
    "createSession",
    "acceptInvitation",
    "requestConfirmation",
    "requestPasswordReset",
    "resetPassword",
    "signUp",
    "signInForm",
    "signUpForm",
];

#[tokio::test]
async fn every_read_and_write_but_the_ways_in_refuses_a_stranger() {
    let stage = Stage::new().await;
    let sdl = Sdl::new();
    let calls = [
        sdl.calls("Query", "query"),
        sdl.calls("Mutation", "mutation"),
    ]
    .concat();
    assert!(calls.len() > 35, "{}", calls.len());
    for (name, document) in calls {
        let answer = stage.ask(None, &document).await;
        if WAYS_IN.contains(&name.as_str()) {
            assert!(answer["data"][&name].is_object(), "{answer}");
        } else {
            assert_eq!(codes(&answer), ["UNAUTHENTICATED"], "{document}: {answer}");
            assert!(
                answer["data"]
                    .get(&name)
                    .is_none_or(serde_json::Value::is_null)
            );
        }
    }
}

#[tokio::test]
async fn every_stream_refuses_a_stranger() {
    let stage = Stage::new().await;
    for (name, document) in Sdl::new().calls("Subscription", "subscription") {
        let mut stream = stage.schema.execute_stream(stage.request(None, &document));
        let first = serde_json::to_value(stream.next().await.unwrap()).unwrap();
        assert_eq!(codes(&first), ["UNAUTHENTICATED"], "{name}");
        assert!(stream.next().await.is_none(), "{name} goes on");
    }
}

#[tokio::test]
async fn every_mutation_is_an_action_and_the_other_way_round() {
    let mutations: Vec<String> = Sdl::new()
        .calls("Mutation", "mutation")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let mut listed: Vec<String> = actions::ALL.iter().map(|one| camel(one.name)).collect();
    listed.sort();
    assert_eq!(mutations, listed);
}

#[tokio::test]
async fn mutations_are_forbidden_to_exactly_the_roles_that_the_matrix_says() {
    let stage = Stage::new().await;
    let calls = Sdl::new().calls("Mutation", "mutation");
    for role in BuiltInRole::ALL {
        let caller = stage.world.person(*role).await;
        for action in actions::ALL {
            let may = match action.needs {
                Needs::Nothing | Needs::OfTask => continue,
                Needs::One(permission) => role.allows(permission),
                Needs::Every => Permission::ALL.iter().all(|right| role.allows(*right)),
            };
            let name = camel(action.name);
            let (_, document) = calls.iter().find(|(call, _)| *call == name).unwrap();
            let answer = stage.ask(Some(&caller), document).await;
            let is_forbidden = codes(&answer) == ["FORBIDDEN"];
            assert_eq!(is_forbidden, !may, "{name} by {}: {answer}", role.name());
        }
    }
}

#[tokio::test]
async fn what_lasts_takes_a_fresh_proof_by_a_session_and_nothing_else_does() {
    let stage = Stage::new().await;
    let admin = stage.world.admin().await;
    let calls = Sdl::new().calls("Mutation", "mutation");
    let later = jiff::SignedDuration::from_mins(PROOF_MINUTES);
    stage.world.clock.advance(later);
    for action in actions::ALL {
        let name = camel(action.name);
        let (_, document) = calls.iter().find(|(call, _)| *call == name).unwrap();
        let answer = stage.ask(Some(&admin), document).await;
        let is_asked = codes(&answer) == ["PROOF_NEEDED"];
        assert_eq!(is_asked, action.proof.is_fresh(), "{name}: {answer}");
    }
    let log = "{ auditEvents(first: 100) { nodes { action outcome } } }";
    let log = stage.data(&admin, log).await;
    for event in log["auditEvents"]["nodes"].as_array().unwrap() {
        let found = actions::ALL.iter().find(|one| event["action"] == one.name);
        let is_open = found.is_none_or(|action| !action.proof.is_fresh());
        assert!(is_open, "{event} was done without a proof");
    }
}

#[tokio::test]
async fn what_concerns_an_account_takes_more_than_the_word_of_a_provider_and_nothing_else_does() {
    let stage = Stage::new().await;
    let admin = stage.world.admin().await;
    let state = ProviderState::Active;
    let provider = stage.world.provider(&admin, "Corp", state).await;
    let session = stage.world.signed_on(&admin, provider).await.ctx;
    let calls = Sdl::new().calls("Mutation", "mutation");
    for action in actions::ALL {
        let name = camel(action.name);
        let (_, document) = calls.iter().find(|(call, _)| *call == name).unwrap();
        let answer = stage.ask(Some(&session), document).await;
        let is_asked = codes(&answer) == ["PROOF_NEEDED"];
        assert_eq!(is_asked, action.proof.is_own(), "{name}: {answer}");
    }
    let own: Vec<&str> = actions::ALL
        .iter()
        .filter(|action| action.proof.is_own())
        .map(|action| action.name)
        .collect();
    assert_eq!(
        own,
        [
            "begin_passkey",
            "begin_totp",
            "change_password",
            "confirm_email_change",
            "confirm_totp",
            "create_passkey",
            "create_recovery_codes",
            "delete_passkey",
            "delete_totp",
            "link_identity",
            "request_email_change",
        ]
    );
}

#[tokio::test]
async fn the_audit_log_is_for_those_who_may_read_it() {
    let stage = Stage::new().await;
    for role in BuiltInRole::ALL {
        let caller = stage.world.person(*role).await;
        let answer = stage
            .ask(
                Some(&caller),
                "{ auditEvents { totalCount nodes { action summary } } }",
            )
            .await;
        let may = role.allows(Permission::AuditRead);
        assert_eq!(codes(&answer).is_empty(), may, "{}", role.name());
    }
}

#[tokio::test]
async fn lines_of_the_audit_log_are_for_those_who_may_export_it() {
    let stage = Stage::new().await;
    let mut readers = 0;
    for role in BuiltInRole::ALL {
        let caller = stage.world.person(*role).await;
        let document = "{ auditEvents(first: 1) { nodes { sequence line } } }";
        let answer = stage.ask(Some(&caller), document).await;
        let line = &answer["data"]["auditEvents"]["nodes"][0]["line"];
        let may = role.allows(Permission::AuditExport);
        assert_eq!(line.is_string(), may, "{}: {answer}", role.name());
        if role.allows(Permission::AuditRead) && !may {
            readers += 1;
            assert_eq!(codes(&answer), ["FORBIDDEN"]);
        }
    }
    assert!(readers > 0, "somebody reads who may not export");
}

#[tokio::test]
async fn the_audit_log_names_every_action_that_it_records() {
    let stage = Stage::new().await;
    let admin = stage.world.admin().await;
    let log = "{ auditLog { actions } auditEvents(first: 100) { nodes { action } } }";
    let log = stage.data(&admin, log).await;
    let names = log["auditLog"]["actions"].as_array().unwrap();
    let events = log["auditEvents"]["nodes"].as_array().unwrap();
    assert!(!events.is_empty());
    for event in events {
        assert!(names.contains(&event["action"]), "{event}");
    }
}

#[tokio::test]
async fn the_lines_of_the_log_are_what_the_verifier_takes() {
    let stage = Stage::new().await;
    let admin = stage.world.admin().await;
    for name in ["Ann", "\u{1f512} \"quoted\"", "Ann Other"] {
        app::profiles::update(&admin, name).await.unwrap();
    }
    let log = "{ auditLog { size headHash } auditEvents(first: 100) { nodes { sequence line } } }";
    let log = stage.data(&admin, log).await;
    let checkpoint = Checkpoint {
        organization_id: admin.organization(),
        size: log["auditLog"]["size"].as_str().unwrap().parse().unwrap(),
        head: log["auditLog"]["headHash"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap(),
        anchor_size: 0,
        anchor: Hash::START,
        made_at: admin.now(),
    };
    let mut lines: Vec<(u64, &str)> = log["auditEvents"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let sequence = node["sequence"].as_str().unwrap().parse().unwrap();
            (sequence, node["line"].as_str().unwrap())
        })
        .collect();
    lines.sort_unstable();
    let verify = |forge: &dyn Fn(&str) -> String| {
        let mut verifier = Verifier::new(checkpoint);
        for (_, line) in &lines {
            verifier.next(&Entry::from_line(&forge(line)).unwrap())?;
        }
        verifier.finish()
    };
    assert_eq!(verify(&str::to_owned).unwrap().covered, checkpoint.size);
    let forged = verify(&|line: &str| line.replace("Ann Other", "Ann Else"));
    assert!(matches!(forged, Err(Broken::Changed { .. })), "{forged:?}");
}

#[tokio::test]
async fn every_read_answers_a_viewer_without_an_error() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    for (name, document) in Sdl::new().calls("Query", "query") {
        let answer = stage.ask(Some(&caller), &document).await;
        assert_eq!(codes(&answer), Vec::<String>::new(), "{name}: {answer}");
    }
}
