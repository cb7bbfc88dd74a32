//! T-51: every mutation of the schema leaves its record in the audit log, in the transaction of its change.

use std::collections::BTreeSet;

use app::Ctx;
use app::testing::{PASSWORD, contents, refuse_audit};
use serde_json::Value;

use super::documents::everything;
use super::prepared::{self, Prepared};
use super::stage;
use super::world::{DRAFT, Tenant};
use crate::checks::sample::Sdl;
use crate::checks::{Stage, codes};
use crate::matrix::camel;

/// Inputs with which each mutation succeeds, one after the other in the world of [`Tenant`]. `@policy` and the like stand for an
/// id of that kind, `@policy2` for the second one.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "createSession",
        r#"{ email: "admin@a.test", password: "@password" }"#,
    ),
    ("createApiToken", r#"{ name: "t", days: 3 }"#),
    ("deleteApiToken", r#"{ id: "@token" }"#),
    ("createPolicy", r#"{ draft: { name: "new", @draft } }"#),
    (
        "assignPolicy",
        r#"{ policyId: "@policy", assetIds: ["@asset"] }"#,
    ),
    ("acknowledgeAlert", r#"{ id: "@alert", note: "on it" }"#),
    ("clonePolicy", r#"{ id: "@policy", name: "copy" }"#),
    ("pausePolicy", r#"{ id: "@policy" }"#),
    ("resumePolicy", r#"{ id: "@policy" }"#),
    (
        "updatePolicy",
        r#"{ id: "@policy2", expectedVersion: 1, draft: { name: "other", @draft } }"#,
    ),
    ("unassignPolicy", r#"{ assetIds: ["@asset"] }"#),
    (
        "createProtectionRule",
        r#"{ draft: { name: "new", policyId: "@policy", condition: { hasTag: "a" } }, before: { place: CHILD_UNITS } }"#,
    ),
    (
        "updateProtectionRule",
        r#"{ id: "@rule", expectedVersion: 1, draft: { name: "other", policyId: "@policy", condition: { awsAccount: ["@awsaccount"] } } }"#,
    ),
    (
        "moveProtectionRule",
        r#"{ id: "@rule", before: { ruleId: "@rule2" } }"#,
    ),
    ("moveProtectionPlace", "{ place: DIRECT_ASSIGNMENTS }"),
    ("pauseProtectionRule", r#"{ id: "@rule" }"#),
    ("resumeProtectionRule", r#"{ id: "@rule" }"#),
    ("deleteProtectionRule", r#"{ id: "@rule2" }"#),
    (
        "assignPolicyToMatching",
        r#"{ policyId: "@policy", filter: { kind: [EBS_VOLUME] }, idempotencyKey: "k5" }"#,
    ),
    (
        "unassignPolicyFromMatching",
        r#"{ filter: { kind: [EBS_VOLUME] }, idempotencyKey: "k6" }"#,
    ),
    ("deletePolicy", r#"{ id: "@policy2" }"#),
    (
        "startBackup",
        r#"{ assetIds: ["@asset3"], idempotencyKey: "k1" }"#,
    ),
    (
        "startVerification",
        r#"{ recoveryPointId: "@point", idempotencyKey: "k2" }"#,
    ),
    (
        "restoreImage",
        r#"{ recoveryPointId: "@point", fileName: "a.img", idempotencyKey: "k3" }"#,
    ),
    (
        "restoreEbsVolume",
        r#"{ recoveryPointId: "@point", awsAccountId: "@awsaccount", region: "eu-west-1", availabilityZone: "eu-west-1a", idempotencyKey: "k4" }"#,
    ),
    ("abortTask", r#"{ id: "@task" }"#),
    ("retryTask", r#"{ id: "@task" }"#),
    ("refreshInventory", r#"{ awsAccountId: "@awsaccount" }"#),
    ("verifyAwsAccount", r#"{ id: "@awsaccount" }"#),
    (
        "updateAwsAccount",
        r#"{ id: "@awsaccount", expectedVersion: 1, name: "other" }"#,
    ),
    ("exportRecoveryKit", r#"{ assetId: "@asset" }"#),
    (
        "connectAwsAccount",
        r#"{ accountId: "210987654321", name: "two", regions: ["eu-west-1"], access: { role: { roleArn: "arn:aws:iam::210987654321:role/X" } } }"#,
    ),
    ("disconnectAwsAccount", r#"{ id: "@awsaccount" }"#),
    ("claimDomain", r#"{ domain: "own.example" }"#),
    (
        "createIdentityProvider",
        r#"{ name: "new", settings: { oidc: { issuer: "https://idp.example", clientId: "c" } } }"#,
    ),
    (
        "updateIdentityProvider",
        r#"{ id: "@idp", expectedVersion: 1, name: "other" }"#,
    ),
    ("createScimToken", r#"{ identityProviderId: "@idp" }"#),
    ("deleteScimToken", r#"{ identityProviderId: "@idp" }"#),
    ("deleteIdentityProvider", r#"{ id: "@idp" }"#),
    (
        "updateUserGrants",
        r#"{ id: "@user", add: [{ roleId: "@role", organizationalUnitId: "@unit" }] }"#,
    ),
    ("suspendUser", r#"{ id: "@user" }"#),
    ("deleteUserSessions", r#"{ id: "@user" }"#),
    ("resumeUser", r#"{ id: "@user" }"#),
    ("removeUser", r#"{ id: "@user" }"#),
    (
        "createOrganizationalUnit",
        r#"{ parentId: "@unit2", name: "new" }"#,
    ),
    (
        "renameOrganizationalUnit",
        r#"{ id: "@unit2", expectedVersion: 1, name: "other" }"#,
    ),
    (
        "moveOrganizationalUnit",
        r#"{ id: "@unit2", expectedVersion: 2, parentId: "@unit" }"#,
    ),
    ("deleteOrganizationalUnit", r#"{ id: "@unit3" }"#),
    ("createRole", r#"{ name: "new", permissions: [READ] }"#),
    (
        "updateRole",
        r#"{ id: "@role2", expectedVersion: 1, name: "other" }"#,
    ),
    ("deleteRole", r#"{ id: "@role3" }"#),
    (
        "updateOrganizationSettings",
        "{ expectedVersion: 2, sessionIdleMinutes: 20 }",
    ),
    (
        "updateComplianceControls",
        "{ expectedVersion: 1, protected: { enabled: true, ignoreDeactivated: true } }",
    ),
    (
        "createServiceToken",
        r#"{ name: "new", grants: [{ roleId: "@role", organizationalUnitId: "@unit" }] }"#,
    ),
    ("deleteServiceToken", r#"{ id: "@token4" }"#),
    (
        "inviteUser",
        r#"{ email: "new@own.test", grants: [{ roleId: "@role", organizationalUnitId: "@unit" }] }"#,
    ),
    ("resendInvitation", r#"{ id: "@invitation" }"#),
    ("revokeInvitation", r#"{ id: "@invitation2" }"#),
    ("updateProfile", r#"{ name: "Ann Other" }"#),
    ("requestEmailChange", r#"{ email: "ann@other.example" }"#),
    (
        "createLegalHold",
        r#"{ name: "new", reason: "x", recoveryPointIds: ["@point"] }"#,
    ),
    ("releaseLegalHold", r#"{ id: "@legalhold", reason: "x" }"#),
    (
        "deleteRecoveryPoints",
        r#"{ ids: ["@point2"], reason: "x" }"#,
    ),
    (
        "shortenRecoveryPointRetention",
        r#"{ ids: ["@point2"], until: "2100-01-01T00:00:00Z", reason: "x" }"#,
    ),
    (
        "applyVaultLock",
        r#"{ mode: GOVERNANCE, minimumRetentionDays: 3, reason: "x" }"#,
    ),
    ("removeVaultLock", r#"{ reason: "x" }"#),
    ("cancelApprovalRequest", r#"{ id: "@approval" }"#),
    ("deleteOtherSessions", "{ }"),
    ("deleteSession", "{ }"),
    (
        "changePassword",
        r#"{ currentPassword: "@password", newPassword: "Another-Horse-8-Battery" }"#,
    ),
    // Once more, so that what is prepared next tells nothing in the time of the one before (`told.rs`).
    ("acknowledgeAlert", r#"{ id: "@alert", note: "on it" }"#),
];

/// Mutations of people whom nobody knows yet, so that there is no log: their names are recorded nowhere. What follows from the mail
/// that they bring about has its record.
pub(super) const NOWHERE: &[&str] = &["requestPasswordReset", "requestConfirmation", "signUp"];

/// Mutations that cannot succeed here, each with the file and the test that looks for its record.
pub(super) const ELSEWHERE: &[(&str, &str, &str)] = &[
    // Its record comes when the provider answers.
    (
        "linkIdentity",
        "src/app/sign_on/tests.rs",
        "async fn a_linked_person_signs_on_and_nobody_else_does(",
    ),
    // It needs a provider that answers, and a browser.
    (
        "testIdentityProvider",
        "tests/sso/journey.mjs",
        "async function main(",
    ),
    // It needs an installation that is open to strangers, and the log is of the organization that it makes.
    (
        "confirmSignUp",
        "src/app/sign_up/tests.rs",
        "async fn a_stranger_becomes_super_admin_of_an_organization_of_their_own(",
    ),
];

/// What is used up by the attempt and not by the deed, so that nobody tries twice with it; the tables that keep it.
const USED_UP: &[(&str, &[&str])] = &[
    // The question, which takes one answer.
    ("createPasskey", &["ceremonies"]),
    // A try, the step of the code, and the sign-in under way.
    ("confirmTotp", &["second_factor_tries"]),
    ("proveSession", &["second_factor_tries", "totp_secrets"]),
    (
        "completeSession",
        &["challenges", "second_factor_tries", "totp_secrets"],
    ),
];

/// The example with ids in it.
pub(super) fn input(example: &str, own: &Tenant) -> String {
    let mut text = example
        .replace("@draft", DRAFT)
        .replace("@password", PASSWORD);
    for (kind, ids) in &own.ids {
        for (place, id) in ids.iter().enumerate().skip(1).rev() {
            text = text.replace(&format!("@{kind}{}\"", place + 1), &format!("{id}\""));
        }
        text = text.replace(&format!("@{kind}\""), &format!("{}\"", ids[0]));
    }
    assert!(!text.contains("\"@"), "{text}");
    text
}

/// How many records there are, and what the newest ones tell of.
async fn newest(stage: &Stage, ctx: &Ctx) -> (u64, Vec<String>) {
    let read = "{ auditEvents(first: 3) { totalCount nodes { action } } }";
    let read = stage.data(ctx, read).await;
    let log = &read["auditEvents"];
    let actions = log["nodes"].as_array().unwrap().iter();
    let actions = actions.map(|node| camel(node["action"].as_str().unwrap()));
    (log["totalCount"].as_u64().unwrap(), actions.collect())
}

/// Everything that a mutation is asked with: its example, or what was prepared for it.
async fn call(stage: &Stage, own: &Tenant, name: &str) -> Prepared {
    match EXAMPLES.iter().find(|(one, _)| *one == name) {
        Some((_, example)) => Prepared {
            caller: Some(own.ctx.clone()),
            input: input(example, own),
        },
        None => prepared::prepare(stage, name).await,
    }
}

/// Runs every example, and what is prepared, with everything of its payload; `before` gets the document first, and who asks.
pub(super) async fn run_all(
    stage: &Stage,
    own: &Tenant,
    sdl: &Sdl,
    before: impl AsyncFn(&str, &str, Option<&Ctx>),
) {
    let document = |name: &str, input: &str| {
        let fields = sdl.fields("Mutation");
        let field = fields.iter().find(|one| one.name.node == name).unwrap();
        let selection = everything(sdl, field.ty.node.to_string().trim_end_matches('!'), 1);
        format!("mutation {{ {name}(input: {input}) {selection} }}")
    };
    let examples = EXAMPLES.iter().map(|(name, _)| name);
    for name in prepared::EARLY.iter().chain(examples).chain(prepared::LATE) {
        // Whatever works once was spent by whoever came before.
        let first = call(stage, own, name).await;
        before(name, &document(name, &first.input), first.caller.as_ref()).await;
        let asked = call(stage, own, name).await;
        let document = document(name, &asked.input);
        // The clock stands still, and the newest of equal times could be another.
        stage
            .world
            .clock
            .advance(jiff::SignedDuration::from_secs(2));
        let (count, _) = newest(stage, &own.ctx).await;
        let answer = stage.ask(asked.caller.as_ref(), &document).await;
        assert_eq!(codes(&answer), Vec::<String>::new(), "{document}: {answer}");
        let problems = &answer["data"][*name]["userErrors"];
        assert_eq!(*problems, Value::Array(Vec::new()), "{document}");
        let (after, mut actions) = newest(stage, &own.ctx).await;
        actions.truncate(usize::try_from(after - count).unwrap());
        assert!(
            actions.iter().any(|action| action == name),
            "{name} left no record, but {actions:?}"
        );
    }
}

#[tokio::test]
async fn every_mutation_has_an_example() {
    let elsewhere = ELSEWHERE.iter().map(|(name, ..)| *name);
    let prepared = prepared::EARLY.iter().chain(prepared::LATE).copied();
    let listed: BTreeSet<&str> = EXAMPLES
        .iter()
        .map(|(name, _)| *name)
        .chain(prepared)
        .chain(NOWHERE.iter().copied())
        .chain(elsewhere)
        .collect();
    let sdl = Sdl::new();
    let mutations = sdl.fields("Mutation");
    for mutation in mutations {
        let name = mutation.name.node.as_str();
        assert!(
            listed.contains(name),
            "add an example of {name} to EXAMPLES in checks/tenants/audited.rs"
        );
    }
}

/// The file of a test below the root of the repository.
fn file(path: &str) -> String {
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn what_is_looked_for_elsewhere_is_looked_for_there() {
    for (name, path, test) in ELSEWHERE {
        let text = file(path);
        let (_, rest) = text
            .split_once(test)
            .unwrap_or_else(|| panic!("{path} has no {test}"));
        // Up to the line that closes the function.
        let (body, _) = rest.split_once("\n}\n").unwrap();
        let action = app::actions::recorded()
            .into_iter()
            .find(|action| camel(action) == *name);
        let action = action.unwrap_or_else(|| panic!("{name} is no action"));
        assert!(body.contains(action), "{test} does not name {action}");
    }
}

#[tokio::test]
async fn what_strangers_ask_for_is_recorded_nowhere() {
    let (stage, _) = stage().await;
    let own = Tenant::new(&stage, stage.world.admin().await, "own").await;
    for (name, call) in Sdl::new().calls("Mutation", "mutation") {
        if NOWHERE.contains(&name.as_str()) {
            let (before, _) = newest(&stage, &own.ctx).await;
            let answer = stage.ask(None, &call).await;
            assert_eq!(codes(&answer), Vec::<String>::new(), "{call}: {answer}");
            assert_eq!(newest(&stage, &own.ctx).await.0, before, "{name}");
        }
    }
}

#[tokio::test]
async fn a_mutation_whose_record_cannot_be_written_changes_nothing() {
    let (stage, _) = stage().await;
    let sdl = Sdl::new();
    let own = Tenant::new(&stage, stage.world.admin().await, "own").await;
    let store = &stage.world.services.store;
    let wrong = std::cell::RefCell::new(Vec::new());
    run_all(&stage, &own, &sdl, async |name, document, caller| {
        let before = contents(store).await;
        refuse_audit(store, true).await;
        let answer = stage.ask(caller, document).await;
        refuse_audit(store, false).await;
        assert_eq!(
            codes(&answer),
            ["INTERNAL_SERVER_ERROR"],
            "{name}: {answer}"
        );
        let after = contents(store).await;
        let used_up = USED_UP.iter().filter(|(one, _)| *one == name);
        let used_up: BTreeSet<&str> = used_up.flat_map(|(_, tables)| *tables).copied().collect();
        let changed: BTreeSet<&str> = before
            .iter()
            .filter(|(table, rows)| after.get(*table) != Some(*rows))
            .map(|(table, _)| table.as_str())
            .collect();
        if changed != used_up {
            wrong
                .borrow_mut()
                .push(format!("{name} changed {changed:?}"));
        }
    })
    .await;
    assert_eq!(wrong.into_inner(), Vec::<String>::new());
}
